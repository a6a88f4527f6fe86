"""Forms for custom fields: for the whole site or for some projects. Answers are the custom field named by the form's UUID."""
from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from scanhouse.access import policy
from scanhouse.access.actors import SYSTEM, Actor
from scanhouse.access.policy import Action
from scanhouse.errors import Forbidden, Invalid, NotFound

from . import history, projects
from .models import Form, FormPlace, FormStatus, Project
from .types import REGISTRY

MANAGERS = "CustomFormManager"
MAX_ORDER = 1_000_000
MAX_CONTENTS = 1 << 20
"""Characters of a form as JSON; one with hundreds of questions has 200 000."""
MAX_PLACES = 5000
_TITLE = re.compile(r"[^<>&;{}\\\"\x00-\x1f]{1,255}")
_ROW = re.compile(r"(\d{1,18})-(\d{1,18})", re.ASCII)
# Tables by what things of a type are kept in; the row's own project, through the session for scans.
_TABLES = {
    "xnat:projectData": ("records_project x", "x.id"), "xnat:subjectData": ("records_subject x", "x.project_id"),
    "xnat:imageScanData": ("records_scan x JOIN records_experiment s ON s.key = x.session_id", "s.project_id"),
    "xnat:experimentData": ("records_experiment x", "x.project_id"),
}


def is_manager(actor: Actor) -> bool:
    return actor.is_admin or MANAGERS in actor.roles


def row_id(place: FormPlace) -> str:
    """How clients name a form at a place: its key, and that of the place."""
    return f"{place.form_id}-{place.pk}"


def find(row: str) -> FormPlace:
    """The place of that row ID. Raises Invalid for what is no such ID, and for one that is not there."""
    found = _ROW.fullmatch(row)
    place = FormPlace.objects.select_related("form").filter(pk=int(found[2]), form_id=int(found[1])).first() if found else None
    if place is None:
        raise Invalid(f"{row[:100]!r} is no form at a place. Take the ID from the list of forms.")
    return place


def _held(rows: Iterable[str]) -> list[FormPlace]:
    """The places of those row IDs as they are when nobody else decides about where these forms apply, until the end of the transaction."""
    wanted = list(rows)
    forms = sorted({find(row).form_id for row in wanted})
    list(Form.objects.select_for_update(no_key=True).filter(pk__in=forms).order_by("pk"))
    return [find(row) for row in wanted]


def everything(project: str | None = None) -> list[Form]:
    """All forms with their places, or those of the site and of one project, newest last."""
    forms = Form.objects.prefetch_related("places").order_by("id")
    if project:
        forms = forms.filter(Q(places__project=project) | Q(places__project=None)).distinct()
    return list(forms)


@transaction.atomic
def save(
    element: str, title: str, contents: Mapping[str, Any], *, project_ids: Iterable[str] | None, order: int, row: str = "", by: Actor,
    reason: str | history.Why = "",
) -> Form:
    """A new form, or a change of the one at `row`. `project_ids`: None for the whole site. For those who manage forms."""
    _managers(by)
    if not _TITLE.fullmatch(title.strip()):
        raise Invalid("A form needs a title of up to 255 characters, without markup.")
    if len(json.dumps(contents)) > MAX_CONTENTS:
        raise Invalid(f"A form has at most {MAX_CONTENTS} characters.")
    _order(order)
    kind, wanted = REGISTRY.element(element).name, None if project_ids is None else sorted(set(project_ids))
    if wanted is not None and (not wanted or len(wanted) > MAX_PLACES):
        raise Invalid("Say for which projects the form is, or that it is for the whole site.")
    known = Project.objects.filter(id__in=wanted or ()).values_list("id", flat=True)
    if wanted is not None and set(wanted) != set(known):
        raise Invalid("There is no such project. Choose projects of this site.")
    facts = {"element": kind, "title": title.strip(), "contents": dict(contents), "display_order": order}
    if row:
        form = _held([row])[0].form
        Form.objects.filter(pk=form.pk).update(**facts)
        form.refresh_from_db()
        return form
    form = Form.objects.create(created_by=by.login, **facts)
    FormPlace.objects.bulk_create([FormPlace(form=form, project_id=project) for project in (wanted if wanted is not None else [None])])
    history.note(by, action="made form", thing=None, reason=reason, changes={str(form.uuid): [None, form.title]})
    return form


@transaction.atomic
def set_status(rows: Iterable[str], status: FormStatus, *, by: Actor, reason: str | history.Why = "") -> None:
    """Enable or disable forms where they apply. For those who manage forms."""
    _managers(by)
    for row in rows:
        place = find(row)
        if place.status != status:
            FormPlace.objects.filter(pk=place.pk).update(status=status)
            history.note(by, action=f"{status} form", thing=None, reason=reason, changes={str(place.form.uuid): [place.status, str(status)]})


@transaction.atomic
def opt(row: str, project_ids: Iterable[str], *, out: bool, by: Actor, reason: str | history.Why = "") -> None:
    """Take projects out of a form, or in again. For those who manage forms, and owners of all the projects."""
    place = _held([row])[0]
    wanted = [id.strip() for id in project_ids]
    if not wanted or not all(wanted):
        raise Invalid("Say which projects.")
    # Who manages forms manages them for projects that he cannot see into as well.
    found = [projects.find(SYSTEM if is_manager(by) else by, id) for id in wanted]
    for project in found:
        if not is_manager(by):
            policy.require(by, Action.MANAGE, project)
        own = FormPlace.objects.filter(form=place.form, project=project).first()
        if own is None and out:
            FormPlace.objects.create(form=place.form, project=project, status=FormStatus.OPTED_OUT)
        elif own is not None and not out and place.project_id is None:
            own.delete()  # what applies to the site applies here again
        elif own is not None:
            FormPlace.objects.filter(pk=own.pk).update(status=FormStatus.OPTED_OUT if out else FormStatus.ENABLED)
        changes = {str(place.form.uuid): [not out, out]}
        history.note(by, action=f"opted {'out of' if out else 'in to'} form", thing=project, reason=reason, changes=changes)


@transaction.atomic
def promote(rows: Iterable[str], *, by: Actor, reason: str | history.Why = "") -> None:
    """Make forms of projects forms of the site. Raises Invalid for those that are already."""
    _managers(by)
    forms = {place.form_id: place.form for place in _held(rows)}
    for form in forms.values():
        if form.places.filter(project=None).exists():
            raise Invalid(f"The form {form.title} is one of the whole site already.")
        form.places.all().delete()
        FormPlace.objects.create(form=form)
        history.note(by, action="promoted form", thing=None, reason=reason, changes={str(form.uuid): ["project", "site"]})


@transaction.atomic
def set_order(form: str, order: int, *, by: Actor, reason: str | history.Why = "") -> None:
    """Where a form comes among the others. Raises Invalid for what is no UUID or too far from 0, NotFound."""
    _managers(by)
    try:
        key = uuid.UUID(form)
    except ValueError:
        raise Invalid(f"{form[:100]!r} is no UUID of a form.") from None
    _order(order)
    if not Form.objects.filter(uuid=key).update(display_order=order):
        raise NotFound("There is no such form.")
    history.note(by, action="ordered form", thing=None, reason=reason, changes={str(key): [None, order]})


@transaction.atomic
def remove(rows: Iterable[str], *, by: Actor, reason: str | history.Why = "") -> list[Form]:
    """Remove forms where they apply, and those that apply nowhere more altogether. Those with answers are disabled instead, and told."""
    _managers(by)
    kept = []
    for place in _held(rows):
        if has_data(place):
            FormPlace.objects.filter(pk=place.pk).update(status=FormStatus.DISABLED)
            kept.append(place.form)
        else:
            if place.project_id is None:
                place.form.places.filter(status=FormStatus.OPTED_OUT).delete()
            place.delete()
            if not place.form.places.exists():
                place.form.delete()
        history.note(by, action="removed form", thing=None, reason=reason, changes={str(place.form.uuid): [place.form.title, None]})
    return kept


def for_thing(element: str, project: str | None) -> list[Form]:
    """The forms to show for a thing of a type in a project, in their order; of equal ones the newest first."""
    kind = REGISTRY.element(element)
    general = [one.name for one in kind.lineage]
    found: QuerySet[Form] = Form.objects.filter(element__in=general, places__status=FormStatus.ENABLED)
    if project:
        found = found.filter(Q(places__project=None) | Q(places__project=project)).exclude(
            pk__in=FormPlace.objects.filter(project=project).exclude(status=FormStatus.ENABLED).values("form")
        )
    else:
        found = found.filter(places__project=None)
    return list(found.distinct().order_by("display_order", "-id"))


def has_data(place: FormPlace) -> bool:
    """Whether something has an answer to the form at a place. An empty set of answers is none."""
    return bool(with_data([place]))


def with_data(places: Iterable[FormPlace]) -> set[int]:
    """Keys of the places whose forms have answers there. One look-up by index for each form."""
    found: set[int] = set()
    with connection.cursor() as cursor:
        for place in places:
            element = REGISTRY.element(place.form.element)
            kind = next((name for name in _TABLES if element.is_a(name)), None)
            if kind is None:
                continue
            table, project = _TABLES[kind]
            field = "x.doc -> 'custom_fields'"
            terms = ["x.doc ? 'custom_fields'", f"({field}) ? %(form)s", f"({field} -> %(form)s) NOT IN ('{{}}', 'null', '[]', '\"\"')"]
            if place.project_id is not None:
                terms.append(f"{project} = %(project)s")
            statement = f"SELECT 1 FROM {table} WHERE {' AND '.join(terms)} LIMIT 1"  # noqa: S608 - texts of ours
            cursor.execute(statement, {"form": str(place.form.uuid), "project": place.project_id})
            if cursor.fetchone():
                found.add(place.pk)
    return found


def _order(order: int) -> None:
    if not -MAX_ORDER <= order <= MAX_ORDER:
        raise Invalid(f"The display order is a whole number from -{MAX_ORDER} to {MAX_ORDER}.")


def _managers(by: Actor) -> None:
    if not is_manager(by):
        raise Forbidden(f"Forms are managed by administrators and by users with the role {MANAGERS}.")


@projects.on_delete
def _remove_with_project(project: str, by: Actor) -> None:
    """Forms that apply in no other project go with it."""
    FormPlace.objects.filter(project=project).delete()
    Form.objects.filter(places=None).delete()
