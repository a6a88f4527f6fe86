"""Display fields: what a search can show of a type, beyond the paths of its schema. Declared as tables; the rest follows the schema.

A line is `ID[=] [type] ["Header"] [= source]`. `=` behind the ID: it takes a parameter (`SUB_PROJECT_IDENTIFIER=DEMO`). The source is a
path below the type, a path of another type, or `name()`/`name(argument)`: something computed, see `computed.py`. Without a source it is
the path that the ID spells (`SCANNER_MODEL`: `scanner/model`). Types take over the tables of what they extend; a field of the
schema without a line goes by its path in capitals. Below `--`, lists of IDs: the listings that every client is offered.
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from scanhouse.records import types
from scanhouse.records.types import REGISTRY
from scanhouse.schema.element import Element
from scanhouse.schema.fields import Field
from scanhouse.schema.registry import Registry
from scanhouse.schema.values import ValueType


@dataclass(frozen=True)
class DisplayField:
    """A field as it is displayed. `path` is a schema path, or `computed` names what makes the value, with its `argument`."""

    id: str
    header: str
    type: str
    path: str = ""
    computed: str = ""
    argument: str = ""
    parametrised: bool = False
    description: str = ""


TYPES = {
    ValueType.INTEGER: "integer", ValueType.INT: "integer", ValueType.LONG: "integer", ValueType.FLOAT: "float", ValueType.DOUBLE: "double",
    ValueType.DATE: "date", ValueType.TIME: "time", ValueType.DATETIME: "datetime", ValueType.BOOLEAN: "boolean",
}

_MADE = """
INSERT_DATE datetime "Inserted" = meta/insert_date
INSERT_USER "Creator" = meta/insert_user/login
"""

TABLES: dict[str, str] = {
    "xnat:projectData": f"""
ID "ID" = ID
NAME "Title" = name
DESCRIPTION "Description" = description
SECONDARY_ID "Running Title" = secondary_ID
KEYWORDS "Keywords" = keywords
PROJ_MR_COUNT integer "MR Count" = sessions_of_project(xnat:mrSessionData)
PROJ_PET_COUNT integer "PET Count" = sessions_of_project(xnat:petSessionData)
PROJ_CT_COUNT integer "CT Count" = sessions_of_project(xnat:ctSessionData)
USER_ROLE= "Role" = role()
PROJECT_ACCESS "Accessibility" = accessibility()
PI "PI" = leader()
{_MADE}
-- listing ID NAME DESCRIPTION SECONDARY_ID KEYWORDS PROJ_MR_COUNT PROJ_PET_COUNT PROJ_CT_COUNT USER_ROLE PROJECT_ACCESS
-- detailed ID NAME DESCRIPTION SECONDARY_ID KEYWORDS PI INSERT_DATE INSERT_USER PROJ_MR_COUNT PROJ_PET_COUNT PROJ_CT_COUNT
""",
    "xnat:subjectData": f"""
SUBJECT_ID "Subject ID" = ID
SUBJECTID "Subject" = ID
SUBJECT_LABEL "Subject" = label
PROJECT "Project" = project
PROJECTS "Projects" = projects()
SUB_PROJECT_IDENTIFIER= "Subject" = label_in()
SUB_PROJECT_IDENTIFIERS "Subject" = labels()
SUB_GROUP "Group" = group
GENDER "Gender" = demographics/gender
GENDER_TEXT "M/F" = initial(demographics/gender)
HANDEDNESS "Hand" = demographics/handedness
HANDEDNESS_TEXT "Hand" = initial(demographics/handedness)
DOB integer "YOB" = year_of_birth()
EDUC integer "Education" = demographics/education
SES integer "Ses" = demographics/ses
RACE "Race" = demographics/race
ETHNICITY "Ethnicity" = demographics/ethnicity
WEIGHT float "Weight" = demographics/weight
HEIGHT float "Height" = demographics/height
COHORT "COHORT" = metadata/cohort
MR_COUNT integer "MR Count" = sessions_of_subject(xnat:mrSessionData)
PET_COUNT integer "PET Count" = sessions_of_subject(xnat:petSessionData)
CT_COUNT integer "CT Count" = sessions_of_subject(xnat:ctSessionData)
XNAT_SUBJECTDATA_FIELD_MAP= "Custom" = variable()
{_MADE}
-- listing SUBJECT_LABEL GENDER HANDEDNESS DOB EDUC SES MR_COUNT
-- project_bundle SUB_PROJECT_IDENTIFIER GENDER_TEXT HANDEDNESS_TEXT DOB
-- detailed SUBJECT_LABEL SUBJECT_ID PROJECT GENDER HANDEDNESS DOB EDUC SES RACE ETHNICITY SUB_GROUP COHORT INSERT_DATE INSERT_USER
""",
    "xnat:experimentData": f"""
EXPT_ID "ID" = ID
RPT UNKNOWN "ID" = ID
LABEL "Label" = label
PROJECT "Project" = project
PROJECTS "Projects" = projects()
DATE date "Date" = date
{{TYPE}}_PROJECT_IDENTIFIER= "{{TYPE}} ID" = label_in()
{{TYPE}}_FIELD_MAP= "Custom" = variable()
{_MADE}
""",
    "xnat:subjectAssessorData": """
SUBJECT_ID "Subject" = subject_ID
SUBJECT_LABEL "Subject" = xnat:subjectData/label
AGE float "Age" = age()
""",
    "xnat:imageSessionData": """
SESSION_ID "ID" = ID
TYPE "Type" = session_type
SCANNER "Scanner" = scanner
OPERATOR "Operator" = operator
UID "UID" = UID
MODALITY "Modality" = modality
SCAN_COUNT_TYPE= integer "Scans" = scans_of_type()
{CODE}_SCAN_COUNT_AGG "Scans" = scan_types()
-- listing LABEL PROJECT DATE xnat:subjectData.SUBJECT_LABEL xnat:subjectData.GENDER_TEXT AGE TYPE SCANNER {CODE}_SCAN_COUNT_AGG *
-- project_bundle {TYPE}_PROJECT_IDENTIFIER DATE xnat:subjectData.SUB_PROJECT_IDENTIFIER AGE SCANNER {CODE}_SCAN_COUNT_AGG *
-- detailed LABEL PROJECT DATE OPERATOR SCANNER TYPE
""",
    "xnat:mrSessionData": """
MR_PROJECT_IDENTIFIER= "MR ID" = label_in()
MR_NOTES "Notes" = note
MARKER "Marker" = marker
STABILIZATION "Stabilization" = stabilization
COIL "Coil" = coil
FIELDSTRENGTH "Field Strength" = fieldStrength
-- listing LABEL PROJECT DATE xnat:subjectData.SUBJECT_LABEL xnat:subjectData.GENDER_TEXT AGE TYPE SCANNER MR_SCAN_COUNT_AGG
-- project_bundle MR_PROJECT_IDENTIFIER DATE xnat:subjectData.SUB_PROJECT_IDENTIFIER AGE SCANNER MR_SCAN_COUNT_AGG
-- detailed MR_NOTES LABEL OPERATOR SCANNER MARKER STABILIZATION
""",
    "xnat:imageAssessorData": """
SESSION_ID "Session" = imageSession_ID
SESSION_LABEL "Session Label" = xnat:imageSessionData/label
-- listing RPT PROJECT LABEL DATE *
-- project_bundle {TYPE}_PROJECT_IDENTIFIER DATE *
-- detailed EXPT_ID DATE *
""",
    "xnat:qcManualAssessorData": """
RATER "Reviewer" = rater
STEREOTACTICMARKER = stereotacticMarker
INCIDENTALFINDINGS = incidentalFindings
COMMENTS "Comments" = comments
PASS "Pass/Fail" = pass
PAYABLE = payable
RESCAN = rescan
RESOLVABLE = resolvable
RETRAIN = retrain
-- listing RPT PROJECT LABEL DATE RATER STEREOTACTICMARKER INCIDENTALFINDINGS COMMENTS PASS PAYABLE RESCAN RESOLVABLE RETRAIN
-- project_bundle {TYPE}_PROJECT_IDENTIFIER DATE RATER STEREOTACTICMARKER INCIDENTALFINDINGS COMMENTS PASS PAYABLE RESCAN RESOLVABLE RETRAIN
""",
    "xnat:imageScanData": f"""
PROJECT "project" = project
SESSION_LABEL "Session Label" = xnat:imageSessionData/label
SESSION_ID "Session ID" = image_session_ID
SUBJECT_ID "Subject" = xnat:imageSessionData/subject_ID
URI "URI" = address()
MR_DATE date "MR Date" = xnat:imageSessionData/date
ID = ID
NOTE = note
QUALITY = quality
CONDITION = condition
SERIES_DESCRIPTION = series_description
BODYPARTEXAMINED = bodyPartExamined
REQUESTEDPROCEDUREDESCRIPTION = requestedProcedureDescription
PROTOCOLNAME = protocolName
DOCUMENTATION = documentation
SCANNER = scanner
SCANNER_MANUFACTURER = scanner/manufacturer
SCANNER_MODEL = scanner/model
MODALITY = modality
FRAMES = frames
OPERATOR = operator
STARTTIME = startTime
TYPE = type
UID = UID
{_MADE}
-- listing PROJECT SESSION_LABEL ID NOTE QUALITY CONDITION SERIES_DESCRIPTION BODYPARTEXAMINED REQUESTEDPROCEDUREDESCRIPTION PROTOCOLNAME \
DOCUMENTATION SCANNER SCANNER_MANUFACTURER SCANNER_MODEL MODALITY FRAMES OPERATOR STARTTIME TYPE UID *
""",
    "xnat:mrScanData": """
PARAMETERS_FLIP = parameters/flip
DCMVALIDATION = dcmValidation
-- listing PROJECT SESSION_LABEL ID NOTE QUALITY CONDITION SERIES_DESCRIPTION BODYPARTEXAMINED REQUESTEDPROCEDUREDESCRIPTION PROTOCOLNAME \
DOCUMENTATION SCANNER SCANNER_MANUFACTURER SCANNER_MODEL MODALITY FRAMES OPERATOR STARTTIME TYPE UID COIL FIELDSTRENGTH MARKER \
STABILIZATION PARAMETERS_VOXELRES_UNITS PARAMETERS_VOXELRES_X PARAMETERS_VOXELRES_Y PARAMETERS_VOXELRES_Z PARAMETERS_ORIENTATION \
PARAMETERS_FOV_X PARAMETERS_FOV_Y PARAMETERS_MATRIX_X PARAMETERS_MATRIX_Y PARAMETERS_PARTITIONS PARAMETERS_TR PARAMETERS_TE \
PARAMETERS_TI PARAMETERS_FLIP PARAMETERS_SEQUENCE PARAMETERS_ORIGIN PARAMETERS_IMAGETYPE PARAMETERS_SCANSEQUENCE PARAMETERS_SEQVARIANT \
PARAMETERS_SCANOPTIONS PARAMETERS_ACQTYPE PARAMETERS_COIL PARAMETERS_DTIACQCOUNT PARAMETERS_PIXELBANDWIDTH \
PARAMETERS_DIFFUSION_BVALUES PARAMETERS_DIFFUSION_DIRECTIONALITY PARAMETERS_DIFFUSION_ORIENTATIONS \
PARAMETERS_DIFFUSION_ANISOTROPYTYPE DCMVALIDATION DCMVALIDATION_STATUS
""",
    "wrk:workflowData": """
ID "ID" = ID
PIPELINE_NAME "Pipeline" = pipeline_name
STATUS "Status" = status
LAUNCH_TIME datetime "Launch time" = launch_time
DATA_TYPE "Data type" = data_type
EXTERNALID "Project" = ExternalID
-- listing ID DATA_TYPE PIPELINE_NAME STATUS LAUNCH_TIME EXTERNALID
""",
}

_LINE = re.compile(
    r"(?P<id>[A-Z0-9_{}]+)(?P<parameter>=)?(?:\s+(?P<type>[a-z]+|UNKNOWN))?(?:\s+\"(?P<header>[^\"]*)\")?(?:\s+=\s+(?P<source>\S+))?\s*\Z"
)
_CALL = re.compile(r"(?P<name>\w+)\((?P<argument>[^)]*)\)\Z")

COUNT_PREFIX = "CNT_"
"""Fields of subjects that count experiments of a type in a project: `CNT_XNAT_MRSESSIONDATA=DEMO`."""


@lru_cache(maxsize=1024)
def fields(element: Element) -> Mapping[str, DisplayField]:
    """All display fields of a type by ID, those of the tables before those that follow the schema."""
    found: dict[str, DisplayField] = {}
    for ancestor in reversed(element.lineage):
        for line in _lines(ancestor, element):
            if not line.startswith("--"):
                one = _read(element, line)
                found[one.id] = one
    for field in element.fields.values():
        if field.searchable and not field.repeated:
            made = _of_schema(field)
            found.setdefault(made.id, made)
    return MappingProxyType(found)


@lru_cache(maxsize=1024)
def listings(element: Element) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """The listings of a type: name to (type, field ID) pairs. `listing`, `project_bundle`, `detailed`, `csv`, `all`."""
    texts: dict[str, str] = {}
    for ancestor in reversed(element.lineage):
        for line in _lines(ancestor, element):
            if line.startswith("--"):
                name, _, ids = line.removeprefix("--").strip().partition(" ")
                texts[name] = ids
    every = tuple((element.name, one.id) for one in fields(element).values() if not one.parametrised)
    found = {name: tuple(_pairs(element, ids)) for name, ids in texts.items()}
    listing = found.setdefault("listing", every[:20])
    found.setdefault("project_bundle", listing)
    found.setdefault("detailed", every)
    found["csv"] = found["all"] = every
    return MappingProxyType(found)


def find(element: Element, name: str) -> tuple[DisplayField, str] | None:
    """The field that an ID means, in any case, and its parameter. A schema path is a field as well (`xnat:subjectData/group`)."""
    if "/" in name:
        return _by_path(element, name)
    id, _, parameter = name.partition("=")
    known = fields(element).get(id.upper()) or _count(id.upper())
    if known is None:
        known = _columns_of_paths(element).get(id.upper())
    return (known, parameter) if known is not None else None


def column_id(path: str) -> str:
    """The ID of the column that shows a schema path: `XNAT_COL_MRSESSIONDATADCMPATIENTWEIGHT`."""
    return path.replace("/", "").replace(":", "_col_").upper()


def project_identifier(element: Element) -> str:
    """The ID of the field that shows a label in a project: `SUB_PROJECT_IDENTIFIER`, `XNAT_PETSESSIONDATA_PROJECT_IDENTIFIER`."""
    return listings(element)["project_bundle"][0][1]


def searchable() -> tuple[Element, ...]:
    """The types that searches and rights speak of: what is kept in records, and investigators."""
    return _searchable(types.current())


@lru_cache(maxsize=4)
def _searchable(registry: Registry) -> tuple[Element, ...]:
    roots = ("xnat:projectData", "xnat:subjectData", "xnat:experimentData", "xnat:imageScanData", "xnat:reconstructedImageData")
    kept = [one for one in registry if not one.abstract and not one.anonymous and any(one.is_a(root) for root in roots)]
    return (*kept, *(registry.element(name) for name in ("xnat:investigatorData", "wrk:workflowData")))


def is_secured(element: Element) -> bool:
    """Whether rights are asked per thing of this type. Investigators are known to whoever is signed in."""
    return element.name != "xnat:investigatorData"


def code_of(element: Element) -> str:
    return (element.code or element.local_name.removesuffix("Data")).upper()


def _lines(table: Element, element: Element) -> Iterable[str]:
    text = TABLES.get(table.name, "").replace("{TYPE}", element.name.replace(":", "_").upper()).replace("{CODE}", code_of(element))
    return [line.strip() for line in text.splitlines() if line.strip()]


def _read(element: Element, line: str) -> DisplayField:
    found = _LINE.match(line)
    assert found is not None, f"{element.name}: {line}"
    id, source = found["id"], found["source"] or ""
    call = _CALL.match(source)
    if call:
        return DisplayField(id, found["header"] or id, found["type"] or "string", computed=call["name"], argument=call["argument"],
                            parametrised=bool(found["parameter"]))
    field = element.find(source)
    kind = found["type"] or (TYPES.get(field.kind, "string") if field is not None and field.kind else "string")
    return DisplayField(id, found["header"] or source.rpartition("/")[2], kind, path=source, parametrised=bool(found["parameter"]))


def _of_schema(field: Field) -> DisplayField:
    id = field.path.replace("/", "_").replace("@", "").replace("-", "_").upper()
    kind = TYPES.get(field.kind, "string") if field.kind else "string"
    return DisplayField(id, field.path.rpartition("/")[2], kind, path=field.path)


def _pairs(element: Element, ids: str) -> Iterable[tuple[str, str]]:
    """`*` stands for the fields that the schema adds to what the type extends."""
    for id in ids.split():
        if id == "*":
            base = fields(element.lineage[1]) if len(element.lineage) > 1 else {}
            yield from ((element.name, one.id) for one in fields(element).values() if one.path and one.id not in base and not one.parametrised)
        elif "." in id:
            owner, _, inner = id.partition(".")
            yield owner, inner
        else:
            yield element.name, id


def _by_path(element: Element, name: str) -> tuple[DisplayField, str] | None:
    """The display field that shows a path, else one made for it. XNAT's clients also put an ID behind the slash (Q-071)."""
    path = name.partition("/")[2] if ":" in name.partition("/")[0] else name
    for one in fields(element).values():
        if one.path.lower() == path.lower() and one.id in _declared(element):
            return one, ""
    field = element.find(path)
    if field is None or field.kind is None or field.node.hidden:
        made = _columns_of_paths(element).get(column_id(f"{element.name}/{path}"))
        return (made, "") if made is not None else (find(element, path) if "/" not in path else None)
    return _for_path(element, field.path, field), ""


def _for_path(element: Element, path: str, field: Field) -> DisplayField:
    kind = TYPES.get(field.kind, "string") if field.kind else "string"
    return DisplayField(column_id(f"{element.name}/{path}"), field.label, kind, path=path)


@lru_cache(maxsize=1024)
def _declared(element: Element) -> frozenset[str]:
    """IDs of the fields that have a line in a table."""
    found = {_read(element, line).id for one in element.lineage for line in _lines(one, element) if not line.startswith("--")}
    return frozenset(found)


@lru_cache(maxsize=256)
def _columns_of_paths(element: Element) -> Mapping[str, DisplayField]:
    """Fields for all paths of a type, by the ID of their column; shares have a path too."""
    found = {}
    for field in element.fields.values():
        if field.searchable and not field.repeated:
            one = _for_path(element, field.path, field)
            found[one.id] = one
    shared = f"{element.name}/sharing/share/project"
    found[column_id(shared)] = DisplayField(column_id(shared), "project", "string", path="sharing/share/project")
    return MappingProxyType(found)


@lru_cache(maxsize=256)
def _count(id: str) -> DisplayField | None:
    if not id.startswith(COUNT_PREFIX):
        return None
    element = REGISTRY.get(id.removeprefix(COUNT_PREFIX))
    if element is None:
        return None
    return DisplayField(id, element.plural, "integer", computed="sessions_of_subject", argument=element.name, parametrised=True)
