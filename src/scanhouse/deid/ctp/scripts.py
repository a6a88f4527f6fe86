"""The script of one element, parsed: text with calls `@name(arguments){clause}` in between. Nothing is looked up when it runs."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from scanhouse.deid.ctp.calls import Kind, Scripted, quarantine
from scanhouse.deid.ctp.elements import FORMS, element, pattern_of
from scanhouse.deid.ctp.faults import Faults
from scanhouse.deid.ctp.functions import FUNCTIONS
from scanhouse.deid.ctp.sources import Source
from scanhouse.deid.errors import RunError, SyntaxFault, UnknownFunction
from scanhouse.deid.functions import Function, Value
from scanhouse.deid.program import At, Call, Expression, Joined, Listing, Nearby, Text
from scanhouse.deid.regexes import compiled
from scanhouse.deid.tagpath import TagPattern

DEEPEST: Final = 40
"""Clauses within clauses."""
TESTS: Final = ("isblank", "exists", "equals", "contains", "matches", "greaterthan")


def _broken(*_: object) -> Value:
    raise quarantine("a script has an @ that begins no call")


BROKEN: Final = Function("@", "@", "Stands for an @ without a call: CTP quarantines every object then.", _broken)


@dataclass(frozen=True)
class Scope:
    """What scripts of one file share: its parameters, and the names it gives to private elements."""

    parameters: Mapping[str, str]
    names: Mapping[str, TagPattern]
    faults: Faults


def parse_script(source: Source, scope: Scope) -> Expression:
    """Raises `SyntaxFault` where strict, or for what CTP could not run either."""
    return _Parser(source, scope).joined(0, len(source.text), 0)


def calls_in(expression: Expression) -> Iterator[Call]:
    """Every call, those in clauses too."""
    if isinstance(expression, Joined):
        for part in expression.parts:
            yield from calls_in(part)
    elif isinstance(expression, Call):
        yield expression
        for clause in expression.clauses:
            yield from calls_in(clause)


class _Parser:
    def __init__(self, source: Source, scope: Scope) -> None:
        self._source, self._text, self._scope = source, source.text, scope

    def joined(self, start: int, end: int, depth: int) -> Joined:
        if depth > DEEPEST:
            at = self._source.at(start)
            raise SyntaxFault("the script nests too deeply", line=at.line, column=at.column, expected=f"at most {DEEPEST} clauses in another")
        parts: list[Expression] = []
        held: list[str] = []
        place = start
        while place < end:
            sign = self._text[place]
            if sign == "@":
                parts.append(Text("".join(held)))
                held = []
                call, place = self._call(place, end, depth)
                if call is None:
                    break
                parts.append(call)
                continue
            if sign == "\\":
                place += 1
                sign = self._text[place:place + 1] if place < end else ""
            held.append(sign)
            place += 1
        parts.append(Text("".join(held)))
        return Joined(tuple(part for part in parts if not isinstance(part, Text) or part.value != ""), self._source.at(start))

    def _call(self, start: int, end: int, depth: int) -> tuple[Expression | None, int]:
        """The call whose @ stands at `start`, None where it does not end; and where the script goes on."""
        at = self._source.at(start)
        opening = self._text.find("(", start, end)
        if opening < 0:
            self._scope.faults.add("this @ begins no call", at, expected="@name(arguments)", remedy="Write \\@ for the sign itself.")
            return Call(BROKEN, at=at), end
        name = re.sub(r"\s", "", self._text[start + 1:opening])
        spans, closing = self._arguments(opening + 1, end)
        if closing is None:
            self._scope.faults.add(f"the call of {name} does not end", at, expected=") after its arguments",
                                   remedy="Close it; CTP leaves out the script from here on.")
            return None, end
        function = FUNCTIONS.get(name)
        if function is None:
            self._scope.faults.add(f"there is no function {name}", at, expected=f"one of {', '.join(sorted(FUNCTIONS))}", kind=UnknownFunction,
                                   remedy="Correct it; CTP writes the call itself into the element.")
            shown = ",".join(self._text[first:last].strip() for first, last in spans)
            return Text(f"@{name}({shown})", at), closing + 1
        arguments = [self._argument(function, number, len(spans), first, last) for number, (first, last) in enumerate(spans)]
        if not function.takes(len(arguments)):
            self._scope.faults.add(f"{name} is given {len(arguments)} arguments", at, expected=f"@{function.signature}",
                                   remedy="Correct it; objects are quarantined at this call.")
        self._check_pattern(name, arguments)
        clauses, after = self._clauses(function, closing + 1, end, depth, at)
        return Call(function, tuple(arguments), clauses, at), after

    def _arguments(self, start: int, end: int) -> tuple[list[tuple[int, int]], int | None]:
        """Where each argument begins and ends, and where the closing bracket is. Quotes and brackets of any kind hold commas."""
        spans: list[tuple[int, int]] = []
        depth, quoted, first, place = 0, False, start, start
        while place < end:
            sign = self._text[place]
            if sign == "\\":
                place += 1
            elif sign == '"':
                quoted = not quoted
            elif quoted:
                pass
            elif sign == ")" and depth == 0:
                if spans or self._text[first:place].strip():
                    spans.append((first, place))
                return spans, place
            elif sign in "([":
                depth += 1
            elif sign in ")]":
                depth = max(depth - 1, 0)
            elif sign == "," and depth == 0:
                spans.append((first, place))
                first = place + 1
            place += 1
        return spans, None

    def _clauses(self, function: Scripted, start: int, end: int, depth: int, at: At) -> tuple[tuple[Expression, ...], int]:
        clauses: list[Expression] = []
        place = start
        for _ in range(function.blocks):
            opening = self._text.find("{", place, end)
            closing = self._closing(opening + 1, end) if opening >= 0 else None
            if closing is None:
                self._scope.faults.add(f"{function.name} lacks a clause", at, expected=f"@{function.signature}",
                                       remedy="Add {...}, empty if need be; CTP leaves out the script from here on.")
                return tuple(clauses), end
            if self._text[place:opening].strip():
                self._scope.faults.add(f"there is text between {function.name} and its clause", self._source.at(place),
                                       expected="{ right after it", remedy="Move it; CTP leaves it out.")
            clauses.append(self.joined(opening + 1, closing, depth + 1))
            place = closing + 1
        return tuple(clauses), place

    def _closing(self, place: int, end: int) -> int | None:
        depth, quoted = 0, False
        while place < end:
            sign = self._text[place]
            if sign == "\\":
                place += 1
            elif sign == '"':
                quoted = not quoted
            elif sign == "{" and not quoted:
                depth += 1
            elif sign == "}" and not quoted:
                if depth == 0:
                    return place
                depth -= 1
            place += 1
        return None

    def _argument(self, function: Scripted, number: int, count: int, first: int, last: int) -> Expression:
        raw = self._text[first:last]
        at = self._source.at(first + len(raw) - len(raw.lstrip()))
        kind, text = function.kind(number, count), _unquoted(raw.strip())
        if kind is Kind.ELEMENTS:
            return Listing(tuple(self._element(part, at) for part in text.split("|")), at)
        if kind is Kind.ROOT_ELEMENT:
            found = self._element(text, at)
            return Nearby(found.path, True, at) if isinstance(found, Nearby) else found
        if kind is Kind.ELEMENT:
            return self._element(text, at)
        if kind is Kind.SCRIPT:
            pattern = pattern_of(text, self._scope.names)
            if pattern is None or pattern.tag is None:
                self._unknown(text, at)
            return Text(f"{pattern.tag:08X}" if pattern is not None and pattern.tag is not None else "", at)
        if kind is Kind.PARAMETER and text[:1] in ("@", "$"):
            value = self._scope.parameters.get(text[1:].strip())
            if value is None:
                self._scope.faults.add(f"there is no parameter {text[1:].strip()}", at, expected="one of the script's <p> nodes",
                                       remedy=f'Add <p t="{text[1:].strip()}">...</p>.')
            return Text(value, at)
        if kind is Kind.TEXT_OR_PARAMETER and text.startswith("@"):
            return Text(self._scope.parameters.get(text[1:].strip(), text), at)
        if function.name == "if" and number == 1 and text not in TESTS:
            self._scope.faults.add(f"{text!r} is no test", at, expected=f"one of {', '.join(TESTS)}", remedy="Correct it; it never holds.")
        return Text(text, at)

    def _check_pattern(self, name: str, arguments: list[Expression]) -> None:
        """A regular expression that is none is told when the script is loaded, not first when an object meets it."""
        place = {"contents": 1, "if": 2 if len(arguments) > 1 and getattr(arguments[1], "value", "") == "matches" else -1}.get(name, -1)
        if not 0 <= place < len(arguments):
            return
        pattern = arguments[place]
        try:
            compiled(pattern.value or "" if isinstance(pattern, Text) else "")
        except RunError as error:
            self._scope.faults.add(error.what, pattern.at, remedy="Correct it; objects are quarantined at this call.")

    def _element(self, text: str, at: At) -> Expression:
        if not text:
            return Text("", at)
        return element(text, self._scope.names, at) or self._unknown(text, at)

    def _unknown(self, text: str, at: At) -> Text:
        self._scope.faults.add(f"no element is called {text!r}", at, expected=FORMS, remedy="Correct it; it is read as missing.")
        return Text(None, at)


def _unquoted(text: str) -> str:
    """An argument's text: in quotes a backslash stands before a backslash or a quote, else also before what separates arguments."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r'\\([\\"])', r"\1", text[1:-1])
    return re.sub(r'\\([\\",()\[\]])', r"\1", text)
