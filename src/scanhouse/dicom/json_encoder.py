"""Encodes the bytes of a data set as DICOM JSON, element by element (PS3.5 section 7, PS3.18 F). Iterates over elements and recurses,
within a bound, over sequences."""
from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scanhouse.dicom.charsets import DEFAULT, encodings
from scanhouse.dicom.header import BIG, ITEM, ITEM_END, LITTLE, LONG_VRS, PIXEL_TAGS, SEQUENCE_END, SHORT_VRS, UNDEFINED, is_explicit
from scanhouse.dicom.json_values import CONVERT, inline
from scanhouse.dicom.part10 import Buffer
from scanhouse.dicom.refusals import BadEncoding, TooComplex, Truncated
from scanhouse.dicom.vrs import AMBIGUOUS, private_vr, settle, standard_vr

MAX_INLINE = 4 << 10
"""Bytes of a binary value (OB and the like, UN) that are written into the metadata; larger ones get a BulkDataURI."""

MAX_INLINE_TEXT = 64 << 10
"""The same for texts and numbers: viewers want vectors and contours at hand, and metadata stays small beside the pixels."""

MAX_DEPTH = 100
"""Sequences within sequences. Real objects have fewer than 20; the deepest standard ones (SR content trees) stay below 60."""

MAX_ELEMENTS = 400_000
"""Elements in the metadata of one instance, about 160 MB while it is made."""

Metadata = dict[str, Any]  # Any: a JSON object, whose form depends on the data set

Note = Callable[[str, str, int, int], str]
"""Told of every bulk value: its path, VR, where it begins, its length; gives the URI."""


def encode(buf: Buffer, pos: int, explicit: bool, little: bool, note: Note) -> Metadata:
    """The data set that begins at `pos`, up to its pixel data. Raises `BadEncoding`, `Truncated`, `TooComplex`."""
    try:
        return _Encoder(buf, little, note).dataset(pos, len(buf), _Place(explicit, DEFAULT, False, "", 0))[0]
    except struct.error as error:
        raise Truncated("The data set ends inside a sequence. Send the whole file.", at=len(buf)) from error


@dataclass(slots=True)
class _Place:
    """What a nested data set inherits: VR form, character set, sign of pixels, path for bulk data, depth."""

    explicit: bool
    codecs: tuple[str, ...]
    signed: bool
    path: str
    depth: int


class _Encoder:
    def __init__(self, buf: Buffer, little: bool, note: Note) -> None:
        self.buf, self.little, self.note = buf, little, note
        self.layout = LITTLE if little else BIG
        self.left = MAX_ELEMENTS
        self.item, self.item_end, self.sequence_end = (self.layout.number(tag) for tag in (ITEM, ITEM_END, SEQUENCE_END))
        self.vrs = _VRS_LITTLE if little else _VRS_BIG

    def dataset(self, pos: int, end: int, place: _Place, *, open_end: bool = False) -> tuple[Metadata, int]:
        """The data set from `pos` to `end`, or with `open_end` to its item delimiter before `end`; and the offset after it."""
        buf, little, vrs = self.buf, self.little, self.vrs
        explicit_header, tagged, u32 = self.layout.explicit.unpack_from, self.layout.implicit.unpack_from, self.layout.u32.unpack_from
        explicit, codecs, signed = place.explicit, place.codecs, place.signed
        out: Metadata = {}
        creators: dict[int, str] = {}
        while pos + 8 <= end:
            number, length = tagged(buf, pos)
            if number == self.item_end and open_end:
                return out, pos + 8
            if number == self.sequence_end and open_end:
                return out, pos  # a missing item delimiter; the sequence sees its own
            tag = (number & 0xFFFF) << 16 | number >> 16 if little else number
            vr: str | None = None
            pos += 8
            if explicit:
                _, code, short = explicit_header(buf, pos - 8)
                if code in vrs:
                    vr, is_long = vrs[code]
                    if is_long:
                        length = u32(buf, pos)[0]
                        pos += 4
                    else:
                        length = short
                elif is_explicit(buf, pos - 8, True):
                    vr, length = "UN", short  # a VR nobody knows
            self.left -= 1
            if self.left < 0:
                raise TooComplex(f"The data set has more than {MAX_ELEMENTS} elements.")
            if vr is None or vr == "UN":
                known = self._known_vr(tag, creators, signed, out)
                vr = known or ("SQ" if length == UNDEFINED else "UN")
            if tag in PIXEL_TAGS:
                if place.depth == 0:
                    vr = "OB" if length == UNDEFINED else vr
                    out[f"{tag:08X}"] = {"vr": vr, "BulkDataURI": self.note(f"{tag:08X}", vr, pos, length)}
                    return out, end
                if length == UNDEFINED:
                    vr = "OB"
            key = f"{tag:08X}"
            if length == UNDEFINED:
                if vr == "SQ" or vr == "UN":
                    out[key], pos = self._sequence(pos, end, place, explicit, codecs, signed, key, open_end=True)
                else:
                    stop = self._skip_fragments(pos, end)
                    out[key] = {"vr": vr, "BulkDataURI": self.note(place.path + key, vr, pos, stop - pos)}
                    pos = stop
                continue
            stop = pos + length
            if stop > end:
                raise BadEncoding(f"An element goes on beyond its data set, at byte {pos - 8}.")
            if tag & 0xFFFF == 0 or key in out:
                pos = stop
                continue
            if vr == "SQ":
                out[key] = self._closed_sequence(pos, stop, place, explicit, codecs, signed, key)
                pos = stop
                continue
            convert = CONVERT.get(vr)
            element: Metadata = {"vr": vr}
            if length > (MAX_INLINE_TEXT if convert else MAX_INLINE):
                element["BulkDataURI"] = self.note(place.path + key, vr, pos, length)
            elif length:
                raw = bytes(buf[pos:stop])
                if convert is None:
                    element["InlineBinary"] = inline(raw, vr, little)
                else:
                    value = convert(raw, codecs, little)
                    if value is not None:
                        element["Value"] = value
                        if tag == 0x00080005:
                            codecs = encodings(raw)
                        elif tag == 0x00280103:
                            signed = value[0] == 1
                        elif tag in _LUT_DESCRIPTORS and isinstance(value[0], int) and value[0] < 0:
                            value[0] += 65536  # the number of entries is unsigned whatever the VR says (PS3.3 C.11.1.1)
                        elif tag & 0x10000 and 0x10 <= tag & 0xFFFF <= 0xFF:
                            creators[tag >> 16 << 8 | tag & 0xFF] = str(value[0])
            out[key] = element
            pos = stop
        if open_end:
            raise struct.error("no item delimiter")
        if bytes(buf[pos:end]).strip(b"\x00"):
            raise BadEncoding(f"The data set ends in the middle of an element, at byte {pos}.")
        return out, end

    def _known_vr(self, tag: int, creators: dict[int, str], signed: bool, out: Metadata) -> str | None:
        """VR by the dictionaries, made definite."""
        if tag & 0x10000:
            element = tag & 0xFFFF
            if 0x10 <= element <= 0xFF:
                return "LO"
            creator = creators.get(tag >> 16 << 8 | element >> 8)
            vr = private_vr(tag, creator) if creator else ("UL" if element == 0 else None)
        else:
            vr = standard_vr(tag)
        if vr not in AMBIGUOUS:
            return vr
        descriptor = out.get("00283002", {}).get("Value") if vr == "US or OW" else None
        return settle(vr, signed=signed, single_entry_lut=descriptor is not None and descriptor[0] == 1)

    def _sequence(
        self, pos: int, end: int, place: _Place, explicit: bool, codecs: tuple[str, ...], signed: bool, key: str, *, open_end: bool
    ) -> tuple[Metadata, int]:
        """The sequence whose items begin at `pos`, to its delimiter or to `end`; and the offset after it."""
        if place.depth >= MAX_DEPTH:
            raise TooComplex(f"The data set has sequences nested more than {MAX_DEPTH} deep.")
        tagged = self.layout.implicit.unpack_from
        items: list[Metadata] = []
        while open_end or pos < end:
            number, length = tagged(self.buf, pos)
            pos += 8
            if number == self.sequence_end:
                break
            if number == self.item_end:
                continue
            if number != self.item:
                raise BadEncoding(f"A sequence has something else than an item, at byte {pos - 8}.")
            shows_vr = explicit and (length == 0 or tagged(self.buf, pos)[0] == self.item_end or is_explicit(self.buf, pos, True))
            inner = _Place(shows_vr, codecs, signed, f"{place.path}{key}/{len(items)}/", place.depth + 1)
            if length == UNDEFINED:
                item, pos = self.dataset(pos, end, inner, open_end=True)
            elif pos + length > end:
                raise BadEncoding(f"An item goes on beyond its sequence, at byte {pos - 8}.")
            else:
                item, pos = self.dataset(pos, pos + length, inner)
            self.left -= 1
            items.append(item)
        return ({"vr": "SQ", "Value": items} if items else {"vr": "SQ"}), pos

    def _closed_sequence(
        self, pos: int, stop: int, place: _Place, explicit: bool, codecs: tuple[str, ...], signed: bool, key: str
    ) -> Metadata:
        """A sequence of known length. If what is in it cannot be read, its bytes are given instead, so the rest is still of use."""
        try:
            return self._sequence(pos, stop, place, explicit, codecs, signed, key, open_end=False)[0]
        except (BadEncoding, struct.error):
            if stop - pos > MAX_INLINE:
                return {"vr": "UN", "BulkDataURI": self.note(place.path + key, "UN", pos, stop - pos)}
            return {"vr": "UN", "InlineBinary": inline(bytes(self.buf[pos:stop]), "UN", True)}

    def _skip_fragments(self, pos: int, end: int) -> int:
        while pos + 8 <= end:
            number, length = self.layout.implicit.unpack_from(self.buf, pos)
            pos += 8
            if number == self.sequence_end:
                return pos
            if number != self.item or length == UNDEFINED:
                raise BadEncoding(f"Encapsulated data has something else than a fragment, at byte {pos - 8}.")
            pos += length
        raise struct.error("no sequence delimiter")


_LUT_DESCRIPTORS = frozenset((0x00281101, 0x00281102, 0x00281103, 0x00283002))
_VRS_LITTLE = {struct.unpack("<H", vr)[0]: (vr.decode(), vr in LONG_VRS) for vr in SHORT_VRS | LONG_VRS}
_VRS_BIG = {struct.unpack(">H", vr)[0]: (vr.decode(), vr in LONG_VRS) for vr in SHORT_VRS | LONG_VRS}
