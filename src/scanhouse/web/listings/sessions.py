"""Sessions with their counts: of a project, of a subject, the newest, those found."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from scanhouse.access.actors import Actor
from scanhouse.records.models import Project, Subject
from scanhouse.web import paging, sql, viewer, words
from scanhouse.web.paging import Ask, Page
from scanhouse.web.sql import Condition, Row

ON_HOME, FOUND = 10, 20
"""Rows on the home page, and in a search."""


@dataclass(frozen=True)
class SessionRow:
    id: str
    label: str
    modality: str
    url: str
    subject: str
    subject_url: str
    project: str
    date: date | None
    scans: int
    images: int
    bytes: int
    created_at: datetime
    viewer_url: str


def page(actor: Actor, project: Project, ask: Ask) -> tuple[list[SessionRow], Page]:
    """Sessions of a project and those shared into it, the newest first."""
    label = "coalesce(nullif(z.label, ''), e.label)"
    own = _source(actor, ask, "records_experiment e", "e.label", "e.project_id = %s", project.id)
    shared = _source(
        actor, ask, "records_experimentshare z JOIN records_experiment e ON e.key = z.experiment_id", label, "z.project_id = %s", project.id
    )  # fmt: skip
    way = "ASC" if ask.backwards else "DESC"
    text = f"({own.text}) UNION ALL ({shared.text}) ORDER BY created_at {way}, key {way} LIMIT %s"
    page = Condition(text, (*own.values, *shared.values, paging.ROWS + 1))
    return paging.cut(ask, _rows(actor, page, "e.created_at DESC, e.key DESC"), lambda row: f"{row.created_at.isoformat()} {row.id}")


def newest(actor: Actor) -> list[SessionRow]:
    """A few sessions of all projects, the newest first."""
    seen = sql.sessions_seen(actor, wide=True)
    text = f"SELECT {sql.SESSION_COLUMNS}, e.label, e.project_id AS place FROM records_experiment e WHERE e.session_id IS NULL AND {seen.text}"
    return _rows(actor, Condition(f"{text} ORDER BY e.key DESC LIMIT {ON_HOME}", seen.values), "e.key DESC")


def of_subject(actor: Actor, subject: Subject, project: Project) -> list[SessionRow]:
    """All sessions of a subject that the actor may see, as they are called in the project. A person has few."""
    seen = sql.sessions_seen(actor)
    text = f"""SELECT {sql.SESSION_COLUMNS}, coalesce((SELECT nullif(z.label, '') FROM records_experimentshare z
        WHERE z.experiment_id = e.key AND z.project_id = %s), e.label) AS label, CASE WHEN e.project_id = %s OR EXISTS (
        SELECT 1 FROM records_experimentshare z WHERE z.experiment_id = e.key AND z.project_id = %s) THEN %s ELSE e.project_id END AS place
        FROM records_experiment e WHERE e.subject_id = %s AND e.session_id IS NULL AND {seen.text} ORDER BY e.key DESC LIMIT 500"""
    return _rows(actor, Condition(text, (*[project.id] * 4, subject.key, *seen.values)), "e.date DESC NULLS LAST, e.key DESC")


def found(actor: Actor, text: str) -> list[SessionRow]:
    """Sessions by a part of their label, their accession ID or Study Instance UID."""
    seen = sql.sessions_seen(actor, wide=True)
    page = f"""SELECT {sql.SESSION_COLUMNS}, e.label, e.project_id AS place FROM records_experiment e
        WHERE e.session_id IS NULL AND (e.label ILIKE %s OR e.id = %s OR e.study_uid = %s) AND {seen.text} ORDER BY e.key DESC LIMIT {FOUND}"""
    return _rows(actor, Condition(page, (sql.like(text), text, text, *seen.values)), "e.key DESC")


def _source(actor: Actor, ask: Ask, source: str, label: str, within: str, project: str) -> Condition:
    seen = sql.sessions_seen(actor)
    text = [f"SELECT {sql.SESSION_COLUMNS}, {label} AS label, %s AS place FROM {source} WHERE {within} AND e.session_id IS NULL AND {seen.text}"]
    values: list[Any] = [project, project, *seen.values]
    if ask.filter:
        text.append(f"AND ({label} ILIKE %s OR EXISTS (SELECT 1 FROM records_subject b WHERE b.key = e.subject_id AND b.label ILIKE %s))")
        values += [sql.like(ask.filter)] * 2
    moment, _, identity = ask.key.partition(" ")
    if identity:
        key = "(SELECT k.key FROM records_experiment k WHERE k.id = %s)"
        text.append(f"AND (e.created_at, e.key) {'>' if ask.backwards else '<'} (%s, {key})")
        values += [_moment(moment), identity]
    way = "ASC" if ask.backwards else "DESC"
    text.append(f"ORDER BY e.created_at {way}, e.key {way} LIMIT {paging.ROWS + 1}")
    return Condition(" ".join(text), tuple(values))


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.max


def _rows(actor: Actor, page: Condition, order: str) -> list[SessionRow]:
    scan, subject = sql.scans_seen(actor), sql.subjects_seen(actor)
    statement = sql.SESSIONS.format(page=page.text, scan=scan.text, subject=subject.text, order=order)
    found = sql.rows(statement, [*page.values, *scan.values, *scan.values, *scan.values, *subject.values])
    return [_row(row) for row in found]


def _row(row: Row) -> SessionRow:
    url = reverse("session", args=[row["place"], row["label"]])
    subject_url = reverse("subject", args=[row["place"], row["subject"]]) if row["subject"] else ""
    opened = viewer.address([row["study_uid"]], project=row["place"], back=url) if row["viewable"] and row["study_uid"] else ""
    return SessionRow(
        row["id"], row["label"], words.modality(row["element"], row["modality"] or ""), url, row["subject"], subject_url, row["place"],
        row["date"], row["scans"], row["files"], row["bytes"], row["created_at"], opened,
    )  # fmt: skip
