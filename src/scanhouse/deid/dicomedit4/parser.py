"""DicomEdit 4 by recursive descent: `parse(text) -> Program`. The grammar is in docs/reference/dicomedit4.md."""
from __future__ import annotations

import re
from typing import Final

from scanhouse.deid.dicomedit4.functions import FORMAT, FUNCTIONS, NEW_UID
from scanhouse.deid.dicomedit4.variables import in_order
from scanhouse.deid.errors import UnknownFunction
from scanhouse.deid.program import (
    Assign,
    At,
    Both,
    Branch,
    Call,
    Choose,
    Compare,
    Condition,
    Delete,
    Element,
    Expression,
    Language,
    Let,
    Note,
    Order,
    Program,
    Statement,
    Text,
    Variable,
)
from scanhouse.deid.reading import Reader
from scanhouse.deid.tagpath import Step, TagPath, TagPattern
from scanhouse.deid.tokens import Token, tokens

KEYWORDS: Final = frozenset({"describe", "export", "echo", "new"})
_TOKENS = re.compile(r"""(?P<BLANK>[ \t\f]+)|(?P<NEWLINE>\n)|(?P<COMMENT>(?<!:)//[^\n]*)
    |(?P<STRING>"(?:[^"\\\n]|\\[^\n])*")
    |(?P<TAG>\(\s*[0-9A-Fa-fX@#]{4}\s*,\s*[0-9A-Fa-fX@#]{4}\s*\))
    |(?P<NUMBER>-?(?:0|[1-9][0-9]*)(?![0-9A-Za-z_]))
    |(?P<ID>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<SIGN>:=|[-:=~,\[\]()])""", re.VERBOSE)
_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\t": "\t", "\\f": "\f", "\\b": "\b", '\\"': '"', "\\'": "'"}
_TERM = "a text in quotes, a number, a tag, a variable or a function"


def parse(text: str) -> Program:
    """The program. Raises `SyntaxFault` or `UnknownFunction`."""
    return _Parser(tokens(text, _TOKENS, _ESCAPES)).program(text)


class _Parser(Reader):
    def program(self, text: str) -> Program:
        actions: list[Statement] = []
        variables: list[Let] = []
        self.skip_newlines()
        while not self.is_next("END"):
            statement = self.statement()
            if isinstance(statement, Let):
                variables.append(statement)
            elif statement is not None:
                actions.append(statement)
            self.expect("NEWLINE", "the end of the line")
            self.skip_newlines()
        return Program(Language.DICOMEDIT4, (*in_order(variables), *actions), "4", text, order=Order.FIRST_WINS)

    def statement(self) -> Statement | None:
        at = self.token.at
        if self.word("version") and self.look(1).kind == "STRING":
            self.take()
            self.take()
            return None  # a version line means nothing to this language
        if self.word("describe", "export"):
            kind = self.take().text
            name = self.expect("ID", "the name of a variable").text
            if kind == "describe" and self.word("hidden", "const", "immutable"):
                return Note(kind, name, self.take().text, at)
            return Note(kind, name, self.expect("STRING", "a text in quotes").text, at)
        if self.word("echo"):
            self.take()
            shown = "" if self.is_next("NEWLINE") else self.token.text
            if not self.is_next("NEWLINE"):
                self.term()
            return Note("echo", "", shown, at)
        if self.is_next("ID") and self.look(1).kind == ":=":
            name = self.identifier()
            self.take()
            return Let(name, self.value(), at)
        return self._conditional(at)

    def _conditional(self, at: At) -> Statement:
        conditions: list[Condition] = []
        while True:
            start = self.token
            if self.accept("-"):
                action: Statement = Delete(self._tag(self.expect("TAG", "a tag such as (0010,0010)")), start.at)
                break
            left = self.term()
            if self.is_next(":=") and isinstance(left, Element):
                self.take()
                action = Assign(left.path, self.value(), left.path.plural, start.at)
                break
            if not self.is_next("=", "~"):
                raise self.fault(":= after a tag, or = or ~ in a condition")
            operator = self.take().kind
            conditions.append(Compare(left, operator, self.term(), start.at))
            if not self.is_next(":"):
                raise self.fault(": and an action after the condition", remedy="To assign, write := instead of =.")
            self.take()
        return Choose((Branch(Both(tuple(conditions), at), (action,)),), (), at) if conditions else action

    def value(self) -> Expression:
        """A term, a format followed by its terms, or a new UID."""
        at = self.token.at
        if self.word("new"):
            self.take()
            if not self.word("UID"):
                raise self.fault("UID after new")
            self.take()
            return Call(NEW_UID, at=at)
        first = self.term()
        if not isinstance(first, Text) or self.is_next("NEWLINE", "END"):
            return first
        terms: list[Expression] = [first, self.term()]
        while self.accept(","):
            terms.append(self.term())
        return Call(FORMAT, tuple(terms), at=at)

    def term(self) -> Expression:
        token = self.token
        if token.kind in ("STRING", "NUMBER"):
            self.take()
            return Text(token.text, token.at)
        if token.kind == "TAG":
            return Element(self._tag(self.take()), token.at)
        if token.kind == "ID":
            name = self.take().text
            return self._call(name, token.at) if self.is_next("[") else Variable(self._checked(name, token), token.at)
        raise self.fault(_TERM)

    def _call(self, name: str, at: At) -> Call:
        self.take()
        self.deeper()
        arguments: list[Expression] = []
        while not self.accept("]"):
            if arguments:
                self.expect(",", ", or ] after an argument")
            arguments.append(self.term())
        self.higher()
        function = FUNCTIONS.get(name)
        if function is None:
            raise UnknownFunction(f"there is no function {name}", line=at.line, column=at.column, expected=f"one of {', '.join(FUNCTIONS)}")
        if not function.takes(len(arguments)):
            raise self.fault(function.signature, what=f"{name} is given {len(arguments)} arguments")
        return Call(function, tuple(arguments), at=at)

    def identifier(self) -> str:
        token = self.expect("ID", "a name")
        return self._checked(token.text, token)

    def _checked(self, name: str, token: Token) -> str:
        """Names mean the same in any case, so they are kept in lower case."""
        if name in KEYWORDS:
            raise self.fault("a name", what=f"{name!r} is a word of the language", token=token)
        return name.lower()

    def _tag(self, token: Token) -> TagPath:
        digits = re.sub(r"[^0-9A-Za-z@#]", "", token.text).upper()
        return TagPath((Step(TagPattern(digits[:4], digits[4:], raw=True)),))
