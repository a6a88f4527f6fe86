"""A picture for people of one frame: PNG or JPEG bytes (PS3.18 8.7.4 rendered resources). Bytes in, bytes out; run it in a process of
its own, for decoders are C and input is hostile."""
from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scanhouse.dicom.decode import PixelFormat, decode, pixel_format
from scanhouse.dicom.greys import grey, own_window
from scanhouse.dicom.image_header import pixel_aspect, pixel_keyword, pixel_vr, read_image_header
from scanhouse.dicom.refusals import CannotDecode
from scanhouse.dicom.windows import PRESETS, Window
from scanhouse.errors import Invalid

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL.Image import Image
    from pydicom.dataset import Dataset

    Array = npt.NDArray[Any]  # Any: integers or floats

JPEG, PNG = "image/jpeg", "image/png"
MAX_SIDE = 16_384
"""Pixels along one side of a picture that a viewport may ask for."""


class BadRendering(Invalid):
    """A request for a picture that no picture can satisfy."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """Size of the picture in pixels, and the region (left, top, width, height) of the image it shows, all of it by default. The
    region keeps its proportions: the picture is as large as fits into the size (PS3.18 8.3.5.1.3)."""

    width: int
    height: int
    region: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        if not (0 < self.width <= MAX_SIDE and 0 < self.height <= MAX_SIDE):
            raise BadRendering(f"A viewport has sides of 1 to {MAX_SIDE} pixels.")


@dataclass(frozen=True, slots=True)
class Rendering:
    """How to make the picture. Without `window` it is the header's first one, or one that fits the values; `preset` names one of
    `windows.PRESETS` for the modality. `quality` is JPEG's, 1 to 100."""

    media_type: str = JPEG
    window: Window | None = None
    preset: str = ""
    viewport: Viewport | None = None
    quality: int = 90


THUMBNAIL = Rendering(viewport=Viewport(256, 256), quality=80)


def render(header: bytes, frame: bytes, *, transfer_syntax_uid: str, number: int = 1, how: Rendering = Rendering()) -> bytes:
    """The picture of frame `number`, whose bytes are `frame`, of the instance whose file begins with `header` (up to its pixels).

    Grey images pass Modality LUT, VOI LUT and inversion for MONOCHROME1 (PS3.3 C.11); colours become RGB. Raises `CannotDecode`,
    `BadRendering`, `BadWindow`.
    """
    ds = read_image_header(header, number)
    form = pixel_format(ds, transfer_syntax_uid, keyword=pixel_keyword(ds), vr=pixel_vr(header))
    if form.samples > 1:
        picture = _colour(decode(frame, form, as_rgb=True), form)
    elif form.photometric == "PALETTE COLOR":
        picture = _palette(decode(frame, form), ds)
    else:
        picture = _image(grey(decode(frame, form), form, ds, _window(how, ds)))
    return _encode(_fit(picture, how.viewport, pixel_aspect(ds)), how)


def _window(how: Rendering, ds: Dataset) -> Window | None:
    modality = str(ds.get("Modality") or "")
    if how.preset:
        found = PRESETS.get(modality, {}).get(how.preset)
        if found is None:
            raise BadRendering(f"There is no window preset of that name for {modality or 'this modality'}. See the list of presets.")
        return found
    return how.window or own_window(ds)


def _image(pixels: Array) -> Image:
    import numpy as np
    from PIL import Image

    return Image.fromarray(np.ascontiguousarray(pixels))


def _colour(pixels: Array, form: PixelFormat) -> Image:
    import numpy as np

    if pixels.ndim != 3:
        raise CannotDecode("The frame has one sample where the header says three.")
    if pixels.dtype != np.uint8:
        shift = max(0, min(form.bits_stored, form.bits_allocated) - 8)
        pixels = (pixels.astype(np.int64) >> shift).clip(0, 255).astype(np.uint8)
    return _image(pixels[:, :, :3])


def _palette(pixels: Array, ds: Dataset) -> Image:
    import numpy as np
    from pydicom.pixels.processing import apply_color_lut

    try:
        colours = np.asarray(apply_color_lut(pixels, ds))
        entries = int(ds.RedPaletteColorLookupTableDescriptor[2])
    except Exception as error:  # as above
        raise CannotDecode("The palette of the instance is missing or damaged.") from error
    if colours.dtype != np.uint8:
        # 16-bit tables that hold 8-bit values exist; what is above 255 tells them apart
        colours = (colours >> 8 if entries > 8 and int(colours.max(initial=0)) > 255 else colours).astype(np.uint8)
    return _image(colours[:, :, :3])


def _fit(picture: Image, viewport: Viewport | None, aspect: float) -> Image:
    from PIL.Image import Resampling

    if viewport is None:
        return picture
    left, top, width, height = viewport.region or (0, 0, picture.width, picture.height)
    if not (0 <= left < left + width <= picture.width and 0 <= top < top + height <= picture.height):
        raise BadRendering(f"The region of the viewport is not inside of the image of {picture.width} x {picture.height} pixels.")
    scale = min(viewport.width / width, viewport.height / (height * aspect))
    size = (max(1, round(width * scale)), max(1, round(height * aspect * scale)))
    return picture.resize(size, Resampling.BILINEAR, box=(left, top, left + width, top + height))


def _encode(picture: Image, how: Rendering) -> bytes:
    out = io.BytesIO()
    if how.media_type == PNG:
        picture.save(out, "PNG", compress_level=1)
    elif how.media_type == JPEG:
        picture.save(out, "JPEG", quality=min(100, max(1, how.quality)))
    else:
        raise BadRendering(f"Pictures are {JPEG} or {PNG}; ask for one of them.")
    return out.getvalue()
