"""The picture of a series or study is that of its middle image, which is looked up without reading the rows of all others."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from scanhouse.access.actors import SYSTEM
from scanhouse.ingest import prearchive
from scanhouse.ingest.models import PrearchiveSession
from scanhouse.ingest.receive import enter
from scanhouse.records import bytes as stored_bytes
from tests.dicomweb.conftest import Archive
from tests.ingest.objects import arrival, instance

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
STUDY = "/dicomweb/studies/1.2.3"


def add(*data: bytes, archived: bool = True) -> None:
    for key in enter([arrival(stored_bytes.store(), one, project="DEMO") for one in data], stored_bytes.store()).values():
        if archived:
            prearchive.archive(PrearchiveSession.objects.get(key=key), by=SYSTEM)


def tag(archive: Archive, address: str) -> str:
    answer = archive.owner.get(f"{address}/thumbnail")
    assert answer.status_code == 200, answer.content
    return answer["ETag"]


@pytest.fixture
def rows() -> Iterator[list[int]]:
    """How many rows each statement gave that reads tables of frames."""
    counts: list[int] = []

    def counting(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if "frame_table" in sql:
            counts.append(context["cursor"].rowcount)
        return result

    with connection.execute_wrapper(counting):
        yield counts


def test_the_middle_one_is_shown(archive: Archive) -> None:
    assert tag(archive, f"{STUDY}/series/1.2.3.4") == tag(archive, f"{STUDY}/series/1.2.3.4/instances/1.2.3.4.2")
    assert tag(archive, STUDY) == tag(archive, f"{STUDY}/series/1.2.3.4/instances/1.2.3.4.3")
    assert tag(archive, "/dicomweb/projects/DEMO/studies/1.2.3") == tag(archive, STUDY)
    assert tag(archive, "/dicomweb/studies/1.2.9") == tag(archive, "/dicomweb/studies/1.2.9/series/1.2.9.1/instances/1.2.9.1.1")


def test_images_are_shown_before_all_others(archive: Archive) -> None:
    add(*(instance(series="1.2.3.4", number=number, uid=f"1.2.3.4.{number}", SOPClassUID=SEGMENTATION) for number in (4, 5, 6, 7, 8)))
    assert tag(archive, f"{STUDY}/series/1.2.3.4") == tag(archive, f"{STUDY}/series/1.2.3.4/instances/1.2.3.4.2")


def test_where_there_are_no_images_something_else_is_shown(archive: Archive) -> None:
    add(*(instance(series="1.2.3.7", number=number, uid=f"1.2.3.7.{number}", SOPClassUID=SEGMENTATION) for number in (1, 2, 3)))
    assert tag(archive, f"{STUDY}/series/1.2.3.7") == tag(archive, f"{STUDY}/series/1.2.3.7/instances/1.2.3.7.2")


def test_what_has_no_pixels_has_no_picture(archive: Archive) -> None:
    add(instance(series="1.2.3.8", uid="1.2.3.8.1", rows=0))
    answer = archive.owner.get(f"{STUDY}/series/1.2.3.8/thumbnail")
    assert answer.status_code == 404 and b"picture" in answer.content


def test_missing_and_hidden_look_alike(archive: Archive) -> None:
    missing, hidden = archive.owner.get("/dicomweb/studies/1.2.99/thumbnail"), archive.stranger.get(f"{STUDY}/thumbnail")
    assert (missing.status_code, missing.content) == (hidden.status_code, hidden.content) == (404, missing.content)
    assert archive.stranger.get("/dicomweb/studies/1.2.9/thumbnail").status_code == 404


def test_no_row_of_any_other_instance_is_read(archive: Archive, rows: list[int]) -> None:
    for address in (STUDY, f"{STUDY}/series/1.2.3.4"):
        assert archive.owner.get(f"{address}/thumbnail", HTTP_IF_NONE_MATCH=tag(archive, address)).status_code == 304
        assert archive.owner.get(f"{address}/rendered").status_code == 200
    assert max(rows, default=0) <= 1
