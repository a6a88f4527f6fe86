"""Sessions that wait in the prearchive: what people and doors do with them. Each use case is one move of `states`.

`archive`, `rebuild`, `move` and `delete` do their work here and now and answer when it is done; `request_*` leave it to a worker.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from scanhouse.access import actors, policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.dicom.identity import clean_label
from scanhouse.errors import Conflict, Invalid, NotFound
from scanhouse.ingest import archive as archiving
from scanhouse.ingest import build as building
from scanhouse.ingest import settings_of, work
from scanhouse.ingest.asked import Asked
from scanhouse.ingest.file_names import told
from scanhouse.ingest.merge import Overwrite, Wish
from scanhouse.ingest.models import ObjectState, PrearchiveSession, Received, SessionState, Upload
from scanhouse.ingest.states import DEADLINES, OPEN, Event, after
from scanhouse.records import bytes as stored_bytes
from scanhouse.records import history, preferences, projects
from scanhouse.records.models import Experiment, PrearchiveCode, Project

ENDED = (SessionState.ARCHIVED, SessionState.DELETED)
UNFINISHED = (
    "An upload into it has not come to its end. The session goes on by itself when it has; if it broke off, send it again, or archive what "
    "is there."
)
REPLACING = ("delete", "override")
"""XNAT's words for replacing what is there."""


class Working(Conflict):
    """Something is being done with the session at this moment."""

    def __init__(self, session: PrearchiveSession) -> None:
        self.state = session.state
        super().__init__(f"Operation already in progress on this prearchive entry: it is {session.state}. Wait a moment and try again.")


def listing(actor: Actor, *, project: str | None = None, unassigned: bool = False) -> QuerySet[PrearchiveSession]:
    """Sessions the actor may work with, newest first, with `objects` (how many wait) and `bytes`. Ended ones are left out."""
    found = PrearchiveSession.objects.exclude(state__in=ENDED)
    if unassigned:
        found = found.filter(project=None)
    elif project is not None:
        found = found.filter(project=project)
    waiting = Q(received__state=ObjectState.WAITING)
    counted = _visible(actor, found).annotate(objects_waiting=Count("received", filter=waiting), bytes=Sum("received__size", filter=waiting))
    return counted.order_by("-created_at")


def find(actor: Actor, project: str | None, timestamp: str, folder: str) -> PrearchiveSession:
    """The session at an address; `project` None means Unassigned. Raises `NotFound` for missing and hidden alike."""
    found = PrearchiveSession.objects.exclude(state__in=ENDED).filter(project=project, timestamp=timestamp, folder=folder)
    session = _visible(actor, found).first()
    if session is None:
        raise policy.missing(PrearchiveSession)
    return session


def archive(
    session: PrearchiveSession, *, by: Actor, wish: Wish | None = None, subject: str = "", label: str = "",
    project: str | None = None, values: Mapping[str, Any] | None = None,
) -> Experiment:  # fmt: skip
    """Archive a session now. `subject`, `label`, `project` and `values` win over what it says itself.

    Raises `Working`, and whatever archiving raises: then the session stays, in CONFLICT or ERROR, with the reason.
    """
    wish, values = wish or _unsaid(session), dict(values or {})
    _begin(session, Event.ARCHIVE, by, Asked.by(by, wish, values), subject=subject, label=label, project=project)
    return _carry_out(session.key, by, wish, values)


def foresee(
    session: PrearchiveSession, *, by: Actor, wish: Wish | None = None, subject: str = "", label: str = "", project: str | None = None
) -> list[str]:
    """What would stand against archiving a session, in a sentence each; nothing is changed."""
    policy.require(by, Action.READ, session)
    found = PrearchiveSession.objects.get(key=session.key)
    found.project = projects.find(by, project).id if project else found.project
    found.subject, found.label = clean_label(subject) or found.subject, clean_label(label) or found.label
    return archiving.conflicts(found, wish or _unsaid(session), stored_bytes.store())


def request_archive(session: PrearchiveSession, *, by: Actor) -> None:
    """Have a worker archive the session."""
    with transaction.atomic():
        _begin(session, Event.ARCHIVE, by, Asked.by(by, _unsaid(session), {}))
        work.request(session)


def finish_archive(key: int) -> None:
    """Archive a session that is ARCHIVING as it was asked for: what a worker does, also when whoever did it was killed."""
    session = PrearchiveSession.objects.get(key=key)
    if session.state != SessionState.ARCHIVING:
        return
    with work.working(key, SessionState.ARCHIVING):
        asked = Asked.of(session)
        by = actors.load(session.created_by) if asked is None else asked.actor()
        wish, values = (wish_of(session), {}) if asked is None else (asked.wish, asked.values)
        archiving.carry_out(key, by=by, wish=wish, values=values, store=stored_bytes.store())


def _carry_out(key: int, by: Actor, wish: Wish, values: dict[str, Any]) -> Experiment:
    with work.working(key, SessionState.ARCHIVING):
        return archiving.carry_out(key, by=by, wish=wish, values=values, store=stored_bytes.store())


def rebuild(session: PrearchiveSession, *, by: Actor) -> PrearchiveSession:
    """Work the session out anew from its objects, now."""
    _begin(session, Event.REBUILD, by)
    return finish_build(session.key, automatically=False)


def finish_build(key: int, *, automatically: bool = True) -> PrearchiveSession:
    """Build a session that is BUILDING; then archive it where it says or its project's code says so (`automatically`).

    When an object comes meanwhile, the session is RECEIVING again and this result is dropped: it is built again when it is quiet.
    """
    session = PrearchiveSession.objects.get(key=key)
    if session.state != SessionState.BUILDING:
        return session
    with work.working(key, SessionState.BUILDING):
        built = building.build(session, stored_bytes.store(), settings_of.building(session.project))
        return _keep(key, session.received_at, built, automatically)


def _keep(key: int, newest: datetime, built: building.Built, automatically: bool) -> PrearchiveSession:
    with transaction.atomic():
        session = building.locked(key)
        if session.state != SessionState.BUILDING or session.received_at != newest:
            return session
        building.keep(session, built)
        session.state, session.deadline, session.reason, session.attempts = after(session.state, Event.BUILT), None, "", 0
        if not built.objects:
            session.state, session.reason = SessionState.ERROR, "Empty sessions cannot be archived."
        elif built.superseded:
            session.reason = told(built.superseded.values())
        if session.state == SessionState.READY and automatically and archives_itself(session):
            _go_on(session)
        work.save(session)
        aside = f" {told(built.superseded.values())}" if built.superseded else ""
        work.note(session, f"Built: {len(built.scans)} scans, {len(built.objects)} objects.{aside}")
    return session


def _go_on(session: PrearchiveSession) -> None:
    """Into the archive without being asked; not in the middle of an upload, or when one broke off: nobody knows then whether it is whole."""
    if Upload.objects.filter(complete=False, received__session=session, received__state=ObjectState.WAITING).exists():
        session.reason = UNFINISHED  # `release` finds it by that
        return
    session.state, session.deadline = after(session.state, Event.ARCHIVE), timezone.now() + DEADLINES[SessionState.ARCHIVING]
    Asked.forget(session)
    work.request(session)


def release(keys: Iterable[int]) -> None:
    """An upload has come to its end (`complete`, committed): those of its sessions that only waited for that are built anew, and go on.

    One that is built at this moment may just have looked, and be about to wait: so each is looked at under its lock.
    """
    found = PrearchiveSession.objects.filter(key__in=list(keys), state__in=(SessionState.BUILDING, SessionState.READY))
    for key in found.order_by("key").values_list("key", flat=True):
        with transaction.atomic():
            session = building.locked(key)
            if session.state != SessionState.READY or session.reason != UNFINISHED:
                continue
            session.state, session.reason, session.attempts = after(session.state, Event.REBUILD), "", 0
            session.deadline = timezone.now() + DEADLINES[SessionState.BUILDING]
            work.save(session)
            work.request(session)


def move(session: PrearchiveSession, *, to: Project, by: Actor) -> PrearchiveSession:
    """Put a session into another project's prearchive (or the first one it has)."""
    policy.require(by, Action.CREATE, policy.Place(to.id, session.element or "xnat:imageSessionData"))
    with transaction.atomic():
        _begin(session, Event.MOVE, by)
        found = building.locked(session.key)
        other = work.open_for(found, to.id)
        if other is not None:
            work.join(found, other, f"Moved to project {to.id} by {by.login}.")
            found = other
        else:
            found.project, found.state = to.id, after(found.state, Event.MOVED)
            found.deadline = timezone.now() + DEADLINES[SessionState.BUILDING]
            work.save(found)
            work.note(found, f"Moved to project {to.id} by {by.login}.")
    return finish_build(found.key, automatically=False)


def delete(session: PrearchiveSession, *, by: Actor) -> None:
    """Delete a session: its rows say so, its bytes go by a job when nothing else names them."""
    with transaction.atomic():
        _begin(session, Event.DELETE, by)
        found = building.locked(session.key)
        objects = Received.objects.filter(session=found, state__in=(ObjectState.WAITING, ObjectState.SUPERSEDED))
        stored_bytes.discard_later(list(objects.values_list("object", flat=True)))
        objects.update(state=ObjectState.DELETED, reason=f"Deleted with its session by {by.login}.")
        found.state, found.deadline = after(found.state, Event.DELETED), None
        work.save(found)
        history.note(by, action="Deleted prearchive session", thing=found)


def delete_scan(session: PrearchiveSession, scan: str, *, by: Actor) -> PrearchiveSession:
    """Delete one scan of a session. Raises `NotFound` when it has none of that ID."""
    uids = [values["UID"] for values in session.doc.get("scans/scan", []) if values["ID"] == scan]
    if not uids:
        raise NotFound(f"This session has no scan {scan!r} in the prearchive.")
    with transaction.atomic():
        _begin(session, Event.REBUILD, by)
        objects = Received.objects.filter(session=session, series_uid__in=uids)
        stored_bytes.discard_later(list(objects.values_list("object", flat=True)))
        objects.update(state=ObjectState.DELETED, reason=f"Scan deleted by {by.login}.")
    return finish_build(session.key, automatically=False)


def wish_of(session: PrearchiveSession) -> Wish:
    """How a session wants to be merged when nobody says more: by its own word, else by its project's code.

    What comes without that again is no conflict, except on the direct way into the archive: there the sender learns of it (Q-121).
    """
    overwrite = session.overwrite
    automatic = not overwrite
    if automatic and session.project is not None:
        code = Project.objects.filter(id=session.project).values_list("prearchive_code", flat=True).first()
        overwrite = Overwrite.DELETE if code == PrearchiveCode.AUTO_OVERWRITE else Overwrite.APPEND
    return wish_for(overwrite, same_is_fine=automatic and not session.options.get("direct_archive"))


def wish_for(overwrite: str, *, overwrite_files: bool = False, same_is_fine: bool = False, may_merge: bool = True) -> Wish:
    """A wish in XNAT's words: `delete` and `override` replace, any other word appends, none at all does not merge."""
    mode = Overwrite.DELETE if overwrite in REPLACING else Overwrite.APPEND if overwrite else Overwrite.NONE
    return Wish(
        mode, overwrite_files, same_is_fine, may_merge, across_modalities=not preferences.get("preventCrossModalityMerge"),
        two_classes=mode is Overwrite.DELETE or overwrite_files,
    )  # fmt: skip


def _unsaid(session: PrearchiveSession) -> Wish:
    """The wish of somebody who asks and says nothing of overwriting: as `wish_of`, but one UID in two SOP classes waits for his word."""
    return replace(wish_of(session), two_classes=session.overwrite in REPLACING)


def archives_itself(session: PrearchiveSession) -> bool:
    """Whether a session goes on into the archive once it is built: by its own word, else by its project's code."""
    if session.project is None or session.auto_archive is False:
        return False
    if session.auto_archive:
        return True
    code = Project.objects.filter(id=session.project).values_list("prearchive_code", flat=True).first()
    return code in (PrearchiveCode.AUTO, PrearchiveCode.AUTO_OVERWRITE)


def _begin(
    session: PrearchiveSession, event: Event, by: Actor, asked: Asked | None = None, *, subject: str = "", label: str = "",
    project: str | None = None,
) -> None:  # fmt: skip
    """Rights, then the move into the working state. A session that still receives is taken as complete: somebody said go."""
    if not _is_own(by, session):
        policy.require(by, Action.EDIT, session)
    with transaction.atomic():
        found = building.locked(session.key)
        if found.state not in OPEN:
            raise Working(found) if found.state not in ENDED else NotFound("The session has left the prearchive; look in its project.")
        if project is not None and project != found.project:
            policy.require(by, Action.CREATE, policy.Place(projects.find(by, project).id, found.element or "xnat:imageSessionData"))
            found.project = projects.find(by, project).id
        if event is Event.ARCHIVE and found.project is None:
            raise Invalid("Cannot archive sessions from the Unassigned folder. Move the session to a project first.")
        found.subject = clean_label(subject) or found.subject
        found.label = clean_label(label) or found.label
        if event is Event.ARCHIVE and found.state in (SessionState.RECEIVING, SessionState.BUILDING):
            found.state = after(after(found.state, Event.REBUILD), Event.BUILT)  # archiving builds anyway; who builds now finds out
        if asked is not None:
            asked.keep(found)
        found.state, found.attempts = after(found.state, event), 0
        found.deadline = timezone.now() + DEADLINES[SessionState(found.state)]
        work.save(found)
    session.refresh_from_db()


def _visible(actor: Actor, found: QuerySet[PrearchiveSession]) -> QuerySet[PrearchiveSession]:
    """What the rule lets an actor see, and what he brought himself and belongs to no project yet."""
    seen = policy.visible(actor, found)
    return seen if actor.id is None else seen | found.filter(project=None, created_by=actor.login)


def _is_own(by: Actor, session: PrearchiveSession) -> bool:
    """Whoever brought data that belong to no project may look after them until they do."""
    return by.id is not None and session.project is None and session.created_by == by.login


def forget_project(project: str, by: Actor) -> None:
    """A project is deleted: so is what waits for it, and what was kept aside while its sessions were archived. Called inside that
    transaction."""
    objects = Received.objects.filter(session__project=project, state__in=(ObjectState.WAITING, ObjectState.SUPERSEDED))
    stored_bytes.discard_later(list(objects.values_list("object", flat=True)))
    objects.update(state=ObjectState.DELETED, reason=f"Deleted with its project by {by.login}.")
    for session in PrearchiveSession.objects.filter(project=project).exclude(state__in=ENDED):
        session.state, session.deadline = SessionState.DELETED, None
        work.save(session)
