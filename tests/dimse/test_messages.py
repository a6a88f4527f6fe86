from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanhouse.dimse import messages
from scanhouse.dimse.messages import CommandField, decode, respond, store_request
from scanhouse.dimse.upper import PresentationContext, ProtocolError
from tests.dimse.requestor import EXPLICIT, INSTANCE, MR, command

CONTEXT = PresentationContext(3, MR, EXPLICIT)


def test_a_store_request_says_what_comes_and_who_caused_it():
    values = {
        messages.AFFECTED_SOP_CLASS_UID: MR.encode(), messages.COMMAND_FIELD: b"\x01\x00", messages.MESSAGE_ID: b"\x07\x00",
        messages.PRIORITY: b"\x02\x00", messages.COMMAND_DATA_SET_TYPE: b"\x00\x00", messages.AFFECTED_SOP_INSTANCE_UID: INSTANCE.encode(),
        messages.MOVE_ORIGINATOR_AE: b" WORKSTATION ", messages.MOVE_ORIGINATOR_MESSAGE_ID: b"\x09\x00",
    }
    found = decode(messages.encode(values))
    assert (found.field, found.message_id, found.has_data_set) == (CommandField.C_STORE_RQ, 7, True)
    asked = store_request(found, CONTEXT)
    assert (asked.sop_class_uid, asked.sop_instance_uid, asked.priority) == (MR, INSTANCE, 2)
    assert (asked.move_originator_ae, asked.move_originator_message_id) == ("WORKSTATION", 9)


def test_the_bytes_of_a_command_set_are_those_of_the_standard():
    assert messages.encode({messages.AFFECTED_SOP_CLASS_UID: b"1.2.3", messages.COMMAND_FIELD: b"\x30\x80"}) == (
        bytes.fromhex("0000 0000 04000000 18000000") + bytes.fromhex("0000 0200 06000000") + b"1.2.3\0" + bytes.fromhex("0000 0001 02000000 3080")
    )


def test_a_response_names_the_request_its_object_and_the_status():
    asked = decode(command(CommandField.C_STORE_RQ, data_set=True, message_id=513))
    elements = fields(respond(asked, 0xA700, comment="Disk full"))
    assert struct.unpack("<H", elements[messages.COMMAND_FIELD]) == (0x8001,)
    assert struct.unpack("<H", elements[messages.MESSAGE_ID_RESPONDED_TO]) == (513,)
    assert struct.unpack("<H", elements[messages.STATUS]) == (0xA700,)
    assert elements[messages.COMMAND_DATA_SET_TYPE] == b"\x01\x01" and messages.MESSAGE_ID not in elements
    assert elements[messages.AFFECTED_SOP_INSTANCE_UID].rstrip(b"\0") == INSTANCE.encode()
    assert elements[messages.ERROR_COMMENT].rstrip(b"\0") == b"Disk full"


def test_an_error_comment_is_cut_to_64_plain_characters():
    asked = decode(command(CommandField.C_STORE_RQ, data_set=True))
    comment = fields(respond(asked, 0xC000, comment="Grüße\\\n" + "x" * 100))[messages.ERROR_COMMENT]
    assert comment == b"Gr??e??" + b"x" * 57


def test_success_has_no_comment():
    assert messages.ERROR_COMMENT not in fields(respond(decode(command(CommandField.C_ECHO_RQ, data_set=False)), 0))


def test_a_cancel_names_the_message_it_cancels():
    sent = {messages.COMMAND_FIELD: b"\xff\x0f", messages.MESSAGE_ID_RESPONDED_TO: b"\x05\x00", messages.COMMAND_DATA_SET_TYPE: b"\x01\x01"}
    assert decode(messages.encode(sent)).message_id == 5


@pytest.mark.parametrize(("data", "rule"), [
    (b"", "lacks"),
    (command(CommandField.C_STORE_RQ, data_set=True)[:-1], "what is not a command element"),
    (command(CommandField.C_STORE_RQ, data_set=True) + b"\0\0", "cut off"),
    (bytes.fromhex("0800 1800 02000000 3120"), "what is not a command element"),
    (bytes.fromhex("0000 0001 04000000 01000000 0000 1001 02000000 0100 0000 0008 02000000 0000"), "lacks"),
    (bytes.fromhex("0000 0009 00000000") * 129, "lacks"),
    (b"".join(bytes.fromhex("0000") + struct.pack("<HI", at, 0) for at in range(200)), "too many"),
    (messages.encode({messages.COMMAND_FIELD: b"\x01\x80", messages.MESSAGE_ID_RESPONDED_TO: b"\1\0", messages.COMMAND_DATA_SET_TYPE: b"\1\1"}),
     "nothing was asked"),
])
def test_what_is_no_command_set_of_a_request_is_a_breach(data, rule):
    with pytest.raises(ProtocolError, match=rule):
        decode(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_command_set_or_a_breach(data):
    try:
        found = decode(data)
    except ProtocolError:
        return
    respond(found, 0)
    store_request(found, CONTEXT)


def fields(data: bytes) -> dict[int, bytes]:
    found, at = {}, 0
    while at < len(data):
        group, element, length = struct.unpack_from("<HHI", data, at)
        assert group == 0 and length % 2 == 0
        found[element] = data[at + 8:at + 8 + length]
        at += 8 + length
    assert found[messages.GROUP_LENGTH] == struct.pack("<I", len(data) - 12)
    return found
