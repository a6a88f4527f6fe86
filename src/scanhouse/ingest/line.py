"""The line at a desk: who waits in it, who is about to, and how they form groups. No database, no store.

A group costs almost the same with one object as with ten. So it waits a moment for senders that are just sending: those that begin their
next object at once when one is answered. A sender that takes its time is never waited for.
"""
from __future__ import annotations

import queue
import threading
import time

from scanhouse.errors import ScanhouseError
from scanhouse.ingest.receive import Arrival

GROUP = 64
"""Arrivals in one group at the most; more would make the first wait for the last."""
GATHER = 0.004
"""Seconds that the first of a group waits for others at the most: what syncing and committing a group takes on a usual disk."""
SOON = 0.010
"""Seconds in which a quick sender should have handed its next object in; if not, it has paused."""


class Ticket:
    """One arrival in line. It is the desk's once claimed; until then its sender may claim it back."""

    __slots__ = ("_answered", "_claimed", "_outcome", "arrival")

    def __init__(self, arrival: Arrival) -> None:
        self.arrival = arrival
        self._outcome: int | ScanhouseError = 0
        self._claimed, self._answered = threading.Lock(), threading.Lock()
        self._answered.acquire()

    def claim(self) -> bool:
        """Whether it is the caller's now. Whoever comes second is told no."""
        return self._claimed.acquire(blocking=False)

    def answer(self, outcome: int | ScanhouseError) -> None:
        """Give the key of the object's session, or why it was refused, to the sender that waits. Once."""
        self._outcome = outcome
        self._answered.release()

    def wait(self, seconds: float) -> int:
        """The answer. Raises it where it is an error, `TimeoutError` when it does not come in time."""
        if not self._answered.acquire(timeout=seconds):
            raise TimeoutError
        if isinstance(self._outcome, ScanhouseError):
            raise self._outcome
        return self._outcome


class Line:
    """Where arrivals wait. Any number of senders; one desk."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Ticket | None] = queue.SimpleQueue()
        self._coming: dict[object, float] = {}

    def __len__(self) -> int:
        return self._waiting.qsize()

    def expect(self, sender: object) -> None:
        """An object of `sender` is on its way, or will be in a moment."""
        self._coming[sender] = time.monotonic() + SOON

    def forget(self, sender: object) -> None:
        """Nothing more is on its way from `sender` just now."""
        self._coming.pop(sender, None)

    def join(self, ticket: Ticket) -> None:
        self._waiting.put(ticket)

    def close(self) -> None:
        """Those who wait are still served; then there are no more groups."""
        self._waiting.put(None)

    def group(self) -> list[Ticket]:
        """The next group: waits for its first ticket, then a moment for those who are coming. Empty once the line is closed."""
        first = self._waiting.get()
        if first is None:
            return []
        group, patience = [first], time.monotonic() + GATHER
        while len(group) < GROUP:
            try:
                following = self._waiting.get(timeout=self._worth_waiting(patience))
            except queue.Empty:
                break
            if following is None:
                self._waiting.put(None)
                break
            group.append(following)
        return group

    def _worth_waiting(self, patience: float) -> float:
        """Seconds to wait for a next ticket: none when nobody is coming."""
        until = min(patience, max(list(self._coming.values()), default=0.0))
        return max(0.0, until - time.monotonic())


class Place:
    """What a line knows of one sender. Used by one thread."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._answered = 0.0
        self._quick = False

    def begins(self) -> None:
        """An object begins to come."""
        self._quick = time.monotonic() - self._answered < GATHER
        self._line.expect(self)

    def arrived(self) -> None:
        """It is in line now, or will not be."""
        self._line.forget(self)

    def answered(self) -> None:
        """The sender is told; a quick one sends the next at once."""
        self._answered = time.monotonic()
        if self._quick:
            self._line.expect(self)
