import warnings
from pathlib import Path

import pydicom
import pytest
from pydicom.multival import MultiValue
from tests.dicom.builders import CT, DEFLATED, EXPLICIT, IDENTITY, bundled, explicit, instance, meta_bytes

from scanhouse.dicom.facts import TEXT_KEYWORDS, Facts, facts, read_facts
from scanhouse.dicom.json_model import metadata
from scanhouse.dicom.refusals import BadUid, HeadTooShort, MissingUid, NoInstanceUid, NotAnInstance, NotDicom, Truncated
from scanhouse.errors import Invalid

PIXELS = explicit(0x00280010, "US", b"\x02\x00") + explicit(0x00280011, "US", b"\x03\x00") + explicit(0x7FE00010, "OW", bytes(12))


def of(data: bytes, **more: object) -> Facts:
    return facts(data, size=len(data), **more)  # type: ignore[arg-type]


def without(tag: int, replace: str = "") -> bytes:
    body = b"".join(explicit(t, vr, v) for t, vr, v in IDENTITY if t != tag) if not replace else b"".join(
        explicit(t, vr, replace if t == tag else v) for t, vr, v in IDENTITY
    )
    return meta_bytes(sop_class_uid=CT, sop_instance_uid="1.2.3.4", transfer_syntax_uid=EXPLICIT) + body


def test_facts_of_an_instance():
    data = instance(PIXELS)

    result = of(data)

    assert (result.study_instance_uid, result.series_instance_uid, result.sop_instance_uid) == ("1.2.3", "1.2.3.1", "1.2.3.4")
    assert (result.sop_class_uid, result.transfer_syntax_uid, result.modality) == (CT, EXPLICIT, "CT")
    assert (result.series_number, result.instance_number, result.rows, result.columns) == (7, 12, 2, 3)
    assert (result.number_of_frames, result.pixel_length, result.pixel_offset, result.pixels_cut) == (1, 12, len(data) - 12, False)
    assert result.text["PatientName"] == "Doe^Jane"
    assert result.text["StudyDescription"] == ""


def test_a_prefix_is_enough_and_a_shorter_one_says_so():
    data = instance(explicit(0x00091010, "OB", bytes(5000)), PIXELS)

    assert facts(data[:-12], size=len(data)) == of(data)
    with pytest.raises(HeadTooShort) as caught:
        facts(data[:1000], size=len(data))
    assert caught.value.needed > 5000


def test_a_long_header_is_read_from_the_mapped_file(tmp_path: Path):
    data = instance(explicit(0x00091010, "OB", bytes(300_000)), PIXELS)
    (tmp_path / "long.dcm").write_bytes(data)

    assert read_facts(tmp_path / "long.dcm") == of(data)


def test_an_empty_file_is_not_dicom(tmp_path: Path):
    (tmp_path / "empty.dcm").touch()

    for read in (read_facts, metadata):
        with pytest.raises(NotDicom):
            read(tmp_path / "empty.dcm")


def test_extra_tags_are_read_by_keyword_or_number_and_numbers_as_text():
    data = instance(explicit(0x00140046, "LT", "Project:P"), explicit(0x00280010, "US", b"\x10\x00"), explicit(0x00290011, "LO", "private"))

    text = of(data, extra=(0x00140046, 0x00280010, 0x00290011)).text

    assert (text["MaterialNotes"], text["Rows"], text["00290011"]) == ("Project:P", "16", "private")


@pytest.mark.parametrize(
    ("written", "number"),
    [("7 ", 7), ("-3", -3), ("+4", 4), ("two", None), ("", None), ("1_0", None), ("9" * 30, None), ("1.5", None), ("3000000000", None)],
)
def test_a_series_number_that_is_no_number_is_kept_as_text_only(written, number):
    result = of(without(0x00200011, replace=written) if written else without(0x00200011))

    assert (result.series_number, result.text["SeriesNumber"]) == (number, written.strip())


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("ISO_IR 192", "Müller^Jürgen".encode(), "Müller^Jürgen"),
        ("ISO_IR 100", "Müller^Jürgen".encode("latin-1"), "Müller^Jürgen"),
        ("ISO-IR 100", "Müller^Jürgen".encode("latin-1"), "Müller^Jürgen"),
        ("\\ISO 2022 IR 87", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "Yamada^Tarou=山田^太郎"),
        ("ISO_IR 192", b"M\xfcller", "M\ufffdller"),
        ("nonsense", b"M\xfcller", "Müller"),
        ("hex_codec", b"4a4b\xff", "4a4bÿ"),
        ("ISO_IR 192", b"a\x00b", "a\ufffdb"),
    ],
)  # fmt: skip
def test_text_is_decoded_by_its_character_set_and_never_fails(charset, raw, text):
    body = explicit(0x00080005, "CS", charset) + b"".join(explicit(t, vr, raw if vr == "PN" else v) for t, vr, v in IDENTITY)
    data = meta_bytes(sop_class_uid=CT, sop_instance_uid="1.2.3.4", transfer_syntax_uid=EXPLICIT) + body

    assert of(data).text["PatientName"] == text


def test_refusals_say_which_identifier_is_wrong():
    with pytest.raises(NoInstanceUid, match="SOPInstanceUID"):
        of(without(0x00080018))
    with pytest.raises(MissingUid, match="StudyInstanceUID"):
        of(without(0x0020000D))
    with pytest.raises(BadUid, match="SeriesInstanceUID"):
        of(without(0x0020000E, replace="../../etc/passwd"))
    with pytest.raises(BadUid, match="SOPInstanceUID"):
        of(without(0x00080018, replace="1.2.3\x004"))


def test_refusals_hold_no_value_of_the_data_set():
    with pytest.raises(BadUid) as caught:
        of(without(0x00080018, replace="Doe/Jane"))

    assert "Doe" not in str(caught.value)


def test_a_sop_class_that_is_only_in_the_meta_information_is_taken_from_there():
    assert of(without(0x00080016)).sop_class_uid == CT


def test_a_cut_file_is_told_from_a_short_head():
    data = instance(explicit(0x00081030, "LO", "Head"))

    with pytest.raises(Truncated):
        of(data[:-3])
    assert of(data + bytes(6)).sop_instance_uid == "1.2.3.4", "zero padding is harmless"


def test_cut_pixels_are_told():
    assert of(instance(PIXELS)[:-4]).pixels_cut


def test_a_dicomdir_is_no_instance():
    head = meta_bytes(sop_class_uid="1.2.840.10008.1.3.10", sop_instance_uid="1.2", transfer_syntax_uid=EXPLICIT)

    with pytest.raises(NotAnInstance):
        of(head + explicit(0x00041130, "CS", "SET"))


def test_what_is_no_dicom_is_told_so():
    with pytest.raises(NotDicom):
        of(b"<html>" * 100)


def _expected(ds: pydicom.Dataset, keyword: str) -> str:
    if keyword not in ds:
        return ""
    element = ds[keyword]
    values = element.value if isinstance(element.value, MultiValue) else [element.value]
    texts = [getattr(v, "original_string", str(v)) if element.VR in ("IS", "DS") else str(v) for v in values if v is not None]
    return "\\".join(texts).strip()


def _agrees_with_pydicom(path: Path) -> bool:
    """Whether the file is an instance; fails where the scanner and pydicom read different things."""
    try:
        mine = read_facts(path)
    except Invalid:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = pydicom.dcmread(path, force=True)
        assert {k: mine.text[k] for k in TEXT_KEYWORDS} == {k: _expected(ds, k) for k in TEXT_KEYWORDS}
    assert (mine.rows, mine.columns, mine.bits_allocated, mine.samples_per_pixel) == tuple(
        ds.get(k) for k in ("Rows", "Columns", "BitsAllocated", "SamplesPerPixel")
    )
    pixels = next((ds.get_item(k) for k in ("PixelData", "FloatPixelData", "DoubleFloatPixelData") if k in ds), None)
    if mine.transfer_syntax_uid != DEFLATED:
        assert mine.pixel_offset == ((pixels and getattr(pixels, "value_tell", None)) or (pixels and pixels.file_tell))  # type: ignore[union-attr]
    return True


def test_the_scanner_reads_what_pydicom_reads_in_pydicoms_own_files():
    read = [path.name for path in bundled() if _agrees_with_pydicom(path)]

    assert len(read) >= 100
    assert {"MR_small_bigendian.dcm", "image_dfl.dcm", "CT_small.dcm", "rtplan.dcm", "MR_small_implicit.dcm"} <= set(read)


@pytest.mark.shared
def test_the_scanner_reads_what_pydicom_reads_in_the_real_sets(shared: Path):
    files = [p for p in (shared / "data").glob("*/dicom/**/*") if p.is_file() and p.suffix not in (".zip", ".gz")]

    assert sum(_agrees_with_pydicom(path) for path in files) >= 400
