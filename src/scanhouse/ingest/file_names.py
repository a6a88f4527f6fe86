"""Which objects of a series count, and under which names: from the site's template, from the upload, or from both where names collide.

Pure: rows of the ledger in, names out. What XNAT would overwrite in its folders is answered as kept aside, with the reason.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from scanhouse.dicom.identity import DEFAULT_FILE_NAME, file_name
from scanhouse.dicom.sop_classes import is_primary
from scanhouse.ingest.merge import NewFile
from scanhouse.ingest.models import Received

PRIMARY, SECONDARY = RESOURCES = ("DICOM", "secondary")
"""Labels of the resources that DICOM goes to."""
SESSION = "session"
"""Source of objects that XNAT's session importer brought: their files keep their names, and one that is repeated gets a number."""
NEWER = "Another object with the same SOP Instance UID and other content came later. Its bytes are kept."
SAME_NAME = (
    "The file name template gives another object, which came later, the same name. Its bytes are kept. Until the session is archived, "
    "another template and a rebuild bring it back."
)


@dataclass(frozen=True)
class Naming:
    """Preferences of the site. `by_name`: objects are the same one only under the same name (see `merge.New`)."""

    template: str = DEFAULT_FILE_NAME
    split_secondary: bool = True
    by_name: bool = False


def choose(rows: Sequence[Received], naming: Naming) -> tuple[dict[int, NewFile], dict[int, str]]:
    """Files of one series by the key of their row, and the rows that gave way to others with the reason. `rows` are in the order in which
    they came: who came first keeps his own name, and of one instance the newest counts.
    """
    aside: dict[int, str] = {}
    if not naming.by_name:
        latest = {_instance(row): row.key for row in rows}
        aside = {row.key: NEWER for row in rows if latest[_instance(row)] != row.key}
    holders: dict[tuple[str, str], Received] = {}
    repeated: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row.key in aside:
            continue
        resource = PRIMARY if not naming.split_secondary or is_primary(row.sop_class_uid) else SECONDARY
        place = _place(row, resource, naming, holders, repeated)
        if (holder := holders.get(place)) is not None:
            aside[holder.key] = NEWER if _instance(holder) == _instance(row) else SAME_NAME
        holders[place] = row
    files = {
        row.key: NewFile(row.key, resource, name, row.sop_instance_uid, row.sop_class_uid, row.object)
        for (resource, name), row in holders.items()
    }
    return files, aside


def told(reasons: Collection[str]) -> str:
    """What became of objects that gave way to others, for these reasons."""
    newer, named = (sum(reason == why for reason in reasons) for why in (NEWER, SAME_NAME))
    sentences = []
    if newer == 1:
        sentences.append("1 object came again with other content; the newer one counts, the older one is kept aside.")
    elif newer:
        sentences.append(f"{newer} objects came again with other content; the newest count, the others are kept aside.")
    if named:
        sentences.append(
            f"The file name template gives several objects one name; the newest count, {named} are kept aside. "
            "Another template and a rebuild bring them back."
        )
    return " ".join(sentences)


def _instance(row: Received) -> tuple[str, str]:
    return row.sop_instance_uid, row.sop_class_uid


def _place(
    row: Received, resource: str, naming: Naming, holders: dict[tuple[str, str], Received], repeated: Counter[tuple[str, str]]
) -> tuple[str, str]:
    """Where a file goes. It is somebody else's place only where the same instance is there, or where the template names them both."""
    made = file_name(_values(row), naming.template)
    own = PurePosixPath(row.name.replace("\\", "/")).name
    for name in (own or made, made):
        holder = holders.get((resource, name))
        if holder is None or _instance(holder) == _instance(row) or not (own or holder.name):
            return resource, name
        if own and row.source == SESSION:
            break
    base = own if row.source == SESSION and own else made
    while True:
        repeated[resource, base] += 1
        if (place := (resource, f"{base}_{repeated[resource, base]}")) not in holders:
            return place


def _values(row: Received) -> dict[str, str]:
    return {
        **row.text, "StudyInstanceUID": row.study_uid, "SeriesInstanceUID": row.series_uid, "SOPInstanceUID": row.sop_instance_uid,
        "SOPClassUID": row.sop_class_uid, "Modality": row.modality,
    }  # fmt: skip
