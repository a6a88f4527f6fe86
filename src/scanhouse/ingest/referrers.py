"""What ingest answers to registries below it: which stored objects it still names, what a deleted project takes along."""
from __future__ import annotations

from scanhouse.ingest import prearchive
from scanhouse.ingest.models import CachedFile, ObjectState, Received
from scanhouse.records import bytes as stored_bytes
from scanhouse.records import projects


@stored_bytes.referrer("ingest")
def objects(keys: list[str]) -> set[str]:
    """Objects of the ledger that are in the prearchive or kept aside, and files that users put aside. What was archived is named by its
    files."""
    states = (ObjectState.WAITING, ObjectState.SUPERSEDED)
    waiting = Received.objects.filter(object__in=keys, state__in=states).values_list("object", flat=True)
    return {*waiting, *CachedFile.objects.filter(object__in=keys).values_list("object", flat=True)}


projects.on_delete(prearchive.forget_project)
