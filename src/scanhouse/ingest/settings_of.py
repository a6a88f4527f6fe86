"""Preferences of site and project that ingest follows, as values."""
from __future__ import annotations

from scanhouse.ingest.build import Settings
from scanhouse.ingest.file_names import Naming
from scanhouse.records import configs, preferences


def building(project: str | None) -> Settings:
    """How sessions of this project are built."""
    naming = Naming(
        template=preferences.get("dicomFileNameTemplate"),
        split_secondary=preferences.get("separateSecondaryDicomOnArchive"),
        by_name=not preferences.get("useSopInstanceUidToUniquelyIdentifyDicom"),
    )
    return Settings(
        naming=naming,
        pet_mr=(configs.text("separatePETMR", "config", project=project, inherit=True) or "").strip(),
    )
