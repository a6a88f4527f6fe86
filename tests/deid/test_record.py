"""What an object says about its own de-identification."""
from __future__ import annotations

from tests.deid.objects import made, text

from scanhouse.deid.record import append_method, append_method_code, follow_identity, last_script, mark_identity_removed
from scanhouse.deid.vector_objects import reread


def test_method_codes_are_appended_and_the_last_script_is_told():
    dataset = made()
    assert last_script(dataset) is None
    append_method_code(dataset, value="3", scheme="XNAT", version="1.0", meaning="XNAT DicomEdit 6 Script")
    append_method_code(dataset, value="12", scheme="XNAT", version="1.0", meaning="XNAT DicomEdit 6 Script")
    assert last_script(reread(dataset)) == "12"
    append_method_code(dataset, value="113100", scheme="DCM", meaning="Basic Application Confidentiality Profile")
    assert last_script(dataset) is None
    assert len(dataset.DeidentificationMethodCodeSequence) == 3


def test_methods_are_appended_once_and_cut_to_one_value():
    dataset = made(("(0012,0063)", "LO", "earlier"))
    append_method(dataset, "x" * 100)
    append_method(dataset, "x" * 100)
    append_method(dataset, "a\\b")
    assert text(dataset, "(0012,0063)") == "earlier\\" + "x" * 64 + "\\a/b"


def test_the_mark_and_the_identity():
    dataset = made()
    mark_identity_removed(dataset)
    dataset.SOPInstanceUID = "1.2.9"
    follow_identity(dataset)
    assert text(dataset, "(0012,0062)") == "YES"
    assert text(dataset, "(0002,0003)") == "1.2.9"
    del dataset.file_meta
    follow_identity(dataset)
