"""What the upload page is told of a large file whose bytes are here and that cannot be read."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.builders import an_archive
from tests.ingest.objects import instance
from tests.ingest.test_web_uploads import zipped
from tests.web.browsers import person
from tests.web.test_uploads import begin, call

from scanhouse.errors import Busy, ScanhouseError
from scanhouse.ingest import interruptions, parts
from scanhouse.ingest.models import Upload
from scanhouse.storage.disks import DiskFailed

pytestmark = pytest.mark.django_db(transaction=True)

FAILED = DiskFailed(Path("/data"), "its fsync failed", "sync incoming/")
FULL = Busy("The disk is full. Make room.")


@pytest.fixture
def browser() -> Client:
    an_archive().with_project("P")
    return person("ann", owner="P")


def sent(browser: Client, url: str, data: bytes) -> str:
    """The address of a large file that was sent, as far as the server says that it has to be."""
    file = call(browser, "POST", f"{url}/files", {"name": "b.zip", "size": len(data), "modified": 5}).json()
    if file["offset"] < len(data):
        call(browser, "PATCH", file["url"], data[file["offset"] :], **{"Upload-Offset": str(file["offset"])})
    return str(file["url"])


def read(url: str, monkeypatch: pytest.MonkeyPatch, error: ScanhouseError | None = None) -> None:
    def fail(*_: Any) -> Any:
        raise error or AssertionError

    with monkeypatch.context() as patch:
        if error is not None:
            patch.setattr(parts.uploads, "enter_each", fail)
            with pytest.raises(type(error)):
                parts.read(url.rpartition("/")[2])
        else:
            parts.read(url.rpartition("/")[2])


def told(browser: Client, url: str) -> tuple[str, str]:
    answer = call(browser, "GET", url).json()
    return answer["state"], answer["why"]


def test_why_the_reading_has_to_wait_is_told(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    url = sent(browser, begin(browser), zipped(instance()))
    read(url, monkeypatch, FULL)
    assert told(browser, url) == ("reading", str(FULL))
    read(url, monkeypatch)
    assert told(browser, url) == ("done", "")


def test_what_failed_by_a_fault_of_ours_is_read_when_it_is_asked_for_again(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped(instance())
    url = sent(browser, begin(browser), data)
    read(url, monkeypatch, FAILED)
    with monkeypatch.context() as patch:  # the queue has given up
        patch.setattr(type(parts.jobs.read_upload), "pending", lambda _: [])
        Upload.objects.update(modified_at="2020-01-01T00:00Z")
        interruptions.go_on_with_parts()
    assert told(browser, url) == ("failed", f"{FAILED} {interruptions.STILL_HERE}")
    another = begin(browser)
    about = {"name": "b.zip", "size": len(data), "modified": 5}
    assert call(browser, "POST", f"{another}/files", about).json()["offset"] == len(data)
    again = sent(browser, another, data)
    assert told(browser, again) == ("reading", "")
    read(again, monkeypatch)
    assert told(browser, again) == ("done", "")
