"""The other end: builds what a requestor sends and reads what comes back, in memory or over a socket."""
from __future__ import annotations

import socket
import struct
from collections.abc import Iterable

from scanhouse.dimse import messages
from scanhouse.dimse.upper import Association, Event, pdu
from scanhouse.dimse.upper.items import ProposedContext, UserInformation
from scanhouse.dimse.upper.pdu import AssociateRequest, Fragment, Pdu

VERIFICATION, MR, CT = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT, EXPLICIT, BIG_ENDIAN, JPEG = (f"1.2.840.10008.1.2{tail}" for tail in ("", ".1", ".2", ".4.50"))
ECHO_CONTEXT, MR_CONTEXT = ProposedContext(1, VERIFICATION, (IMPLICIT,)), ProposedContext(3, MR, (EXPLICIT,))
CT_CONTEXT = ProposedContext(5, CT, (JPEG, EXPLICIT))
INSTANCE = "1.2.826.0.1.3680043.10.1333.1"
RELEASE = pdu.ReleaseRequest().encode()
ABORT = pdu.Abort(0, 0).encode()


def request(contexts: Iterable[ProposedContext] = (ECHO_CONTEXT, MR_CONTEXT, CT_CONTEXT), *, calling: str = "SCANNER", called: str = "SCANHOUSE",
            max_pdu: int = 16384) -> bytes:
    return AssociateRequest(called, calling, tuple(contexts), UserInformation(max_pdu, "1.2.3", "TEST")).encode()


def command(field: int, *, data_set: bool, message_id: int = 1, sop_class: str = MR, instance: str = INSTANCE) -> bytes:
    return messages.encode({
        messages.AFFECTED_SOP_CLASS_UID: sop_class.encode(),
        messages.COMMAND_FIELD: messages.short(field),
        messages.MESSAGE_ID: messages.short(message_id),
        messages.PRIORITY: messages.short(0),
        messages.COMMAND_DATA_SET_TYPE: messages.short(0 if data_set else messages.NO_DATA_SET),
        messages.AFFECTED_SOP_INSTANCE_UID: instance.encode(),
    })


def echo(context_id: int = 1, *, message_id: int = 1) -> bytes:
    return pdu.encode_data(context_id, command(messages.CommandField.C_ECHO_RQ, data_set=False, message_id=message_id), is_command=True, max_pdu=0)


def store(data: bytes, *, context_id: int = 3, message_id: int = 1, instance: str = INSTANCE, sop_class: str = MR, max_pdu: int = 0) -> bytes:
    head = command(messages.CommandField.C_STORE_RQ, data_set=True, message_id=message_id, instance=instance, sop_class=sop_class)
    return (pdu.encode_data(context_id, head, is_command=True, max_pdu=max_pdu)
            + pdu.encode_data(context_id, data, is_command=False, max_pdu=max_pdu))


def read_all(data: bytes) -> list[Pdu | Fragment]:
    """Every PDU in `data`, P-DATA as its fragments."""
    view, at, found = memoryview(data), 0, []
    while at < len(view):
        kind, length = pdu.frame(view, at)
        value, at = view[at + 6:at + 6 + length], at + 6 + length
        found += pdu.presentation_data(value) if kind == pdu.P_DATA_TF else [pdu.read(kind, value)]
    return found


def read_response(fragment: Fragment) -> dict[int, bytes]:
    """Elements of a response by number (`messages.decode` refuses responses: nothing is ever asked of a peer)."""
    data, at, elements = bytes(fragment.data), 0, {}
    while at < len(data):
        _, element, length = struct.unpack_from("<HHI", data, at)
        elements[element] = data[at + 8:at + 8 + length]
        at += 8 + length
    return elements


def status(elements: dict[int, bytes]) -> int:
    return struct.unpack("<H", elements[messages.STATUS])[0]


def feed(association: Association, data: bytes, *, accept: bool = True, step: int | None = None) -> list[Event]:
    """Events of `data`, given at once or `step` bytes at a time; fragments are copied so that they can be compared."""
    events: list[Event] = []
    pending = b""
    for start in range(0, len(data), step or len(data) or 1):
        pending += data[start:start + (step or len(data))]
        for event in association.receive(memoryview(pending)):
            events.append(event._replace(data=bytes(event.data)) if isinstance(event, Fragment) else event)
            if accept and type(event).__name__ == "AssociationRequested":
                association.accept()
        pending = pending[association.consumed:]
    return events


class Peer:
    """A requestor on a blocking socket."""

    def __init__(self, port: int, *, timeout: float = 60.0) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError("the node closed the connection")
            data += more
        return data

    def receive(self) -> Pdu | Fragment:
        """The next PDU; of P-DATA the only fragment."""
        head = self._exactly(6)
        return read_all(head + self._exactly(struct.unpack_from(">I", head, 2)[0]))[0]

    def ask(self, data: bytes) -> Pdu | Fragment:
        self.send(data)
        return self.receive()

    def ask_status(self, data: bytes) -> int:
        answer = self.ask(data)
        assert isinstance(answer, Fragment), answer
        return status(read_response(answer))

    def closed(self) -> bool:
        """Wait until the node closes the connection."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
