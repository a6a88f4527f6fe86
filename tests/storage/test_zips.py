"""Zip plans: every byte is known in advance, common tools agree with them, and any range is the same bytes."""
from __future__ import annotations

import hashlib
import io
import shutil
import struct
import subprocess
import zipfile
import zlib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanhouse.errors import Invalid
from scanhouse.storage.names import UnsafeName
from scanhouse.storage.zips import Entry, RepeatedName, Span, ZipPlan

MOMENT = datetime(2024, 3, 4, 5, 6, 8, tzinfo=UTC)


def entries(files: dict[str, bytes]) -> list[Entry]:
    return [Entry(name, len(data), zlib.crc32(data), MOMENT, hashlib.sha256(data).hexdigest()) for name, data in files.items()]


def render(plan: ZipPlan, files: dict[str, bytes], start: int = 0, stop: int | None = None) -> bytes:
    by_key = {hashlib.sha256(data).hexdigest(): data for data in files.values()}
    parts = []
    for piece in plan.pieces(start, stop):
        parts.append(by_key[piece.key][piece.start : piece.start + piece.length] if isinstance(piece, Span) else piece)
        assert parts[-1]
    return b"".join(parts)


FILES = {"P1/scans/4-T1/resources/DICOM/files/1.dcm": b"DICOM" * 1000, "P1/Ünïcode 名前.txt": b"text", "empty": b"", "same": b"text"}


def test_the_length_is_known_and_other_readers_find_the_files() -> None:
    plan = ZipPlan(entries(FILES))
    data = render(plan, FILES)
    assert len(data) == plan.length
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert found.testzip() is None
        assert {name: found.read(name) for name in found.namelist()} == FILES
        info = found.infolist()[1]
        assert info.date_time == (2024, 3, 4, 5, 6, 8)
        assert info.external_attr >> 16 == 0o100644
        assert info.compress_type == zipfile.ZIP_STORED


def test_command_line_tools_agree(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(render(ZipPlan(entries(FILES)), FILES))
    if tool := shutil.which("unzip"):
        subprocess.run([tool, "-tq", tmp_path / "a.zip"], check=True, capture_output=True)
    shutil.unpack_archive(tmp_path / "a.zip", tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in FILES} == FILES


@settings(max_examples=60)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.binary(max_size=60), max_size=6), st.data())
def test_any_range_gives_the_same_bytes_as_the_whole(files: dict[str, bytes], data: st.DataObject) -> None:
    files = {f"f{name}": content for name, content in files.items()}
    plan = ZipPlan(entries(files))
    whole = render(plan, files)
    start = data.draw(st.integers(0, plan.length))
    stop = data.draw(st.integers(start, plan.length + 5))
    assert render(plan, files, start, stop) == whole[start:stop]
    assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None


def test_an_empty_zip_is_a_zip() -> None:
    plan = ZipPlan([])
    assert zipfile.ZipFile(io.BytesIO(render(plan, {}))).namelist() == []
    assert plan.length == 22


def test_what_lies_outside_cannot_be_asked_for() -> None:
    plan = ZipPlan(entries(FILES))
    for start, stop in ((-1, 5), (plan.length + 1, None), (5, 4)):
        with pytest.raises(Invalid):
            plan.pieces(start, stop)


def test_equal_entries_give_equal_bytes_and_etag_and_any_difference_shows_in_the_etag() -> None:
    base = entries(FILES)
    assert ZipPlan(base).etag == ZipPlan(list(base)).etag
    other = [base[0]._replace(name="other"), base[0]._replace(size=1), base[0]._replace(crc32=1), base[0]._replace(key="0" * 64),
             base[0]._replace(modified=MOMENT + timedelta(days=1))]
    etags = {ZipPlan(base).etag, ZipPlan(base[::-1]).etag, ZipPlan(base[1:]).etag, *(ZipPlan([one, *base[1:]]).etag for one in other)}
    assert len(etags) == 8
    assert all(etag[0] == etag[-1] == '"' for etag in etags)


def test_time_zones_do_not_change_the_bytes() -> None:
    here = entries({"a": b"a"})[0]
    there = here._replace(modified=MOMENT.astimezone(timezone(timedelta(hours=9))))
    assert ZipPlan([here]).etag == ZipPlan([there]).etag


@pytest.mark.parametrize(("year", "expected"), [(1900, (1980, 1, 1)), (1979, (1980, 1, 1)), (2200, (2107, 12, 31))])
def test_times_that_zips_cannot_hold_are_moved_to_the_nearest(year: int, expected: tuple[int, int, int]) -> None:
    plan = ZipPlan([Entry("a", 0, 0, datetime(year, 5, 5, tzinfo=UTC), "0" * 64)])
    assert zipfile.ZipFile(io.BytesIO(render(plan, {}))).infolist()[0].date_time[:3] == expected


def test_unsafe_and_repeated_names_are_refused() -> None:
    one = entries({"a": b"a"})[0]
    with pytest.raises(UnsafeName):
        ZipPlan([one._replace(name="../a")])
    with pytest.raises(RepeatedName):
        ZipPlan([one, one._replace(name="./a")])
    with pytest.raises(Invalid, match="row is damaged"):
        ZipPlan([one._replace(size=-1)])


class Sparse(io.RawIOBase):
    """A zip of spans of zeros, without holding them: what a reader of a huge zip sees."""

    def __init__(self, plan: ZipPlan) -> None:
        self.plan, self.at = plan, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = (0, self.at, self.plan.length)[whence] + offset
        return self.at

    def readinto(self, buffer) -> int:
        count = min(len(buffer), self.plan.length - self.at)
        pieces = self.plan.pieces(self.at, self.at + count)
        buffer[:count] = b"".join(bytes(piece.length) if isinstance(piece, Span) else piece for piece in pieces)
        self.at += count
        return count


@pytest.mark.parametrize("sizes", [[5 << 30, 10], [3 << 30, 3 << 30, 10], [(1 << 32) - 1], [(1 << 32) - 2], [1 << 40, 7]])
def test_files_and_zips_beyond_four_gigabytes_are_zip64(sizes: list[int]) -> None:
    plan = ZipPlan([Entry(f"f{i}", size, 0 if size > 1000 else zlib.crc32(bytes(size)), MOMENT, "0" * 64) for i, size in enumerate(sizes)])
    with zipfile.ZipFile(Sparse(plan)) as found:
        assert [info.file_size for info in found.infolist()] == sizes
        if sizes[-1] <= 1000:
            assert found.read(f"f{len(sizes) - 1}") == bytes(sizes[-1])
    tail = b"".join(piece for piece in plan.pieces(plan.length - 200) if isinstance(piece, bytes))
    assert (b"PK\6\6" in tail) == (sum(sizes) + 32 * len(sizes) >= (1 << 32) - 1)  # where the directory starts
    head = next(iter(plan.pieces()))
    assert isinstance(head, bytes)
    assert struct.unpack_from("<H", head, 4)[0] == (45 if sizes[0] >= (1 << 32) - 1 else 20)


def test_more_files_than_sixteen_bits_count_are_zip64() -> None:
    plan = ZipPlan([Entry(f"{i}", 0, 0, MOMENT, "0" * 64) for i in range(66_000)])
    data = b"".join(piece for piece in plan.pieces() if isinstance(piece, bytes))
    assert len(data) == plan.length
    assert len(zipfile.ZipFile(io.BytesIO(data)).namelist()) == 66_000
    at = plan.length - 3_000_000
    assert b"".join(piece for piece in plan.pieces(at, at + 1000) if isinstance(piece, bytes)) == data[at : at + 1000]
