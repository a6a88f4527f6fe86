"""Health answers whatever goes meanwhile, and says which DICOM port cannot be opened; a sign of life outlives a defect."""
from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from tests.waiting import until

from scanhouse.ops import health, heartbeats
from scanhouse.ops.models import Heartbeat

pytestmark = pytest.mark.django_db(transaction=True)


def problem(name: str) -> str:
    return {part.name: part.problem for part in health.check()}[name]


def a_sign_of_life(process: str, *problems: str) -> None:
    Heartbeat.objects.create(process=process, part="dicom", started_at=timezone.now(), at=timezone.now(), facts={"problems": list(problems)})


def test_a_dicom_port_that_cannot_be_opened_is_named() -> None:
    a_sign_of_life("dicom@here:1", "port 104: Permission denied")
    a_sign_of_life("dicom@there:1")
    answer = Client().get("/healthz")
    assert answer.status_code == 503
    assert "port 104: Permission denied" in answer.json()["parts"]["dicom ports"]
    assert answer.json()["parts"]["dicom"] == "ok"


def test_without_such_a_port_all_is_well_with_them() -> None:
    a_sign_of_life("dicom@here:1")
    assert problem("dicom ports") == ""


def test_a_database_that_goes_between_two_questions_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = health._database

    def ask_and_go() -> health.Part:
        part = asked()
        mine = connection.connection.info.backend_pid
        own = {name: value for name, value in connection.get_connection_params().items() if name in ("host", "port", "user", "password", "dbname")}
        with psycopg.connect(**own, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 10000)", [mine])
        return part

    monkeypatch.setattr(health, "_database", ask_and_go)
    assert "PostgreSQL does not answer" in problem("database")


def test_a_disk_that_cannot_be_asked_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    usage, store = shutil.disk_usage, Path(settings.DATA_DIR) / "store"
    monkeypatch.setattr(health.shutil, "disk_usage", lambda folder: usage(folder / "gone" if folder == store else folder))
    assert "cannot be asked: No such file" in problem("store")


def test_a_sign_of_life_outlives_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "INTERVAL", 0.02)
    asked: list[int] = []

    def facts() -> dict[str, int]:
        asked.append(1)
        if len(asked) < 3:
            raise RuntimeError("dictionary changed size during iteration")
        return {"asked": len(asked)}

    leave = heartbeats.beat("dicom", facts)
    try:
        until(lambda: heartbeats.living("dicom"))
    finally:
        leave()
