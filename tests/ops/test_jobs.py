"""Upkeep runs by the clock, and takes only what has ended and what nothing names."""
from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.utils import timezone
from tests.builders import an_archive, keep, put_file

from scanhouse.access.models import Guess, SignIn
from scanhouse.jobs.queue import app
from scanhouse.ops import jobs
from scanhouse.records import bytes as stored_bytes

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_clock_knows_both() -> None:
    planned = {periodic.task.name: periodic.cron for periodic in app.periodic_registry.periodic_tasks.values()}
    assert planned["scanhouse.ops.jobs.forget_sign_ins"] == "*/10 * * * *"
    assert planned["scanhouse.ops.jobs.sweep_store"] == "40 3 * * *"


def test_sign_ins_and_failed_attempts_are_forgotten_when_their_time_is_over() -> None:
    now = timezone.now()
    for name, ends in ((b"ended", now - timedelta(minutes=1)), (b"open", now + timedelta(minutes=1))):
        SignIn.objects.create(digest=name, sealed=name, csrf="", expires_at=ends)
    Guess.objects.create(digest=b"old", failures=9, last_at=now - timedelta(days=1), free_at=now)
    Guess.objects.create(digest=b"new", failures=9, last_at=now, free_at=now)
    jobs.forget_sign_ins()
    assert [bytes(one.digest) for one in SignIn.objects.all()] == [b"open"]
    assert [bytes(one.digest) for one in Guess.objects.all()] == [b"new"]


def test_bytes_without_a_row_go_and_bytes_with_one_or_too_young_stay() -> None:
    resource = an_archive().with_project("P").with_session("E").resource()
    orphan, young, file = keep(os.urandom(20)), keep(os.urandom(20)), put_file(resource, "a", os.urandom(20))
    store = stored_bytes.store()
    for key in (orphan.object, file.object):
        os.utime(store.path(key), (0, 0))
    jobs.sweep_store()
    assert [store.exists(key) for key in (orphan.object, young.object, file.object)] == [False, True, True]
