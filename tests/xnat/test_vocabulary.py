"""XNAT's words stay within the package that speaks them."""
from __future__ import annotations

import re
from pathlib import Path

import scanhouse

WORDS = re.compile(r"ResultSet|req_format|inbody|JSESSIONID|event_reason")


def test_no_other_package_uses_xnats_words_in_its_code() -> None:
    root = Path(scanhouse.__file__).parent
    found = [
        f"{path.relative_to(root)}:{number}"
        for path in root.rglob("*.py") if "xnat" not in path.relative_to(root).parts
        for number, line in enumerate(path.read_text().splitlines(), 1) if WORDS.search(line) and '"""' not in line and "#" not in line
    ]
    assert found == []


def test_every_quirk_that_the_code_names_is_in_the_list_and_the_other_way_round() -> None:
    package = Path(scanhouse.__file__).parent / "xnat"
    search = package.parent / "search"
    listed = re.findall(r"^\| (Q-\d{3}) ", (package / "quirks.md").read_text(), re.MULTILINE)
    named = {quirk for folder in (package, search) for path in folder.rglob("*.py") for quirk in re.findall(r"Q-\d{3}", path.read_text())}
    assert len(listed) == len(set(listed)), "a number is there twice"
    assert named - set(listed) == set(), "not in quirks.md"
    assert set(listed) - named == set(), "no function names it"
