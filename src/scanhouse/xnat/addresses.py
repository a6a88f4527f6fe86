"""The addresses under which lists show things: short ones by accession ID, as XNAT forms them. Not percent-encoded (Q-007)."""
from __future__ import annotations

from scanhouse.records.models import Experiment, File, Project, Reconstruction, Resource, Scan, Subject


def uri(thing: Project | Subject | Experiment | Scan | Reconstruction | Resource | File) -> str:
    """`/data/experiments/XNAT_E00001/scans/1/resources/12/files/1.dcm`, without the host. Owners are loaded where they were not."""
    match thing:
        case Project():
            return f"/data/projects/{thing.id}"
        case Subject():
            return f"/data/subjects/{thing.id}"
        case Experiment():
            return f"/data/experiments/{thing.id}"
        case Scan():
            return f"/data/experiments/{thing.session.id}/scans/{thing.id}"
        case Reconstruction():
            return f"/data/experiments/{thing.session.id}/reconstructions/{thing.id}"
        case Resource():
            owner = thing.project or thing.subject or thing.experiment or thing.scan or thing.reconstruction
            assert owner is not None  # a constraint of the table
            place = uri(owner)
            if isinstance(owner, Experiment) and owner.session is not None:
                place = f"{uri(owner.session)}/assessors/{owner.id}"
            return f"{place}{f'/{thing.direction}' if thing.direction else ''}/resources/{thing.pk}"
        case File():
            return f"{uri(thing.resource)}/files/{thing.path}"


def within(project: Project, thing: Subject | Experiment) -> str:
    """The address of a new thing in its project, by accession ID: what the answer to a POST says."""
    if isinstance(thing, Subject):
        return f"{uri(project)}/subjects/{thing.id}"
    if thing.session is not None:
        return f"{uri(thing.session)}/assessors/{thing.id}"
    below = f"/subjects/{thing.subject.id}" if thing.subject is not None else ""
    return f"{uri(project)}{below}/experiments/{thing.id}"
