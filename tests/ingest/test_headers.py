"""DICOM headers of archived scans, read again on demand."""
from __future__ import annotations

import pytest

from scanhouse.access import actors
from scanhouse.access.actors import SYSTEM
from scanhouse.access.policy import NotAllowed
from scanhouse.ingest import headers
from tests.builders import an_archive
from tests.ingest.objects import instance

pytestmark = pytest.mark.django_db

DICOM = instance(SeriesDescription="t1_mprage", StationName="SCANNER1", EchoTime="2.5")


@pytest.fixture
def archive():
    return an_archive().with_project("P").with_subject("S").with_session("E").with_scan("1", type="Unknown").with_scan("2")


def test_a_scan_gets_its_fields_and_its_type_from_its_first_dicom_file(archive) -> None:
    scan = archive.scan("1")
    archive.with_file("a.txt", b"no DICOM", on=scan).with_file("b.dcm", DICOM, on=scan)
    assert headers.read_session(archive.session(), by=SYSTEM) == 1
    scan.refresh_from_db()
    assert (scan.type, scan.series_description, scan.uid, scan.doc["parameters/te"]) == ("t1_mprage", "t1_mprage", "1.2.3.4", 2.5)


def test_the_session_gets_what_its_first_scan_with_dicom_says(archive) -> None:
    archive.with_file("b.dcm", DICOM, on=archive.scan("2"))
    headers.read_session(archive.session(), by=SYSTEM)
    session = archive.session()
    session.refresh_from_db()
    assert (session.study_uid, session.doc["scanner"], session.doc["modality"]) == ("1.2.3", "SCANNER1", "MR")


def test_without_a_dicom_file_nothing_changes(archive) -> None:
    archive.with_file("a.txt", b"no DICOM", on=archive.scan("1"))
    assert headers.read_session(archive.session(), by=SYSTEM) == 0
    assert archive.scan("1").type == "Unknown"


def test_it_is_for_those_who_may_edit_the_session(archive) -> None:
    archive.with_user("col", collaborator="P")
    with pytest.raises(NotAllowed):
        headers.read_session(archive.session(), by=actors.load("col"))
