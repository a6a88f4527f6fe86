"""What holds for every object and every CTP script."""
from __future__ import annotations

from datetime import datetime
from io import BytesIO

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from tests.deid.ctp_scripts import anonymized, script
from tests.deid.objects import contents, made
from tests.deid.strategies import files

from scanhouse.deid.context import Context
from scanhouse.deid.ctp.lookup import parse_lookup
from scanhouse.deid.ctp.properties import properties
from scanhouse.deid.ctp.results import MARK
from scanhouse.deid.elements import everything
from scanhouse.deid.engine import run
from scanhouse.deid.errors import RunError, ScriptError
from scanhouse.deid.languages import parse
from scanhouse.deid.vector_objects import reread

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ENTERED = {f"t{tag}": "@process()" for tag in ("00081110", "00081140", "00400275")}
REMOVE = '<r en="T" t="privategroups">x</r>', '<r en="T" t="unspecifiedelements">x</r>'
CONSTANT = {"t00100010": "ANON", "t00100020": "S1", "t00081030": "@remove()", "t00080020": "@empty()", "t00104000": "@blank(3)",
            "t00120062": "@always()YES"}


class Nothing:
    """A fake of what blanks pixels: the objects here have none."""

    def blank(self, dataset, regions):
        return False


# What a script promises

@quick
@given(files())
def test_where_sequences_are_entered_no_private_element_is_left_at_any_depth(dataset):
    after = reread(anonymized(script(REMOVE[0], **ENTERED), dataset).dataset)
    assert not [place for place in everything(after) if place.tag.group & 1]


@quick
@given(files())
def test_what_has_no_script_and_is_not_protected_is_never_left(dataset):
    after = reread(anonymized(script(*REMOVE, **ENTERED, t00100010="ANON"), dataset).dataset)
    left = {f"{int(place.tag):08X}" for place in everything(after)}
    assert left <= {"00080005", "00080018", "00100010", "00081110", "00081140", "00400275"}


@quick
@given(files())
def test_a_script_of_constants_run_twice_changes_nothing_more(dataset):
    source = script(*REMOVE, **ENTERED, **CONSTANT)
    once = anonymized(source, dataset).dataset
    assert contents(anonymized(source, once).dataset) == contents(once)


@quick
@given(files(), st.integers(1, 4000))
def test_shifting_dates_there_and_back_changes_nothing(dataset, days):
    there, back = (script(**ENTERED, t00080020=f"@incrementdate(this,{sign}{days})") for sign in ("-", ""))
    assert contents(anonymized(back, anonymized(there, dataset).dataset).dataset) == contents(dataset)


@quick
@given(files())
def test_uids_that_were_equal_stay_equal_and_those_that_differed_differ(dataset):
    hashes = dict.fromkeys(("t00080018", "t00081155", "t00200052"), "@hashuid(1.2.99,this)")
    after = reread(anonymized(script(**ENTERED, **hashes), dataset).dataset)
    old, new = (_uids(each) for each in (dataset, after))
    assert old.keys() == new.keys()
    pairs = {(old[path], new[path]) for path in old if old[path]}
    assert len({before for before, _ in pairs}) == len({now for _, now in pairs}) == len(pairs)
    assert all(now != before and len(now) <= 64 for before, now in pairs)


def _uids(dataset) -> dict[str, str]:
    """Those that the scripts reach: items of private sequences are entered by no script here."""
    return {path: value for path, (vr, value) in contents(dataset).items() if vr == "UI" and "(0019," not in path}


@quick
@given(files(), st.sampled_from(["Größe 山", "a\\b", "@contents(this)", "@hash(this,5)", "@if(this,isblank){@remove()}{x}", "@append(){z}"]))
def test_the_input_stays_and_the_result_is_a_file_that_reads_back_the_same(dataset, body):
    before = contents(dataset)
    try:
        after = anonymized(script(**ENTERED, t00100010=body, t00081030=body, t00104000=body), dataset).dataset
    except RunError:
        after = dataset
    assert contents(dataset) == before
    buffer = BytesIO()
    after.save_as(buffer, enforce_file_format=False)
    buffer.seek(0)
    assert contents(dcmread(buffer, force=True)) == contents(after)


@quick
@given(st.text(max_size=30).filter(lambda text: text.isprintable() and MARK not in text and text.isascii()))
def test_text_behind_backslashes_stands_for_itself(text):
    body = "".join("\\" + sign for sign in text)
    quoted = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    done = anonymized(script(t00104000=quoted), made(("(0010,4000)", "LT", "x")))
    assert done.dataset["PatientComments"].value == (text.strip() or None)


@quick
@given(st.dictionaries(st.text(min_size=1, max_size=8).map(str.strip).filter(bool), st.text(max_size=8).map(str.strip), max_size=5))
def test_properties_text_gives_back_what_was_escaped_into_it(table):
    def escaped(text):
        return "".join(f"\\u{ord(sign):04x}" if ord(sign) > 126 or ord(sign) < 32 else "\\" + sign if not sign.isalnum() else sign for sign in text)

    small = {key: value for key, value in table.items() if all(ord(sign) < 0x10000 for sign in key + value)}
    assert {key: value for key, value, _ in properties("\n".join(f"{escaped(key)} = {escaped(value)}" for key, value in small.items()))} == small


# Hostile scripts

PIECES = st.sampled_from([
    "@", "(", ")", "{", "}", "[", "]", ",", '"', "\\", "|", "this", "PatientName", "root:", "::", "[0008,0060]", "0019[A]01", "@contents(this)",
    "@if(", "@if(this,exists){", "}{", "@select()", "@append(){", "@hash(", "@hashuid(1.2,this,PatientID)", "@incrementdate(this,", "@lookup(",
    "@process()", "@keep()", "@remove()", "@blank(", "@require(", "@always()", "@param(@X)", "@quarantine()", "9", "-1", "*", " ", "\n", "x", "山",
    "matches,\"(a*)*\"", "@integer(this,t,", "@round(this,", "@date(", "@encrypt(this,k)", "@modifydate(this,", "@call(",
])
FILTER_PIECES = st.sampled_from(["Modality", ".", "equals", "(", ")", '"MR"', '"', "+", "*", "!", "true.", "false.", "//", "\n", "[0008,0060]", "::",
                                 'Modality.equals("MR")', 'PatientName.matches("(a*)*")', "{", "}", "(1,2,3,4)", "(-1,", " ", "9", "é"])


def outcome_or_error(text: str, language: str, dataset) -> None:
    """Any text is a program with an outcome, or an error of ours."""
    try:
        program = parse(text, language)
    except ScriptError:
        return
    try:
        run(program, dataset, Context(steps=20_000, pixels=Nothing(), now=datetime(2026, 1, 1)))
    except ScriptError:
        return


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=15).map("".join), files())
def test_any_row_of_pieces_as_a_script_ends(body, dataset):
    quoted = body.replace('"', "&quot;")
    outcome_or_error(script(**ENTERED, t00100010=quoted, t00100020=quoted, t00080018=quoted, t00081030=quoted), "ctp", dataset)


@settings(max_examples=150, deadline=None)
@given(st.lists(FILTER_PIECES, max_size=15).map("".join))
def test_any_row_of_pieces_as_a_filter_or_pixel_script_ends(text):
    for language in ("ctp-filter", "ctp-pixel"):
        outcome_or_error(text, language, made())


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80))
def test_any_text_ends(text):
    for language in ("ctp", "ctp-filter", "ctp-pixel"):
        outcome_or_error(text, language, made())
    try:
        parse_lookup(text)
    except ScriptError:
        pass


GOOD = script('<p t="SITE">S9</p>', *REMOVE, '<k en="T" t="0018">k</k>', '<e en="T" t="0019[ACME]01" n="Mine">@keep()</e>', **ENTERED,
              t00100010='@if(this,equals,"x\\"y"){@hashptid(@SITE,this,8)}{@contents(this,"[a-z]+","$1")}')


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_good_script_with_characters_lost_doubled_or_changed_is_a_program_or_an_error_of_ours(data):
    text = GOOD
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        put = data.draw(st.sampled_from(["", "<", ">", "&", "/", '"', "@", "(", ")", "{", "}", "\\", "\n", "T", "9", "<!DOCTYPE a>"]))
        text = text[:at] + put + text[at + data.draw(st.integers(0, 3)):]
    outcome_or_error(text, "ctp", made())
