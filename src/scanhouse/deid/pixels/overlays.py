"""Overlay planes (PS3.3 C.9.2) lie over the image, so what is blanked there is cleared in them too; planes that cannot be read go."""
from __future__ import annotations

from pydicom import Dataset
from pydicom.tag import BaseTag

from scanhouse.deid.pixels.geometry import boxes
from scanhouse.deid.pixels.image import number
from scanhouse.deid.program import Region
from scanhouse.deid.values import element, entry_of, text_of


def clear(dataset: Dataset, regions: list[Region]) -> None:
    """Clear the regions, given in pixels of the image, in every plane of every overlay."""
    for group in range(0x6000, 0x6100, 2):
        base = group << 16
        entry = entry_of(dataset, base | 0x3000)
        if entry is None:
            continue
        cleared = _cleared(dataset, base, regions)
        if cleared is None:
            for tag in [tag for tag in dataset._dict if tag >> 16 == group]:
                del dataset._dict[tag]
        elif cleared != entry.value:
            new = element(base | 0x3000, "OW", "")
            new._value = cleared
            dataset._dict[BaseTag(base | 0x3000)] = new


def _cleared(dataset: Dataset, base: int, regions: list[Region]) -> bytes | None:
    import numpy as np

    rows, columns = number(dataset, base | 0x0010), number(dataset, base | 0x0011)
    frames = max(1, number(dataset, base | 0x0015, 1))
    place = entry_of(dataset, base | 0x0050)
    origin = (text_of(place, dataset) or "").split("\\") if place is not None else ["1", "1"]
    data = dataset._dict[BaseTag(base | 0x3000)].value
    size = rows * columns
    if not size or len(origin) != 2 or not isinstance(data, bytes) or len(data) * 8 < size * frames or dataset.original_encoding[1] is False:
        return None
    try:
        top, left = int(origin[0]) - 1, int(origin[1]) - 1
    except ValueError:
        return None
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
    planes = bits[: size * frames].reshape(frames, rows, columns)
    moved = [Region(r.left - left, r.top - top, r.right - left, r.bottom - top) for r in regions]
    for box in boxes(moved, rows, columns):
        planes[(slice(None), *box.slices)] = 0
    return np.packbits(bits, bitorder="little").tobytes()
