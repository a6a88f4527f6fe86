from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.access.worlds import World, build, set_accessibility

from scanhouse.access import passwords, users
from scanhouse.access.actors import SYSTEM
from scanhouse.access.models import User

PASSWORD = "correct horse 9"


@pytest.fixture
def world(db: None) -> World:
    """Four projects: PUB is public, PROT protected, PRIV and FAR private."""
    made = build()
    set_accessibility({"PUB": "public", "PROT": "protected", "PRIV": "private"})
    return made


@pytest.fixture(autouse=True)
def quick_hashes(settings: Any) -> Any:
    """Passwords are hashed as the site does it, but with few rounds."""
    settings.PASSWORD_HASHERS = ["tests.access.hashers.Quick"]
    passwords.forget()
    yield
    passwords.forget()


@pytest.fixture
def account(db: None) -> Callable[..., User]:
    """`account("jane")` makes an account that may sign in, with the password `correct horse 9`."""

    def make(login: str, **values: Any) -> User:
        return users.create(login, password=PASSWORD, email=f"{login}@example.org", by=SYSTEM, **values)

    return make
