"""What is refused is written into the ledger whatever it is called, and takes nothing else along."""
from __future__ import annotations

import io
import tarfile
import tempfile
import zipfile
from typing import Any, BinaryIO

import pytest

from scanhouse.ingest import uploads, web_uploads
from scanhouse.ingest.models import ObjectState, Received
from scanhouse.records import bytes as stored_bytes
from tests.builders import an_archive
from tests.ingest.objects import instance
from tests.ingest.test_web_uploads import begun, outcomes

pytestmark = pytest.mark.django_db(transaction=True)


def zipped_with_nul(*members: tuple[str, bytes]) -> BinaryIO:
    """A zip in whose names NUL stands where `#` was said."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            archive.writestr(name.replace("#", "\x02"), data)
    return holding(out.getvalue().replace(b"\x02b", b"\x00b"))


def holding(data: bytes) -> BinaryIO:
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the caller reads it
    file.write(data)
    file.seek(0)
    return file  # type: ignore[return-value]


def taken(file: BinaryIO, **terms: Any) -> uploads.Taken:
    return uploads.take(file, name="x.zip", terms=uploads.Terms(**terms), login="ann", store=stored_bytes.store())


def refused_names() -> list[str]:
    return list(Received.objects.filter(state=ObjectState.REJECTED).values_list("name", flat=True))


def test_a_note_whose_name_holds_nul_does_not_end_the_upload() -> None:
    found = taken(zipped_with_nul(("1.dcm", instance(number=1)), ("a#b.txt", b"notes"), ("2.dcm", instance(number=2))), skip=True)
    assert (found.objects, [one.name for one in found.refused], refused_names()) == (2, ["a_b.txt"], ["a_b.txt"])


@pytest.mark.parametrize(("terms", "error"), [({"skip": True}, uploads.NothingTaken), ({}, uploads.UnreadableMember)])
def test_a_refusal_that_tells_such_a_name_can_be_stored(terms: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=r"a_b\.txt"):
        taken(zipped_with_nul(("a#b.txt", b"notes")), **terms)


def test_a_note_in_a_batch_whose_name_is_no_text_does_not_end_the_batch() -> None:
    archive = an_archive().with_project("P").with_user("ann", member="P")
    ann, out = archive.actor("ann"), io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8", errors="surrogateescape") as tar:
        for name, data in (("x\udc80/notes.txt", b"notes"), ("1.dcm", instance())):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    assert outcomes(web_uploads.batch(begun(archive, ann), holding(out.getvalue()), by=ann)) == ["ignored", "stored"]
