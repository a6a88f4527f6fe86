"""Bytes of a file by position, whatever holds them: a buffer, an open file, or a function of the object store."""
from __future__ import annotations

import io
import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from scanhouse.dicom.part10 import Buffer

Read = Callable[[int, int], bytes]
"""`read(start, length)`: fewer bytes only at the end of the file."""

Source = Buffer | BinaryIO | Read


def reader(source: Source) -> Read:
    """A function that reads `source` at any position; of open files by `pread`, so that threads may share them."""
    if callable(source):
        return source
    if isinstance(source, io.IOBase):
        return _of_file(source)
    if hasattr(source, "fileno") and hasattr(source, "seek") and not hasattr(source, "__len__"):
        return _of_file(source)  # a wrapped file, as tempfile makes them
    buf = source

    def from_buffer(start: int, length: int) -> bytes:
        return bytes(buf[start : start + length])  # type: ignore[index]

    return from_buffer


@contextmanager
def mapped(path: Path) -> Iterator[Buffer]:
    """The file in memory without being read: only the pages that are looked at are. An empty file, which cannot be mapped, is b""."""
    with path.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            yield view


def _of_file(file: io.IOBase | BinaryIO) -> Read:
    try:
        descriptor = file.fileno()
    except (OSError, AttributeError):  # io.BytesIO has none

        def from_memory(start: int, length: int) -> bytes:
            file.seek(start)
            return bytes(file.read(length))

        return from_memory

    def from_file(start: int, length: int) -> bytes:
        data = os.pread(descriptor, length, start)
        while 0 < len(data) < length:  # one call gives at most 2 GB
            more = os.pread(descriptor, length - len(data), start + len(data))
            if not more:
                break
            data += more
        return data

    return from_file
