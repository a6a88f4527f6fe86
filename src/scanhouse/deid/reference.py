"""Reference pages of the script languages, made from their grammars and function tables, so that they cannot fall behind."""
from __future__ import annotations

from importlib import import_module
from typing import Final

from scanhouse.deid.functions import Function
from scanhouse.deid.program import Language
from scanhouse.errors import NotFound

PACKAGES: Final = {Language.DICOMEDIT6: "scanhouse.deid.dicomedit6", Language.DICOMEDIT4: "scanhouse.deid.dicomedit4",
                   Language.CTP: "scanhouse.deid.ctp"}
"""Packages with `grammar` (TITLE, RUNNING, GRAMMAR, NOTES) and `functions` (FUNCTIONS)."""


def page(language: Language | str) -> str:
    """The page in Markdown. Raises `NotFound` for a language without one."""
    if language == Language.PROFILE:
        from scanhouse.deid.profiles.reference import page as profile_page  # its tables are no functions

        return profile_page()
    package = PACKAGES.get(Language(language))
    if package is None:
        raise NotFound(f"{language} has no reference page; there are pages of {', '.join(PACKAGES)}.")
    grammar = import_module(package + ".grammar")
    functions: dict[str, Function] = import_module(package + ".functions").FUNCTIONS
    in_order = sorted(functions.values(), key=lambda each: each.name.lower())
    rows = "\n".join(f"| `{_cell(each.signature)}` | {_cell(each.doc)} |" for each in in_order)
    return (f"# {grammar.TITLE}\n\n<!-- Made by scanhouse.deid.reference.page; change the tables there, not this page. -->\n\n"
            f"{grammar.RUNNING}\n\n## Grammar\n\n```\n{grammar.GRAMMAR}\n```\n\n{grammar.NOTES}\n\n"
            f"## Functions\n\n| written | gives or does |\n|---|---|\n{rows}\n")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
