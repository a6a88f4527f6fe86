"""CTP's DicomFilter scripts by recursive descent: `parse(text) -> Program` with one `Answer`. The grammar is in docs/reference/ctp.md."""
from __future__ import annotations

import re
from typing import Final

from scanhouse.deid.ctp.comparisons import METHODS
from scanhouse.deid.ctp.elements import element
from scanhouse.deid.ctp.faults import Faults
from scanhouse.deid.ctp.sources import Source, whole
from scanhouse.deid.errors import RunError, SyntaxFault, UnknownFunction
from scanhouse.deid.program import Answer, At, Both, Call, Condition, Constant, Either, Expression, Holds, Language, Not, Program, Text
from scanhouse.deid.regexes import compiled

DEEPEST: Final = 60
"""Brackets and negations within one another."""
_BLANK = re.compile(r"(?:\s+|//[^\n]*)*")
_WORD = re.compile(r"(true|false)(?:\.|(?=\s*(?://[^\n]*\s*)*\Z))")
_ELEMENT = re.compile(r"(?:\[[^\]\[]*(?:\[[^\]]*\][^\]\[]*)?\]|[A-Za-z0-9_]+|::|root:)+")
_METHOD = re.compile(r"\s*\.\s*(\w+)\s*\(\s*")
_FORMS = 'Keyword.method("text") or [gggg,eeee].method("text")'


def parse(text: str, *, strict: bool = False) -> Program:
    """The program. As in CTP an expression that cannot be understood is false, with a warning; an error when `strict`."""
    faults = Faults(strict=strict)
    condition = condition_of(whole(text, At(1, 1)), faults)
    return Program(Language.CTP_FILTER, (Answer(condition, At(1, 1)),), text=text, warnings=tuple(faults.warnings))


def condition_of(source: Source, faults: Faults) -> Condition:
    """The condition that an expression says; `Constant(False)` and a fault for one that says none."""
    try:
        return _Parser(source, faults).whole()
    except _Misread as fault:
        faults.add(fault.what, fault.at, expected=fault.expected, remedy=fault.remedy, kind=fault.kind)
        return Constant(False)


class _Misread(Exception):
    """The expression as a whole says nothing; never leaves this module."""

    def __init__(self, what: str, at: At, expected: str, remedy: str = "Correct it; the whole expression is false.",
                 kind: type[SyntaxFault | UnknownFunction] = SyntaxFault) -> None:
        super().__init__(what)
        self.what, self.at, self.expected, self.remedy, self.kind = what, at, expected, remedy, kind


class _Parser:
    def __init__(self, source: Source, faults: Faults) -> None:
        self._source, self._text, self._faults, self._next, self._depth = source, source.text, faults, 0, 0

    def whole(self) -> Condition:
        self._skip()
        if self._next == len(self._text):
            raise self._fault("the expression is empty", _FORMS)
        condition = self._either()
        if self._next < len(self._text):
            raise self._fault(f"found {self._text[self._next:self._next + 12]!r}", "+, * or the end of the expression")
        return condition

    def _either(self) -> Condition:
        terms = [self._both()]
        while self._accept("+"):
            terms.append(self._both())
        return terms[0] if len(terms) == 1 else Either(tuple(terms), self._at())

    def _both(self) -> Condition:
        terms = [self._unary()]
        while self._accept("*"):
            terms.append(self._unary())
        return terms[0] if len(terms) == 1 else Both(tuple(terms), self._at())

    def _unary(self) -> Condition:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._fault("the expression nests too deeply", f"at most {DEEPEST} brackets within one another")
        at = self._at()
        try:
            if self._accept("!"):
                return Not(self._unary(), at)
            if self._accept("("):
                condition = self._either()
                self._close()
                return condition
            word = _WORD.match(self._text, self._next)
            if word is not None:
                self._next = word.end()
                self._skip()
                return Constant(word[1] == "true", at)
            return self._comparison(at)
        finally:
            self._depth -= 1

    def _comparison(self, at: At) -> Condition:
        name = _ELEMENT.match(self._text, self._next)
        method = _METHOD.match(self._text, name.end()) if name is not None else None
        if name is None or method is None:
            raise self._fault(f"found {self._text[self._next:self._next + 12]!r}", _FORMS)
        self._next = method.end()
        argument = self._quoted()
        self._close()
        left: Expression | None = element(name[0], {}, at)
        if left is None:
            self._faults.add(f"no element is called {name[0]!r}", at, expected="a keyword or [gggg,eeee]",
                             remedy="Correct it; it is read as missing.")
            left = Text(None, at)
        function = METHODS.get(method[1])
        if function is None:
            self._faults.add(f"there is no method {method[1]}", at, expected=f"one of {', '.join(METHODS)}", kind=UnknownFunction,
                             remedy="Correct it; the comparison is false.")
            return Constant(False, at)
        if function.name == "matches":
            try:
                compiled(argument)
            except RunError as error:
                self._faults.add(error.what, at, remedy="Correct it; the comparison is false.")
                return Constant(False, at)
        return Holds(Call(function, (left, Text(argument, at)), at=at), at)

    def _quoted(self) -> str:
        end = self._text.find('"', self._next + 1)
        if self._text[self._next:self._next + 1] != '"' or end < 0:
            raise self._fault("the argument is not in quotes", 'a text such as "MR"')
        found = self._text[self._next + 1:end]
        self._next = end + 1
        self._skip()
        return found

    def _close(self) -> None:
        if not self._accept(")"):
            if self._next < len(self._text):
                raise self._fault(f"found {self._text[self._next:self._next + 12]!r}", ")")
            self._faults.add("a bracket is not closed", self._at(), expected=")", remedy="Close it; it counts as closed at the end.")

    def _accept(self, sign: str) -> bool:
        if not self._text.startswith(sign, self._next):
            return False
        self._next += 1
        self._skip()
        return True

    def _skip(self) -> None:
        blank = _BLANK.match(self._text, self._next)
        assert blank is not None
        self._next = blank.end()

    def _at(self) -> At:
        return self._source.at(self._next)

    def _fault(self, what: str, expected: str) -> _Misread:
        return _Misread(what, self._at(), expected)
