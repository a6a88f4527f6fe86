"""Resources, files and what is derived from DICOM files on the way in (design 4.4, 4.7)."""
from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from scanhouse.access.scope import Scope

from .experiments import Experiment, Reconstruction, Scan
from .projects import Project
from .subjects import Subject


class Resource(models.Model):
    """A named folder of files. It hangs off exactly one owner; `direction` is `in` or `out` on assessors and reconstructions."""

    key = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, null=True, on_delete=models.CASCADE, related_name="resources")
    subject = models.ForeignKey(Subject, null=True, on_delete=models.CASCADE, related_name="resources")
    experiment = models.ForeignKey(Experiment, null=True, on_delete=models.CASCADE, related_name="resources")
    scan = models.ForeignKey(Scan, null=True, on_delete=models.CASCADE, related_name="resources")
    reconstruction = models.ForeignKey(Reconstruction, null=True, on_delete=models.CASCADE, related_name="resources")
    direction = models.CharField(max_length=3, blank=True)
    label = models.CharField(max_length=255)
    element = models.CharField(max_length=255, default="xnat:resourceCatalog")
    format = models.CharField(max_length=255, blank=True)
    content = models.CharField(max_length=255, blank=True)
    description = models.TextField(blank=True)
    note = models.TextField(blank=True)
    uid = models.CharField(max_length=64, blank=True, help_text="Series Instance UID of a DICOM resource")
    tags = models.JSONField(default=list)
    derived_from = models.JSONField(null=True, help_text="From what, by what, with which parameters")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255, blank=True)
    modified_at = models.DateTimeField(db_default=Now())

    scope: ClassVar[Scope] = Scope(through=("project", "subject", "experiment", "scan", "reconstruction"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="records_resource_one_owner",
                condition=models.expressions.RawSQL(
                    "num_nonnulls(project_id, subject_id, experiment_id, scan_id, reconstruction_id) = 1", (), models.BooleanField()
                ),
            ),
            *(
                models.UniqueConstraint(
                    fields=[owner, "direction", "label"], name=f"records_resource_{owner}", condition=models.Q(**{f"{owner}__isnull": False})
                )
                for owner in ("project", "subject", "experiment", "scan", "reconstruction")
            ),
        ]


class File(models.Model):
    """A file: a path inside its resource, and the stored object that holds its bytes. Renaming touches this row only.

    `object` is the SHA-256 in hexadecimal, the key in the object store; `md5` in hexadecimal is XNAT's `digest`.
    """

    key = models.BigAutoField(primary_key=True)
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=1024, db_collation="C", help_text="Compared byte by byte, so that an index finds what is below a folder")
    object = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    md5 = models.CharField(max_length=32, blank=True)
    crc32 = models.BigIntegerField()
    content = models.CharField(max_length=255, blank=True)
    format = models.CharField(max_length=255, blank=True)
    description = models.TextField(blank=True)
    tags = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255, blank=True)
    modified_at = models.DateTimeField(db_default=Now())

    scope: ClassVar[Scope] = Scope(through=("resource",))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["resource", "path"], name="records_file_path")]


class Instance(models.Model):
    """What readers need of one DICOM file in a scan. Offsets and lengths are bytes in the stored object."""

    file = models.OneToOneField(File, primary_key=True, on_delete=models.CASCADE, related_name="instance")
    scan = models.ForeignKey(Scan, on_delete=models.CASCADE, related_name="instances")
    sop_instance_uid = models.CharField(max_length=64, db_index=True)
    sop_class_uid = models.CharField(max_length=64)
    transfer_syntax_uid = models.CharField(max_length=64)
    instance_number = models.IntegerField(null=True)
    rows = models.IntegerField(null=True)
    columns = models.IntegerField(null=True)
    bits_allocated = models.IntegerField(null=True)
    number_of_frames = models.IntegerField(default=1)
    pixel_offset = models.BigIntegerField(null=True)
    pixel_length = models.BigIntegerField(null=True)
    frame_table = models.BinaryField(null=True, help_text="dicom.frames.FrameTable.pack(); null where frames follow from rows and columns")

    scope: ClassVar[Scope] = Scope(through=("scan",))

    class Meta:
        indexes = [models.Index(fields=["scan", "instance_number"])]


class SeriesIndex(models.Model):
    """One DICOM series of a scan, ready to send: QIDO attributes, and the metadata of all its instances as gzipped DICOM JSON."""

    scan = models.OneToOneField(Scan, primary_key=True, on_delete=models.CASCADE, related_name="series_index")
    study_uid = models.CharField(max_length=64, db_index=True)
    series_uid = models.CharField(max_length=64, db_index=True)
    modality = models.CharField(max_length=16, blank=True)
    attributes = models.JSONField(default=dict, help_text="Attributes of study and series by DICOM keyword, for QIDO-RS")
    metadata = models.BinaryField(null=True, help_text="Of the instances counted in `instances`, the newest of them `newest`")
    instances = models.IntegerField(default=0)
    newest = models.BigIntegerField(default=0, help_text="Highest file key among them: tells whether the metadata are still true")
    built_at = models.DateTimeField(db_default=Now())

    scope: ClassVar[Scope] = Scope(through=("scan",))


class StudyIndex(models.Model):
    """What an image session is searched by as a study (QIDO-RS, C-FIND). Counts are taken from its series when they are shown."""

    session = models.OneToOneField(Experiment, primary_key=True, on_delete=models.CASCADE, related_name="study_index")
    study_uid = models.CharField(max_length=64, db_index=True)
    patient_id = models.CharField(max_length=255, blank=True, db_index=True)
    patient_name = models.CharField(max_length=400, blank=True, help_text="Without case and accents (dicom.matching.folded)")
    accession_number = models.CharField(max_length=64, blank=True, db_index=True)
    study_date = models.CharField(max_length=8, blank=True, db_index=True)
    attributes = models.JSONField(default=dict, help_text="By DICOM keyword")

    scope: ClassVar[Scope] = Scope(through=("session",))

    class Meta:
        indexes = [models.Index(fields=["patient_name"], name="records_study_name", opclasses=["varchar_pattern_ops"])]
