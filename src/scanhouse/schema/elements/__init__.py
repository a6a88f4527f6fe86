"""The data types that every site has, declared as data: one table per family."""
from __future__ import annotations

from . import (
    archive,
    assessments,
    assessors,
    catalogs,
    experiments,
    pipelines,
    projects,
    provenance,
    resources,
    scans,
    security,
    sessions,
    subjects,
    validation,
)

TABLES = (
    projects.TABLE, subjects.TABLE, experiments.TABLE, sessions.TABLE, scans.TABLE, assessors.TABLE, resources.TABLE,
    provenance.TABLE, catalogs.TABLE, validation.TABLE, pipelines.TABLE, archive.TABLE, assessments.TABLE, security.TABLE,
)
