"""One association as acceptor, without any input or output: bytes in, events out; decisions in, bytes out.

    association = Association(accepts)
    for event in association.receive(view):     # view: all bytes received and not yet consumed
        ...                                     # on AssociationRequested: association.accept() or .reject(...)
    keep view[association.consumed:]            # the rest comes again, with more behind it
    connection.sendall(association.outgoing())

`receive` hands fragments over as views of the bytes given: they are valid until the caller reuses that memory. It raises nothing but
`ProtocolError`, and then the A-ABORT is already in `outgoing`. Time is the caller's: `artim` says whether the timer of PS3.8 runs.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from . import pdu, states
from .negotiation import Accepts, PresentationContext, negotiate, unacceptable
from .pdu import AssociateReject, AssociateRequest, Fragment
from .reasons import AbortReason, AbortSource, ProtocolError, Rejection
from .states import Action, Send, State, Tell

RECEIVED = {
    pdu.ASSOCIATE_RQ: states.Event.REQUEST_RECEIVED,
    pdu.ASSOCIATE_AC: states.Event.ACCEPT_RECEIVED,
    pdu.ASSOCIATE_RJ: states.Event.REJECT_RECEIVED,
    pdu.P_DATA_TF: states.Event.DATA_RECEIVED,
    pdu.RELEASE_RQ: states.Event.RELEASE_RECEIVED,
    pdu.RELEASE_RP: states.Event.RELEASED_RECEIVED,
    pdu.ABORT: states.Event.ABORT_RECEIVED,
}


@dataclass(frozen=True, slots=True)
class AssociationRequested:
    """A caller asks for an association; it waits for `accept` or `reject`."""

    request: AssociateRequest


@dataclass(frozen=True, slots=True)
class ReleaseRequested:
    """The caller has finished; it waits for `release`."""


@dataclass(frozen=True, slots=True)
class Aborted:
    """The association is over without a release: the peer aborted it, or its connection was lost (`source` None)."""

    source: int | None = None
    reason: int = 0


Event = AssociationRequested | Fragment | ReleaseRequested | Aborted


class Association:
    def __init__(self, accepts: Accepts) -> None:
        """`accepts(abstract_syntax, transfer_syntax)` decides on presentation contexts."""
        self.state = State.IDLE
        self.request: AssociateRequest | None = None
        self.contexts: dict[int, PresentationContext] = {}
        self.consumed = 0
        self.wanted = pdu.HEADER.size
        self.artim = False
        self.closed = False
        self._accepts = accepts
        self._outgoing: list[bytes] = []
        self._deaf = False
        self._take(states.Event.TRANSPORT_OPENED)

    @property
    def over(self) -> bool:
        """Nothing more will be exchanged; what is left is to send `outgoing` and let the peer close."""
        return self.state in (State.AWAITING_CLOSE, State.IDLE)

    def receive(self, data: memoryview) -> Iterator[Event]:
        """Events of all whole PDUs at the start of `data`. Afterwards `consumed` bytes are done with, and the PDU that follows
        needs `wanted` bytes, as far as its header has told."""
        self.consumed, at, end = 0, 0, len(data)
        while not self._deaf:
            self.wanted = pdu.HEADER.size
            if end - at < self.wanted:
                return
            try:
                kind, length = pdu.frame(data, at)
                self.wanted += length
                if end - at < self.wanted:
                    return
                start, at = at + pdu.HEADER.size, at + self.wanted
                self.consumed = at
                if kind == pdu.P_DATA_TF and self.state is State.ESTABLISHED:  # DT-2, the hot row of the table
                    for fragment in pdu.presentation_data(data[start:at]):
                        if fragment.context_id not in self.contexts:
                            raise ProtocolError("Data came on a presentation context that was not accepted.")
                        yield fragment
                        if self.over:
                            return
                else:
                    yield from self._receive_pdu(kind, data[start:at])
            except ProtocolError as error:
                self._break_off(error.reason)
                self.consumed = end
                raise
        self.consumed = end

    def accept(self) -> None:
        """Accept what was requested; `contexts` holds what was agreed on."""
        assert self.request is not None, "only a requested association can be accepted"
        accepted, self.contexts = negotiate(self.request, self._accepts)
        self._take(states.Event.ACCEPT)
        self._outgoing.append(accepted.encode())

    def reject(self, rejection: Rejection) -> None:
        self._take(states.Event.REJECT)
        self._outgoing.append(AssociateReject.because(rejection).encode())

    def send_command(self, context_id: int, command: bytes) -> None:
        """Send a whole command set on a context, in PDUs that the peer can take."""
        assert self.request is not None, "commands go over an established association"
        self._take(states.Event.SEND_DATA)
        self._outgoing.append(pdu.encode_data(context_id, command, is_command=True, max_pdu=self.request.user.max_pdu))

    def release(self) -> None:
        """Agree to the release that was requested."""
        self._take(states.Event.RELEASE)

    def abort(self) -> None:
        """End the association now, as its user. Without effect on one that is over."""
        if not self.over and self.state is not State.AWAITING_REQUEST:
            self._take(states.Event.ABORT)

    def connection_lost(self) -> Aborted | None:
        """The peer closed the connection. `Aborted` if that came in the middle."""
        if self.closed:
            return None
        return Aborted() if self._take(states.Event.TRANSPORT_CLOSED).tell else None

    def artim_expired(self) -> None:
        """The peer sent no request, or did not close, in time."""
        if self.artim:
            self._take(states.Event.ARTIM_EXPIRED)

    def outgoing(self) -> bytes:
        """Bytes to send now, in one write: two small ones would meet Nagle's algorithm and delayed acknowledgement (40 ms)."""
        data, self._outgoing = b"".join(self._outgoing), []
        return data

    def _receive_pdu(self, kind: int, value: memoryview) -> Iterator[Event]:
        received = None if kind == pdu.P_DATA_TF else pdu.read(kind, value)
        action = self._take(RECEIVED[kind])
        if action.send in (Send.USER_ABORT, Send.PROVIDER_ABORT):
            self._deafen()
        if action.tell is Tell.REQUESTED:
            assert isinstance(received, AssociateRequest)
            self.request = received
            rejection = unacceptable(received)
            if rejection:
                self.reject(rejection)
            else:
                yield AssociationRequested(received)
        elif action.tell is Tell.RELEASE_REQUESTED:
            yield ReleaseRequested()
        elif action.tell is Tell.ABORTED:
            assert isinstance(received, pdu.Abort)
            yield Aborted(received.source, received.reason)
        elif action.tell is Tell.LOST:
            yield Aborted(AbortSource.PROVIDER, AbortReason.UNEXPECTED_PDU)

    def _take(self, event: states.Event, reason: AbortReason = AbortReason.UNEXPECTED_PDU) -> Action:
        """Do what the table says for `event`, except for sending what only the caller can make."""
        action = states.move(self.state, event)
        self.state = action.then
        if action.artim is not None:
            self.artim = action.artim
        if action.close:
            self.closed = True
            self._deafen()
        if action.send is Send.RELEASED:
            self._outgoing.append(pdu.ReleaseResponse().encode())
        elif action.send is Send.USER_ABORT:
            self._outgoing.append(pdu.Abort(AbortSource.USER, AbortReason.NOT_SPECIFIED).encode())
        elif action.send is Send.PROVIDER_ABORT:
            self._outgoing.append(pdu.Abort(AbortSource.PROVIDER, reason).encode())
        return action

    def _break_off(self, reason: AbortReason) -> None:
        self._deafen()
        self._take(states.Event.INVALID_PDU, reason)

    def _deafen(self) -> None:
        """After an abort of ours, or where framing is lost, the rest of the stream means nothing: it is passed over unread."""
        self._deaf = True
