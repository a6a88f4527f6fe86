"""Throws damaged and hostile zips, tars and gzips at the archive readers until the time is up.

    python fuzz/archives.py --seconds 60 [--seed 1] [--corpus DIR ...]

The law: an archive ends in members or in our own refusal, soon and in little memory; a zip that is not refused gives
exactly what Python's own reader finds in it. An input that fails is written to fuzz/findings/.
"""
from __future__ import annotations

import argparse
import gzip
import io
import random
import struct
import sys
import tarfile
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from pathlib import Path

from scanhouse.storage import archives
from scanhouse.storage.archives import ArchiveRefused, Bounds, MemberRefused

MAX_SECONDS = 1.0
"""For one input."""
BOUNDS = Bounds(members=500, member_bytes=8 << 20, total_bytes=16 << 20, member_free=1 << 20, total_free=4 << 20, depth=3)
FINDINGS = Path(__file__).parent / "findings"
TELLING = [b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"\x1f\x8b\x08", b"ustar\0", b"\xff\xff", b"\xff\xff\xff\xff", b"\0\0\0\0",
           struct.pack("<2HQ", 1, 8, 1 << 40), b"../", b"7777777777\0", b"\x80\0\0\0\0\0\0\1", b"L", b"x", b"g", b"30 path=../../etc/passwd\n"]
"""Signatures, extreme numbers and fields that steer readers."""


def corpus(folders: list[Path]) -> list[bytes]:
    """Small archives of every form we read, and those of `folders`."""
    members = [("a.dcm", bytes(128) + b"DICM" + bytes(range(256))), ("folder/b", b"x" * 3000), ("empty", b""), ("Ünï", b"text")]
    made = [_zip(members, zipfile.ZIP_STORED), _zip(members, zipfile.ZIP_DEFLATED), _zip(members, zipfile.ZIP_DEFLATED, zip64=True)]
    made += [_tar(members, style) for style in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT)]
    made += [gzip.compress(made[3]), gzip.compress(b"one file" * 50)]
    made += [_zip([("in.zip", made[1]), ("in.tar.gz", made[6]), ("c", b"c")], zipfile.ZIP_DEFLATED), _tar([("in.zip", made[0])], tarfile.GNU_FORMAT)]
    found = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size < 200_000]
    return made + [path.read_bytes() for path in found]


def damaged(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """`data` with one to five things done to it that tell."""
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 5])):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(7):
            case 0 if out:
                out[at % len(out)] = rng.randrange(256)
            case 1:
                telling = rng.choice(TELLING)
                out[at : at + len(telling)] = telling
            case 2:
                out[at:at] = rng.choice(TELLING)
            case 3:
                del out[at : at + rng.choice([1, 2, 30, 512])]
            case 4:
                del out[at:]
            case 5:
                other = rng.choice(others)
                first = rng.randrange(len(other) + 1)
                out[at:at] = other[first : first + rng.choice([30, 46, 512, 3000])]
            case 6 if (field := out.find(rng.choice(TELLING[:5]))) >= 0:
                place = field + rng.randrange(4, 46)
                out[place : place + 4] = struct.pack("<I", rng.choice([0, 1, 0xFFFF, 0xFFFFFFFF, rng.randrange(1 << 16), len(out)]))
    return bytes(out)


def read(data: bytes, spool: Path, *, nested: bool) -> list[tuple[str, bytes | None]] | None:
    """Names and contents of the members (None for a refused one), or None when the archive is refused."""
    found: list[tuple[str, bytes | None]] = []
    with tempfile.TemporaryFile(dir=spool) as file:
        file.write(data)
        file.seek(0)
        try:
            for member in archives.members(file, nested=nested, spool=spool, bounds=BOUNDS):
                try:
                    found.append((member.name, b"".join(member.chunks())))
                except MemberRefused as error:
                    assert str(error).endswith("."), str(error)
                    found.append((member.name, None))
        except ArchiveRefused:
            return None
    assert sum(len(content or b"") for _, content in found) <= BOUNDS.total_bytes
    return found


def try_one(data: bytes, spool: Path) -> str:
    """How the input ended. Raises AssertionError, or whatever escaped, when the law is broken."""
    began = time.process_time()  # what it costs, not how busy the machine is
    found = read(data, spool, nested=False)
    read(data, spool, nested=True)
    took = time.process_time() - began
    assert took < MAX_SECONDS, f"took {took:.1f} s"
    assert list(spool.iterdir()) == [], "something is left in the spool"
    if found is None:
        return "refused"
    if archives.kind(data[:512]) is archives.Kind.ZIP:
        compare(data, found)
    return "some refused" if any(content is None for _, content in found) else "read"


def compare(data: bytes, found: list[tuple[str, bytes | None]]) -> None:
    """What we read of a zip, Python reads too, and the same, but for what it refuses."""
    try:
        with warnings.catch_warnings(), zipfile.ZipFile(io.BytesIO(data)) as other:
            warnings.simplefilter("ignore")
            theirs = []
            for info in other.infolist():
                try:
                    theirs.append(other.read(info) if info.file_size <= BOUNDS.member_bytes else None)
                except Exception:  # whatever theirs makes of it
                    theirs.append(None)
    except Exception:
        return  # a date or a version that theirs does not accept
    only_ours = Counter(content for _, content in found if content) - Counter(theirs)
    assert only_ours.total() <= theirs.count(None), "we read what Python does not find"


def run(seconds: float, seed: int, folders: list[Path], limit: int | None = None) -> Counter[str]:
    """Fuzz until the time or the number of inputs is up; how they ended. Raises on the first that breaks the law."""
    rng, seeds, ends = random.Random(seed), corpus(folders), Counter[str]()
    deadline = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="fuzz-") as spool:
        while time.monotonic() < deadline and (limit is None or ends.total() < limit):
            data = damaged(rng.choice(seeds), rng, seeds)
            try:
                ends[try_one(data, Path(spool))] += 1
            except BaseException:
                FINDINGS.mkdir(exist_ok=True)
                (FINDINGS / f"archive-{seed}-{ends.total()}").write_bytes(data)
                raise
    return ends


def _zip(members: list[tuple[str, bytes]], method: int, *, zip64: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, data in members:
            with made.open(zipfile.ZipInfo(name, (2024, 1, 2, 3, 4, 6)), "w", force_zip64=zip64) as file:
                file.write(data)
    return out.getvalue()


def _tar(members: list[tuple[str, bytes]], style: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=style) as made:
        for name, data in [*members, ("long/" * 24 + "name", b"long")]:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return out.getvalue()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, nargs="*", default=[])
    given = parser.parse_args()
    try:
        print(dict(run(given.seconds, given.seed, given.corpus)))
    except BaseException:
        traceback.print_exc()
        sys.exit(1)
