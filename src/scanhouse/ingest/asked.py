"""How a session was asked to be archived, kept in its row: whoever finishes what another was killed at does the same."""
from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import orjson

from scanhouse.access import actors
from scanhouse.access.actors import SYSTEM, Actor
from scanhouse.ingest.merge import Overwrite, Wish
from scanhouse.ingest.models import PrearchiveSession

OPTION = "asked"
"""Its place among the options of a session."""


@dataclass(frozen=True)
class Asked:
    """By whom (`user`: key of the account, None for the archive itself), with which wish, with which values to set."""

    user: int | None
    wish: Wish
    values: dict[str, Any]

    @classmethod
    def by(cls, actor: Actor, wish: Wish, values: dict[str, Any]) -> Asked:
        return cls(actor.id, wish, values)

    @classmethod
    def of(cls, session: PrearchiveSession) -> Asked | None:
        """What was kept; None for a session that goes into the archive by itself."""
        if OPTION not in session.options:
            return None
        kept = session.options[OPTION]
        wish = Wish(**{**kept["wish"], "overwrite": Overwrite(kept["wish"]["overwrite"])})
        return cls(kept["user"], wish, kept["values"])

    def keep(self, session: PrearchiveSession) -> None:
        """Into the row, which the caller saves."""
        self.forget(session)
        session.options[OPTION] = orjson.loads(orjson.dumps(asdict(self), default=str))

    @staticmethod
    def forget(session: PrearchiveSession) -> None:
        session.options.pop(OPTION, None)

    def actor(self) -> Actor:
        """Who asked, with the rights of now. Raises `NotFound` when the account is gone."""
        return SYSTEM if self.user is None else actors.load_id(self.user)
