"""XML schemas: valid, complete, and read by xnatpy into the classes that its users work with."""
from __future__ import annotations

import importlib.util
import io
import logging
import types

import pytest
from lxml import etree
from xnat.convert_xsd import SchemaParser

from scanhouse.schema import declarations
from scanhouse.schema.errors import UnknownElement
from scanhouse.schema.registry import REGISTRY, Registry
from scanhouse.schema.xsd import schema, schema_names

ASKED_FOR = [
    "security", "xnat", "assessments", "screening/screeningAssessment", "pipeline/build", "pipeline/repository", "pipeline/workflow",
    "birn/birnprov", "catalog", "project", "validation/protocolValidation", "xdat/display", "xdat", "xdat/instance", "xdat/PlexiViewer",
]
SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
LARGER = REGISTRY.extended(declarations.read("""
abc:scoreData < xnat:subjectAssessorData as Score "Score"
  total integer 0..10
  answers/answer* text key=name @name
"""))


class _Schemas(etree.Resolver):
    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self.registry = registry

    def resolve(self, system_url, public_id, context):
        text = schema(system_url.removeprefix("memory:/").removesuffix(".xsd"), self.registry)
        return self.resolve_string(text.encode(), context, base_url=system_url)


def load(name: str, registry: Registry = REGISTRY) -> etree._Element:
    parser = etree.XMLParser()
    parser.resolvers.add(_Schemas(registry))
    return etree.fromstring(schema(name, registry).encode(), parser, base_url=f"memory:/{name}.xsd")


def test_the_schemas_that_clients_ask_for_are_there():
    assert list(schema_names()) == ASKED_FOR
    assert schema_names(LARGER) == (*ASKED_FOR, "abc")


def test_an_unknown_schema_is_not_found():
    with pytest.raises(UnknownElement):
        schema("nothing")


@pytest.mark.parametrize("name", ASKED_FOR)
def test_every_schema_is_valid_with_its_imports_resolved_among_them(name):
    assert "<xs:schema" in schema(name)
    root = load(name)
    assert root.tag == f"{SCHEMA}schema"
    assert etree.XMLSchema(root)


def test_the_schema_of_types_that_were_added_is_valid():
    assert etree.XMLSchema(load("abc", LARGER))


@pytest.mark.parametrize("name", ASKED_FOR)
def test_a_schema_uses_only_what_clients_read(name):
    tags = {etree.QName(tag).localname for tag in load(name).iter() if isinstance(tag.tag, str) and tag.tag.startswith(SCHEMA)}
    assert tags <= {
        "schema", "element", "complexType", "simpleType", "complexContent", "simpleContent", "extension", "restriction", "sequence",
        "attribute", "annotation", "appinfo", "documentation", "enumeration", "maxLength", "minInclusive", "maxInclusive", "import",
    }


def test_every_named_type_and_its_root_are_declared():
    for element in REGISTRY:
        if not element.anonymous:
            root = load(element.namespace.schema)
            assert root.find(f"{SCHEMA}complexType[@name='{element.local_name}']") is not None
            assert root.find(f"{SCHEMA}element[@name='{element.proper_name}'][@type='{element.name}']") is not None


class _Logger(logging.LoggerAdapter):
    """xnatpy's logger has a level of its own."""

    def verbose(self, message: str, *arguments: object) -> None:
        self.debug(message, *arguments)


def classes_of(registry: Registry) -> types.ModuleType:
    """The module of classes that xnatpy makes of the schemas, as `xnat.connect` does."""
    parser = SchemaParser(logger=_Logger(logging.getLogger("xnatpy"), {}))
    for name in schema_names(registry):
        assert parser.parse_schema_xmlstring(schema(name, registry), f"/xapi/schemas/{name}")
    assert not parser.unknown_tags
    code = io.StringIO()
    parser.write(code_file=code)
    module = types.ModuleType("xnat.generated.model_test")
    module.__spec__ = importlib.util.spec_from_loader("xnat.generated.model_test", loader=None)
    module.__package__ = "xnat.generated"
    exec(compile(code.getvalue(), "model_test", "exec"), module.__dict__)
    for prototype in parser.class_list.values():
        if prototype.name is not None and not (prototype.base_class or "").startswith("xs:"):
            getattr(module, prototype.writer.python_name).__register__(module.XNAT_CLASS_LOOKUP)
    return module


@pytest.fixture(scope="module")
def classes() -> types.ModuleType:
    return classes_of(REGISTRY)


def test_xnatpy_makes_a_class_of_every_type(classes):
    for element in REGISTRY:
        if not element.anonymous:
            assert element.name in classes.XNAT_CLASS_LOOKUP, element.name


def test_classes_of_xnatpy_extend_one_another_as_the_types_do(classes):
    for element in REGISTRY:
        if element.extends:
            assert issubclass(classes.XNAT_CLASS_LOOKUP[element.name], classes.XNAT_CLASS_LOOKUP[element.extends])


@pytest.mark.parametrize(("name", "properties"), [
    ("ProjectData", "name description keywords aliases investigators pi study_protocol fields resources subjects experiments"),
    ("SubjectData", "label group src initials demographics investigator fields experiments resources sharing add_id metadata"),
    ("DemographicData", "dob yob age gender handedness education race ethnicity height weight"),
    ("ExperimentData", "date time note label project fields resources sharing validation acquisition_site visit_id"),
    ("MrSessionData", "coil field_strength marker stabilization scanner operator scans assessors reconstructions session_type modality uid "
                      "dcm_patient_id dcm_patient_name subject_id age"),
    ("PetSessionData", "tracer start_time patient_id"),
    ("ImageScanData", "series_description quality condition note frames scanner modality start_time uid type files resources"),
    ("MrScanData", "parameters field_strength coil"), ("CtScanData", "parameters"), ("PetScanData", "parameters"),
    ("XnatpyMrScanDataParameters", "tr te ti flip voxel_res fov matrix orientation sequence add_param diffusion"),
    ("QcManualAssessorData", "rater scans comments"), ("ReconstructedImageData", "type base_scan_type"),
    ("ResourceCatalog", "label format content uri file_count file_size tags"), ("InvestigatorData", "firstname lastname email"),
    ("DatatypeProtocol", "definitions"), ("FieldDefinitionGroup", "fields"), ("WrkWorkflowData", "status pipeline_name"),
    ("XdatUser", "login firstname"), ("CatCatalog", "entries"), ("ProvProcessStep", "program timestamp user"),
])
def test_classes_of_xnatpy_have_the_properties_that_users_rely_on(classes, name, properties):
    cls = getattr(classes, name)
    assert [wanted for wanted in properties.split() if not hasattr(cls, wanted)] == []


@pytest.mark.parametrize(("name", "identifier"), [
    ("SubjectData", "label"), ("ExperimentData", "label"), ("AbstractProjectAsset", "label"), ("MrSessionData", "label"),
    ("AbstractProtocol", "ID"),
    ("ReconstructedImageData", "ID"), ("ImageScanData", "ID"), ("InvestigatorData", "lastname"), ("ProjectParticipant", "project"),
    ("AddField", "name"), ("AbstractResource", "label"), ("XdatUser", "login"), ("ProjectData", "name"),
])
def test_xnatpy_names_new_records_by_the_identifying_field(classes, name, identifier):
    assert identifier == getattr(classes, name)._DISPLAY_IDENTIFIER


def test_xnatpy_takes_custom_variables_for_a_map(classes):
    for name in ("ProjectData", "SubjectData", "ExperimentData", "QcScanData"):
        assert getattr(classes, name)._HAS_FIELDS is True
    assert not classes.FieldDefinitionGroup._HAS_FIELDS


def test_xnatpy_makes_a_class_of_a_type_that_was_added():
    larger = classes_of(LARGER)
    assert issubclass(larger.AbcScoreData, larger.SubjectAssessorData) and hasattr(larger.AbcScoreData, "total")
