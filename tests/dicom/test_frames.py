import io
import os
import struct
import zlib
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_frames
from tests.dicom.builders import CT, DEFLATED, IDENTITY, UNDEFINED, bundled, explicit, implicit, instance, item, meta_bytes

from scanhouse.dicom.facts import Facts, facts, read_facts
from scanhouse.dicom.frames import FrameTable, check_fragments, frame_table, read_frame
from scanhouse.dicom.refusals import BadEncoding, NoSuchFrame, Truncated
from scanhouse.errors import Invalid

JPEG, RLE, VIDEO = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.102"
SOI = b"\xff\xd8\xff\xe0"


def geometry(frames: int, rows: int = 2, columns: int = 2, bits: int = 16, samples: int = 1, photometric: str = "MONOCHROME2") -> bytes:
    us = {0x00280002: samples, 0x00280010: rows, 0x00280011: columns, 0x00280100: bits}
    return (
        explicit(0x00280002, "US", struct.pack("<H", us.pop(0x00280002))) + explicit(0x00280004, "CS", photometric)
        + explicit(0x00280008, "IS", str(frames)) + b"".join(explicit(tag, "US", struct.pack("<H", value)) for tag, value in us.items())
    )  # fmt: skip


def native(pixels: bytes, **more: object) -> bytes:
    return instance(geometry(**more), pixels=explicit(0x7FE00010, "OW", pixels))  # type: ignore[arg-type]


def encapsulated(*fragments: bytes, frames: int, table: bytes = b"", syntax: str = JPEG, delimiter: bool = True) -> bytes:
    body = item(table) + b"".join(item(fragment) for fragment in fragments) + (implicit(0xFFFEE0DD) if delimiter else b"")
    return instance(geometry(frames), syntax=syntax, pixels=explicit(0x7FE00010, "OB", body, UNDEFINED))


def of(data: bytes) -> FrameTable:
    table = frame_table(data, facts(data, size=len(data)))
    assert FrameTable.unpack(table.pack()) == table
    return table


def frames(data: bytes) -> list[bytes]:
    table = of(data)
    return [read_frame(data, table, number) for number in range(1, table.count + 1)]


def test_native_frames_follow_one_another():
    data = native(bytes(range(24)), frames=3)

    table = of(data)

    assert frames(data) == [bytes(range(8)), bytes(range(8, 16)), bytes(range(16, 24))]
    assert table.ranges(2) == [(data.index(bytes(range(24))) + 8, 8)]
    assert table.length(2) == 8


def test_frames_that_are_not_whole_do_not_count():
    data = native(bytes(24), frames=3)

    assert of(data[:-1]).count == 2
    assert of(native(bytes(20), frames=3)).count == 2
    assert of(native(b"", frames=1)).count == 0


def test_huge_dimensions_allocate_nothing():
    table = of(native(bytes(512), frames=99999, rows=65535, columns=65535))

    assert table.count == 0


def test_chroma_subsampled_pixels_have_two_samples():
    assert of(native(bytes(16), frames=2, bits=8, samples=3, photometric="YBR_FULL_422")).length(1) == 8


def test_frames_of_single_bits_begin_anywhere_in_a_byte():
    bits = "110100101" + "001011010" + "111111111"  # three frames of 3 x 3
    packed = int(bits[::-1], 2).to_bytes(4, "little")
    data = native(packed, frames=3, rows=3, columns=3, bits=1)

    found = [f"{int.from_bytes(frame, 'little') & 0x1FF:09b}"[::-1] for frame in frames(data)]

    assert found == ["110100101", "001011010", "111111111"]
    with pytest.raises(NoSuchFrame):
        of(data).ranges(2)


def test_a_fragment_for_each_frame_needs_no_table():
    data = encapsulated(b"one!", b"twotwo", frames=2, syntax=RLE)

    assert frames(data) == [b"one!", b"twotwo"]
    assert [data[at : at + size] for at, size in of(data).ranges(2)] == [b"twotwo"]


def test_a_single_frame_takes_all_fragments():
    data = encapsulated(SOI + b"11", b"22", b"33", frames=1)

    assert frames(data) == [SOI + b"112233"]
    assert len(of(data).ranges(1)) == 3


def test_a_basic_offset_table_groups_fragments():
    table = struct.pack("<2I", 0, 8 + 2 + 8 + 2)

    assert frames(encapsulated(b"1a", b"1b", b"2a", frames=2, table=table)) == [b"1a1b", b"2a"]


def test_a_table_that_fits_no_fragments_is_not_believed_and_markers_tell():
    table = struct.pack("<2I", 0, 5)

    assert frames(encapsulated(SOI, b"1b", SOI, b"2b", frames=2, table=table)) == [SOI + b"1b", SOI + b"2b"]
    assert frames(encapsulated(SOI, b"1b", SOI, b"2b", frames=2)) == [SOI + b"1b", SOI + b"2b"]


def test_frames_that_cannot_be_told_apart_are_none():
    assert of(encapsulated(b"11", b"22", b"33", frames=2)).count == 0
    assert of(encapsulated(b"video stream", frames=100, syntax=VIDEO)).count == 0


def test_fewer_fragments_than_frames_are_the_frames_there_are():
    assert of(encapsulated(SOI, SOI, frames=5)).count == 2


def test_a_missing_delimiter_at_the_end_of_the_file_does_no_harm():
    assert frames(encapsulated(b"one!", frames=1, delimiter=False)) == [b"one!"]


def test_fragments_that_do_not_fit_the_file_are_refused():
    data = encapsulated(b"one!", frames=1)

    with pytest.raises(Truncated):
        of(data[:-10])
    with pytest.raises(BadEncoding):
        of(data.replace(struct.pack("<HHI", 0xFFFE, 0xE000, 4), struct.pack("<HHI", 0xFFFE, 0xE001, 4)))


def check(data: bytes) -> None:
    check_fragments(data, facts(data, size=len(data)), size=len(data))


def test_an_object_whose_fragments_are_longer_than_its_file_is_refused_as_it_comes_in():
    whole = encapsulated(SOI + b"11", b"22", frames=1, delimiter=False)

    check(whole)
    for short in (whole[:-1], whole[:-6] + b"\xff\xff\xff\xff22", whole[:-6] + b"\0\0\0\x8022"):
        with pytest.raises(Truncated, match="longer than the file"):
            check(short)


def test_what_else_is_wrong_with_fragments_is_kept_as_it_came():
    data = encapsulated(b"one!", frames=1)

    check(data + b"trailing")
    check(data.replace(struct.pack("<HHI", 0xFFFE, 0xE000, 4), struct.pack("<HHI", 0xFFFE, 0xE001, 4)))
    check(native(bytes(8), frames=1)[:-4])
    check(instance())


def test_looking_at_fragments_reads_eight_bytes_of_each():
    data, asked = encapsulated(*[SOI + bytes(1000)] * 50, frames=50), []

    def read(start: int, length: int) -> bytes:
        asked.append(length)
        return data[start : start + length]

    check_fragments(read, facts(data, size=len(data)), size=len(data))
    assert asked == [8] * 52


def test_an_instance_without_pixels_has_no_frames():
    table = of(instance())

    assert table.count == 0
    with pytest.raises(NoSuchFrame):
        table.ranges(1)


@pytest.mark.parametrize("number", [0, -1, 4])
def test_there_are_no_other_frames(number):
    data = native(bytes(24), frames=3)

    with pytest.raises(NoSuchFrame):
        read_frame(data, of(data), number)


def test_frames_of_a_deflated_data_set_are_inflated_one_by_one():
    engine = zlib.compressobj(wbits=-15)
    pixels = os.urandom(8 * 1000)
    body = b"".join(explicit(*parts) for parts in IDENTITY) + geometry(1000) + explicit(0x7FE00010, "OW", pixels)
    data = meta_bytes(sop_class_uid=CT, sop_instance_uid="1.2.3.4", transfer_syntax_uid=DEFLATED) + engine.compress(body) + engine.flush()

    table = of(data)

    assert (table.count, table.addressable) == (1000, False)
    assert read_frame(io.BytesIO(data), table, 900) == pixels[899 * 8 : 900 * 8]


def test_files_buffers_and_functions_are_read_alike(tmp_path: Path):
    data = encapsulated(b"one!", b"twotwo", frames=2, syntax=RLE)
    (tmp_path / "it.dcm").write_bytes(data)
    known: Facts = read_facts(tmp_path / "it.dcm")

    with (tmp_path / "it.dcm").open("rb") as file:
        tables = [frame_table(source, known) for source in (data, memoryview(data), file, io.BytesIO(data), lambda at, size: data[at : at + size])]
        assert read_frame(file, tables[0], 2) == b"twotwo"
    assert all(table == tables[0] for table in tables)


def _agrees_with_pydicom(path: Path) -> bool:
    try:
        known = read_facts(path)
    except Invalid:
        return False
    with path.open("rb") as file:
        table = frame_table(file, known)
        mine = [read_frame(file, table, number) for number in range(1, table.count + 1)]
    if not table.count or table.inflated or table.frame_bits % 8:
        return False
    pixels = pydicom.dcmread(path, force=True).PixelData
    if table.encapsulated:
        assert mine == list(generate_frames(pixels, number_of_frames=known.number_of_frames))[: table.count]
    else:
        assert b"".join(mine) == pixels[: len(b"".join(mine))]
    return True


def test_frames_are_those_of_pydicom_in_its_own_files():
    assert sum(_agrees_with_pydicom(path) for path in bundled()) >= 80


def test_a_big_endian_frame_of_odd_length_keeps_its_padding():
    path = Path(str(get_testdata_file("SC_rgb_small_odd_big_endian.dcm")))

    assert frames(path.read_bytes()) == [pydicom.dcmread(path).PixelData]
