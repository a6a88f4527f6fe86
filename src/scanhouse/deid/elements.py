"""Walking and finding: a copy of an object to work on, its elements in order, and the places that a tag path names."""
from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, cast

from pydicom import Dataset, Sequence
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.tag import BaseTag

from scanhouse.deid.errors import RunError
from scanhouse.deid.fastpath.elements import contents_of, parsed_sequence
from scanhouse.deid.tagpath import ALL, Address, Level, Step, TagPath
from scanhouse.deid.values import UNREADABLE, Entry, creator_of, entry_of, tag_of, text_of, vr_of

MAX_DEPTH = 64
"""Levels of sequences; real objects have fewer than ten, and pydicom itself recurses."""
_MAYBE_SEQUENCES: Final = frozenset((None, "SQ", "UN"))


@dataclass(frozen=True, slots=True)
class Place:
    """One element (`item` None) or one item of a sequence. `holder` is the data set it lies in."""

    holder: Dataset
    tag: BaseTag
    address: Address = ()
    item: int | None = None

    @property
    def entry(self) -> Entry | None:
        return entry_of(self.holder, self.tag)

    @property
    def text(self) -> str | None:
        entry = self.entry
        return None if entry is None else text_of(entry, self.holder)


def copied(dataset: Dataset) -> Dataset:
    """A copy whose changes the original never sees. Elements are shared, since editing replaces them; sequences are rebuilt."""
    return _copied(dataset, 0)


def _copied(dataset: Dataset, depth: int) -> Dataset:
    if depth > MAX_DEPTH:
        raise RunError(f"the object nests sequences deeper than {MAX_DEPTH} levels")
    new = Dataset.__new__(type(dataset))
    new.__dict__.update(dataset.__dict__)
    new._private_blocks = {}
    new._pixel_array = None
    entries: dict[BaseTag, Entry] = dict(dataset._dict)
    new._dict = entries
    for tag, entry in entries.items():
        if type(entry) is DataElement and entry.VR == "SQ":
            twin = copy.copy(entry)
            twin._value = Sequence(_copied(item, depth + 1) for item in entry.value)
            entries[tag] = twin
    meta = getattr(dataset, "file_meta", None)
    if meta is not None:
        new.file_meta = cast(FileMetaDataset, _copied(meta, depth + 1))
    return new


def may_hold_items(entry: Entry | None) -> bool:
    """False where a look at the VR shows that the element is no sequence: a quick test for walks."""
    return entry is not None and entry.VR in _MAYBE_SEQUENCES


def items_of(holder: Dataset, tag: int) -> list[Dataset] | None:
    """The items of a sequence, or None when the element is absent or no sequence. Parses it when it is still bytes."""
    entry = entry_of(holder, tag)
    if entry is None or vr_of(entry, holder) != "SQ":
        return None
    if isinstance(entry, RawDataElement):
        entry = _parsed(entry, holder)
    return [] if entry.value is None else cast(list[Dataset], entry.value)  # a pydicom Sequence behaves as a list


def _parsed(entry: RawDataElement, holder: Dataset) -> DataElement:
    """The sequence that was still bytes, put back parsed. What was written as UN holds implicit little endian (PS3.5 6.2.2)."""
    if entry.VR == "UN":
        entry = entry._replace(VR="SQ", is_implicit_VR=True, is_little_endian=True)
        holder._dict[entry.tag] = entry
    plain = parsed_sequence(entry, holder)
    if plain is not None:
        holder._dict[entry.tag] = plain
        return plain
    try:
        return holder[entry.tag]
    except UNREADABLE:
        raise RunError(f"the sequence {entry.tag} cannot be read") from None


def tags_of(holder: Dataset) -> list[BaseTag]:
    return sorted(holder._dict, key=int)  # whole numbers compare many times faster than pydicom's tags


def meta_of(dataset: Dataset) -> Dataset | None:
    return getattr(dataset, "file_meta", None)


def everything(dataset: Dataset, *, meta: bool = False) -> Iterator[Place]:
    """Every element at every depth in tag order, each sequence before its items; file meta information first when asked."""
    head = meta_of(dataset) if meta else None
    if head is not None:
        yield from (Place(head, tag) for tag in tags_of(head))
    yield from _everything(dataset, ())


def _everything(holder: Dataset, address: Address) -> Iterator[Place]:
    if len(address) > MAX_DEPTH:
        raise RunError(f"the object nests sequences deeper than {MAX_DEPTH} levels")
    for tag in tags_of(holder):
        yield Place(holder, tag, address)
        if may_hold_items(holder._dict.get(tag)):  # those who are given an element may take it out
            for number, item in enumerate(items_of(holder, tag) or ()):
                yield from _everything(item, (*address, (int(tag), number)))


def find(dataset: Dataset, path: TagPath, spend: Callable[[int], None] = lambda _: None) -> list[Place]:
    """The places in the object that the path names, in tag order, each once. `spend` is told how many elements are looked at."""
    if path.tag is not None:
        holder = _holder(dataset, path.tag)
        return [Place(holder, tag_of(path.tag))] if holder is not None and tag_of(path.tag) in holder._dict else []
    found: dict[tuple[Address, int, int | None], Place] = {}
    for place in _find(dataset, path.steps, (), spend):
        found.setdefault((place.address, int(place.tag), place.item), place)
    return list(found.values())


def _holder(dataset: Dataset, tag: int) -> Dataset | None:
    return meta_of(dataset) if tag >> 16 == 2 else dataset


def _find(holder: Dataset, steps: tuple[Step | Level, ...], address: Address, spend: Callable[[int], None]) -> Iterator[Place]:
    spend(1 + len(holder._dict))
    if len(address) > MAX_DEPTH:
        raise RunError(f"the object nests sequences deeper than {MAX_DEPTH} levels")
    step, rest = steps[0], steps[1:]
    if isinstance(step, Level):
        if step.sign == "*":
            yield from _find(holder, rest, address, spend)
        wanted = _wanted(rest)
        below = rest if step.sign == "." else (Level("*"), *rest)
        for tag in tags_of(holder):
            entry = holder._dict[tag]
            if not may_hold_items(entry) or (wanted is not None and (inside := contents_of(entry)) is not None and wanted not in inside.tags):
                continue
            for number, item in enumerate(items_of(holder, tag) or ()):
                yield from _find(item, below, (*address, (int(tag), number)), spend)
        return
    for where, tag in _matching(holder, step, root=not address):
        if rest:
            for number, item in _chosen(where, tag, step.item):
                yield from _find(item, rest, (*address, (int(tag), number)), spend)
        elif step.item is None:
            yield Place(where, tag, address)
        else:
            for number, _ in _chosen(where, tag, step.item):
                yield Place(where, tag, address, number)


def _wanted(steps: tuple[Step | Level, ...]) -> int | None:
    """The tag that every place below must have, when the steps end in a plain one."""
    last = steps[-1]
    return last.pattern.tag if isinstance(last, Step) else None


def _chosen(holder: Dataset, tag: BaseTag, item: int | None) -> list[tuple[int, Dataset]]:
    items = items_of(holder, tag) or []
    if item is None or item == ALL:
        return list(enumerate(items))
    return [(item, items[item])] if item < len(items) else []


def _matching(holder: Dataset, step: Step, *, root: bool) -> list[tuple[Dataset, BaseTag]]:
    pattern = step.pattern
    if pattern.tag is not None:
        where = _holder(holder, pattern.tag) if root else holder
        return [(where, tag_of(pattern.tag))] if where is not None and tag_of(pattern.tag) in where._dict else []
    found = [(holder, tag) for tag in tags_of(holder)
             if pattern.matches(tag, creator_of(tag, holder) if pattern.creator is not None and tag >> 16 & 1 else None)]
    meta = meta_of(holder) if root and pattern.group == "0002" else None
    return found + [(meta, tag) for tag in tags_of(meta) if pattern.matches(tag)] if meta is not None else found


def new_item(holder: Dataset) -> Dataset:
    """An empty item for a sequence of `holder`, to be encoded as its holder is."""
    item = Dataset(parent_encoding=holder._character_set)
    item.set_original_encoding(*holder.original_encoding, holder.original_character_set)  # type: ignore[call-arg]  # two values
    return item
