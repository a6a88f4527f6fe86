"""Grey images: stored values to 8-bit levels through Modality LUT, VOI LUT and inversion (PS3.3 C.11)."""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scanhouse.dicom.decode import PixelFormat
from scanhouse.dicom.image_header import first_number
from scanhouse.dicom.refusals import CannotDecode
from scanhouse.dicom.windows import BadWindow, Function, Window, apply, fitting

if TYPE_CHECKING:
    import numpy.typing as npt
    from pydicom.dataset import Dataset

    Array = npt.NDArray[Any]  # Any: integers or floats

MAX_TABLE_BITS = 16
"""Stored values of up to 16 bits are turned into grey by a table of all of them; others one by one."""


def grey(pixels: Array, form: PixelFormat, ds: Dataset, window: Window | None) -> Array:
    """8-bit levels of a decoded frame; without a window by the header's VOI LUT, or by a window that fits the values."""
    import numpy as np

    stored = min(form.bits_stored, form.bits_allocated)
    if pixels.dtype.kind in "iu" and stored <= MAX_TABLE_BITS:
        # Bits above those stored may hold overlays (retired, PS3.5 8.1.1): they are no part of the value.
        index = pixels.astype(np.uint16) & np.uint16((1 << stored) - 1)
        values = np.arange(1 << stored, dtype=np.int32)
        if form.signed:
            values[1 << (stored - 1) :] -= 1 << stored
        table = _levels(values, form, ds, window, lambda: _used(values, index))
        return np.asarray(table[index])
    return _levels(pixels, form, ds, window, lambda: pixels)


def own_window(ds: Dataset) -> Window | None:
    """The first window of the header that is one."""
    center, width = (first_number(ds.get(name)) for name in ("WindowCenter", "WindowWidth"))
    if center is None or width is None:
        return None
    function = str(ds.get("VOILUTFunction") or "LINEAR")
    try:
        return Window(center, width, Function(function) if function in Function.__members__ else Function.LINEAR)
    except BadWindow:
        return None


def _used(values: Array, index: Array) -> Array:
    """The values that occur in the image, as often as they do (of large images: in a sample)."""
    sample = index.ravel()[:: max(1, index.size >> 18)]
    return values[sample]


def _levels(values: Array, form: PixelFormat, ds: Dataset, window: Window | None, occurring: Callable[[], Array]) -> Array:
    """8-bit grey levels of stored values."""
    import numpy as np

    output = _modality(values, ds)
    if window is None and "VOILUTSequence" in ds and ds.VOILUTSequence:
        levels = _voi_lut(output, ds)
    else:
        if window is None:
            seen = occurring()
            window = fitting(_modality(seen, ds), padding=_padding(seen, ds))
        levels = apply(output, window)
    if form.photometric == "MONOCHROME1":
        levels = 1 - levels
    return (levels * 255 + 0.5).astype(np.uint8)


def _modality(values: Array, ds: Dataset) -> Array:
    import numpy as np

    if ds.get("ModalityLUTSequence"):
        from pydicom.pixels.processing import apply_modality_lut

        try:
            return np.asarray(apply_modality_lut(values, ds))
        except Exception as error:  # a table that is shorter than it says, or of another VR
            raise CannotDecode("The Modality LUT of the instance is damaged.") from error
    slope, intercept = first_number(ds.get("RescaleSlope")), first_number(ds.get("RescaleIntercept"))
    if slope is None and intercept is None:
        return values
    return np.asarray(values * float(1 if slope is None else slope) + float(intercept or 0))


def _voi_lut(values: Array, ds: Dataset) -> Array:
    import numpy as np
    from pydicom.pixels.processing import apply_voi

    try:
        bits = int(ds.VOILUTSequence[0].LUTDescriptor[2])
        levels = apply_voi(values.astype(np.int64), ds)
    except Exception as error:  # as above
        raise CannotDecode("The VOI LUT of the instance is damaged.") from error
    return np.clip(np.asarray(levels, dtype=np.float64) / ((1 << bits) - 1), 0, 1)


def _padding(values: Array, ds: Dataset) -> Array | None:
    """Where values are Pixel Padding (PS3.3 C.7.5.1.1.2)."""
    low = first_number(ds.get("PixelPaddingValue"))
    if low is None:
        return None
    high = first_number(ds.get("PixelPaddingRangeLimit"))
    first, last = sorted((low, low if high is None else high))
    padding = (values >= first) & (values <= last)
    return None if padding.all() else padding


