"""Subjects of a project with their counts."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from scanhouse.access.actors import Actor
from scanhouse.records.models import Project
from scanhouse.web import paging, sql, words
from scanhouse.web.paging import Ask, Page
from scanhouse.web.sql import Condition, Row

FOUND = 20
"""Rows in a search."""


@dataclass(frozen=True)
class SubjectRow:
    id: str
    label: str
    url: str
    sex: str
    sessions: int
    modalities: list[str]
    last_at: datetime | None
    shared_from: str


def page(actor: Actor, project: Project, ask: Ask) -> tuple[list[SubjectRow], Page]:
    """Subjects of a project and those shared into it, by label."""
    label = "coalesce(nullif(z.label, ''), b.label)"
    own = _source(actor, ask, "records_subject b", "b.label", "b.project_id = %s", project.id)
    shared = _source(
        actor, ask, "records_subjectshare z JOIN records_subject b ON b.key = z.subject_id", label, "z.project_id = %s", project.id
    )  # fmt: skip
    way, session = "DESC" if ask.backwards else "ASC", sql.sessions_seen(actor)
    page = f"({own.text}) UNION ALL ({shared.text}) ORDER BY folded {way}, key {way} LIMIT %s"
    statement = sql.SUBJECTS.format(page=page, session=session.text, order="b.folded, b.key")
    found = sql.rows(statement, [*own.values, *shared.values, paging.ROWS + 1, *session.values])
    return paging.cut(ask, [_row(row, project.id) for row in found], lambda row: f"{row.label.lower()} {row.id}")


def found(actor: Actor, text: str) -> list[tuple[str, str, str]]:
    """(label, address, project) of subjects by a part of their label or by accession ID."""
    seen = sql.subjects_seen(actor, wide=True)
    found = sql.rows(
        f"SELECT b.label, b.project_id FROM records_subject b WHERE (b.label ILIKE %s OR b.id = %s) AND {seen.text} "
        f"ORDER BY b.key DESC LIMIT {FOUND}", [sql.like(text), text, *seen.values],
    )  # fmt: skip
    return [(row["label"], reverse("subject", args=[row["project_id"], row["label"]]), row["project_id"]) for row in found]


def _source(actor: Actor, ask: Ask, source: str, label: str, within: str, project: str) -> Condition:
    seen = sql.subjects_seen(actor)
    text = [f"SELECT {sql.SUBJECT_COLUMNS}, {label} AS label, lower({label}) AS folded FROM {source} WHERE {within} AND {seen.text}"]
    values: list[Any] = [project, *seen.values]
    if ask.filter:
        text.append(f"AND {label} ILIKE %s")
        values.append(sql.like(ask.filter))
    folded, _, identity = ask.key.partition(" ")
    if identity:
        text.append(f"AND (lower({label}), b.key) {'<' if ask.backwards else '>'} (%s, (SELECT k.key FROM records_subject k WHERE k.id = %s))")
        values += [folded, identity]
    way = "DESC" if ask.backwards else "ASC"
    text.append(f"ORDER BY lower({label}) {way}, b.key {way} LIMIT {paging.ROWS + 1}")
    return Condition(" ".join(text), tuple(values))


def _row(row: Row, project: str) -> SubjectRow:
    kinds = sorted({words.modality(element) for element in row["modalities"] or () if element})
    return SubjectRow(
        row["id"], row["label"], reverse("subject", args=[project, row["label"]]), words.SEXES.get(row["sex"].lower()) or row["sex"],
        row["sessions"], kinds, row["last_at"], "" if row["project_id"] == project else str(row["project_id"]),
    )  # fmt: skip
