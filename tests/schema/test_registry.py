"""The registry of data types."""
from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from scanhouse.schema import declarations
from scanhouse.schema.errors import BadDeclaration, ElementExists, InvalidValue, UnknownElement, UnknownField
from scanhouse.schema.registry import REGISTRY
from scanhouse.schema.values import ValueType

MODALITIES = [
    "mr", "pet", "ct", "us", "xa", "xa3D", "cr", "dx", "dx3DCraniofacial", "mg", "rf", "rg", "io", "nm", "sr", "sm", "gm", "gmv",
    "es", "esv", "eps", "hd", "ecg", "op", "opt", "xc", "xcv", "meg", "eeg", "emg", "eog", "resp", "pos", "obj", "dms", "cfm", "pa",
    "otherDicom",
]
LINEAGE = [
    ("xnat:genericData", "xnat:experimentData"), ("xnat:pVisitData", "xnat:genericData"), ("xnat:abstractProjectAsset", "xnat:genericData"),
    ("xnat:subjectVariablesData", "xnat:subjectAssessorData"), ("xnat:imageSessionData", "xnat:subjectAssessorData"),
    ("xnat:petmrSessionData", "xnat:imageSessionData"), ("xnat:rtSessionData", "xnat:imageSessionData"),
    ("xnat:rtImageScanData", "xnat:imageScanData"), ("xnat:qcAssessmentData", "xnat:mrAssessorData"),
    ("xnat:mrAssessorData", "xnat:imageAssessorData"), ("xnat:imageAssessorData", "xnat:derivedData"),
    ("xnat:derivedData", "xnat:experimentData"), ("xnat:qcManualAssessorData", "xnat:imageAssessorData"),
    ("xnat:resourceCatalog", "xnat:resource"), ("xnat:resource", "xnat:abstractResource"), ("xnat:mrQcScanData", "xnat:qcScanData"),
    ("xnat:datatypeProtocol", "xnat:abstractProtocol"), ("xnat:demographicData", "xnat:abstractDemographicData"),
    ("val:protocolData", "xnat:imageAssessorData"), ("xnat_a:ybocsData", "xnat:subjectAssessorData"), ("cat:dcmEntry", "cat:entry"),
    *((f"xnat:{stem}SessionData", "xnat:imageSessionData") for stem in MODALITIES),
    *((f"xnat:{stem}ScanData", "xnat:imageScanData") for stem in [*MODALITIES, "sc", "seg", "ann", "mrs", "mtl", "voiceAudio"]),
]
ASKED_FOR = [
    "arc:ArchiveSpecification", "arc:pipelineData", "prov:processStep", "val:protocolData", "val:protocolData_scan_check_comment",
    "wrk:workflowData", "xdat:element_access", "xdat:user", "xnat:imageScanData", "xnat:mrSessionData", "xnat:investigatorData",
    "xnat:publicationResource", "xnat:dicomSeries", "xnat:studyProtocol", "xnat:fieldDefinitionGroup", "xnat:validationData",
    "xnat:projectParticipant", "xnat:addField", "xnat:subjectMetadata",
]


@pytest.mark.parametrize(("name", "base"), LINEAGE)
def test_a_type_extends_the_one_it_should(name, base):
    assert REGISTRY.element(name).extends == base and REGISTRY.is_a(name, base)


@pytest.mark.parametrize("name", ASKED_FOR)
def test_types_that_clients_rely_on_are_there(name):
    assert name in REGISTRY


def test_a_type_is_not_what_it_does_not_extend():
    assert REGISTRY.is_a("xnat:mrSessionData", "xnat:experimentData")
    assert not REGISTRY.is_a("xnat:experimentData", "xnat:mrSessionData")
    assert not REGISTRY.is_a("xnat:reconstructedImageData", "xnat:experimentData")
    assert not REGISTRY.is_a("xnat:nothing", "xnat:experimentData")
    assert not REGISTRY.is_a("xnat:mrSessionData", "xnat:nothing")


@pytest.mark.parametrize("name", ["xnat:mrSessionData", "xnat:mrsessiondata", "xnat_mrSessionData", "xnat:MRSession", "XNAT_MRSESSION"])
def test_a_type_is_found_in_any_case_and_spelling(name):
    assert REGISTRY.element(name).name == "xnat:mrSessionData"


def test_an_unknown_type_is_named_in_the_error():
    with pytest.raises(UnknownElement, match="'xnat:foo'"):
        REGISTRY.element("xnat:foo")


@pytest.mark.parametrize(("name", "singular", "plural", "proper"), [
    ("xnat:subjectData", "Subject", "Subjects", "Subject"), ("xnat:projectData", "Project", "Projects", "Project"),
    ("xnat:mrSessionData", "MR Session", "MR Sessions", "MRSession"),
    ("xnat:petmrSessionData", "PET-MR Session", "PET-MR Sessions", "PETMRSession"),
    ("xnat:qcManualAssessorData", "Manual QC", "Manual QCs", "QCManualAssessment"),
    ("xnat:qcAssessmentData", "Auto QC", "Auto QCs", "QCAssessment"),
    ("xnat:usSessionData", "US Session", "US Sessions", "USSession"), ("xnat:mrScanData", "MR Scan", "MR Scans", "MRScan"),
    ("xnat:otherDicomSessionData", "Other Imaging Session", "Other Imaging Sessions", "OtherDicomSession"),
    ("xnat:dx3DCraniofacialSessionData", "3D Craniofacial DX Session", "3D Craniofacial DX Sessions", "DX3DCraniofacialSession"),
])
def test_a_type_has_names_for_people_and_for_documents(name, singular, plural, proper):
    element = REGISTRY.element(name)
    assert (element.singular, element.plural, element.proper_name) == (singular, plural, proper)


@pytest.mark.parametrize("name", ["xnat:experimentData", "xnat:subjectAssessorData", "xnat:imageSessionData", "xnat:abstractResource"])
def test_types_that_only_others_extend_are_abstract(name):
    assert REGISTRY.element(name).abstract and not REGISTRY.element("xnat:mrSessionData").abstract


@pytest.mark.parametrize(("element", "path", "kind"), [
    ("xnat:mrSessionData", "scanner/manufacturer", ValueType.STRING), ("xnat:mrScanData", "parameters/voxelRes/x", ValueType.FLOAT),
    ("xnat:mrScanData", "parameters/fov/x", ValueType.INTEGER), ("xnat:petSessionData", "tracer/isotope/half-life", ValueType.FLOAT),
    ("xnat:subjectData", "demographics/yob", ValueType.INTEGER), ("xnat:subjectData", "DEMOGRAPHICS/YOB", ValueType.INTEGER),
    ("xnat:projectData", "PI/lastname", ValueType.STRING), ("xnat:ctScanData", "parameters/rescale/intercept", ValueType.STRING),
    ("xnat:mrSessionData", "@label", ValueType.STRING), ("xnat:experimentData", "custom_fields", ValueType.JSON),
    ("xnat:optScanData", "parameters/illumination_power", ValueType.STRING), ("prov:processStep", "timestamp", ValueType.DATETIME),
])
def test_a_field_is_found_by_its_path(element, path, kind):
    assert REGISTRY.element(element).field(path).kind is kind


def test_repeated_fields_hold_documents_of_a_type():
    session = REGISTRY.element("xnat:mrSessionData")
    assert session.field("scans/scan").item == "xnat:imageScanData" and session.field("scans/scan").rows
    assert session.field("fields/field").item == "xnat:experimentData_field" and not session.field("fields/field").rows
    assert list(REGISTRY.element("xnat:experimentData_field").fields) == ["field", "name"]
    assert list(REGISTRY.element("xnat:addField").fields) == ["addField", "name"]
    assert session.field("resources/resource").default_item == "xnat:resourceCatalog"


def test_an_unknown_field_is_named_in_the_error():
    with pytest.raises(UnknownField, match="xnat:mrSessionData has no field 'scanner/colour'"):
        REGISTRY.element("xnat:mrSessionData").field("scanner/colour")


@pytest.mark.parametrize(("element", "path", "text", "expected"), [
    ("xnat:mrSessionData", "date", "2001", "a date"), ("xnat:mrSessionData", "date", "2023-02-30", "a date"),
    ("xnat:mrSessionData", "delay", "12.5", "an integer"), ("xnat:mrSessionData", "marker", "x" * 256, "at most 255 characters long"),
    ("xnat:subjectData", "demographics/gender", "mail", "one of male, female"),
    ("xnat:subjectData", "demographics/education", "31", "at most 30"),
    ("xnat:subjectData", "demographics/education", "-1", "at least 0"),
    ("xnat:experimentData", "acquisition_site", "x" * 300, "at most 255"),
    ("xnat:mrSessionData", "scans/scan", "wrong", "a list"),
])
def test_a_bad_value_is_told_by_path_and_expectation_and_never_repeated(element, path, text, expected):
    with pytest.raises(InvalidValue, match=expected) as caught:
        REGISTRY.element(element).field(path).parse(text)
    assert f"{element}/{path}" in str(caught.value)
    assert f" {text} " not in str(caught.value)


def test_paths_and_labels_and_search_come_from_the_one_declaration():
    scan = REGISTRY.element("xnat:mrScanData")
    assert scan.field("parameters/tr").label == "TR"
    assert scan.field("series_description").label == "Series description"
    assert scan.field("parameters/tr").searchable and not scan.field("custom_fields").searchable
    assert not REGISTRY.element("xdat:user").field("primary_password").searchable


def test_every_element_has_fields_whose_paths_lead_back_to_them():
    for element in REGISTRY:
        for path, field in element.all_fields.items():
            assert element.field(path) is field and field.path == path


def test_a_type_can_be_added_to_a_new_snapshot():
    larger = REGISTRY.extended(declarations.read('abc:scoreData < xnat:subjectAssessorData as Score "Score"\n  total integer'))
    score = larger.element("abc:Score")
    assert score.field("subject_ID").required and score.field("total").kind is ValueType.INTEGER
    assert larger.is_a("abc:scoreData", "xnat:experimentData")
    assert score.namespace.uri == "http://nrg.wustl.edu/abc"
    assert "abc:scoreData" not in REGISTRY
    assert score in larger.descendants("xnat:subjectAssessorData")


def test_a_type_can_get_further_fields_in_a_new_snapshot():
    larger = REGISTRY.amended("xnat:subjectData", "shoeSize integer 1..60\nhobbies/hobby*")
    assert larger.element("xnat:subjectData").field("shoeSize").maximum == 60
    assert larger.element("xnat:subjectData").field("hobbies/hobby").item == "xnat:subjectData_hobby"
    with pytest.raises(BadDeclaration, match="group"):
        REGISTRY.amended("xnat:subjectData", "group")
    with pytest.raises(BadDeclaration, match="coil"):
        REGISTRY.amended("xnat:imageSessionData", "coil")


@pytest.mark.parametrize(("text", "error"), [
    ("xnat:subjectData\n  x", ElementExists), ("xnat:SubjectData\n  x", ElementExists), ("abc:a < abc:b", BadDeclaration),
    ("abc:a < abc:b\nabc:b < abc:a", BadDeclaration), ("abc:a\n  x abc:nothing", BadDeclaration),
    ("abc:a\n  x abc:a", BadDeclaration), ("abc:a\n  x abc:b\nabc:b < abc:a", BadDeclaration),
])
def test_what_cannot_be_is_refused(text, error):
    with pytest.raises(error):
        REGISTRY.extended(declarations.read(text))


def test_a_registry_and_its_elements_can_be_sent_to_another_process():
    element = pickle.loads(pickle.dumps(REGISTRY.element("xnat:mrSessionData")))
    assert element.field("coil").max_length == 255


def test_the_registry_is_there_at_once():
    """Import and build are a part of the start of every process."""
    script = "import time; t = time.process_time(); import scanhouse.schema.registry; print(time.process_time() - t)"
    seconds = min(float(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout) for _ in range(3))
    assert seconds < 0.15
