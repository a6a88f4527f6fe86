"""Rows of the archive. Common values are columns; typed values of a record are one validated document, `doc` (see `schema`)."""
from .experiments import Experiment, ExperimentShare, Reconstruction, Scan, ScanShare
from .files import File, Instance, Resource, SeriesIndex, StudyIndex
from .history import ConfigEntry, History, Preference, Workflow
from .manifests import Manifest, ManifestDue, ManifestKind
from .projects import Favorite, Investigator, PrearchiveCode, Project, ProjectAlias, Visit
from .subjects import Subject, SubjectShare

__all__ = [
    "ConfigEntry", "Experiment", "ExperimentShare", "Favorite", "File", "History", "Instance", "Investigator", "Manifest",
    "ManifestDue", "ManifestKind", "PrearchiveCode", "Preference", "Project", "ProjectAlias", "Reconstruction", "Resource", "Scan", "ScanShare",
    "SeriesIndex", "StudyIndex", "Subject", "SubjectShare", "Visit", "Workflow",
]
