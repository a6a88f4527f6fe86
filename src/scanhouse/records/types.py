"""The data types of this site as they are now: those that every site has, and those added at run time.

    REGISTRY.element("custom:iqTest")          # as `schema.registry.Registry`, over the newest snapshot
    current()                                  # the snapshot itself, for what must not change halfway

A process believes its snapshot for a second, but a name that it does not know it looks up at once: so a new type can be used
everywhere from the moment its transaction has committed.
"""
from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from scanhouse.access.actors import Actor
from scanhouse.errors import Conflict, Forbidden, Invalid, NotFound
from scanhouse.schema import declarations, registry
from scanhouse.schema.element import Element
from scanhouse.schema.errors import ElementExists, UnknownElement
from scanhouse.schema.namespaces import NAMESPACES, Namespace
from scanhouse.schema.registry import Registry

from . import history, naming
from .models import DataType, Experiment, TypeAction, TypeSchema

BASES = ("xnat:subjectAssessorData", "xnat:imageAssessorData", "xnat:abstractProjectAsset")
"""What a type that is added may extend."""
FRESH = 1.0
"""Seconds for which a process believes that no type was added or removed."""
MAX_TYPES = 2000
MAX_LABEL = 100

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}", re.ASCII)
_ACTION = re.compile(r"[A-Za-z0-9_:./ -]{1,200}", re.ASCII)
_SHOWN = re.compile(r'[^"\\<>#\x00-\x1f]{1,100}')


class BaseNotAllowed(Forbidden):
    """A type is to extend what types that are added cannot extend."""


class TypeInUse(Conflict):
    """A type cannot be removed while there are things of it."""


@dataclass
class _Cache:
    snapshot: Registry = registry.REGISTRY
    version: tuple[int, int] = (0, 0)
    checked: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


_cache = _Cache()


def current(*, at_once: bool = False) -> Registry:
    """The newest snapshot; `at_once` asks the database even if that was done a moment ago."""
    now = time.monotonic()
    if not at_once and now - _cache.checked < FRESH:
        return _cache.snapshot
    with _cache.lock:
        version = _version()
        if version != _cache.version:
            _cache.snapshot = _load()
        _cache.version, _cache.checked = version, now
        return _cache.snapshot


def _version() -> tuple[int, int]:
    """Changes with every type that is added (its key is the highest) or removed (there is one less)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0), count(*) FROM records_datatype")
        return cursor.fetchone()  # type: ignore[no-any-return]


def _load() -> Registry:
    texts = DataType.objects.order_by("id").values_list("declaration", flat=True)
    declared = [one for text in texts for one in declarations.read(text)]
    return registry.REGISTRY.extended(declared) if declared else registry.REGISTRY


class CurrentRegistry:
    """Answers as the newest snapshot does."""

    def element(self, name: str) -> Element:
        """The element of that name in any case and spelling. Raises UnknownElement."""
        found = self.get(name)
        if found is None:
            raise UnknownElement(name)
        return found

    def get(self, name: str) -> Element | None:
        return current().get(name) or current(at_once=True).get(name)

    def is_a(self, name: str, ancestor: str) -> bool:
        element = self.get(name)
        return element is not None and element.is_a(ancestor)

    def descendants(self, name: str) -> tuple[Element, ...]:
        return current().descendants(self.element(name).name)

    @property
    def namespaces(self) -> Mapping[str, Namespace]:
        return current().namespaces

    def __iter__(self) -> Iterator[Element]:
        return iter(current())

    def __len__(self) -> int:
        return len(current())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None


REGISTRY = CurrentRegistry()


@transaction.atomic
def create(
    name: str, *, singular: str, plural: str = "", extends: str, prefix: str = "", complex_type: str = "", by: Actor,
    reason: str | history.Why = "",
) -> Element:
    """Add a data type upon one of BASES. `complex_type` is its name within the namespace `prefix`; both are made from `name` when not given.

    Raises BaseNotAllowed, ElementExists, Invalid for a name that is none.
    """
    _administrators(by)
    base = _base(extends)
    local, space = complex_type.strip().partition(":")[2] or complex_type.strip() or name.strip(), prefix.strip() or name.strip().lower()
    for text in (name.strip(), local, space):
        if not _NAME.fullmatch(text):
            raise Invalid("A data type needs a name of letters, digits and '_', up to 63, beginning with a letter.")
    if any(space.lower() == known.prefix for known in NAMESPACES):
        raise Invalid(f"The prefix {space} belongs to the data types of every site. Choose another one.")
    shown, many = _shown(singular or name, "singular"), _shown(plural or f"{singular or name}s", "plural")
    naming.lock("types")
    if DataType.objects.count() >= MAX_TYPES:
        raise Conflict(f"There are {MAX_TYPES} added data types already, and there can be no more.")
    full = f"{space}:{local}"
    if current(at_once=True).get(full) is not None:
        raise ElementExists(full)
    text = f'{full} < {base} as {local} "{shown}" "{many}"'
    made = current().extended(declarations.read(text)).element(full)
    schema, _ = TypeSchema.objects.get_or_create(prefix=space, defaults={"created_by": by.login})
    DataType.objects.create(schema=schema, name=full, declaration=text, created_by=by.login)
    history.note(by, action="added data type", thing=None, reason=reason, changes={"name": [None, full]})
    return made


def schemas(by: Actor) -> list[TypeSchema]:
    """The namespaces of added types. For administrators."""
    _administrators(by)
    return list(TypeSchema.objects.prefetch_related("types").order_by("id"))


def schema(key: int, *, by: Actor) -> TypeSchema:
    """One namespace of added types. Raises NotFound."""
    _administrators(by)
    found = TypeSchema.objects.prefetch_related("types").filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such schema. The schemas of added data types are in their list.")
    return found


@transaction.atomic
def remove(schema: TypeSchema, *, by: Actor, reason: str | history.Why = "") -> None:
    """Remove the types of a namespace. Raises TypeInUse while there are things of one of them."""
    _administrators(by)
    naming.lock("types")
    names = [one.name for one in schema.types.all()]
    if Experiment.objects.filter(element__in=names).exists():
        raise TypeInUse("Schema cannot be deleted because it contains experiments.")
    schema.delete()
    history.note(by, action="removed data types", thing=None, reason=reason, changes={name: [name, None] for name in names})


def actions(element: Element) -> list[TypeAction]:
    """What pages offer for things of a type beyond what they offer for all."""
    return list(TypeAction.objects.filter(element=element.name).order_by("id"))


@transaction.atomic
def add_actions(element: Element, wanted: list[Mapping[str, Any]], *, by: Actor, reason: str | history.Why = "") -> None:
    """Offer more. A name that is taken gets a number behind it. Raises Invalid for a name that is none."""
    _administrators(by)
    for one in wanted:
        name = str(one.get("name") or "").strip()
        if not name:
            raise Invalid("Action name is required")
        if not _ACTION.fullmatch(name):
            raise Invalid("Action name can only contain letters, digits, spaces and _ : . - /")
        number = TypeAction.objects.filter(element=element.name).count()
        facts = {key: str(value)[:1000] for key, value in one.items() if key != "name" and value is not None}
        TypeAction.objects.create(element=element.name, name=f"{name}..{number}", facts=facts)
    if wanted:
        history.note(by, action="added actions", thing=None, reason=reason, changes={element.name: [None, len(wanted)]})


def _base(name: str) -> str:
    wanted = name.strip()
    for base in BASES:
        if wanted.lower() in (base.lower(), base.partition(":")[2].lower()):
            return base
    allowed = ", ".join(base.partition(":")[2] for base in BASES)
    raise BaseNotAllowed(f"A data type extends one of {allowed}.")


def _shown(text: str, what: str) -> str:
    text = text.strip()
    if not _SHOWN.fullmatch(text):
        raise Invalid(f"The {what} name of a data type has up to {MAX_LABEL} characters, without quotes, '<', '>' and '#'.")
    return text


def _administrators(by: Actor) -> None:
    if not by.is_admin:
        raise Forbidden("Only administrators add and remove data types.")
