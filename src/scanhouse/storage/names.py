"""Names that came from outside: judged before anything is laid out under them, tamed where a name is wanted at any price.

Names are data: no object lies under one. They matter where a person or a pipeline gets files: zips, trees, downloads.
So what is dangerous on any system on which those may be unpacked is refused here, not only what is on this one.
"""
from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from scanhouse.errors import Invalid

MAX_SEGMENT = 255  # bytes in UTF-8: the limit of ext4, XFS, NTFS and APFS
MAX_PATH = 2048  # bytes: with the folders above it a path still fits into Linux's 4096
MAX_DEPTH = 64  # folders: deeper trees exhaust recursive tools and serve nobody
_TAMED_SEGMENT = 128  # bytes that a shortened segment keeps, with its hash: room for a suffix against clashes

# C0, DEL, C1; line and paragraph separators; marks that reverse the reading direction ("exe.mcd" shown as "dcm.exe");
# halves of surrogate pairs, which are not text.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:")
# Windows opens the device whatever the extension (and its superscript digits count as digits).
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?", re.IGNORECASE | re.DOTALL)


class UnsafeName(Invalid):
    """`name` may not be used as a path; `reason` says why. The message leaves the name out, as it may name a patient."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"A file name cannot be used: {reason}. Rename the file and send it again.")
        self.name = name
        self.reason = reason


def relative(name: str) -> str:
    """`name` as a relative path with `/` between its segments, `.` segments and doubled slashes taken out.

    Raises UnsafeName for anything that could lead elsewhere, fool a reader, or not be written on common systems.
    """
    if name.startswith(("/", "\\")):
        raise UnsafeName(name, "it is absolute")
    segments = [part for part in name.split("/") if part not in ("", ".")]
    if not segments:
        raise UnsafeName(name, "it is empty")
    if len(segments) > MAX_DEPTH:
        raise UnsafeName(name, f"it lies {len(segments)} folders deep, and at most {MAX_DEPTH} are allowed")
    for part in segments:
        if reason := _fault(part):
            raise UnsafeName(name, reason)
    path = "/".join(segments)
    if len(path.encode()) > MAX_PATH:
        raise UnsafeName(name, f"it is longer than {MAX_PATH} bytes")
    return path


def segment(name: str) -> str:
    """`name` as one folder or file name. Raises UnsafeName, also when it holds a slash."""
    if "/" in name:
        raise UnsafeName(name, "it holds a slash")
    if not name:
        raise UnsafeName(name, "it is empty")
    if reason := _fault(name):
        raise UnsafeName(name, reason)
    return name


def inside(root: Path, name: str) -> Path:
    """The path of `name` below `root`. Raises UnsafeName. Links that others made below `root` are not looked at: make it yourself."""
    return root / relative(name)


def tame(name: str) -> str:
    """A path like `name` that `relative` accepts unchanged: what it would refuse is replaced or shortened. Never raises."""
    if _DRIVE.match(name):
        name = name[2:]
    parts = [_tame_segment(part) for part in name.replace("\\", "/").split("/") if part.strip(" .")]
    if len(parts) > MAX_DEPTH:
        parts = [*parts[: MAX_DEPTH - 2], _hash("/".join(parts)), parts[-1]]
    path = "/".join(parts) or "_"
    # Shortened from the middle: the first folder says whose it is, the last segment what it is.
    if len(path.encode()) > MAX_PATH:
        path = "/".join((parts[0], _hash(path), parts[-1]))
    return path


def visible(name: str) -> str:
    """`name` with `_` for each character that nobody can see or type into an address: control and direction characters. Never raises."""
    return _HIDDEN.sub("_", name)


def fold(name: str) -> str:
    """Equal for names that some file system takes for one: other case, other composition of the same letters."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", name).casefold())


def clashes(names: Iterable[str]) -> list[str]:
    """The names among `names` that are taken for one by some file system, in their order."""
    given = list(names)
    count = Counter(map(fold, given))
    return [name for name in given if count[fold(name)] > 1]


def distinct(names: Iterable[str]) -> list[str]:
    """`names` with `_1`, `_2`, ... after those that clash with an earlier one, as XNAT does (`x.dcm`, `x.dcm_1`)."""
    taken: set[str] = set()
    counts: Counter[str] = Counter()
    found = []
    for name in names:
        chosen, folded = name, fold(name)
        while fold(chosen) in taken:
            counts[folded] += 1
            chosen = f"{name}_{counts[folded]}"
        taken.add(fold(chosen))
        found.append(chosen)
    return found


def _fault(part: str) -> str | None:
    """Why one segment may not be used, or None."""
    if part.isascii() and part.replace("-", "").replace("_", "").replace(".", "").isalnum() and part[0] != "." and part[-1] != ".":
        # What nearly every name is; the rest of the questions cannot concern it, but these two.
        return _too_long(part) or _reserved(part)
    if _HIDDEN.search(part):
        return "it holds control or direction characters"
    if "\\" in part:
        return "it holds a backslash, which is a folder separator on Windows"
    if _DRIVE.match(part):
        return "it starts with a drive letter"
    if not part.strip(" ."):
        return "it climbs out of its folder, or is nothing but dots and blanks"
    # A later step may normalise look-alikes: two dots as one character, slashes and dots of full width.
    if any(piece.strip() in ("", ".", "..") for piece in re.split(r"[/\\]", unicodedata.normalize("NFKC", part))):
        return "it reads as a climb out of its folder once its characters are normalised"
    return _too_long(part) or _reserved(part)


def _too_long(part: str) -> str | None:
    return f"a part of it is longer than {MAX_SEGMENT} bytes" if len(part.encode()) > MAX_SEGMENT else None


def _reserved(part: str) -> str | None:
    return "it is the name of a device on Windows" if _RESERVED.fullmatch(part) else None


def _tame_segment(part: str) -> str:
    part = _HIDDEN.sub("_", part)
    if _DRIVE.match(part):
        part = part[0] + "_" + part[2:]
    if len(part.encode()) > MAX_SEGMENT:
        stem, dot, extension = part.rpartition(".")
        ending = dot + extension if stem and len(extension.encode()) <= 16 else ""
        part = f"{part.encode()[:_TAMED_SEGMENT].decode(errors='ignore')}~{_hash(part)}{ending}"
    if _fault(part):
        part = f"_{part}"
    # Only look-alikes are left: nothing of such a name is worth keeping but that it differs from others.
    return part if _fault(part) is None else f"_{_hash(part)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
