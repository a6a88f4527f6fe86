"""The seven protocol data units of PS3.8 section 9.3, between bytes and frozen values.

A PDU is one byte of type, one reserved byte, four bytes of length (big endian) and its value. `frame` looks at the header alone and
refuses what is too long before anybody waits for it; `read` makes a value of a whole PDU; each class writes itself with `encode`.
P-DATA-TF, the hot one, is not copied: `presentation_data` yields views of the bytes given.
"""
from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from . import items
from .items import AnsweredContext, ProposedContext, UserInformation
from .reasons import AbortReason, ProtocolError, Rejection

HEADER = struct.Struct(">BxI")
PDV_HEADER = struct.Struct(">IBB")
ASSOCIATE_HEADER = struct.Struct(">H2x16s16s32x")

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA_TF, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)
APPLICATION_CONTEXT_NAME = "1.2.840.10008.3.1.1.1"
IS_COMMAND, IS_LAST = 1, 2

# DCMTK cannot send longer ones, and beyond it the rate does not rise any more (docs/reference/dicom-conformance.md).
MAX_PDU = 131072
# The longest value that is still read. Twice what is announced, because some senders count headers outside the announced length.
MAX_P_DATA_BYTES = 2 * MAX_PDU
# 128 contexts with 25 transfer syntaxes each take about 110 kB; nobody needs more than twice that.
MAX_ASSOCIATE_BYTES = 2 * MAX_PDU
# The four small PDUs have four bytes of value, always.
MAX_BYTES = {
    ASSOCIATE_RQ: MAX_ASSOCIATE_BYTES, ASSOCIATE_AC: MAX_ASSOCIATE_BYTES, ASSOCIATE_RJ: 4,
    P_DATA_TF: MAX_P_DATA_BYTES, RELEASE_RQ: 4, RELEASE_RP: 4, ABORT: 4,
}


@dataclass(frozen=True, slots=True)
class AssociateRequest:
    """A-ASSOCIATE-RQ. AE titles come without padding; `protocol_version` is a bit field, bit 0 is version 1."""

    called_ae: str
    calling_ae: str
    contexts: tuple[ProposedContext, ...]
    user: UserInformation
    application_context: str = APPLICATION_CONTEXT_NAME
    protocol_version: int = 1

    def encode(self) -> bytes:
        contexts = b"".join(map(items.write_proposed_context, self.contexts))
        return _associate(ASSOCIATE_RQ, self, contexts)


@dataclass(frozen=True, slots=True)
class AssociateAccept:
    """A-ASSOCIATE-AC. The AE titles repeat those of the request (PS3.8 table 9-17)."""

    called_ae: str
    calling_ae: str
    contexts: tuple[AnsweredContext, ...]
    user: UserInformation
    application_context: str = APPLICATION_CONTEXT_NAME
    protocol_version: int = 1

    def encode(self) -> bytes:
        contexts = b"".join(map(items.write_answered_context, self.contexts))
        return _associate(ASSOCIATE_AC, self, contexts)


@dataclass(frozen=True, slots=True)
class AssociateReject:
    """A-ASSOCIATE-RJ: result, source and reason as numbers, because a peer may send what we have no name for."""

    result: int
    source: int
    reason: int

    @classmethod
    def because(cls, rejection: Rejection) -> AssociateReject:
        return cls(*rejection.value)

    def encode(self) -> bytes:
        return HEADER.pack(ASSOCIATE_RJ, 4) + bytes([0, self.result, self.source, self.reason])


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    def encode(self) -> bytes:
        return HEADER.pack(RELEASE_RQ, 4) + bytes(4)


@dataclass(frozen=True, slots=True)
class ReleaseResponse:
    def encode(self) -> bytes:
        return HEADER.pack(RELEASE_RP, 4) + bytes(4)


@dataclass(frozen=True, slots=True)
class Abort:
    source: int
    reason: int

    def encode(self) -> bytes:
        return HEADER.pack(ABORT, 4) + bytes([0, 0, self.source, self.reason])


class Fragment(NamedTuple):
    """One presentation data value (PS3.8 9.3.5.1): a part of a command set or of a data set, as a view of the bytes received."""

    context_id: int
    is_command: bool
    is_last: bool
    data: memoryview


Pdu = AssociateRequest | AssociateAccept | AssociateReject | ReleaseRequest | ReleaseResponse | Abort


def frame(data: memoryview, at: int) -> tuple[int, int]:
    """Type and length of the value of the PDU whose six byte header starts at `at`. Raises `ProtocolError` for one that cannot be."""
    kind, length = HEADER.unpack_from(data, at)
    longest = MAX_BYTES.get(kind)
    if longest is None:
        raise ProtocolError("The peer sent a PDU of a type that PS3.8 does not know.", reason=AbortReason.UNRECOGNIZED_PDU)
    if length > longest:
        raise ProtocolError(f"The peer sent a PDU of type {kind} that is longer than {longest} bytes.")
    return kind, length


def read(kind: int, value: memoryview) -> Pdu:
    """The PDU of type `kind` (any but P-DATA-TF) with this value. Raises `ProtocolError`."""
    if kind in (ASSOCIATE_RQ, ASSOCIATE_AC):
        return _read_associate(kind, value)
    if len(value) != 4:
        raise ProtocolError(f"A PDU of type {kind} must have four bytes.")
    if kind == ASSOCIATE_RJ:
        return AssociateReject(value[1], value[2], value[3])
    if kind == ABORT:
        return Abort(value[2], value[3])
    return ReleaseRequest() if kind == RELEASE_RQ else ReleaseResponse()


def presentation_data(value: memoryview) -> Iterator[Fragment]:
    """The fragments of a P-DATA-TF, uncopied. Raises `ProtocolError`, possibly after some have been given."""
    at, end = 0, len(value)
    if not end:
        raise ProtocolError("A P-DATA-TF holds no presentation data value.")
    while at < end:
        if end - at < PDV_HEADER.size:
            raise ProtocolError("A presentation data value ends inside its header.")
        length, context_id, control = PDV_HEADER.unpack_from(value, at)
        stop = at + 4 + length
        if length < 2 or stop > end:
            raise ProtocolError("A presentation data value has a length that its P-DATA-TF cannot hold.")
        yield Fragment(context_id, bool(control & IS_COMMAND), bool(control & IS_LAST), value[at + 6:stop])
        at = stop


def encode_data(context_id: int, data: bytes, *, is_command: bool, max_pdu: int) -> bytes:
    """`data` as P-DATA-TF PDUs, as many as a peer needs that takes `max_pdu` bytes of value at once (0 for any, else at least 7)."""
    room = (max_pdu or MAX_PDU) - PDV_HEADER.size
    pdus: list[bytes] = []
    for start in range(0, max(len(data), 1), room):
        part = data[start:start + room]
        control = (IS_COMMAND if is_command else 0) | (IS_LAST if start + room >= len(data) else 0)
        pdus += (HEADER.pack(P_DATA_TF, len(part) + 6), PDV_HEADER.pack(len(part) + 2, context_id, control), part)
    return b"".join(pdus)


def _read_associate(kind: int, value: memoryview) -> AssociateRequest | AssociateAccept:
    if len(value) < ASSOCIATE_HEADER.size:
        raise ProtocolError("An association PDU is too short for its AE titles.")
    version, called, calling = ASSOCIATE_HEADER.unpack_from(value)
    application_context, user = "", UserInformation()
    proposed: dict[int, ProposedContext] = {}
    answered: list[AnsweredContext] = []
    for item_kind, part in items.walk(value[ASSOCIATE_HEADER.size:], limit=items.MAX_ITEMS):
        if item_kind == items.APPLICATION_CONTEXT:
            application_context = items.text(part)
        elif item_kind == items.PROPOSED_CONTEXT:
            context = items.read_proposed_context(part)
            if context.id in proposed:
                raise ProtocolError("Two presentation contexts have the same identifier.")
            proposed[context.id] = context
        elif item_kind == items.ANSWERED_CONTEXT:
            answered.append(items.read_answered_context(part))
        elif item_kind == items.USER_INFORMATION:
            user = items.read_user_information(part)
    called_ae, calling_ae = (title.decode("latin-1").strip(" \0") for title in (called, calling))
    if kind == ASSOCIATE_RQ:
        return AssociateRequest(called_ae, calling_ae, tuple(proposed.values()), user, application_context, version)
    return AssociateAccept(called_ae, calling_ae, tuple(answered), user, application_context, version)


def _associate(kind: int, pdu: AssociateRequest | AssociateAccept, contexts: bytes) -> bytes:
    called, calling = (title.encode("latin-1").ljust(16)[:16] for title in (pdu.called_ae, pdu.calling_ae))
    value = b"".join((
        ASSOCIATE_HEADER.pack(pdu.protocol_version, called, calling),
        items.item(items.APPLICATION_CONTEXT, pdu.application_context.encode("ascii")),
        contexts,
        items.write_user_information(pdu.user),
    ))
    return HEADER.pack(kind, len(value)) + value
