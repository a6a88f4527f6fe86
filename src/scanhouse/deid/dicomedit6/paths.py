"""Reading the tag paths of DicomEdit 6, and saying what is wrong with one."""
from __future__ import annotations

import re

from scanhouse.deid.reading import Reader
from scanhouse.deid.tagpath import ALL, Level, Step, TagPath, TagPattern
from scanhouse.deid.tokens import Token

_CREATOR = re.compile(r"[A-Za-z][A-Za-z0-9 \-_.:]*")
_TAG_PARTS = re.compile(r"\(\s*(\S{4})\s*,\s*(?:\{([^{}]*)\})?\s*(\S+?)\s*\)")


class PathReader(Reader):
    """A reader that knows paths: levels, tags and items, joined by slashes."""

    def path(self) -> TagPath:
        steps: list[Step | Level] = []
        while True:
            token = self.token
            if token.kind in ("*", "+", "."):
                self.take()
                steps.append(Level(token.kind))
            else:
                steps.append(self._step())
            if not self.accept("/"):
                break
        if isinstance(steps[-1], Level):
            raise self.fault("/ and an element after a level wildcard")
        return TagPath(tuple(steps))

    def _step(self) -> Step:
        token = self.expect("TAG", "a tag such as (0010,0010)")
        pattern = self._pattern(token)
        if not self.accept("["):
            return Step(pattern)
        if self.accept("%"):
            item = ALL
        else:
            number = self.expect("NUMBER", "an item number from 0, or %")
            if not number.text.isdecimal():
                raise self.fault("an item number from 0, or %", token=number)
            item = int(number.text[:9])
        self.expect("]", "] after the item")
        return Step(pattern, item)

    def _pattern(self, token: Token) -> TagPattern:
        found = _TAG_PARTS.fullmatch(token.text)
        if found is None:
            raise self.fault("(gggg,eeee) or (gggg,{creator}ee)", token=token)
        group, creator, digits = found[1].upper(), found[2], found[3].upper()
        last = group[-1]
        if last == "X":
            raise self.fault("an even digit, an odd digit, @ or # there", what="the last digit of the group decides public or private",
                             token=token)
        private = last in "13579BDF#"
        if private and creator is None:
            raise self.fault("(gggg,{creator}ee)", what=f"the private tag {token.text} does not name its creator", token=token,
                             remedy="Name it, or use delete and set with the raw tag in quotes.")
        if not private and creator is not None:
            raise self.fault("an odd group", what=f"{token.text} has a creator but its group is even", token=token)
        if creator is not None and _CREATOR.fullmatch(creator) is None:
            raise self.fault("a letter, then letters, digits, blanks and - _ . :", what="this private creator cannot be written in a tag",
                             token=token, remedy="Use delete and set with the raw tag in quotes.")
        if len(digits) != (2 if private else 4):
            raise self.fault("two digits after a creator, four otherwise", token=token)
        return TagPattern(group, digits, creator)
