"""What scans there are: their types with the descriptions they come with, and the scanners they were made on."""
from __future__ import annotations

from django.db import connection

from scanhouse.access import policy
from scanhouse.access.actors import Actor

from .fragments import Parameters

MAX_KINDS = 10_000
"""Different types or scanners that are told."""

_SESSIONS = "records_scan c JOIN records_experiment s ON s.key = c.session_id"
_SHARES = "SELECT project_id FROM records_experimentshare WHERE experiment_id = s.key"


def types(actor: Actor, *, project: str | None = None, element: str = "") -> list[tuple[str, str]]:
    """Rows of (series descriptions with commas between, type)."""
    parameters = Parameters()
    terms = ["c.type <> ''", *_terms(actor, project, parameters)]
    if element:
        terms.append(f"replace(lower(c.element), ':', '_') = {parameters.put(element.lower().replace(':', '_'))}")
    return _rows(
        f"SELECT coalesce(string_agg(DISTINCT nullif(c.series_description, ''), ','), ''), c.type FROM {_SESSIONS} "
        f"WHERE {' AND '.join(terms)} GROUP BY c.type ORDER BY c.type LIMIT {MAX_KINDS}", parameters,
    )  # type: ignore[return-value]


def scanners(actor: Actor, *, project: str | None = None) -> list[tuple[str]]:
    """Names of the scanners of sessions that may be read."""
    parameters = Parameters()
    terms = ["s.doc ->> 'scanner' IS NOT NULL", *_terms(actor, project, parameters, part=False)]
    return _rows(
        f"SELECT DISTINCT s.doc ->> 'scanner' FROM records_experiment s WHERE {' AND '.join(terms)} ORDER BY 1 LIMIT {MAX_KINDS}", parameters
    )  # type: ignore[return-value]


def _terms(actor: Actor, project: str | None, parameters: Parameters, *, part: bool = True) -> list[str]:
    text, values = policy.sql_visible(
        actor, element_sql="s.element", project_sql="s.project_id", shares_sql=_SHARES, part_sql="c.element" if part else None
    )
    terms = [parameters.embed(text, values)]
    if project is not None:
        terms.append(f"s.project_id = {parameters.put(project)}")
    return terms


def _rows(sql: str, parameters: Parameters) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters.values)
        return list(cursor.fetchall())
