"""How many things of each type there are, for those who choose a type to search in."""
from __future__ import annotations

from django.db import connection

from scanhouse.access import policy
from scanhouse.access.actors import SYSTEM, Actor
from scanhouse.access.rule import Matter

from .fragments import Parameters


def by_type(actor: Actor | None = None) -> dict[str, int]:
    """Numbers by type: all there are, or those that an actor may read."""
    who, parameters = actor or SYSTEM, Parameters()

    def visible(element: str, project: str, shares: str | None = None, part: str | None = None, matter: Matter = Matter.DATA) -> str:
        text, values = policy.sql_visible(who, element_sql=element, project_sql=project, shares_sql=shares, part_sql=part, matter=matter)
        return parameters.embed(text, values)

    shares = "SELECT project_id FROM records_experimentshare WHERE experiment_id = e.key"
    of_subject = "SELECT project_id FROM records_subjectshare WHERE subject_id = s.key"
    statement = f"""
    SELECT 'xnat:projectData', count(*) FROM records_project p WHERE {visible("'xnat:projectData'", "p.id", matter=Matter.RECORD)}
    UNION ALL SELECT 'xnat:subjectData', count(*) FROM records_subject s WHERE {visible("'xnat:subjectData'", "s.project_id", of_subject)}
    UNION ALL SELECT e.element, count(*) FROM records_experiment e WHERE {visible("e.element", "e.project_id", shares)} GROUP BY e.element
    UNION ALL SELECT c.element, count(*) FROM records_scan c JOIN records_experiment e ON e.key = c.session_id
        WHERE {visible("e.element", "e.project_id", shares, "c.element")} GROUP BY c.element
    UNION ALL SELECT 'xnat:investigatorData', count(*) FROM records_investigator
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters.values)
        return {element: number for element, number in cursor.fetchall() if number}
