"""Who asks, and what he may see of something, in one statement. For requests that come thousands at a time.

What may be seen depends on who asks, so that is usually found out first. Here the actor is *expected* to be who he was the last time,
with the same groups and grants: the question is put with the rights of that actor, and the same statement answers who he is now. Where
that is another answer, byte by byte, what was found is thrown away, and the next request puts the question with the new rights. So
nothing is believed that the database does not say in that very moment; a right or password that is taken away is gone at once.

Nothing is refused here. None means: ask the ordinary way, which knows why not, and says so.
"""
from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import orjson
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from . import actors, passwords, prepared, sign_ins, tokens
from .actors import Actor

KEPT = 256
"""Actors and questions that a process keeps in mind; more only means that some are asked twice."""
LONGEST_ROW = 64 << 10
"""Bytes of an actor, who has some 500 groups then. Larger ones go the ordinary way: together 16 MB at most are kept."""

_ACTOR = f"json_build_array({actors.COLUMNS})::text"

Row = tuple[bytes | None, ...]


@dataclass(frozen=True)
class Question:
    """A SELECT of one row, as text with $1 and so on: first what each request hands in, then `rights`, the values of its conditions."""

    text: str
    asked: int
    rights: tuple[bytes, ...]


@dataclass(frozen=True)
class Login:
    """Login and password. They hold if the password was found right a moment ago and is still the one stored."""

    login: str
    password: str

    source = "access_user u"
    evidence = "u.password"
    condition = f"{actors.ACTIVE} AND lower(u.username) = {{value}}"

    @property
    def value(self) -> bytes | None:
        """What the condition compares; None for what is not looked up here."""
        return None if "\0" in self.login or tokens.looks_like_alias(self.login) else sign_ins.compared(self.login).encode()

    def holds(self, evidence: bytes) -> bool:
        return passwords.remembered(sign_ins.compared(self.login), self.password, evidence.decode())


@dataclass(frozen=True)
class Cookie:
    """The cookie of a live sign-in whose use need not be noted just now."""

    cookie: str

    source = "access_signin s JOIN access_user u ON u.id = s.user_id"
    evidence = "''"
    condition = (f"{actors.ACTIVE} AND s.digest = decode({{value}}, 'hex') AND s.expires_at > now()"
                 f" AND {sign_ins.IS_BACKED} AND s.created_at > now() - {{longest}} AND s.last_used_at >= now() - {{noted}}")  # fmt: skip

    @property
    def value(self) -> bytes | None:
        key = sign_ins.key_of(self.cookie)
        return None if key is None else key.hex().encode()

    def holds(self, evidence: bytes) -> bool:
        return True


@dataclass(frozen=True)
class _Expected:
    actor: bytes
    statement: str
    rights: tuple[bytes, ...]


_lock = threading.Lock()
_expected: OrderedDict[tuple[str, bytes], _Expected] = OrderedDict()


def ask(who: Login | Cookie, question: Callable[[Actor], Question], values: Sequence[bytes]) -> Row | None:
    """The row that answers `question`, whose values for this request are `values`; None when there is none or something is unusual.

    `question` is a function of a module: what it makes is kept by its name. Raises the errors of psycopg.
    """
    value, connection = who.value, connections[DEFAULT_DB_ALIAS]  # looking the connection up takes its time, each time
    if value is None or connection.in_atomic_block:
        return None
    key = (f"{type(who).__name__} {question.__module__}.{question.__qualname__}", value)
    known = _expected.get(key) or _learn(connection, who, value, question, key)
    if known is None:
        return None
    rows = prepared.rows_of_bytes(connection, known.statement, [*values, *known.rights, value])
    if not rows:
        return None
    evidence, actor, here, *found = rows[0]
    if actor != known.actor:
        with _lock:
            _expected.pop(key, None)
        return None
    if here is None or not who.holds(evidence or b""):
        return None
    return tuple(found)


def _learn(
    connection: BaseDatabaseWrapper, who: Login | Cookie, value: bytes, question: Callable[[Actor], Question], key: tuple[str, bytes]
) -> _Expected | None:
    """What to ask for this actor from now on; None when nobody of that name may ask, or he cannot show who he is."""
    rows = prepared.rows_of_bytes(
        connection, f"SELECT {who.evidence}, {_ACTOR} FROM {who.source} WHERE {_condition(who, '$1')}", [value]  # noqa: S608
    )
    if not rows or (actor := rows[0][1]) is None or len(actor) > LONGEST_ROW or not who.holds(rows[0][0] or b""):
        return None
    asked = question(actors.from_row(tuple(orjson.loads(actor))))
    condition = _condition(who, f"${asked.asked + len(asked.rights) + 1}")
    # LEFT JOIN: who asks is told also where nothing is found, or a right that is new would never be noticed.
    statement = (f"SELECT {who.evidence}, {_ACTOR}, found.* FROM {who.source}"  # noqa: S608
                 f" LEFT JOIN (SELECT true AS here, q.* FROM ({asked.text}) q) found ON true WHERE {condition}")  # fmt: skip
    known = _Expected(actor, statement, asked.rights)
    with _lock:
        _expected[key] = known
        while len(_expected) > KEPT:
            _expected.popitem(last=False)
    return known


def _condition(who: Login | Cookie, value: str) -> str:
    return who.condition.format(value=value, longest=_interval(sign_ins.LONGEST), noted=_interval(sign_ins.USE_IS_NOTED_AFTER))


def _interval(span: timedelta) -> str:
    return f"interval '{int(span.total_seconds())} seconds'"


def forget() -> None:
    """Expects nobody any more."""
    with _lock:
        _expected.clear()
