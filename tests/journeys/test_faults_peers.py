"""F12: senders that vanish, say nothing, crawl, or talk nonsense: their associations are reclaimed, memory stays flat."""
from __future__ import annotations

import random
import socket
import struct
import time

import psutil
import pytest
from tests.dimse import requestor
from tests.house import House
from tests.journeys import ledger
from tests.journeys.dicom_samples import a_study
from tests.journeys.senders import SUCCESS, associate, encoded, make_project, store

pytestmark = pytest.mark.journey

ROUNDS = 40
MOST_GROWTH = 24 << 20
"""Bytes by which the receiver may grow: buffers that are kept for the next associations."""
RECLAIMED = 60
"""Seconds in which every seat is free again: the time of a request, the pauses between signs of life, and what a busy machine takes."""


def connect(house: House) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", house.dicom_port), timeout=10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def vanish(connection: socket.socket) -> None:
    """Without a word: the peer gets a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def associated(house: House) -> socket.socket:
    connection = connect(house)
    connection.sendall(requestor.request(calling="RUDE", called="XNAT"))
    assert connection.recv(4096)[0] == 2, "the association is accepted"
    return connection


def vanish_in_the_middle_of_an_object(house: House, ds_bytes: bytes) -> None:
    connection = associated(house)
    message = requestor.store(ds_bytes)
    connection.sendall(message[: len(message) * 2 // 3])
    vanish(connection)


def talk_nonsense(house: House, noise: random.Random) -> None:
    with connect(house) as connection:
        try:
            connection.sendall(noise.randbytes(noise.randrange(1, 4096)))
            connection.settimeout(0.05)
            connection.recv(100)
        except OSError:
            pass  # it was shown the door


def talk_nonsense_in_an_association(house: House, noise: random.Random) -> None:
    with associated(house) as connection:
        try:
            connection.sendall(bytes([4, 0]) + struct.pack(">I", 0x7FFFFFFF) + noise.randbytes(200))
            connection.settimeout(2)
            while connection.recv(4096):
                pass
        except OSError:
            pass


def associations(house: House) -> int:
    rows = house.query("SELECT facts->>'associations' FROM ops_heartbeat WHERE part = 'dicom' ORDER BY at DESC LIMIT 1")
    return int(rows[0][0])


def test_rude_senders_are_shown_out_and_memory_stays_flat(rough_house: House) -> None:
    house = rough_house
    make_project(house, "F12")
    (ds,) = a_study(PatientID="POLITE", StudyDescription="F12", PixelData=bytes(512))
    left_by_others = set(ledger.staged(house))  # whom other tests killed
    receiver, noise = psutil.Process(house.pid("dicom")), random.Random(12)

    def be_rude() -> None:
        for _ in range(ROUNDS):
            vanish_in_the_middle_of_an_object(house, encoded(ds) * 50)
            talk_nonsense(house, noise)
            talk_nonsense_in_an_association(house, noise)

    be_rude()  # warm: buffers and modules are there
    before = receiver.memory_info().rss
    be_rude()
    silent = [connect(house) for _ in range(10)]
    crawling = [connect(house) for _ in range(10)]
    asked = requestor.request(calling="SLOW", called="XNAT")
    until = time.monotonic() + RECLAIMED
    while time.monotonic() < until:
        for position, connection in enumerate(crawling):
            try:
                connection.sendall(asked[position : position + 1])
            except OSError:
                continue
        polite = associate(house)
        assert store(polite, ds) == SUCCESS, "others are served meanwhile"
        polite.release()
        if sum(one.laddr.port == house.dicom_port and one.status == "ESTABLISHED" for one in receiver.net_connections()) == 0:
            break
        time.sleep(1)
    assert time.monotonic() < until, "connections were not reclaimed"
    for connection in silent + crawling:
        connection.close()
    while associations(house) and time.monotonic() < until + 60:
        time.sleep(0.5)
    assert associations(house) == 0
    assert receiver.memory_info().rss - before < MOST_GROWTH
    assert not set(ledger.staged(house)) - left_by_others, "nothing half-written is left"
    assert len(house.query("SELECT 1 FROM ingest_received WHERE sop_instance_uid = %s", ds.SOPInstanceUID)) == 1
    ledger.adds_up(house)
