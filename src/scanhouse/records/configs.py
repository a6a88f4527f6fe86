"""Configuration: versioned texts under tool and path, for the site and for projects."""
from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.errors import Forbidden, Invalid, NotFound

from . import history, naming
from .models import ConfigEntry, Project

ENABLED, DISABLED = "enabled", "disabled"
MAX_CONTENTS = 10 << 20
"""Characters of one text: scripts and forms have thousands, lookup tables some hundred thousand."""


def find(tool: str, path: str = "", *, project: Project | None = None, version: int | None = None) -> ConfigEntry:
    """The newest version of an entry, or a certain one. Raises NotFound. Doors ask for READ on the project first."""
    found = versions(tool, path, project=project)
    entry = (found if version is None else found.filter(version=version)).first()
    if entry is None:
        raise NotFound(f"There is no configuration of {tool[:100]!r} at {path[:200]!r}.")
    return entry


def text(tool: str, path: str = "", *, project: Project | str | None = None, inherit: bool = False) -> str | None:
    """What is in force: the newest text where it is enabled, else None. `inherit`: of the site where the project has no entry."""
    home = project.id if isinstance(project, Project) else project or ""
    entry = ConfigEntry.objects.filter(project=home, tool=tool, path=path).order_by("-version").first()
    if entry is None and inherit and home:
        return text(tool, path)
    return entry.contents if entry is not None and entry.enabled else None


def versions(tool: str, path: str = "", *, project: Project | None = None) -> QuerySet[ConfigEntry]:
    """All versions of an entry, the newest first."""
    return ConfigEntry.objects.filter(project=_home(project), tool=tool, path=path).order_by("-version")


def entries(*, project: Project | None = None, tool: str | None = None) -> list[ConfigEntry]:
    """The newest version of every entry of the site or a project, by tool and path."""
    found = ConfigEntry.objects.filter(project=_home(project))
    if tool is not None:
        found = found.filter(tool=tool)
    return list(found.order_by("tool", "path", "-version").distinct("tool", "path"))


def tools(*, project: Project | None = None) -> list[str]:
    """The tools that have entries."""
    return list(ConfigEntry.objects.filter(project=_home(project)).order_by("tool").values_list("tool", flat=True).distinct())


@transaction.atomic
def put(
    tool: str, path: str, contents: str, *, project: Project | None = None, status: str | None = None, unversioned: bool = False,
    by: Actor, reason: str | history.Why = "",
) -> tuple[ConfigEntry, bool]:
    """Store a text as the next version; says whether it is the first. A new text is enabled unless `status` says otherwise.

    Equal contents make no new version. `unversioned`: replace the newest instead. For administrators, and owners of the project.
    """
    _may_write(by, project)
    if not tool or len(tool) > 255 or len(path) > 1024 or len(contents) > MAX_CONTENTS or "\x00" in contents:
        raise Invalid(f"A configuration has a tool (255 characters), a path (1024) and a text of at most {MAX_CONTENTS} characters.")
    enabled = _enabled(status) if status is not None else True
    naming.lock(f"config:{_home(project)}:{tool}:{path}")
    newest = versions(tool, path, project=project).first()
    if newest is not None and newest.contents == contents:
        if newest.enabled != enabled:
            set_status(tool, path, ENABLED if enabled else DISABLED, project=project, by=by, reason=reason)
            newest.enabled = enabled
        return newest, False
    facts = {"contents": contents, "enabled": enabled, "unversioned": unversioned, "created_by": by.login, "reason": history.reason_of(reason)}
    if newest is not None and unversioned:
        ConfigEntry.objects.filter(pk=newest.pk).update(**facts)
        newest.refresh_from_db()
        _note(by, "changed configuration", newest, project, reason)
        return newest, False
    entry = ConfigEntry.objects.create(project=_home(project), tool=tool, path=path, version=newest.version + 1 if newest else 1, **facts)
    _note(by, "changed configuration", entry, project, reason)
    return entry, newest is None


@transaction.atomic
def set_status(
    tool: str, path: str, status: str, *, project: Project | None = None, by: Actor, reason: str | history.Why = "",
) -> ConfigEntry:
    """Enable or disable the newest version. Raises NotFound, and Invalid for another status."""
    _may_write(by, project)
    enabled = _enabled(status)
    entry = find(tool, path, project=project)
    if entry.enabled != enabled:
        entry.enabled = enabled
        entry.save(update_fields=["enabled"])
        _note(by, f"{status} configuration", entry, project, reason)
    return entry


@transaction.atomic
def delete(tool: str, path: str, *, project: Project | None = None, by: Actor, reason: str | history.Why = "") -> int:
    """Remove an entry with all its versions; says how many."""
    _may_write(by, project)
    entry = find(tool, path, project=project)
    _note(by, "deleted configuration", entry, project, reason)
    number, _ = versions(tool, path, project=project).delete()
    return number


def _home(project: Project | None) -> str:
    return project.id if project is not None else ""


def _may_write(by: Actor, project: Project | None) -> None:
    if project is not None:
        policy.require(by, Action.MANAGE, project)
    elif not by.is_admin:
        raise Forbidden("Only administrators change the configuration of the site.")


def _enabled(status: str) -> bool:
    if status not in (ENABLED, DISABLED):
        raise Invalid(f"{str(status)[:50]!r} is no status of a configuration: it is enabled or disabled.")
    return status == ENABLED


def _note(by: Actor, action: str, entry: ConfigEntry, project: Project | None, reason: str | history.Why) -> None:
    changes = {f"{entry.tool}/{entry.path}": [entry.version - 1 or None, entry.version]}
    history.note(by, action=action, thing=project, reason=reason, changes=changes)
