"""Digests agree with the standard library, however the bytes are cut."""
from __future__ import annotations

import hashlib
import io
import zlib

from hypothesis import given
from hypothesis import strategies as st

from scanhouse.storage.checksums import Digests, digest


@given(st.lists(st.binary(max_size=9000), max_size=8))
def test_digests_do_not_depend_on_how_the_bytes_are_cut(parts: list[bytes]) -> None:
    digests, whole = Digests(md5=True), b"".join(parts)
    for part in parts:
        digests.update(memoryview(part))
    assert digests.sha256 == hashlib.sha256(whole).hexdigest()
    assert digests.md5 == hashlib.md5(whole).hexdigest()
    assert digests.crc32 == zlib.crc32(whole)
    assert digests.size == len(whole)


def test_a_file_is_digested_from_where_it_stands() -> None:
    file = io.BytesIO(b"skipped" + b"x" * 3_000_000)
    file.seek(7)
    found = digest(file)
    assert (found.size, found.crc32, found.md5) == (3_000_000, zlib.crc32(b"x" * 3_000_000), None)
