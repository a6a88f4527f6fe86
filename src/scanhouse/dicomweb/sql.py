"""SQL of DICOMweb, by name: from what may be seen of the archive and of the prearchive to studies, series and instances.

Every statement is built from two conditions of rights, one for archived sessions `e` and one for waiting ones `p` (see `rights`).
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from scanhouse.access import policy, prepared
from scanhouse.access.actors import Actor
from scanhouse.access.expected import Question
from scanhouse.access.policy import Action
from scanhouse.access.rule import PREARCHIVE, Matter

SHARES = "SELECT sh.project_id FROM records_experimentshare sh WHERE sh.experiment_id = e.key"


@dataclass(frozen=True)
class Rights:
    """Conditions on `e` (and its scan `s` where there is one) and on `p`, with their parameters."""

    study: str
    study_values: tuple[Any, ...]
    scan: str
    scan_values: tuple[Any, ...]
    waiting: str
    waiting_values: tuple[Any, ...]


def rights(actor: Actor, project: str | None) -> Rights:
    """What the actor may see, of everything or within one project (its own sessions and those shared into it)."""
    study, study_values = policy.sql_visible(actor, Action.READ, element_sql="e.element", project_sql="e.project_id", shares_sql=SHARES)
    scan, scan_values = policy.sql_visible(
        actor, Action.READ, element_sql="e.element", project_sql="e.project_id", shares_sql=SHARES, part_sql="s.element"
    )
    waiting, waiting_values = policy.sql_visible(
        actor, Action.READ, element_sql=f"'{PREARCHIVE}'", project_sql="p.project", matter=Matter.ARRIVALS
    )
    if project is None:
        return Rights(study, tuple(study_values), scan, tuple(scan_values), waiting, tuple(waiting_values))
    within, values = f"(e.project_id = %s OR %s IN ({SHARES}))", (project, project)
    return Rights(
        f"({study} AND {within})", (*study_values, *values), f"({scan} AND {within})", (*scan_values, *values),
        f"({waiting} AND p.project = %s)", (*waiting_values, project),
    )  # fmt: skip


OPEN = "p.state NOT IN ('ARCHIVED', 'DELETED')"
WAITING = "r.state = 'waiting'"

# An instance that waits and is archived in the same project already is shown once, as archived.
NOT_ARCHIVED = """NOT EXISTS (SELECT 1 FROM records_instance ai JOIN records_scan ascan ON ascan.key = ai.scan_id
    JOIN records_experiment ae ON ae.key = ascan.session_id
    WHERE ai.sop_instance_uid = r.sop_instance_uid AND ae.project_id = p.project)"""

STUDIES = """
SELECT study_uid, attributes, modalities, series, instances FROM (
    (SELECT 0 AS place, e.key AS at, st.study_uid, st.attributes, c.modalities, c.series, c.instances
     FROM records_studyindex st JOIN records_experiment e ON e.key = st.session_id
     JOIN LATERAL (SELECT array_agg(DISTINCT x.modality) AS modalities, count(*) AS series,
                          sum((SELECT count(*) FROM records_instance i WHERE i.scan_id = s.key)) AS instances
                   FROM records_seriesindex x JOIN records_scan s ON s.key = x.scan_id
                   WHERE s.session_id = e.key AND {scan}) c ON c.series > 0
     WHERE {study} AND {archived}
     ORDER BY e.key LIMIT %s)
    UNION ALL
    (SELECT 1, p.key, f.study_uid, f.attributes, c.modalities, c.series, c.instances
     FROM ingest_prearchivesession p
     JOIN LATERAL (SELECT r.study_uid, r.text AS attributes FROM ingest_received r WHERE r.session_id = p.key AND {waiting_object}
                   ORDER BY r.key LIMIT 1) f ON true
     JOIN LATERAL (SELECT array_agg(DISTINCT r.modality) AS modalities, count(DISTINCT r.series_uid) AS series, count(*) AS instances
                   FROM ingest_received r WHERE r.session_id = p.key AND {waiting_object}) c ON c.series > 0
     WHERE {open} AND {waiting} AND {wanted}
     ORDER BY p.key LIMIT %s)
) found ORDER BY place, at LIMIT %s OFFSET %s
"""

SERIES = """
SELECT study_uid, series_uid, modality, attributes, instances FROM (
    (SELECT 0 AS place, x.scan_id AS at, x.study_uid, x.series_uid, x.modality, x.attributes,
            (SELECT count(*) FROM records_instance i WHERE i.scan_id = s.key) AS instances
     FROM records_seriesindex x JOIN records_scan s ON s.key = x.scan_id JOIN records_experiment e ON e.key = s.session_id
     WHERE {scan} AND {archived} ORDER BY x.scan_id LIMIT %s)
    UNION ALL
    (SELECT 1, min(r.key), r.study_uid, r.series_uid, min(r.modality), (array_agg(r.text ORDER BY r.key))[1], count(*)
     FROM ingest_received r JOIN ingest_prearchivesession p ON p.key = r.session_id
     WHERE {open} AND {waiting} AND {waiting_object} AND {wanted}
     GROUP BY r.session_id, r.study_uid, r.series_uid ORDER BY 2 LIMIT %s)
) found ORDER BY place, at LIMIT %s OFFSET %s
"""

_INSTANCE = """sop_instance_uid, sop_class_uid, transfer_syntax_uid, instance_number, "rows", "columns", bits_allocated, number_of_frames,
    pixel_offset, pixel_length, frame_table, object, size, study_uid, series_uid, attributes"""

INSTANCES = f"""
SELECT {_INSTANCE} FROM (
    (SELECT 0 AS place, x.scan_id AS series_at, i.file_id AS at, i.sop_instance_uid, i.sop_class_uid, i.transfer_syntax_uid,
            i.instance_number, i."rows", i."columns", i.bits_allocated, i.number_of_frames, i.pixel_offset, i.pixel_length, i.frame_table,
            f.object, f.size, x.study_uid, x.series_uid, x.attributes
     FROM records_instance i JOIN records_file f ON f.key = i.file_id JOIN records_scan s ON s.key = i.scan_id
     JOIN records_seriesindex x ON x.scan_id = s.key JOIN records_experiment e ON e.key = s.session_id
     WHERE {{scan}} AND {{archived}} ORDER BY x.scan_id, i.instance_number, i.file_id LIMIT %s)
    UNION ALL
    (SELECT 1, 0, r.key, r.sop_instance_uid, r.sop_class_uid, r.transfer_syntax_uid,
            r.instance_number, r."rows", r."columns", r.bits_allocated, r.number_of_frames, r.pixel_offset, r.pixel_length, NULL,
            r.object, r.size, r.study_uid, r.series_uid, r.text
     FROM ingest_received r JOIN ingest_prearchivesession p ON p.key = r.session_id
     WHERE {{open}} AND {{waiting}} AND {{waiting_object}} AND {{wanted}} ORDER BY r.series_uid, r.instance_number, r.key LIMIT %s)
) found ORDER BY place, series_at, series_uid, instance_number, at LIMIT %s OFFSET %s
"""

# The middle one of what has pixels, images before all others: only its UIDs, as tables of frames of thousands of instances are large.
MIDDLE = """
WITH shown AS (
    SELECT 0 AS place, x.scan_id AS series_at, i.file_id AS at, i.instance_number, i.sop_instance_uid, i.sop_class_uid, x.study_uid, x.series_uid
    FROM records_instance i JOIN records_scan s ON s.key = i.scan_id JOIN records_seriesindex x ON x.scan_id = s.key
    JOIN records_experiment e ON e.key = s.session_id
    WHERE {scan} AND {archived} AND i.number_of_frames > 0 AND i."rows" > 0
    UNION ALL
    SELECT 1, 0, r.key, r.instance_number, r.sop_instance_uid, r.sop_class_uid, r.study_uid, r.series_uid
    FROM ingest_received r JOIN ingest_prearchivesession p ON p.key = r.session_id
    WHERE {open} AND {waiting} AND {waiting_object} AND {wanted} AND r.number_of_frames > 0 AND r."rows" > 0
), once AS (
    SELECT DISTINCT ON (sop_instance_uid) *, sop_class_uid <> ALL(%s) AS image FROM shown
    ORDER BY sop_instance_uid, place, series_at, series_uid, instance_number, at
)
SELECT study_uid, series_uid, sop_instance_uid FROM once WHERE image = (SELECT bool_or(image) FROM once)
ORDER BY place, series_at, series_uid, instance_number, at
OFFSET (SELECT count(*) / 2 FROM once WHERE image = (SELECT bool_or(image) FROM once)) LIMIT 1
"""

# The one row that a viewer asks for thousands of times: found by its SOP Instance UID, archived or waiting.
ARCHIVED_INSTANCE = """SELECT i.sop_instance_uid, i.sop_class_uid, i.transfer_syntax_uid,
            i.instance_number, i."rows", i."columns", i.bits_allocated, i.number_of_frames, i.pixel_offset, i.pixel_length, i.frame_table,
            f.object, f.size, x.study_uid, x.series_uid, x.attributes
     FROM records_instance i JOIN records_file f ON f.key = i.file_id JOIN records_scan s ON s.key = i.scan_id
     JOIN records_seriesindex x ON x.scan_id = s.key JOIN records_experiment e ON e.key = s.session_id
     WHERE i.sop_instance_uid = %s AND x.series_uid = %s AND x.study_uid = %s AND {scan} LIMIT 1"""
WAITING_INSTANCE = f"""SELECT r.sop_instance_uid, r.sop_class_uid, r.transfer_syntax_uid,
            r.instance_number, r."rows", r."columns", r.bits_allocated, r.number_of_frames, r.pixel_offset, r.pixel_length,
            NULL AS frame_table, r.object, r.size, r.study_uid, r.series_uid, r.text
     FROM ingest_received r JOIN ingest_prearchivesession p ON p.key = r.session_id
     WHERE r.sop_instance_uid = %s AND r.series_uid = %s AND r.study_uid = %s AND {{open}} AND {{waiting}} AND {WAITING} LIMIT 1"""
INSTANCE = f"SELECT {_INSTANCE} FROM (({ARCHIVED_INSTANCE}) UNION ALL ({WAITING_INSTANCE})) found LIMIT 1"
_FRAME = """SELECT transfer_syntax_uid, "rows", "columns", bits_allocated, number_of_frames, pixel_offset, pixel_length, frame_table, object
FROM ({}) one"""

SERIES_METADATA = """
SELECT x.scan_id, CASE WHEN c.instances = x.instances AND c.newest = x.newest THEN x.metadata END
FROM records_seriesindex x JOIN records_scan s ON s.key = x.scan_id JOIN records_experiment e ON e.key = s.session_id
JOIN LATERAL (SELECT count(*) AS instances, max(i.file_id) AS newest FROM records_instance i WHERE i.scan_id = s.key) c ON c.instances > 0
WHERE {scan} AND x.study_uid = %s AND (%s = '' OR x.series_uid = %s) ORDER BY x.scan_id
"""


def fill(statement: str, given: Rights, *, archived: str = "true", wanted: str = "true") -> str:
    """A statement with its conditions: rights, and what is searched for in the archive and in the prearchive."""
    return statement.format(
        study=given.study, scan=given.scan, waiting=given.waiting, open=OPEN, waiting_object=f"{WAITING} AND {NOT_ARCHIVED}",
        archived=archived, wanted=wanted,
    )  # fmt: skip


def fetch(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    """Rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def fetch_often(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    """The same for what viewers ask thousands of times: `INSTANCE` and `SERIES_METADATA`, whose texts differ by rights only."""
    return prepared.fetch(connection, statement, values)


def archived_frame(actor: Actor) -> Question:
    """What its frames need to know of an archived instance. Each request hands in the UIDs of instance, series and study."""
    given = rights(actor, None)
    return _question(fill(_FRAME.format(ARCHIVED_INSTANCE), given), given.scan_values)


def waiting_frame(actor: Actor) -> Question:
    """The same of one that waits."""
    given = rights(actor, None)
    return _question(fill(_FRAME.format(WAITING_INSTANCE), given), given.waiting_values)


def _question(text: str, values: tuple[Any, ...]) -> Question:
    """Three UIDs, and then the values of the rights, by number."""
    return Question(prepared.numbered(text), asked=3, rights=tuple(_as_text(value) for value in values))


def _as_text(value: str | list[str]) -> bytes:
    """A value, or a list of values, in PostgreSQL's own notation."""
    if isinstance(value, str):
        return value.encode()
    quoted = (item.replace("\\", "\\\\").replace('"', '\\"') for item in value)
    return ("{" + ",".join(f'"{item}"' for item in quoted) + "}").encode()
