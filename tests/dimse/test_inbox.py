from __future__ import annotations

from scanhouse.dimse.inbox import BUFFER_BYTES, Inbox
from scanhouse.dimse.upper.pdu import HEADER, MAX_P_DATA_BYTES

LONGEST = HEADER.size + MAX_P_DATA_BYTES


def receive(inbox: Inbox, data: bytes) -> None:
    inbox.room[:len(data)] = data
    inbox.arrived(len(data))


def test_bytes_are_read_where_they_were_received():
    buffer = bytearray(BUFFER_BYTES)
    inbox = Inbox(buffer)
    receive(inbox, b"abcdef")
    assert bytes(inbox.pending) == b"abcdef" and inbox.pending.obj is buffer
    inbox.consume(4)
    assert bytes(inbox.pending) == b"ef" and len(inbox) == 2


def test_when_all_is_consumed_the_next_bytes_come_to_the_front():
    buffer = bytearray(BUFFER_BYTES)
    inbox = Inbox(buffer)
    receive(inbox, b"abc")
    inbox.consume(3)
    inbox.make_room(6)
    receive(inbox, b"xyz")
    assert buffer[:3] == b"xyz"


def test_what_is_left_moves_only_when_its_pdu_would_not_fit():
    buffer = bytearray(BUFFER_BYTES)
    inbox = Inbox(buffer)
    receive(inbox, bytes(BUFFER_BYTES - 100) + b"left")
    inbox.consume(BUFFER_BYTES - 100)
    inbox.make_room(100)
    assert bytes(inbox.pending) == b"left" and buffer[:4] == bytes(4)
    inbox.make_room(101)
    assert bytes(inbox.pending) == b"left" and buffer[:4] == b"left"


def test_bytes_that_overlap_where_they_move_to_stay_whole():
    inbox = Inbox(bytearray(BUFFER_BYTES))
    data = bytes(range(256)) * (LONGEST // 256)
    receive(inbox, bytes(100) + data)
    inbox.consume(100)
    inbox.make_room(BUFFER_BYTES)
    assert inbox.pending == data


def test_there_is_always_room_for_the_longest_pdu():
    inbox = Inbox(bytearray(BUFFER_BYTES))
    for size in (1, LONGEST - 1, LONGEST, 7, LONGEST):
        inbox.make_room(LONGEST)
        assert len(inbox.room) >= LONGEST - len(inbox)
        receive(inbox, bytes(min(size, len(inbox.room))))
        inbox.consume(max(0, len(inbox) - 5))
