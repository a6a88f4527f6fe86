"""What a blanked pixel holds: dark, and the same everywhere; 0 where 0 is dark (reference 2.9.6)."""
from __future__ import annotations

from typing import Final

from pydicom import Dataset

from scanhouse.deid.pixels.image import PIXEL_DATA, Image
from scanhouse.deid.values import entry_of, text_of

_PARTIAL_BLACK: Final = 16
"""Luminance of black in partial range, of 8 bits (PS3.3 C.7.6.3.1.2)."""
_LUTS: Final = ((0x00281101, 0x00281201), (0x00281102, 0x00281202), (0x00281103, 0x00281203))


def fill_of(dataset: Dataset, image: Image) -> tuple[int, ...]:
    """One value per sample."""
    if image.tag != PIXEL_DATA:
        return (0,)
    if image.photometric == "MONOCHROME1":
        return ((1 << (image.stored - 1 if image.signed else image.stored)) - 1,)
    if image.photometric.startswith("YBR_") and image.photometric not in ("YBR_ICT", "YBR_RCT"):
        middle = 1 << (image.bits - 1)
        return (_PARTIAL_BLACK << (image.bits - 8) if "PARTIAL" in image.photometric else 0, middle, middle)
    if image.photometric == "PALETTE COLOR":
        return (_darkest(dataset),)
    return (0,) * image.samples


def _darkest(dataset: Dataset) -> int:
    """The pixel value that the palette shows darkest; 0 where the palette cannot be read. Text is gone with any one value."""
    import numpy as np

    total: np.ndarray[tuple[int], np.dtype[np.int64]] | None = None
    first = 0
    for descriptor, data in _LUTS:
        words, lut = entry_of(dataset, descriptor), entry_of(dataset, data)
        parts = (text_of(words, dataset) or "").split("\\") if words is not None else []
        if lut is None or not isinstance(lut.value, bytes) or len(parts) != 3 or not all(part.lstrip("-").isdecimal() for part in parts):
            return 0
        entries, first, bits = (int(part) for part in parts)
        kind = np.uint8 if bits == 8 and len(lut.value) <= (entries or 65536) + 1 else np.uint16
        values = np.frombuffer(lut.value[: len(lut.value) // np.dtype(kind).itemsize * np.dtype(kind).itemsize], kind).astype(np.int64)
        values = values[: entries or 65536]
        total = values if total is None else total[: len(values)] + values[: len(total)]
    return first + int(total.argmin()) if total is not None and len(total) else 0
