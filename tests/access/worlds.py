"""A small archive for the tests of rights: four projects, each with data of every kind, and values for actors who belong to them."""
from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Model

from scanhouse.access.actions import Action
from scanhouse.access.actors import Actor, Belonging
from scanhouse.access.models import Accessibility, GroupKind, ProjectAccess
from scanhouse.ingest.models import PrearchiveSession, Received
from scanhouse.records.models import (
    Experiment,
    ExperimentShare,
    File,
    Project,
    Reconstruction,
    Resource,
    Scan,
    Subject,
    SubjectShare,
)

PROJECTS = ("PUB", "PROT", "PRIV", "FAR")
SUBJECT, MR, PET, QC = "xnat:subjectData", "xnat:mrSessionData", "xnat:petSessionData", "xnat:qcAssessmentData"
MR_SCAN, PET_SCAN = "xnat:mrScanData", "xnat:petScanData"


@dataclass
class World:
    """Things by project and by a short name: subject, mr, pet, qc, scan, reconstruction, and files of each."""

    things: dict[tuple[str, str], Model] = field(default_factory=dict, repr=False)
    unassigned: PrearchiveSession | None = None

    def __getitem__(self, key: tuple[str, str]) -> Model:
        return self.things[key]

    def of(self, model: type[Model]) -> list[Model]:
        return list(model._default_manager.all())


def build() -> World:
    world = World()
    for number, name in enumerate(PROJECTS):
        put = world.things.__setitem__
        project = Project.objects.create(id=name, secondary_id=name, name=name, created_by="admin")
        subject = Subject.objects.create(id=f"S{number}", project=project, label="S", created_by="admin")
        put((name, "project"), project)
        put((name, "subject"), subject)
        put((name, "project file"), _file(project=project))
        put((name, "subject file"), _file(subject=subject))
        for label, element, scan_element in (("mr", MR, MR_SCAN), ("pet", PET, PET_SCAN)):
            session = Experiment.objects.create(
                id=f"{label}{number}", element=element, project=project, subject=subject, label=label, created_by="admin")
            scan = Scan.objects.create(session=session, id="1", element=scan_element)
            put((name, label), session)
            put((name, f"{label} scan"), scan)
            put((name, f"{label} scan file"), _file(scan=scan))
            put((name, f"{label} reconstruction"), Reconstruction.objects.create(session=session, id="R"))
        qc = Experiment.objects.create(
            id=f"qc{number}", element=QC, project=project, session=world[name, "mr"], label="qc", created_by="admin")
        put((name, "qc"), qc)
        put((name, "qc file"), _file(experiment=qc))
        arrived = _arrival(name)
        put((name, "arrived"), arrived)
        put((name, "arrived object"), Received.objects.create(session=arrived, source="dicom"))
    world.unassigned = _arrival(None)
    Received.objects.create(session=None, source="dicom", state="rejected")
    return world


def set_accessibility(levels: dict[str, str]) -> None:
    for project, level in levels.items():
        ProjectAccess.objects.update_or_create(project=project, defaults={"accessibility": Accessibility(level)})


def share(thing: Model, into: str) -> None:
    """Puts a subject or an experiment into one more project."""
    if isinstance(thing, Subject):
        SubjectShare.objects.create(subject=thing, project_id=into)
    elif isinstance(thing, Experiment):
        ExperimentShare.objects.create(experiment=thing, project_id=into)
    else:
        raise TypeError(type(thing))


def belonging(project: str, kind: GroupKind | str, grants: dict[str, str] | None = None, name: str = "") -> Belonging:
    """A group of `project`; `grants` maps elements to letters: r read, c create, e edit, d delete."""
    letters = {"r": Action.READ, "c": Action.CREATE, "e": Action.EDIT, "d": Action.DELETE}
    given = tuple((element, frozenset(letters[letter] for letter in text)) for element, text in (grants or {}).items())
    return Belonging(f"{project}_{name or kind}", GroupKind(kind), project, given)


def user(*groups: Belonging, login: str = "jane", is_admin: bool = False) -> Actor:
    return Actor(7, login, is_admin, frozenset(), groups)


def site_group(kind: GroupKind) -> Belonging:
    return Belonging(kind.upper(), kind)


def _arrival(project: str | None) -> PrearchiveSession:
    return PrearchiveSession._default_manager.create(project=project, timestamp="1", folder="F", label="F", study_uid="1.2", created_by="x")


def _file(**owner: Model) -> File:
    resource = Resource.objects.create(label="R", **owner)
    return File.objects.create(resource=resource, path="a.txt", object="0" * 64, size=1, crc32=0)
