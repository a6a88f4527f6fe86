"""Blanking uncompressed pixels where they lie: no sample outside the regions is touched."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scanhouse.deid.errors import NotBlankable
from scanhouse.deid.pixels.geometry import Box
from scanhouse.deid.pixels.image import FLOAT_DATA, PIXEL_DATA, REMEDY, Image

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]  # Any: the element type is the file's

_CODES: Final = {8: "u1", 16: "u2", 32: "u4", 64: "u8"}


def blanked(data: bytes, image: Image, found: list[Box], fill: tuple[int, ...]) -> bytes:
    """The value with the boxes filled in every frame that it holds, also in those that the header does not count. Raises `NotBlankable`."""
    import numpy as np

    if image.bits == 1:
        return _bits(data, image, found, fill[0])
    size = image.frame_bits // 8
    whole = len(data) // size
    if whole < image.frames:
        raise NotBlankable(f"the pixel data has {len(data)} bytes, which are not {image.frames} frames of {size}", remedy=REMEDY)
    out = bytearray(data)
    swapped = not image.syntax.little_endian and image.bits == 8 and image.vr == "OW"
    if swapped:
        _swap(out)  # pairs of bytes lie in words, the second one first (PS3.5 8.1.1)
    out[whole * size:] = bytes(len(data) - whole * size)  # padding may hide a piece of a frame
    code = _CODES[image.bits] if image.tag == PIXEL_DATA else "f4" if image.tag == FLOAT_DATA else "f8"
    kind = np.dtype(code).newbyteorder("<" if image.syntax.little_endian else ">")
    pixels = np.frombuffer(out, kind, whole * size // kind.itemsize)
    if image.subsampled:
        _fill_subsampled(pixels.reshape(whole, image.rows, image.columns * 2), found, fill)
    else:
        fill_frames(_framed(pixels, image, whole), found, fill, planar=image.planar == 1 and image.samples > 1)
    if swapped:
        _swap(out)
    return bytes(out)


def fill_frames(frames: Array, found: list[Box], fill: tuple[int, ...], *, planar: bool = False) -> None:
    """Fill the boxes of (frames, rows, columns, samples), or (frames, samples, rows, columns) when planar, in place."""
    for box in found:
        rows, columns = box.slices
        for sample, value in enumerate(fill):
            if planar:
                frames[:, sample, rows, columns] = value
            else:
                frames[:, rows, columns, sample] = value


def _framed(pixels: Array, image: Image, frames: int) -> Array:
    if image.planar == 1 and image.samples > 1:
        return pixels.reshape(frames, image.samples, image.rows, image.columns)
    return pixels.reshape(frames, image.rows, image.columns, image.samples)


def _fill_subsampled(frames: Array, found: list[Box], fill: tuple[int, ...]) -> None:
    """Two pixels are Y Y Cb Cr (PS3.3 C.7.6.3.1.2), so boxes grow to whole pairs."""
    luminance, blue, red = fill
    for box in found:
        left, right = box.left // 2 * 4, (box.right + 1) // 2 * 4
        part = frames[:, box.top:box.bottom, left:right]
        part[:, :, 0::4] = luminance
        part[:, :, 1::4] = luminance
        part[:, :, 2::4] = blue
        part[:, :, 3::4] = red


def _bits(data: bytes, image: Image, found: list[Box], fill: int) -> bytes:
    """Single bits follow one another over rows and frames without padding, the first in the lowest bit (PS3.5 8.1.1)."""
    import numpy as np

    swapped = not image.syntax.little_endian
    out = bytearray(data)
    if swapped:
        _swap(out)
    bits = np.unpackbits(np.frombuffer(out, np.uint8), bitorder="little")
    whole = len(bits) // image.frame_bits
    if whole < image.frames:
        raise NotBlankable(f"the pixel data has {len(bits)} bits, which are not {image.frames} frames of {image.frame_bits}", remedy=REMEDY)
    bits[whole * image.frame_bits:] = 0
    frames = bits[: whole * image.frame_bits].reshape(whole, image.rows, image.columns, 1)
    fill_frames(frames, found, (fill,))
    out = bytearray(np.packbits(bits, bitorder="little").tobytes())
    if swapped:
        _swap(out)
    return bytes(out)


def _swap(data: bytearray) -> None:
    even = len(data) // 2 * 2
    data[0:even:2], data[1:even:2] = data[1:even:2], data[0:even:2]
