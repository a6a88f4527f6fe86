"""New UIDs for old ones: DicomEdit's public hash, keyed hashes that cannot be recomputed, random ones that are remembered."""
from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from functools import lru_cache
from typing import Final

from scanhouse.deid.context import Context
from scanhouse.deid.errors import RunError

LONGEST: Final = 64
"""Characters in a UID (PS3.5 9.1)."""
_UID = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))*")


def hash_uid(text: str) -> str:
    """`2.25.` and the first 16 bytes of SHA-1 of the text, marked as a version 5 UUID but without a name space.

    Whoever knows the original can recompute it; it exists because scripts of XNAT rely on it (reference 2.9.1).
    """
    raw = bytearray(hashlib.sha1(text.encode(), usedforsecurity=False).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x50
    raw[8] = raw[8] & 0x3F | 0x80
    return f"2.25.{int.from_bytes(raw, 'big')}"


@lru_cache(maxsize=4096)  # every file of a series has the same few; the newest are asked for again
def keyed_uid(text: str, key: bytes, *, prefix: str = "2.25") -> str:
    """The same UID for the same text and key, everywhere and always; nobody without the key can recompute it.

    A UID that was made with this key comes back as it is, so that a second run changes nothing: its last 48 bits are a check.
    """
    text = text.strip(" \0")
    if is_keyed_uid(text, key):
        return text
    number = hmac.digest(key, text.encode(), "sha256")[:10]
    return below(prefix, int.from_bytes(number + _check(number, key), "big"))


def is_keyed_uid(text: str, key: bytes) -> bool:
    """Whether the UID was made by `keyed_uid` with this key; of others one in 2^48 seems so."""
    last = text.rpartition(".")[2]
    if not 30 <= len(last) <= 39 or not last.isdecimal() or not last.isascii():
        return False
    raw = int(last).to_bytes(17, "big")[1:]
    return hmac.compare_digest(raw[10:], _check(raw[:10], key))


def _check(number: bytes, key: bytes) -> bytes:
    return hmac.digest(key, b"check" + number, "sha256")[:6]


def below(prefix: str, number: int) -> str:
    """A UID that begins with the prefix. Raises `RunError` if the prefix is no UID or leaves no room."""
    prefix = prefix.rstrip(".")
    if _UID.fullmatch(prefix) is None or len(prefix) > LONGEST - 20:
        raise RunError(f"{prefix!r} cannot begin a UID", expected=f"numbers joined by dots, at most {LONGEST - 20} characters")
    return f"{prefix}.{number}"[:LONGEST]


def new_uid(context: Context) -> str:
    """A fresh UID: `2.25.` and a random UUID, unless the caller makes them."""
    return context.new_uid() if context.new_uid is not None else f"2.25.{uuid.uuid4().int}"


def mapped_uid(text: str, prefix: str, context: Context) -> str:
    """The same new UID below the prefix for the same text: by the context's key, or else random and remembered in it."""
    if context.key:
        return keyed_uid(text, context.key, prefix=prefix)
    known = context.uids.get((prefix, text))
    if known is None:
        known = context.uids[prefix, text] = below(prefix, uuid.uuid4().int)
    return known
