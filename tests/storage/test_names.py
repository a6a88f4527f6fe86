"""Names from outside: what is dangerous anywhere is refused, and taming gives what passes."""
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanhouse.storage import names
from scanhouse.storage.names import UnsafeName

GOOD = [
    ("1.dcm", "1.dcm"), ("sub/folder/3.dcm", "sub/folder/3.dcm"), ("./a//b/./c", "a/b/c"), ("folder/", "folder"), (".hidden", ".hidden"),
    ("IM 1 (copy).dcm", "IM 1 (copy).dcm"), ("Ünïcode/名前.dcm", "Ünïcode/名前.dcm"), ("a..b", "a..b"), ("...x", "...x"),
    ("-rf", "-rf"), ("ab:c*?.dcm", "ab:c*?.dcm"),
    ("auxiliary.txt", "auxiliary.txt"), ("com10", "com10"), ("x" * 255, "x" * 255), ("/".join("d" * 64), "/".join("d" * 64)),
]
BAD = [
    ("", "empty"), (".", "empty"), ("./", "empty"), ("..", "climbs"), ("../a", "climbs"), ("a/../../b", "climbs"),
    ("a/..", "climbs"), ("...", "climbs"),
    (".. ", "climbs"), (" ", "climbs"), ("/etc/passwd", "absolute"), ("//server/share", "absolute"), ("\\\\server\\share", "absolute"),
    ("\\windows", "absolute"), ("C:/a", "drive"), ("c:a", "drive"), ("a:b*c?.dcm", "drive"), ("a/D:b", "drive"), ("a\\..\\b", "backslash"),
    ("a\0b", "control"), ("a\nb", "control"),
    ("\x7f", "control"), ("a\x85", "control"), ("a\u202egnp.exe", "control"), ("\ud800", "control"), ("．．/a", "normalised"),
    ("‥", "normalised"),
    ("a／．．／b", "normalised"), ("x" * 256, "longer than 255"), ("é" * 128, "longer than 255"),
    ("/".join(["x" * 100] * 30), "longer than 2048"),
    ("/".join("d" * 65), "folders deep"), ("nul", "device"), ("a/CON.txt", "device"), ("com1", "device"),
    ("LPT¹.dcm", "device"), ("aux .x", "device"),
    ("conin$", "device"),
]


@pytest.mark.parametrize(("name", "path"), GOOD)
def test_harmless_names_are_taken_as_they_are(name: str, path: str) -> None:
    assert names.relative(name) == path
    assert names.relative(path) == path


@pytest.mark.parametrize(("name", "reason"), BAD)
def test_dangerous_names_are_refused_with_their_reason(name: str, reason: str) -> None:
    with pytest.raises(UnsafeName, match=reason) as raised:
        names.relative(name)
    assert raised.value.name == name
    assert raised.value.reason in str(raised.value)


def test_a_message_does_not_repeat_the_name_as_it_may_be_a_patients() -> None:
    with pytest.raises(UnsafeName) as raised:
        names.relative("../DOE^JOHN.dcm")
    assert "DOE" not in str(raised.value)


def test_one_segment_may_not_hold_a_slash() -> None:
    assert names.segment("DICOM") == "DICOM"
    for bad in ("a/b", "", "..", "a\\b"):
        with pytest.raises(UnsafeName):
            names.segment(bad)


def test_a_path_inside_a_folder_stays_there(tmp_path: Path) -> None:
    assert names.inside(tmp_path, "a/b") == tmp_path / "a" / "b"
    with pytest.raises(UnsafeName):
        names.inside(tmp_path, "../b")


@pytest.mark.parametrize(("name", "tamed"), [
    ("1.dcm", "1.dcm"), ("../../etc/passwd", "etc/passwd"), ("/abs/x", "abs/x"), ("C:\\data\\x.dcm", "data/x.dcm"),
    ("a/../b", "a/b"), ("new\nline.dcm", "new_line.dcm"),
    ("nul.txt", "_nul.txt"), ("..", "_"), ("", "_"), ("\\\\server\\share\\x", "server/share/x"), ("d/E:x", "d/E_x")])
def test_taming_keeps_what_is_harmless_of_a_name(name: str, tamed: str) -> None:
    assert names.tame(name) == tamed


@pytest.mark.parametrize("name", [name for name, _ in GOOD])
def test_taming_leaves_good_names_alone(name: str) -> None:
    assert names.tame(name) == names.relative(name)


def test_taming_shortens_and_keeps_the_extension_and_the_difference() -> None:
    first, second = names.tame("x" * 300 + "1.dcm"), names.tame("x" * 300 + "2.dcm")
    assert first.endswith(".dcm") and len(first) < 160 and first != second
    long = names.tame("/".join(["x" * 60] * 60) + "/IM1.dcm")
    assert long.startswith("x" * 60 + "/") and long.endswith("/IM1.dcm") and len(long) < 200


@given(st.one_of(st.text(max_size=80), st.text(alphabet="./\\ :aC\0．‥／\u202e\ud800nul", max_size=40),
                 st.text(max_size=9).map(lambda text: text * 90)))
@example("．．／" * 90)
@example("con" + "．" * 84)
@example("/".join(["nul"] * 100))
@example(("a" * 255 + "/") * 10)
def test_whatever_comes_taming_gives_a_name_that_passes_unchanged(name: str) -> None:
    tamed = names.tame(name)
    assert names.relative(tamed) == tamed
    assert names.tame(tamed) == tamed


@given(st.text(alphabet="./\\ :aC\0．‥／\u202enul", max_size=30))
def test_what_passes_leads_nowhere_else(name: str) -> None:
    try:
        path = names.relative(name)
    except UnsafeName:
        return
    root = Path("/root")
    assert (root / path).is_relative_to(root) and ".." not in (root / path).parts
    assert names.relative(path) == path


def test_names_that_some_disk_takes_for_one_are_found_and_told_apart() -> None:
    given_names = ["IM1.dcm", "im1.DCM", "Stra\u00dfe", "STRASSE", "caf\u00e9", "cafe\u0301", "other"]
    assert names.clashes(given_names) == given_names[:-1]
    assert names.distinct(given_names) == ["IM1.dcm", "im1.DCM_1", "Stra\u00dfe", "STRASSE_1", "caf\u00e9", "cafe\u0301_1", "other"]
    assert names.distinct(["a", "a", "a_1", "a"]) == ["a", "a_1", "a_1_1", "a_2"]


@given(st.lists(st.sampled_from(["a", "A", "a_1", "A_1", "b", "a_1_1"]), max_size=12))
def test_told_apart_names_never_clash(some: list[str]) -> None:
    found = names.distinct(some)
    assert names.clashes(found) == []
    assert len(found) == len(some)


def test_what_nobody_can_see_or_type_becomes_an_underscore_and_all_else_stays() -> None:
    assert names.visible("new\nline\x7f \u202egnp.dcm") == "new_line_ _gnp.dcm"
    assert names.visible(" a:b*c?<ü>.dcm ") == " a:b*c?<ü>.dcm "
