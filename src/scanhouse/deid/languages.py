"""From text to program: which language it is, and who parses it. Parsers are loaded when their language is first met."""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module

from scanhouse.deid.errors import ScriptError
from scanhouse.deid.functions import Function
from scanhouse.deid.program import Language, Program

MAX_SCRIPT = 1_000_000
"""Characters in a script. CTP's own examples with every element of the dictionary have 400 000."""

PARSERS = {
    Language.DICOMEDIT6: "scanhouse.deid.dicomedit6.parser",
    Language.DICOMEDIT4: "scanhouse.deid.dicomedit4.parser",
    Language.CTP: "scanhouse.deid.ctp.anonymizer",
    Language.CTP_FILTER: "scanhouse.deid.ctp.filters",
    Language.CTP_PIXEL: "scanhouse.deid.ctp.signatures",
    Language.PROFILE: "scanhouse.deid.profiles.parser",
}
"""Modules with a function `parse(text) -> Program`."""

_VERSION = re.compile(r"^[ \t]*version\b", re.MULTILINE)
_PROPERTIES = re.compile(r"^#?(set\.\[|param\.|keep\.|remove\.)", re.MULTILINE)
_PROFILE = re.compile(r"^[ \t]*profile\b", re.MULTILINE)
_SIGNATURE = re.compile(r"\{[^{}]*\.\w+\([^{}]*\}|\{\s*\}\s*\(\s*-?\d+\s*,")
_FILTER = re.compile(r"\.(equals|matches|contains|startsWith|endsWith|isLess|isGreater)\w*\s*\(|^\s*!?\s*(true|false)\.", re.MULTILINE)


def parse(text: str, language: Language | str | None = None, *, script_id: str = "",
          functions: Mapping[str, Function] | None = None, strict: bool = False) -> Program:
    """The program that a script says. Raises `ScriptError` with line, column, what was expected and the remedy.

    `functions` are a site's own (see `plugins`), for DicomEdit 6. `strict` refuses what CTP runs although it is wrong.
    """
    if len(text) > MAX_SCRIPT:
        raise ScriptError(f"the script is longer than {MAX_SCRIPT} characters")
    if language is None:
        language = guessed(text)
    try:
        chosen = Language(language)
    except ValueError:
        raise ScriptError(f"{language!r} is not a language", expected=f"one of {', '.join(Language)}") from None
    parser: Callable[..., Program] = import_module(PARSERS[chosen]).parse
    try:
        if chosen in (Language.CTP, Language.CTP_FILTER, Language.CTP_PIXEL):
            program = parser(text, strict=strict)
        else:
            program = parser(text, functions) if functions and chosen is Language.DICOMEDIT6 else parser(text)
    except RecursionError:
        raise ScriptError("the script nests too deeply", remedy="Use fewer brackets inside one another.") from None
    return replace(program, script_id=script_id) if script_id else program


def guessed(text: str) -> Language:
    """The language by what only it has; DicomEdit 6 needs its version line, so what is left is DicomEdit 4."""
    stripped = text.lstrip("\ufeff \t\r\n")
    if stripped.startswith("<"):
        return Language.CTP
    if _VERSION.search(text):
        return Language.DICOMEDIT6
    if _PROFILE.search(text):
        return Language.PROFILE
    if _PROPERTIES.search(text):
        return Language.CTP
    if _SIGNATURE.search(text):
        return Language.CTP_PIXEL
    if _FILTER.search(text) and ":=" not in text:
        return Language.CTP_FILTER
    return Language.DICOMEDIT4
