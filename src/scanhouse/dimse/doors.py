"""What the DICOM node asks of the rest: may this caller come in, and where do its objects go. Values and protocols, no rules.

    admit(caller) -> Admission                    # quick, called once per association
    open_sink(caller, admission.context) -> Sink  # once per admitted association, used by its thread alone
    sink.begin(request) -> Writer                 # once per C-STORE; then write..., commit or abandon
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from .messages import StoreRequest
from .status import Status
from .upper import Rejection


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for an association. AE titles are what the caller claims, without padding; only the address is known."""

    calling_ae: str
    called_ae: str
    address: str


@dataclass(frozen=True, slots=True)
class Admission:
    """Accepted, or refused for a reason that the caller is told. `context` goes to `open_sink` as it is."""

    rejection: Rejection | None = None
    context: Any = None  # whatever `admit` found out and `open_sink` needs: this package does not look at it


class Writer(Protocol):
    """Takes one data set. After `commit` or `abandon`, or an exception of either, it is not used again."""

    def write(self, parts: list[memoryview]) -> None:
        """The next bytes of the data set, in order. The views are valid only during this call."""

    def commit(self) -> Status:
        """All bytes have come: make them durable, then say how it went. May block; other associations go on meanwhile."""

    def abandon(self) -> None:
        """The object will not be completed: leave nothing behind."""


class Sink(Protocol):
    """Takes the objects of one association. Errors are `ScanhouseError`s; `status.of` turns them into answers."""

    def begin(self, request: StoreRequest) -> Writer:
        """A C-STORE-RQ has come, its data set will follow in `request.context.transfer_syntax`."""

    def close(self) -> None:
        """The association is over; called once, whatever happened."""


Admit = Callable[[Caller], Admission]
OpenSink = Callable[[Caller, Any], Sink]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one node. Times are in seconds.

    max_associations               of all peers together; each costs a thread and up to `inbox.BUFFER_BYTES` of memory
    max_associations_per_address   so that one peer cannot take all of them
    artim_seconds                  from connecting to the whole association request (PS3.8 9.1.5)
    idle_seconds                   without one whole PDU; also for a peer that does not take our answers
    close_seconds                  for the peer to close the connection after the last PDU
    grace_seconds                  for running messages when the node stops
    min_bytes_per_second           a data set that comes slower than this (after the first `idle_seconds`) is given up
    max_object_bytes               a longer data set is refused; the largest whole-slide images are some 10 GB
    """

    max_associations: int = 256
    max_associations_per_address: int = 224
    artim_seconds: float = 10.0
    idle_seconds: float = 60.0
    close_seconds: float = 2.0
    grace_seconds: float = 10.0
    min_bytes_per_second: int = 1024
    max_object_bytes: int = 32 << 30


DEFAULT_LIMITS = Limits()
