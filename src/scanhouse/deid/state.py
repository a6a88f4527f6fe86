"""One run: the object as it was, the copy that is edited, variables, and the budget of steps. Editing goes through here."""
from __future__ import annotations

from dataclasses import dataclass

from pydicom import Dataset, Sequence
from pydicom.dataelem import DataElement
from pydicom.tag import BaseTag

from scanhouse.deid.charsets import holds, use_utf8
from scanhouse.deid.context import Context, Pixels
from scanhouse.deid.elements import Place, copied, find, items_of, meta_of, new_item, tags_of
from scanhouse.deid.errors import RunError, TooManySteps
from scanhouse.deid.program import Order, Program, Region
from scanhouse.deid.tagpath import Address, Step, TagPath, TagPattern
from scanhouse.deid.values import ENCODED, PLAIN, Entry, creator_of, element, entry_of, known_vr, text_of, vr_of

MAX_ITEMS = 10_000
"""Items a path may create by its item number: more is a slip of the pen or an attack."""

LO_LIMIT = 64
"""Characters in one value of LO (PS3.5 6.2)."""


class Stop(Exception):
    """Ends a run with a status; never leaves the engine."""

    def __init__(self, status: str, reason: str = "") -> None:
        super().__init__(status)
        self.status, self.reason = status, reason


@dataclass(frozen=True, slots=True)
class Here:
    """Where a walk is: the element's tag, the original data set it lies in, and the copy of that data set being edited."""

    tag: BaseTag
    original: Dataset
    output: Dataset
    address: Address = ()

    @property
    def entry(self) -> Entry:
        return self.original._dict[self.tag]

    @property
    def vr(self) -> str:
        return vr_of(self.entry, self.original)

    @property
    def text(self) -> str | None:
        """The original text; None for sequences and bulk bytes."""
        return text_of(self.entry, self.original)

    @property
    def creator(self) -> str | None:
        return creator_of(self.tag, self.original)


class State:
    """`original` is read only; `dataset` is the copy. `spoken` holds what a rule spoke of; `reasons` says which, for the report."""

    def __init__(self, program: Program, dataset: Dataset, context: Context) -> None:
        self.program, self.context, self.original = program, context, dataset
        self.dataset = copied(dataset)
        # Names in DicomEdit 4 mean the same in any case.
        self.variables: dict[str, object] = {name.lower() if program.order is Order.FIRST_WINS else name: value
                                             for name, value in context.variables.items()}
        self.here: Here | None = None
        self.answer: bool | None = None
        self.log: list[str] = []
        self.warnings: list[str] = []
        self.spoken: set[tuple[Address, int]] = set()
        self.reasons: dict[tuple[Address, int], str] = {}
        self.pixels_changed = False
        self.memory: dict[str, object] = {}
        """For a language's own functions and policies, for the length of one run."""
        self._left = context.steps

    def spend(self, steps: int = 1) -> None:
        self._left -= steps
        if self._left < 0:
            raise TooManySteps(f"the script needs more than {self.context.steps} steps for this object",
                               remedy="Simplify it, or raise the step budget.")

    # Reading

    def read(self, path: TagPath) -> str | None:
        """The text of the one element that the path names now; None when absent or a sequence. Raises `RunError` if plural."""
        if path.plural:
            raise RunError(f"{path} can name several elements, so it has no value", remedy="Name one element.")
        found = find(self.dataset, path.first, self.spend)
        return found[0].text if found and found[0].item is None else None

    def find(self, path: TagPath) -> list[Place]:
        """Every place in the edited copy that the path names."""
        return find(self.dataset, path, self.spend)

    # Writing

    def put(self, place: Place, text: str, *, vr: str | None = None, why: str = "", unknown: str = "") -> None:
        """Give the element at `place` a text: with `vr`, else its own VR, else the dictionary's.

        Where nobody knows, `unknown`, or UN; for private elements a text VR, since readers could do little with UN (DE-14).
        """
        holder, tag = place.holder, place.tag
        old = holder._dict.get(tag)
        if vr is None:
            if old is not None:
                vr = vr_of(old, holder)
            else:
                unknown = unknown or (("LO" if len(text) <= LO_LIMIT else "LT") if tag.group & 1 else "UN")
                vr = known_vr(tag, holder, unknown=unknown)
        if not text.isascii():
            if vr in PLAIN:
                raise RunError(f"{tag} ({vr}) can hold only ASCII", remedy="Use normalizeString, or replace those characters.")
            if vr in ENCODED and not holds(holder, text):
                use_utf8(self.dataset)
        self.store(holder, element(tag, vr, text))
        self.speak(place.address, tag, why)

    def empty(self, place: Place, *, why: str = "") -> None:
        """Zero length, VR kept."""
        entry = place.entry
        if entry is not None:
            self.put(place, "", vr=vr_of(entry, place.holder), why=why)

    def remove(self, place: Place, *, why: str = "") -> None:
        """Take out the element; an item stays as an empty one, unless the context asks for its removal (DE-91)."""
        self.speak(place.address, place.tag, why)
        if place.item is None:
            place.holder._dict.pop(place.tag, None)
            return
        items = items_of(place.holder, place.tag)
        if items is not None and place.item < len(items):
            if self.context.remove_items:
                del items[place.item]
            else:
                for tag in tags_of(items[place.item]):
                    del items[place.item]._dict[tag]

    def store(self, holder: Dataset, new: DataElement) -> None:
        """Put an element into a data set of the copy, past pydicom's private block bookkeeping."""
        holder._dict[new.tag] = new
        if holder._private_blocks:
            holder._private_blocks = {}

    def speak(self, address: Address, tag: int, why: str = "") -> None:
        """Note that a rule spoke of the element, so that it does not count as not covered."""
        key = (address, int(tag))
        self.spoken.add(key)
        if why:
            self.reasons[key] = why

    def reach(self, path: TagPath) -> Place:
        """The one place a path names, with sequences, items and private creators made where they are missing. Item None is 0."""
        if path.plural:
            raise RunError(f"{path} can name several elements, so it cannot be assigned to",
                           remedy="Name one element, or use ?= for those that exist.")
        holder: Dataset = self.dataset
        address: Address = ()
        for step in path.steps[:-1]:
            assert isinstance(step, Step)
            tag = self._tag(holder, step.pattern, address)
            number = max(step.item or 0, 0)
            items = self._items(holder, tag, number)
            self.speak(address, tag)
            holder, address = items[number], (*address, (int(tag), number))
        tag = self._tag(holder, path.last.pattern, address)
        if tag.group == 2 and not address:
            meta = meta_of(self.dataset)
            if meta is None:
                raise RunError(f"the object has no file meta information to hold {tag}")
            holder = meta
        if path.last.item is not None:
            self._items(holder, tag, max(path.last.item, 0))
        return Place(holder, tag, address)

    def _items(self, holder: Dataset, tag: BaseTag, number: int) -> list[Dataset]:
        if number >= MAX_ITEMS:
            raise RunError(f"item {number} of {tag} is beyond the {MAX_ITEMS} that a script may create")
        items = items_of(holder, tag)
        if items is None:
            self.store(holder, DataElement(tag, "SQ", Sequence()))
            items = items_of(holder, tag)
            assert items is not None
        while len(items) <= number:
            items.append(new_item(holder))
        return items

    def _tag(self, holder: Dataset, pattern: TagPattern, address: Address) -> BaseTag:
        if pattern.tag is not None:
            return BaseTag(pattern.tag)
        assert pattern.creator is not None
        group, low = int(pattern.group, 16), int(pattern.element, 16)
        free, declared = 0, 0
        taken = {tag.element >> 8 for tag in holder._dict if tag.group == group}
        for block in range(0x10, 0x100):
            entry = entry_of(holder, group << 16 | block)
            if entry is None:
                free = free or (block if block not in taken else 0)
            elif (text_of(entry, holder) or "").strip() == pattern.creator:
                # A creator declared twice owns both blocks: an element that is there already is meant.
                if BaseTag(group << 16 | block << 8 | low) in holder._dict:
                    return BaseTag(group << 16 | block << 8 | low)
                declared = declared or block
        if declared:
            return BaseTag(group << 16 | declared << 8 | low)
        if not free:
            raise RunError(f"group {pattern.group} has no free private block for {pattern.creator}")
        creator = BaseTag(group << 16 | free)
        self.store(holder, element(creator, "LO", pattern.creator))
        self.speak(address, creator)
        return BaseTag(group << 16 | free << 8 | low)

    # Pixels

    def blank(self, regions: tuple[Region, ...]) -> bool:
        """Overwrite the regions in the copy. Objects without pixel data are left alone."""
        changed = self._pixels().blank(self.dataset, regions)
        self.pixels_changed = self.pixels_changed or changed
        return changed

    def _pixels(self) -> Pixels:
        if self.context.pixels is not None:
            return self.context.pixels
        from scanhouse.deid.pixels.blanking import Blanking  # numpy, and decoders, only where pixels are touched

        return Blanking()
