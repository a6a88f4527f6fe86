"""The ledger of received objects, the sessions that wait in the prearchive, uploads, and DICOM receivers (design 4.6)."""
from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from scanhouse.access.rule import PREARCHIVE
from scanhouse.access.scope import Scope


class SessionState(models.TextChoices):
    """States of a session in the prearchive. `ingest/states.py` has the moves and the deadlines."""

    RECEIVING = "RECEIVING"
    BUILDING = "BUILDING"
    READY = "READY"
    ARCHIVING = "ARCHIVING"
    MOVING = "MOVING"
    DELETING = "DELETING"
    CONFLICT = "CONFLICT"
    ERROR = "ERROR"
    ARCHIVED = "ARCHIVED"
    DELETED = "DELETED"


class PrearchiveSession(models.Model):
    """Objects of one study on their way into one project (null: unassigned). Open until archived or deleted; then kept as a record."""

    key = models.BigAutoField(primary_key=True)
    project = models.CharField(max_length=255, null=True, db_index=True)
    timestamp = models.CharField(max_length=20, help_text="yyyyMMdd_HHmmssSSS, the folder above it in XNAT's prearchive")
    folder = models.CharField(max_length=255, help_text="Last part of its address; the label cleaned")
    label = models.CharField(max_length=255)
    subject = models.CharField(max_length=255, blank=True)
    study_uid = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=SessionState.choices, default=SessionState.RECEIVING)
    reason = models.TextField(blank=True, help_text="Why it does not go on, and what to do")
    attempts = models.IntegerField(default=0)
    deadline = models.DateTimeField(null=True, help_text="When the state moves by itself; null in states that wait for a person")
    auto_archive = models.BooleanField(null=True, help_text="null: as the project's prearchive code says")
    overwrite = models.CharField(max_length=10, blank=True, help_text="'', append or delete")
    options = models.JSONField(default=dict, help_text="prevent_anon, SOURCE, VISIT, PROTOCOL, TIMEZONE, values to set")
    element = models.CharField(max_length=255, blank=True, help_text="Type of the session once built")
    doc = models.JSONField(default=dict, help_text="Session values once built; scans under scans/scan")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255)
    received_at = models.DateTimeField(db_default=Now(), help_text="When the newest object came")
    modified_at = models.DateTimeField(db_default=Now())
    archived_as = models.CharField(max_length=255, blank=True, help_text="Accession ID of the experiment it went into")

    scope: ClassVar[Scope] = Scope(element=PREARCHIVE, project="project")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "timestamp", "folder"], name="ingest_session_address", nulls_distinct=False,
                condition=~models.Q(state__in=["ARCHIVED", "DELETED"]),
            ),
            # Objects of one study under one label join the session that is open for them (states.OPEN), whoever brings them.
            models.UniqueConstraint(
                fields=["project", "study_uid", "folder"], name="ingest_session_open", nulls_distinct=False,
                condition=models.Q(state__in=["RECEIVING", "BUILDING", "READY", "CONFLICT", "ERROR"]),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "deadline"]),
            models.Index(fields=["study_uid"]),
        ]


class SessionLog(models.Model):
    """A line of a session's log in the prearchive."""

    session = models.ForeignKey(PrearchiveSession, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField(db_default=Now())
    entry = models.TextField()

    scope: ClassVar[Scope] = Scope(through=("session",))


class ObjectState(models.TextChoices):
    """Where a received object is. WAITING is in progress; the others are ends."""

    WAITING = "waiting", "In a session of the prearchive"
    ARCHIVED = "archived", "In the archive"
    SUPERSEDED = "superseded", "Another object took its place, by its UID or its file name; its bytes are kept"
    REJECTED = "rejected", "Not taken, for the reason given"
    DELETED = "deleted", "Deleted with its session by a person"


ON_THEIR_WAY = ("receiving", "queued", "reading", "building")
"""States of uploads that have not ended."""


class Upload(models.Model):
    """One archive or file sent over HTTP, and how far its taking in has come.

    An upload from the page is one too; the large files that are sent in pieces are its `parts`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    whole = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="parts", help_text="The upload that this is a part of")
    terms = models.JSONField(default=dict, help_text="Project, subject, session, and what then: as the person chose")
    modified = models.BigIntegerField(default=0, help_text="When the sender's file was changed last, in ms: with name and size it is known again")
    name = models.CharField(max_length=255, blank=True)
    size = models.BigIntegerField(default=0)
    state = models.CharField(max_length=12, default="receiving", help_text="receiving, queued, reading, building, done, failed")
    message = models.TextField(blank=True)
    complete = models.BooleanField(default=False, help_text="Everything in it was taken in or refused; false for what broke off")
    members = models.IntegerField(default=0)
    taken = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    foreign = models.IntegerField(default=0, help_text="Of the rejected ones, those that are no DICOM")
    transaction = models.CharField(max_length=255, blank=True, help_text="http-session-listener of XNAT's importer")
    result = models.JSONField(default=list, help_text="Addresses of the sessions it went into")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255)
    modified_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["transaction"]),
            # The clock looks for silent ones every second: of all that were ever sent, few are on their way.
            models.Index(fields=["modified_at"], name="ingest_upload_on_its_way", condition=models.Q(state__in=ON_THEIR_WAY)),
        ]


class CachedFile(models.Model):
    """A file that a user has put aside for a later import (XNAT: user cache). It goes after a few days."""

    login = models.CharField(max_length=255)
    resource = models.CharField(max_length=255)
    path = models.CharField(max_length=1024)
    object = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["login", "resource", "path"], name="ingest_cached_file_once")]
        indexes = [models.Index(fields=["created_at"])]


class Received(models.Model):
    """The ledger: one row for every object that reached us. Sums over `state` add up at any time.

    `object` is the key in the store (empty when nothing was kept). `text` holds header values by DICOM keyword.
    """

    key = models.BigAutoField(primary_key=True)
    session = models.ForeignKey(PrearchiveSession, null=True, on_delete=models.PROTECT, related_name="received", db_index=False)
    upload = models.ForeignKey(Upload, null=True, on_delete=models.SET_NULL, related_name="received")
    state = models.CharField(max_length=10, choices=ObjectState.choices, default=ObjectState.WAITING)
    reason = models.TextField(blank=True)
    source = models.CharField(max_length=20, help_text="dicom, upload, session, stow")
    sender = models.CharField(max_length=255, blank=True, help_text="Calling AE title and address, or login")
    name = models.CharField(max_length=1024, blank=True, help_text="Name in the archive it came in")
    received_at = models.DateTimeField(db_default=Now())
    object = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0)
    crc32 = models.BigIntegerField(default=0)
    study_uid = models.CharField(max_length=64, blank=True)
    series_uid = models.CharField(max_length=64, blank=True)
    sop_instance_uid = models.CharField(max_length=64, blank=True)
    sop_class_uid = models.CharField(max_length=64, blank=True)
    transfer_syntax_uid = models.CharField(max_length=64, blank=True)
    modality = models.CharField(max_length=16, blank=True)
    series_number = models.IntegerField(null=True)
    instance_number = models.IntegerField(null=True)
    rows = models.IntegerField(null=True)
    columns = models.IntegerField(null=True)
    bits_allocated = models.IntegerField(null=True)
    samples_per_pixel = models.IntegerField(null=True)
    number_of_frames = models.IntegerField(default=1)
    pixel_offset = models.BigIntegerField(null=True)
    pixel_length = models.BigIntegerField(null=True)
    text = models.JSONField(default=dict)

    scope: ClassVar[Scope] = Scope(through=("session",))

    class Meta:
        constraints = [
            # The same object sent again changes nothing (promise P2); another object under the same UID gets its own row.
            models.UniqueConstraint(fields=["session", "sop_instance_uid", "object"], name="ingest_received_once",
                                    condition=models.Q(session__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["session", "series_uid"], name="ingest_received_series"),
            models.Index(fields=["state"], name="ingest_received_rejected", condition=models.Q(state="rejected")),
            # Which objects are still named from here (`referrers`).
            models.Index(fields=["object"], name="ingest_received_object", condition=models.Q(state__in=["waiting", "superseded"])),
        ]


class Receiver(models.Model):
    """A DICOM receiver: an AE title on a port, and how what it receives is treated (xnat-xapi: /xapi/dicomscp)."""

    ae_title = models.CharField(max_length=16)
    port = models.IntegerField()
    identifier = models.CharField(max_length=100, default="dicomObjectIdentifier")
    enabled = models.BooleanField(default=True)
    file_namer = models.CharField(max_length=1024, blank=True)
    custom_processing = models.BooleanField(default=False)
    direct_archive = models.BooleanField(default=False)
    anonymization_enabled = models.BooleanField(default=True)
    whitelist_enabled = models.BooleanField(default=False)
    whitelist = models.JSONField(default=list)
    routing_expressions_enabled = models.BooleanField(default=False)
    project_routing_expression = models.TextField(blank=True)
    subject_routing_expression = models.TextField(blank=True)
    session_routing_expression = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ae_title", "port"], name="ingest_receiver_once", condition=models.Q(enabled=True)),
        ]
