"""Files edited without their pixels: the same bytes as the general way, in memory that does not grow with the pixels."""
from __future__ import annotations

import random
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.data import get_testdata_file
from pydicom.dataelem import DataElement
from pydicom.tag import BaseTag
from tests.deid.strategies import files

from scanhouse.deid.context import Context
from scanhouse.deid.engine import run
from scanhouse.deid.errors import RunError
from scanhouse.deid.fastpath.files import Span, deidentify, edited, write
from scanhouse.deid.fastpath.plan import plan_of
from scanhouse.deid.languages import parse
from scanhouse.deid.part10 import by_pydicom, read, written
from scanhouse.errors import Conflict

KEYED = Context(key=b"a key of thirty-two bytes or so..")
SIX = parse('version "6.7"\n*/(0010,0010) ?= "ANON"\n(0010,0020) := "S1"\n-+/(0008,103X)\nremoveAllPrivateTags\n'
            'mapReferencedUIDs["2.25", {(0008,0018), (0020,000D), */(0008,1155)}]\n(0018,0050) := "2.5"\n')
PROFILE = parse("profile basic\npixels pass\noption retain-safe-private\noption clean-structured-content\n")
PLANNED = parse('version "6.7"\n(0010,0010) := "ANON"\n(0010,0020) := "S1"\n*/(0008,0050) ?= ""\n(0008,1030) ?= "X"\n-(0008,103E)\n'
                'removeAllPrivateTags\n(0020,0052) := hashUID[(0020,0052)]\n(0040,A124) := "1.2.3"\n'
                'mapReferencedUIDs["2.25", {(0008,0018), (0020,000D), (0020,000E), */(0008,1155)}]\n*/(0010,1030) ?= ""\n')
FOUR = parse('(0010,0010) := "X"\n-(0008,1030)\n(0020,0013) := "12"\n')
REFUSING = parse('version "6.7"\nreject["not this one"]\n')
SCRIPTS = {"dicomedit6": SIX, "dicomedit4": FOUR, "profile": PROFILE, "planned": PLANNED}
FILES = ["CT_small.dcm", "MR_small.dcm", "MR_small_implicit.dcm", "JPEG2000.dcm", "MR_small_RLE.dcm", "rtplan.dcm", "test-SR.dcm",
         "UN_sequence.dcm", "image_dfl.dcm", "MR_small_bigendian.dcm"]
FAST = {"CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm", "MR_small_RLE.dcm", "test-SR.dcm"}
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def fast(program, data: bytes) -> tuple[bytes, bool]:
    result, out = edited(program, BytesIO(data), KEYED), BytesIO()
    write(result.pieces, BytesIO(data), out)
    return out.getvalue(), result.fast


def general(program, data: bytes) -> bytes:
    """The object read and written whole, by our own writer and by pydicom's, which must agree."""
    dataset = run(program, read(data), KEYED).dataset
    ours = written(dataset)
    assert ours == by_pydicom(dataset)
    return ours


def data_of(name: str) -> bytes:
    return Path(str(get_testdata_file(name))).read_bytes()


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("name", FILES)
def test_both_ways_give_the_same_bytes(name, script):
    data = data_of(name)
    result, was_fast = fast(SCRIPTS[script], data)
    assert result == general(SCRIPTS[script], data)
    assert was_fast or name not in FAST


@quick
@given(files(), st.sampled_from(sorted(SCRIPTS)), st.integers(0, 40))
def test_both_ways_give_the_same_bytes_for_any_object(dataset, script, length):
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    dataset._dict[BaseTag(0x7FE00010)] = DataElement(0x7FE00010, "OW", bytes(range(length * 2)))
    dataset._dict[BaseTag(0xFFFCFFFC)] = DataElement(0xFFFCFFFC, "OB", b"\0\0")
    data = written(dataset)
    assert fast(SCRIPTS[script], data)[0] == general(SCRIPTS[script], data)


@quick
@given(st.sampled_from(FILES), st.sampled_from(sorted(SCRIPTS)), st.integers(0, 2**32))
def test_a_damaged_file_gives_a_file_that_can_be_read_or_is_refused(name, script, seed):
    data, rng = bytearray(data_of(name)[:20_000]), random.Random(seed)
    for _ in range(rng.randrange(1, 4)):
        data[rng.randrange(132, min(len(data), 3000))] = rng.randrange(256)
    try:
        result, _ = fast(SCRIPTS[script], bytes(data))
    except RunError:
        return
    assert not result or read(result)._dict


def test_the_outcome_of_a_plan_unfolds_to_that_of_the_interpreter():
    data = data_of("CT_small.dcm")
    assert plan_of(PLANNED) is not None
    outcome, other = edited(PLANNED, BytesIO(data), KEYED).outcome, run(PLANNED, read(data), KEYED)
    assert (outcome.status, outcome.rejected, outcome.warnings) == (other.status, False, other.warnings)
    assert outcome.counts() == other.counts() and outcome.dataset.PatientName == "ANON"
    assert outcome.table(values=True) == other.table(values=True)


@pytest.mark.parametrize("line", [
    '(0010,0010) := "ANON"\n(0010,0010) := "B"',        # of two about one element the order matters
    '(0008,0060) = "MR" ? (0010,0010) := "X"',
    '(0008,0005) := "ISO_IR 192"',
    '(0008,0016) := "1.2.3"',
    '(0010,00XX) ?= ""',
    '(0008,1110)[0]/(0008,1155) := "1.2"',
    '(0019,{ACME}01) := "X"',
    '(0010,0010) := "Müller"',
    '(0010,0010) := lowercase["X"]',
    '(0018,0050) := "2.5"',
    'reject["x"]',
])
def test_programs_that_do_more_have_no_plan(line):
    assert plan_of(parse(f'version "6.7"\n{line}\n')) is None


def test_the_new_uids_name_the_file(tmp_path):
    source = tmp_path / "a.dcm"
    for program, context in ((PLANNED, KEYED), (PROFILE, KEYED), (SIX, KEYED)):
        source.write_bytes(data_of("CT_small.dcm"))
        _, path = deidentify(program, source, lambda identity: tmp_path / f"{identity.instance}_{identity.study}", context)
        ds = pydicom.dcmread(path)
        assert path.name == f"{ds.SOPInstanceUID}_{ds.StudyInstanceUID}"


def test_pixels_are_a_span_of_the_source():
    data = data_of("CT_small.dcm")
    result = edited(SIX, BytesIO(data), KEYED)
    [span] = [piece for piece in result.pieces if isinstance(piece, Span)]
    assert data[span.offset:span.offset + span.length] == pydicom.dcmread(BytesIO(data)).PixelData
    assert result.size == len(fast(SIX, data)[0])


def test_a_program_that_changes_pixels_reads_them():
    program = parse('version "6.7"\nalterPixels["rectangle", "l=0, t=0, r=10, b=10", "solid", "v=0"]\n')
    data = data_of("CT_small.dcm")
    result, was_fast = fast(program, data)
    assert not was_fast and pydicom.dcmread(BytesIO(result)).pixel_array[:10, :10].max() == 0


def test_text_that_needs_another_character_set_is_written_the_general_way():
    program = parse('version "6.7"\n(0010,0010) := "山田"\n')
    data = data_of("CT_small.dcm")
    assert fast(program, data) == (general(program, data), False)


def test_a_refused_object_has_no_pieces(tmp_path):
    source, target = tmp_path / "a.dcm", tmp_path / "b.dcm"
    source.write_bytes(data_of("CT_small.dcm"))
    outcome, path = deidentify(REFUSING, source, target)
    assert outcome.rejected and path is None and sorted(tmp_path.iterdir()) == [source]


def test_the_target_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    source, target = tmp_path / "a.dcm", tmp_path / "out" / "b.dcm"
    source.write_bytes(data_of("CT_small.dcm"))
    monkeypatch.setattr("os.sendfile", lambda *_: 0)
    with pytest.raises(RunError, match="shorter"):
        deidentify(SIX, source, target, KEYED)
    assert not list(target.parent.iterdir())
    monkeypatch.undo()
    assert deidentify(SIX, source, target, KEYED)[1] == target
    assert target.read_bytes() == general(SIX, source.read_bytes())


def test_a_file_that_exists_is_not_overwritten_unless_it_is_the_same(tmp_path):
    source, target = tmp_path / "a.dcm", tmp_path / "b.dcm"
    source.write_bytes(data_of("CT_small.dcm"))
    for _ in range(2):
        deidentify(SIX, source, target, KEYED, overwrite=False)
    target.write_bytes(b"something else")
    with pytest.raises(Conflict):
        deidentify(SIX, source, target, KEYED, overwrite=False)
    assert target.read_bytes() == b"something else" and len(list(tmp_path.iterdir())) == 2


BIG = """
import re, sys
from pathlib import Path
from scanhouse.deid.fastpath.files import deidentify
from scanhouse.deid.languages import parse
from scanhouse.deid.context import Context
def most_memory():  # of this program; getrusage would begin with that of the process that started it
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
before = most_memory()
outcome, _ = deidentify(parse("profile basic\\npixels pass"), Path(sys.argv[1]), Path(sys.argv[2]), Context(key=b"k" * 32))
print(outcome.status, before, most_memory())
"""


def test_memory_does_not_grow_with_the_pixels(tmp_path):
    source, target = tmp_path / "big.dcm", tmp_path / "new.dcm"
    data = data_of("CT_small.dcm")
    head = data[: data.index(b"\xe0\x7f\x10\x00OW\0\0")]
    length = 600 << 20
    with source.open("wb") as file:  # a hole, which takes no room on the disk
        file.write(head + b"\xe0\x7f\x10\x00OW\0\0" + length.to_bytes(4, "little"))
        file.truncate(file.tell() + length)
    ran = subprocess.run([sys.executable, "-c", BIG, str(source), str(target)], capture_output=True, text=True, check=True)
    status, before, after = ran.stdout.split()
    assert status == "ok" and target.stat().st_size > length
    assert int(after) < 300 * 1024 and int(after) - int(before) < 64 * 1024, "kilobytes"
