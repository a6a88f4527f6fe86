"""Fixtures of all tests: a real PostgreSQL for the whole run, and the real data sets where they are.

Django is set up here, once the server's address is known; pytest-django takes over from there.
"""
from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import django
import pytest
from django.db import connection
from hypothesis import HealthCheck, settings

from scanhouse.ops import postgres

REPOSITORY = Path(__file__).resolve().parents[1]
WORK = Path(tempfile.mkdtemp(prefix="scanhouse-test-"))
_servers: list[postgres.Server] = []

os.environ["SCANHOUSE_DATA"] = str(WORK / "data")
os.environ["DJANGO_SETTINGS_MODULE"] = "scanhouse.config.settings"
if "DATABASE_URL" not in os.environ:
    # One server for the run, started by the first process; workers of xdist inherit its address and make their own databases.
    # Tests look at what is committed, not at what survives a power cut, so this server may skip syncing.
    _servers.append(postgres.start(WORK / "postgres", settings={"fsync": "off", "full_page_writes": "off"}))
    os.environ["DATABASE_URL"] = _servers[0].url
django.setup()

from scanhouse.access import guesses  # noqa: E402  # models can be imported now
from scanhouse.records import preferences  # noqa: E402

# The examples of property tests are the same on every machine and in every run, and no clock judges them: what passes here passes
# there. `--hypothesis-profile=explore` looks for new ones.
_no_clock = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("same", derandomize=True, **_no_clock)
settings.register_profile("explore", derandomize=False, print_blob=True, **_no_clock)
settings.load_profile("same")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Temporary folders lie in ours. The usual place above them is closed to others by every pytest that starts, and so to the user
    as whom PostgreSQL runs when we are root: a server of a test would suddenly be denied its own files."""
    if config.option.basetemp is None:
        config.option.basetemp = str(WORK / "t")


def pytest_unconfigure(config: pytest.Config) -> None:
    while _servers:
        _servers.pop().stop()
    shutil.rmtree(WORK, ignore_errors=True)


@pytest.fixture(autouse=True)
def settings_of_the_site_are_looked_up_anew() -> None:
    """A process believes for a moment what the test before has stored; and of a change that was rolled back nobody tells it."""
    preferences.forget()


@pytest.fixture(autouse=True)
def jobs_of_other_tests_are_gone(request: pytest.FixtureRequest) -> None:
    """The tables of the queue belong to no Django model, so what a test has committed to them is still there after it."""
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue("db")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture
def no_time_passes_between_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first wait is a second, and a machine may stop for that long: here the clock is that of the test's transaction, which stands."""
    assert guesses._ENTER.count("clock_timestamp()") == 1
    monkeypatch.setattr(guesses, "_ENTER", guesses._ENTER.replace("clock_timestamp()", "now()"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data sets and vectors beside the repository. Tests that use it carry the mark `shared`."""
    place = REPOSITORY.parent / "shared"
    if not place.is_dir():
        pytest.skip("the real data sets are not beside this repository")
    return place
