"""Frames that must be decoded: one at a time, said to be what they are, and none twice."""
from __future__ import annotations

import gc
import io
import re
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import RLELossless

from scanhouse.access.actors import SYSTEM
from scanhouse.dicomweb import retrieve
from scanhouse.dicomweb.studio import studio
from scanhouse.ingest import prearchive
from scanhouse.ingest.models import PrearchiveSession
from scanhouse.ingest.receive import enter
from scanhouse.records import bytes as stored_bytes
from tests.dicomweb.conftest import Archive
from tests.dicomweb.test_retrieve import INSTANCE, body, parts
from tests.ingest.objects import arrival, instance

COUNT, SIDE = 12, 1024
FRAME = SIDE * SIDE * 2
NATIVE = 'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1'
MANY = "/dicomweb/studies/1.2.3/series/1.2.3.6/instances/1.2.3.6.1/frames"


@pytest.fixture
def frames(archive: Archive) -> np.ndarray:
    """The frames of an archived instance of 12 frames in RLE, 2 MB each when they are decoded."""
    ds = dcmread(io.BytesIO(instance(series="1.2.3.6", uid="1.2.3.6.1", rows=8)))
    pixels = np.zeros((COUNT, SIDE, SIDE), np.uint16)
    pixels += np.arange(COUNT, dtype=np.uint16)[:, None, None]
    ds.NumberOfFrames, ds.Rows, ds.Columns, ds.PixelData = COUNT, SIDE, SIDE, pixels.tobytes()
    ds.compress(RLELossless, pixels, encoding_plugin="pydicom", generate_instance_uid=False)
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    (key,) = enter([arrival(stored_bytes.store(), out.getvalue(), project="DEMO")], stored_bytes.store()).values()
    prearchive.archive(PrearchiveSession.objects.get(key=key), by=SYSTEM)
    return pixels


@dataclass
class Watched:
    """What the studio has made, and how much of it is alive."""

    asked: list[int] = field(default_factory=list)

    @staticmethod
    def held() -> int:
        gc.collect()
        return sum(1 for one in gc.get_objects() if type(one) is _Frame)


class _Frame(bytes):
    def __init__(self, *_: object) -> None:
        self.seen = True  # an attribute makes it known to the garbage collector


@pytest.fixture
def watched(monkeypatch) -> Watched:
    """The real studio; the frames that it gives are counted."""
    watched, ask = Watched(), studio().ask

    def counted(request: dict) -> bytes:
        watched.asked.append(request["number"])
        return _Frame(ask(request))

    monkeypatch.setattr(studio(), "ask", counted)
    return watched


def test_frames_are_decoded_when_their_turn_comes_and_one_is_held(archive: Archive, frames: np.ndarray, watched: Watched) -> None:
    numbers = range(1, COUNT + 1)
    answer = archive.owner.get(f"{MANY}/{','.join(map(str, numbers))}", HTTP_ACCEPT=NATIVE)
    assert answer.streaming and watched.asked == [1]
    content, most = [], 0
    for piece in answer.streaming_content:
        content.append(bytes(piece))
        most = max(most, watched.held())
        assert len(piece) <= 1 << 20, "a whole frame waits in the server"
    assert most == 1 and watched.asked == list(numbers)
    sent = b"".join(content)
    assert len(sent) == int(answer["Content-Length"])
    assert all(frame.tobytes() in sent for frame in frames)


def test_decoded_frames_are_said_to_be_native(archive: Archive, frames: np.ndarray) -> None:
    answer = archive.owner.get(f"{MANY}/2,1", HTTP_ACCEPT=NATIVE)
    assert 'type="application/octet-stream"' in answer["Content-Type"]
    boundary = re.search(r"boundary=(\S+)", answer["Content-Type"]).group(1).encode()
    found = [part.partition(b"\r\n\r\n") for part in body(answer).split(b"--" + boundary)[1:-1]]
    assert [head for head, _, _ in found] == [b"\r\nContent-Type: application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"] * 2
    assert [content.removesuffix(b"\r\n") for _, _, content in found] == [frames[1].tobytes(), frames[0].tobytes()]
    alone = archive.owner.get(f"{MANY}/3", HTTP_ACCEPT="application/octet-stream")
    assert alone["Content-Type"] == "application/octet-stream" and body(alone) == frames[2].tobytes()


def test_stored_frames_are_said_to_be_what_they_are(archive: Archive, frames: np.ndarray) -> None:
    answer = archive.owner.get(f"{MANY}/1,2", HTTP_ACCEPT='multipart/related; type="image/dicom-rle"')
    assert 'type="image/dicom-rle"' in answer["Content-Type"] and len(parts(answer)) == 2


@pytest.mark.parametrize("accept", [NATIVE, "*/*"])
def test_a_frame_is_not_sent_twice_in_one_answer(archive: Archive, frames: np.ndarray, accept: str, watched: Watched) -> None:
    for address in (f"{MANY}/{','.join(['1'] * 400)}", f"{MANY}/1,2,1", f"{INSTANCE}/frames/1,1"):
        answer = archive.owner.get(address, HTTP_ACCEPT=accept)
        assert answer.status_code == 400 and b"twice" in answer.content
    assert watched.asked == []


def test_a_frame_that_is_not_there_is_told_before_anything_is_sent(archive: Archive, frames: np.ndarray) -> None:
    assert archive.owner.get(f"{MANY}/1,{COUNT + 1}", HTTP_ACCEPT=NATIVE).status_code == 404


def test_a_frame_of_another_length_breaks_the_answer_off(archive: Archive, frames: np.ndarray, monkeypatch) -> None:
    whole = retrieve._decoded
    monkeypatch.setattr(retrieve, "_decoded", lambda found, number: whole(found, number)[: FRAME if number == 1 else 10])
    answer = archive.owner.get(f"{MANY}/1,2,3,4", HTTP_ACCEPT=NATIVE)
    sent = bytearray()
    with suppress(retrieve.CannotRender):
        for piece in answer.streaming_content:
            sent += piece
    assert FRAME < len(sent) < int(answer["Content-Length"])
