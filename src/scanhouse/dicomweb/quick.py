"""One frame, the short way: what a viewer asks thousands of times is found with one statement and answered at once.

It answers what `views.framed` would, and only where that would answer with a frame; everything else is left to it.
"""
from __future__ import annotations

import re

from scanhouse.access import expected
from scanhouse.access.expected import Cookie, Login, Row
from scanhouse.dicomweb import retrieve, sql
from scanhouse.dicomweb.found import Found
from scanhouse.dicomweb.negotiation import ranges_of
from scanhouse.dicomweb.sending import Sending

_UID = r"([0-9.]{1,64})"
_FRAMES = re.compile(rf"/dicomweb/studies/{_UID}/series/{_UID}/instances/{_UID}/frames/([0-9]{{1,9}})", re.ASCII)


def frame(path: str, accept: str, who: Login | Cookie) -> Sending | None:
    """The answer to this path for whoever shows this; None where the ordinary way must answer. Raises what that would, and psycopg's."""
    address = _FRAMES.fullmatch(path)
    if address is None:
        return None
    study, series, instance, number = address.groups()
    uids = [instance.encode(), series.encode(), study.encode()]
    row = expected.ask(who, sql.archived_frame, uids) or expected.ask(who, sql.waiting_frame, uids)
    if row is None:
        return None
    found, ranges = _found(row, study, series, instance), ranges_of(accept)
    if not retrieve.as_stored(found, ranges):
        return None  # what is decoded takes its time, and what is found to be too large for the short way would be decoded twice
    return retrieve.frames_of(found, number, ranges)


def _found(row: Row, study: str, series: str, instance: str) -> Found:
    """The instance from the values that `sql.archived_frame` asks for, in PostgreSQL's notation, in so far as frames need it."""
    transfer_syntax, rows, columns, bits, frames, offset, length, table, stored = row
    return Found(
        sop_instance_uid=instance, sop_class_uid="", transfer_syntax_uid=(transfer_syntax or b"").decode(), instance_number=None,
        rows=_number(rows), columns=_number(columns), bits_allocated=_number(bits), number_of_frames=_number(frames) or 0,
        pixel_offset=_number(offset), pixel_length=_number(length), table=None if table is None else bytes.fromhex(table[2:].decode()),
        object=(stored or b"").decode(), size=0, study_uid=study, series_uid=series, attributes={},
    )  # fmt: skip


def _number(value: bytes | None) -> int | None:
    return None if value is None else int(value)
