"""Builds the folder of front-end assets that are not ours: the OHIF viewer, htmx, a typeface.

    assets/
        viewer/     OHIF, moved below /viewer/; text files also as name.gz
        vendor/     htmx, Inter
        licences/   the licence text of each package
        built.json  what was built from what

Nothing foreign is asked for when a page is shown: all of it is fetched once, here, and believed only by its digest.
"""
from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import shutil
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from scanhouse.ops import npm, ohif

PINS = Path(__file__).with_name("assets.toml")

COMPRESSED = {".js", ".mjs", ".css", ".html", ".json", ".svg", ".wasm", ".txt", ".webmanifest"}
"""Kinds of file that gain from gzip; pictures and woff2 are compressed already."""


def build(target: Path, *, say: Callable[[str], object] = print, packs: Path | None = None, pins: Path = PINS) -> bool:
    """Make `target` hold the assets of `pins`. True when something was built, False when all was there.

    Built in a folder beside `target` and put in its place by a rename, so that a reader sees the old or the new and a
    killed build leaves nothing half done. `packs` is a folder that keeps the packed packages: what lies there is not fetched
    again, which also serves a machine without a network. Raises `npm.FetchFailed` and `ohif.ViewerChanged`.
    """
    target = target.resolve()
    recipe = recipe_of(pins)
    if built(target) == recipe:
        say("Front-end assets are ready.")
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    with alone(target):
        if built(target) == recipe:  # another process built it while we waited
            return False
        started = time.monotonic()
        fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
        try:
            make(fresh, read(pins), packs or fresh / "packs", say)
            shutil.rmtree(fresh / "packs", ignore_errors=True)
            (fresh / "built.json").write_text(json.dumps({"recipe": recipe}, indent=1))
            fresh.chmod(0o755)  # mkdtemp gives 0700; a web server of another user may have to read it
            swap(fresh, target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        say(f"Front-end assets built in {time.monotonic() - started:.0f} s.")
    return True


def make(folder: Path, packages: list[npm.Package], packs: Path, say: Callable[[str], object]) -> None:
    """Fetch, unpack and compress all packages into `folder`."""
    packs.mkdir(parents=True, exist_ok=True)
    for number, package in enumerate(packages, 1):
        say(f"Front-end assets {number}/{len(packages)}: {package}")
        unpack(package, npm.fetch(package, packs), folder)
    say("Front-end assets: compressing")
    compress(folder)


def unpack(package: npm.Package, packed: Path, folder: Path) -> None:
    """Write the wanted files of one package, and its licence."""
    patch = ohif.Patch() if package.name == "@ohif/app" else None
    for name, content in npm.members(packed):
        if name.upper().startswith("LICENSE"):
            write(folder / "licences" / f"{package.filename.removesuffix('.tgz')}.txt", content)
        elif patch is None and name in package.take:
            write(folder / package.into / package.take[name], content)
        elif patch is not None and name.startswith("dist/"):
            inner = name.removeprefix("dist/")
            if patch.wanted(inner):
                write(folder / package.into / inner, patch.apply(inner, content))
    if patch is not None:
        patch.finish()
    missing = [name for name in package.take.values() if not (folder / package.into / name).exists()]
    if missing:
        raise npm.FetchFailed(f"{package} has no {', '.join(missing)}. Correct `take` in assets.toml.")


def compress(folder: Path) -> None:
    """Put `name.gz` beside each file that gains from it. zlib releases the interpreter, so threads use all cores."""
    files = [path for path in folder.rglob("*") if path.suffix in COMPRESSED and path.is_file()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compress_one, files))


def compress_one(path: Path) -> None:
    content = path.read_bytes()
    packed = gzip.compress(content, 9, mtime=0)
    if len(packed) < len(content) * 0.95:
        path.with_name(path.name + ".gz").write_bytes(packed)


def read(pins: Path) -> list[npm.Package]:
    """The packages of a pin file."""
    return [npm.Package(**entry) for entry in tomllib.loads(pins.read_text("utf-8"))["package"]]


def recipe_of(pins: Path) -> str:
    """Digest of everything that decides the result: the pins and the code that builds."""
    digest = hashlib.sha256(pins.read_bytes())
    for module in (Path(__file__), Path(npm.__file__), Path(ohif.__file__)):
        digest.update(module.read_bytes())
    return digest.hexdigest()


def built(target: Path) -> str | None:
    """The recipe that `target` was built from, None when it is not there or not whole."""
    try:
        return str(json.loads((target / "built.json").read_text("utf-8"))["recipe"])
    except (OSError, ValueError, KeyError):
        return None


def swap(fresh: Path, target: Path) -> None:
    """Put `fresh` in the place of `target`. A folder cannot replace a full folder in one step, so the old one steps aside."""
    aside = fresh.with_name(fresh.name + "-old")
    if target.exists():
        target.rename(aside)
    fresh.rename(target)
    shutil.rmtree(aside, ignore_errors=True)


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@contextmanager
def alone(target: Path) -> Iterator[None]:
    """One build at a time: two would fetch the same 50 MB twice."""
    with (target.parent / f".{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
