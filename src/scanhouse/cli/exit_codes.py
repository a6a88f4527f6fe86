"""The command line's table from kinds of error to exit codes (after sysexits.h)."""
from __future__ import annotations

from scanhouse import errors

TABLE: dict[type[errors.ScanhouseError], int] = {
    errors.Invalid: 65,
    errors.NotFound: 66,
    errors.Conflict: 73,
    errors.Busy: 75,
    errors.Forbidden: 77,
    errors.Broken: 70,
}


def of(error: errors.ScanhouseError) -> int:
    """Exit code for an error: that of the nearest kind."""
    return next((code for kind, code in TABLE.items() if isinstance(error, kind)), 1)
