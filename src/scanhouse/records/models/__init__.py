"""Rows of the archive. Common values are columns; typed values of a record are one validated document, `doc` (see `schema`)."""
from .experiments import Experiment, ExperimentShare, Reconstruction, Scan, ScanShare
from .files import File, Instance, Resource, SeriesIndex, StudyIndex
from .history import ConfigEntry, History, Preference, Workflow
from .manifests import Manifest, ManifestDue, ManifestKind
from .projects import Favorite, Investigator, PrearchiveCode, Project, ProjectAlias, Visit
from .subjects import Subject, SubjectShare
from .surveys import OPEN_SURVEYS, SetAside, Survey, SurveyState
from .types import DataType, Form, FormPlace, FormStatus, TypeAction, TypeSchema

__all__ = [
    "OPEN_SURVEYS", "ConfigEntry", "DataType", "Experiment", "ExperimentShare", "Favorite", "File", "Form", "FormPlace", "FormStatus",
    "History", "Instance", "Investigator", "Manifest", "ManifestDue", "ManifestKind", "PrearchiveCode", "Preference", "Project",
    "ProjectAlias", "Reconstruction", "Resource", "Scan", "ScanShare", "SeriesIndex", "SetAside", "StudyIndex", "Subject", "SubjectShare",
    "Survey", "SurveyState", "TypeAction", "TypeSchema", "Visit", "Workflow",
]
