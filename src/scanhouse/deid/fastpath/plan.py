"""Programs that only set constants, remove, and map UIDs, as a table from tag to what becomes of its bytes. Others have no plan.

A plan does what the interpreter would do, element by element, without a data set. Where it cannot be sure of that, it gives up with
`NotPlain`, and the interpreter runs.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from scanhouse.deid.context import Context
from scanhouse.deid.dicomedit6.uids import hash_list, hash_one, map_list, map_one
from scanhouse.deid.fastpath.writing import NotPlain
from scanhouse.deid.program import Assign, Call, Delete, Element, Expression, Language, Listing, Note, Perform, Program, RemovePrivate, Text
from scanhouse.deid.tagpath import Level, TagPath
from scanhouse.deid.uids import hash_uid, mapped_uid
from scanhouse.deid.values import known_vr

TEXTS: Final = frozenset({b"AE", b"AS", b"CS", b"DA", b"DT", b"LO", b"LT", b"PN", b"SH", b"ST", b"TM", b"UC", b"UI", b"UR", b"UT"})
"""VRs to which any ASCII text can be given as it is."""
UNTOUCHABLE: Final = frozenset({0x00080005, 0x00080016, 0x00280103})
"""What the meaning of other elements hangs on."""


@dataclass(frozen=True)
class Constant:
    """This text, or nothing at all: None removes the element."""

    text: str | None

    def value(self, code: bytes, old: bytes, context: Context) -> bytes | None:
        if self.text is None:
            return None
        if code not in TEXTS and (self.text or code not in EMPTIABLE):
            raise NotPlain
        return padded(self.text, code)


@dataclass(frozen=True)
class NewUid:
    """A UID, or each of several, mapped; `whole` ones are one text to the hash."""

    new: Callable[[str, Context], str] = field(repr=False)
    whole: bool

    def value(self, code: bytes, old: bytes, context: Context) -> bytes | None:
        text = old.decode("latin-1").rstrip(" \0")
        if code != b"UI" or not text.isascii() or (self.whole and not text):
            raise NotPlain
        if not text:
            return old
        if self.whole:
            return padded(self.new(text, context), code)
        return padded("\\".join(self.new(part, context) if part else "" for part in text.split("\\")), code)


Action: TypeAlias = Constant | NewUid
EMPTIABLE: Final = frozenset({b"DS", b"IS", b"US", b"SS", b"UL", b"SL", b"FL", b"FD", b"AT"})


def padded(text: str, code: bytes) -> bytes:
    data = text.encode("ascii")
    return data + (b"\0" if code == b"UI" else b" ") if len(data) & 1 else data


@dataclass
class Plan:
    """What becomes of elements at the root and inside sequences, which are set where they are missing, and whether private ones go."""

    root: dict[int, Action] = field(default_factory=dict)
    inner: dict[int, Action] = field(default_factory=dict)
    missing: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    """Tag, VR and value, in the order of tags."""
    private: bool = False


def plan_of(program: Program) -> Plan | None:
    """The program's plan, made once; None for a program that has none."""
    if id(program) not in _PLANS:
        if len(_PLANS) >= MOST_PLANS:
            _PLANS.clear()
        _PLANS[id(program)] = (program, _planned(program))
    return _PLANS[id(program)][1]


MOST_PLANS: Final = 64
_PLANS: dict[int, tuple[Program, Plan | None]] = {}
"""Plans by the program's identity; the program is held too, so that no other gets its number."""


def _planned(program: Program) -> Plan | None:
    if program.language is not Language.DICOMEDIT6:
        return None
    plan = Plan()
    try:
        for statement in program.statements:
            if isinstance(statement, RemovePrivate):
                plan.private = True
            elif isinstance(statement, Delete):
                _add(plan, statement.target, Constant(None))
            elif isinstance(statement, Assign):
                _assign(plan, statement)
            elif isinstance(statement, Perform):
                _perform(plan, statement.call)
            elif not isinstance(statement, Note) or statement.kind == "echo":
                return None
    except NotPlain:
        return None
    plan.missing.sort()
    return plan


def _add(plan: Plan, target: TagPath, action: Action) -> int:
    """Put an action at its tag. Each tag may have one only: of two the order would matter. Returns the tag."""
    last = target.last
    tag = last.pattern.tag
    levels = [step for step in target.steps[:-1] if isinstance(step, Level)]
    anywhere = len(target.steps) == 2 and len(levels) == 1 and levels[0].sign == "*"
    if tag is None or last.item is not None or not (len(target.steps) == 1 or anywhere) or tag in UNTOUCHABLE:
        raise NotPlain
    if tag >> 16 & 1 or tag >> 16 < 8 or tag >> 16 >= 0x7FE0 or tag & 0xFFFF == 0 or tag in plan.root or tag in plan.inner:
        raise NotPlain
    plan.root[tag] = action
    if anywhere:
        plan.inner[tag] = action
    return tag


def _assign(plan: Plan, statement: Assign) -> None:
    value = statement.value
    if isinstance(value, Text):
        if value.value is None or not _harmless(value.value):
            raise NotPlain
        tag = _add(plan, statement.target, Constant(value.value))
        if not statement.existing_only:
            code = known_vr(tag, None).encode()
            if code not in TEXTS or tag in plan.inner:
                raise NotPlain
            plan.missing.append((tag, code, padded(value.value, code)))
        return
    if not isinstance(value, Call) or not value.arguments:
        raise NotPlain
    first, *rest = value.arguments
    if not isinstance(first, Element) or first.path.tag is None or first.path.tag != statement.target.tag:
        raise NotPlain
    if value.function.body is hash_one and not rest:
        _add(plan, statement.target, NewUid(_hashed, True))
    elif value.function.body is map_one and len(rest) == 1 and isinstance(rest[0], Text) and rest[0].value:
        _add(plan, statement.target, NewUid(_mapper(rest[0].value), True))
    else:
        raise NotPlain


def _perform(plan: Plan, call: Call) -> None:
    arguments = list(call.arguments)
    new: Callable[[str, Context], str] = _hashed
    if call.function.body is map_list:
        prefix = arguments.pop(0)
        if not isinstance(prefix, Text) or not prefix.value:
            raise NotPlain
        new = _mapper(prefix.value)
    elif call.function.body is not hash_list:
        raise NotPlain
    for path in _paths(arguments):
        _add(plan, path, NewUid(new, False))


def _paths(arguments: Iterable[Expression]) -> Iterable[TagPath]:
    for argument in arguments:
        if isinstance(argument, Listing):
            yield from _paths(argument.entries)
        elif isinstance(argument, Element):
            yield argument.path
        else:
            raise NotPlain


def _harmless(text: str) -> bool:
    """Whether every VR of text keeps the text as it is."""
    return text.isascii() and len(text) <= 64 and not set(text) & set("\\=^\0") and text == text.strip()


def _hashed(text: str, context: Context) -> str:
    return hash_uid(text)


def _mapper(prefix: str) -> Callable[[str, Context], str]:
    return lambda text, context: mapped_uid(text, prefix, context)
