"""Short names of fields."""
from __future__ import annotations

import pytest
from xnat.constants import REST_SHORTCUTS

from scanhouse.schema import document, shortcuts, xpath
from scanhouse.schema.registry import REGISTRY
from scanhouse.schema.values import ValueType

TYPES = ["xnat:projectData", "xnat:subjectData", "xnat:mrSessionData", "xnat:petSessionData", "xnat:petmrSessionData", "xnat:mrScanData",
         "xnat:petScanData", "xnat:qcManualAssessorData", "xnat:reconstructedImageData"]
READ_ONLY_IN_XNATPY = {"subject_ID", "scanTime"}
"""Names whose paths xnatpy has otherwise; the server's table holds."""


@pytest.mark.parametrize("name", TYPES)
def test_every_shortcut_that_may_be_written_leads_to_a_field(name):
    element = REGISTRY.element(name)
    for short in shortcuts.shortcuts(element).values():
        if not short.read_only:
            path = xpath.parse(short.path)
            assert element.is_a(path.element)
            field, rest = document.resolve(element, path.steps)
            assert field.kind is not None or (field.repeated and rest), short


@pytest.mark.parametrize(("element", "name", "path", "read_only"), [
    ("xnat:subjectData", "gender", "xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/gender", False),
    ("xnat:subjectData", "pi_lastname", "xnat:subjectData/investigator/lastname", False),
    ("xnat:subjectData", "insert_user", "xnat:subjectData/meta/insert_user/login", True),
    ("xnat:projectData", "pi_lastname", "xnat:projectData/PI/lastname", False),
    ("xnat:mrSessionData", "date", "xnat:experimentData/date", False),
    ("xnat:mrSessionData", "subject_ID", "xnat:subjectAssessorData/subject_ID", False),
    ("xnat:mrSessionData", "subject_label", "xnat:subjectData/label", True),
    ("xnat:mrSessionData", "session_label", "xnat:imageSessionData/label", True),
    ("xnat:mrSessionData", "studyInstanceUID", "xnat:imageSessionData/UID", False),
    ("xnat:petSessionData", "tracer_dose", "xnat:petSessionData/tracer/dose", False),
    ("xnat:mrScanData", "scanTime", "xnat:imageScanData/startTime", False),
    ("xnat:petScanData", "numFrames", "xnat:petScanData/parameters/frames/numFrames", False),
    ("xnat:qcManualAssessorData", "session_ID", "xnat:imageSessionData/ID", True),
])
def test_a_shortcut_stands_for_a_path(element, name, path, read_only):
    short = shortcuts.find(REGISTRY.element(element), name)
    assert (short.path, short.read_only) == (path, read_only)


@pytest.mark.parametrize(("path", "name"), [
    ("xnat:subjectAssessorData/subject_id", "subject_ID"), ("xnat:experimentData/date", "date"), ("xnat:imageSessionData/UID", "UID"),
    ("xnat:imageSessionData/id", "session_ID"), ("xnat:imagesessiondata/label", "session_label"), ("xnat:mrSessionData/date", None),
])
def test_a_path_is_called_by_its_shortcut(path, name):
    assert shortcuts.name_of(REGISTRY.element("xnat:mrSessionData"), path) == name


def test_what_is_no_shortcut_of_the_type_is_none():
    assert shortcuts.find(REGISTRY.element("xnat:ctSessionData"), "coil") is None
    assert shortcuts.find(REGISTRY.element("xnat:subjectData"), "modality") is None


@pytest.mark.parametrize("name", [name for name in REST_SHORTCUTS if name not in ("xnat:experimentData", "xnat:imageAssessorData")])
def test_all_names_that_xnatpy_knows_are_there(name):
    ours = set(shortcuts.shortcuts(REGISTRY.element(name)))
    assert set(REST_SHORTCUTS[name]) - ours - READ_ONLY_IN_XNATPY == set()


def test_a_value_can_be_set_through_a_shortcut():
    subject = REGISTRY.element("xnat:subjectData")
    path = shortcuts.find(subject, "yob").path
    assert document.set_value(subject, {}, path, "1980") == {"demographics/yob": 1980}
    project = REGISTRY.element("xnat:projectData")
    assert document.set_value(project, {}, shortcuts.find(project, "alias").path, "A") == {"aliases/alias": [{"alias": "A"}]}
    assert project.field("aliases/alias").kind is None and REGISTRY.element("xnat:projectData_alias").content.kind is ValueType.STRING
