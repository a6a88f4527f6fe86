"""Tag patterns and paths: what they match, how they are written, what is refused."""
from __future__ import annotations

import pytest

from scanhouse.deid.errors import SyntaxFault
from scanhouse.deid.tagpath import ALL, Level, TagPattern, address_text, parse_path, parse_pattern, root


@pytest.mark.parametrize(("pattern", "tag", "fits"), [
    ("(0008,0060)", 0x00080060, True),
    ("(0008,0060)", 0x00080061, False),
    ("(0008,103X)", 0x0008103E, True),
    ("(0008,103x)", 0x0008104E, False),
    ("(0018,901@)", 0x00189012, True),
    ("(0018,901@)", 0x00189013, False),
    ("(0018,901#)", 0x00189013, True),
    ("(50X@,XXXX)", 0x50103000, True),
    ("(50X@,XXXX)", 0x50113000, False),
    ("(F215,1050)", 0xF2151050, True),
])
def test_digit_wildcards_stand_for_any_even_or_odd_digits(pattern, tag, fits):
    assert parse_pattern(pattern).matches(tag) is fits


def test_a_wildcard_never_stands_for_a_private_creator_unless_the_pattern_is_raw():
    assert not parse_pattern("(0019,00XX)").matches(0x00190010)
    assert TagPattern("0019", "00XX", raw=True).matches(0x00190010)
    assert parse_pattern("(0019,0010)").matches(0x00190010)


def test_a_wild_group_never_reaches_file_meta_information():
    assert not parse_pattern("(XXXX,XXXX)").matches(0x00020010)
    assert parse_pattern("(0002,XXXX)").matches(0x00020010)


def test_a_private_pattern_matches_by_creator_in_any_block():
    pattern = parse_pattern("(0019,{ACME 1}0X)")
    assert pattern.matches(0x00191105, "ACME 1")
    assert pattern.matches(0x0019AA05, "ACME 1")
    assert not pattern.matches(0x00191105, "OTHER")
    assert not pattern.matches(0x00191115, "ACME 1")
    assert not pattern.matches(0x00190010, "ACME 1")


def test_a_path_is_read_with_items_levels_and_blanks_and_written_back():
    path = parse_path(" */(0008,1110)[2] / (0018 , 9151)[%]/+/(0019,{A b}xx) ")
    assert str(path) == "*/(0008,1110)[2]/(0018,9151)[%]/+/(0019,{A b}XX)"
    assert path.steps[0] == Level("*")
    assert path.steps[2].item == ALL
    assert path.plural


def test_only_a_plain_tag_of_the_root_is_the_fast_case():
    assert parse_path("(0010,0010)").tag == 0x00100010
    assert root(0x00100010) == parse_path("(0010,0010)")
    assert parse_path("(0010,001X)").tag is None
    assert parse_path("(0008,1110)/(0010,0010)").tag is None


@pytest.mark.parametrize("text", ["", "0010,0010", "(0010,0010", "(001,0010)", "(0010,0010)/", "(0010,0010)//(0010,0010)", "*/",
                                  "(0010,0010)*", "(0010,{}10)", "(0010,0010)[x]", "(0010,0010)[-1]", "\ud800"])
def test_what_is_no_path_is_refused_with_what_was_expected(text):
    with pytest.raises(SyntaxFault) as fault:
        parse_path(text)
    assert fault.value.expected


def test_addresses_are_written_as_paths():
    assert address_text(((0x00081110, 0),), 0x00081155) == "(0008,1110)[0]/(0008,1155)"
