"""What each function of CTP's anonymizer scripts gives."""
from __future__ import annotations

import hashlib

import pytest
from tests.deid.ctp_scripts import ID, anonymized, given, script
from tests.deid.objects import made, text

from scanhouse.deid.ctp.blowfish import Blowfish
from scanhouse.deid.errors import RunError, TooManySteps

STUDY = ("(0008,1030)", "LO", "a/b/c")
NAME = ("(0010,0010)", "PN", "Doe^Jane Mary")
DATE = ("(0008,0020)", "DA", "20200229")
PARAMETER = ('<p t="SITE">S9</p>', '<p t="NO">@remove()</p>')


def md5(what: str) -> str:
    return str(int(hashlib.md5(what.encode()).hexdigest(), 16))


@pytest.mark.parametrize(("body", "expected"), [
    ("@contents(StudyDescription)", "a/b/c"),
    ('@contents(StudyDescription,"[ab]/")', "c"),
    ('@contents(PatientName,"(\\\\w+)\\^(\\\\w+)","$2-$1")', "Jane-Doe Mary"),
    ('@contents(PatientName,"\\^","\\\\$")', "Doe$Jane Mary"),
    ('@contents(PatientName,"(D)","$12$01")', "D2DJane Mary".replace("Jane", "oe^Jane")),
    ('@contents(PatientName,"(?&lt;last>Doe)","${last}s")', "Does^Jane Mary"),
    ("[@contents(PatientComments)]", "[]"),
    ("[@contents(0002,0010)]", "[]"),
    ("@contents([0002,0010])", "1.2.840.10008.1.2.1"),
    ('@value(PatientComments,"none")', "none"),
    ("[@value(PatientComments)]", "[]"),
    ("@truncate(StudyDescription,x)", "a/b/c"),
    ("[@truncate(StudyDescription,0)]", "[]"),
    ("@truncate(StudyDescription,-99)", "a/b/c"),
    ("@lowercase(PatientName)", "doe^jane mary"),
    ("@uppercase(PatientName)", "DOE^JANE MARY"),
    ("@initials(PatientName)", "JMD"),
    ("@initials(PatientName,-1)", "ILC"),
    ("@initials(PatientComments)", "X"),
    ("@pathelement(StudyDescription,-3)", "a"),
    ("@pathelement(StudyDescription,x)", "a/b/c"),
    ("@round(PatientAge,10)", "040Y"),
    ("@round(PatientAge,7)", "042Y"),
    ("[@round(PatientName,7)]", "[]"),
    ("@param(@SITE)-@param($SITE)", "S9-S9"),
    ("@param(@NONE)", "null"),
    ("@append(){B}", "ID1\\B"),
    ("@append(){@truncate(PatientName,3)}", "ID1\\Doe"),
    ("@hash(this)", md5("ID1")[:64]),
    ("@hash(this,@SITE)", md5("ID1")[:64]),
    ("@hashname(PatientName,6,2)", md5("DOEJANEMARY")[:6]),
    ("@hashname(PatientName,6,1)", md5("DOE")[:6]),
    ("@hashptid(@SITE,this,8)", md5("[S9]ID1")[:8]),
    ("@date(.)", "2026.01.31"), ("@time(:)", "09:05:07"), ("@date()", "20260131"),
    ('@if(this,isblank){Y}{N}', "N"), ('@if(PatientComments,isblank){Y}{N}', "Y"),
    ('@if(this,equals,"id1"){Y}{N}', "Y"), ('@if(this,contains,d){Y}{N}', "Y"),
    ('@if(this,matches,"ID"){Y}{N}', "N"), ('@if(this,matches,"ID\\\\d"){Y}{N}', "Y"),
    ('@if(PatientAge,greaterthan,38){Y}{N}', "Y"), ('@if(PatientAge,greaterthan,99999999999){Y}{N}', "Y"),
    ('@if(this,equals,@SITE){Y}{N}', "N"), ('@if((0010,0020),exists){Y}{N}', "Y"),
    ('@if(Modality,equals,"CT"){}{other}', "other"),
    ("@select(){root}{item}", "root"),
    ("@require(PatientName)", "ID1"),
    ("x@always()y", "xy"),
])
def test_a_function_gives(body, expected):
    assert given(body, STUDY, NAME, ("(0010,1010)", "AS", "039Y"), nodes=PARAMETER) == expected


@pytest.mark.parametrize("body", ["@remove()", "a@remove()b", "@hash(PatientComments)", "@hashuid(1.2,PatientComments)",
                                  "@incrementdate(PatientComments,1)", "@hashdate(PatientComments,this)", "@modifydate(PatientComments,*,1,1)",
                                  "@param(@NO)", '@value(PatientComments,"@remove()")'])
def test_a_script_can_remove_its_element(body):
    assert given(body, nodes=PARAMETER) is None


@pytest.mark.parametrize("body", ["", "@empty()", "@blank(0)", "@incrementdate(PatientName,1)", "@always()"])
def test_a_script_can_empty_its_element(body):
    assert given(body, NAME) == ""


def test_the_number_of_blanks_is_bounded_and_what_is_no_digit_ignored():
    dataset = made(("(0010,4000)", "LT", "x"))
    for body, blanks in (("@blank(2)", 2), ("@blank(x3)", 3), ("@blank(9999999999)", 55)):
        after = anonymized(script(t00104000=body), dataset).dataset
        assert after["PatientComments"].value == " " * blanks


@pytest.mark.parametrize(("body", "expected"), [
    ("@incrementdate(this,1)", "20200301"), ("@incrementdate(this,-366)", "20190228"), ("@incrementdate(this,@DAYS)", "20200310"),
    ("@incrementdate(this,PatientID,shift)", "20200225"), ("@incrementdate(this,Modality,shift)", ""), ("@incrementdate(this,x)", ""),
    ("@incrementdate(this,99999999999)", ""), ("@incrementdate(this,-9999999)", ""),
    ("@modifydate(this,2019,*,*)", "20190301"), ("@modifydate(this,*,13,1)", "20210101"), ("@modifydate(this,*,*,*)", "20200229"),
    ("@dateinterval(this,base,PatientID,@FROM)", "20000229"),
])
def test_a_date_becomes(body, expected):
    nodes = ('<p t="DAYS">10</p>', '<p t="FROM">20000101</p>')
    after = anonymized(script(*nodes, t00080020=body), made(DATE), table="shift/ID1=-4\nbase/ID1=1/1/2020\n").dataset
    assert text(after, "(0008,0020)") == expected


@pytest.mark.parametrize(("before", "after"), [
    ("20200115101112.5+0100", "20200116101112.5+0100"), ("2020-01-15", "20200116"), ("20200131\\20200229", "20200201\\20200301"),
    ("20200131\\2020", ""), ("20201301", ""), ("2020", ""), ("ABCDEFGH", ""), ("00000000", ""),
])
def test_shifted_values_keep_what_follows_the_day_and_what_is_no_date_is_emptied(before, after):
    done = anonymized(script(t0008002a="@incrementdate(this,1)"), made(("(0008,002A)", "DT", before))).dataset
    assert text(done, "(0008,002A)") == after


def test_a_hashed_date_moves_back_at_least_a_day_and_less_than_ten_years():
    days = int(md5("ID1")[-4:]) % 3650
    assert days > 0
    after = anonymized(script(t00080020="@hashdate(this,PatientID)"), made(DATE)).dataset
    assert "20100301" < text(after, "(0008,0020)") < "20200229"


def test_a_hashed_uid_has_its_root_once_and_at_most_64_characters():
    assert given("@hashuid(1.2.3,this)") == "1.2.3." + md5("ID1") == given("@hashuid(1.2.3.,this)")
    root = "1." + "2" * 61
    assert given(f"@hashuid({root},this)") == root
    assert given(f"@hashuid({root[:40]},this)") == (root[:40] + "." + md5("ID1"))[:64]


def test_the_third_argument_of_hashuid_is_what_the_other_elements_script_gives():
    done = anonymized(script(t00100020="S1", t00080018="@hashuid(1.2,this,PatientID)"), made()).dataset
    assert text(done, "(0008,0018)") == "1.2." + md5("1.2.3.4.5S1")


def test_scripts_that_hash_each_other_are_refused_where_they_meet():
    source = script(t00100020="@hashuid(1.2,this,SOPInstanceUID)", t00080018="@hashuid(1.2,this,PatientID)")
    with pytest.raises(RunError, match="round in a circle"):
        anonymized(source, made())


def test_an_undefined_parameter_where_identity_depends_on_it_stops_the_object():
    with pytest.raises(RunError, match="does not define"):
        given("@hashuid(@ROOT,this)")


def test_encryption_is_blowfish_and_is_undone_with_its_key():
    assert Blowfish(bytes(8)).encrypted(bytes(8))[:8].hex() == "4ef997456198dd78"
    assert Blowfish(b"\xff" * 8).encrypted(b"\xff" * 8)[:8].hex() == "51866fd5b85ecb8a"
    secret = given("@encrypt(PatientName,some key)", ("(0010,0010)", "PN", "Doe^Jane"))
    assert len(secret) == 24 and "Doe" not in secret
    assert given("@decrypt(this,some key)", (ID, "LO", secret)) == "Doe^Jane"
    with pytest.raises(RunError, match="not encrypted with this key"):
        given("@decrypt(this,other key)", (ID, "LO", secret))


TABLE = "ptid/ID1=S 1\nptid/AB=@alias/x\nalias/x=DEEP\nloop/a=@loop/b\nloop/b=@loop/a\npair/ID1|MR=BOTH\ngone/ID1=@remove()\n"


@pytest.mark.parametrize(("body", "value", "expected"), [
    ("@lookup(this,ptid)", "ID1", "S 1"), ("@lookup(this,ptid)", "AB", "DEEP"), ("@lookup(this|Modality,pair)", "ID1", "BOTH"),
    ("@lookup(this,ptid,keep)", "no", "no"), ("@lookup(this,ptid,remove)", "no", None), ("@lookup(this,ptid,empty)", "no", ""),
    ('@lookup(this,ptid,default,"D")', "no", "D"), ('@lookup(this,ptid,ignore,"n.")', "no", "no"), ("@lookup(this,ptid,UC)", "ab", "DEEP"),
    ("@lookup(this,loop,empty)", "a", ""), ("@lookup(this,gone)", "ID1", None),
])
def test_the_lookup_table_gives(body, value, expected):
    assert given(body, (ID, "LO", value), table=TABLE) == expected


@pytest.mark.parametrize(("body", "table"), [
    ("@lookup(this,ptid)", None), ("@lookup(this,ptid)", ""), ("@lookup(this,other)", TABLE), ('@lookup(this,other,ignore,"n.")', TABLE),
    ("@lookup(this,other,UC)", TABLE), ("@dateinterval(StudyDate,ptid,PatientID)", TABLE), ("@dateinterval(StudyDate,none,PatientID)", TABLE),
    ("@quarantine()", None), ("@call(plugin,1)", None), ("name@home", None),
])
def test_an_object_goes_to_quarantine_without_a_trace_of_its_values_in_the_reason(body, table):
    outcome = anonymized(script(t00100020=body), made((ID, "LO", "SECRET")), table=table)
    assert (outcome.status, outcome.dataset) == ("quarantined", None)
    assert outcome.reason and "SECRET" not in outcome.reason


def test_running_numbers_count_per_type_and_stay():
    from scanhouse.deid.context import CountingTable

    numbers = CountingTable()
    source = script(t00100020="@integer(this,ptid,4)", t00080050="@integer(PatientID,acc)")
    seen = [anonymized(source, made((ID, "LO", value), ("(0008,0050)", "SH", "A")), integers=numbers).dataset for value in ("A", "B", "A")]
    assert [text(each, ID) for each in seen] == ["0001", "0002", "0001"]
    assert [text(each, "(0008,0050)") for each in seen] == ["1", "2", "1"]


def test_a_skipped_object_is_passed_on_as_it_came():
    dataset = made()
    outcome = anonymized(script(t00100010="X", t00100020="@skip()"), dataset)
    assert (outcome.status, outcome.dataset is dataset) == ("skipped", True)


def test_a_replacement_cannot_grow_without_end():
    with pytest.raises(TooManySteps):
        given(f'@contents(PatientComments,"","{"y" * 2000}")', ("(0010,4000)", "LT", "x" * 5000))


@pytest.mark.parametrize("replacement", ["$", "a$b", "$2", "${nobody}", "${1}"])
def test_a_replacement_that_java_refuses_is_an_error(replacement):
    with pytest.raises(RunError):
        given(f'@contents(PatientName,"(D)","{replacement}")')
