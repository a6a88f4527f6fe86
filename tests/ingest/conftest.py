"""A project and somebody who stores into it. Tests that need others define theirs."""
from __future__ import annotations

from typing import Any

import pytest

from scanhouse.access.actors import Actor
from tests.builders import an_archive


@pytest.fixture
def archive() -> Any:
    return an_archive().with_project("P").with_user("ann", member="P")


@pytest.fixture
def ann(archive: Any) -> Actor:
    return archive.actor("ann")
