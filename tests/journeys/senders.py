"""Senders that go on whatever happens, and remember what was acknowledged to them."""
from __future__ import annotations

import itertools
import random
import socket
import struct
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

import requests
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from tests.dimse import requestor
from tests.house import House
from tests.journeys.dicom_samples import a_study, as_file, zipped

SUCCESS, OUT_OF_RESOURCES, NO_ANSWER = 0x0000, 0xA700, -1
CALLING = "NEMESIS"
PACE = 0.01
"""Seconds between two objects of a sender: the tests want faults in the middle, not mountains of data."""
ACCEPTED, P_DATA = 2, 4
"""Types of PDU (PS3.8 9.3)."""
MOST_PDU = 16384
ANSWER_PATIENCE = 40.0
"""Seconds a sender waits for an answer."""


def encoded(ds: Dataset) -> bytes:
    """The data set as it goes over the wire (explicit little endian)."""
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, False
    write_dataset(buffer, ds)
    return buffer.getvalue()


class Link:
    """An association on a plain socket: nothing but what the standard asks of a storage user, so what fails is not the sender."""

    def __init__(self, house: House) -> None:
        """Raises `OSError` when it is not accepted."""
        self._socket = socket.create_connection(("127.0.0.1", house.dicom_port), timeout=ANSWER_PATIENCE)
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(requestor.request(calling=CALLING, called="XNAT"))
            if self._pdu()[0] != ACCEPTED:
                raise ConnectionRefusedError("the association was not accepted")
        except BaseException:
            self._socket.close()
            raise

    def send(self, ds: Dataset) -> int:
        """Status of one C-STORE. Raises `OSError` when the association breaks."""
        self._socket.sendall(requestor.store(encoded(ds), instance=ds.SOPInstanceUID, max_pdu=MOST_PDU))
        answer = self._pdu()
        if answer[0] != P_DATA:
            raise ConnectionAbortedError("the association was aborted")
        (fragment,) = requestor.read_all(answer)
        return requestor.status(requestor.read_response(fragment))

    def release(self) -> None:
        with self._socket, suppress(OSError):
            self._socket.sendall(requestor.RELEASE)
            self._pdu()

    def close(self) -> None:
        self._socket.close()

    def _pdu(self) -> bytes:
        head = self._exactly(6)
        return head + self._exactly(struct.unpack(">I", head[2:])[0])

    def _exactly(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            if not (more := self._socket.recv(length - len(data))):
                raise ConnectionResetError("the peer has closed")
            data += more
        return data


def associate(house: House, *, patience: float = 120) -> Link:
    """An open association, tried for until the receiver takes it."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with suppress(OSError):
            return Link(house)
        time.sleep(0.2)
    raise AssertionError(f"No association within {patience} s")


def store(link: Link, ds: Dataset) -> int:
    """Status of one C-STORE; NO_ANSWER when the association broke."""
    try:
        return link.send(ds)
    except OSError:
        return NO_ANSWER


@dataclass
class Sender:
    """A thread that sends until it is told to stop. `acknowledged`: bytes by SOP Instance UID, data sets only for DICOM, whole files for HTTP.
    """

    house: House
    project: str
    number: int
    stop: threading.Event = field(default_factory=threading.Event)
    acknowledged: dict[str, bytes] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)
    problem: BaseException | None = None

    def start(self) -> Sender:
        self._thread = threading.Thread(target=self._guarded, daemon=True)
        self._thread.start()
        return self

    def end(self) -> None:
        self.stop.set()
        self._thread.join(180)
        assert not self._thread.is_alive(), "the sender hangs"
        if self.problem is not None:
            raise self.problem

    def _guarded(self) -> None:
        try:
            self._run()
        except BaseException as problem:
            self.problem = problem

    def _run(self) -> None:
        raise NotImplementedError

    def _studies(self, images: int) -> itertools.chain[list[Dataset]]:
        """One study after the other, each of a patient of its own."""
        return (
            a_study(images=images, PatientID=f"{type(self).__name__}-{self.number}-{n}", PatientName=f"P{self.number}-{n}",
                    StudyDescription=self.project)
            for n in itertools.count()
        )  # type: ignore[return-value]


class DicomSender(Sender):
    """Sends study after study over one association, opened again when it breaks; what was not acknowledged is sent again."""

    def _run(self) -> None:
        association = associate(self.house)
        for ds in itertools.chain.from_iterable(self._studies(images=30)):
            while not self.stop.is_set():
                status = store(association, ds)
                self.answers[status] += 1
                if status == SUCCESS:
                    self.acknowledged[ds.SOPInstanceUID] = encoded(ds)
                    time.sleep(PACE)
                    break
                if status == NO_ANSWER:
                    association.close()
                    association = associate(self.house)
                else:
                    time.sleep(0.1)
            if self.stop.is_set():
                break
        association.release()


class ZipSender(Sender):
    """Uploads zip after zip; one that was not answered with 200 is sent again."""

    def _run(self) -> None:
        for objects in self._studies(images=4):
            body = zipped(objects)
            while not self.stop.is_set():
                status = upload(self.house, self.project, body)
                self.answers[status] += 1
                if status == 200:
                    self.acknowledged |= {ds.SOPInstanceUID: as_file(ds) for ds in objects}
                    break
                time.sleep(0.2)
            if self.stop.is_set():
                return


def upload(house: House, project: str, body: bytes, *, timeout: float = 40) -> int:
    """Import a zip over HTTP; NO_ANSWER when the connection broke. Waits and tries again when it is told to (429)."""
    try:
        answer = requests.post(
            f"{house.url}/data/services/import", params={"import-handler": "DICOM-zip", "project": project, "inbody": "true", "rename": "true"},
            data=body, headers={"Content-Type": "application/zip"}, auth=("admin", house.admin_password), timeout=timeout,
        )
    except requests.RequestException:
        return NO_ANSWER
    if answer.status_code == 429:
        time.sleep(float(answer.headers["Retry-After"]))
        return upload(house, project, body, timeout=timeout)
    return answer.status_code


def make_project(house: House, name: str, *, code: int = 0) -> None:
    """A project; code 0 keeps sessions in the prearchive, 4 archives them by themselves."""
    for path in (f"/data/projects/{name}", f"/data/projects/{name}/prearchive_code/{code}"):
        answer = requests.put(house.url + path, auth=("admin", house.admin_password), timeout=30)
        assert answer.ok, answer.text


def shuffled(kinds: tuple[str, ...], rounds: int) -> list[str]:
    """Each kind so often, in an order that is the same in each run."""
    order = [*kinds] * rounds
    random.Random(5).shuffle(order)
    return order
