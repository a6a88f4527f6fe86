"""QIDO-RS (PS3.18 10.6): from a query to rows, from rows to DICOM JSON."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword

from scanhouse.dicom import matching
from scanhouse.dicomweb import sql
from scanhouse.dicomweb.found import Asked
from scanhouse.errors import Invalid

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
"""Results of one answer; the header Warning tells when there are more, and `offset` goes on."""

STUDY = ("StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "PatientName", "PatientID", "PatientBirthDate", "PatientSex",
         "StudyInstanceUID", "StudyID", "StudyDescription")  # fmt: skip
SERIES = ("Modality", "SeriesDescription", "SeriesInstanceUID", "SeriesNumber", "SeriesDate", "SeriesTime", "BodyPartExamined",
          "ProtocolName", "Manufacturer", "ManufacturerModelName", "StationName", "InstitutionName", "OperatorsName")  # fmt: skip
INSTANCE = ("SOPClassUID", "SOPInstanceUID", "InstanceNumber", "Rows", "Columns", "BitsAllocated", "NumberOfFrames")
COUNTS = ("ModalitiesInStudy", "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances", "NumberOfSeriesRelatedInstances")
KNOWN = frozenset((*STUDY, *SERIES, *INSTANCE, *COUNTS))
CONTROL = {"limit", "offset", "fuzzymatching", "includefield", "accept", "charset", "emptyvaluematching", "multiplevaluematching"}


@dataclass(frozen=True)
class Query:
    """A parsed query: predicates by keyword, attributes asked for beside the usual ones, and the page."""

    keys: dict[str, matching.Predicate] = field(default_factory=dict)
    include: frozenset[str] = frozenset()
    limit: int = DEFAULT_LIMIT
    offset: int = 0


def parse(parameters: Iterable[tuple[str, str]]) -> Query:
    """Parse the parameters of a query. Raises `Invalid` for values that are no match of their attribute; unknown attributes are left out,
    as PS3.18 8.3.4.1 allows."""
    parameters = list(parameters)
    fuzzy = any(name.lower() == "fuzzymatching" and value.lower() == "true" for name, value in parameters)
    keys: dict[str, matching.Predicate] = {}
    include: set[str] = set()
    page = {"limit": DEFAULT_LIMIT, "offset": 0}
    for name, value in parameters:
        lower = name.lower()
        if lower in page:
            page[lower] = _number(lower, value)
        elif lower == "includefield":
            include.update(KNOWN if value == "all" else filter(None, (_keyword(part) for part in value.split(","))))
        elif lower not in CONTROL and (keyword := _keyword(name)) in KNOWN and value:
            keys[keyword] = matching.predicate(_vr(keyword), value, fuzzy=fuzzy)
    return Query(keys, frozenset(include), min(page["limit"], MAX_LIMIT), page["offset"])


@dataclass(frozen=True)
class Page:
    """Results as DICOM JSON objects; `more` when there are further ones."""

    results: list[dict[str, Any]]
    more: bool

    def json(self) -> bytes:
        return orjson.dumps(self.results)


def studies(asked: Asked, query: Query) -> Page:
    rights = sql.rights(asked.actor, asked.project)
    archived, archived_values = _conditions(query, _STUDY_COLUMNS, "st.attributes", "e")
    wanted, wanted_values = _conditions(query, {"StudyInstanceUID": "f.study_uid"}, "f.attributes", "p")
    page, count = query.limit + 1, query.limit + 1 + query.offset
    rows = sql.fetch(sql.fill(sql.STUDIES, rights, archived=archived, wanted=wanted), [
        *rights.scan_values, *rights.study_values, *archived_values, count, *rights.waiting_values, *wanted_values, count, page, query.offset,
    ])  # fmt: skip
    results = [_study(row, query) for row in _once(rows[: query.limit], 1)]
    return Page(results, len(rows) > query.limit)


def series(asked: Asked, query: Query) -> Page:
    rights = sql.rights(asked.actor, asked.project)
    conditions = _below(asked, query, {"StudyInstanceUID": "x.study_uid", "SeriesInstanceUID": "x.series_uid", "Modality": "x.modality"}, "x")
    waiting = _below(asked, query, {"StudyInstanceUID": "r.study_uid", "SeriesInstanceUID": "r.series_uid", "Modality": "r.modality"}, "r")
    rows, more = _page(sql.SERIES, rights, conditions, waiting, query)
    return Page([_series(row, query) for row in _once(rows, 2)], more)


def instances(asked: Asked, query: Query) -> Page:
    rights = sql.rights(asked.actor, asked.project)
    common = {"SOPInstanceUID": "sop_instance_uid", "SOPClassUID": "sop_class_uid", "InstanceNumber": "instance_number::text"}
    archived = {**{k: f"i.{c}" for k, c in common.items()}, "StudyInstanceUID": "x.study_uid", "SeriesInstanceUID": "x.series_uid",
                "Modality": "x.modality"}  # fmt: skip
    wanted = {**{k: f"r.{c}" for k, c in common.items()}, "StudyInstanceUID": "r.study_uid", "SeriesInstanceUID": "r.series_uid",
              "Modality": "r.modality"}  # fmt: skip
    rows, more = _page(sql.INSTANCES, rights, _below(asked, query, archived, "x"), _below(asked, query, wanted, "r"), query)
    return Page([_instance(row, query) for row in _once(rows, 1)], more)


_STUDY_COLUMNS = {
    "StudyInstanceUID": "st.study_uid", "PatientID": "st.patient_id", "PatientName": "st.patient_name",
    "AccessionNumber": "st.accession_number", "StudyDate": "st.study_date",
}  # fmt: skip
_MODALITY_OF = {
    "e": """EXISTS (SELECT 1 FROM records_seriesindex mx JOIN records_scan ms ON ms.key = mx.scan_id
            WHERE ms.session_id = e.key AND {})""",
    "p": "EXISTS (SELECT 1 FROM ingest_received mx WHERE mx.session_id = p.key AND mx.state = 'waiting' AND {})",
}


def _page(
    statement: str, rights: sql.Rights, archived: tuple[str, list[Any]], wanted: tuple[str, list[Any]], query: Query
) -> tuple[list[tuple[Any, ...]], bool]:
    page, count = query.limit + 1, query.limit + 1 + query.offset
    rows = sql.fetch(sql.fill(statement, rights, archived=archived[0], wanted=wanted[0]), [
        *rights.scan_values, *archived[1], count, *rights.waiting_values, *wanted[1], count, page, query.offset,
    ])  # fmt: skip
    return rows[: query.limit], len(rows) > query.limit


def _once(rows: list[tuple[Any, ...]], uids: int) -> list[tuple[Any, ...]]:
    """Rows without those that repeat the first `uids` columns: what is archived comes first and stands for what waits as well."""
    seen: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in rows:
        seen.setdefault(row[:uids], row)
    return list(seen.values())


def _below(asked: Asked, query: Query, columns: dict[str, str], table: str) -> tuple[str, list[Any]]:
    condition, values = _conditions(query, columns, "x.attributes" if table == "x" else "r.text", None)
    for keyword, uid in (("StudyInstanceUID", asked.study), ("SeriesInstanceUID", asked.series)):
        if uid:
            condition, values = f"{condition} AND {columns[keyword]} = %s", [*values, uid]
    return condition, values


def _conditions(query: Query, columns: Mapping[str, str], document: str, modalities: str | None) -> tuple[str, list[Any]]:
    """The query as SQL: `columns` where an attribute has one, the document of header texts for all others."""
    parts, values = ["true"], []
    for keyword, predicate in query.keys.items():
        if keyword in ("ModalitiesInStudy", "Modality") and modalities is not None:
            part, more = _predicate(predicate, "mx.modality", folded=False)
            part = _MODALITY_OF[modalities].format(part)
        elif keyword in COUNTS:
            continue
        else:
            column = columns.get(keyword)
            part, more = _predicate(predicate, column or f"coalesce({document}->>'{keyword}', '')", folded=column == "st.patient_name")
        parts.append(part)
        values += more
    return " AND ".join(parts), values


def _predicate(predicate: matching.Predicate, expression: str, *, folded: bool) -> tuple[str, list[Any]]:
    """One predicate as SQL. `folded`: the column holds names without case and accents already."""
    fold = getattr(predicate, "fold", False)
    column = expression if folded or not fold else f"lower({expression})"
    match predicate:
        case matching.Exactly(text=text):
            return f"{column} = %s", [matching.folded(text) if fold else text]
        case matching.OneOf(texts=texts):
            return f"{expression} = ANY(%s)", [list(texts)]
        case matching.Wildcard():
            return f"{column} LIKE %s", [predicate.like()]
        case matching.Between(low=low, high=high):
            digits = f"rpad(replace({expression}, ':', ''), {len(low or high)}, '0')" if predicate.vr != "DA" else expression
            return f"({expression} <> '' AND (%s = '' OR {digits} >= %s) AND (%s = '' OR {digits} <= %s))", [low, low, high, high]
        case matching.Words(words=words):
            column = expression if folded else f"lower({expression})"
            return " AND ".join([f"{column} ~ %s"] * len(words)), [r"(^|[\s^=\\,.-])" + _escape(word) for word in words]
        case _:
            return "true", []


def _escape(word: str) -> str:
    return "".join(c if c.isalnum() else f"\\{c}" for c in word)


def _study(row: tuple[Any, ...], query: Query) -> dict[str, Any]:
    uid, attributes, modalities, count, instances = row
    texts = {**_texts(attributes), "StudyInstanceUID": uid}
    result = {_tag(k): _element(k, texts.get(k, "")) for k in (*STUDY, *sorted(query.include & set(SERIES) - {"Modality", "SeriesInstanceUID"}))}
    result[_tag("ModalitiesInStudy")] = _element("ModalitiesInStudy", "\\".join(sorted(m for m in modalities if m)))
    result[_tag("NumberOfStudyRelatedSeries")] = {"vr": "IS", "Value": [int(count)]}
    result[_tag("NumberOfStudyRelatedInstances")] = {"vr": "IS", "Value": [int(instances)]}
    return dict(sorted(result.items()))


def _series(row: tuple[Any, ...], query: Query) -> dict[str, Any]:
    study, uid, modality, attributes, count = row
    texts = {**_texts(attributes), "StudyInstanceUID": study, "SeriesInstanceUID": uid, "Modality": modality}
    result = {_tag(k): _element(k, texts.get(k, "")) for k in ("StudyInstanceUID", *SERIES, *sorted(query.include & set(STUDY)))}
    result[_tag("NumberOfSeriesRelatedInstances")] = {"vr": "IS", "Value": [int(count)]}
    return dict(sorted(result.items()))


def _instance(row: tuple[Any, ...], query: Query) -> dict[str, Any]:
    uid, sop_class, syntax, number, rows, columns, bits, frames, *_, study, series, attributes = row
    texts = {**_texts(attributes), "StudyInstanceUID": study, "SeriesInstanceUID": series}
    keywords = ("StudyInstanceUID", "SeriesInstanceUID", "Modality", *sorted(query.include & {*STUDY, *SERIES}))
    result = {_tag(k): _element(k, texts.get(k, "")) for k in keywords}
    result |= {_tag("SOPInstanceUID"): {"vr": "UI", "Value": [uid]}, _tag("SOPClassUID"): {"vr": "UI", "Value": [sop_class]}}
    result |= {"00083002": {"vr": "UI", "Value": [syntax]}}
    for keyword, value in (("InstanceNumber", number), ("Rows", rows), ("Columns", columns), ("BitsAllocated", bits), ("NumberOfFrames", frames)):
        if value is not None and not (keyword == "NumberOfFrames" and value < 2):
            result[_tag(keyword)] = {"vr": _vr(keyword), "Value": [value]}
    return dict(sorted(result.items()))


def _texts(attributes: Any) -> dict[str, str]:
    return dict(orjson.loads(attributes) if isinstance(attributes, str) else attributes)


def _element(keyword: str, text: str) -> dict[str, Any]:
    """A header text as an element of the DICOM JSON model (PS3.18 F.2)."""
    vr = _vr(keyword)
    if not text:
        return {"vr": vr}
    parts = text.split("\\") if vr not in ("LT", "ST", "UT") else [text]
    if vr == "PN":
        return {"vr": vr, "Value": [_name(part) for part in parts]}
    if vr == "IS":
        return {"vr": vr, "Value": [int(part) if part.strip().lstrip("+-").isdigit() else part for part in parts]}
    return {"vr": vr, "Value": parts}


def _name(text: str) -> dict[str, str]:
    groups = zip(("Alphabetic", "Ideographic", "Phonetic"), text.split("="), strict=False)
    return {group: value for group, value in groups if value}


def _keyword(name: str) -> str:
    """Keyword of an attribute named by keyword or by eight hexadecimal digits; "" for what is neither."""
    name = name.strip()
    if len(name) == 8:
        try:
            return keyword_for_tag(int(name, 16))
        except ValueError:
            pass
    return name if tag_for_keyword(name) is not None else ""


def _tag(keyword: str) -> str:
    return f"{tag_for_keyword(keyword):08X}"


def _vr(keyword: str) -> str:
    return dictionary_VR(tag_for_keyword(keyword) or 0)[:2]


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Invalid(f"{name} is a whole number from 0, not {text[:20]!r}.")
    return int(text)
