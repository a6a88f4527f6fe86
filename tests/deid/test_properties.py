"""What holds for every object, path and script."""
from __future__ import annotations

import re
from io import BytesIO

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from tests.deid.objects import contents
from tests.deid.strategies import SCRIPT_PIECES, files, paths

from scanhouse.deid.context import Context
from scanhouse.deid.elements import everything, find
from scanhouse.deid.engine import run
from scanhouse.deid.errors import RunError, ScriptError
from scanhouse.deid.languages import parse
from scanhouse.deid.outcome import Outcome
from scanhouse.deid.tagpath import ALL, Level, Step, TagPath, address_text, parse_path
from scanhouse.deid.values import creator_of, vr_of
from scanhouse.deid.vector_objects import reread

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Nothing:
    """A fake of what blanks pixels: the objects here have none."""

    def blank(self, dataset, regions):
        return False


def done(script, dataset, **context) -> Outcome:
    return run(parse('version "6.7"\n' + script), dataset, Context(pixels=Nothing(), **context))


# Paths: the finder against a regular expression over the whole path written as text, an independent way to say the same.

def _canonical(place) -> str:
    steps, holder_tags = [], [*place.address, (int(place.tag), None)]
    for (tag, item), creator in zip(holder_tags, _creators(place), strict=True):
        steps.append(f"{tag >> 16:04X}" + (f'"{creator}"{tag & 0xFF:02X}' if creator else f"{tag & 0xFFFF:04X}")
                     + (f"[{item}]" if item is not None else ""))
    return "/".join(steps)


def _creators(place) -> list[str | None]:
    found, holder = [], place.root
    for tag, item in place.address:
        found.append(creator_of(tag, holder))
        holder = holder[tag].value[item]
    return [*found, creator_of(int(place.tag), holder)]


def _pattern(path: TagPath) -> re.Pattern[str]:
    digits = {"X": "[0-9A-F]", "@": "[02468ACE]", "#": "[13579BDF]"}
    out = ""
    for number, step in enumerate(path.steps):
        if isinstance(step, Level):
            out += {"*": "([^/]+/)*", "+": "([^/]+/)+", ".": "[^/]+/"}[step.sign]
            continue
        pattern = step.pattern
        out += "".join(digits.get(digit, digit) for digit in pattern.group)
        out += f'"{re.escape(pattern.creator)}"' if pattern.creator else ""
        out += "".join(digits.get(digit, digit) for digit in pattern.element)
        if number + 1 < len(path.steps):
            out += (r"\[\d+\]" if step.item in (None, ALL) else rf"\[{step.item}\]") + "/"
    return re.compile(out)


class Rooted:
    """A place that knows its root, for the brute force."""

    def __init__(self, place, root):
        self.address, self.tag, self.root = place.address, place.tag, root


@quick
@given(files(), paths())
def test_a_path_finds_exactly_what_its_written_form_matches(dataset, path):
    wanted = parse_path(path)
    expected = set()
    for place in everything(dataset):
        creator = bool(place.tag.group & 1) and 0x10 <= place.tag.element <= 0xFF
        if _pattern(wanted).fullmatch(_canonical(Rooted(place, dataset))) and not (creator and wanted.last.pattern.wild):
            expected.add(address_text(place.address, place.tag))
    assert {address_text(place.address, place.tag) for place in find(dataset, wanted)} == expected


# What a script promises

@quick
@given(files())
def test_after_removing_private_elements_none_is_left_at_any_depth(dataset):
    after = reread(done("removeAllPrivateTags", dataset).dataset)
    assert not [place for place in everything(after) if place.tag.group & 1]


@quick
@given(files(), st.sampled_from(["A", "ID1", "1.2.3", "1", "Größe"]))
def test_after_blanking_a_value_no_element_has_it(dataset, value):
    after = reread(done(f'blankValues["{value}"]', dataset).dataset)
    assert not [place for place in everything(after, meta=True) if place.text == value]


@quick
@given(files(), st.integers(-4000, 4000))
def test_shifting_dates_there_and_back_changes_nothing(dataset, days):
    script = f'shiftDateTimeListByIncrement[{{*/(0008,0020)}}, {days}, "days"]\nshiftDateTimeListByIncrement[{{*/(0008,0020)}}, {-days}, "days"]'
    assert contents(done(script, dataset).dataset) == contents(dataset)


@quick
@given(files(), paths())
def test_what_a_path_removes_is_gone_and_nothing_beside_it(dataset, path):
    outcome = done(f"-{path}", dataset)
    assert not find(outcome.dataset, parse_path(path))
    removed = {change.path for change in outcome.changes if change.kind == "removed"}
    named = {address_text(place.address, place.tag) for place in find(dataset, parse_path(path))}
    assert all(any(gone == name or gone.startswith(name + "[") for name in named) for gone in removed)


CONSTANT = ('*/(0010,0010) ?= "ANON"\n(0010,0020) := "S1"\n-+/(0008,1030)\nremoveAllPrivateTags\nblankValues["ID1"]\n(0012,0062) := "YES"\n'
            '*/(0008,0020) ?= "20000101"')


@quick
@given(files())
def test_a_script_of_constants_run_twice_changes_nothing_more(dataset):
    once = done(CONSTANT, dataset).dataset
    assert contents(done(CONSTANT, once).dataset) == contents(once)


@quick
@given(files())
def test_a_retained_private_block_stays_whole_and_twice_is_as_once(dataset):
    script = "retainPrivateTags[*/(0019,{ACME}XX)]"
    once = done(script, dataset).dataset
    assert contents(done(script, once).dataset) == contents(once)
    below_retained = [place for place in everything(once) if any(tag >> 16 & 1 for tag, _ in place.address)]
    for place in [place for place in everything(once) if place not in below_retained]:
        assert not (place.tag.group & 1 and place.tag.element > 0xFF) or creator_of(place.tag, place.holder)


@quick
@given(files(), st.sampled_from(["hashUIDList[*/(0008,0018), */(0008,1155), */(0020,0052)]",
                                 'mapReferencedUIDs["1.2.99", "*/(0008,0018)", "*/(0008,1155)", "*/(0020,0052)"]']), st.booleans())
def test_uids_that_were_equal_stay_equal_and_those_that_differed_differ(dataset, script, keyed):
    after = reread(done(script, dataset, key=b"secret" if keyed else b"").dataset)
    before, new = _uids(dataset), _uids(after)
    assert before.keys() == new.keys()
    values = [(old, new[path]) for path, row in before.items() for old in [row]]
    pairs = {(old, now) for row, now_row in values for old, now in zip(row.split("\\"), now_row.split("\\"), strict=True)}
    assert len({old for old, _ in pairs}) == len({now for _, now in pairs}) == len(pairs)


def _uids(dataset) -> dict[str, str]:
    return {address_text(place.address, place.tag): place.text for place in everything(dataset)
            if place.entry is not None and vr_of(place.entry, place.holder) == "UI"}


@quick
@given(files(), paths(), paths())
def test_the_input_stays_and_the_result_is_a_file_that_reads_back_the_same(dataset, removed, changed):
    before = contents(dataset)
    try:
        after = done(f'-{removed}\n{changed} ?= "ÄÖ 山"', dataset).dataset
    except RunError as error:
        after = dataset
        assert "can hold only ASCII" in str(error)
    assert contents(dataset) == before
    buffer = BytesIO()
    after.save_as(buffer, enforce_file_format=False)
    buffer.seek(0)
    assert contents(dcmread(buffer, force=True)) == contents(after)


# Hostile scripts

@settings(max_examples=300, deadline=None)
@given(st.lists(SCRIPT_PIECES, max_size=25), st.booleans())
def test_any_row_of_pieces_is_a_program_with_an_outcome_or_an_error_of_ours(pieces, six):
    text = ('version "6.7"\n' if six else "") + "".join(pieces)
    _outcome_or_error(text, "dicomedit6" if six else "dicomedit4")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_program_or_an_error_of_ours(text):
    _outcome_or_error(text, "dicomedit4")
    _outcome_or_error('version "6.7"\n' + text, "dicomedit6")


GOOD = ('(0010,0010) := format["{0}", (0010,0020)]\nif ((0008,0060) ~ "M.") { */(0008,1155) ?= hashUID["1"] } else { reject[] }\n'
        'x := {(0008,0020), {*/(0008,1030)}}\nremoveTags[x]\n(0008,0050) !~ ".+" ? (0008,0050) := newUID[] : -(0008,0050)\n')


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_good_script_with_characters_lost_doubled_or_changed_is_a_program_or_an_error_of_ours(data):
    text = GOOD
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        put = data.draw(st.sampled_from(["", "[", "]", "(", ")", "{", "}", '"', "\\", "\n", "X", "9", ","]))
        text = text[:at] + put + text[at + data.draw(st.integers(0, 3)):]
    _outcome_or_error('version "6.7"\n' + text, "dicomedit6")


def _outcome_or_error(text, language) -> None:
    from scanhouse.deid.vector_objects import built

    try:
        program = parse(text, language)
        assert isinstance(run(program, built([{"tag": "(0010,0010)", "vr": "PN", "value": "A"}], None), Context(pixels=Nothing())), Outcome)
    except ScriptError as error:
        assert str(error)


def test_steps_of_paths_print_as_they_are_read():
    assert str(parse_path("(0008,1110)[%]/(0010,0010)").steps[0]) == "(0008,1110)[%]"
    assert isinstance(parse_path("(0010,0010)").last, Step)
