from __future__ import annotations

import pytest

from scanhouse.dimse.messages import MAX_COMMAND_BYTES, CommandField
from scanhouse.dimse.reassembly import COMPLETE, DataPart, MessageStarted, Reassembly
from scanhouse.dimse.upper import Fragment, ProtocolError
from tests.dimse.requestor import command

STORE = command(CommandField.C_STORE_RQ, data_set=True)
ECHO = command(CommandField.C_ECHO_RQ, data_set=False)


def part(data: bytes, *, is_command: bool, is_last: bool, context_id: int = 3) -> Fragment:
    return Fragment(context_id, is_command, is_last, memoryview(data))


def test_a_message_without_a_data_set_is_complete_with_its_command():
    reassembly = Reassembly()
    started, complete = reassembly.add(part(ECHO, is_command=True, is_last=True, context_id=1))
    assert isinstance(started, MessageStarted) and started.context_id == 1 and complete is COMPLETE
    assert reassembly.between_messages


def test_a_data_set_is_passed_on_as_the_very_views_it_came_in():
    reassembly, view = Reassembly(), memoryview(b"data")
    assert reassembly.add(part(STORE[:10], is_command=True, is_last=False)) == []
    (started,) = reassembly.add(part(STORE[10:], is_command=True, is_last=True))
    assert isinstance(started, MessageStarted) and started.command.has_data_set
    (step,) = reassembly.add(Fragment(3, False, False, view))
    assert isinstance(step, DataPart) and step.data is view and not reassembly.between_messages
    assert reassembly.add(part(b"end", is_command=False, is_last=True))[1] is COMPLETE
    assert reassembly.between_messages


def test_messages_follow_one_another_on_different_contexts():
    reassembly = Reassembly()
    for context_id in (1, 3, 1):
        assert len(reassembly.add(part(ECHO, is_command=True, is_last=True, context_id=context_id))) == 2


@pytest.mark.parametrize("fragments", [
    [part(b"data", is_command=False, is_last=True)],
    [part(STORE[:10], is_command=True, is_last=False), part(b"data", is_command=False, is_last=False)],
    [part(STORE, is_command=True, is_last=True), part(STORE, is_command=True, is_last=True)],
    [part(STORE, is_command=True, is_last=True), part(b"data", is_command=False, is_last=True, context_id=5)],
    [part(bytes(MAX_COMMAND_BYTES), is_command=True, is_last=False), part(b"x", is_command=True, is_last=True)],
    [part(b"nonsense", is_command=True, is_last=True)],
], ids=["data first", "data within a command", "a second command", "another context", "an endless command", "nonsense"])
def test_fragments_out_of_order_are_a_breach(fragments):
    reassembly = Reassembly()
    for fragment in fragments[:-1]:
        reassembly.add(fragment)
    with pytest.raises(ProtocolError):
        reassembly.add(fragments[-1])
