"""From the prearchive into the archive: one plan, one transaction, and the ledger says where each object ended.

What takes long (hashes, headers) is worked out before the transaction; nothing holds a lock meanwhile. Run twice, the second run finds
the session archived and changes nothing.
"""
from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from scanhouse.access.actors import Actor
from scanhouse.dicom import matching
from scanhouse.errors import Conflict, Invalid
from scanhouse.ingest import settings_of, sql
from scanhouse.ingest.build import Built, build, keep_aside, locked
from scanhouse.ingest.file_names import RESOURCES
from scanhouse.ingest.merge import Old, OldScan, Plan, Stored, Wish, plan
from scanhouse.ingest.models import ObjectState, PrearchiveSession, Received, SessionState
from scanhouse.ingest.states import Event, after
from scanhouse.records import bytes as stored_bytes
from scanhouse.records import experiments, history, naming, projects, subjects
from scanhouse.records.models import Experiment, File, ManifestKind, Project, Resource, Scan, SeriesIndex, StudyIndex, Subject, Workflow
from scanhouse.storage.store import ObjectStore

BLOCK = 1 << 20
AT_ONCE = 32
"""Objects that a thread takes at a time: handing over one costs as much as hashing a small one."""
INDEXED_AFTER = 3
"""Seconds until what viewers need is made beforehand: sessions that come in parts are done then, and receiving goes first. Who opens one
sooner has it made at once."""
HASHERS = 4
"""Threads that compute MD5; it releases the interpreter's lock."""


class NothingToArchive(Invalid):
    """A session without objects."""

    def __init__(self) -> None:
        super().__init__("Empty sessions cannot be archived.")


class ArchiveConflict(Conflict):
    """What is in the archive stands against the session. `reasons` has a sentence for each."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = list(reasons)
        super().__init__(" ".join(self.reasons))


def carry_out(key: int, *, by: Actor, wish: Wish, values: dict[str, Any] | None = None, store: ObjectStore) -> Experiment:
    """Archive a session that is ARCHIVING. `values` are set on the experiment and win over the headers; scans are addressed in them
    under `scans/scan`. Raises `ArchiveConflict` and the errors of the records; then nothing has changed in the archive."""
    from scanhouse.ingest import jobs

    session = PrearchiveSession.objects.get(key=key)
    if session.state == SessionState.ARCHIVED:
        return Experiment.objects.get(id=session.archived_as)
    if session.project is None:
        raise Invalid("Cannot archive sessions from the Unassigned folder. Move the session to a project first.")
    project = projects.find(by, session.project)
    built = build(session, store, settings_of.building(project.id))
    if not built.objects:
        raise NothingToArchive
    digests = _md5s(built, store)
    with transaction.atomic():
        session = locked(key)
        if session.state == SessionState.ARCHIVED:  # another run was quicker
            return Experiment.objects.get(id=session.archived_as)
        session.state = after(session.state, Event.ARCHIVED)
        _queue_up(session)
        experiment, created = _put(session, project, built, wish, values or {}, digests, by)
        _finish(session, experiment, built)
        action = "Transferred" if created else "Merged"
        history.note(by, action=action, thing=experiment, changes={"prearchive": f"{session.timestamp}/{session.folder}"})
        # Clients wait for these records to learn that a session has arrived.
        Workflow.objects.create(
            item=experiment.id, kind=ManifestKind.EXPERIMENT, pipeline_name=action, launch_time=timezone.now(), status="Complete",
            data_type=experiment.element, created_by=by.login,
        )  # fmt: skip
        jobs.index.later(seconds=INDEXED_AFTER).defer(experiment=experiment.id)
    return experiment


def _queue_up(session: PrearchiveSession) -> None:
    """Sessions with one label, or of one subject, are archived one after the other: the second joins what the first has made."""
    naming.lock(f"{Experiment.__name__}:{session.project}:{session.label}")
    naming.lock(f"archiving:{session.project}:{session.subject.lower()}")


def conflicts(session: PrearchiveSession, wish: Wish, store: ObjectStore) -> list[str]:
    """What in the archive stands against the session as it is now. Reads headers, changes nothing."""
    built = build(session, store, settings_of.building(session.project))
    found = Experiment.objects.filter(project=session.project, label=session.label, session=None).first()
    return plan(built.new(session), None if found is None else _old(found), wish).conflicts


def _put(
    session: PrearchiveSession, project: Project, built: Built, wish: Wish, values: dict[str, Any], digests: dict[str, str], by: Actor
) -> tuple[Experiment, bool]:
    scan_values, values = values.get("scans/scan", []), {path: value for path, value in values.items() if path != "scans/scan"}
    found = Experiment.objects.select_for_update().filter(project=project, label=session.label, session=None).first()
    old = None if found is None else _old(found)
    decided = plan(built.new(session), old, wish)
    if decided.conflicts:
        raise ArchiveConflict(decided.conflicts)
    if found is None:
        subject = _subject(project, session.subject or "_", by)
        found = experiments.create(project, subject, session.label, built.element, values={**built.values, **values}, by=by)
    elif missing := {path: value for path, value in {**built.values, **values}.items() if path in values or path not in _known(found)}:
        found = experiments.change(found, missing, by=by)
    scans = _scans(found, decided, built, scan_values, by)
    _files(found, decided, scans, digests, by)
    _index(session, found, decided, scans)
    return found, old is None


def _subject(project: Project, label: str, by: Actor) -> Subject:
    """The subject with this label, compared without case as XNAT does; made where there is none."""
    found = Subject.objects.filter(project=project, label__iexact=label).order_by("key").first()
    if found is None:
        share = project.subject_shares.filter(label__iexact=label).select_related("subject").first()
        found = share.subject if share else None
    return found or subjects.create(project, label, by=by)


def _old(experiment: Experiment) -> Old:
    dicom = Q(instance__isnull=False) | Q(resource__label__in=RESOURCES)
    rows = File.objects.filter(dicom, resource__scan__session=experiment).values_list(
        "key", "resource__scan_id", "resource__label", "path", "instance__sop_instance_uid", "instance__sop_class_uid", "object"
    )
    files: dict[int, list[Stored]] = {}
    for key, scan, resource, path, uid, sop_class, stored in rows:
        files.setdefault(scan, []).append(Stored(key, resource, path, uid or "", sop_class or "", stored))
    scans = tuple(OldScan(scan.key, scan.id, scan.uid, tuple(files.get(scan.key, ()))) for scan in experiment.scans.all())
    subject = experiment.subject.label if experiment.subject else ""
    return Old(experiment.label, experiment.element, subject, experiment.study_uid, scans)


def _known(experiment: Experiment) -> set[str]:
    """Fields of the session that have a value: a merge keeps them."""
    fields = set(experiment.doc)
    return fields | ({"date"} if experiment.date else set()) | ({"UID"} if experiment.study_uid else set())


def _scans(experiment: Experiment, decided: Plan, built: Built, given: list[dict[str, Any]], by: Actor) -> dict[str, Scan]:
    """Scans by Series Instance UID: those that are there, and new ones in one statement."""
    described = {scan.uid: (element, values) for scan, element, values in built.scans}
    result = {scan.uid: scan for scan in experiment.scans.filter(key__in=[key for _, key, _ in decided.scans if key])}
    new = []
    for position, (scan, key, identifier) in enumerate(decided.scans):
        if key is not None:
            continue
        element, values = described[scan.uid]
        own = given[position] if position < len(given) else {}
        values = {**values, **{path: value for path, value in own.items() if path not in ("ID", "xsi:type")}}
        new.append(Scan(
            session=experiment, id=identifier, element=element, uid=scan.uid, type=values.pop("type", ""),
            series_description=values.pop("series_description", ""), quality=values.pop("quality", ""), note=values.pop("note", ""),
            doc=values, created_by=by.login,
        ))  # fmt: skip
    result.update({scan.uid: scan for scan in Scan.objects.bulk_create(new, batch_size=1000)})
    return result


def _files(experiment: Experiment, decided: Plan, scans: dict[str, Scan], digests: dict[str, str], by: Actor) -> None:
    """File and instance rows for all new files in two statements; those they replace go first, their bytes later."""
    if decided.replace:
        replaced = File.objects.filter(key__in=decided.replace)
        stored_bytes.discard_later(list(replaced.values_list("object", flat=True)))
        replaced.delete()
    of_scan = {file.received: scan for scan, _, _ in decided.scans for file in scan.files}
    resources = _resources(scans, {(of_scan[file.received].uid, file.resource) for file in decided.add}, by)
    rows = [
        {"received": file.received, "resource": resources[of_scan[file.received].uid, file.resource], "path": file.path,
         "scan": scans[of_scan[file.received].uid].key, "md5": digests[file.object],
         "content": "RAW" if file.resource == "DICOM" else "secondary"}
        for file in decided.add
    ]  # fmt: skip
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(sql.ARCHIVE_FILES, [orjson.dumps(rows).decode(), by.login])


def _resources(scans: dict[str, Scan], wanted: set[tuple[str, str]], by: Actor) -> dict[tuple[str, str], int]:
    by_scan = {scan.key: uid for uid, scan in scans.items()}
    there = Resource.objects.filter(scan__in=list(by_scan)).values_list("scan_id", "label", "key")
    result = {(by_scan[scan], label): key for scan, label, key in there if scan is not None}
    new = [
        Resource(scan=scans[uid], label=label, format="DICOM", content="RAW" if label == "DICOM" else "secondary", uid=uid, created_by=by.login)
        for uid, label in sorted(wanted - result.keys())
    ]
    result.update({(uid, made.label): made.key for made in Resource.objects.bulk_create(new, batch_size=1000) if (uid := made.uid)})
    return result


def _index(session: PrearchiveSession, experiment: Experiment, decided: Plan, scans: dict[str, Scan]) -> None:
    """What the study and its series are searched by. The metadata of a series are made by a job, or by the first reader if it is quicker."""
    firsts = {row.series_uid: row for row in Received.objects.filter(key__in=[scan.files[0].received for scan, _, _ in decided.scans])}
    rows = [
        SeriesIndex(
            scan=scans[scan.uid], study_uid=firsts[scan.uid].study_uid, series_uid=scan.uid, modality=scan.modality,
            attributes=firsts[scan.uid].text, metadata=None,
        )
        for scan, _, _ in decided.scans
    ]  # fmt: skip
    SeriesIndex.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["scan"], update_fields=["attributes", "metadata", "modality"], batch_size=1000
    )
    text = firsts[decided.scans[0][0].uid].text
    StudyIndex.objects.get_or_create(session=experiment, defaults={
        "study_uid": session.study_uid, "patient_id": text.get("PatientID", "")[:255],
        "patient_name": matching.folded(text.get("PatientName", ""))[:400], "accession_number": text.get("AccessionNumber", "")[:64],
        "study_date": matching.normal_date(text.get("StudyDate", "")), "attributes": text,
    })  # fmt: skip


def _finish(session: PrearchiveSession, experiment: Experiment, built: Built) -> None:
    Received.objects.filter(key__in=built.objects).update(state=ObjectState.ARCHIVED, reason="")
    keep_aside(built)
    session.archived_as, session.deadline, session.reason = experiment.id, None, ""
    session.save(update_fields=["state", "archived_as", "deadline", "reason", "modified_at"])


def _md5s(built: Built, store: ObjectStore) -> dict[str, str]:
    """MD5 of each object by its key, which XNAT shows as its digest; read from the page cache a moment after they came."""

    def digests(keys: Sequence[str]) -> list[tuple[str, str]]:
        return [(key, _md5(key, store)) for key in keys]

    objects = list(dict.fromkeys(file.object for scan, _, _ in built.scans for file in scan.files))
    with ThreadPoolExecutor(HASHERS) as pool:
        return dict(chain.from_iterable(pool.map(digests, (objects[i : i + AT_ONCE] for i in range(0, len(objects), AT_ONCE)))))


def _md5(key: str, store: ObjectStore) -> str:
    total = hashlib.md5(usedforsecurity=False)
    with store.open(key) as file:
        while block := file.read(BLOCK):
            total.update(block)
    return total.hexdigest()
