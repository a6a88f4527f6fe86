"""The kinds of rows that can be listed: table, and which paths are columns of it. The rest is in its JSONB document."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import fragments
from .fragments import Expression, Sort

Make = Callable[[str], Expression]


@dataclass(frozen=True)
class Kind:
    """One table. `element` is what every row is; rows with a type of their own have it in the column `element`."""

    name: str
    table: str
    element: str
    columns: Mapping[str, Make]
    """By lower-cased path: from the alias of the row to the expression."""
    typed_rows: bool = True
    share_table: str = ""
    share_key: str = ""

    def type_sql(self, alias: str) -> str:
        return f"{alias}.element" if self.typed_rows else fragments.literal(self.element)


def _plain(name: str) -> Make:
    return lambda alias: fragments.column(f"nullif({alias}.{name}, '')")


def _key(alias: str) -> Expression:
    return fragments.column(f"{alias}.key", Sort.NUMBER)


def _moment(name: str) -> Make:
    return lambda alias: fragments.moment(f"{alias}.{name}")


_MADE: dict[str, Make] = {
    "meta/insert_date": _moment("created_at"), "meta/insert_user/login": _plain("created_by"), "meta/last_modified": _moment("modified_at"),
    "insert_date": _moment("created_at"), "insert_user": _plain("created_by"), "last_modified": _moment("modified_at"),
    "meta/status": _plain("status"),
}
_TYPE: dict[str, Make] = {"extension_item/element_name": _plain("element")}
_NO_STATUS = {path: make for path, make in _MADE.items() if path != "meta/status"}

PROJECT = Kind("project", "records_project", "xnat:projectData", {
    "id": _plain("id"), "name": _plain("name"), "secondary_id": _plain("secondary_id"), "description": _plain("description"),
    "keywords": _plain("keywords"), **_NO_STATUS,
    "extension_item/element_name": lambda alias: Expression("'xnat:projectData'", "'xnat:projectData'"),
}, typed_rows=False)

SUBJECT = Kind("subject", "records_subject", "xnat:subjectData", {
    "id": _plain("id"), "label": _plain("label"), "project": _plain("project_id"), **_MADE,
    "extension_item/element_name": lambda alias: Expression("'xnat:subjectData'", "'xnat:subjectData'"),
}, typed_rows=False, share_table="records_subjectshare", share_key="subject_id")

EXPERIMENT = Kind("experiment", "records_experiment", "xnat:experimentData", {
    "id": _plain("id"), "label": _plain("label"), "project": _plain("project_id"), **_MADE, **_TYPE,
    "date": lambda alias: fragments.column(f"{alias}.date", Sort.DATE), "uid": _plain("study_uid"),
}, share_table="records_experimentshare", share_key="experiment_id")

SCAN = Kind("scan", "records_scan", "xnat:imageScanData", {
    "id": _plain("id"), "type": _plain("type"), "uid": _plain("uid"), "series_description": _plain("series_description"),
    "quality": _plain("quality"), "note": _plain("note"), "xnat_imagescandata_id": _key, **_NO_STATUS, **_TYPE,
})

RECONSTRUCTION = Kind("reconstruction", "records_reconstruction", "xnat:reconstructedImageData", {
    "id": _plain("id"), "type": _plain("type"), "xnat_reconstructedimagedata_id": _key, **_TYPE,
    "meta/insert_date": _moment("created_at"), "meta/insert_user/login": _plain("created_by"),
})

WORKFLOW = Kind("workflow", """(
    SELECT at AS key, thing AS id, kind AS data_type, action AS pipeline_name, 'Complete' AS status, at AS launch_time, project AS project_id
    FROM records_history
    UNION ALL SELECT w.launch_time, w.item, w.data_type, w.pipeline_name, w.status, w.launch_time,
        CASE w.kind WHEN 'experiment' THEN e.project_id WHEN 'subject' THEN s.project_id ELSE w.item END
    FROM records_workflow w LEFT JOIN records_experiment e ON e.id = w.item AND w.kind = 'experiment'
        LEFT JOIN records_subject s ON s.id = w.item AND w.kind = 'subject')""", "wrk:workflowData", {
    "id": _plain("id"), "data_type": _plain("data_type"), "pipeline_name": _plain("pipeline_name"), "status": _plain("status"),
    "launch_time": _moment("launch_time"), "externalid": _plain("project_id"),
}, typed_rows=False)
"""What was done, as XNAT's clients look for it: our history, and what clients and pipelines reported."""
