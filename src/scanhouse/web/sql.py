"""SQL of the pages, by name: rows with their counts, for as many rows as are shown. Rights are conditions of `policy.sql_visible`.

Lists go on by keyset: where a page ends, the next one begins, however long the list is. Counts stop at `ENOUGH`.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.access.rule import PREARCHIVE, PROJECT, SUBJECT, Matter

ENOUGH = 10_000
"""Nobody reads a larger count exactly, and counting further would cost more the more is stored."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Condition:
    """SQL text and its parameters."""

    text: str
    values: tuple[Any, ...] = ()


def rows(statement: str, values: Sequence[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def one(statement: str, values: Sequence[Any]) -> Row:
    return rows(statement, values)[0]


# What may be seen. `e` an experiment, `b` a subject, `p` a project, `x` a session of a project that is counted, `w` one that waits.

_E_SHARES = "SELECT z.project_id FROM records_experimentshare z WHERE z.experiment_id = e.key"
_E_ALL_SHARES = "SELECT experiment_id, project_id FROM records_experimentshare"
_B_SHARES = "SELECT z.project_id FROM records_subjectshare z WHERE z.subject_id = b.key"
_B_ALL_SHARES = "SELECT subject_id, project_id FROM records_subjectshare"


def sessions_seen(actor: Actor, *, wide: bool = False) -> Condition:
    """`wide` for lists over the whole site."""
    return _condition(policy.sql_visible(
        actor, element_sql="e.element", project_sql="e.project_id", shares_sql=_E_ALL_SHARES if wide else _E_SHARES,
        key_sql="e.key" if wide else None,
    ))  # fmt: skip


def scans_seen(actor: Actor, *, owner: str = "e") -> Condition:
    """Of a scan `s` of an experiment that is seen."""
    shares = _E_SHARES.replace("e.key", f"{owner}.key")
    return _condition(policy.sql_visible(
        actor, element_sql=f"{owner}.element", project_sql=f"{owner}.project_id", shares_sql=shares, part_sql="s.element"
    ))  # fmt: skip


def subjects_seen(actor: Actor, *, wide: bool = False) -> Condition:
    return _condition(policy.sql_visible(
        actor, element_sql=f"'{SUBJECT}'", project_sql="b.project_id", shares_sql=_B_ALL_SHARES if wide else _B_SHARES,
        key_sql="b.key" if wide else None,
    ))  # fmt: skip


def projects_seen(actor: Actor, *, wide: bool = True) -> Condition:
    return _condition(policy.sql_visible(
        actor, element_sql=f"'{PROJECT}'", project_sql="p.id", matter=Matter.RECORD, key_sql="p.id" if wide else None
    ))  # fmt: skip


def counted(actor: Actor) -> Condition:
    """Data of one project, counted for its row."""
    return _condition(policy.sql_visible(actor, element_sql="x.element", project_sql="x.project_id"))


def counted_subjects(actor: Actor) -> Condition:
    return _condition(policy.sql_visible(actor, element_sql=f"'{SUBJECT}'", project_sql="x.project_id"))


def arrivals_seen(actor: Actor, action: Action = Action.READ) -> Condition:
    """What waits, and what one brought oneself and belongs to no project yet."""
    given = _condition(policy.sql_visible(actor, action, element_sql=f"'{PREARCHIVE}'", project_sql="w.project", matter=Matter.ARRIVALS))
    if actor.id is None:
        return given
    return Condition(f"({given.text} OR (w.project IS NULL AND w.created_by = %s))", (*given.values, actor.login))


def _condition(given: tuple[str, list[Any]]) -> Condition:
    return Condition(f"({given[0]})", tuple(given[1]))


# Rows. What stands in braces is put there by this package, never by a request.

SESSION_COLUMNS = "e.key, e.id, e.element, e.project_id, e.subject_id, e.date, e.study_uid, e.created_at, e.doc->>'modality' AS modality"

SESSIONS = """
WITH page AS ({page})
SELECT e.*, c.scans, coalesce(f.files, 0) AS files, coalesce(f.bytes, 0) AS bytes, coalesce(n.subject, '') AS subject,
       EXISTS (SELECT 1 FROM records_scan s JOIN records_instance i ON i.scan_id = s.key
               WHERE s.session_id = e.key AND i."rows" IS NOT NULL AND {scan}) AS viewable
FROM page e
LEFT JOIN LATERAL (SELECT count(*) AS scans FROM records_scan s WHERE s.session_id = e.key AND {scan}) c ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS files, sum(f.size)::bigint AS bytes FROM (
        SELECT r.key FROM records_scan s JOIN records_resource r ON r.scan_id = s.key WHERE s.session_id = e.key AND {scan}
        UNION ALL SELECT r.key FROM records_resource r WHERE r.experiment_id = e.key) o
    JOIN records_file f ON f.resource_id = o.key) f ON true
LEFT JOIN LATERAL (
    SELECT coalesce((SELECT nullif(z.label, '') FROM records_subjectshare z WHERE z.subject_id = b.key AND z.project_id = e.place),
                    b.label) AS subject
    FROM records_subject b WHERE b.key = e.subject_id AND {subject}) n ON true
ORDER BY {order}
"""

PROJECTS = """
SELECT p.id, p.name, p.description, coalesce(a.accessibility, 'private') AS accessibility, p.created_at,
       (SELECT count(*) FROM (SELECT 1 FROM records_subject x WHERE x.project_id = p.id AND {subject} LIMIT {enough}) n) AS subjects,
       (SELECT count(*) FROM (SELECT 1 FROM records_experiment x WHERE x.project_id = p.id AND x.session_id IS NULL AND {data}
                              LIMIT {enough}) n) AS sessions,
       greatest(p.created_at, (SELECT x.created_at FROM records_experiment x WHERE x.project_id = p.id AND {data}
                               ORDER BY x.created_at DESC LIMIT 1)) AS active_at
FROM ({page}) p LEFT JOIN access_projectaccess a ON a.project = p.id
ORDER BY {order}
"""

PROJECT_PAGE = "SELECT p.* FROM records_project p WHERE {seen} AND {wanted} ORDER BY lower(p.id) {way} LIMIT %s"

# The projects of the newest sessions, and the newest projects: a look at the end of two lists, not at all projects.
ACTIVE_PROJECTS = """
SELECT p.* FROM records_project p WHERE p.id IN (
    SELECT e.project_id FROM (SELECT e.project_id FROM records_experiment e WHERE {session} ORDER BY e.key DESC LIMIT 300) e
    UNION (SELECT p.id FROM records_project p WHERE {seen} ORDER BY p.created_at DESC LIMIT 6)) AND {seen}
"""

SUBJECTS = """
WITH page AS ({page})
SELECT b.key, b.id, b.label, b.project_id, b.sex, c.sessions, c.modalities, c.last_at FROM page b
LEFT JOIN LATERAL (
    SELECT count(*) AS sessions, array_agg(DISTINCT e.element) AS modalities, max(e.created_at) AS last_at FROM records_experiment e
    WHERE e.subject_id = b.key AND e.session_id IS NULL AND {session}) c ON true
ORDER BY {order}
"""

SUBJECT_COLUMNS = "b.key, b.id, b.project_id, coalesce(b.doc->>'demographics/gender', '') AS sex"

SCANS = """
SELECT s.key, s.id, s.element, s.type, s.series_description, s.quality, s.note, s.uid, coalesce(x.modality, s.doc->>'modality', '') AS modality,
       x.study_uid, x.series_uid, f.files, coalesce(f.bytes, 0) AS bytes, coalesce(i.frames, 0) AS frames, i.sop_class_uid,
       coalesce(i.pictures, false) AS pictures
FROM records_scan s JOIN records_experiment e ON e.key = s.session_id LEFT JOIN records_seriesindex x ON x.scan_id = s.key
LEFT JOIN LATERAL (SELECT count(*) AS files, sum(f.size)::bigint AS bytes FROM records_resource r JOIN records_file f ON f.resource_id = r.key
                   WHERE r.scan_id = s.key) f ON true
LEFT JOIN LATERAL (SELECT sum(i.number_of_frames) AS frames, bool_or(i."rows" IS NOT NULL) AS pictures, min(i.sop_class_uid) AS sop_class_uid
                   FROM records_instance i WHERE i.scan_id = s.key) i ON true
WHERE s.session_id = %s AND {scan} AND {wanted}
"""

ARRIVALS = """
SELECT w.key, w.project, w.timestamp, w.folder, w.label, w.subject, w.state, w.reason, w.received_at, w.created_at, {may} AS may_edit,
       c.objects, c.bytes, c.modalities
FROM (SELECT * FROM ingest_prearchivesession w WHERE w.state IN ({open}) AND {seen} AND {wanted} ORDER BY w.key {way} LIMIT %s) w
LEFT JOIN LATERAL (SELECT count(*) AS objects, coalesce(sum(r.size), 0)::bigint AS bytes, array_agg(DISTINCT r.modality) AS modalities
                   FROM ingest_received r WHERE r.session_id = w.key AND r.state IN ('waiting', 'archived')) c ON true
ORDER BY w.key DESC
"""

OPEN = "'RECEIVING', 'BUILDING', 'READY', 'ARCHIVING', 'MOVING', 'DELETING', 'CONFLICT', 'ERROR'"


def bounded(source: str, values: Sequence[Any], *, enough: int = ENOUGH) -> int:
    """How many rows `FROM ...` has, at most `enough` + 1."""
    return int(one(f"SELECT count(*) AS n FROM (SELECT 1 FROM {source} LIMIT {enough + 1}) found", values)["n"])


def name_of(actor: Actor) -> str:
    """What a person is called on pages: first and last name, else the login."""
    if actor.id is None:
        return actor.login
    found = rows("SELECT trim(first_name || ' ' || last_name) AS name FROM access_user WHERE id = %s", [actor.id])
    return found[0]["name"] or actor.login if found else actor.login


def like(text: str) -> str:
    """A pattern for ILIKE that finds `text` anywhere."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
