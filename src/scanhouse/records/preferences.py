"""Settings of the site: typed, with default, unit and help; read from a cache that other processes' changes reach within a quarter of a second."""
from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from scanhouse.access.actors import Actor
from scanhouse.errors import Forbidden, Invalid, NotFound

from . import history
from .models import Preference
from .settings_of_the_site import ADMIN, REGISTRY, Readers, Setting

__all__ = ["REGISTRY", "Readers", "Setting", "change", "everything", "get", "read", "readable"]

VERSION = ":version"
"""Row that changes with every change of another. Its value is random: a number could come back after a rollback."""
FRESH = 0.25
"""Seconds for which a process believes that nothing has changed."""
MAX_NAME = 255
MAX_VALUE = 1 << 20
"""Characters of a value: the anonymisation script of a site is the largest."""


@dataclass
class _Cache:
    values: dict[str, Any] = field(default_factory=dict)
    version: Any = None
    checked: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


_cache = _Cache()
_changing = threading.local()  # `on` while this thread's transaction has changes that others must not see yet


def get(name: str) -> Any:
    """The value of a setting, typed: the stored one or the default. Raises NotFound for a name that nobody knows."""
    stored = _stored()
    if name in stored:
        return stored[name]
    if name in REGISTRY:
        return REGISTRY[name].default
    raise NotFound(f"There is no setting {name[:100]!r}. Look the name up in the list of settings.")


def everything(actor: Actor) -> dict[str, Any]:
    """All settings that the actor may read, by name, including stored ones that are not in the registry."""
    values = {name: setting.default for name, setting in REGISTRY.items()} | _stored()
    return {name: value for name, value in sorted(values.items()) if readable(actor, name)}


def read(actor: Actor, name: str) -> Any:
    """One setting for an actor. Raises Forbidden when it is not for his eyes: the existence of a name is no secret."""
    if not readable(actor, name):
        raise Forbidden(f"The setting {name[:100]!r} is not for everybody. Ask an administrator.")
    return get(name)


def readable(actor: Actor, name: str) -> bool:
    """Whether the actor may read a setting; one that the registry does not know is for administrators."""
    readers = REGISTRY[name].readers if name in REGISTRY else ADMIN
    return actor.is_admin or readers is Readers.PUBLIC or (readers is Readers.USERS and not actor.is_guest)


@transaction.atomic
def change(values: Mapping[str, Any], *, by: Actor, reason: str | history.Why = "") -> None:
    """Store settings, all or none. Unknown names are kept too: plug-ins and scripts use them. None brings the default back.

    Raises Forbidden for all but administrators, and Invalid for a value that is not of the setting's type.
    """
    if not by.is_admin:
        raise Forbidden("Only administrators change the settings of the site.")
    typed = {_checked_name(name): _typed(name, value) for name, value in values.items()}
    before = {name: get(name) if name in REGISTRY or name in _stored() else None for name in typed}
    for name, value in typed.items():
        if value is None:
            Preference.objects.filter(name=name).delete()
        else:
            Preference.objects.update_or_create(name=name, defaults={"value": value, "modified_at": Now()})
    Preference.objects.update_or_create(name=VERSION, defaults={"value": uuid.uuid4().hex, "modified_at": Now()})
    changed: dict[str, list[Any]] = {name: [] for name in history.changes(before, typed)}  # names only: there are secrets among the values
    history.note(by, action="changed settings", thing=None, reason=reason, changes=changed)
    _changing.on = True
    transaction.on_commit(forget)


def forget() -> None:
    """Look into the database at the next question."""
    _cache.checked, _changing.on = float("-inf"), False


def _stored() -> dict[str, Any]:
    if getattr(_changing, "on", False):
        if connection.in_atomic_block:
            return _load()  # with what this transaction has changed; kept out of the cache, as it may be rolled back
        forget()
    now = time.monotonic()
    if now - _cache.checked < FRESH:
        return _cache.values
    with _cache.lock:
        version = Preference.objects.filter(name=VERSION).values_list("value", flat=True).first()
        if version is None:
            _cache.values = {}
        elif version != _cache.version:
            _cache.values = _load()
        _cache.version, _cache.checked = version, now
        return _cache.values


def _load() -> dict[str, Any]:
    return dict(Preference.objects.exclude(name=VERSION).values_list("name", "value"))


def _checked_name(name: str) -> str:
    if not name or len(name) > MAX_NAME or not name.isprintable() or name.startswith(":"):
        raise Invalid(f"{name[:100]!r} cannot be the name of a setting: up to {MAX_NAME} printable characters, no colon in front.")
    return name


def _typed(name: str, value: Any) -> Any:
    """The value as its setting keeps it. `true` and `"true"` are the same."""
    if len(value if isinstance(value, str) else json.dumps(value)) > MAX_VALUE:
        raise Invalid(f"The value of {name} is longer than {MAX_VALUE} characters.")
    setting = REGISTRY.get(name)
    if setting is None or value is None:
        return value
    try:
        return setting.typed(value)
    except (ValueError, TypeError):
        raise Invalid(f"The setting {name} holds {setting.type.__name__} values. Correct the value and send it again.") from None
