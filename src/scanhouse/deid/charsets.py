"""Character sets when a script writes: what the declared set cannot hold turns the whole object to UTF-8; never a `?`."""
from __future__ import annotations

import warnings

from pydicom import Dataset
from pydicom.charset import convert_encodings, encode_string
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag

from scanhouse.deid.elements import everything, items_of
from scanhouse.deid.values import ENCODED, element, text_of, vr_of

UTF8 = "ISO_IR 192"
CHARACTER_SET = BaseTag(0x00080005)


def holds(holder: Dataset, text: str) -> bool:
    """Whether the character set that the holder declares, or inherits, can hold the text."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            declared = holder._character_set
            if declared == "iso8859":
                return text.isascii()
            encode_string(text, convert_encodings(declared))
        except (UnicodeError, LookupError, UserWarning):
            return False
    return True


def use_utf8(dataset: Dataset) -> None:
    """Declare ISO_IR 192 and turn all text still held as bytes into characters, at every depth, before the declaration changes."""
    _decode_all(dataset)
    dataset._dict[CHARACTER_SET] = element(CHARACTER_SET, "CS", UTF8)


def settle(dataset: Dataset) -> None:
    """After (0008,0005) was touched: text that the set now declared cannot hold turns the object to UTF-8."""
    for place in everything(dataset):
        entry = place.entry
        if entry is not None and vr_of(entry, place.holder) in ENCODED:
            text = place.text or ""
            if not text.isascii() and not holds(place.holder, text):
                use_utf8(dataset)
                return


def _decode_all(holder: Dataset) -> None:
    for tag in list(holder._dict):
        entry = holder._dict[tag]
        vr = vr_of(entry, holder)
        if vr == "SQ":
            for item in items_of(holder, tag) or ():
                _decode_all(item)
                item._dict.pop(CHARACTER_SET, None)
                item._parent_encoding = UTF8
        elif vr in ENCODED and isinstance(entry, RawDataElement):
            holder._dict[tag] = element(tag, vr, text_of(entry, holder) or "")
    holder._read_charset = convert_encodings(UTF8)
