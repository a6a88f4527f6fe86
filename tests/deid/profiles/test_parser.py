"""Profile scripts: what they may say, and how they are refused."""
from __future__ import annotations

import pytest

from scanhouse.deid.errors import SyntaxFault
from scanhouse.deid.languages import parse
from scanhouse.deid.profiles.pixel_risk import Care
from scanhouse.deid.program import Blank, Choose, Language, Region, Walk


def profile_of(text: str):
    return parse(text).statements[-1].policy


def test_the_language_is_told_by_its_first_word():
    program = parse("# for the trial\n\nprofile basic\n")
    assert (program.language, program.version) == (Language.PROFILE, "2026d")
    assert isinstance(program.statements[-1], Walk)


def test_lines_set_options_exceptions_and_care():
    found = profile_of("profile basic\nedition 2026d\noption retain-uids\noption retain-safe-private\nkeep StudyDescription\n"
                       "remove (0018,0015)\nsafe (0019,{ACME}0A)\nunlisted remove\npixels declared\n")
    assert found.chosen == {"retain-uids", "retain-safe-private"}
    assert (found.kept, found.removed, found.safe) == ({0x00081030}, {0x00180015}, {(0x0019, "ACME", 0x0A)})
    assert (found.keep_unlisted, found.care) == (False, Care.DECLARED)


def test_regions_come_before_the_walk_and_claim_the_option():
    program = parse("profile basic\nblank 0,0,10,5\nblank US 1,2,3,4\n")
    assert program.statements[0] == Blank((Region(0, 0, 10, 5),), program.statements[0].at)
    assert isinstance(program.statements[1], Choose)
    assert "clean-pixel-data" in program.statements[-1].policy.chosen
    assert program.touches_pixels and not parse("profile basic").touches_pixels


@pytest.mark.parametrize(("text", "line", "part"), [
    ("", 1, "empty"),
    ("profile strict", 1, "does not begin with a profile"),
    ("profile basic\nedition 1999a", 2, "2026d"),
    ("profile basic\noption retain-everything", 2, "retain-uids"),
    ("profile basic\noption retain-full-dates\noption retain-modified-dates", 3, "exclude one another"),
    ("profile basic\noption clean-recognizable-visual-features", 2, "faces"),
    ("profile basic\nkeep NoSuchKeyword", 2, "names no one attribute"),
    ("profile basic\nkeep (0008,103X)", 2, "names no one attribute"),
    ("profile basic\nsafe (0010,0010)", 2, "no private attribute"),
    ("profile basic\nblank 5,5,5,9", 2, "empty"),
    ("profile basic\nblank all", 2, "no region"),
    ("profile basic\npixels maybe", 2, "cautious"),
    ("profile basic\nshred everything", 2, "begins no line"),
])
def test_what_cannot_be_understood_is_refused_with_its_line(text, line, part):
    with pytest.raises(SyntaxFault) as refused:
        parse(text, Language.PROFILE)
    assert refused.value.line == line and part in str(refused.value)
