"""DIMSE command sets (PS3.7 section 6.3 and annex E): group 0000 in implicit VR little endian, read and written.

Only what an acceptor of C-ECHO and C-STORE needs is given a name; every other request is still understood well enough to be answered
with "unrecognized operation". Limits are explicit, because a command set comes from strangers.
"""
from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from .upper import AbortReason, PresentationContext, ProtocolError

ELEMENT_HEADER = struct.Struct("<HHI")
SHORT = struct.Struct("<H")
RESPONSE_FIELDS = struct.Struct("<" + "HHIH" * 4)  # command field, message ID, data set type, status: every response has them

# The longest command sets (N-GET with its attribute list) stay below 1 kB.
MAX_COMMAND_BYTES = 16384
MAX_ELEMENTS = 128
NO_DATA_SET = 0x0101
RESPONSE = 0x8000
# An error comment is an LO (PS3.7 E.1): 64 characters of the default repertoire.
MAX_ERROR_COMMENT = 64

GROUP_LENGTH, AFFECTED_SOP_CLASS_UID, REQUESTED_SOP_CLASS_UID, COMMAND_FIELD = 0x0000, 0x0002, 0x0003, 0x0100
MESSAGE_ID, MESSAGE_ID_RESPONDED_TO, PRIORITY, COMMAND_DATA_SET_TYPE = 0x0110, 0x0120, 0x0700, 0x0800
STATUS, ERROR_COMMENT, AFFECTED_SOP_INSTANCE_UID = 0x0900, 0x0902, 0x1000
MOVE_ORIGINATOR_AE, MOVE_ORIGINATOR_MESSAGE_ID = 0x1030, 0x1031

UNPRINTABLE = re.compile(r"[^ -\[\]-~]")  # also the backslash, which separates values


class CommandField(IntEnum):
    C_STORE_RQ = 0x0001
    C_GET_RQ = 0x0010
    C_FIND_RQ = 0x0020
    C_MOVE_RQ = 0x0021
    C_ECHO_RQ = 0x0030
    C_CANCEL_RQ = 0x0FFF


class Command(NamedTuple):
    """A command set as received: the fields every message has, and raw values by element number."""

    field: int
    message_id: int
    has_data_set: bool
    elements: dict[int, bytes]

    def text(self, element: int) -> str:
        return self.elements.get(element, b"").rstrip(b"\0 ").decode("ascii", "backslashreplace")

    def number(self, element: int) -> int:
        value = self.elements.get(element, b"")
        return int.from_bytes(value, "little") if len(value) == 2 else 0


@dataclass(frozen=True, slots=True)
class StoreRequest:
    """What a C-STORE-RQ says of the object it brings; the data set is encoded in `context.transfer_syntax`."""

    context: PresentationContext
    message_id: int
    sop_class_uid: str
    sop_instance_uid: str
    priority: int = 0
    move_originator_ae: str = ""
    move_originator_message_id: int = 0


def decode(data: bytes) -> Command:
    """Read a whole command set. Raises `ProtocolError` for what is not one."""
    elements: dict[int, bytes] = {}
    at, end = 0, len(data)
    while at < end:
        if end - at < 8 or len(elements) == MAX_ELEMENTS:
            raise ProtocolError("The command set of a message is cut off, or has too many elements.")
        group, element, length = ELEMENT_HEADER.unpack_from(data, at)
        start, at = at + 8, at + 8 + length
        if group != 0 or at > end:
            raise ProtocolError("The command set of a message holds what is not a command element.")
        elements[element] = data[start:at]
    try:
        field = _short(elements[COMMAND_FIELD])
        data_set = _short(elements[COMMAND_DATA_SET_TYPE])
        message_id = _short(elements[MESSAGE_ID_RESPONDED_TO if _names_another(field) else MESSAGE_ID])
    except (KeyError, struct.error):
        raise ProtocolError("The command set of a message lacks its command field, data set type or message ID.") from None
    if field & RESPONSE:
        raise ProtocolError("The peer sent a response, but nothing was asked of it.", reason=AbortReason.UNEXPECTED_PDU)
    return Command(field, message_id, data_set != NO_DATA_SET, elements)


def _short(value: bytes) -> int:
    return int(SHORT.unpack(value)[0])


def _names_another(field: int) -> bool:
    return bool(field & RESPONSE) or field == CommandField.C_CANCEL_RQ


def respond(command: Command, status: int, *, comment: str = "") -> bytes:
    """The response to `command` with `status`; `comment` is cut to what an error comment can hold."""
    asked = command.elements
    # The requested class is answered as the affected one (PS3.7 table 10.3-2 and its like).
    sop_class = asked.get(AFFECTED_SOP_CLASS_UID) or asked.get(REQUESTED_SOP_CLASS_UID)
    sop_instance = asked.get(AFFECTED_SOP_INSTANCE_UID)
    body = b"".join((
        _element(AFFECTED_SOP_CLASS_UID, sop_class) if sop_class else b"",
        RESPONSE_FIELDS.pack(
            0, COMMAND_FIELD, 2, command.field | RESPONSE, 0, MESSAGE_ID_RESPONDED_TO, 2, command.message_id,
            0, COMMAND_DATA_SET_TYPE, 2, NO_DATA_SET, 0, STATUS, 2, status,
        ),
        _element(ERROR_COMMENT, UNPRINTABLE.sub("?", comment)[:MAX_ERROR_COMMENT].encode("ascii")) if comment else b"",
        _element(AFFECTED_SOP_INSTANCE_UID, sop_instance) if sop_instance else b"",
    ))
    return _with_length(body)


def encode(values: dict[int, bytes]) -> bytes:
    """A command set with its group length; `values` by element number in rising order, unpadded."""
    return _with_length(b"".join(_element(element, value) for element, value in values.items()))


def _element(element: int, value: bytes) -> bytes:
    if len(value) & 1:
        value += b"\0"
    return ELEMENT_HEADER.pack(0, element, len(value)) + value


def _with_length(body: bytes) -> bytes:
    return ELEMENT_HEADER.pack(0, GROUP_LENGTH, 4) + len(body).to_bytes(4, "little") + body


def short(number: int) -> bytes:
    return SHORT.pack(number)


def store_request(command: Command, context: PresentationContext) -> StoreRequest:
    return StoreRequest(
        context=context,
        message_id=command.message_id,
        sop_class_uid=command.text(AFFECTED_SOP_CLASS_UID),
        sop_instance_uid=command.text(AFFECTED_SOP_INSTANCE_UID),
        priority=command.number(PRIORITY),
        move_originator_ae=command.text(MOVE_ORIGINATOR_AE).strip(),
        move_originator_message_id=command.number(MOVE_ORIGINATOR_MESSAGE_ID),
    )
