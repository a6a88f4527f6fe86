"""When somebody last looked at a project: for lists of what one works on."""
from __future__ import annotations

from django.db.models.functions import Now

from scanhouse.access.actors import Actor

from .models import Project, Visit


def note(project: Project, *, by: Actor) -> None:
    """Somebody looks at a project's page."""
    if not by.is_guest:
        Visit.objects.update_or_create(login=by.login, project=project, defaults={"at": Now()})
