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
from hypothesis import settings

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

# The examples of property tests are the same on every machine and in every run, and no clock judges them: what passes here passes
# there. `--hypothesis-profile=explore` looks for new ones.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, derandomize=False, print_blob=True)
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


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data sets and vectors beside the repository. Tests that use it carry the mark `shared`."""
    place = REPOSITORY.parent / "shared"
    if not place.is_dir():
        pytest.skip("the real data sets are not beside this repository")
    return place
