"""An archive to test with, said in one sentence:

    archive = an_archive().with_project("P").with_subject("S").with_session("E", scans=2).with_file("scans/1", "DICOM/1.dcm")

Each step is done by the archive's own use cases, in the name of the system, on what the step before it made.
"""
from __future__ import annotations

import itertools
from typing import Any

from scanhouse.access import actors, groups
from scanhouse.access.actors import SYSTEM, Actor
from scanhouse.access.models import User
from scanhouse.records import assessors, experiments, files, projects, resources, scans, sharing, subjects
from scanhouse.records.models import Experiment, File, Project, Resource, Scan, Subject
from scanhouse.storage import configured

_numbers = itertools.count(1)


def an_archive() -> Archive:
    return Archive()


class Archive:
    """Remembers what it made by label, and the newest of each kind: that is what the next step builds on."""

    def __init__(self) -> None:
        self._projects: dict[str, Project] = {}
        self._subjects: dict[str, Subject] = {}
        self._sessions: dict[str, Experiment] = {}
        self._assessors: dict[str, Experiment] = {}

    # Steps

    def with_user(self, login: str, *, admin: bool = False, **roles: str) -> Archive:
        """`with_user("ann", owner="P", member="Q")`"""
        User.objects.create(username=login, email=f"{login}@example.org", is_admin=admin)
        for role, project in roles.items():
            groups.add(project, f"{role}s", login, by=SYSTEM)
        return self

    def with_project(self, id: str = "", **facts: Any) -> Archive:
        project = projects.create(id or f"P{next(_numbers)}", by=SYSTEM, **facts)
        self._projects[project.id] = project
        return self

    def with_subject(self, label: str = "", **values: Any) -> Archive:
        project = self.project()
        subject = subjects.create(project, label or f"S{next(_numbers)}", values=values, by=SYSTEM)
        self._subjects[subject.label] = subject
        return self

    def with_session(self, label: str = "", *, scans: int = 0, element: str = "xnat:mrSessionData", **values: Any) -> Archive:
        if not self._subjects:
            self.with_subject()
        session = experiments.create(self.project(), self.subject(), label or f"E{next(_numbers)}", element, values=values, by=SYSTEM)
        self._sessions[session.label] = session
        for _ in range(scans):
            self.with_scan()
        return self

    def with_scan(self, id: str | None = None, **values: Any) -> Archive:
        scans.create(self.session(), id, values=values, by=SYSTEM)
        return self

    def with_assessor(self, label: str, *, project: str | None = None, element: str = "xnat:qcManualAssessorData", **values: Any) -> Archive:
        home = self._projects[project] if project else None
        self._assessors[label] = assessors.create(self.session(), label, element, project=home, values=values, by=SYSTEM)
        return self

    def with_file(self, path: str, data: bytes = b"content", *, on: Any = None, resource: str = "DICOM") -> Archive:
        """A file in a resource of `on`, or of the newest session, subject or project."""
        put_file(self.resource(on, resource), path, data)
        return self

    def shared(self, label: str, *, into: str, as_: str = "") -> Archive:
        """The subject or session of that label, shared into another project."""
        sharing.share(self._sessions.get(label) or self._subjects[label], into=self._projects[into], label=as_, by=SYSTEM)
        return self

    # What there is

    def project(self, id: str | None = None) -> Project:
        return self._projects[id] if id else list(self._projects.values())[-1]

    def subject(self, label: str | None = None) -> Subject:
        return self._subjects[label] if label else list(self._subjects.values())[-1]

    def session(self, label: str | None = None) -> Experiment:
        return self._sessions[label] if label else list(self._sessions.values())[-1]

    def scan(self, id: str = "1", *, session: str | None = None) -> Scan:
        return self.session(session).scans.get(id=id)

    def assessor(self, label: str) -> Experiment:
        return self._assessors[label]

    def resource(self, on: Any = None, label: str = "DICOM") -> Resource:
        newest = self.session() if self._sessions else self.subject() if self._subjects else self.project()
        made, _ = resources.ensure(on or newest, label, by=SYSTEM)
        return made

    def actor(self, login: str) -> Actor:
        """Somebody as he is now: rights are loaded anew."""
        return actors.load(login)


def keep(data: bytes, path: str = "file", **facts: Any) -> files.NewFile:
    """Bytes in the store of the test, as a file to be put."""
    store = configured.store()
    with store.stage(md5=True) as staged:
        staged.write(data)
        sealed = staged.seal()
    store.keep([sealed])
    return files.NewFile.sealed(path, sealed, **facts)


def put_file(resource: Resource, path: str, data: bytes = b"content", **facts: Any) -> File:
    """A file with that content."""
    files.put(resource, keep(data, path, **facts), by=SYSTEM, overwrite=True)
    return files.find(resource, path)
