from __future__ import annotations

import pytest
from tests.access.worlds import World, build, set_accessibility


@pytest.fixture
def world(db: None) -> World:
    """Four projects: PUB is public, PROT protected, PRIV and FAR private."""
    made = build()
    set_accessibility({"PUB": "public", "PROT": "protected", "PRIV": "private"})
    return made
