import pytest

from scanhouse.dicom.identity import base_36, clean_label, file_name, identifies, is_uid, java_hash, java_list_hash, template_keywords


@pytest.mark.parametrize("uid", ["1", "1.2.840.10008.1.2", "2.25.50741669897053553022988202493624416415", "1.2.03", "0" * 64])
def test_a_uid_is_digits_and_single_dots(uid):
    assert is_uid(uid)
    assert identifies(uid)


@pytest.mark.parametrize("text", ["", ".", "1.", ".1", "1..2", "1.2/..", "1 2", "1.2\n", "1" * 65, "１.２", "1.2\x00", "../x"])
def test_other_texts_identify_nothing(text):
    assert not is_uid(text)
    assert not identifies(text)


def test_a_hash_in_place_of_a_uid_identifies_but_is_no_uid():
    assert identifies("dccc9599087131742838cc1162a630fe")
    assert not is_uid("dccc9599087131742838cc1162a630fe")


@pytest.mark.parametrize(
    ("text", "label"),
    [("Sample^Patient", "Sample_Patient"), ("Sample ID", "Sample_ID"), (" S7 ", "S7"), ("a/../b", "a____b"), ("Müller", "M_ller")]
    + [(same, same) for same in ("", "_", "S-1", "XNAT_E00001")],
)
def test_labels_are_cleaned_as_xnat_does(text, label):
    assert clean_label(text) == label


def test_names_without_a_latin_letter_stay_apart():
    assert clean_label("山田") != clean_label("鈴木")
    assert clean_label("山田") == clean_label("山田")


@pytest.mark.parametrize(("text", "number"), [("", 0), ("a", 97), ("hello", 99162322), ("polygenelubricants", 2**31), ("😀", 1772899)])
def test_java_hash_is_that_of_java_over_utf_16(text, number):
    assert java_hash(text) == number


def test_a_java_list_hash_depends_on_order():
    assert java_list_hash("a", "b") == (31 * (31 + 97) + 98)
    assert java_list_hash("b", "a") != java_list_hash("a", "b")


def test_base_36_is_written_as_java_writes_it():
    assert [base_36(n) for n in (0, 35, 36, 2**32 - 1)] == ["0", "z", "10", "1z141z3"]


def test_the_default_name_is_xnats():
    values = {
        "StudyInstanceUID": "1.3.12.2.1107.5.2.32.35177.30000006121218324675000000034", "SeriesNumber": "4", "InstanceNumber": "1",
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4", "SOPInstanceUID": "1.3.12.2.1107.5.2.32.35177.3.2006121409284535196417894",
    }  # fmt: skip

    name = file_name(values)

    assert name.startswith("1.3.12.2.1107.5.2.32.35177.30000006121218324675000000034-4-1-")
    assert name.removesuffix(".dcm").rsplit("-", 1)[1] == base_36(java_list_hash(values["SOPClassUID"], values["SOPInstanceUID"]))


def test_absent_values_are_named():
    name = file_name({"SeriesNumber": ""}, "${SeriesNumber}-${InstanceNumber}")

    assert name == "no-value-for-SeriesNumber-no-value-for-InstanceNumber.dcm"


@pytest.mark.parametrize("value", ["../../x", "a/b", "..", "\x00", "a\\b", "x" * 5000])
def test_no_value_leads_out_of_a_folder(value):
    name = file_name({"PatientID": value}, "${PatientID}")

    assert "/" not in name
    assert "\\" not in name
    assert not name.startswith(".")
    assert len(name) < 255


def test_a_template_tells_which_values_it_needs():
    template = "${PatientID}-${HashSOPClassUIDWithSOPInstanceUID}-${Nonsense}"

    assert template_keywords(template) == {"PatientID", "SOPClassUID", "SOPInstanceUID"}
