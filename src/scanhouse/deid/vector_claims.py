"""What a conformance vector claims about the result, judged claim by claim, and whether anything else changed."""
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydicom import Dataset

from scanhouse.deid.elements import Place, everything, find, items_of, tags_of
from scanhouse.deid.tagpath import address_text, parse_path, parse_pattern
from scanhouse.deid.values import entry_of, text_of, vr_of
from scanhouse.deid.vector_objects import pixel_bytes

Claim = Mapping[str, Any]  # Any: JSON


def broken_claims(claims: Sequence[Claim], after: Dataset | None, answer: bool | None, pixels: Claim | None) -> list[str]:
    """A sentence for each claim that does not hold."""
    broken = []
    for claim in claims:
        if "result" in claim:
            holds = answer is claim["result"]
        elif after is None:
            holds = False
        elif "pixels" in claim:
            holds = pixels is not None and _pixels_hold(claim["pixels"], pixels, after)
        elif "pattern" in claim:
            holds = not _matched(after, claim)
        else:
            holds = _holds(claim, after)
        if not holds:
            found = _place(after, claim["tag"]) if after is not None and "tag" in claim else None
            entry = found.entry if found is not None else None
            shown = "absent" if found is None or entry is None else f"{vr_of(entry, found.holder)} {found.text!r}"
            broken.append(f"{dict(claim)} but found {shown}")
    return broken


def _place(dataset: Dataset, path: str) -> Place | None:
    found = find(dataset, parse_path(path))
    return found[0] if found else None


def _text(place: Place) -> str | None:
    """Text form; bulk bytes as text too, since a script may have written one."""
    entry = place.entry
    if entry is None:
        return None
    return text_of(entry, place.holder)


def _holds(claim: Claim, after: Dataset) -> bool:
    place = _place(after, claim["tag"])
    if "absent" in claim:
        return place is None
    if place is None:
        return False
    if "item_empty" in claim:
        items = items_of(place.holder, place.tag) or []
        return place.item is not None and place.item < len(items) and not tags_of(items[place.item])
    if "items" in claim:
        sequence = items_of(place.holder, place.tag)
        return sequence is not None and len(sequence) == int(claim["items"])
    entry = place.entry
    if entry is None or ("vr" in claim and vr_of(entry, place.holder) != claim["vr"]):
        return False
    text = _text(place)
    if "hex" in claim:
        raw = entry.value or b""
        return isinstance(raw, bytes) and raw.rstrip(b"\0 ") == bytes.fromhex(claim["hex"]).rstrip(b"\0 ")
    if "empty" in claim:
        return text == "" or (text is None and not entry.value)
    if "value" in claim:
        return text is not None and text.rstrip(" \0") == str(claim["value"]).rstrip(" \0")
    if "not_value" in claim:
        return text != str(claim["not_value"])
    if "starts_with" in claim:
        return text is not None and text.startswith(claim["starts_with"])
    if "matches" in claim:
        return text is not None and re.fullmatch(claim["matches"], text) is not None
    if "same_as" in claim:
        other = _place(after, claim["same_as"])
        return other is not None and text is not None and _text(other) == text
    return "present" in claim


def _matched(dataset: Dataset, claim: Claim) -> list[Place]:
    pattern = parse_pattern(claim["pattern"])
    return [place for place in everything(dataset, meta=True)
            if (not place.address or claim.get("scope") == "any") and pattern.fits(place.tag)]


def _pixels_hold(claim: Claim, pixels: Claim, after: Dataset) -> bool:
    entry = entry_of(after, 0x7FE00010)
    return entry is not None and bytes(entry.value or b"") == pixel_bytes(pixels, claim["filled"], claim["fill_value"])


def untold_changes(claims: Sequence[Claim], before: Dataset, after: Dataset, *, ignored: Sequence[int] = ()) -> list[str]:
    """Paths that are new, gone or changed although no claim speaks of them: the engine touched what it must not touch."""
    old, new = _everything(before), _everything(after)
    # File meta information follows the identity of the data set after any script (reference 1.1), whether told or not.
    told = {claim["tag"].upper() for claim in claims if "tag" in claim} | {"(0002,0002)", "(0002,0003)"}
    gone = tuple(claim["tag"].upper() for claim in claims if "absent" in claim and "tag" in claim)
    gone += tuple(claim["tag"].upper() for claim in claims if "item_empty" in claim)
    matched = {address_text(place.address, place.tag) for claim in claims if "pattern" in claim
               for dataset in (before, after) for place in _matched(dataset, claim)}
    untold = []
    for path in sorted(old.keys() | new.keys()):
        tag = int(path[-10:-1].replace(",", ""), 16)
        if old.get(path) == new.get(path) or tag & 0xFFFF == 0 or tag >> 16 in ignored or tag in (0x7FE00010, 0x7FE00008, 0x7FE00009):
            continue
        below = any(path.startswith((g + "[", g + "/")) for g in gone) or any(path == m or path.startswith(m + "[") for m in matched)
        if path in told or below:
            continue
        untold.append(f"{path} was {'added' if path not in old else 'removed' if path not in new else 'changed'} without a claim"
                      f" ({old.get(path)} -> {new.get(path)})")
    return untold


def _everything(dataset: Dataset) -> dict[str, tuple[str, object]]:
    found: dict[str, tuple[str, object]] = {}
    for place in everything(dataset, meta=True):
        entry = place.entry
        assert entry is not None
        vr = vr_of(entry, place.holder)
        value = text_of(entry, place.holder)
        found[address_text(place.address, place.tag)] = (vr, "" if vr == "SQ" else value if value is not None else entry.value)
    return found
