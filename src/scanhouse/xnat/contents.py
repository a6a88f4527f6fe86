"""The whole document of a record: its values, and what hangs on it and may be seen, nested. A handful of queries, whatever its size."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.records import assessors, investigators, resources, scans, sharing
from scanhouse.records import values as typed
from scanhouse.records.models import Experiment, Project, Reconstruction, Resource, Scan, Subject
from scanhouse.records.types import REGISTRY
from scanhouse.schema.document import HIDDEN_KEY, TYPE_KEY, Document

ASSESSOR = "xnat:imageAssessorData"


def of_project(actor: Actor, project: Project) -> Document:
    found = typed.whole(project)
    found["active"] = project.active
    aliases = [{"alias": one.alias} for one in project.aliases.order_by("id")]
    leader = project.principal_investigators.first()
    if leader is not None:
        found |= {f"PI/{path}": value for path, value in investigators.values_of(leader).items()}
        found[f"PI/{HIDDEN_KEY}"] = {"xnat_investigatorData_id": leader.pk}
    helpers = [
        {**investigators.values_of(one), HIDDEN_KEY: {"xnat_investigatorData_id": one.pk}} for one in project.investigators.order_by("id")
    ]
    files = _resources(actor, Q(project=project)).get(project.pk, [])  # type: ignore[call-overload]  # keys of projects are texts
    return _with(found, {"aliases/alias": aliases, "investigators/investigator": helpers, "resources/resource": files})


def of_subject(actor: Actor, subject: Subject) -> Document:
    seen = policy.visible(actor, Experiment.objects.select_related("project", "subject", "session").filter(subject=subject)).order_by("key")
    shares = [_share(share.project_id, share.label) for share in sharing.shares(actor, subject)]
    return _with(typed.whole(subject), {
        "sharing/share": shares, "resources/resource": _resources(actor, Q(subject=subject)).get(subject.pk, []),
        "experiments/experiment": [{TYPE_KEY: one.element, **of_experiment(actor, one)} for one in seen],
    })


def of_experiment(actor: Actor, experiment: Experiment) -> Document:
    """A session with its scans, reconstructions and assessors; an assessor; any other experiment."""
    found = typed.whole(experiment)
    shares = [_share(share.project_id, share.label) for share in sharing.shares(actor, experiment)]
    if REGISTRY.is_a(experiment.element, ASSESSOR):
        return _with(found, {"sharing/share": shares, **_files_of_derived(actor, experiment)})
    own = _resources(actor, Q(experiment=experiment)).get(experiment.pk, [])
    nested: dict[str, list[Any]] = {"sharing/share": shares, "resources/resource": own}
    if REGISTRY.is_a(experiment.element, typed.IMAGE_SESSION):
        seen = list(policy.visible_parts(actor, Scan.objects.filter(session=experiment)))
        files = _resources(actor, Q(scan__session=experiment)) if seen else {}
        nested["scans/scan"] = [
            {TYPE_KEY: scan.element, **_with(_scan(scan, experiment), {"file": files.get(scan.pk, [])})} for scan in sorted(seen, key=scans.order)
        ]
        nested["reconstructions/reconstructedImage"] = [
            _reconstruction(actor, one) for one in policy.visible_parts(actor, experiment.reconstructions.order_by("key"))
        ]
        hanging = policy.visible(actor, assessors.of(experiment)).order_by("key")
        nested["assessors/assessor"] = [{TYPE_KEY: one.element, **of_experiment(actor, one)} for one in hanging]
    return _with(found, nested)


def of_scan(actor: Actor, scan: Scan) -> Document:
    return _with(_scan(scan, scan.session), {"file": _resources(actor, Q(scan=scan)).get(scan.pk, [])})


def of_reconstruction(actor: Actor, made: Reconstruction) -> Document:
    return _reconstruction(actor, made)


def _scan(scan: Scan, session: Experiment) -> Document:
    identity: Document = {"ID": scan.id, "image_session_ID": session.id, "project": session.project_id}
    return {**identity, **typed.of(scan), HIDDEN_KEY: {"xnat_imageScanData_id": scan.pk}}


def _reconstruction(actor: Actor, made: Reconstruction) -> Document:
    document = {"ID": made.id, "image_session_ID": made.session.id, **typed.of(made), HIDDEN_KEY: {"xnat_reconstructedImageData_id": made.pk}}
    return _with(document, _directions(resources.of(made), actor))


def _files_of_derived(actor: Actor, assessor: Experiment) -> dict[str, list[Document]]:
    return _directions(resources.of(assessor), actor)


def _directions(found: Any, actor: Actor) -> dict[str, list[Document]]:
    """Resources of what is derived, apart by direction."""
    seen = list(policy.visible_parts(actor, found))
    stats = resources.stats(seen) if seen else {}
    named = {"in": "in/file", "out": "out/file"}
    nested: dict[str, list[Document]] = {}
    for resource in seen:
        nested.setdefault(named.get(resource.direction, "resources/resource"), []).append(resource_document(resource, stats[resource.pk]))
    return nested


def _resources(actor: Actor, where: Q) -> dict[int, list[Document]]:
    """Resources by the key of what they hang on, which `where` says is all of one kind."""
    seen = list(policy.visible_parts(actor, Resource.objects.filter(where).order_by("key")))
    stats = resources.stats(seen) if seen else {}
    found: dict[Any, list[Document]] = {}
    for one in seen:
        owner = one.project_id or one.subject_id or one.experiment_id or one.scan_id or one.reconstruction_id
        found.setdefault(owner, []).append(resource_document(one, stats[one.pk]))
    return found


def resource_document(resource: Resource, stats: resources.Stats) -> Document:
    """A resource as a document of `xnat:resourceCatalog`."""
    document: Document = {
        "label": resource.label, "file_count": stats.files, "file_size": stats.bytes, "URI": f"{resource.label}_catalog.xml",
        "format": resource.format, "description": resource.description, "content": resource.content, "UID": resource.uid, "note": resource.note,
        "tags/tag": [{"tag": tag} for tag in resource.tags],
    }
    kept = {path: value for path, value in document.items() if value not in ("", None, [])}
    return {TYPE_KEY: resource.element, **kept, HIDDEN_KEY: {"xnat_abstractResource_id": resource.pk}}


def _share(project: str, label: str) -> Document:
    return {"project": project, "label": label} if label else {"project": project}


def _with(document: Document, nested: dict[str, list[Any]]) -> Document:
    return {**document, **{path: items for path, items in nested.items() if items}}


def documents(actor: Actor, things: Iterable[Any]) -> list[tuple[str, Document]]:
    """Element and document of several records of any kind."""
    makers = {Project: of_project, Subject: of_subject, Experiment: of_experiment, Scan: of_scan, Reconstruction: of_reconstruction}
    return [(typed.element_of(thing).name, makers[type(thing)](actor, thing)) for thing in things]  # type: ignore[operator]
