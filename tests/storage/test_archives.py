"""Archives of others: each good one is read whole, each bad one ends in a reason, and memory stays flat."""
from __future__ import annotations

import gzip
import io
import json
import os
import struct
import subprocess
import sys
import tarfile
import threading
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanhouse.errors import Invalid
from scanhouse.storage import archives, names
from scanhouse.storage.archives import ArchiveRefused, Bounds, Kind, MemberRefused, kind

DATE = (2024, 3, 4, 5, 6, 8)


def zipped(files: list[tuple[str | zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a name comes twice
        for name, data in files:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name, DATE)
            info.compress_type = method
            made.writestr(info, data)
    return out.getvalue()


def tarred(files: list[tuple[str | tarfile.TarInfo, bytes]], mode: str = "w", style: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=style) as made:
        for name, data in files:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., dict[str, object]]:
    """Reads an archive to name -> content, or the reason of a member that is refused."""

    def read(data: bytes, **options) -> dict[str, object]:
        place = tmp_path / "upload"
        place.write_bytes(data)
        found: dict[str, object] = {}
        with place.open("rb") as file:
            for member in archives.members(file, spool=tmp_path, **options):
                try:
                    content = b"".join(member.chunks())
                    assert member.size in (None, len(content))
                    found[member.name] = content
                except MemberRefused as error:
                    assert error.name == member.name
                    found[member.name] = error.reason
        assert [each.name for each in tmp_path.iterdir()] == ["upload"]  # nothing is left in the spool
        return found

    return read


# What is good is read whole


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_gives_its_files_in_their_order_and_no_folders(read, method: int) -> None:
    big = os.urandom(3_000_000) + bytes(2_000_000)
    files = [("b.dcm", b"first"), ("folder/", b""), ("folder/a.dcm", big), ("empty", b"")]
    assert list(read(zipped(files, method)).items()) == [("b.dcm", b"first"), ("folder/a.dcm", big), ("empty", b"")]


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("style", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_a_tar_of_every_style_is_read(read, mode: str, style: int) -> None:
    long = "/".join(["folder" * 5] * (3 if style == tarfile.USTAR_FORMAT else 12)) + "/Ünïcode.dcm"
    folder = tarfile.TarInfo("folder")
    folder.type = tarfile.DIRTYPE
    files = [("a.dcm", os.urandom(700)), (folder, b""), (long, b"x" * 512), ("empty", b""), ("big", bytes(5_000_000))]
    assert read(tarred(files, mode, style)) == {"a.dcm": files[0][1], long: b"x" * 512, "empty": b"", "big": bytes(5_000_000)}


def test_a_gzipped_file_is_an_archive_of_one(read) -> None:
    assert read(gzip.compress(b"DICOM" * 1000), name="im1.dcm.gz") == {"im1.dcm": b"DICOM" * 1000}


def test_gzips_one_after_another_are_one_stream(read) -> None:
    data = tarred([("a", b"a" * 9000), ("b", b"b" * 9000)])
    assert read(gzip.compress(data[:5000]) + gzip.compress(data[5000:]) + bytes(512)) == {"a": b"a" * 9000, "b": b"b" * 9000}


def test_a_tar_need_not_be_a_file_on_disk() -> None:
    reading, writing = os.pipe()
    data = tarred([("a", b"a" * 300_000)], "w:gz")
    thread = threading.Thread(target=lambda: (os.write(writing, data), os.close(writing)))
    thread.start()
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        assert [(one.name, b"".join(one.chunks())) for one in archives.members(pipe)] == [("a", b"a" * 300_000)]
    thread.join()


def test_a_zip_written_to_a_pipe_has_its_sizes_behind_the_content(read) -> None:
    class Pipe(io.RawIOBase):
        data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, more) -> int:
            self.data += more
            return len(more)

    with zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a", b"a" * 10_000)
        made.writestr("b", b"b" * 10_000)
    assert struct.unpack_from("<H", Pipe.data, 6)[0] & 8
    assert read(bytes(Pipe.data)) == {"a": b"a" * 10_000, "b": b"b" * 10_000}


def test_zip64_is_read_in_headers_directory_and_end(read) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made, made.open("a", "w", force_zip64=True) as file:
        file.write(b"a" * 100_000)
    assert read(out.getvalue()) == {"a": b"a" * 100_000}
    many = zipped([(f"{i}", b"") for i in range(70_000)])
    assert b"PK\6\6" in many
    assert len(read(many)) == 70_000


def test_something_before_the_zip_does_not_matter(read) -> None:
    assert read(b"#!/bin/sh\nexit\n" + zipped([("a", b"a")])) == {"a": b"a"}


def test_two_files_of_one_name_are_two_members(tmp_path) -> None:
    (tmp_path / "twice.zip").write_bytes(zipped([("a", b"1"), ("a", b"2")]))
    with (tmp_path / "twice.zip").open("rb") as file:
        assert [b"".join(one.chunks()) for one in archives.members(file)] == [b"1", b"2"]


def test_members_of_a_zip_may_be_read_by_several_threads_and_in_any_order(tmp_path) -> None:
    files = [(f"{i}", os.urandom(200_000)) for i in range(40)]
    (tmp_path / "a.zip").write_bytes(zipped(files))
    found: dict[str, bytes] = {}
    with (tmp_path / "a.zip").open("rb") as file:
        listed = list(archives.members(file))
        threads = [threading.Thread(target=lambda part: found.update({one.name: b"".join(one.chunks()) for one in part}), args=(part,))
                   for part in (listed[::-2], listed[-2::-2])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == dict(files)


def test_times_come_along(tmp_path) -> None:
    info = tarfile.TarInfo("a")
    info.mtime = 1_700_000_000
    for data, expected in ((zipped([("a", b"")]), datetime(2024, 3, 4, 5, 6, 8, tzinfo=UTC)),
                           (tarred([(info, b"")]), datetime.fromtimestamp(1_700_000_000, UTC))):
        (tmp_path / "a").write_bytes(data)
        with (tmp_path / "a").open("rb") as file:
            assert [one.modified for one in archives.members(file)] == [expected]


@pytest.mark.parametrize(("raw", "expected"), [
    (b"caf\xc3\xa9.dcm", "café.dcm"), (b"caf\x82.dcm", "café.dcm"), (b"\xff\xfe\x80\xc3\x28\xa0", "\xa0■Ç├(á")])
def test_names_without_the_utf8_mark_are_read_as_utf8_or_as_dos_wrote_them(read, raw: bytes, expected: str) -> None:
    data = zipped([("N" * len(raw), b"x")]).replace(b"N" * len(raw), raw)
    assert list(read(data)) == [expected]


def test_backslashes_of_windows_packers_are_folders(read) -> None:
    info = zipfile.ZipInfo("folder/a.dcm", DATE)
    info.create_system = 0
    data = zipped([(info, b"x")]).replace(b"folder/a.dcm", b"folder\\a.dcm")
    assert list(read(data)) == ["folder/a.dcm"]


# Archives inside archives


def test_archives_inside_are_opened_when_asked(read) -> None:
    inner = zipped([("one.dcm", b"1"), ("deep.tar.gz", tarred([("two.dcm", b"2")], "w:gz"))])
    data = zipped([("zero.dcm", b"0"), ("in.zip", inner), ("three.dcm.gz", gzip.compress(b"3")), ("last.dcm", b"4")])
    assert read(data, nested=True) == {"zero.dcm": b"0", "in.zip!/one.dcm": b"1", "in.zip!/deep.tar.gz!/two.dcm": b"2",
                                       "three.dcm.gz!/three.dcm": b"3", "last.dcm": b"4"}
    assert list(read(data)) == ["zero.dcm", "in.zip", "three.dcm.gz", "last.dcm"]


def test_a_zip_inside_a_tar_is_opened_too(read) -> None:
    data = tarred([("in.zip", zipped([("a", b"a"), ("b", b"b")])), ("c", b"c"), ("in.tar", tarred([("d", b"d")]))])
    assert read(data, nested=True) == {"in.zip!/a": b"a", "in.zip!/b": b"b", "c": b"c", "in.tar!/d": b"d"}


def test_dicom_and_documents_are_not_opened_though_they_look_like_zips(read) -> None:
    preamble = zipped([("a", b"a")])[:128].ljust(128, b"\0") + b"DICM" + bytes(600)
    files = [("im.zip", preamble), ("letter.docx", zipped([("word.xml", b"x")]))]
    assert read(zipped(files), nested=True) == dict(files)
    assert kind(preamble) is None


def test_archives_inside_archives_end_at_the_bound_and_say_so(read) -> None:
    data = zipped([("a", b"a")])
    for level in range(5):
        data = zipped([(f"{level}.zip", data), ("b", b"b")])
    found = read(data, nested=True, bounds=Bounds(depth=2))
    assert found["b"] == b"b"
    assert found["4.zip!/3.zip!/b"] == b"b"
    assert "inside 3 others" in str(found["4.zip!/3.zip!/2.zip"])


def test_damage_inside_an_inner_archive_is_its_own(read) -> None:
    data = zipped([("bad.zip", zipped([("a", b"a")])[:-9]), ("bad.tar.gz", gzip.compress(os.urandom(5000))[:3000]), ("good", b"x")])
    found = read(data, nested=True)
    assert found.pop("good") == b"x"
    assert sorted(found) == ["bad.tar.gz!/bad.tar", "bad.zip"]
    assert all("cannot be opened" in str(reason) for reason in found.values())


# What is bad ends in a reason


def patched(data: bytes, local: int, central: int, form: str, value: int, which: int = 0) -> bytes:
    """`data` with one field of the first (or `which`) entry changed in both headers; an offset below 0 leaves that header."""
    out = bytearray(data)
    for signature, offset in ((b"PK\3\4", local), (b"PK\1\2", central)):
        at = -1
        for _ in range(which + 1):
            at = out.index(signature, at + 1)
        if offset >= 0:
            struct.pack_into(form, out, at + offset, value)
    return bytes(out)


GOOD = zipped([("one.dcm", b"1" * 500), ("two.dcm", b"2" * 500)])
STORED = zipped([("one.dcm", b"1" * 500), ("two.dcm", b"2" * 500)], zipfile.ZIP_STORED)


@pytest.mark.parametrize(("data", "reason"), [
    pytest.param(patched(GOOD, 6, 8, "<H", 1), "is encrypted", id="encrypted"),
    pytest.param(patched(GOOD, 8, 10, "<H", 98), "method 98", id="unknown method"),
    pytest.param(patched(GOOD, 22, 24, "<I", 10), "more than the 10 bytes", id="unpacks to more than it says"),
    pytest.param(patched(GOOD, 22, 24, "<I", 501), "checksum", id="unpacks to less than it says"),
    pytest.param(patched(GOOD, 14, 16, "<I", 7), "checksum", id="checksum"),
    pytest.param(patched(GOOD, 14, -1, "<I", 7), "contradict", id="checksums differ"),
    pytest.param(patched(GOOD, 8, -1, "<H", 0), "contradict", id="methods differ"),
    pytest.param(patched(GOOD, 6, -1, "<H", 1), "contradict", id="only one says encrypted"),
    pytest.param(patched(GOOD, 30, -1, "<B", 65), "contradict", id="names differ"),
    pytest.param(patched(GOOD, 0, -1, "<B", 65), "contradict", id="no local header"),
    pytest.param(patched(GOOD, 28, -1, "<H", 9000), "contradict", id="content behind the next entry"),
    pytest.param(patched(GOOD, 37, -1, "<B", 0xFF), "damaged", id="content"),
    pytest.param(patched(STORED, 22, 24, "<I", 100), "two sizes", id="stored, two sizes"),
    pytest.param(patched(GOOD, -1, 40, "<H", 0o120777), "link or a device", id="symbolic link"),
    pytest.param(patched(GOOD, -1, 40, "<H", 0o060600), "link or a device", id="block device"),
])
def test_a_bad_file_of_a_zip_is_refused_and_the_others_are_read(read, data: bytes, reason: str) -> None:
    found = list(read(data).values())
    assert isinstance(found[0], str) and reason in found[0]
    assert found[1] == b"2" * 500


def overlapping() -> bytes:
    """Two entries of the directory that name one and the same content."""
    data = bytearray(STORED)
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 1)
    struct.pack_into("<I", data, second + 42, 0)
    return bytes(data)


def giant_extension() -> bytes:
    info = tarfile.TarInfo("x")
    info.type, info.size = b"x", 1 << 40
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(512)


@pytest.mark.parametrize(("data", "reason"), [
    pytest.param(b"", "neither a zip nor a tar", id="nothing"),
    pytest.param(b"Rar!\x1a\x07\x01\0" + bytes(500), "neither a zip nor a tar", id="other archive"),
    pytest.param(GOOD[:-30], "cut short", id="cut"),
    pytest.param(GOOD + b"\0", "cut short", id="something behind"),
    pytest.param(overlapping(), "overlap", id="overlap"),
    pytest.param(patched(STORED, 18, 20, "<I", 5000), "overlap", id="reaches into the next"),
    pytest.param(patched(GOOD, -1, 28, "<H", 9000), "cannot be read", id="directory"),
    pytest.param(GOOD[:-12] + struct.pack("<H", 9) + GOOD[-10:], "several", id="one of several"),
    pytest.param(GOOD[:-10] + struct.pack("<I", 1 << 30) + GOOD[-6:], "larger than any", id="giant directory"),
    pytest.param(GOOD[:-6] + struct.pack("<I", 1 << 20) + GOOD[-2:], "cannot be read", id="directory elsewhere"),
    pytest.param(tarred([("a", b"a" * 2000)])[:1500], "within a file", id="tar cut in a file"),
    pytest.param(tarred([("a", b"a" * 512)])[:1024], "before its end mark", id="tar without end"),
    pytest.param(tarred([("a", b"a")])[:100] + b"?" + tarred([("a", b"a")])[101:], "header in the tar is damaged", id="tar header"),
    pytest.param(giant_extension(), "longer than any", id="tar name of a terabyte"),
    pytest.param(gzip.compress(tarred([("a", os.urandom(9000))]))[:5000], "cut short", id="gzip cut"),
    pytest.param(gzip.compress(tarred([("a", b"a")]))[:-8] + bytes(8), "damaged", id="gzip checksum"),
    pytest.param(gzip.compress(os.urandom(4000))[:40] + b"\xff" * 4000, "damaged", id="gzip content"),
])
def test_an_archive_that_cannot_be_trusted_is_refused_whole(read, data: bytes, reason: str) -> None:
    with pytest.raises(ArchiveRefused, match=reason) as raised:
        read(data)
    assert isinstance(raised.value, Invalid)


def test_links_devices_and_holes_in_a_tar_are_refused_and_files_between_them_are_read(read) -> None:
    def special(name: str, type_: bytes) -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = type_, "/etc/passwd"
        return info

    odd = [(special(f"odd{i}", type_), b"") for i, type_ in enumerate([b"1", b"2", b"3", b"4", b"6", b"S", b"Z"])]
    found = read(tarred([("a", b"a"), *odd, ("b", b"b")]))
    assert found.pop("a") == b"a" and found.pop("b") == b"b"
    assert len(found) == 7 and all(isinstance(reason, str) for reason in found.values())


# Bombs


def test_a_member_that_unpacks_to_too_much_is_refused_before_it_is_read(read) -> None:
    found = read(zipped([("bomb", bytes(40 << 20)), ("good", b"x")]))
    assert "200 times its size" in str(found["bomb"])
    assert found["good"] == b"x"


@pytest.mark.parametrize("make", [lambda data: zipped([(f"{i}", data) for i in range(20)]),
                                  lambda data: tarred([(f"{i}", data) for i in range(20)], "w:gz"),
                                  lambda data: gzip.compress(data * 20)])
def test_an_upload_that_unpacks_to_too_much_as_a_whole_is_refused(read, make) -> None:
    bounds = Bounds(member_free=1 << 20, total_free=8 << 20)
    with pytest.raises(ArchiveRefused, match="200 times its size"):
        read(make(bytes(1 << 20)), bounds=bounds)


def test_nested_archives_share_one_budget(read) -> None:
    ten = zipped([(f"{i}", bytes(1 << 20)) for i in range(10)])
    with pytest.raises(ArchiveRefused, match="200 times its size"):
        read(zipped([(f"{i}.zip", ten) for i in range(10)]), nested=True, bounds=Bounds(total_free=32 << 20))
    with pytest.raises(ArchiveRefused, match="more than 50 files"):
        read(zipped([(f"{i}.zip", ten) for i in range(10)]), nested=True, bounds=Bounds(members=50))


@pytest.mark.parametrize("make", [zipped, tarred])
def test_too_many_files_are_refused(read, make) -> None:
    with pytest.raises(ArchiveRefused, match="more than 20 files"):
        read(make([(f"{i}", b"") for i in range(21)]), bounds=Bounds(members=20))


@pytest.mark.parametrize("make", [
    lambda data: zipped([("a", data)]), lambda data: tarred([("a", data)]), lambda data: tarred([("a", data)], "w:gz")])
def test_memory_does_not_grow_with_the_content(tmp_path, make) -> None:
    (tmp_path / "big").write_bytes(make(os.urandom(1 << 20) * 30))
    with (tmp_path / "big").open("rb") as file:
        tracemalloc.start()
        total = sum(len(chunk) for member in archives.members(file) for chunk in member.chunks())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert total == 30 << 20
    assert peak < 6 << 20


# The collection of malformed archives


@pytest.mark.shared
def test_every_malformed_archive_ends_in_a_clear_answer(shared: Path, tmp_path) -> None:
    """Instances that come out are as many as expected.json says, judged only by the mark of DICOM at byte 128."""
    expectations = json.loads((shared / "data/malformed/expected.json").read_text())
    items = [one for one in expectations["items"] if one["path"].startswith("archives/")]
    assert len(items) > 40
    for item in items:
        seen = 0
        try:
            with (shared / "data/malformed" / item["path"]).open("rb") as file:
                for member in archives.members(file, name=Path(item["path"]).name, nested=True, spool=tmp_path):
                    assert names.relative(names.tame(member.name))
                    try:
                        content = b"".join(member.chunks())
                        seen += content[128:132] == b"DICM" and len(content) > 700 and "DICOMDIR" not in member.name
                    except MemberRefused as error:
                        assert error.reason
        except ArchiveRefused as error:
            assert str(error).endswith(".")
        expected = item.get("instances")
        if isinstance(expected, int) and "mixed" not in item["path"]:
            assert seen == expected, item
        if item["verdict"] == "reject" and not expected:
            assert seen == 0, item
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tool", [["zip", "-q", "-r"], ["tar", "cf"], ["tar", "czf"]])
def test_what_common_tools_make_is_read(read, tmp_path_factory, tool: list[str]) -> None:
    folder = tmp_path_factory.mktemp("made")
    for i in range(3):
        (folder / f"{i} é.dcm").write_bytes(os.urandom(5000))
    files = sorted(p.name for p in folder.iterdir())
    try:
        subprocess.run([*tool, "out", *files], cwd=folder, check=True)
    except FileNotFoundError:  # no such tool here: Python's own makes one
        subprocess.run([sys.executable, "-m", "zipfile", "-c", "out", *files], cwd=folder, check=True)
    made = next(p for p in folder.iterdir() if p.name.startswith("out"))
    assert read(made.read_bytes()) == {p.name: p.read_bytes() for p in folder.glob("*.dcm")}


def test_kinds_are_told_by_content() -> None:
    assert [kind(GOOD), kind(tarred([("a", b"")])), kind(gzip.compress(b"")), kind(b"text"), kind(zipped([]))] == [
        Kind.ZIP, Kind.TAR, Kind.GZIP, None, Kind.ZIP]
