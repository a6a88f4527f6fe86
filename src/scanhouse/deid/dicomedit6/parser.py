"""DicomEdit 6 by recursive descent: `parse(text) -> Program`. The grammar is in docs/reference/dicomedit6.md."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from scanhouse.deid.dicomedit6.functions import FUNCTIONS, unknown
from scanhouse.deid.dicomedit6.paths import PathReader
from scanhouse.deid.errors import SyntaxFault, UnknownVersion
from scanhouse.deid.functions import Function
from scanhouse.deid.program import (
    Assign,
    At,
    Branch,
    Call,
    Choose,
    Compare,
    Condition,
    Delete,
    Element,
    Expression,
    Holds,
    Language,
    Let,
    Listing,
    Note,
    Perform,
    Program,
    RemovePrivate,
    Statement,
    Text,
    Variable,
)
from scanhouse.deid.tokens import Token, tokens

VERSIONS: Final = tuple(f"6.{minor}" for minor in range(8))
KEYWORDS: Final = frozenset({"if", "elseif", "else", "describe", "hidden", "const", "immutable", "export", "echo",
                             "removeAllPrivateTags", "version"})
_TOKENS = re.compile(r"""(?P<BLANK>[ \t\f]+)|(?P<NEWLINE>\n)|(?P<COMMENT>(?<!:)//[^\n]*)
    |(?P<STRING>"(?:[^"\\\n]|\\[^\n])*")
    |(?P<TAG>\(\s*[0-9A-Fa-fXx@#]{4}\s*,\s*(?:\{[^{}\n]*\})?\s*[0-9A-Fa-fXx@#]{2,4}\s*\))
    |(?P<NUMBER>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?![0-9A-Za-z_]))
    |(?P<ID>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<SIGN>:=|\?=|!=|!~|[-?:=~/*+.%,\[\]{}()])""", re.VERBOSE)
_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\t": "\t", "\\f": "\f", "\\b": "\\b", "\\(": "\\(", "\\)": "\\)"}
_OPERATORS = ("=", "!=", "~", "!~")


def parse(text: str, functions: Mapping[str, Function] | None = None) -> Program:
    """The program; `functions` are known besides the language's own. Raises `SyntaxFault` or `UnknownVersion`.

    Functions that nobody knows become warnings, and fail when they run.
    """
    return _Parser(tokens(text, _TOKENS, _ESCAPES), {**(functions or {}), **FUNCTIONS}).program(text)


class _Parser(PathReader):
    def __init__(self, row: list[Token], functions: Mapping[str, Function]) -> None:
        super().__init__(row)
        self._functions = functions
        self._version = ""
        self._warnings: list[str] = []

    def program(self, text: str) -> Program:
        statements: list[Statement] = []
        self.skip_newlines()
        while not self.is_next("END"):
            statement = self.statement()
            if not self._version:
                raise self.fault('version "6.x" as the first statement', what="the script has no version line", token=self.look(0),
                                 remedy="Without one it is a DicomEdit 4 script.")
            if statement is not None:
                statements.append(statement)
            self.skip_newlines()
        if not self._version:
            raise SyntaxFault("the script has no version line", expected='version "6.x" as the first statement')
        return Program(Language.DICOMEDIT6, tuple(statements), self._version, text, warnings=tuple(self._warnings))

    # Statements

    def statement(self) -> Statement | None:
        at = self.token.at
        if self.word("version"):
            self._read_version()
            return None
        if self.word("describe", "export"):
            return self._note(at)
        if self.word("if"):
            return self._if(at)
        if self.word("removeAllPrivateTags"):
            self.take()
            return RemovePrivate(at)
        return self._action_or_ternary(at)

    def _read_version(self) -> None:
        at = self.take().at
        version = self.expect("STRING", 'the version in quotes, such as "6.7"').text
        if version not in VERSIONS:
            raise UnknownVersion(f"version {version!r} of DicomEdit is not known", line=at.line, column=at.column,
                                 expected=f"one of {', '.join(VERSIONS)}")
        self._version = version

    def _note(self, at: At) -> Note:
        kind = self.take().text
        name = self.expect("ID", "the name of a variable").text
        if kind == "describe" and self.word("hidden", "const", "immutable"):
            return Note(kind, name, self.take().text, at)
        return Note(kind, name, self.expect("STRING", "a text in quotes").text, at)

    def _if(self, at: At) -> Choose:
        branches: list[Branch] = []
        otherwise: tuple[Statement, ...] = ()
        while self.word("if" if not branches else "elseif"):
            self.take()
            self.expect("(", "( before the condition")
            condition = self.condition()
            self.expect(")", ") after the condition")
            branches.append(Branch(condition, self._block()))
            self._skip_to("elseif", "else")
        if self.word("else"):
            self.take()
            otherwise = self._block()
        return Choose(tuple(branches), otherwise, at)

    def _skip_to(self, *words: str) -> None:
        """Leave newlines alone unless one of the words follows them."""
        ahead = 0
        while self.look(ahead).kind == "NEWLINE":
            ahead += 1
        if self.look(ahead).kind == "ID" and self.look(ahead).text in words:
            self.skip_newlines()

    def _block(self) -> tuple[Statement, ...]:
        self.skip_newlines()
        self.expect("{", "{ before the statements of the block")
        self.deeper()
        statements: list[Statement] = []
        self.skip_newlines()
        while not self.accept("}"):
            if self.is_next("END"):
                raise self.fault("} after the statements of the block")
            statement = self.statement()
            if statement is not None:
                statements.append(statement)
            self.skip_newlines()
        self.higher()
        return tuple(statements)

    def _action_or_ternary(self, at: At) -> Statement:
        if self.is_next("-") or self.word("echo") or (self.is_next("ID") and self.look(1).kind == ":="):
            return self.action()
        left = self.value()
        if isinstance(left, Element) and self.is_next(":=", "?="):
            return self._assign(left)
        if self.is_next(*_OPERATORS):
            return self._ternary(self._comparison(left, at), at)
        if isinstance(left, Call):
            return self._ternary(Holds(left, at), at) if self.is_next("?") else Perform(left, at)
        raise self.fault(":=, ?=, a comparison or a function")

    def _ternary(self, condition: Condition, at: At) -> Choose:
        if not self.is_next("?"):
            remedy = "To assign, write := instead of =." if isinstance(condition, Compare) and condition.operator == "=" else ""
            raise self.fault("? after the condition", remedy=remedy)
        self.take()
        first = self.action()
        otherwise = (self.action(),) if self.accept(":") else ()
        return Choose((Branch(condition, (first,)),), otherwise, at)

    def action(self) -> Statement:
        at = self.token.at
        if self.accept("-"):
            return Delete(self.path(), at)
        if self.word("echo"):
            self.take()
            ends = self.is_next("NEWLINE", "END", ":", "}")
            return Note("echo", "", "" if ends else _shown(self.value()), at)
        if self.is_next("ID") and self.look(1).kind == ":=":
            name = self.identifier()
            self.take()
            return Let(name, self.value(), at)
        target = self.value()
        if isinstance(target, Element):
            return self._assign(target)
        if isinstance(target, Call):
            return Perform(target, at)
        raise self.fault("an assignment, a deletion (-) or a function")

    def _assign(self, target: Element) -> Assign:
        if not self.is_next(":=", "?="):
            raise self.fault(":= or ?=")
        existing_only = self.take().kind == "?="
        return Assign(target.path, self.value(), existing_only, target.at)

    # Conditions and values

    def condition(self) -> Condition:
        at = self.token.at
        left = self.value()
        if self.is_next(*_OPERATORS):
            return self._comparison(left, at)
        if isinstance(left, Call):
            return Holds(left, at)
        raise self.fault("=, !=, ~ or !~")

    def _comparison(self, left: Expression, at: At) -> Compare:
        operator = self.take().kind
        return Compare(left, operator, self.value(), at)

    def value(self) -> Expression:
        token = self.token
        if token.kind in ("STRING", "NUMBER"):
            self.take()
            return Text(token.text, token.at)
        if token.kind in ("TAG", "*", "+", "."):
            return Element(self.path(), token.at)
        if token.kind == "{":
            return self._list()
        if token.kind == "ID":
            name = self.identifier()
            return self._call(name, token.at) if self.is_next("[") else Variable(name, token.at)
        raise self.fault("a text in quotes, a number, a tag path, a variable or a function")

    def identifier(self) -> str:
        token = self.expect("ID", "a name")
        if token.text in KEYWORDS:
            raise self.fault("a name", what=f"{token.text!r} is a word of the language", token=token)
        return token.text

    def _call(self, name: str, at: At) -> Call:
        self.take()
        self.deeper()
        arguments: list[Expression] = []
        while not self.accept("]"):
            if arguments:
                self.expect(",", ", or ] after an argument")
            if self.is_next("NEWLINE"):
                raise self.fault("the next argument", remedy="End a line with a backslash to go on in the next.")
            arguments.append(self.value())
        self.higher()
        function = self._functions.get(name)
        if function is None:
            self._warnings.append(f"line {at.line}: there is no function {name}; this line will fail when it runs")
            function = unknown(name)
        elif not function.takes(len(arguments)):
            self._warnings.append(f"line {at.line}: {function.signature} is given {len(arguments)} arguments; this line will fail")
        return Call(function, tuple(arguments), at=at)

    def _list(self) -> Listing:
        at = self.take().at
        self.deeper()
        entries: list[Expression] = []
        self.skip_newlines()
        while not self.accept("}"):
            if entries:
                self.expect(",", ", or } after an entry")
                self.skip_newlines()
            entries.append(self.value())
            self.skip_newlines()
        self.higher()
        return Listing(tuple(entries), at)


def _shown(value: Expression) -> str:
    if isinstance(value, Text):
        return value.value or ""
    if isinstance(value, Variable):
        return value.name
    return str(value.path) if isinstance(value, Element) else "(computed)"


