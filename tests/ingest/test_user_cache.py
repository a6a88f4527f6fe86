"""Files that users put aside."""
from __future__ import annotations

import pytest

from scanhouse.errors import Conflict, NotFound
from scanhouse.ingest import user_cache
from scanhouse.ingest.models import CachedFile
from scanhouse.records import bytes as stored
from tests.builders import an_archive

pytestmark = pytest.mark.django_db


@pytest.fixture
def users():
    return an_archive().with_user("ann").with_user("bob")


def sealed(data: bytes):
    staged = stored.store().stage()
    staged.write(data)
    found = staged.seal()
    stored.store().keep([found])
    return found


def test_a_file_is_had_back_by_its_owner_alone(users) -> None:
    ann, bob = users.actor("ann"), users.actor("bob")
    user_cache.put("batch", "a/1.zip", sealed(b"one"), by=ann)

    with user_cache.open_file("batch", "a/1.zip", by=ann) as file:
        assert file.read() == b"one"
    with pytest.raises(NotFound):
        user_cache.open_file("batch", "a/1.zip", by=bob)


def test_a_file_of_the_same_name_takes_its_place(users) -> None:
    ann = users.actor("ann")
    for data in (b"one", b"two"):
        user_cache.put("batch", "1.zip", sealed(data), by=ann)

    assert [file.size for file in user_cache.of(ann)] == [3]
    with user_cache.open_file("batch", "1.zip", by=ann) as file:
        assert file.read() == b"two"


def test_its_bytes_are_needed_as_long_as_it_is_there(users) -> None:
    one = sealed(b"one")
    user_cache.put("batch", "1.zip", one, by=users.actor("ann"))

    assert stored.needed([one.key]) == {one.key}
    user_cache.delete("batch", by=users.actor("ann"))
    assert stored.needed([one.key]) == set()


def test_what_nobody_imports_goes_after_some_days(users) -> None:
    user_cache.put("batch", "old.zip", sealed(b"old"), by=users.actor("ann"))
    user_cache.put("batch", "new.zip", sealed(b"new"), by=users.actor("ann"))
    old = CachedFile.objects.get(path="old.zip")
    CachedFile.objects.filter(pk=old.pk).update(created_at=old.created_at - user_cache.LIFE * 2)

    assert user_cache.sweep() == 1
    assert [file.path for file in user_cache.of(users.actor("ann"))] == ["new.zip"]


def test_a_name_in_use_is_told(users) -> None:
    user_cache.put("batch", "1.zip", sealed(b"one"), by=users.actor("ann"))

    with pytest.raises(Conflict):
        user_cache.must_be_new("batch", by=users.actor("ann"))
    user_cache.must_be_new("batch", by=users.actor("bob"))
