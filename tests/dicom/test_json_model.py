import base64
import io
import json
import warnings
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from tests.dicom.builders import BIG, DEFLATED, EXPLICIT, IMPLICIT, bundled, explicit, implicit, instance, item, sequence

from scanhouse.dicom.facts import read_facts
from scanhouse.dicom.json_encoder import MAX_DEPTH, MAX_INLINE
from scanhouse.dicom.json_model import bulk, metadata
from scanhouse.dicom.refusals import BadEncoding, NoSuchElement, TooComplex
from scanhouse.errors import Invalid


def of(*elements: bytes) -> dict:
    """What the metadata say beyond the identity of every test instance."""
    plain = metadata(instance())
    return {tag: value for tag, value in metadata(instance(*elements)).items() if tag not in plain}


def test_values_are_typed_by_their_vr():
    assert of(
        explicit(0x00080005, "CS", "ISO_IR 100"),
        explicit(0x00080008, "CS", "ORIGINAL\\PRIMARY"),
        explicit(0x00180050, "DS", "1.25 "),
        explicit(0x00281050, "DS", "40\\400"),
        explicit(0x00280010, "US", b"\x00\x02"),
        explicit(0x00280009, "AT", b"\x18\x00\x63\x10"),
        explicit(0x00189087, "FD", b"\x00\x00\x00\x00\x00\x00\xf0?"),
        explicit(0x00081030, "LO", ""),
        explicit(0x00090010, "LO", "ACME"),
        explicit(0x00091001, "UN", b"\x01\x02\x03\x04"),
    ) == {
        "00080005": {"vr": "CS", "Value": ["ISO_IR 100"]},
        "00080008": {"vr": "CS", "Value": ["ORIGINAL", "PRIMARY"]},
        "00180050": {"vr": "DS", "Value": [1.25]},
        "00281050": {"vr": "DS", "Value": [40.0, 400.0]},
        "00280010": {"vr": "US", "Value": [512]},
        "00280009": {"vr": "AT", "Value": ["00181063"]},
        "00189087": {"vr": "FD", "Value": [1.0]},
        "00081030": {"vr": "LO"},
        "00090010": {"vr": "LO", "Value": ["ACME"]},
        "00091001": {"vr": "UN", "InlineBinary": base64.b64encode(b"\x01\x02\x03\x04").decode()},
    }


def test_names_have_component_groups():
    found = of(explicit(0x00080005, "CS", "ISO_IR 192"), explicit(0x00081050, "PN", "Yamada^Tarou=山田^太郎=やまだ^たろう".encode()))

    assert found["00081050"]["Value"] == [{"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎", "Phonetic": "やまだ^たろう"}]


@pytest.mark.parametrize(
    ("vr", "raw", "value"),
    [
        ("IS", b"two ", ["two"]),
        ("IS", b"1.5 ", ["1.5"]),
        ("IS", b"1_0 ", ["1_0"]),
        ("IS", b"9" * 30, ["9" * 30]),
        ("DS", b"wide", ["wide"]),
        ("DS", b"nan\\inf ", ["nan", "inf"]),
        ("DS", b"1\\\\3", [1.0, None, 3.0]),
        ("FL", b"\x00\x00\xc0\x7f\x00\x00\x80\x7f\x00\x00\x80\xff", ["NaN", "inf", "-inf"]),
        ("UL", b"\x01\x00\x00\x00\x02\x00", [1]),
        ("DA", b"20201350", ["20201350"]),
        ("CS", b"A\x00B ", ["A\x00B"]),
    ],
)  # fmt: skip
def test_what_is_no_valid_value_is_told_as_it_is(vr, raw, value):
    found = metadata(instance(explicit(0x00189999, vr, raw)))

    assert found["00189999"]["Value"] == value
    json.dumps(found, allow_nan=False)


def test_sequences_hold_data_sets():
    inner = explicit(0x00081155, "UI", "1.2.3")

    for written in (sequence(0x00081140, item(inner), item(b"")), explicit(0x00081140, "SQ", item(inner, undefined=True) + item(b""))):
        assert of(written) == {"00081140": {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": ["1.2.3"]}}, {}]}}


def test_the_character_set_of_an_item_holds_for_it_and_what_is_inside():
    inner = sequence(0x00081140, item(explicit(0x00081030, "LO", "Кость".encode("iso8859-5"))))
    greek = item(explicit(0x00080005, "CS", "ISO_IR 144") + inner)

    found = of(explicit(0x00080005, "CS", "ISO_IR 192"), sequence(0x00081110, greek), explicit(0x00081090, "LO", "ä".encode()))

    assert found["00081110"]["Value"][0]["00081140"]["Value"][0]["00081030"]["Value"] == ["Кость"]
    assert found["00081090"]["Value"] == ["ä"]


def test_pixel_data_and_large_values_are_named_not_held():
    big = explicit(0x00091010, "OB", bytes(MAX_INLINE + 2))
    data = instance(sequence(0x00081140, item(big)), explicit(0x00090010, "OB", bytes(MAX_INLINE)), pixels=explicit(0x7FE00010, "OW", b"\x01\x02"))

    found = metadata(data, bulk_data_uri=lambda path: f"http://pacs/bulk/{path}")

    assert found["7FE00010"] == {"vr": "OW", "BulkDataURI": "http://pacs/bulk/7FE00010"}
    assert found["00081140"]["Value"][0]["00091010"] == {"vr": "OB", "BulkDataURI": "http://pacs/bulk/00081140/0/00091010"}
    assert "InlineBinary" in found["00090010"]


def test_bulk_is_found_by_the_path_that_names_it(tmp_path: Path):
    value = bytes(range(256)) * 40
    data = instance(sequence(0x00081140, item(b""), item(explicit(0x00091010, "OB", value))))
    (tmp_path / "it.dcm").write_bytes(data)

    found = bulk(tmp_path / "it.dcm", "00081140/1/00091010")

    assert (found.vr, data[found.offset : found.offset + found.length]) == ("OB", value)
    with pytest.raises(NoSuchElement):
        bulk(data, "00081140/0/00091010")


def test_bulk_of_a_deflated_data_set_is_given_itself():
    data = Path(str(get_testdata_file("image_dfl.dcm"))).read_bytes()

    found = bulk(data, "7FE00010")

    assert found.data == pydicom.dcmread(io.BytesIO(data)).PixelData


def test_what_an_implicit_data_set_does_not_say_is_known_by_dictionary():
    elements = (
        implicit(0x00080016, "1.2.840.10008.5.1.4.1.1.2") + implicit(0x00190010, "SIEMENS MR HEADER") + implicit(0x00191008, "IMAGE NUM 4")
        + implicit(0x00191009, "1.0 ") + implicit(0x00231001, b"\x01\x02") + implicit(0x00280103, b"\x01\x00") + implicit(0x00280106, b"\xff\xff")
    )  # fmt: skip

    found = metadata(elements)

    assert found["00191008"] == {"vr": "CS", "Value": ["IMAGE NUM 4"]}
    assert found["00231001"] == {"vr": "UN", "InlineBinary": "AQI="}
    assert found["00280106"] == {"vr": "SS", "Value": [-1]}


def test_a_sequence_of_known_length_that_cannot_be_read_is_given_as_its_bytes():
    found = of(explicit(0x00081140, "SQ", b"no items here "), explicit(0x00081030, "LO", "Head"))

    assert found["00081140"] == {"vr": "UN", "InlineBinary": base64.b64encode(b"no items here ").decode()}
    assert found["00081030"]["Value"] == ["Head"]


def test_nesting_has_an_end():
    def nested(depth: int) -> bytes:
        data = b""
        for _ in range(depth):
            data = sequence(0x00081140, item(data, undefined=True))
        return data

    assert "00081140" in of(nested(MAX_DEPTH))
    with pytest.raises(TooComplex, match="nested"):
        of(nested(MAX_DEPTH + 1))


def test_an_element_that_goes_on_beyond_its_data_set_is_refused():
    with pytest.raises(BadEncoding):
        of(explicit(0x00081030, "LO", "Head", length=5000))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG, DEFLATED])
def test_the_encoding_makes_no_difference(syntax):
    ds = Dataset()
    ds.SOPClassUID, ds.PatientName, ds.Rows, ds.SliceThickness = "1.2.840.10008.5.1.4.1.1.2", "Doe^Jane", 16, "1.5"
    ds.LUTFrameRange, ds.RedPaletteColorLookupTableData = [1, 2], b"\x01\x02\x03\x04"
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    out = io.BytesIO()
    pydicom.dcmwrite(out, ds, enforce_file_format=False)

    found = metadata(out.getvalue())

    assert found["00280010"] == {"vr": "US", "Value": [16]}
    assert found["00180050"] == {"vr": "DS", "Value": [1.5]}
    expected = b"\x02\x01\x04\x03" if syntax == BIG else b"\x01\x02\x03\x04"  # words are given in little endian order
    assert base64.b64decode(found["00281201"]["InlineBinary"]) == expected


def _comparable(ds: dict) -> dict:
    """A data set without what we leave out on purpose (group lengths, pixels, values named by URI) and what means the same."""
    out = {}
    for tag, element in ds.items():
        if tag.endswith("0000") or tag.startswith("7FE0") or tag == "FFFCFFFC":
            continue
        vr = "OW" if element["vr"] == "OB or OW" else element["vr"]
        binary = element.get("InlineBinary", "").rstrip("=")
        if "BulkDataURI" in element or len(binary) > MAX_INLINE * 4 / 3 + 2:
            out[tag] = (vr, "bulk")
        elif vr == "SQ":
            out[tag] = (vr, [_comparable(one) for one in element.get("Value", [])])
        else:
            values = [value.strip(" \x00") if isinstance(value, str) else value for value in element.get("Value", [])]
            out[tag] = (vr, binary or [None if value == "" else value for value in values])
    return out


def _equals_pydicom(path: Path) -> bool:
    """Whether both can read the instance; fails where they say different things."""
    try:
        read_facts(path)
        mine = metadata(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = pydicom.dcmread(path, force=True, stop_before_pixels=True).to_json_dict()
    except (Invalid, ValueError, NotImplementedError):
        return False  # not DICOM, or values that pydicom will not convert
    json.dumps(mine, allow_nan=False)
    assert _comparable(mine) == _comparable(theirs), path.name
    return True


def test_the_model_is_pydicoms_in_pydicoms_own_files():
    equal = [path for path in bundled() if path.stat().st_size and _equals_pydicom(path)]

    assert len(equal) >= 100


@pytest.mark.shared
def test_the_model_is_pydicoms_in_the_real_sets(shared: Path):
    files = [path for path in (shared / "data").glob("*/dicom/**/*") if path.is_file() and path.suffix not in (".zip", ".gz")]

    assert sum(_equals_pydicom(path) for path in files) >= 400
