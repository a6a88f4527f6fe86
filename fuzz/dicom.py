"""Throws damaged DICOM at every parser of `scanhouse.dicom` until the time is up: only our own errors may come back, and soon.

    python fuzz/dicom.py --seconds 60 [--seed 1] [--corpus DIR ...]

The corpus is pydicom's own test files, and any folders named. An input that fails is written to fuzz/findings/.
"""
from __future__ import annotations

import argparse
import io
import json
import random
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pydicom

from scanhouse.dicom.facts import facts
from scanhouse.dicom.frames import FrameTable, frame_table, read_frame
from scanhouse.dicom.json_model import metadata
from scanhouse.dicom.multipart import Reader
from scanhouse.errors import ScanhouseError

MAX_SECONDS = 3.0
"""For one input and all parsers together: what a deflated data set of `header.MAX_INFLATED` bytes of empty elements may cost."""
MAX_BYTES = 200_000
FINDINGS = Path(__file__).parent / "findings"
TELLING = [bytes.fromhex(text) for text in ("ffffffff", "00000000", "feff00e0", "feff0de0", "feffdde0", "53510000", "554e0000", "ffffff7f")]
"""Undefined and huge lengths, items and their delimiters, the VRs SQ and UN."""


def corpus(folders: list[Path]) -> list[bytes]:
    files = [path for folder in [Path(pydicom.__file__).parent / "data/test_files", *folders] for path in sorted(folder.rglob("*"))]
    return [path.read_bytes() for path in files if path.is_file() and path.stat().st_size < MAX_BYTES]


def damaged(data: bytes, rng: random.Random) -> bytes:
    """One to four kinds of damage, most of it in the header, where it matters."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        if not out:
            break
        first = min(rng.choice((0, 132, 300)), len(out) - 1)
        at = rng.randrange(first, min(len(out), first + rng.choice((200, 4000, len(out)))))
        kind = rng.randrange(6)
        if kind == 0:
            out[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            out[at : at + 4] = rng.choice(TELLING)
        elif kind == 2:
            del out[at:]
        elif kind == 3:
            del out[at : at + rng.randint(1, 16)]
        elif kind == 4:
            out[at:at] = rng.randbytes(rng.randint(1, 16))
        else:
            size = rng.randint(8, 200)
            out[at:at] = out[at : at + size] * rng.randint(1, 20)
    return bytes(out)


def parsers(data: bytes) -> Iterator[str]:
    """Run all parsers; yields the name of each outcome."""
    known = None
    try:
        known = facts(data, size=len(data))
        yield "facts"
    except ScanhouseError as error:
        yield f"facts {type(error).__name__}"
    try:
        json.dumps(metadata(data), allow_nan=False)
        yield "metadata"
    except ScanhouseError as error:
        yield f"metadata {type(error).__name__}"
    if known is not None:
        try:
            table = frame_table(io.BytesIO(data), known)
            assert FrameTable.unpack(table.pack()) == table
            if table.count and table.length(1) < 1 << 20:
                read_frame(io.BytesIO(data), table, table.count)
            yield "frames"
        except ScanhouseError as error:
            yield f"frames {type(error).__name__}"
    try:
        reader = Reader("b")
        for at in range(0, len(data), 4096):
            for _ in reader.feed(data[at : at + 4096].replace(b"\xfe\xff", b"\r\n--b\r\n")):
                pass
        yield "multipart"
    except ScanhouseError as error:
        yield f"multipart {type(error).__name__}"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--corpus", type=Path, nargs="*", default=[])
    chosen = options.parse_args()
    rng, files, outcomes, failures, slowest = random.Random(chosen.seed), corpus(chosen.corpus), Counter[str](), 0, 0.0
    end = time.monotonic() + chosen.seconds
    while time.monotonic() < end:
        data = damaged(rng.choice(files), rng)
        began = time.process_time()
        problem = ""
        try:
            outcomes.update(parsers(data))
        except Exception:
            problem = traceback.format_exc()
        took = time.process_time() - began
        slowest = max(slowest, took)
        if problem or took > MAX_SECONDS:
            failures += 1
            FINDINGS.mkdir(exist_ok=True)
            name = FINDINGS / f"dicom-{chosen.seed}-{failures}"
            name.with_suffix(".bin").write_bytes(data)
            name.with_suffix(".txt").write_text(problem or f"{took:.1f} s\n")
            print(f"{name}: {problem.strip().splitlines()[-1] if problem else f'{took:.1f} s'}")
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:8} {outcome}")
    print(f"{failures} failures, slowest input {slowest * 1000:.0f} ms")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
