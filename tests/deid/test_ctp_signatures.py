"""CTP's pixel scripts: which signature matches, and which regions it asks to blank."""
from __future__ import annotations

import pytest
from tests.deid.objects import made, text

from scanhouse.deid.context import Context
from scanhouse.deid.engine import run
from scanhouse.deid.errors import NotBlankable, ScriptError, SyntaxFault
from scanhouse.deid.languages import parse
from scanhouse.deid.program import Region

US = (("(0008,0060)", "CS", "US"), ("(0028,0010)", "US", "16"), ("(7FE0,0010)", "OW", ""))
SCRIPT = 'Screens of ACME (all of them)\n{ Modality.equals("US") } top line: (2,3,4,5), (-4,-3,2,1)\n{ true. } no regions\n'


class Asked:
    """A fake of what blanks pixels: it remembers what it was asked for."""

    def __init__(self, *, blanks: bool = True, fails: bool = False) -> None:
        self.regions: list[Region] = []
        self._blanks, self._fails = blanks, fails

    def blank(self, dataset, regions) -> bool:
        if self._fails:
            raise NotBlankable("these pixels cannot be decoded", remedy="Decompress them.")
        self.regions += regions
        return self._blanks


def ran(script: str, *elements, pixels: Asked | None = None, **config: str):
    return run(parse(script, "ctp-pixel"), made(*elements), Context(pixels=pixels or Asked(), config=config))


def test_a_region_has_one_column_and_one_row_more_than_it_says():
    asked = Asked()
    assert ran(SCRIPT, *US, pixels=asked).pixels_changed
    assert asked.regions == [Region(2, 3, 7, 9), Region(-4, -3, -1, -1, wraps=True)]


@pytest.mark.parametrize(("region", "expected"), [
    ("(-4,0,3,1)", Region(-4, 0, 0x10000, 2, wraps=True)), ("(-4,-2,100,0)", Region(-4, -2, 0x10000, -1, wraps=True)),
    ("(0,0,99999,0)", Region(0, 0, 100000, 1)), ("( 1 , 2,3 ,4)", Region(1, 2, 5, 7)),
])
def test_regions_from_the_far_edge_that_reach_it_go_beyond(region, expected):
    asked = Asked()
    ran("{true.}" + region, *US, pixels=asked)
    assert asked.regions == [expected]


def test_the_first_signature_that_matches_decides_also_without_regions():
    asked = Asked()
    outcome = ran(SCRIPT, ("(0008,0060)", "CS", "CT"), pixels=asked)
    assert (outcome.status, asked.regions, outcome.pixels_changed) == ("ok", [], False)


def test_an_object_that_nothing_matches_passes_unmodified():
    dataset = made(*US)
    outcome = run(parse('{Modality.equals("XA")} (0,0,1,1)', "ctp-pixel"), dataset, Context(pixels=Asked()))
    assert (outcome.status, outcome.dataset is dataset) == ("no match", True)


@pytest.mark.parametrize(("rule", "modality", "pixels", "status"), [
    ("quarantine", "US", True, "quarantined"), ("quarantine", "CT", True, "no match"), ("quarantine all", "CT", True, "quarantined"),
    ("quarantine", "US", False, "no match"), ("", "US", True, "no match"),
])
def test_a_site_can_send_unmatched_pictures_at_risk_to_quarantine(rule, modality, pixels, status):
    elements = (("(0008,0060)", "CS", modality), *(US[2:] if pixels else ()))
    assert ran('{false.}', *elements, unmatched=rule).status == status


@pytest.mark.parametrize(("config", "blanks", "expected"), [
    ({"setBurnedInAnnotation": "yes"}, True, "NO"), ({"setBurnedInAnnotation": "yes"}, False, "YES"), ({}, True, "YES"),
    ({"setBurnedInAnnotation": "no"}, True, "YES"),
])
def test_burned_in_annotation_is_denied_only_where_asked_and_true(config, blanks, expected):
    outcome = ran(SCRIPT, *US, ("(0028,0301)", "CS", "YES"), pixels=Asked(blanks=blanks), **config)
    assert text(outcome.dataset, "(0028,0301)") == expected


def test_pixels_that_cannot_be_blanked_are_refused():
    with pytest.raises(NotBlankable, match="line 2, column 2: these pixels cannot be decoded"):
        ran("US\n{true.} (0,0,1,1)", *US, pixels=Asked(fails=True))


@pytest.mark.parametrize(("script", "said"), [
    ('{ Modality.equals("US")', "line 1, column 1: this signature does not end. Expected }"),
])
def test_a_brace_that_does_not_end_is_refused(script, said):
    with pytest.raises(SyntaxFault) as caught:
        parse(script, "ctp-pixel")
    assert said in str(caught.value)


@pytest.mark.parametrize(("script", "said"), [
    ("{true.}\n (1,2,3)", "line 2, column 2: (1,2,3) is no region"), ("{true.} (1,2,3,x)", "is no region"),
    ("text\n{ Modality.equal }", "line 2, column 3: found 'Modality.equ'"), ("no signature", "the script has no signature"),
])
def test_a_mistake_is_a_warning_and_an_error_when_strict(script, said):
    assert said in parse(script, "ctp-pixel").warnings[0]
    with pytest.raises(ScriptError) as caught:
        parse(script, "ctp-pixel", strict=True)
    assert said in str(caught.value)


def test_braces_in_quotes_belong_to_the_expression():
    assert ran('{ StudyDate.matches("\\d{8}") } (0,0,1,1)', *US).pixels_changed


def test_the_language_is_known_by_its_text():
    assert parse(SCRIPT).language == "ctp-pixel"
