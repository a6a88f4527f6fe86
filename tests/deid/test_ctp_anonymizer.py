"""CTP's anonymizer scripts: their file, what becomes of each element, and what is said about mistakes."""
from __future__ import annotations

import pytest
from tests.deid.ctp_scripts import ID, anonymized, given, script
from tests.deid.objects import contents, made, text, vr

from scanhouse.deid.errors import RunError, ScriptError, SyntaxFault, UnknownFunction
from scanhouse.deid.languages import parse
from scanhouse.deid.program import Walk

PRIVATE = (("(0019,0010)", "LO", "ACME 1"), ("(0019,1001)", "LO", "v1"), ("(0019,1002)", "LO", "v2"))
NESTED = (("(0008,1140)[0]/(0008,1155)", "UI", "1.2.3"), ("(0008,1140)[0]/(0010,0020)", "LO", "IN1"),
          ("(0008,1140)[0]/(0019,0010)", "LO", "ACME 1"), ("(0008,1140)[0]/(0019,1001)", "LO", "n"))
REMOVE_PRIVATE, REMOVE_REST = '<r en="T" t="privategroups">x</r>', '<r en="T" t="unspecifiedelements">x</r>'
SAFE = '<k en="T" t="safeprivateelements">x</k>'


# The script's text

@pytest.mark.parametrize(("body", "expected"), [
    ("A\\@B", "A@B"), ("A\\\\B", "A\\B"), ("a b", "a b"), ("  x  ", "x"), ("@ contents (Modality)", "MR"), ("{x}", "{x}"), ("x\\", "x"),
    ("@contents( Modality )", "MR"), ("@contents(\n Modality\n)", "MR"), ("A@truncate(this,2", "A"), ("<![CDATA[<&>]]>", "<&>"),
    ("&lt;@contents(Modality)&gt;", "<MR>"), ('@if(Modality,equals,"MR"){a\\}b}{c}', "a}b"), ('@value(PatientComments,"a,b)")', "a,b)"),
    ('@value(PatientComments,a\\,b)', "a,b"), ('@value(PatientComments,"say \\"x\\"")', 'say "x"'),
    ("@if(Modality,equals,CT){a}{@if(Modality,equals,MR){b}{c}}d", "bd"),
])
def test_text_stands_for_itself_and_calls_for_what_they_give(body, expected):
    assert given(body) == expected


def test_values_of_the_object_never_act_as_words_of_the_script():
    for word in ("@keep()", "@remove()", "@empty()", "@blank(5)", "@process()"):
        assert given("@contents(PatientName)", ("(0010,0010)", "PN", word)) == word


def test_an_element_is_named_by_keyword_digits_item_root_or_private_creator():
    names = {"ReferencedImageSequence::ReferencedSOPInstanceUID": "1.2.3", "RefImageSeq::RefSOPInstanceUID": "1.2.3",
             "[0008,0060]": "MR", "00080060": "MR", "root:Modality": "MR", "0019[ACME 1]02": "v2", "(19,[ACME 1]02)": "v2",
             "[0019,[ACME 1]02]": "v2", "00191002": "v2", "MyName": "v1", "[0008,1140]::[0008,1155]": "1.2.3"}
    for name, expected in names.items():
        assert given(f"@contents({name})", *PRIVATE, *NESTED, nodes=('<e en="T" t="0019[ACME 1]01" n="MyName">@keep()</e>',)) == expected, name


def test_the_old_properties_form_says_the_same_as_xml():
    old = "# a comment\nparam.SITE=S9\nset.[0010,0020]PatientID=@param(@SITE)-\\\n   @contents(Modality)\n#set.[0008,0060]Modality=X\n" \
          "set.[0019,[ACME\\ 1]01]Mine=@keep()\nset.[0019,00[ACME\\ 1]]=@keep()\nremove.privategroups=\nkeep.group0021=\n"
    dataset = made(*PRIVATE, ("(0021,0010)", "LO", "B"))
    done = anonymized(old, dataset).dataset
    assert [text(done, path) for path in (ID, "(0008,0060)", "(0019,0010)", "(0019,1001)", "(0019,1002)", "(0021,0010)")] == [
        "S9-MR", "MR", "ACME 1", "v1", None, "B"]
    new = script('<p t="SITE">S9</p>', REMOVE_PRIVATE, '<k en="T" t="0021">k</k>', '<e en="T" t="0019[ACME 1]01" n="Mine">@keep()</e>',
                 '<e en="T" t="001900[ACME 1]" n="">@keep()</e>', t00100020="@param(@SITE)-@contents(Modality)")
    assert contents(anonymized(new, dataset).dataset) == contents(done)


# What becomes of an element

def test_elements_without_a_script_stay_unless_a_global_rule_removes_them():
    dataset = made(*PRIVATE, *NESTED)
    assert text(anonymized(script(t00100010="X"), dataset).dataset, "(0019,1001)") == "v1"
    done = anonymized(script(REMOVE_REST, t00100010="X"), dataset).dataset
    assert sorted(contents(done)) == ["(0008,0005)", "(0008,0016)", "(0008,0018)", "(0010,0010)"]


@pytest.mark.parametrize(("nodes", "kept"), [
    ((REMOVE_REST,), True), ((REMOVE_PRIVATE,), True), (('<r en="T" t="overlays">x</r>',), False),
    (('<r en="T" t="overlays">x</r>', '<e en="T" t="60000022" n="">@keep()</e>'), False),
])
def test_overlays_go_only_by_their_own_rule_and_then_even_with_a_script(nodes, kept):
    done = anonymized(script(*nodes), made(("(6000,0022)", "LO", "text"))).dataset
    assert (text(done, "(6000,0022)") is not None) is kept


def test_a_kept_group_keeps_its_elements_but_not_from_their_own_scripts():
    done = anonymized(script('<k en="T" t="0018">k</k>', REMOVE_REST, t00180050="@remove()"),
                      made(("(0018,0050)", "DS", "1"), ("(0018,0015)", "CS", "HEAD"))).dataset
    assert (text(done, "(0018,0050)"), text(done, "(0018,0015)")) == (None, "HEAD")


def test_items_are_looked_at_only_where_the_script_says_process():
    rest = {"t00100020": "X", "t00081155": "@hashuid(1.2,this)"}
    outside = anonymized(script(REMOVE_PRIVATE, **rest), made(*NESTED)).dataset
    assert text(outside, "(0008,1140)[0]/(0010,0020)") == "IN1" and text(outside, "(0008,1140)[0]/(0019,1001)") == "n"
    inside = anonymized(script(REMOVE_PRIVATE, t00081140="@process()", **rest), made(*NESTED)).dataset
    assert text(inside, "(0008,1140)[0]/(0010,0020)") == "X" and text(inside, "(0008,1140)[0]/(0019,1001)") is None
    assert text(inside, "(0008,1140)[0]/(0008,1155)").startswith("1.2.")


def test_within_an_item_this_and_names_mean_the_item_and_root_means_the_object():
    done = anonymized(script(t00081140="@process()", t00100020="@contents(this)-@contents(root:PatientID)-@select(){r}{i}"), made(*NESTED))
    assert text(done.dataset, "(0008,1140)[0]/(0010,0020)") == "IN1-ID1-i"


@pytest.mark.parametrize("body", ["many", "@always()many"])
def test_a_value_that_an_element_cannot_hold_is_an_error_that_names_the_line(body):
    present = [("(0028,0010)", "US", "5")] if body == "many" else []
    with pytest.raises(RunError) as failure:
        anonymized(script(t00280010=body), made(*present))
    assert (failure.value.line, failure.value.column) == (2, 31)


def test_blanks_and_line_ends_around_a_script_do_not_keep_always_from_inserting():
    source = script(t00100021="\n    @always()A B\n  ")
    assert text(anonymized(source, made()).dataset, "(0010,0021)") == "A B"
    assert parse(source, "ctp").warnings == ()


def test_always_inserts_at_the_root_only_and_with_the_dictionarys_vr():
    nodes = script('<e en="T" t="00130010" n="">@always()CTP</e>', '<e en="T" t="00131010" n="">@always()P</e>', t00081140="@process()",
                   t00120062="@always()YES", t00120063="@always()@append(){rule}", t00101010="x@always()", t00100021="@always()@require(PatientID)",
                   t00100032="@always()@require()", t00101040="@require()", t00082112="@always()@require()", t00081110="@always()x")
    done = anonymized(nodes, made(*NESTED)).dataset
    assert {path: (text(done, path), vr(done, path)) for path in ("(0012,0062)", "(0012,0063)", "(0010,0021)", "(0010,0032)", "(0013,0010)",
                                                                 "(0013,1010)", "(0008,2112)")} == {
        "(0012,0062)": ("YES", "CS"), "(0012,0063)": ("rule", "LO"), "(0010,0021)": ("ID1", "LO"), "(0010,0032)": ("", "TM"),
        "(0013,0010)": ("CTP", "LO"), "(0013,1010)": ("P", "LO"), "(0008,2112)": (None, "SQ")}
    assert [text(done, path) for path in ("(0010,1010)", "(0010,1040)", "(0008,1140)[0]/(0012,0062)")] == [None, None, None]
    assert vr(done, "(0008,1110)") is None


def test_method_codes_are_appended_with_their_meaning_and_reset_begins_anew():
    old = (("(0012,0064)[0]/(0008,0100)", "SH", "113101"),)
    code = "(0012,0064)[{}]/(0008,0{})"
    done = anonymized(script(t00120064="113100/X1"), made(*old)).dataset
    assert [text(done, code.format(item, "100")) for item in range(3)] == ["113101", "113100", "X1"]
    assert [text(done, code.format(item, "102")) for item in (1, 2)] == ["DCM", "UNKNOWN"]
    assert text(anonymized(script(t00120064="reset/113107"), made(*old)).dataset, code.format(0, "100")) == "113107"
    assert text(anonymized(script(t00120064="113100"), made()).dataset, code.format(0, "104")) == "Basic Application Confidentiality Profile"
    assert vr(anonymized(script(t00120064="@remove()"), made(*old)).dataset, "(0012,0064)") is None


def test_safe_private_elements_stay_with_their_creators_where_the_script_asks():
    block = (("(0019,0010)", "LO", "GEMS_ACQU_01"), ("(0019,101E)", "DS", "220"), ("(0019,10FE)", "LO", "free"))
    done = anonymized(script(SAFE, REMOVE_PRIVATE), made(*block)).dataset
    assert [text(done, path) for path, _, _ in block] == ["GEMS_ACQU_01", "220", None]
    own = anonymized(script(SAFE, REMOVE_PRIVATE), made(*block), config={"safePrivateElements": "0019[GEMS_ACQU_01]FE # ours"}).dataset
    assert text(own, "(0019,10FE)") == "free"


def test_a_private_element_keeps_its_vr():
    done = anonymized(script('<e en="T" t="0019[ACME 1]01" n="">12</e>'), made(PRIVATE[0], ("(0019,1001)", "IS", "7"))).dataset
    assert (text(done, "(0019,1001)"), vr(done, "(0019,1001)")) == ("12", "IS")


def test_text_for_a_sequence_empties_it_where_ctp_leaves_it_as_it_is():
    done = anonymized(script(t00081140="removed by us"), made(*NESTED)).dataset
    assert vr(done, "(0008,1140)") == "SQ" and text(done, "(0008,1140)[0]/(0010,0020)") is None


def test_text_for_a_number_stops_the_object():
    with pytest.raises(RunError, match="not a number that fits US"):
        anonymized(script(t00280010="many"), made(("(0028,0010)", "US", "4")))


def test_the_character_set_stays_whatever_the_script_says_and_is_declared_where_it_is_missing():
    name = ("(0010,0010)", "PN", "Müller")
    outcome = anonymized(script(REMOVE_REST, t00080005="@remove()", t00100010="@keep()"), made(name))
    assert (text(outcome.dataset, "(0008,0005)"), text(outcome.dataset, "(0010,0010)")) == ("ISO_IR 100", "Müller")
    assert "character set stays" in outcome.warnings[0]
    bare = made(("(0010,0020)", "LO", "A"), patient=False)
    assert text(anonymized(script(), bare).dataset, "(0008,0005)") == "ISO_IR 100"


def test_signatures_and_what_file_meta_information_says_of_senders_go():
    dataset = made(("(0002,0016)", "AE", "HOSPITAL"), ("(FFFA,FFFA)[0]/(0400,0005)", "US", "1"))
    done = anonymized(script(), dataset).dataset
    assert vr(done, "(FFFA,FFFA)") is None and text(done, "(0002,0016)") is None
    assert text(done, "(0002,0010)") == "1.2.840.10008.1.2.1"


def test_private_elements_after_the_pixels_follow_the_same_rules():
    dataset = made(("(7FE1,0010)", "LO", "ACME 1"), ("(7FE1,1001)", "LO", "Doe"))
    assert vr(anonymized(script(REMOVE_PRIVATE), dataset).dataset, "(7FE1,1001)") is None


def test_the_input_stays_as_it_was():
    dataset = made(*PRIVATE, *NESTED)
    before = contents(dataset)
    anonymized(script(REMOVE_PRIVATE, t00100020="X", t00081140="@process()"), dataset)
    assert contents(dataset) == before


# What is said

def test_the_program_says_what_it_will_do_and_the_outcome_which_rule_did_it():
    source = script(SAFE, REMOVE_PRIVATE, t00100020="X")
    (walk,) = parse(source).statements
    assert isinstance(walk, Walk)
    assert [(rule.target, rule.action) for rule in walk.policy.rules()] == [
        ("(0010,0020) PatientID", "X"), ("safe private elements and private creators", "kept where they have no script"),
        ("private elements without script", "removed")]
    changes = {change.path: change.why for change in anonymized(source, made(*PRIVATE)).changes}
    assert (changes[ID], changes["(0019,1001)"]) == ("line 4", "private")


@pytest.mark.parametrize(("body", "column", "said"), [
    ("@nosuch(1)", 1, "there is no function nosuch. Expected one of always, append,"),
    ("ab@truncate(this,2", 3, "the call of truncate does not end. Expected ) after its arguments"),
    ("@if(this,exists){a}", 1, "if lacks a clause"),
    ("@if(this,like,x){a}{b}", 10, "'like' is no test. Expected one of isblank, exists,"),
    ("@contents(NoSuchKeyword)", 11, "no element is called 'NoSuchKeyword'. Expected this, a keyword,"),
    ("@param(@NOPE)", 8, "there is no parameter NOPE"),
    ("@hash()", 1, "hash is given 0 arguments. Expected @hash(element[, n])"),
    ('@if(this,matches,"(a"){x}{y}', 18, "'(a' is not a regular expression"),
    ('@contents(this,"[a")', 16, "'[a' is not a regular expression"),
    ("a@b.org", 2, "this @ begins no call. Expected @name(arguments)"),
])
def test_a_mistake_that_ctp_passes_over_is_a_warning_and_an_error_when_strict(body, column, said):
    source = f'<script>\n<e en="T" t="00100020" n="PatientID">{body}</e>\n</script>'
    program = parse(source)
    assert any(said in warning for warning in program.warnings)
    with pytest.raises(ScriptError) as caught:
        parse(source, strict=True)
    assert said.split(".")[0] in str(caught.value)
    assert (caught.value.line, caught.value.column) == (2, len('<e en="T" t="00100020" n="PatientID">') + column)
    assert caught.value.remedy


def test_a_place_within_a_script_of_several_lines_is_found():
    with pytest.raises(UnknownFunction) as caught:
        parse('<script>\n <e en="T" t="00100020" n="">x &amp; y\n  z @nosuch()</e></script>', strict=True)
    assert (caught.value.line, caught.value.column) == (3, 5)


@pytest.mark.parametrize(("source", "said"), [
    ("<script><e></script>", "line 1, column 14: the script is not well-formed XML"),
    ('<!DOCTYPE x [<!ENTITY a "b">]><script/>', "may not have a DOCTYPE"),
    ('<script>\n<e en="T" t="0010002" n="">x</e></script>', "line 2, column 1: '0010002' names no element"),
    ('<script><r en="T" t="private">x</r></script>', "'private' cannot be removed as a whole. Expected one of privategroups,"),
    ('<script><e en="T" n="PatientID">x</e></script>', "does not say what it is for"),
    ('<script><e en="T" t="00100020"><b>x</b></e></script>', "<b> stands within another node"),
    ("<script>" + "<a>" * 20 + "</a>" * 20 + "</script>", "stands within another node"),
    ("<script>\udc00</script>", "characters that XML does not allow"),
])
def test_what_cannot_be_carried_out_is_refused_when_it_is_loaded(source, said):
    with pytest.raises(SyntaxFault) as caught:
        parse(source)
    assert said in str(caught.value)


@pytest.mark.parametrize(("source", "said"), [
    (script(REMOVE_PRIVATE), "Sequences without a script stay, and private elements within them too"),
    (script(REMOVE_REST, t00081140="@keep()"), "the sequence (0008,1140) is kept but nothing within it is looked at"),
    (script('<r en="T" t="curves">x</r>'), "Curves stay"),
    (script(REMOVE_PRIVATE, '<e en="T" t="0019[ACME 1]01" n="">@keep()</e>'), "its private creator goes"),
    (script(t00100020="@if(this,isblank){@skip()}{x}"), "@skip() passes the object on"),
    (script(t00100020="x@always()"), "@always() inserts only as the very first call"),
])
def test_gaps_of_a_script_are_told_but_never_refused(source, said):
    assert any(said in warning for warning in parse(source, strict=True).warnings)


def test_a_script_without_gaps_has_no_warnings():
    assert parse(script(REMOVE_PRIVATE, REMOVE_REST, t00100020="X", t00081140="@process()"), strict=True).warnings == ()
