"""The one map of UIDs of a project: by its key, or random and remembered for the run, or from its lookup table."""
from __future__ import annotations

import uuid
from typing import Final

from scanhouse.deid.context import Context
from scanhouse.deid.uids import keyed_uid

STANDARD: Final = "1.2.840.10008."
"""Root of the UIDs that the standard itself gives (PS3.6 A): SOP classes, transfer syntaxes, well-known frames of reference."""
_PREFIX: Final = "2.25"
_MADE: Final = "made"


def mapped(text: str, context: Context) -> str:
    """The new UIDs for one or several (joined by backslashes), the same in every file, site and run of the project.

    UIDs of the standard stay, and so do those that this map made: a second run changes nothing.
    """
    return "\\".join(_mapped(each.strip(" \0"), context) for each in text.split("\\"))


def _mapped(uid: str, context: Context) -> str:
    if not uid or uid.startswith(STANDARD):
        return uid
    known = (context.lookup or {}).get(f"uid/{uid}")
    if known is not None:
        return known
    if context.key:
        return keyed_uid(uid, context.key)
    if (_MADE, uid) in context.uids:
        return uid
    new = context.uids.get((_PREFIX, uid))
    if new is None:
        new = context.new_uid() if context.new_uid is not None else f"{_PREFIX}.{uuid.uuid4().int}"
        context.uids[_PREFIX, uid] = context.uids[_MADE, new] = new
    return new
