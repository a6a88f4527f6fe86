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
        case Experiment() if thing.session_id is not None and thing.session is not None:
            return f"/data/experiments/{thing.session.id}/assessors/{thing.id}"
        case Experiment():
            return f"/data/experiments/{thing.id}"
        case Scan():
            return f"/data/experiments/{thing.session.id}/scans/{thing.id}"
        case Reconstruction():
            return f"/data/experiments/{thing.session.id}/reconstructions/{thing.id}"
        case Resource():
            owner = thing.project or thing.subject or thing.experiment or thing.scan or thing.reconstruction
            assert owner is not None  # a constraint of the table
            return f"{uri(owner)}{f'/{thing.direction}' if thing.direction else ''}/resources/{thing.pk}"
        case File():
            return f"{uri(thing.resource)}/files/{thing.path}"
