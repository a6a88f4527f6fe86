"""What the header of an image says about how to show it, read by pydicom from the first bytes of the file."""
from __future__ import annotations

import io
from typing import TYPE_CHECKING

from scanhouse.dicom.header import scan
from scanhouse.dicom.part10 import read_meta
from scanhouse.dicom.refusals import CannotDecode

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def read_image_header(header: bytes, number: int) -> Dataset:
    """The elements that matter for the picture of frame `number`. What functional groups say of that frame (PS3.3 C.7.6.16) is
    brought to the top, where classic images have it. Raises `CannotDecode`."""
    ds = _read(header, _TAGS)
    if "WindowCenter" not in ds and "VOILUTSequence" not in ds and str(ds.get("SOPClassUID") or "") in _ENHANCED:
        _spread_groups(ds, _read(header, [*_TAGS, *_GROUPS]), number)
    return ds


def pixel_keyword(ds: Dataset) -> str:
    """Which element has the pixels. Float images have no Bits Stored (PS3.3 C.7.6.24)."""
    if "BitsStored" in ds:
        return "PixelData"
    return {32: "FloatPixelData", 64: "DoubleFloatPixelData"}.get(ds.get("BitsAllocated") or 0, "PixelData")


def pixel_vr(header: bytes) -> str:
    """VR of the pixel data that follows the header, "" where it does not show one."""
    meta = read_meta(header)
    found = scan(header, meta.dataset_offset, meta.transfer_syntax_uid, frozenset())
    if found.pixel_offset is None or not found.explicit or found.inflated:
        return ""
    return bytes(header[found.pixel_offset - 8 : found.pixel_offset - 6]).decode("ascii", "replace")


def first_number(value: object) -> float | None:
    """The first number of a value, None where there is none."""
    if isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue":
        value = value[0] if value else None  # type: ignore[index]
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def pixel_aspect(ds: Dataset) -> float:
    """Height of a pixel by its width (Pixel Aspect Ratio, or Pixel Spacing)."""
    for name in ("PixelAspectRatio", "PixelSpacing", "ImagerPixelSpacing"):
        pair = ds.get(name)
        if pair is not None and type(pair).__name__ == "MultiValue" and len(pair) == 2:
            high, wide = first_number(pair[0]), first_number(pair[1])
            if high and wide and 0.1 < high / wide < 10:
                return high / wide
    return 1.0


def _read(header: bytes, tags: list[str]) -> Dataset:
    from pydicom import dcmread

    try:
        return dcmread(io.BytesIO(header), stop_before_pixels=True, force=True, specific_tags=list(tags))
    except Exception as error:  # pydicom raises what its converters raise: ValueError, struct.error, NotImplementedError, RecursionError
        raise CannotDecode("The header of the instance cannot be read, so no picture can be made.") from error


def _spread_groups(ds: Dataset, grouped: Dataset, number: int) -> None:
    """Bring what the functional groups say of frame `number` to the top, where classic images have it."""
    items: list[Dataset] = []
    shared, each = grouped.get(_GROUPS[0]), grouped.get(_GROUPS[1])
    if shared:
        items.append(shared[0])
    if each and number <= len(each):
        items.append(each[number - 1])
    for item in items:
        for sequence, names in _GROUPED.items():
            inner = item.get(sequence)
            for name in names if inner else ():
                if name in inner[0]:
                    ds[name] = inner[0][name]


_TAGS = [
    "SpecificCharacterSet", "SOPClassUID", "Modality", "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation",
    "PlanarConfiguration", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelSpacing", "ImagerPixelSpacing",
    "PixelAspectRatio", "PixelPaddingValue", "PixelPaddingRangeLimit", "RescaleSlope", "RescaleIntercept", "ModalityLUTSequence",
    "WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence", "NumberOfFrames",
    *[f"{c}PaletteColorLookupTable{part}" for c in ("Red", "Green", "Blue") for part in ("Descriptor", "Data")],
    *[f"Segmented{c}PaletteColorLookupTableData" for c in ("Red", "Green", "Blue")],
]  # fmt: skip
_GROUPS = ["SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"]
_GROUPED = {
    "FrameVOILUTSequence": ("WindowCenter", "WindowWidth", "VOILUTFunction"),
    "PixelValueTransformationSequence": ("RescaleSlope", "RescaleIntercept"),
    "PixelMeasuresSequence": ("PixelSpacing",),
}
_ENHANCED = frozenset(
    "1.2.840.10008.5.1.4.1.1." + number
    for number in (
        "2.1", "2.2", "4.1", "4.3", "4.4", "6.2", "12.1.1", "12.2.1", "13.1.1", "13.1.2", "13.1.3", "30", "66.4", "77.1.6", "128.1", "130",
    )
)  # fmt: skip
"""Classes that keep windows and rescale values in functional groups."""
