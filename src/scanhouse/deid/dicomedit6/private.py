"""DicomEdit 6: retainPrivateTags, which removes every private element but those named and what they need (reference 2.9.4)."""
from __future__ import annotations

from collections.abc import Sequence

from pydicom import Dataset

from scanhouse.deid.arguments import paths
from scanhouse.deid.elements import Place, items_of, tags_of
from scanhouse.deid.functions import Function, Value
from scanhouse.deid.program import Call
from scanhouse.deid.state import State
from scanhouse.deid.tagpath import Address
from scanhouse.deid.values import creator_of


def retain(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    named: set[tuple[Address, int]] = set()
    on_the_way: set[tuple[Address, int]] = set()
    for path in paths(arguments, private=True):
        for place in state.find(path):
            if not _attributable(state.dataset, place.address):
                continue
            named.add((place.address, int(place.tag)))
            on_the_way |= {(place.address[:depth], tag) for depth, (tag, _) in enumerate(place.address)}
    _prune(state, state.dataset, (), named, named | on_the_way)
    return None


def _attributable(holder: Dataset, address: Address) -> bool:
    """Whether each private sequence on the way has its creator. Where one has none it goes with all that it holds, so nothing in it
    makes its surroundings stay (what lies below something named stays by that)."""
    for tag, number in address:
        if tag >> 16 & 1 and creator_of(tag, holder) is None:
            return False
        holder = (items_of(holder, tag) or [])[number]
    return True


def _prune(state: State, holder: Dataset, address: Address, named: set[tuple[Address, int]], kept: set[tuple[Address, int]]) -> bool:
    """Remove what is private and not kept, below too; whether anything was removed."""
    state.spend()
    # What has no creator cannot be attributed, so it goes even where it leads to something retained.
    here = [tag for tag in tags_of(holder) if (address, int(tag)) in kept and creator_of(tag, holder) is not None]
    creators = {tag & 0xFFFF0000 | (tag & 0xFF00) >> 8 for tag in here if tag >> 16 & 1 and tag & 0xFF00}
    removed = False
    for tag in tags_of(holder):
        stays = not tag >> 16 & 1 or tag in here or int(tag) in creators
        if not stays:
            state.remove(Place(holder, tag, address), why="private, not retained")
            removed = True
        elif tag >> 16 & 1:
            state.speak(address, tag, "retained")
        items = items_of(holder, tag) if stays and (address, int(tag)) not in named else None
        emptied = [_prune(state, item, (*address, (int(tag), number)), named, kept) for number, item in enumerate(items or ())]
        # Items at the end that lost all they had go as well; those before stay, so that item numbers do not change.
        while items and emptied[len(items) - 1] and not tags_of(items[-1]):
            del items[-1]
            removed = True
    return removed


FUNCTIONS = (
    Function("retainPrivateTags", "retainPrivateTags[path, ...]", "Removes all private elements but those named, what lies below them, and "
             "the creators and sequences they need.", retain, 0, None, paths=True),
)
