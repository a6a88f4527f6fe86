"""Digests taken while bytes pass: SHA-256 (the object's key), CRC-32 (for zips) and, when asked, MD5 (XNAT's `digest`)."""
from __future__ import annotations

import hashlib
from typing import BinaryIO

from isal import isal_zlib

Buffer = bytes | bytearray | memoryview  # what may be written: contiguous bytes; wrap an mmap in a memoryview
BLOCK = 1 << 20  # one read of this size costs nothing against hashing it, and stays in the cache of the processor


class Digests:
    """Running digests of a stream of bytes. `md5` doubles the cost of a byte, so it is taken only when asked."""

    __slots__ = ("_crc32", "_md5", "_sha256", "size")

    def __init__(self, *, md5: bool = False) -> None:
        self._sha256 = hashlib.sha256()
        self._crc32 = 0
        self._md5 = hashlib.md5(usedforsecurity=False) if md5 else None
        self.size = 0

    def update(self, data: Buffer) -> None:
        """Take in the next bytes (contiguous). Large buffers are digested without the interpreter's lock."""
        self._sha256.update(data)
        self._crc32 = isal_zlib.crc32(data, self._crc32)
        if self._md5 is not None:
            self._md5.update(data)
        self.size += data.nbytes if isinstance(data, memoryview) else len(data)

    @property
    def sha256(self) -> str:
        """64 hex digits in lower case."""
        return self._sha256.hexdigest()

    @property
    def crc32(self) -> int:
        """CRC-32 as zip files store it: unsigned, 32 bits."""
        return self._crc32

    @property
    def md5(self) -> str | None:
        """32 hex digits in lower case, or None when it was not asked for."""
        return None if self._md5 is None else self._md5.hexdigest()


def digest(file: BinaryIO, *, md5: bool = False) -> Digests:
    """Digests of `file` from where it stands to its end, read in blocks of 1 MB."""
    digests = Digests(md5=md5)
    while block := file.read(BLOCK):
        digests.update(block)
    return digests
