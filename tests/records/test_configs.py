"""Configuration: versioned texts for the site and for projects."""
from __future__ import annotations

import pytest

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import configs
from scanhouse.records.models import Project
from tests.builders import an_archive

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["site", "project"])
def home(request: pytest.FixtureRequest) -> Project | None:
    return an_archive().with_project("P").project() if request.param == "project" else None


def test_a_new_text_is_a_new_version_and_old_ones_stay_readable(home: Project | None) -> None:
    outcomes = [configs.put("tool", "a/b", text, project=home, by=SYSTEM) for text in ("one", "two", "two", "three")]
    assert [(entry.version, first) for entry, first in outcomes] == [(1, True), (2, False), (2, False), (3, False)]
    assert configs.find("tool", "a/b", project=home).contents == "three"
    assert configs.find("tool", "a/b", project=home, version=2).contents == "two"
    assert [entry.version for entry in configs.versions("tool", "a/b", project=home)] == [3, 2, 1]


def test_a_disabled_text_is_there_but_not_in_force(home: Project | None) -> None:
    configs.put("tool", "path", "text", project=home, by=SYSTEM)
    configs.set_status("tool", "path", "disabled", project=home, by=SYSTEM)
    assert (configs.text("tool", "path", project=home), configs.find("tool", "path", project=home).contents) == (None, "text")
    configs.set_status("tool", "path", "enabled", project=home, by=SYSTEM)
    assert configs.text("tool", "path", project=home) == "text"
    with pytest.raises(Invalid):
        configs.set_status("tool", "path", "badstring", project=home, by=SYSTEM)


def test_a_project_inherits_from_the_site_what_it_does_not_say_itself() -> None:
    project = an_archive().with_project("P").project()
    configs.put("tool", "path", "of the site", by=SYSTEM)
    assert configs.text("tool", "path", project=project) is None
    assert configs.text("tool", "path", project="P", inherit=True) == "of the site"
    configs.put("tool", "path", "its own", project=project, status="disabled", by=SYSTEM)
    assert configs.text("tool", "path", project="P", inherit=True) is None


def test_owners_write_for_their_project_and_administrators_for_the_site() -> None:
    archive = an_archive().with_project("P").with_user("ann", owner="P").with_user("bob", member="P")
    configs.put("tool", "path", "text", project=archive.project(), by=archive.actor("ann"))
    for who, project in (("bob", archive.project()), ("ann", None)):
        with pytest.raises(Forbidden):
            configs.put("tool", "path", "text", project=project, by=archive.actor(who))


def test_entries_are_listed_by_their_newest_version() -> None:
    for tool, path, text in (("a", "x", "1"), ("a", "x", "2"), ("a", "y", "3"), ("b", "", "4")):
        configs.put(tool, path, text, by=SYSTEM)
    assert [(entry.tool, entry.path, entry.contents) for entry in configs.entries()] == [("a", "x", "2"), ("a", "y", "3"), ("b", "", "4")]
    assert (configs.tools(), len(configs.entries(tool="a"))) == (["a", "b"], 2)
    assert configs.delete("a", "x", by=SYSTEM) == 2
    with pytest.raises(NotFound):
        configs.find("a", "x")
