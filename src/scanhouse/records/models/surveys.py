"""Surveys of DICOM resources: what was found in one, what was done about it, and the bytes that gave way."""
from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from scanhouse.access.scope import Scope

from .files import Resource
from .projects import Project


class SurveyState(models.TextChoices):
    """States of a survey; the words are XNAT's. Those of `OPEN_SURVEYS` may go on, the others are ends."""

    QUEUED_FOR_SURVEY = "QUEUED_FOR_SURVEY"
    SURVEYING = "SURVEYING"
    DIVERGENT = "DIVERGENT"
    """Something was found that may be mended, or that a person should look at."""
    QUEUED_FOR_MITIGATION = "QUEUED_FOR_MITIGATION"
    CONFORMING = "CONFORMING"
    NONCOMPLIANT = "NONCOMPLIANT"
    """Several files are one instance and deserve different names: only a person can say which is right."""
    RESOURCE_DELETED = "RESOURCE_DELETED"
    CANCELED = "CANCELED"
    ERROR = "ERROR"


OPEN_SURVEYS = (SurveyState.QUEUED_FOR_SURVEY, SurveyState.SURVEYING, SurveyState.DIVERGENT, SurveyState.QUEUED_FOR_MITIGATION)


class Survey(models.Model):
    """A survey of one resource. Paths in it are paths in the resource. `found` and `done` are documents of `records.findings`; their
    totals stay when they are cleaned away."""

    key = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="surveys")
    resource = models.ForeignKey(Resource, null=True, on_delete=models.SET_NULL, related_name="surveys")
    about = models.JSONField(help_text="Where the resource was when the survey was asked for: subject, session, scan, labels, folder")
    state = models.CharField(max_length=24, choices=SurveyState.choices, default=SurveyState.QUEUED_FOR_SURVEY)
    message = models.TextField(blank=True, help_text="Why it ended in an error, and what to do")
    requester = models.CharField(max_length=255)
    mitigation_requester = models.CharField(max_length=255, blank=True)
    mender = models.BigIntegerField(null=True, help_text="Key of the account that asked for mitigation; null: the archive itself")
    reason = models.TextField(blank=True)
    comment = models.TextField(blank=True)
    requested_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    found = models.JSONField(null=True)
    found_totals = models.JSONField(null=True)
    done = models.JSONField(null=True)
    done_totals = models.JSONField(null=True)

    scope: ClassVar[Scope] = Scope(through=("project",))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resource"], name="records_survey_open",
                condition=models.Q(state__in=["QUEUED_FOR_SURVEY", "SURVEYING", "DIVERGENT", "QUEUED_FOR_MITIGATION"]),
            ),
        ]
        indexes = [models.Index(fields=["project", "state"], name="records_survey_project")]


class SetAside(models.Model):
    """A file that mitigation took out of its resource. Its bytes are kept as long as the survey is."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="set_aside")
    path = models.CharField(max_length=1024)
    object = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())
