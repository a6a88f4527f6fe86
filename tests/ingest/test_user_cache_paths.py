"""Files that users put aside: one path is one file, however it is written and whoever puts it at the same time."""
from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from scanhouse.ingest import user_cache
from scanhouse.ingest.models import CachedFile
from scanhouse.storage.names import UnsafeName
from tests.builders import an_archive
from tests.ingest.test_user_cache import sealed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann() -> Any:
    return an_archive().with_user("ann").actor("ann")


def test_one_path_written_in_two_ways_is_one_file(ann: Any) -> None:
    for path, data in (("./a.txt", b"one"), ("./a.txt", b"two!"), ("a.txt", b"three")):
        user_cache.put("x", path, sealed(data), by=ann)
    assert list(CachedFile.objects.values_list("path", "size")) == [("a.txt", 5)]
    with user_cache.open_file("x", "./a.txt", by=ann) as file:
        assert file.read() == b"three"
    assert user_cache.delete("x", ".//a.txt", by=ann) == 1


def test_a_path_that_leads_elsewhere_is_refused(ann: Any) -> None:
    with pytest.raises(UnsafeName):
        user_cache.put("x", "../a.txt", sealed(b"one"), by=ann)


def test_files_of_one_path_that_are_put_at_once_take_the_place_of_each_other(ann: Any) -> None:
    together, errors = threading.Barrier(6), list[BaseException]()
    bytes_ = [sealed(b"x" * (n + 1)) for n in range(6)]

    def put(number: int) -> None:
        try:
            together.wait()
            user_cache.put("x", "a.txt", bytes_[number], by=ann)
        except BaseException as error:  # shown by the assertion below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=put, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert CachedFile.objects.count() == 1
