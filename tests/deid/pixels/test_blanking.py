"""Regions of pixels: gone in every frame and every encoding, everything else as it was; what cannot be blanked is refused."""
from __future__ import annotations

from io import BytesIO

import numpy as np
import pydicom
import pytest
from pydicom import Dataset, Sequence
from pydicom.dataset import FileMetaDataset
from pydicom.pixels import pixel_array
from pydicom.uid import (
    MPEG4HP41,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from scanhouse.deid.elements import copied
from scanhouse.deid.errors import NotBlankable
from scanhouse.deid.part10 import read, written
from scanhouse.deid.pixels.blanking import Blanking
from scanhouse.deid.program import Region

ROWS, COLUMNS = 41, 65
REGION = Region(2, 1, 7, 4)
INSIDE = (slice(1, 4), slice(2, 7))
ENCODERS = {RLELossless: "pydicom", JPEGLSLossless: "pyjpegls", JPEG2000Lossless: "pylibjpeg"}
RANDOM = np.random.default_rng(7)


def image(bits: int = 8, samples: int = 1, frames: int = 1, photometric: str = "", syntax: UID = ExplicitVRLittleEndian, **more) -> Dataset:
    """A random image, read back from its file."""
    kind = {8: np.uint8, 16: np.uint16, 32: np.uint32}[bits]
    shade = np.add.outer(np.arange(ROWS), np.arange(COLUMNS)) + 1  # smooth, lest small images grow when they are compressed
    pixels = (shade[None, :, :, None] + RANDOM.integers(0, 9, (frames, 1, 1, samples))).astype(kind)
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.NumberOfFrames = ROWS, COLUMNS, samples, frames
    ds.BitsAllocated = ds.BitsStored = bits
    ds.HighBit, ds.PixelRepresentation = bits - 1, 0
    ds.PhotometricInterpretation = photometric or ("RGB" if samples == 3 else "MONOCHROME2")
    if samples > 1:
        ds.PlanarConfiguration = more.pop("planar", 0)
        if ds.PlanarConfiguration:
            pixels = np.moveaxis(pixels, -1, 1)
    for name, value in more.items():
        setattr(ds, name, value)
    data = pixels.tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = "OW" if bits > 8 else "OB"
    if syntax.is_compressed:
        ds.compress(syntax, encoding_plugin=ENCODERS[syntax], generate_instance_uid=False)
    return encoded(ds, syntax)


def encoded(ds: Dataset, syntax: UID) -> Dataset:
    ds.file_meta.TransferSyntaxUID = syntax
    if syntax == ExplicitVRBigEndian and ds.BitsAllocated == 16:
        ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
    out = BytesIO()
    pydicom.dcmwrite(out, ds, implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=syntax != ExplicitVRBigEndian, enforce_file_format=True)
    return read(out.getvalue())


def blanked(ds: Dataset, *regions: Region) -> Dataset:
    """The object as a reader of its new file sees it."""
    after = copied(ds)
    assert Blanking().blank(after, regions or (REGION,))
    return pydicom.dcmread(BytesIO(written(after)))


def frames_of(ds: Dataset) -> np.ndarray:
    return pixel_array(ds, raw=True).reshape(-1, ROWS, COLUMNS, int(ds.SamplesPerPixel))


def assert_only_the_region_changed(before: Dataset, after: Dataset, fill: tuple[int, ...]) -> None:
    old, new = frames_of(before), frames_of(after)
    assert old.shape == new.shape
    assert (new[:, *INSIDE] == np.array(fill)).all()
    old, new = old.copy(), new.copy()
    old[:, *INSIDE] = new[:, *INSIDE] = 0
    assert np.array_equal(old, new)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, RLELossless,
                                    JPEGLSLossless, JPEG2000Lossless], ids=lambda uid: uid.name)
@pytest.mark.parametrize(("bits", "samples", "frames"), [(8, 1, 1), (8, 1, 3), (16, 1, 2), (8, 3, 1), (8, 3, 2)])
def test_every_frame_is_blanked_in_every_encoding(syntax, bits, samples, frames):
    before = image(bits, samples, frames, syntax=syntax)
    after = blanked(before)
    assert_only_the_region_changed(before, after, (0,) * samples)
    expected = ExplicitVRBigEndian if syntax == ExplicitVRBigEndian else ExplicitVRLittleEndian
    assert after.file_meta.TransferSyntaxUID == expected


@pytest.mark.parametrize(("photometric", "samples", "more", "fill"), [
    ("MONOCHROME1", 1, {}, (255,)),
    ("YBR_FULL", 3, {}, (0, 128, 128)),
    ("RGB", 3, {"planar": 1}, (0, 0, 0)),
    ("YBR_PARTIAL_420", 3, {}, (16, 128, 128)),
])
def test_what_is_blanked_is_dark_in_every_photometric_interpretation(photometric, samples, more, fill):
    before = image(8, samples, 2, photometric, **more)
    after = copied(before)
    Blanking().blank(after, [REGION])
    shape = (2, 3, ROWS, COLUMNS) if more else (2, ROWS, COLUMNS, samples)
    pixels = np.frombuffer(after.PixelData, np.uint8)[: np.prod(shape)].reshape(shape)
    pixels = np.moveaxis(pixels, 1, -1) if more else pixels
    assert (pixels[:, *INSIDE] == np.array(fill)).all()


def test_a_palette_is_asked_which_of_its_entries_is_dark():
    lut = bytes([200, 90, 3, 250])
    tables = {f"{colour}PaletteColorLookupTable{part}": value for colour in ("Red", "Green", "Blue")
              for part, value in (("Descriptor", [4, 0, 8]), ("Data", lut))}
    after = blanked(image(8, 1, 1, "PALETTE COLOR", **tables))
    assert (frames_of(after)[:, *INSIDE] == 2).all()


def test_chroma_subsampled_native_pixels_are_blanked_in_pairs():
    before = image(8, 3, 1, "YBR_FULL_422")
    before.Rows, before.Columns = 6, 8
    before.PixelData = bytes(range(1, 6 * 8 * 2 + 1))
    after = copied(before)
    Blanking().blank(after, [Region(3, 0, 4, 1)])
    assert after.PixelData[:12] == bytes([1, 2, 3, 4, 0, 0, 128, 128, 9, 10, 11, 12])


@pytest.mark.parametrize(("keyword", "kind"), [("FloatPixelData", "<f4"), ("DoubleFloatPixelData", "<f8")])
def test_float_pixels_are_blanked_too(keyword, kind):
    before = image(32)
    del before.PixelData
    values = RANDOM.random((ROWS, COLUMNS)).astype(kind)
    setattr(before, keyword, values.tobytes())
    after = copied(before)
    assert Blanking().blank(after, [REGION])
    pixels = np.frombuffer(getattr(after, keyword), kind).reshape(ROWS, COLUMNS)
    assert (pixels[INSIDE] == 0).all() and np.array_equal(pixels[4:], values[4:])


def test_single_bits_are_blanked_across_the_borders_of_bytes():
    before = image()
    before.BitsAllocated = before.BitsStored = 1
    before.NumberOfFrames = 2
    bits = np.ones((2, ROWS, COLUMNS), np.uint8)
    before.PixelData = np.packbits(bits, bitorder="little").tobytes()
    after = copied(before)
    Blanking().blank(after, [REGION])
    bits[:, *INSIDE] = 0
    assert after.PixelData == np.packbits(bits, bitorder="little").tobytes()


def test_frames_that_the_header_does_not_count_are_blanked_as_well():
    before = image(8, 1, 3)
    before.NumberOfFrames = 1
    after = copied(before)
    Blanking().blank(after, [REGION])
    pixels = np.frombuffer(after.PixelData, np.uint8)[: 3 * ROWS * COLUMNS].reshape(3, ROWS, COLUMNS)
    assert (pixels[:, *INSIDE] == 0).all()


def test_regions_are_cut_at_the_edge_and_wrap_from_it():
    after = blanked(image(), Region(-3, -2, 99999, 99999, wraps=True))
    assert (frames_of(after)[0, ROWS - 2:, COLUMNS - 3:] == 0).all() and frames_of(after)[0, ROWS - 3].all()


def test_a_region_outside_the_image_changes_nothing():
    ds = image()
    assert not Blanking().blank(ds, [Region(COLUMNS, 0, COLUMNS + 5, 5)])
    assert not Blanking().blank(ds, [])
    assert not Blanking().blank(Dataset(), [REGION])


def test_icons_go_and_overlays_are_cleared():
    before = image()
    icon = Dataset()
    icon.PixelData = b"\1\2"
    before.IconImageSequence = Sequence([icon])
    before.add_new(0x60000010, "US", ROWS)
    before.add_new(0x60000011, "US", COLUMNS)
    before.add_new(0x60000050, "SS", [1, 1])
    plane = np.ones((ROWS, COLUMNS), np.uint8)
    before.add_new(0x60003000, "OW", np.packbits(plane, bitorder="little").tobytes())
    before.add_new(0x60023000, "OW", b"\xff\xff")  # without geometry: nobody knows where it lies
    after = copied(before)
    Blanking().blank(after, [REGION])
    plane[INSIDE] = 0
    assert "IconImageSequence" not in after and 0x60023000 not in after
    assert after[0x60003000].value.startswith(np.packbits(plane, bitorder="little").tobytes())


@pytest.mark.shared
def test_lossy_pixels_stay_marked_as_lossy(shared):
    before = read((shared / "data/transfer-syntaxes/dicom/rgb_jpeg_baseline_50.dcm").read_bytes())
    after = copied(before)
    assert Blanking().blank(after, [Region(0, 0, 5, 5)])
    assert after.LossyImageCompression == "01" and after.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian


def cut(ds):
    ds.PixelData = ds.PixelData[:20]


def video(ds):
    ds.file_meta.TransferSyntaxUID = MPEG4HP41


def no_rows(ds):
    del ds.Rows


def twelve_bits(ds):
    ds.BitsAllocated = 12


def elsewhere(ds):
    ds.PixelDataProviderURL = "https://example.org/pixels"


def document(ds):
    del ds.PixelData
    ds.EncapsulatedDocument = b"%PDF"


@pytest.mark.parametrize("damage", [cut, video, no_rows, twelve_bits, elsewhere, document])
def test_what_cannot_be_blanked_is_refused(damage):
    ds = image()
    damage(ds)
    with pytest.raises(NotBlankable):
        Blanking().blank(ds, [REGION])


@pytest.mark.parametrize("damage", [b"", b"\xff\xd8\xff\xd9", b"\0" * 40])
def test_compressed_pixels_that_do_not_decode_are_refused(damage):
    from pydicom.encaps import encapsulate

    ds = image(syntax=RLELossless, frames=2)
    ds.PixelData = encapsulate([damage or b"\0\0", damage or b"\0\0"])
    with pytest.raises(NotBlankable):
        Blanking().blank(ds, [REGION])
    ds = image(syntax=RLELossless)
    ds.NumberOfFrames = 5
    with pytest.raises(NotBlankable):
        Blanking().blank(ds, [REGION])
