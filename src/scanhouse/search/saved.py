"""Saved searches: of their users, or of a project (`tag`), whose owners change them and whose people see them."""
from __future__ import annotations

import secrets
from dataclasses import replace

from django.db import transaction
from django.db.models import Q

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action, Place
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import history, naming, projects
from scanhouse.records.types import REGISTRY

from . import documents
from .documents import SearchDocument
from .models import SavedSearch

MOST_PER_USER = 1000


def visible(actor: Actor, *, tag: str | None = None, user: str | None = None, everything: bool = False) -> list[SavedSearch]:
    """One's own and public ones that are of no project; with `tag` those of a project. Administrators may see others', or all."""
    found = SavedSearch.objects.order_by("id")
    if everything and actor.is_admin:
        return list(found)
    if tag is not None:
        policy.require(actor, Action.ENTER, Place(tag))
        return list(found.filter(tag=tag))
    login = user if user is not None and actor.is_admin else actor.login
    return list(found.filter(tag="").filter(Q(secure=False) | Q(users__contains=[login])))


def find(actor: Actor, id: str) -> SavedSearch:
    """A saved search. Raises NotFound, and Forbidden for one that is for others."""
    found = SavedSearch.objects.filter(pk=id).first()
    if found is None:
        raise NotFound("There is no such search.")
    if found.tag:
        if not policy.allowed(actor, Action.ENTER, Place(found.tag)):
            raise NotFound("There is no such search.")
    elif found.secure and not actor.is_admin and actor.login not in found.users:
        raise Forbidden("This search is for other users.")
    return found


def document(found: SavedSearch) -> SearchDocument:
    """The document of a saved search, with who it belongs to."""
    return replace(documents.parse(found.document.encode()), id=found.id, users=tuple(found.users))


@transaction.atomic
def put(id: str, wanted: SearchDocument, *, as_new: bool = False, by: Actor, reason: str | history.Why = "") -> SavedSearch:
    """Save a search, or change one of one's own; those of a project are for its owners. `as_new`: under an ID of its own.

    Raises UnknownElement for a type that there is not.
    """
    if by.is_guest:
        raise Forbidden("Sign in to save searches.")
    root = REGISTRY.element(wanted.root).name
    id = f"xs{secrets.token_hex(10)}" if as_new or not id else id
    if len(id) > documents.MAX_NAME or id.startswith("@"):
        raise Invalid(f"The ID of a saved search has up to {documents.MAX_NAME} characters and does not begin with '@'.")
    naming.lock(f"search:{id}")
    existing = SavedSearch.objects.filter(pk=id).first()
    for project in {wanted.tag, existing.tag if existing else ""} - {""}:
        policy.require(by, Action.MANAGE, Place(project))
    if existing is not None and not existing.tag and not by.is_admin and by.login not in existing.users:
        raise Forbidden("This search is another user's. Save yours under another ID.")
    if existing is None and SavedSearch.objects.filter(created_by=by.login).count() >= MOST_PER_USER:
        raise Invalid(f"You have saved {MOST_PER_USER} searches. Delete some first.")
    users = sorted({*wanted.users, *(existing.users if existing else [by.login])})
    made = existing or SavedSearch(id=id, created_by=by.login)
    made.root, made.tag, made.users, made.secure = root, wanted.tag, users, bool(wanted.secure)
    made.brief_description, made.description = wanted.brief_description, wanted.description
    made.document = documents.to_xml(replace(wanted, id=id, users=tuple(users))).decode()
    made.save()
    history.note(by, action="saved search", thing=None, reason=reason, changes={f"search/{id}": [None, root]})
    return made


@transaction.atomic
def delete(id: str, *, by: Actor, reason: str | history.Why = "") -> None:
    """Take oneself off a search; with its last user it is gone. Those of a project are deleted by its owners."""
    found = find(by, id)
    if found.tag:
        policy.require(by, Action.MANAGE, Place(found.tag))
    elif not by.is_admin and by.login not in found.users:
        raise Forbidden("This search is another user's.")
    rest = [login for login in found.users if login != by.login]
    if rest and len(rest) < len(found.users) and not found.tag:
        SavedSearch.objects.filter(pk=id).update(users=rest)
        return
    history.note(by, action="deleted search", thing=None, reason=reason, changes={f"search/{found.id}": [found.root, None]})
    found.delete()


@projects.on_delete
def _remove_with_project(project: str, by: Actor) -> None:
    SavedSearch.objects.filter(tag=project).delete()
