"""One archive for all journeys of a run: its real processes, as `scanhouse up` starts them. Make projects of your own in it."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.house import House


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`url`, `dicom_port`, `admin_password` (of `admin`), `data` (folder of state, logs in it)."""
    with House(tmp_path_factory.mktemp("house") / "data") as started:
        yield started
