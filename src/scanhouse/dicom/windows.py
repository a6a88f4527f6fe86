"""From stored values to grey levels: Modality LUT and VOI window or LUT (PS3.3 C.11.1, C.11.2), as one table where values are few."""
from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from scanhouse.errors import Invalid

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]  # Any: integers or floats


class Function(Enum):
    """VOI LUT Function (0028,1056)."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


class BadWindow(Invalid):
    """A window whose width its function does not allow."""


@dataclass(frozen=True, slots=True)
class Window:
    """A VOI window in output units of the Modality LUT. LINEAR needs a width of at least 1, the others of more than 0
    (PS3.3 C.11.2.1.2, C.11.2.1.3). Raises `BadWindow`."""

    center: float
    width: float
    function: Function = Function.LINEAR

    def __post_init__(self) -> None:
        if not (self.width >= 1 if self.function is Function.LINEAR else self.width > 0) or not abs(self.center) < 1e30 > self.width:
            raise BadWindow("The window's width must be at least 1, or above 0 where the function is not LINEAR.")


PRESETS = {
    "CT": {
        "soft-tissue": Window(40, 400), "lung": Window(-600, 1500), "liver": Window(90, 150), "bone": Window(480, 2500),
        "brain": Window(40, 80), "mediastinum": Window(50, 350),
    },
    "PT": {"suv-5": Window(2.5, 5), "suv-10": Window(5, 10)},
}  # fmt: skip
"""Windows by modality and name, as reading rooms use them."""


def apply(values: Array, window: Window) -> Array:
    """Grey levels from 0 to 1 of values after the Modality LUT."""
    import numpy as np

    x = values.astype(np.float64)
    if window.function is Function.SIGMOID:
        with np.errstate(over="ignore"):
            return np.asarray(1 / (1 + np.exp(-4 * (x - window.center) / window.width)))
    if window.function is Function.LINEAR_EXACT:
        grey = (x - window.center) / window.width + 0.5
    elif window.width == 1:
        return np.asarray((x > window.center - 0.5).astype(np.float64))
    else:
        grey = (x - (window.center - 0.5)) / (window.width - 1) + 0.5
    return np.clip(np.nan_to_num(grey, nan=0.0, posinf=1.0, neginf=0.0), 0, 1)


def fitting(values: Array, *, padding: Array | None = None) -> Window:
    """A window for an image whose header proposes none: from the darkest half percent to the brightest, of values that are no
    padding (`padding` is true where they are)."""
    import numpy as np

    known = values[~padding] if padding is not None else values
    known = known[np.isfinite(known)] if known.dtype.kind == "f" else known
    if known.size == 0:
        return Window(0, 1)
    if known.size > 1 << 20:  # a sample of large images is as good
        known = known.ravel()[:: known.size >> 20]
    low, high = (float(edge) for edge in np.percentile(known, (0.5, 99.5)))
    if high <= low:
        low, high = float(known.min()), float(known.max())
    width = min(max(high - low, 1e-9), 1e29)
    return Window(min(max((low + high) / 2, -1e29), 1e29), width, Function.LINEAR_EXACT)
