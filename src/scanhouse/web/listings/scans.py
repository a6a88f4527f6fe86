"""Scans of a session with their counts, and where their pictures are."""
from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from django.urls import reverse

from scanhouse.access.actors import Actor
from scanhouse.dicom.sop_classes import Kind, sop_class
from scanhouse.records.models import Experiment
from scanhouse.web import sql, viewer
from scanhouse.web.sql import Condition, Row


@dataclass(frozen=True)
class ScanRow:
    id: str
    title: str
    type: str
    modality: str
    images: int
    frames: int
    bytes: int
    quality: str
    note: str
    thumbnail_url: str
    viewer_url: str
    url: str
    zip_url: str


def of_session(actor: Actor, session: Experiment, project: str, label: str, *, only: str | None = None) -> list[ScanRow]:
    """The scans of a session in their order. `label` is what the session is called in the project."""
    seen = sql.scans_seen(actor)
    wanted = Condition("true") if only is None else Condition("s.id = %s", (only,))
    found = sql.rows(sql.SCANS.format(scan=seen.text, wanted=wanted.text), [session.key, *seen.values, *wanted.values])
    return [_row(row, project, label) for row in sorted(found, key=lambda row: _order(row["id"]))]


def _row(row: Row, project: str, session: str) -> ScanRow:
    url = reverse("scan", args=[project, session, row["id"]])
    known = sop_class(row["sop_class_uid"] or "")
    is_picture = row["pictures"] and row["series_uid"]
    kind = "" if row["type"].lower() == "unknown" else row["type"]
    opens = is_picture and (known is None or known.kind is Kind.IMAGE)
    back = reverse("session", args=[project, session])
    return ScanRow(
        row["id"], row["series_description"] or kind or f"Scan {row['id']}", kind, row["modality"], row["files"], row["frames"],
        row["bytes"], row["quality"], row["note"],
        f"/dicomweb/projects/{quote(project)}/studies/{row['study_uid']}/series/{row['series_uid']}/thumbnail" if is_picture else "",
        viewer.address([row["study_uid"]], series=[row["series_uid"]], project=project, back=back) if opens else "",
        url, reverse("scan_zip", args=[project, session, row["id"]]),
    )  # fmt: skip


def _order(id: str) -> tuple[int, str]:
    """Numbers by value, then texts, as `records.scans` has them."""
    return (int(id), "") if id.isascii() and id.isdigit() else (1 << 31, id)
