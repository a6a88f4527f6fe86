"""Every parser of the package on damaged and hostile bytes: facts, or one of our errors, soon."""
import io
import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.data import get_testdata_file

from scanhouse.dicom.facts import facts, read_facts
from scanhouse.dicom.frames import FrameTable, frame_table, read_frame
from scanhouse.dicom.json_model import metadata
from scanhouse.errors import Invalid, ScanhouseError

FILES = [
    "CT_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "image_dfl.dcm",
    "UN_sequence.dcm", "JPEG2000.dcm", "rtplan.dcm", "test-SR.dcm",
]  # fmt: skip
MAX_SECONDS = 3.0


def parse(data: bytes) -> str:
    """Run all parsers; the name of the first refusal, or "" when all of it could be read."""
    outcome = ""
    began = time.process_time()
    try:
        known = facts(data, size=len(data))
        table = frame_table(io.BytesIO(data), known)
        assert FrameTable.unpack(table.pack()) == table
        if table.count and table.length(1) < 1 << 20:
            read_frame(data, table, table.count)
    except ScanhouseError as error:
        outcome = type(error).__name__
        assert str(error).endswith(".")
    try:
        json.dumps(metadata(data), allow_nan=False)
    except ScanhouseError as error:
        outcome = outcome or type(error).__name__
    assert time.process_time() - began < MAX_SECONDS
    return outcome


@pytest.mark.parametrize("name", FILES)
def test_a_file_may_be_cut_anywhere(name):
    data = Path(str(get_testdata_file(name))).read_bytes()
    cuts = set(range(0, min(len(data), 600), 7)) | set(range(0, len(data), max(1, len(data) // 150)))

    outcomes = {parse(data[:cut]) for cut in sorted(cuts)}

    assert outcomes & {"NotDicom", "Truncated", "HeadTooShort", "MissingUid", "NoInstanceUid", "BadEncoding"}


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 12))
def test_any_bytes_may_be_other_bytes(name, seed, times):
    data = bytearray(Path(str(get_testdata_file(name))).read_bytes())
    rng = random.Random(seed)
    for _ in range(times):
        at = rng.randrange(128, min(len(data), 4000))
        data[at : at + rng.choice((1, 2, 4))] = rng.choice((b"\xff\xff\xff\xff", b"\x00\x00", rng.randbytes(2), b"\xfe\xff\x00\xe0"))

    parse(bytes(data))


@given(st.binary(max_size=600))
def test_any_bytes_at_all_are_refused_or_read(data):
    parse(data)
    parse(bytes(128) + b"DICM" + data)
    parse(b"\x08\x00\x16\x00UI" + data)


def _verdicts(shared: Path) -> list[dict]:
    return [item for item in json.loads((shared / "data/malformed/expected.json").read_text())["items"] if item["path"].startswith("files/")]


@pytest.mark.shared
def test_every_malformed_file_gets_the_verdict_that_is_asked_for(shared: Path):
    wrong = []
    for item in _verdicts(shared):
        data = (shared / "data/malformed" / item["path"]).read_bytes()
        refused = parse(data)
        if (item["verdict"] == "reject") != bool(refused) and item["verdict"] != "either":
            wrong.append((item["path"], item["verdict"], refused))
    assert wrong == []


@pytest.mark.shared
def test_a_refusal_is_the_same_the_second_time(shared: Path):
    for item in _verdicts(shared):
        path = shared / "data/malformed" / item["path"]
        messages = []
        for _ in range(2):
            try:
                messages.append(repr(read_facts(path)))
            except Invalid as error:
                messages.append(str(error))
        assert messages[0] == messages[1], item["path"]
