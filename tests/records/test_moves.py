"""Many files renamed and taken out at once."""
from __future__ import annotations

import pytest

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Forbidden, NotFound
from scanhouse.records import history, moves, states
from scanhouse.records.errors import IllegalName, Locked, PathBlocked
from scanhouse.records.models import File, ManifestDue, Resource
from scanhouse.storage.names import UnsafeName
from tests.builders import Archive, an_archive, put_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def archive() -> Archive:
    return an_archive().with_project("P").with_session("E", scans=1).with_user("bob", collaborator="P")


@pytest.fixture
def resource(archive: Archive) -> Resource:
    found = archive.resource(archive.scan())
    for name in ("a", "b", "c"):
        put_file(found, name, name.encode())
    return found


def contents(resource: Resource) -> dict[str, str]:
    return dict(File.objects.filter(resource=resource).values_list("path", "object"))


def test_names_are_swapped_and_bytes_stay(resource: Resource) -> None:
    before, keys = contents(resource), set(File.objects.values_list("key", flat=True))
    moves.rearrange(resource, {"a": "b", "b": "a"}, by=SYSTEM)
    assert contents(resource) == {"a": before["b"], "b": before["a"], "c": before["c"]}
    assert set(File.objects.values_list("key", flat=True)) == keys


def test_a_file_makes_room_for_another(resource: Resource) -> None:
    before = contents(resource)
    (removed,) = moves.rearrange(resource, {"a": "b"}, ["b"], by=SYSTEM)
    assert (removed.path, removed.object, removed.size) == ("b", before["b"], 1)
    assert contents(resource) == {"b": before["a"], "c": before["c"]}


def test_it_is_written_down_and_the_manifest_is_due(archive: Archive, resource: Resource) -> None:
    ManifestDue.objects.all().delete()
    moves.rearrange(resource, {"a": "x"}, ["b"], by=SYSTEM, reason="tidy")
    removed, renamed = history.of(archive.session())[:2]
    assert (renamed.action, renamed.reason) == ("renamed files", "tidy")
    assert renamed.changes == {"scans/1/resources/DICOM/files/a": ["a", "x"]}
    assert removed.action == "removed files"
    assert ManifestDue.objects.filter(thing=archive.session().id).exists()


@pytest.mark.parametrize(("asked", "removals", "error"), [
    ({"a": "c"}, [], PathBlocked), ({"a": "x", "b": "x"}, [], PathBlocked), ({"a": "b/x"}, [], PathBlocked), ({"z": "x"}, [], NotFound),
    ({}, ["z"], NotFound), ({"a": "../x"}, [], UnsafeName), ({"a": "x" * 2000}, [], (IllegalName, UnsafeName)),
])  # fmt: skip
def test_what_cannot_be_done_changes_nothing(resource: Resource, asked: dict[str, str], removals: list[str], error: type[Exception]) -> None:
    before = contents(resource)
    with pytest.raises(error):
        moves.rearrange(resource, asked, removals, by=SYSTEM)
    assert contents(resource) == before


def test_it_is_not_for_those_who_may_only_read_and_not_in_a_locked_session(archive: Archive, resource: Resource) -> None:
    with pytest.raises(Forbidden):
        moves.rearrange(resource, {"a": "x"}, by=archive.actor("bob"))
    states.set_status(archive.session(), states.LOCKED, by=SYSTEM)
    resource.refresh_from_db()
    with pytest.raises(Locked):
        moves.rearrange(resource, {"a": "x"}, by=SYSTEM)
