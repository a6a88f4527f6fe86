"""Steps of a survey from state to state: each under the lock of its row, and only from the state that it is meant for."""
from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from .models import OPEN_SURVEYS, Survey, SurveyState


def begin(key: int, state: SurveyState, next: SurveyState) -> Survey | None:
    """The survey that a job is about, moved on; None when it is not its turn any more. A job that was killed begins again."""
    with transaction.atomic():
        survey = locked(key)
        if survey is None or survey.state not in (state, next):
            return None
        if survey.resource_id is None:
            close(survey, SurveyState.RESOURCE_DELETED)
            return None
        survey.state = next
        survey.save()
    return survey


def end(key: int, during: SurveyState, state: SurveyState, **results: Any) -> None:
    """What a job came to; dropped when the survey is not `during` any more, as after it was cancelled."""
    with transaction.atomic():
        survey = locked(key)
        if survey is None or survey.state != during:
            return
        for name, value in results.items():
            setattr(survey, name, value)
        if state in OPEN_SURVEYS:
            survey.state = state
            survey.save()
        else:
            close(survey, state)


def close(survey: Survey, state: SurveyState) -> None:
    """The end of a survey that the caller has locked."""
    survey.state, survey.closed_at = state, timezone.now()
    survey.save()


def locked(key: int) -> Survey | None:
    """The survey, locked until the transaction ends; None where it has gone with its project."""
    assert connection.in_atomic_block
    return Survey.objects.select_for_update(of=("self",)).select_related("project", "resource").filter(key=key).first()
