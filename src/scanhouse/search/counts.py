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


def session_types(project: str, actor: Actor) -> list[str]:
    """The types of the experiments of subjects that a project has, its own and those shared into it, as far as the actor may read them."""
    parameters = Parameters()
    here = parameters.put(project)
    shared = f"SELECT experiment_id FROM records_experimentshare WHERE project_id = {here}"
    text, values = policy.sql_visible(
        actor, element_sql="e.element", project_sql="e.project_id",
        shares_sql="SELECT project_id FROM records_experimentshare WHERE experiment_id = e.key",
    )
    terms = ["e.subject_id IS NOT NULL", f"(e.project_id = {here} OR e.key = ANY(ARRAY({shared})))", parameters.embed(text, values)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT e.element FROM records_experiment e WHERE {' AND '.join(terms)} ORDER BY 1", parameters.values)
        return [name for name, in cursor.fetchall()]
