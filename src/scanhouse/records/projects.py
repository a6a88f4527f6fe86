"""Projects: create, change, delete, find; their names, settings and favourites."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from scanhouse.access import groups, policy
from scanhouse.access.actors import Actor
from scanhouse.access.models import Accessibility
from scanhouse.access.policy import Action
from scanhouse.errors import Forbidden, Invalid
from scanhouse.schema.errors import InvalidValue

from . import bytes as stored
from . import held, history, investigators, naming, preferences, removal, sql
from . import values as typed
from .errors import IdSpent, IdTaken, NameTaken, StillNeeded
from .identifiers import check_project_id
from .models import Experiment, Favorite, History, Investigator, Project, ProjectAlias, Subject
from .project_settings import SETTINGS

Person = Investigator | int | str | None
UNCHANGED: Any = object()
"""Says that an argument was not given, where None means something."""

Hook = Callable[[str, Actor], None]
_on_delete: list[Hook] = []


def on_delete(hook: Hook) -> Hook:
    """Register what else goes with a project: called with its ID inside the transaction, before its rows are removed."""
    _on_delete.append(hook)
    return hook


def find(actor: Actor, ref: str) -> Project:
    """The project of that ID or alias, without case. Raises NotFound alike for what is missing and what may not be seen."""
    with connection.cursor() as cursor:
        cursor.execute(sql.PROJECTS_NAMED, {"ref": ref})
        ids = [id for id, in cursor.fetchall()]
    return policy.first_allowed(actor, Project.objects.filter(id__in=ids) if ids else (), model=Project)


@transaction.atomic
def create(
    id: str, *, values: Mapping[str, Any] | None = None, aliases: Iterable[str] = (), accessibility: str = Accessibility.PRIVATE,
    pi: Person = UNCHANGED, people: Iterable[Person] | None = None, by: Actor, reason: str | history.Why = "",
) -> Project:
    """A new project; whoever creates it becomes its owner. Without name and secondary ID it goes by its ID.

    Raises Forbidden, IllegalName, IdTaken, NameTaken, IdSpent.
    """
    _may_create(by)
    check_project_id(id)
    project = Project(id=id, name=id, secondary_id=id, created_by=by.login, prearchive_code=preferences.get("defaultProjectAutoArchiveSetting"))
    if accessibility not in Accessibility.values:
        raise Invalid(f"{accessibility[:50]!r} is no accessibility. It is one of {', '.join(Accessibility.values)}.")
    naming.lock(f"project:{id.lower()}")
    # An ID names one thing. That of a hidden session is refused in the words for a hidden project, so nothing is given away.
    if Project.objects.filter(id__iexact=id).exists() or any(kind.objects.filter(id=id).exists() for kind in (Subject, Experiment)):
        raise IdTaken("project", id)
    if not by.is_admin and History.objects.filter(thing=id, kind=history.element_of(project), action="deleted").exists():
        raise IdSpent(id)
    changed = _apply(project, values or {}, aliases=aliases, pi=pi, people=people)
    groups.make_standard(id, owner=by, accessibility=Accessibility(accessibility))
    history.note(by, action="created", thing=project, reason=reason, changes=changed)
    return project


@transaction.atomic
def change(
    project: Project, values: Mapping[str, Any], *, replace: bool = False, aliases: Iterable[str] | None = None, pi: Person = UNCHANGED,
    people: Iterable[Person] | None = None, by: Actor, reason: str | history.Why = "",
) -> Project:
    """Change what `values` names; `aliases` are added, and with `replace` they are all there are. Its ID never changes."""
    policy.require(by, Action.EDIT, project)
    project = held.row(project)
    changed = _apply(project, values, aliases=aliases, pi=pi, people=people, replace=replace)
    history.note(by, action="changed", thing=project, reason=reason, changes=changed)
    return project


def put(id: str, *, values: Mapping[str, Any] | None = None, by: Actor, accessibility: str | None = None, **more: Any) -> tuple[Project, bool]:
    """Change the project of that ID, or create it; says whether it was created. `more`: as for `create`."""
    existing = Project.objects.filter(id=id).first()
    if existing is None:
        return create(id, values=values, by=by, accessibility=accessibility or Accessibility.PRIVATE, **more), True
    if not policy.allowed(by, Action.READ, existing):
        raise IdTaken("project", id)  # as it would be told to whoever creates one, so nothing is given away
    return change(existing, values or {}, by=by, **more), False


@transaction.atomic
def delete(project: Project, *, by: Actor, reason: str | history.Why = "") -> None:
    """Remove a project with all its data, groups, settings and what waits in its prearchive. Bytes follow after the grace period.

    What other projects have on its subjects and sessions goes too, where `by` may delete it there; else StillNeeded.
    """
    policy.require(by, Action.DELETE, project)
    project = held.row(project)  # nobody adds to it meanwhile
    below = Experiment.objects.filter(Q(subject__project=project) | Q(session__project=project))
    require_no_strangers(below.exclude(project=project), what=f"Project {project.id}", by=by)
    for hook in _on_delete:
        hook(project.id, by)
    history.note(by, action="deleted", thing=project, reason=reason, changes={"name": [project.name, None]})
    with held.removing(f"Project {project.id}"):
        stored.discard_later(removal.remove_project(project))


def require_no_strangers(strangers: Any, *, what: str, by: Actor) -> None:
    """That `by` may delete all of these experiments of other projects, which hang on what is to be deleted. Raises StillNeeded."""
    kept = {one.project_id for one in strangers if not policy.allowed(by, Action.DELETE, one)}
    if kept:
        raise StillNeeded(what, sorted(kept))


@transaction.atomic
def set_prearchive_code(project: Project, code: int, *, by: Actor, reason: str | history.Why = "") -> None:
    """What happens to what arrives: see PrearchiveCode; other numbers are kept and mean MANUAL."""
    _set_code(project, "prearchive_code", code, by, reason)


@transaction.atomic
def set_quarantine_code(project: Project, code: int, *, by: Actor, reason: str | history.Why = "") -> None:
    """Whether what is archived is quarantined first: 0 no, 1 yes."""
    _set_code(project, "quarantine_code", code, by, reason)


def settings(project: Project) -> dict[str, Any]:
    """All settings of a project by name: stored ones, else their defaults."""
    stored_ones: dict[str, Any] = project.settings
    return {name: setting.default for name, setting in SETTINGS.items()} | stored_ones


@transaction.atomic
def change_settings(project: Project, values: Mapping[str, Any], *, by: Actor, reason: str | history.Why = "") -> None:
    """Store settings of a project, all or none; None brings a default back. Raises Invalid for unknown names and wrong types."""
    policy.require(by, Action.MANAGE, project)
    project = held.row(project)
    before, after = dict(project.settings), dict(project.settings)
    for name, value in values.items():
        if name not in SETTINGS:
            raise Invalid(f"There is no setting {name[:100]!r} of projects. There are {', '.join(SETTINGS)}.")
        after.pop(name, None)
        if value is not None:
            try:
                after[name] = SETTINGS[name].typed(value)
            except (ValueError, TypeError):
                raise Invalid(f"The setting {name} holds {SETTINGS[name].type.__name__} values.") from None
    project.settings = after
    project.save(update_fields=["settings"])
    history.note(by, action="changed settings", thing=project, reason=reason, changes=history.changes(before, after))


def favorite(project: Project, *, by: Actor) -> None:
    """Mark a project for oneself."""
    policy.require(by, Action.READ, project)
    Favorite.objects.get_or_create(login=by.login, project=project)


def unfavorite(project: Project, *, by: Actor) -> None:
    """Take the mark off."""
    Favorite.objects.filter(login=by.login, project=project).delete()


def favorites(actor: Actor) -> QuerySet[Project]:
    """The projects that the actor marked and still sees."""
    return policy.visible(actor, Project.objects.filter(favorites__login=actor.login)).order_by("id")


def is_favorite(project: Project, actor: Actor) -> bool:
    """Whether the actor marked it."""
    return Favorite.objects.filter(login=actor.login, project=project).exists()


def _may_create(by: Actor) -> None:
    if by.is_guest:
        raise Forbidden("Sign in to create a project.")
    if not by.is_admin and not preferences.get("uiAllowNonAdminProjectCreation"):
        raise Forbidden("Only administrators create projects on this site. Ask one of them.")


def _set_code(project: Project, column: str, code: int, by: Actor, reason: str | history.Why) -> None:
    policy.require(by, Action.MANAGE, project)
    if not 0 <= code <= 99:
        raise Invalid(f"{column} is a number from 0 to 99.")
    held.row(project)
    before = getattr(project, column)
    setattr(project, column, code)
    project.save(update_fields=[column])
    history.note(by, action=f"set {column}", thing=project, reason=reason, changes=history.changes({column: before}, {column: code}))


def _apply(
    project: Project, values: Mapping[str, Any], *, aliases: Iterable[str] | None, pi: Person, people: Iterable[Person] | None,
    replace: bool = False,
) -> dict[str, list[Any]]:
    """Set and save everything that describes a project; what changed."""
    rest = {path: value for path, value in values.items() if path != "PI" and not path.startswith("PI/")}
    leader = {path[3:]: value for path, value in values.items() if path.startswith("PI/")}
    helpers, named = rest.pop("investigators/investigator", None), rest.pop("aliases/alias", None)
    before = typed.of(project) if not project._state.adding else {}
    typed.apply(project, rest, replace=replace)
    project.name, project.secondary_id = project.name or project.id, project.secondary_id or project.id
    wanted = _aliases([*(aliases or ()), *(item.get("alias", "") for item in named or ())])
    _claim_names(project, wanted)
    project.save(force_insert=project._state.adding)
    if replace and (aliases is not None or named is not None):
        project.aliases.exclude(alias__in=wanted).delete()
    present = {alias.lower() for alias in project.aliases.values_list("alias", flat=True)}
    ProjectAlias.objects.bulk_create(ProjectAlias(project=project, alias=alias) for alias in wanted if alias.lower() not in present)
    _set_people(project, pi, people, leader, helpers, replace)
    return history.changes(before, typed.of(project))


def _aliases(texts: Iterable[Any]) -> list[str]:
    """Aliases without repetition; XNAT also takes several in one text, separated by commas or blanks."""
    found: dict[str, str] = {}
    for text in texts:
        for alias in str(text).replace(",", " ").split():
            if len(alias) > 255:
                raise InvalidValue("xnat:projectData", "aliases/alias/alias", "at most 255 characters")
            found.setdefault(alias.lower(), alias)
    return list(found.values())


def _claim_names(project: Project, aliases: list[str]) -> None:
    """That no other project answers to any of these names, until the end of the transaction: see `naming.claim` for the locks."""
    names = {name.lower(): name for name in (project.id, project.name, project.secondary_id, *aliases)}
    for lowered in sorted(names):
        naming.lock(f"project:{lowered}")
    for lowered, name in names.items():
        same = Q(id__iexact=lowered) | Q(name__iexact=lowered) | Q(secondary_id__iexact=lowered) | Q(aliases__alias__iexact=lowered)
        if Project.objects.filter(same).exclude(pk=project.pk).exists():
            raise NameTaken(name)


def _set_people(
    project: Project, pi: Person, people: Iterable[Person] | None, leader: Mapping[str, Any], helpers: Any, replace: bool
) -> None:
    if pi is not UNCHANGED:
        project.principal_investigators.set([_person(pi)] if pi else [])
    elif leader.get("firstname") or leader.get("lastname"):
        current = project.principal_investigators.first()
        known = {"firstname": current.firstname, "lastname": current.lastname} if current else {}
        project.principal_investigators.set([investigators.matching({**known, **leader})])
    elif replace:
        project.principal_investigators.clear()
    if people is not None:
        project.investigators.set([_person(one) for one in people if one])
    elif helpers is not None:
        project.investigators.set([investigators.matching(one) for one in helpers])
    elif replace:
        project.investigators.clear()


def _person(person: Person) -> Investigator:
    return person if isinstance(person, Investigator) else investigators.find(person or "")
