"""How many associations there may be, in all and for one address, counted apart from connections.

A connection over the limit is still let in to be told so (A-ASSOCIATE-RJ needs a request to answer); the places for that are limited too.
"""
from __future__ import annotations

import threading
from collections import Counter

from .doors import Limits

# Connections beyond the associations: callers on their way to a request or to a refusal. They live for `artim_seconds` at most.
STANDING_PLACES = 64
STANDING_PLACES_PER_ADDRESS = 32


class Seats:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._connections: Counter[str] = Counter()
        self._associations: Counter[str] = Counter()
        self.entered = 0
        self.taken = 0

    def enter(self, address: str) -> bool:
        """Count a new connection; False if it is one too many."""
        with self._lock:
            if self.entered >= self._limits.max_associations + STANDING_PLACES:
                return False
            if self._connections[address] >= self._limits.max_associations_per_address + STANDING_PLACES_PER_ADDRESS:
                return False
            self.entered += 1
            self._connections[address] += 1
            return True

    def sit(self, address: str) -> bool:
        """Count a new association on a connection that has entered; False if it is one too many."""
        with self._lock:
            if self.taken >= self._limits.max_associations:
                return False
            if self._associations[address] >= self._limits.max_associations_per_address:
                return False
            self.taken += 1
            self._associations[address] += 1
            return True

    def leave(self, address: str, *, seated: bool) -> None:
        """A connection has ended, and with it its association if it had one."""
        with self._lock:
            self.entered -= 1
            self._subtract(self._connections, address)
            if seated:
                self.taken -= 1
                self._subtract(self._associations, address)

    def _subtract(self, counter: Counter[str], address: str) -> None:
        counter[address] -= 1
        if not counter[address]:
            del counter[address]  # the table must not grow with every address that ever called
