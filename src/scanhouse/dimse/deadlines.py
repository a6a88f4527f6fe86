"""How long a peer may take: times in, a verdict out. The clock is the caller's (seconds, monotonic).

Bytes alone buy no time, only whole PDUs do; and a message has to come at a least rate on average, so that one byte in each PDU does
not help either. What we spend ourselves, perhaps waiting for a disk, is not counted against the sender.
"""
from __future__ import annotations

from .doors import Limits


class Deadlines:
    def __init__(self, limits: Limits, now: float) -> None:
        """The connection is open since `now`; the request is due within `artim_seconds`."""
        self._limits = limits
        self._due = now + limits.artim_seconds
        self._message_began = now
        self._message_bytes = 0
        self._stop_by = float("inf")

    def late(self, now: float) -> bool:
        """The peer has had its time."""
        return now > self._due

    def message_began(self, now: float) -> None:
        self._message_began, self._message_bytes = now, 0

    def message_grew(self, size: int) -> None:
        """`size` bytes of data set have come."""
        self._message_bytes += size

    def renew(self, now: float, *, spent: float, in_message: bool) -> None:
        """A whole PDU has come, and we `spent` that long on it."""
        self._message_began += spent
        self._due = now + self._limits.idle_seconds
        if in_message:
            allowance = self._limits.idle_seconds + self._message_bytes / self._limits.min_bytes_per_second
            self._due = min(self._due, self._message_began + allowance)

    def out_of_grace(self, now: float) -> bool:
        """Asked while the node stops: a running message may finish, but not for ever."""
        self._stop_by = min(self._stop_by, now + self._limits.grace_seconds)
        return now >= self._stop_by
