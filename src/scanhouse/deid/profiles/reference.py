"""The reference page of profiles, made from the table, so that it cannot fall behind."""
from __future__ import annotations

from scanhouse.deid.profiles import grammar
from scanhouse.deid.profiles.options import ALL, BASIC_CODE, BASIC_TITLE
from scanhouse.deid.profiles.safe_private import safe_private
from scanhouse.deid.profiles.structured import content_rows
from scanhouse.deid.profiles.table import NEWEST, rows
from scanhouse.deid.profiles.values import MEANING

LETTERS = {letter: ("K" if letter in option.keeps else "C", option.name) for option in ALL for letter in option.keeps + option.cleans}


def page() -> str:
    """The page in Markdown."""
    return "\n\n".join((
        f"# {grammar.TITLE}", "<!-- Made by scanhouse.deid.reference.page; change the tables there, not this page. -->", grammar.RUNNING,
        f"## Grammar\n\n```\n{grammar.GRAMMAR}\n```", grammar.NOTES, _options(), _table(), _content(), _safe())) + "\n"


def _options() -> str:
    lines = [f"| `{option.name}` | {option.title} | {option.code} |" for option in ALL]
    return ("## Options\n\nCodes are those of CID 7050, scheme DCM, in De-identification Method Code Sequence; the profile itself is "
            f"{BASIC_CODE}, {BASIC_TITLE}.\n\n| option | title in the standard | code |\n|---|---|---|\n" + "\n".join(lines))


def _table() -> str:
    meanings = "\n".join(f"| {action} | {words} |" for action, words in MEANING.items())
    lines = [f"| {_tag(row.target)} | {row.name} | {row.action} | {_said(row.letters)} |" for row in rows()]
    return (f"## Table E.1-1, edition {NEWEST}\n\n| action | means |\n|---|---|\n{meanings}\n\n"
            "| attribute | name | basic profile | options |\n|---|---|---|---|\n" + "\n".join(lines))


def _content() -> str:
    lines = [f"| {row.target} | {scheme} | {row.name} | {kind} | {row.action} | {_said(row.letters)} |" for scheme, kind, row in content_rows()]
    return (f"## Table E.3.4-1, edition {NEWEST}\n\nContent items of structured reports, with the option `clean-structured-content`. Text of "
            "concepts that are not listed is cleaned.\n\n| code | scheme | concept | value type | action | options |\n|---|---|---|---|---|---|\n"
            + "\n".join(lines))


def _safe() -> str:
    groups: dict[tuple[str, int], list[int]] = {}
    for group, creator, low in sorted(safe_private()):
        groups.setdefault((creator, group), []).append(low)
    lines = [f"| {creator} | {group:04X} | {' '.join(f'{low:02X}' for low in lows)} |" for (creator, group), lows in sorted(groups.items())]
    return ("## Safe private attributes\n\nKept by `retain-safe-private` (PS3.15 table E.3.10-1).\n\n| creator | group | elements |\n|---|---|---|\n"
            + "\n".join(lines))


def _tag(target: str) -> str:
    return f"({target[:4]},{target[4:]})" if len(target) == 8 else "private"


def _said(letters: str) -> str:
    return ", ".join(f"{LETTERS[letter][0]} `{LETTERS[letter][1]}`" for letter in letters)
