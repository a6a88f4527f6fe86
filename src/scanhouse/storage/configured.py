"""The object store that the settings name; one handle a process."""
from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from scanhouse.storage.store import FileStore, ObjectStore


@cache
def store() -> ObjectStore:
    """The configured store. Today that is a folder below the data folder."""
    return FileStore(Path(settings.DATA_DIR) / "store")
