"""Sinks that keep what they are given in memory or in a folder, and can be told to fail."""
from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from scanhouse.dicom.part10 import meta_bytes
from scanhouse.dimse.messages import StoreRequest
from scanhouse.dimse.status import OK, Status


@dataclass
class Kept:
    """What all sinks of a test were given. Hooks may raise, wait or answer otherwise."""

    objects: dict[str, bytes] = field(default_factory=dict)
    requests: list[StoreRequest] = field(default_factory=list)
    abandoned: list[str] = field(default_factory=list)
    closed: int = 0
    on_begin: Callable[[StoreRequest], None] = lambda request: None
    on_write: Callable[[StoreRequest], None] = lambda request: None
    on_commit: Callable[[StoreRequest], Status] = lambda request: OK
    lock: threading.Lock = field(default_factory=threading.Lock)

    def open_sink(self, caller: object, context: object) -> MemorySink:
        return MemorySink(self)


class MemorySink:
    def __init__(self, kept: Kept) -> None:
        self.kept = kept

    def begin(self, request: StoreRequest) -> MemoryWriter:
        self.kept.on_begin(request)
        self.kept.requests.append(request)
        return MemoryWriter(self.kept, request)

    def close(self) -> None:
        with self.kept.lock:
            self.kept.closed += 1


class MemoryWriter:
    def __init__(self, kept: Kept, request: StoreRequest) -> None:
        self.kept, self.request, self.data = kept, request, bytearray()

    def write(self, parts: list[memoryview]) -> None:
        self.kept.on_write(self.request)
        for part in parts:
            self.data += part

    def commit(self) -> Status:
        answer = self.kept.on_commit(self.request)
        with self.kept.lock:
            self.kept.objects[self.request.sop_instance_uid] = bytes(self.data)
        return answer

    def abandon(self) -> None:
        self.kept.abandoned.append(self.request.sop_instance_uid)


class FolderSink:
    """Part 10 files by SOP instance UID."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, request: StoreRequest) -> FolderWriter:
        return FolderWriter(self.folder, request)

    def close(self) -> None:
        return None


class FolderWriter:
    def __init__(self, folder: Path, request: StoreRequest) -> None:
        self.path = folder / request.sop_instance_uid
        self.staged = folder / f".{request.sop_instance_uid}.{threading.get_ident()}"
        self.file = os.open(self.staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(self.file, meta_bytes(sop_class_uid=request.sop_class_uid, sop_instance_uid=request.sop_instance_uid,
                                       transfer_syntax_uid=request.context.transfer_syntax))

    def write(self, parts: list[memoryview]) -> None:
        os.writev(self.file, parts)

    def commit(self) -> Status:
        os.close(self.file)
        self.staged.rename(self.path)
        return OK

    def abandon(self) -> None:
        os.close(self.file)
        self.staged.unlink()
