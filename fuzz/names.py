"""Throws names made of the characters that cause trouble at `scanhouse.storage.names` until the time is up.

    python fuzz/names.py --seconds 60 [--seed 1]

The law: a name is refused by UnsafeName or names a place below the root, also after the normalisations that other systems
apply; and a tamed name always passes, unchanged.
"""
from __future__ import annotations

import argparse
import ntpath
import posixpath
import random
import sys
import time
import unicodedata
from collections import Counter

from scanhouse.storage import names
from scanhouse.storage.names import UnsafeName

PARTS = ["..", ".", "/", "\\", "//", "\\\\", "C:", "c:\\", " ", "\t", "\n", "\0", "\x7f", "\x85", "．", "‥", "…", "／", "＼", "∕", "⁄",
         "\u202e", "\u2028", "\u200b", "\ud800", "\udfff", "nul", "CON", "aux.", "com1", "LPT¹", "conin$", "a", "é", "e\u0301", "ﬀ", "名",
         "😀", "%2e%2e",
         "x" * 250, "é" * 130, ".dcm", "?", "*", "<b>", "'", '"', "$(x)", ";", "|", "-rf", "~", "ı", "İ", "ß", "\ufeff", "\U000e0001"]


def try_one(name: str) -> str:
    """How it ended. Raises AssertionError, or whatever escaped, when the law is broken."""
    tamed = names.tame(name)
    assert names.relative(tamed) == tamed, "a tamed name does not pass"
    assert names.tame(tamed) == tamed, "taming is not done at once"
    names.fold(name)
    try:
        path = names.relative(name)
    except UnsafeName:
        return "refused"
    for form in (path, *(unicodedata.normalize(kind, path) for kind in ("NFC", "NFD", "NFKC", "NFKD"))):
        for system in (posixpath, ntpath):
            assert not system.isabs(form) and not system.splitdrive(form)[0], f"absolute for {system.__name__}"
            assert not system.normpath(form).startswith(".." + system.sep) and system.normpath(form) != "..", f"climbs out for {system.__name__}"
    return "accepted"


def run(seconds: float, seed: int, limit: int | None = None) -> Counter[str]:
    """Fuzz until the time or the number of names is up; how they ended. Raises on the first that breaks the law."""
    rng, ends = random.Random(seed), Counter[str]()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and (limit is None or ends.total() < limit):
        name = "".join(rng.choice(PARTS) for _ in range(rng.choice([1, 2, 3, 4, 6, 10, 80])))
        try:
            ends[try_one(name)] += 1
        except BaseException as error:
            error.add_note(f"name {name!a} of seed {seed}")
            raise
    return ends


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(dict(run(given.seconds, given.seed)))
    sys.exit(0)
