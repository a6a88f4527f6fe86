"""Times and sizes of tars in GNU's binary numbers: a time may lie before 1970, a size is never negative."""
from __future__ import annotations

import io
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanhouse.storage import archives
from scanhouse.storage.members import ArchiveRefused


def tar_of(mtime: int) -> bytearray:
    info, out = tarfile.TarInfo("old.dcm"), io.BytesIO()
    info.size, info.mtime = 3, mtime
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as made:
        made.addfile(info, io.BytesIO(b"abc"))
    return bytearray(out.getvalue())


def with_size(data: bytearray, field: bytes) -> bytearray:
    data[124:136] = field
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return data


@pytest.mark.parametrize("moment", [datetime(*day, tzinfo=UTC) for day in ((1969, 12, 31, 23, 59, 59), (1901, 1, 1), (2300, 1, 1))])
def test_a_file_may_be_older_than_1970(tmp_path: Path, moment: datetime) -> None:
    (tmp_path / "a.tar").write_bytes(tar_of(int(moment.timestamp())))
    with (tmp_path / "a.tar").open("rb") as file:
        assert [(one.name, one.modified, b"".join(one.chunks())) for one in archives.members(file)] == [("old.dcm", moment, b"abc")]


@pytest.mark.parametrize("field", [b"\xff" * 12, b"\xff" * 4 + b"\0" * 8, b"\x80" + b"\0" * 3 + b"\x80" + b"\0" * 7])
def test_a_size_is_neither_negative_nor_beyond_all_disks(tmp_path: Path, field: bytes) -> None:
    (tmp_path / "a.tar").write_bytes(with_size(tar_of(0), field))
    with (tmp_path / "a.tar").open("rb") as file, pytest.raises(ArchiveRefused, match="size"):
        list(archives.members(file))
