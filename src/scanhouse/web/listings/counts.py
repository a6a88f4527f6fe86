"""Counts that pages say, each bounded by `sql.ENOUGH`."""
from __future__ import annotations

from scanhouse.access.actors import Actor
from scanhouse.records.models import Project
from scanhouse.web import sql
from scanhouse.web.listings import arrivals


def of_project(actor: Actor, project: Project) -> dict[str, int]:
    """What the tabs of a project say."""
    e, b = sql.sessions_seen(actor), sql.subjects_seen(actor)
    own = sql.bounded(f"records_experiment e WHERE e.project_id = %s AND e.session_id IS NULL AND {e.text}", [project.id, *e.values])
    there = "records_experimentshare z JOIN records_experiment e ON e.key = z.experiment_id"
    shared = sql.bounded(f"{there} WHERE z.project_id = %s AND e.session_id IS NULL AND {e.text}", [project.id, *e.values])
    subjects_own = sql.bounded(f"records_subject b WHERE b.project_id = %s AND {b.text}", [project.id, *b.values])
    subjects_shared = sql.bounded(
        f"records_subjectshare z JOIN records_subject b ON b.key = z.subject_id WHERE z.project_id = %s AND {b.text}", [project.id, *b.values]
    )
    members = sql.bounded("access_membership m JOIN access_group g ON g.id = m.group_id WHERE g.project = %s", [project.id])
    return {
        "sessions": own + shared, "subjects": subjects_own + subjects_shared, "members": members,
        "waiting": sum(arrivals.tally(actor, project=project.id).values()),
    }  # fmt: skip


def of_site(actor: Actor) -> dict[str, int]:
    """What the home page says of the whole site, as far as the actor sees it."""
    e, b, p = sql.sessions_seen(actor, wide=True), sql.subjects_seen(actor, wide=True), sql.projects_seen(actor)
    waiting = arrivals.tally(actor)
    return {
        "projects": sql.bounded(f"records_project p WHERE {p.text}", p.values),
        "subjects": sql.bounded(f"records_subject b WHERE {b.text}", b.values),
        "sessions": sql.bounded(f"records_experiment e WHERE e.session_id IS NULL AND {e.text}", e.values),
        "waiting": sum(waiting.values()),
        "attention": sum(waiting.get(state, 0) for state in arrivals.ATTENTION),
    }
