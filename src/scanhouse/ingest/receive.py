"""Taking objects in: bytes first, then rows, then the answer (design 4.5).

`enter` takes a group of arrivals in: one folder sync for all their bytes, one statement for all their rows. `desk.Desk` lets many
senders share such groups.
"""
from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections

from scanhouse.dicom.facts import Facts
from scanhouse.errors import Invalid, ScanhouseError
from scanhouse.ingest import sql
from scanhouse.ingest.models import SessionState
from scanhouse.ingest.routing import Route
from scanhouse.ingest.states import DEADLINES
from scanhouse.storage.names import visible
from scanhouse.storage.objects import ObjectDamaged
from scanhouse.storage.staging import Sealed
from scanhouse.storage.store import ObjectStore

ADDRESS_ATTEMPTS = 5
"""How often another millisecond is tried for the address of a new session."""

FRESH = 1.0
"""Seconds for which an open session is not written again: its time of the last object is told so exactly."""
REMEMBERED = 1024
"""Sessions remembered as open; more receive at the same time nowhere."""

SessionName = tuple[str | None, str, str]
"""What makes it one session: project, study and folder."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who sent an object and by which door. `login` is the account on whose behalf it is stored."""

    source: str
    sender: str
    login: str
    upload: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A session in the prearchive that the sender named: its timestamp and folder. `study_uid` is its own where it is there already:
    objects of other studies join it then."""

    timestamp: str
    folder: str
    study_uid: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One object that is staged and understood, and where it shall go."""

    sealed: Sealed
    facts: Facts
    route: Route
    origin: Origin
    name: str = ""
    address: Address | None = None
    overwrite: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def session(self) -> SessionName:
        """What makes it one session: project, study and folder."""
        if self.address is not None:
            return (self.route.project, self.address.study_uid or self.facts.study_instance_uid, self.address.folder)
        return (self.route.project, self.facts.study_instance_uid, self.route.session)


def enter(arrivals: Sequence[Arrival], store: ObjectStore) -> dict[SessionName, int]:
    """Take a group of objects in. When it returns, bytes and rows survive a power cut. Answers the key of each session concerned.

    An object that is already in its session changes nothing. Raises what the store raises (`Busy` on a full disk), `Busy` when the
    database is away: then nothing of the group is acknowledged, and what was kept of it is swept up later.
    """
    store.keep([arrival.sealed for arrival in arrivals])
    sessions: dict[SessionName, Arrival] = {}
    once: dict[tuple[SessionName, str, str], Arrival] = {}
    for arrival in arrivals:
        session = arrival.session
        sessions.setdefault(session, arrival)
        once[session, arrival.facts.sop_instance_uid, arrival.sealed.key] = arrival
    order = sorted(sessions, key=lambda s: (s[0] or "", s[1], s[2]))  # all processes lock sessions in one order
    numbers = {session: number for number, session in enumerate(order)}
    objects = [_object_row(numbers[session], arrival) for (session, _, _), arrival in once.items()]
    keys = _add(order, sessions, objects)
    if len(keys) < len(order):
        missing = [number for number in range(len(order)) if number not in keys]
        keys |= _enter(missing, order, sessions, [row for row in objects if row[0] not in keys])
    return {order[number]: key for number, key in keys.items()}


def _add(order: list[SessionName], sessions: Mapping[SessionName, Arrival], objects: list[tuple[Any, ...]]) -> dict[int, int]:
    """Add objects to sessions that are known to be open. Answers the keys of those that still were, by number; others took nothing."""
    known = [(number, key, *session) for number, session in enumerate(order) if (key := _known.key(session, sessions[session]))]
    if len(known) < len(order):
        return {}
    return dict(sql.numbers(connections[DEFAULT_DB_ALIAS], sql.ADD, sql.parameters_of_known(known, objects)))


def _enter(
    wanted: list[int], order: list[SessionName], sessions: Mapping[SessionName, Arrival], objects: list[tuple[Any, ...]]
) -> dict[int, int]:
    """Open the sessions with these numbers where they are not, and add their objects."""
    for attempt in range(1, ADDRESS_ATTEMPTS + 1):
        try:
            rows = sql.parameters((_session_row(number, sessions[order[number]]) for number in wanted), objects)
            keys: dict[int, int] = dict(sql.numbers(connections[DEFAULT_DB_ALIAS], sql.ENTER, rows))
            break
        except sql.AddressTaken:  # another process began a session with this label in the same millisecond
            if attempt == ADDRESS_ATTEMPTS:
                raise
    for number, key in keys.items():
        _known.learn(order[number], sessions[order[number]], key)
    return keys


class Known:
    """Sessions that this process opened a moment ago. It is only a guess that they still are: the statement that uses it looks again."""

    def __init__(self) -> None:
        self._keys: dict[tuple[SessionName, bool | None], tuple[float, int]] = {}

    def key(self, session: SessionName, arrival: Arrival) -> int | None:
        """Its key, where it is no longer ago than `FRESH` that it was opened."""
        until, key = self._keys.get((session, arrival.route.auto_archive), (0.0, 0))
        return key if until > time.monotonic() else None

    def learn(self, session: SessionName, arrival: Arrival, key: int) -> None:
        if len(self._keys) >= REMEMBERED:
            self._keys.clear()
        self._keys[session, arrival.route.auto_archive] = (time.monotonic() + FRESH, key)


_known = Known()


def enter_each(arrivals: Sequence[Arrival], store: ObjectStore) -> list[int | ScanhouseError]:
    """As `enter`, and what is wrong with one object is answered for that one alone: the key of each one's session, or why it was refused.

    Raises what concerns all of them: a full disk, a database that is away.
    """
    try:
        keys = enter(arrivals, store)
    except (Invalid, ObjectDamaged) as error:
        if len(arrivals) == 1:
            arrivals[0].sealed.discard()
            return [error]
        half = len(arrivals) // 2
        return enter_each(arrivals[:half], store) + enter_each(arrivals[half:], store)
    return [keys[arrival.session] for arrival in arrivals]


def refuse(origin: Origin, reason: str, *, name: str = "", size: int = 0, sop_instance_uid: str = "") -> None:
    """Write into the ledger that an object was not taken, and why. No bytes of it are kept.

    Nothing has vouched for the name of what is refused: what could not be stored of it, or not be seen, is replaced.
    """
    values = [origin.sender[:255], visible(name[:1024]), size, visible(sop_instance_uid[:64]), visible(reason)]
    sql.run(connection, sql.REFUSE, [origin.upload, origin.source, *values])


def settle(keys: Sequence[int], after: timedelta) -> None:
    """The sender is done with these sessions: unless another object comes, they are quiet after so long."""
    if keys:
        sql.run(connection, sql.SETTLE, [after, list(keys)])


_last = datetime.now(UTC)
_last_lock = threading.Lock()


def _next_millisecond() -> datetime:
    """Now, and later than every time before in this process: it becomes part of an address."""
    global _last
    with _last_lock:
        _last = max(datetime.now(UTC), _last + timedelta(milliseconds=1))
        return _last


def timestamp(at: datetime) -> str:
    """A time as XNAT's prearchive writes it: yyyyMMdd_HHmmssSSS."""
    return at.strftime("%Y%m%d_%H%M%S") + f"{at.microsecond // 1000:03d}"


def _session_row(number: int, arrival: Arrival) -> tuple[Any, ...]:
    project, study, folder = arrival.session
    now = _next_millisecond()
    address = arrival.address.timestamp if arrival.address else timestamp(now)
    return (number, project, address, folder, arrival.route.session, arrival.route.subject, study, now + DEADLINES[SessionState.RECEIVING],
            arrival.route.auto_archive, arrival.overwrite, arrival.options, arrival.origin.login)  # fmt: skip


def _object_row(session: int, arrival: Arrival) -> tuple[Any, ...]:
    f, sealed, origin = arrival.facts, arrival.sealed, arrival.origin
    text = {keyword: value for keyword, value in f.text.items() if value}
    return (session, origin.upload, origin.source, origin.sender[:255], arrival.name[:1024], sealed.key, sealed.size, sealed.crc32,
            f.study_instance_uid, f.series_instance_uid, f.sop_instance_uid, f.sop_class_uid, f.transfer_syntax_uid, f.modality[:16],
            f.series_number, f.instance_number, f.rows, f.columns, f.bits_allocated, f.samples_per_pixel, f.number_of_frames,
            f.pixel_offset, f.pixel_length, text)  # fmt: skip
