"""A project with an archived study of two series, one waiting study, and clients of people with and without rights."""
from __future__ import annotations

import base64
from dataclasses import dataclass

import pytest
from django.test import Client

from scanhouse.access import users
from scanhouse.access.actors import SYSTEM
from scanhouse.ingest import prearchive
from scanhouse.ingest.models import PrearchiveSession
from scanhouse.ingest.receive import enter
from scanhouse.records import bytes as stored_bytes
from scanhouse.records import projects
from tests.ingest.objects import arrival, instance


@dataclass
class Archive:
    """Bytes of the instances by SOP Instance UID; all of study 1.2.3 are archived, that of 1.2.9 waits."""

    data: dict[str, bytes]
    owner: Client
    stranger: Client
    guest: Client


def client(login: str) -> Client:
    users.create(login, password="a long pass word", email=f"{login}@example.org", by=SYSTEM)
    credentials = base64.b64encode(f"{login}:a long pass word".encode()).decode()
    return Client(HTTP_AUTHORIZATION=f"Basic {credentials}")


@pytest.fixture
def archive(transactional_db, settings) -> Archive:
    settings.ROOT_URLCONF = "scanhouse.dicomweb.urls"
    owner, stranger = client("owner"), client("stranger")
    from scanhouse.access.actors import load

    projects.create("DEMO", by=load("owner"))
    store = stored_bytes.store()
    data = {}
    study = [("1.2.3.4", n, "1") for n in (1, 2, 3)] + [("1.2.3.5", 1, "2")]
    for series, number, series_number in study:
        uid = f"{series}.{number}"
        data[uid] = instance(uid=uid, series=series, number=number, rows=16, SeriesNumber=series_number, StudyDate="20240102",
                             AccessionNumber="A1", SeriesDescription=f"series {series_number}")
    keys = enter([arrival(store, d, project="DEMO") for d in data.values()], store)
    for key in keys.values():
        prearchive.archive(PrearchiveSession.objects.get(key=key), by=SYSTEM)
    data["1.2.9.1.1"] = instance(study="1.2.9", series="1.2.9.1", uid="1.2.9.1.1", rows=16, PatientName="Other^Person", PatientID="S2",
                                 StudyDate="20240301")
    enter([arrival(store, data["1.2.9.1.1"], project="DEMO", label="S2")], store)
    return Archive(data, owner, stranger, Client())
