import io
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from tests.dicom.builders import bundled

from scanhouse.dicom.facts import read_facts
from scanhouse.dicom.frames import frame_table, read_frame
from scanhouse.dicom.refusals import CannotDecode
from scanhouse.dicom.render import JPEG, PNG, THUMBNAIL, BadRendering, Rendering, Viewport, render
from scanhouse.dicom.windows import Window
from scanhouse.errors import Invalid

EXPLICIT = "1.2.840.10008.1.2.1"
EXACT = Rendering(media_type=PNG)


def dataset(pixels: np.ndarray, **more: object) -> Dataset:
    ds = Dataset()
    ds.SOPClassUID, ds.Modality = "1.2.840.10008.5.1.4.1.1.2", "CT"
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    ds.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = pixels.dtype.itemsize * 8
    ds.HighBit, ds.PixelRepresentation, ds.PlanarConfiguration = ds.BitsStored - 1, int(pixels.dtype.kind == "i"), 0
    for keyword, value in more.items():
        setattr(ds, keyword, value)
    return ds


def picture(ds: Dataset, frame: bytes, how: Rendering = EXACT, number: int = 1) -> np.ndarray:
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = EXPLICIT
    out = io.BytesIO()
    pydicom.dcmwrite(out, ds, enforce_file_format=False)
    return np.asarray(Image.open(io.BytesIO(render(out.getvalue(), frame, transfer_syntax_uid=EXPLICIT, number=number, how=how))))


def grey(values: list[int], how: Rendering = EXACT, dtype: str = "<i2", **more: object) -> list[int]:
    pixels = np.array([values], dtype)
    return picture(dataset(pixels, **more), pixels.tobytes(), how)[0].tolist()


RAMP = [-1000, 0, 40, 80, 3000]


def test_the_headers_window_is_applied_after_the_modality_lut():
    values = [0, 1024, 1064, 2000]

    found = grey(values, RescaleSlope="1", RescaleIntercept="-1024", WindowCenter="40.5", WindowWidth="81", dtype="<u2")

    assert found == [0, 0, 128, 255]


def test_a_window_of_ones_own_counts_more_and_a_preset_has_a_name():
    more = {"WindowCenter": "0", "WindowWidth": "10"}

    assert grey(RAMP, Rendering(PNG, window=Window(40.5, 81)), **more) == [0, 0, 128, 255, 255]
    assert grey([-1350, 149], Rendering(PNG, preset="lung"), **more) == [0, 255]
    with pytest.raises(BadRendering, match="preset"):
        grey(RAMP, Rendering(PNG, preset="nonsense"))


def test_without_a_window_the_picture_spans_its_values():
    assert grey([100, 200, 300]) == [0, 128, 255]
    assert grey([-2000, 100, 200, 300], PixelPaddingValue=-2000)[1:] == [0, 128, 255]


@pytest.mark.parametrize("more", [{"WindowCenter": "", "WindowWidth": ""}, {"WindowCenter": "0", "WindowWidth": "0"}, {"WindowCenter": ["x"]}])
def test_a_window_that_is_none_is_not_used(more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds_more = {key: value for key, value in more.items() if value != ["x"]}
        assert grey([100, 200, 300], **ds_more) == [0, 128, 255]


def test_monochrome1_is_inverted():
    assert grey([100, 200, 300], PhotometricInterpretation="MONOCHROME1") == [255, 128, 0]


def test_bits_above_those_stored_are_no_part_of_the_value():
    assert grey([0x1000 | 0, 0x2000 | 100, 0xF000 | 200], dtype="<u2", BitsStored=12, HighBit=11) == [0, 128, 255]


def test_lookup_tables_of_the_header_are_applied():
    lut = Dataset()
    lut.LUTDescriptor, lut.LUTData = [4, 0, 8], np.array([0, 100, 200, 255], "<u2").tobytes()

    assert grey([0, 1, 2, 3, 9], dtype="<u2", VOILUTSequence=[lut]) == [0, 100, 200, 255, 255]


def test_a_window_of_a_frame_is_found_in_its_functional_groups():
    pixels = np.array([[0, 50, 100]], "<u2")
    ds = dataset(pixels, SOPClassUID="1.2.840.10008.5.1.4.1.1.4.1", NumberOfFrames=2)
    windows = []
    for center in ("50", "1000"):
        voi, item = Dataset(), Dataset()
        voi.WindowCenter, voi.WindowWidth, voi.VOILUTFunction = center, "100", "LINEAR_EXACT"
        item.FrameVOILUTSequence = [voi]
        windows.append(item)
    ds.PerFrameFunctionalGroupsSequence = windows

    assert picture(ds, pixels.tobytes(), number=1)[0].tolist() == [0, 128, 255]
    assert picture(ds, pixels.tobytes(), number=2)[0].tolist() == [0, 0, 0]


def test_colours_stay_what_they_are():
    pixels = np.array([[[255, 0, 0], [0, 255, 0], [1, 2, 3]]], np.uint8)

    assert picture(dataset(pixels), pixels.tobytes()).tolist() == pixels.tolist()


def test_planes_of_colour_are_brought_together():
    pixels = np.array([[[255, 0, 0], [0, 255, 0]]], np.uint8)

    assert picture(dataset(pixels, PlanarConfiguration=1), pixels.transpose(2, 0, 1).tobytes()).tolist() == pixels.tolist()


def test_palettes_give_colours():
    pixels = np.array([[0, 1, 2]], np.uint8)
    tables = {}
    for colour, entries in (("Red", [255, 0, 0]), ("Green", [0, 255, 0]), ("Blue", [0, 0, 255])):
        tables[f"{colour}PaletteColorLookupTableDescriptor"] = [3, 0, 16]
        tables[f"{colour}PaletteColorLookupTableData"] = np.array([value * 257 for value in entries], "<u2").tobytes()

    found = picture(dataset(pixels, PhotometricInterpretation="PALETTE COLOR", **tables), pixels.tobytes() + b"\0")

    assert found.tolist() == [[[255, 0, 0], [0, 255, 0], [0, 0, 255]]]
    with pytest.raises(CannotDecode, match="palette"):
        picture(dataset(pixels, PhotometricInterpretation="PALETTE COLOR"), pixels.tobytes() + b"\0")


def test_a_viewport_keeps_proportions_and_cuts_out_a_region():
    pixels = np.zeros((100, 200), "<u2")
    pixels[50:, 100:] = 1000
    ds = dataset(pixels)

    assert picture(ds, pixels.tobytes(), Rendering(PNG, viewport=Viewport(50, 50))).shape == (25, 50)
    assert picture(ds, pixels.tobytes(), Rendering(PNG, viewport=Viewport(10, 10, (110, 60, 30, 30)))).min() == 255
    assert picture(dataset(pixels, PixelSpacing=["2", "1"]), pixels.tobytes(), Rendering(PNG, viewport=Viewport(50, 50))).shape == (50, 50)
    with pytest.raises(BadRendering, match="region"):
        picture(ds, pixels.tobytes(), Rendering(PNG, viewport=Viewport(10, 10, (150, 60, 90, 30))))


@pytest.mark.parametrize("size", [(0, 10), (-1, 10), (10, 1_000_000)])
def test_pictures_have_a_size(size):
    with pytest.raises(BadRendering):
        Viewport(*size)


def test_other_kinds_of_pictures_are_not_made():
    with pytest.raises(BadRendering, match="image/jpeg"):
        grey(RAMP, Rendering("image/gif"))


def test_a_header_that_says_too_little_is_told_so():
    ds = Dataset()
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"

    with pytest.raises(CannotDecode, match="Rows"):
        picture(ds, b"1234")


def _thumbnail(path: Path) -> Image.Image | None:
    try:
        known = read_facts(path)
        data = path.read_bytes()
        table = frame_table(data, known)
    except Invalid:
        return None
    if not table.count:
        return None
    frame = read_frame(data, table, 1)
    try:
        made = render(data[: known.pixel_offset], frame, transfer_syntax_uid=known.transfer_syntax_uid, how=THUMBNAIL)
    except CannotDecode:
        return None
    return Image.open(io.BytesIO(made))


def test_pydicoms_own_images_have_thumbnails():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pictures = [found for path in bundled() if (found := _thumbnail(path))]

    assert len(pictures) >= 50
    assert all(found.format == "JPEG" and max(found.size) == 256 for found in pictures)


def test_a_jpeg_shows_what_the_png_shows():
    path = Path(str(get_testdata_file("CT_small.dcm")))
    known, data = read_facts(path), path.read_bytes()
    frame = read_frame(data, frame_table(data, known), 1)

    jpeg, png = (render(data, frame, transfer_syntax_uid=EXPLICIT, how=Rendering(kind)) for kind in (JPEG, PNG))

    difference = np.asarray(Image.open(io.BytesIO(jpeg)), dtype=float) - np.asarray(Image.open(io.BytesIO(png)), dtype=float)
    assert np.abs(difference).mean() < 3
