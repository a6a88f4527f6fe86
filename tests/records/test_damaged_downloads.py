"""A download of which an object is damaged or gone breaks off; it never looks whole."""
from __future__ import annotations

import secrets

import pytest

from scanhouse.errors import ScanhouseError
from scanhouse.records import bytes as stored
from scanhouse.records import downloads
from scanhouse.records.downloads import Form
from scanhouse.records.models import File
from tests.builders import an_archive

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[3_000_000, 3_000])
def archive(request):
    """Three files of one resource, the second one of that many bytes."""
    made = an_archive().with_project("P").with_subject("S").with_session("E")
    once = secrets.token_bytes(16)  # an object of no other test, which may have left a copy
    for name, data in (("a", b"a" * 1000), ("b", once + b"b" * request.param), ("c", b"c" * 1000)):
        made.with_file(name, data, on=made.session("E"), resource="R")
    return made


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("left", [1000, 0, None])
def test_a_download_with_a_damaged_file_breaks_off(archive, form: Form, left: int | None) -> None:
    store, key = stored.store(), File.objects.get(path="b").object
    path = store.path(key)
    if left is None:
        for place in (path, store.root / "incoming" / key):
            place.unlink(missing_ok=True)
    else:
        path.chmod(0o644)
        path.write_bytes(b"b" * left)
    sent = downloads.send(downloads.archive(downloads.entries(File.objects.all()), form))
    got = []
    with pytest.raises(ScanhouseError, match="restore it from a copy"):
        got.extend(sent.blocks)
    assert b"PK\5\6" not in b"".join(got)
