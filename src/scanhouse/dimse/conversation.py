"""One association on a socket: a blocking thread between the sans-I/O upper layer and the doors.

The receive buffer is filled with `recv_into` and read in place: a data set goes from it to the sink without a copy. Each read is
acknowledged at once (TCP_QUICKACK) and each answer leaves in one write with TCP_NODELAY: together they spare a sender that leaves
Nagle's algorithm on, as DCMTK does, 40 ms per object.
"""
from __future__ import annotations

import logging
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from . import abstract_syntaxes, services
from .deadlines import Deadlines
from .doors import Admit, Caller, Limits, OpenSink, Sink
from .inbox import Inbox
from .reassembly import DataPart, MessageStarted, Reassembly
from .services import Exchange
from .upper import Aborted, Association, AssociationRequested, Event, Fragment, ProtocolError, Rejection, ReleaseRequested

log = logging.getLogger(__name__)

# How long a read blocks at most before time limits and the wish to stop are looked at.
TICK_SECONDS = 0.25
QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux only


@dataclass(frozen=True, slots=True)
class Doors:
    """Everything a conversation asks of others. `seat` takes a place among the associations, or says that none is left."""

    admit: Admit
    open_sink: OpenSink
    seat: Callable[[str], bool]
    stopping: threading.Event


@dataclass(slots=True)
class Tally:
    """What one association did, for its line in the log."""

    messages: int = 0
    data_bytes: int = 0
    how: str = "the connection was lost before a request"


class Conversation:
    def __init__(self, connection: socket.socket, address: str, *, doors: Doors, limits: Limits, buffer: bytearray) -> None:
        self.address = address
        self.seated = False
        self._may_release = False
        self.tally = Tally()
        self.caller: Caller | None = None
        self._connection = connection
        self._doors = doors
        self._limits = limits
        self._inbox = Inbox(buffer)
        self._deadlines = Deadlines(limits, time.monotonic())
        self._association = Association(abstract_syntaxes.accepts)
        self._reassembly = Reassembly()
        self._sink: Sink | None = None
        self._exchange: Exchange | None = None
        self._context_id = 0
        self._parts: list[memoryview] = []

    def run(self) -> None:
        """Serve the association to its end. Raises nothing but what is a defect of ours; leaves nothing open."""
        try:
            self._prepare()
            while not self._association.over and self._fill():
                self._handle_received()
            self._send()
        except OSError as error:
            self.tally.how = f"the connection failed ({error.strerror or type(error).__name__})"
        finally:
            with self._connection:
                self._leave_sink()
                self._linger()

    def _prepare(self) -> None:
        self._connection.settimeout(None)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Timeouts of the kernel instead of Python's: those would ask poll() before every single read.
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(TICK_SECONDS))
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(self._limits.idle_seconds))

    def _fill(self) -> bool:
        """Read until a whole PDU is in the buffer. False when there will be none: the peer is gone, too slow, or we stop."""
        self._inbox.make_room(self._association.wanted)
        while len(self._inbox) < self._association.wanted:
            if self._doors.stopping.is_set() and self._deadlines.out_of_grace(time.monotonic()):
                self._stop()
                return False
            try:
                count = self._connection.recv_into(self._inbox.room)
            except BlockingIOError:
                if self._must_end():
                    return False
                continue
            if not count:
                self._lost()
                return False
            if QUICKACK is not None:
                self._connection.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)
            self._inbox.arrived(count)
            if self._deadlines.late(time.monotonic()):
                self._give_up()
                return False
        return True

    def _must_end(self) -> bool:
        """Looked at when nothing came for a tick. On a stop, an association between messages has a whole one to release itself."""
        if self._deadlines.late(time.monotonic()):
            self._give_up()
            return True
        if self._doors.stopping.is_set() and self._reassembly.between_messages:
            if not self._may_release:
                self._may_release = True  # this tick may have begun long before the stop
                return False
            self._stop()
            return True
        return False

    def _stop(self) -> None:
        self.tally.how = "aborted because the node stops"
        self._association.abort()

    def _handle_received(self) -> None:
        began = time.monotonic()
        try:
            for event in self._association.receive(self._inbox.pending):
                self._handle(event)
        except ProtocolError as error:
            self.tally.how = f"aborted: {error}"
            self._association.abort()
        self._inbox.consume(self._association.consumed)
        self._write_parts()
        self._send()
        if not self._association.artim:
            now = time.monotonic()
            self._deadlines.renew(now, spent=now - began, in_message=not self._reassembly.between_messages)

    def _handle(self, event: Event) -> None:
        if isinstance(event, Fragment):
            self._handle_fragment(event)
        elif isinstance(event, AssociationRequested):
            self._answer_request(event)
        elif isinstance(event, ReleaseRequested):
            self.tally.how = "released"
            self._association.release()
        else:
            self._aborted(event)

    def _handle_fragment(self, fragment: Fragment) -> None:
        if self._reassembly.between_messages:
            if self._doors.stopping.is_set():
                self._stop()
                return
            self._deadlines.message_began(time.monotonic())
        for step in self._reassembly.add(fragment):
            if isinstance(step, DataPart):
                self._parts.append(step.data)
            elif isinstance(step, MessageStarted):
                self._begin_message(step)
            else:
                self._finish_message()

    def _answer_request(self, event: AssociationRequested) -> None:
        request = event.request
        self.caller = Caller(request.calling_ae, request.called_ae, self.address)
        if self._doors.stopping.is_set():
            self._reject(Rejection.TEMPORARY_CONGESTION)
            return
        rejection = self._ask_doors(self.caller)
        if rejection:
            self._reject(rejection)
            return
        self._association.accept()
        self.tally.how = "the connection was lost"

    def _ask_doors(self, caller: Caller) -> Rejection | None:
        try:
            admission = self._doors.admit(caller)
            if admission.rejection:
                return admission.rejection
            self.seated = self._doors.seat(self.address)
            if not self.seated:
                return Rejection.LOCAL_LIMIT_EXCEEDED
            self._sink = self._doors.open_sink(caller, admission.context)
        except Exception:
            # Whatever stands behind the doors is not well, perhaps its database: a transient refusal makes senders try again.
            log.exception("An association request could not be decided")
            return Rejection.TEMPORARY_CONGESTION
        return None

    def _reject(self, rejection: Rejection) -> None:
        self.tally.how = f"rejected: {rejection.name}"
        self._association.reject(rejection)

    def _begin_message(self, step: MessageStarted) -> None:
        assert self._sink is not None, "messages come over an accepted association"
        self._context_id = step.context_id
        context = self._association.contexts[step.context_id]
        self._exchange = services.begin(step.command, context, self._sink, max_object_bytes=self._limits.max_object_bytes)

    def _finish_message(self) -> None:
        self._write_parts()
        assert self._exchange is not None, "a message has begun before it is complete"
        exchange, self._exchange = self._exchange, None
        response = exchange.finish()
        self.tally.messages += 1
        if response:
            self._association.send_command(self._context_id, response)

    def _write_parts(self) -> None:
        """Hand over all parts of this read at once, before the buffer is used again."""
        if self._parts:
            parts, self._parts = self._parts, []
            size = sum(map(len, parts))
            self._deadlines.message_grew(size)
            self.tally.data_bytes += size
            if self._exchange is not None:
                self._exchange.write(parts)

    def _send(self) -> None:
        data = self._association.outgoing()
        if data:
            self._connection.sendall(data)

    def _give_up(self) -> None:
        self.tally.how = "given up: the peer was silent or too slow"
        if self._association.artim:
            self._association.artim_expired()
        else:
            self._association.abort()

    def _lost(self) -> None:
        aborted = self._association.connection_lost()
        if aborted:
            self._aborted(aborted)

    def _aborted(self, event: Aborted) -> None:
        self.tally.how = "the connection was lost" if event.source is None else "aborted by the peer"

    def _leave_sink(self) -> None:
        self._parts.clear()
        if self._exchange is not None:
            self._exchange.abandon()
        if self._sink is not None:
            self._sink.close()

    def _linger(self) -> None:
        """Let the peer close first: closing with unread bytes would reset the connection and lose our last PDU."""
        if self._association.closed:
            return
        try:
            self._connection.shutdown(socket.SHUT_WR)
            until = time.monotonic() + self._limits.close_seconds
            while time.monotonic() < until and self._heard() and not self._doors.stopping.is_set():  # a tick also on a stop
                continue
        except OSError:
            return  # it has gone already

    def _heard(self) -> bool:
        """Read and forget; False when the peer has closed."""
        try:
            self._inbox.consume(len(self._inbox))
            self._inbox.make_room(1)
            return self._connection.recv_into(self._inbox.room) > 0
        except BlockingIOError:
            return True


def _timeval(seconds: float) -> bytes:
    return struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))
