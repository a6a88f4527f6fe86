"""The desk of a process at which many senders wait: one takes objects in for all of them, one looks things up.

    desk = Desk(store)
    key = desk.take(arrival)          # returns when the object is durable
    project = desk.directory.project_named("P1")
    desk.close()

Nothing lives in its queue that was acknowledged. However many associations there are, they need two connections to the database.
"""
from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import connection

from scanhouse.errors import Broken, Busy, ScanhouseError
from scanhouse.ingest import receive
from scanhouse.ingest.directory import Directory
from scanhouse.ingest.line import Line, Place, Ticket
from scanhouse.ingest.receive import Arrival, Origin, enter_each
from scanhouse.ingest.states import SETTLE
from scanhouse.storage.store import ObjectStore

PATIENCE = 20.0
"""Seconds a sender waits before it is told to try again: less than the 30 s after which many senders give up by themselves."""
MOST_WAITING = 1024
"""Arrivals that wait at the most, so that a database that hangs for an hour does not fill disk and memory with what is sent again."""

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)


class Desk:
    """Group commit for senders that wait, one desk a process: while one group becomes durable the next forms behind it."""

    def __init__(self, store: ObjectStore, *, patience: float = PATIENCE) -> None:
        self._store = store
        self._patience = patience
        self._line = Line()
        self._clerk = ThreadPoolExecutor(1, thread_name_prefix="clerk")
        self.directory = Directory(self.ask)
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
        self._thread.start()

    def place(self) -> Place:
        """A place at the desk for a sender of many objects; groups wait a moment for those who keep one."""
        return Place(self._line)

    def take(self, arrival: Arrival) -> int:
        """Hand one object in and wait until it is durable. Answers the key of its session.

        Raises as `enter`, and `Busy` when it takes too long: the object may be there all the same, so it is sent again without harm.
        """
        if len(self._line) >= MOST_WAITING:
            arrival.sealed.discard()
            raise Busy("Too many objects wait to be taken in. Send it again later.")
        ticket = Ticket(arrival)
        self._line.join(ticket)
        try:
            return ticket.wait(self._patience)
        except TimeoutError:
            if ticket.claim():
                arrival.sealed.discard()
            raise Busy("The archive could not take the object in time. Send it again later.") from None

    def ask(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run something short that needs the database, on the connection of the desk. Raises `Busy` when it takes too long."""
        answer = self._clerk.submit(function, *args, **kwargs)
        try:
            return answer.result(self._patience)
        except TimeoutError:
            answer.cancel()
            raise Busy("The database does not answer in time. Send again later; nothing that was acknowledged is lost.") from None

    def refuse(self, origin: Origin, reason: str, *, sop_instance_uid: str) -> None:
        """Write down that an object was not taken, and why."""
        self.ask(receive.refuse, origin, reason, sop_instance_uid=sop_instance_uid)

    def settle(self, keys: Sequence[int]) -> None:
        """The sender of these sessions has left: they are quiet soon. While the database is away that is left to their deadlines."""
        try:
            self.ask(receive.settle, keys, SETTLE)
        except Busy as error:
            log.warning("%d sessions could not be told that their sender has left; their deadlines will. %s", len(keys), error)

    def close(self) -> None:
        """Serve who waits, then end."""
        self._line.close()
        self._thread.join()
        self._clerk.submit(connection.close)
        self._clerk.shutdown()

    def _run(self) -> None:
        while group := self._line.group():
            try:
                self._serve([ticket for ticket in group if ticket.claim()])
            except Exception:
                # Nothing may end the thread that serves everybody. Who was not answered tries again when his patience ends.
                log.exception("The desk could not answer a group: a defect")
        connection.close()

    def _serve(self, group: list[Ticket]) -> None:
        """Take a group in and answer each."""
        arrivals = [ticket.arrival for ticket in group]
        outcomes: Sequence[int | ScanhouseError]
        try:
            outcomes = enter_each(arrivals, self._store)
        except ScanhouseError as error:
            outcomes = [error] * len(group)
        except Exception as error:
            log.exception("The desk could not take %d objects in: a defect", len(group))
            outcomes = [Broken(f"The desk failed ({type(error).__name__}). Look at the log.")] * len(group)
        for ticket, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, ScanhouseError):
                ticket.arrival.sealed.discard()
            ticket.answer(outcome)
