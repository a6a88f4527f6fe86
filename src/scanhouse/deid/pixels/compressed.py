"""Blanking compressed pixels: every frame decoded, blanked, and written back uncompressed, so that nothing of what was there survives."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, cast

from pydicom import Dataset

from scanhouse.deid.errors import NotBlankable
from scanhouse.deid.pixels.geometry import Box
from scanhouse.deid.pixels.image import KEYWORDS, MAX_BYTES, REMEDY, Image
from scanhouse.deid.pixels.native import fill_frames
from scanhouse.deid.values import UNREADABLE, entry_of

DECODED_PHOTOMETRIC: Final = {"YBR_ICT": "RGB", "YBR_RCT": "RGB", "YBR_FULL_422": "YBR_FULL", "YBR_PARTIAL_422": "YBR_FULL",
                              "YBR_PARTIAL_420": "YBR_FULL"}
"""What decoders give: JPEG 2000 without its colour transform, JPEG with as much chroma as luminance."""


@dataclass(frozen=True)
class Decoded:
    """Native little endian pixels, and what they are now."""

    data: bytes
    image: Image


def blanked(dataset: Dataset, image: Image, found: list[Box], fill: tuple[int, ...]) -> Decoded:
    """All frames decoded with the boxes filled. Raises `NotBlankable` for what cannot be decoded, and for frames that are missing."""
    import numpy as np

    from scanhouse.dicom.decode import PixelFormat, decode
    from scanhouse.dicom.refusals import CannotDecode

    if image.frames * image.frame_bits // 8 > MAX_BYTES:
        raise NotBlankable("the pixels are too many to be written uncompressed", remedy=REMEDY)
    form = PixelFormat(image.syntax.uid, image.rows, image.columns, image.samples, image.bits, image.stored, image.signed, image.photometric,
                       image.planar, KEYWORDS[image.tag], image.vr)
    out = bytearray()
    number = 0
    for number, frame in enumerate(_frames(dataset, image), start=1):
        if number > image.frames:
            break
        try:
            pixels = decode(frame, form)
        except CannotDecode as error:
            raise NotBlankable(f"frame {number} cannot be decoded: {error}".rstrip("."), remedy=REMEDY) from None
        if pixels.dtype.itemsize * 8 != image.bits or pixels.size != image.rows * image.columns * image.samples:
            raise NotBlankable(f"frame {number} is not of the size that the header says", remedy=REMEDY)
        pixels = np.array(pixels, pixels.dtype.newbyteorder("<")).reshape(1, image.rows, image.columns, image.samples)
        fill_frames(pixels, found, fill)
        out += pixels.tobytes()
    if number < image.frames:
        raise NotBlankable(f"the pixel data has {number} frames, and the header says {image.frames}", remedy=REMEDY)
    if len(out) % 2:
        out += b"\0"
    photometric = DECODED_PHOTOMETRIC.get(image.photometric, image.photometric)
    return Decoded(bytes(out), replace(image, photometric=photometric, planar=0, vr="OW" if image.bits > 8 else "OB"))


def _frames(dataset: Dataset, image: Image) -> list[bytes]:
    from pydicom.encaps import generate_frames

    entry, offsets, lengths = (entry_of(dataset, tag) for tag in (image.tag, 0x7FE00001, 0x7FE00002))
    tables = (offsets.value, lengths.value) if offsets is not None and lengths is not None and offsets.value and lengths.value else None
    assert entry is not None
    try:
        return list(generate_frames(cast(bytes, entry.value), number_of_frames=image.frames, extended_offsets=tables))
    except UNREADABLE:
        raise NotBlankable("the frames of the compressed pixel data cannot be told apart", remedy=REMEDY) from None
