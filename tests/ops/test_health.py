"""Health names the part that does not work and says what to do."""
from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from tests.waiting import until

from scanhouse.ingest.models import PrearchiveSession, SessionState
from scanhouse.ops import health, heartbeats
from scanhouse.ops.models import Heartbeat
from scanhouse.storage.disks import mount_point

pytestmark = pytest.mark.django_db


@pytest.fixture
def all_is_well(tmp_path: Path, settings) -> None:
    settings.ASSETS_DIR = tmp_path
    (tmp_path / "viewer").mkdir()
    (tmp_path / "viewer" / "index.html").write_text("viewer")
    for part in ("dicom", "worker"):
        Heartbeat.objects.create(process=f"{part}@here:1", part=part, started_at=timezone.now(), at=timezone.now())


def problems() -> dict[str, str]:
    return {part.name: part.problem for part in health.check() if not part.works}


def test_when_all_parts_work_it_answers_200(all_is_well: None) -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()["ok"]) == (200, True)


def test_a_process_that_fell_silent_is_named_with_the_command_that_starts_it(all_is_well: None) -> None:
    Heartbeat.objects.filter(part="dicom").update(at=timezone.now() - heartbeats.OVERDUE - timedelta(seconds=1))
    assert list(problems()) == ["dicom"]
    assert "scanhouse dicom" in problems()["dicom"]
    assert Client().get("/healthz").status_code == 503


def test_a_full_disk_is_named_with_its_folder(all_is_well: None, monkeypatch: pytest.MonkeyPatch, settings) -> None:
    monkeypatch.setattr(health.shutil, "disk_usage", lambda folder: SimpleNamespace(total=100 << 30, free=5 << 20))
    problem = problems()["store"]
    assert "5 MB left" in problem
    assert f"mounted at {mount_point(settings.DATA_DIR)}," in problem


def test_a_session_that_does_not_move_when_its_deadline_is_over_is_told(all_is_well: None) -> None:
    PrearchiveSession.objects.create(
        timestamp="t", folder="f", label="l", state=SessionState.BUILDING, created_by="a", deadline=timezone.now() - timedelta(minutes=2))
    assert "1 sessions of the prearchive did not move" in problems()["ingest"]


def test_a_database_that_lets_nobody_in_is_told_and_does_not_hold_up_the_answer(all_is_well: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    assert "PostgreSQL does not answer" in problems()["database"]


def test_a_viewer_that_is_not_built_is_named(all_is_well: None, tmp_path: Path) -> None:
    (tmp_path / "viewer" / "index.html").unlink()
    assert "scanhouse assets" in problems()["viewer"]


@pytest.mark.django_db(transaction=True)
def test_a_process_gives_signs_of_life_until_it_takes_leave() -> None:
    leave = heartbeats.beat("worker", lambda: {"jobs": 2})
    until(lambda: heartbeats.living("worker"))
    living = heartbeats.living("worker")
    assert living[0].facts == {"jobs": 2}
    leave()
    assert heartbeats.living("worker") == []
