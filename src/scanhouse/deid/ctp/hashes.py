"""Functions that hash: numbers, names, patient ids and UIDs by MD5, without a secret, as CTP defines them; and Blowfish.

Whoever guesses the original can recompute them (reference 4.4): they are here because scripts and collections rely on them.
"""
from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

from scanhouse.deid.ctp.blowfish import Blowfish
from scanhouse.deid.ctp.calls import Kind, Scripted, defined, leftmost, number, read
from scanhouse.deid.ctp.results import REMOVE, plain
from scanhouse.deid.errors import RunError
from scanhouse.deid.evaluation import value_of, written
from scanhouse.deid.functions import Value
from scanhouse.deid.program import Call, Expression
from scanhouse.deid.state import Here, State
from scanhouse.deid.uids import LONGEST

SCRIPTS: Final = "ctp scripts"
"""Where a run remembers the scripts of elements by tag, for hashuid's third argument."""
_FILLER: Final = "tszyihnnphlyeaglle"
"""What CTP appends to a key that is too short; data encrypted by it can be read only with the same."""
_KEY_LENGTH: Final = 22
"""Base-64 characters of 128 bits."""


def md5_number(text: str) -> str:
    """MD5 of the UTF-8 text as an unsigned decimal number."""
    return str(int.from_bytes(hashlib.md5(text.encode("utf-8", "replace"), usedforsecurity=False).digest(), "big"))


def hashed(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
    if arguments[0] is None:
        return REMOVE
    return leftmost(md5_number(read(arguments[0])), number(arguments[1], 0) if len(arguments) > 1 else 0)


def hash_name(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
    words = read(arguments[0]).split("^")
    count = number(arguments[2], 0) if len(arguments) > 2 else 0
    name = re.sub(r"[\s,'^.]", "", "".join(words[:count] if count > 0 else words)).upper()
    return leftmost(md5_number(name), number(arguments[1], 4))


def hash_patient(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
    site = defined(arguments[0], "the site").strip()
    digits = md5_number(f"[{site}]{read(arguments[1]).strip()}")
    return leftmost(digits, number(arguments[2], 0) if len(arguments) > 2 else 0)


def hash_uid(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    if arguments[1] is None:
        return REMOVE
    root = defined(arguments[0], "the root of the UID").strip()
    uid = read(arguments[1]) + (script_result(state, read(arguments[2])) if len(arguments) > 2 else "")
    digits = md5_number(uid)
    prefix = root if not root or root.endswith(".") else root + "."
    return f"{prefix}{'9' if digits.startswith('0') else ''}{digits}"[:LONGEST].rstrip(".")


def script_result(state: State, digits: str) -> str:
    """What the script of another element gives, as that element; nothing when it has none. Raises `RunError` for a circle."""
    scripts = cast("Mapping[int, Expression]", state.memory.get(SCRIPTS, {}))
    tag = int(digits, 16) if digits else 0
    script, here = scripts.get(tag), state.here
    if script is None or here is None:
        return ""
    running = cast("set[int]", state.memory.setdefault("ctp running", set()))
    if tag in running:
        raise RunError("scripts that hash each other's results go round in a circle", remedy="Let one of them do without the other.")
    running.add(tag)
    state.here = Here(type(here.tag)(tag), here.original, here.output, here.address)
    try:
        return plain(written(value_of(script, state), state) or "")
    finally:
        state.here = here
        running.discard(tag)


def encrypt(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    raw = read(arguments[0]).encode("utf-8", "replace")
    state.spend(1 + len(raw))
    return base64.b64encode(_cipher(arguments[1]).encrypted(raw)).decode("ascii")


def decrypt(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    try:
        raw = base64.b64decode(read(arguments[0]).strip(), validate=True)
        state.spend(1 + len(raw))
        return _cipher(arguments[1]).decrypted(raw).decode("utf-8")
    except ValueError:
        raise RunError("the value was not encrypted with this key", remedy="Check the key, or guard the element with @if.") from None


def _cipher(key: Value) -> Blowfish:
    text = re.sub(r"[^A-Za-z0-9+/]", "", defined(key, "the key"))
    while len(text) < _KEY_LENGTH:
        text += _FILLER
    return Blowfish(base64.b64decode(text[:_KEY_LENGTH] + "=="))


E, P, S = Kind.ELEMENT, Kind.PARAMETER, Kind.SCRIPT
FUNCTIONS = (
    Scripted("hash", "hash(element[, n])", "MD5 of the text as a decimal number, its leftmost n digits; a missing element is removed.", hashed,
             1, 2, kinds=(E, P)),
    Scripted("hashname", "hashname(element, n[, words])", "The first `words` parts of a name, put together in upper case without blanks, "
             "commas, apostrophes and dots, hashed to n digits (4 when n is no number).", hash_name, 2, 3, kinds=(E, P, P)),
    Scripted("hashptid", "hashptid(site, element[, n])", "Hash of `[site]` and the text; a missing element hashes as an empty text.",
             hash_patient, 2, 3, kinds=(P, E, P)),
    Scripted("hashuid", "hashuid(root, element[, element2])", "A UID of root and the hash of the text (and of what the script of element2 "
             "gives), at most 64 characters; a missing element is removed.", hash_uid, 2, 3, kinds=(P, E, S)),
    Scripted("encrypt", "encrypt(element, key)", "The text encrypted with Blowfish, in base 64.", encrypt, 2, 2, kinds=(E, P)),
    Scripted("decrypt", "decrypt(element, key)", "What encrypt made, back again; an error with another key.", decrypt, 2, 2, kinds=(E, P)),
)
