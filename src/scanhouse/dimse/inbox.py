"""The receive buffer of one association: bytes come in behind, whole PDUs are read in place and taken off in front."""
from __future__ import annotations

from .upper.pdu import HEADER, MAX_P_DATA_BYTES

# Room for what comes behind the longest PDU while its end is awaited. No more, because the buffers of several associations compete for
# the processor's cache: with 524 kB each, MR and CT on 4 associations had the lowest median rates (5 runs, noisy machine).
ROOM_BEHIND = 65536
BUFFER_BYTES = HEADER.size + MAX_P_DATA_BYTES + ROOM_BEHIND


class Inbox:
    def __init__(self, buffer: bytearray) -> None:
        """`buffer` has `BUFFER_BYTES` and is nobody else's while this lives."""
        self._view = memoryview(buffer)
        self._start = self._end = 0

    def __len__(self) -> int:
        """Bytes received and not yet consumed."""
        return self._end - self._start

    @property
    def pending(self) -> memoryview:
        """Those bytes, in place: valid until `make_room`."""
        return self._view[self._start:self._end]

    @property
    def room(self) -> memoryview:
        """Where to receive into."""
        return self._view[self._end:]

    def arrived(self, count: int) -> None:
        self._end += count

    def consume(self, count: int) -> None:
        self._start += count

    def make_room(self, wanted: int) -> None:
        """See to it that a PDU of `wanted` bytes can be whole. Bytes are moved only when it would not fit behind the last one."""
        if self._start == self._end:
            self._start = self._end = 0
        elif self._start + wanted > len(self._view):
            rest = len(self)
            self._view[:rest] = self._view[self._start:self._end]
            self._start, self._end = 0, rest
