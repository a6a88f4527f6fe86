"""What the result of an element's script means: a text to store, or one of the words that decide about the element.

A script's result is one text, and CTP looks for words such as `@remove()` in it. Here such a word counts only where the script, a
parameter or the lookup table says it: it carries a mark that no value of an object can hold, so a patient named `@keep()` keeps nothing.
"""
from __future__ import annotations

import re
from typing import Final

from scanhouse.deid.policy import Decision, Empty, Enter, Keep, Remove, Replace
from scanhouse.deid.values import BYTES, NUMBERS

MARK: Final = "\ud800"
"""Half a surrogate pair: no character set decodes to it, and scripts that hold it are refused."""
KEEP: Final = MARK + "@keep()"
REMOVE: Final = MARK + "@remove()"
EMPTY: Final = MARK + "@empty()"
PROCESS: Final = MARK + "@process()"
BLANK: Final = MARK + "@blank("
MOST_BLANKS: Final = 55
"""Blanks that CTP writes at most."""

_WORD = re.compile(r"@(?:(?:keep|remove|empty|process)\(\)|blank\()")


def marked(text: str) -> str:
    """A text of the script itself, with the words in it made to count."""
    return _WORD.sub(lambda word: MARK + word[0], text) if "@" in text else text


def plain(text: str) -> str:
    return text.replace(MARK, "")


def blanks(count: str) -> str:
    """The word that asks for blanks; what is no digit in the count is ignored."""
    digits = re.sub(r"[^0-9]", "", count)[:4]
    return f"{BLANK}{min(int(digits or '0'), MOST_BLANKS)})"


def decision(result: str, vr: str, why: str) -> Decision:
    """What to do with an element of this VR that is there (reference 4.3)."""
    result = result.strip()
    if REMOVE in result:
        return Remove(why)
    if PROCESS in result:
        return Enter(why) if vr == "SQ" else Keep(why)
    if result == KEEP:
        return Keep(why)
    if result in ("", EMPTY) or vr == "SQ" or vr in BYTES:
        # A text cannot be given to a sequence or to bulk bytes. CTP leaves them as they are; here they become empty.
        return Empty(why)
    if result.startswith(BLANK):
        text = " " * blank_count(result)
        return Replace(text, why) if text and vr not in NUMBERS else Empty(why)
    return Replace(plain(result), why)


def inserted(result: str) -> str | None:
    """The text of an element that was absent, or None when nothing is to be inserted."""
    if REMOVE in result or PROCESS in result or result == KEEP:
        return None
    if result == EMPTY or result.startswith(BLANK):
        return ""
    return plain(result)


def blank_count(result: str) -> int:
    return int(result[len(BLANK):result.index(")")])
