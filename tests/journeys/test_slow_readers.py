"""Downloads whose readers stop reading, crawl or vanish: pages go on, others' downloads go on, threads come back."""
from __future__ import annotations

import base64
import hashlib
import socket
import struct

import psutil
import pytest
import requests
from tests.house import House
from tests.waiting import until

pytestmark = pytest.mark.journey

SIZE = 32 << 20
"""Bytes of the file: more than what sockets and server take in advance."""
MANY = 80
"""More than all threads of all workers."""
CUT_OFF = 240
"""Seconds in which a reader that takes nothing is cut off: the server's 60, and what a busy machine takes."""
FILE = "/data/projects/SLOW/resources/R/files/big.bin"


@pytest.fixture(scope="module")
def big(rough_house: House) -> str:
    """SHA-256 of a large file in the archive."""
    data = bytes(range(256)) * (SIZE // 256)
    with requests.Session() as session:
        session.auth = ("admin", rough_house.admin_password)
        session.headers["User-Agent"] = "curl/8"
        for answer in (
            session.put(f"{rough_house.url}/data/projects/SLOW"), session.put(f"{rough_house.url}/data/projects/SLOW/resources/R"),
            session.put(f"{rough_house.url}{FILE}?inbody=true", data=data),
        ):  # fmt: skip
            assert answer.ok, answer.text
    return hashlib.sha256(data).hexdigest()


def ask(house: House) -> socket.socket:
    """A download of which nothing is read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    connection.settimeout(60)
    connection.connect(("127.0.0.1", house.http_port))
    credentials = base64.b64encode(f"admin:{house.admin_password}".encode()).decode()
    connection.sendall(f"GET {FILE} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/8\r\nAuthorization: Basic {credentials}\r\n\r\n".encode())
    return connection


def vanish(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def fetch(house: House) -> requests.Response:
    return requests.get(house.url + FILE, auth=("admin", house.admin_password), headers={"User-Agent": "curl/8"}, timeout=120)


def arrives_whole(house: House, digest: str) -> bool:
    answer = fetch(house)
    return answer.status_code == 200 and hashlib.sha256(answer.content).hexdigest() == digest


def served(house: House, readers: list[socket.socket]) -> set[int]:
    """Ports of those readers whose connections the server still holds. It tells nobody who does not take what is sent that it ended one."""
    ports = {reader.getsockname()[1] for reader in readers}
    workers = psutil.Process(house.pid("web")).children()
    return {link.raddr.port for worker in workers for link in worker.net_connections("tcp") if link.raddr and link.raddr.port in ports}


def test_readers_that_stop_reading_hold_no_page_up_and_are_cut_off(rough_house: House, big: str) -> None:
    stalled = [ask(rough_house) for _ in range(MANY)]
    try:
        for _ in range(20):  # each over a connection of its own, so all workers are asked
            assert requests.get(f"{rough_house.url}/xapi/siteConfig/buildInfo", timeout=30).status_code in (200, 401)
        heads = [one.recv(300) for one in stalled]
        refused = [head for head in heads if head.startswith(b"HTTP/1.1 503")]
        assert refused and all(b"retry-after" in head.lower() for head in refused)
        sending = [one for one, head in zip(stalled, heads, strict=True) if head.startswith(b"HTTP/1.1 200")]
        assert len(sending) + len(refused) == MANY and sending
        until(lambda: not served(rough_house, sending), seconds=CUT_OFF)
        assert arrives_whole(rough_house, big)
    finally:
        for one in stalled:
            vanish(one)


def test_readers_that_vanish_leave_their_threads_to_others(rough_house: House, big: str) -> None:
    for _ in range(2 * MANY):
        connection = ask(rough_house)
        connection.recv(100)
        vanish(connection)
    for _ in range(4):
        until(lambda: arrives_whole(rough_house, big), seconds=90)


def test_web_workers_stay_small(rough_house: House, big: str) -> None:
    workers = psutil.Process(rough_house.pid("web")).children()
    assert workers and all(worker.memory_info().rss < 150 << 20 for worker in workers)
