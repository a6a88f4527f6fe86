"""What surveys found is mended: files get their right names, and of several files of one instance one stays.

Only rows change: a renamed file keeps its bytes, and those of a removed one are set aside and kept with the survey.
"""
from __future__ import annotations

from django.db import transaction

from scanhouse.access import actors, policy
from scanhouse.access.actors import SYSTEM, Actor
from scanhouse.access.policy import Action
from scanhouse.errors import Conflict, ScanhouseError
from scanhouse.jobs.queue import task

from . import bytes as stored
from . import findings, history, moves, naming, projects, resources, surveys
from . import survey_steps as steps
from .models import File, Project, Resource, SetAside, Survey, SurveyState


class NotDivergent(Conflict):
    """The survey is in a state in which there is nothing to mend."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        super().__init__(f"Survey {survey.key} is {survey.state}: only divergent resources are mitigated.")


def request_all(project: Project, *, by: Actor, reason: str = "", comment: str = "") -> list[int]:
    """Have all that is divergent in a project mended; answers the surveys."""
    found = surveys.of_project(project, by=by, states=[SurveyState.DIVERGENT])
    with transaction.atomic():
        return [_queue(survey, by, reason, comment).key for survey in found.select_for_update(of=("self",))]


@transaction.atomic
def request(survey: Survey, *, by: Actor, reason: str = "", comment: str = "") -> Survey:
    """Have what a survey found mended. Raises NotDivergent."""
    policy.require(by, Action.MANAGE, survey.project)
    survey = Survey.objects.select_for_update(of=("self",)).get(key=survey.key)
    if survey.state != SurveyState.DIVERGENT:
        raise NotDivergent(survey)
    return _queue(survey, by, reason, comment)


def _queue(survey: Survey, by: Actor, reason: str, comment: str) -> Survey:
    survey.state, survey.mitigation_requester, survey.mender = SurveyState.QUEUED_FOR_MITIGATION, by.login, by.id
    survey.reason, survey.comment = reason[:4000], comment[:4000]
    survey.save()
    mend.defer(key=survey.key)
    return survey


@task(queue="index")
def mend(key: int) -> None:
    """Mend what a survey found, in one transaction, with the rights that its requester has now."""
    try:
        with transaction.atomic():
            _mend(key)
    except ScanhouseError as error:
        steps.end(key, SurveyState.QUEUED_FOR_MITIGATION, SurveyState.ERROR, message=str(error))


def _mend(key: int) -> None:
    survey = steps.begin(key, SurveyState.QUEUED_FOR_MITIGATION, SurveyState.QUEUED_FOR_MITIGATION)
    if survey is None or survey.resource is None or survey.found is None:
        return
    by = SYSTEM if survey.mender is None else actors.load_id(survey.mender)
    policy.require(by, Action.MANAGE, survey.project)
    resource = Resource.objects.select_related(*resources.WITH_OWNERS).get(pk=survey.resource.pk)
    naming.lock(f"files:{resource.pk}")
    there = {path: (age, key) for path, age, key in File.objects.filter(resource=resource).values_list("path", "key", "object")}
    plan = findings.plan(survey.found, there)
    why = history.Why(survey.reason or f"Mitigation of survey {survey.key}", comment=survey.comment)
    removed = moves.rearrange(resource, plan.moves, plan.removals, by=by, reason=why)
    SetAside.objects.bulk_create(
        [SetAside(survey=survey, path=file.path, object=file.object, size=file.size) for file in removed], batch_size=surveys.BATCH
    )
    done = {
        "moved": plan.moves, "removed": plan.removals, "retained": plan.retained,
        "errors": {path: list(error) for path, error in plan.errors.items()},
    }  # fmt: skip
    numbers = {"moved": len(plan.moves), "removed": len(plan.moves) + len(plan.removals), "errors": len(plan.errors)}
    if plan.errors:
        state, message = SurveyState.ERROR, f"{len(plan.errors)} files could not be mended; the report says why."
    else:
        state, message = SurveyState.NONCOMPLIANT if survey.found["non_actionable"] else SurveyState.CONFORMING, ""
    steps.end(key, SurveyState.QUEUED_FOR_MITIGATION, state, message=message, done=done, done_totals=numbers)


@stored.referrer("surveys")
def _set_aside(keys: list[str]) -> set[str]:
    return set(SetAside.objects.filter(object__in=keys).values_list("object", flat=True))


@projects.on_delete
def _forget(project: str, by: Actor) -> None:
    """What was set aside goes with its project."""
    stored.discard_later(SetAside.objects.filter(survey__project=project).values_list("object", flat=True))
