"""WADO-RS: bytes as they are stored, metadata, frames and pictures."""
from __future__ import annotations

import gzip
import io
import json
import re

import pydicom
import pytest
from PIL import Image

from tests.dicomweb.conftest import Archive

SERIES = "/dicomweb/studies/1.2.3/series/1.2.3.4"
INSTANCE = f"{SERIES}/instances/1.2.3.4.2"
WAITING = "/dicomweb/studies/1.2.9/series/1.2.9.1/instances/1.2.9.1.1"


def body(answer) -> bytes:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert int(answer["Content-Length"]) == len(content)
    return content


def parts(answer) -> list[bytes]:
    assert answer.status_code == 200, answer.content
    boundary = re.search(r"boundary=(\S+)", answer["Content-Type"]).group(1).encode()
    return [part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in body(answer).split(b"--" + boundary)[1:-1]]


@pytest.mark.parametrize(("address", "uids"), [
    ("/dicomweb/studies/1.2.3", ["1.2.3.4.1", "1.2.3.4.2", "1.2.3.4.3", "1.2.3.5.1"]), (SERIES, ["1.2.3.4.1", "1.2.3.4.2", "1.2.3.4.3"]),
    (INSTANCE, ["1.2.3.4.2"]), (WAITING, ["1.2.9.1.1"]),
])  # fmt: skip
def test_files_come_as_they_were_sent(archive: Archive, address: str, uids: list[str]) -> None:
    answer = archive.owner.get(address, HTTP_ACCEPT='multipart/related; type="application/dicom"')
    assert parts(answer) == [archive.data[uid] for uid in uids]


def test_a_single_instance_can_be_had_alone(archive: Archive) -> None:
    assert body(archive.owner.get(INSTANCE, HTTP_ACCEPT="application/dicom")) == archive.data["1.2.3.4.2"]


@pytest.mark.parametrize("accept", [
    'multipart/related; type="application/octet-stream"; transfer-syntax=*', 'multipart/related; type="application/octet-stream"', "*/*",
])  # fmt: skip
def test_a_frame_is_its_pixels(archive: Archive, accept: str) -> None:
    pixels = pydicom.dcmread(io.BytesIO(archive.data["1.2.3.4.2"])).PixelData
    assert parts(archive.owner.get(f"{INSTANCE}/frames/1", HTTP_ACCEPT=accept)) == [pixels]
    assert body(archive.owner.get(f"{INSTANCE}/frames/1", HTTP_ACCEPT="application/octet-stream")) == pixels


@pytest.mark.parametrize(("frames", "status"), [("2", 404), ("0", 404), ("x", 400), ("1,", 400)])
def test_frames_that_are_not_there_are_refused(archive: Archive, frames: str, status: int) -> None:
    assert archive.owner.get(f"{INSTANCE}/frames/{frames}").status_code == status


@pytest.mark.parametrize(("address", "count"), [("/dicomweb/studies/1.2.3", 4), (SERIES, 3), (INSTANCE, 1), (WAITING, 1)])
def test_metadata_describe_every_instance_and_no_pixels(archive: Archive, address: str, count: int) -> None:
    plain = archive.owner.get(f"{address}/metadata", HTTP_ACCEPT="application/dicom+json")
    packed = archive.owner.get(f"{address}/metadata", HTTP_ACCEPT_ENCODING="gzip")
    assert json.loads(gzip.decompress(packed.content)) == plain.json()
    assert len(plain.json()) == count
    assert all(one["00280010"]["Value"] == [16] and "BulkDataURI" in one["7FE00010"] for one in plain.json())


def test_metadata_follow_when_a_file_is_added_to_the_series(archive: Archive) -> None:
    from scanhouse.access.actors import SYSTEM
    from scanhouse.ingest import prearchive
    from scanhouse.ingest.models import PrearchiveSession
    from scanhouse.ingest.receive import enter
    from scanhouse.records import bytes as stored_bytes
    from tests.ingest.objects import arrival, instance

    assert len(archive.owner.get(f"{SERIES}/metadata").json()) == 3
    store = stored_bytes.store()
    (key,) = enter([arrival(store, instance(series="1.2.3.4", number=9), project="DEMO")], store).values()
    prearchive.archive(PrearchiveSession.objects.get(key=key), by=SYSTEM)
    assert len(archive.owner.get(f"{SERIES}/metadata").json()) == 4


@pytest.mark.parametrize(("accept", "form"), [("image/jpeg", "JPEG"), ("image/png", "PNG"), ("*/*", "JPEG")])
def test_a_frame_is_rendered(archive: Archive, accept: str, form: str) -> None:
    answer = archive.owner.get(f"{INSTANCE}/rendered", {"window": "40,400,linear"}, HTTP_ACCEPT=accept)
    assert answer.status_code == 200, answer.content
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == (form, (16, 16))


def test_a_series_has_a_thumbnail_that_browsers_keep(archive: Archive) -> None:
    answer = archive.owner.get(f"{SERIES}/thumbnail")
    assert answer["Content-Type"] == "image/jpeg"
    assert archive.owner.get(f"{SERIES}/thumbnail", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


@pytest.mark.parametrize("tail", ["", "/metadata", "/frames/1", "/rendered", "/thumbnail"])
def test_missing_and_hidden_instances_look_alike(archive: Archive, tail: str) -> None:
    hidden = archive.stranger.get(INSTANCE + tail)
    missing = archive.stranger.get(INSTANCE.replace("1.2.3.4.2", "9.9.9") + tail)
    assert (hidden.status_code, hidden.content) == (404, missing.content)


def test_forms_that_cannot_be_had_are_not_acceptable(archive: Archive) -> None:
    for address, accept in ((INSTANCE, "text/html"), (f"{INSTANCE}/metadata", "application/dicom+xml"), (f"{INSTANCE}/rendered", "image/tiff")):
        assert archive.owner.get(address, HTTP_ACCEPT=accept).status_code == 406
