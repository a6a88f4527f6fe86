"""Surveys of resources as XNAT tells of them: files by the paths that they would have in its archive, totals beside the details."""
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from scanhouse.records import preferences
from scanhouse.records.models import OPEN_SURVEYS, Survey

Moved = Callable[[str], str]

SURVEY_TOTALS = {
    "totalEntries": "entries", "totalUids": "uids", "totalBadFiles": "bad", "totalMismatchedFiles": "mismatched", "totalDuplicates": "duplicates",
    "totalFilesInDuplicates": "files_in_duplicates", "totalNonActionableDuplicates": "non_actionable",
    "totalFilesInNonActionableDuplicates": "files_in_non_actionable",
}  # fmt: skip
MITIGATION_TOTALS = {"totalMovedFiles": "moved", "totalRemovedFiles": "removed", "totalFileErrors": "errors"}
NO_ERRORS = ("backupErrors", "deleteErrors", "catalogWriteError", "resourceSaveError")
SUMMED = ("totalEntries", "totalUids", "totalDuplicates", "totalBadFiles", "totalMismatchedFiles", *MITIGATION_TOTALS)


def model(survey: Survey) -> dict[str, Any]:
    """A survey whole, with its reports."""
    about = survey.about
    told = {
        "id": survey.key, "resourceId": about["resource"], "rsnStatus": survey.state, "projectId": survey.project_id,
        "subjectId": about["subject"], "subjectLabel": about["subject_label"], "experimentId": about["experiment"],
        "experimentLabel": about["experiment_label"], "xsiType": about["element"], "scanId": about["scan"], "scanLabel": about["scan_id"],
        "scanDescription": about["description"], "resourceLabel": about["label"], "resourceUri": _folder(survey) + catalog_name(about),
        "requester": survey.requester, "mitigationRequester": survey.mitigation_requester or None, "requestTime": request_time(survey),
        "closingDate": int(survey.closed_at.timestamp() * 1000) if survey.closed_at else None,
        "surveyReport": survey_report(survey), "mitigationReport": mitigation_report(survey),
    }  # fmt: skip
    return {**told, "message": survey.message} if survey.message else told


def survey_report(survey: Survey) -> dict[str, Any] | None:
    """What was found; totals alone where the report was cleaned, None before it is there. A bad file alone is DIVERGENT (Q-214)."""
    if survey.found_totals is None:
        return None
    report = {"resourceSurveyRequestId": survey.key, **_totals(SURVEY_TOTALS, survey.found_totals)}
    if (found := survey.found) is None:
        return report
    before = _folder(survey)
    return report | {
        "uids": found["uids"], "badFiles": [before + path for path in found["bad"]],
        "mismatchedFiles": _keyed(before, found["mismatched"]), "duplicates": _duplicates(before, found["duplicates"]),
        "nonActionableDuplicates": _duplicates(before, found["non_actionable"]),
    }  # fmt: skip


def mitigation_report(survey: Survey) -> dict[str, Any] | None:
    """What was done. XNAT copies each file to its cache before it renames it; such a file counts as removed from where it was (Q-213)."""
    if survey.done_totals is None:
        return None
    report = {"resourceSurveyRequestId": survey.key, **_totals(MITIGATION_TOTALS, survey.done_totals)}
    if (done := survey.done) is None:
        return report
    before, cache = _folder(survey), _cache(survey)
    left = sorted({*done["moved"], *done["removed"]})
    return report | dict.fromkeys(NO_ERRORS) | {
        "cachePath": cache.rstrip("/"),
        "movedFiles": {before + path: before + to for path, to in done["moved"].items()},
        "removedFiles": {before + path: cache + path for path in left},
        "retainedFiles": [before + path for path in done["retained"]],
        "moveErrors": {before + path: {"file": before + to, "message": why} for path, (to, why) in done["errors"].items()},
    }  # fmt: skip


def summaries(surveys: Iterable[Survey]) -> list[dict[str, Any]]:
    """Totals of the surveys of each project."""
    found: dict[str, dict[str, Any]] = {}
    for survey in surveys:
        one = found.setdefault(survey.project_id, {"projectId": survey.project_id, **dict.fromkeys(SUMMED, 0), "overallStatus": "CONFORMING"})
        told = {**_totals(SURVEY_TOTALS, survey.found_totals or {}), **_totals(MITIGATION_TOTALS, survey.done_totals or {})}
        for name in SUMMED:
            one[name] += told[name]
        if survey.state in OPEN_SURVEYS:
            one["overallStatus"] = "IN_PROGRESS"
    return list(found.values())


def line(survey: Survey) -> dict[str, str]:
    """A survey as a line of a table: facts and totals."""
    told = {name: value for name, value in model(survey).items() if not name.endswith("Report") and name != "message"}
    totals = {**_totals(SURVEY_TOTALS, survey.found_totals or {}), **_totals(MITIGATION_TOTALS, survey.done_totals or {})}
    return {name: "" if value is None else str(value) for name, value in {**told, **totals}.items()}


def request_time(survey: Survey) -> str:
    """When it was asked for, as it is a part of paths in XNAT's cache."""
    return f"{survey.requested_at:%Y%m%d_%H%M%S}{survey.requested_at.microsecond // 1000:03d}"


def catalog_name(about: dict[str, Any]) -> str:
    """The name of a resource's catalog in XNAT's archive: the DICOM of a scan goes without its label."""
    label = "" if about["label"] == "DICOM" else f"{about['label']}_"
    return f"scan_{about['scan_id']}_{label}catalog.xml"


def _folder(survey: Survey) -> str:
    return f"{preferences.get('archivePath')}/{survey.project_id}/{survey.about['folder']}/"


def _cache(survey: Survey) -> str:
    about = survey.about
    return f"{preferences.get('cachePath')}/{survey.project_id}/{about['experiment']}/{request_time(survey)}/{about['scan']}/"


def _totals(names: dict[str, str], numbers: dict[str, int]) -> dict[str, int]:
    return {name: numbers.get(own, 0) for name, own in names.items()}


def _keyed(before: str, names: dict[str, str]) -> dict[str, str]:
    return {before + path: name for path, name in names.items()}


def _duplicates(before: str, found: dict[str, dict[str, dict[str, str]]]) -> dict[str, Any]:
    return {sop_class: {uid: _keyed(before, names) for uid, names in group.items()} for sop_class, group in found.items()}
