"""Rows of the archive. Common values are columns; typed values of a record are one validated document, `doc` (see `schema`)."""
from .experiments import Experiment, ExperimentShare, Reconstruction, Scan, ScanShare
from .files import File, Instance, Resource, SeriesIndex
from .history import ConfigEntry, History, Preference, Workflow
from .projects import Favorite, Investigator, Project, ProjectAlias
from .subjects import Subject, SubjectShare

__all__ = [
    "ConfigEntry", "Experiment", "ExperimentShare", "Favorite", "File", "History", "Instance", "Investigator", "Preference", "Project",
    "ProjectAlias", "Reconstruction", "Resource", "Scan", "ScanShare", "SeriesIndex", "Subject", "SubjectShare", "Workflow",
]
