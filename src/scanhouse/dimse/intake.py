"""What the node does with each object it is given: a file with its meta information, facts, a route, the desk, the status."""
from __future__ import annotations

from dataclasses import dataclass, field

from scanhouse.dicom.facts import Facts, facts, read_facts
from scanhouse.dicom.frames import check_fragments
from scanhouse.dicom.part10 import meta_bytes
from scanhouse.dicom.refusals import HeadTooShort
from scanhouse.dimse.doors import Caller
from scanhouse.dimse.messages import StoreRequest
from scanhouse.dimse.status import OK, DataSetMismatch, Status
from scanhouse.errors import Invalid
from scanhouse.ingest.desk import Desk
from scanhouse.ingest.receive import Arrival, Origin
from scanhouse.ingest.routing import NOTHING_GIVEN, Given, Rules, route
from scanhouse.storage.staging import Staged
from scanhouse.storage.store import ObjectStore

FIRST_LOOK = 16 << 10
"""Bytes of a data set that are kept for its facts while it comes. The few longer headers are read again from the file."""


@dataclass(frozen=True)
class Treatment:
    """How a receiver treats what it is sent: on whose behalf it stores, by which rules it routes, what it passes on."""

    login: str = "admin"
    rules: Rules = field(default_factory=Rules)
    prevent_anonymization: bool = False
    direct_archive: bool = False


class Intake:
    """One association's objects on their way to the desk. Used by one thread."""

    def __init__(self, caller: Caller, treatment: Treatment, desk: Desk, store: ObjectStore) -> None:
        self.treatment, self.desk, self.store = treatment, desk, store
        self.origin = Origin("dicom", f"{caller.calling_ae} {caller.address}".strip(), treatment.login)
        self.calling_ae = caller.calling_ae
        self.options = {name: True for name, on in (
            ("prevent_anon", treatment.prevent_anonymization), ("direct_archive", treatment.direct_archive)) if on}
        self.given = Given(auto_archive=True) if treatment.direct_archive else NOTHING_GIVEN
        self.sessions: set[int] = set()
        self.place = desk.place()

    def begin(self, request: StoreRequest) -> Incoming:
        self.place.begins()
        meta = meta_bytes(
            sop_class_uid=request.sop_class_uid, sop_instance_uid=request.sop_instance_uid,
            transfer_syntax_uid=request.context.transfer_syntax, source_ae=self.calling_ae,
        )  # fmt: skip
        return Incoming(self, request, meta, self.store.stage())

    def close(self) -> None:
        """The sender has left: its sessions are quiet soon."""
        self.place.arrived()
        if self.sessions:
            self.desk.settle(sorted(self.sessions))


class Incoming:
    """One object while it comes."""

    def __init__(self, intake: Intake, request: StoreRequest, meta: bytes, staged: Staged) -> None:
        self.intake, self.request, self.meta, self.staged = intake, request, meta, staged
        self.head = b""

    def write(self, parts: list[memoryview]) -> None:
        if not self.head:  # the meta information goes to the disk with the first part, not by a write of its own
            self.head = self.meta + bytes(parts[0][:FIRST_LOOK])
            parts = [memoryview(self.meta), *parts]
        self.staged.writev(parts)

    def commit(self) -> Status:
        intake = self.intake
        try:
            rules = (intake.treatment.rules, intake.desk.directory.site_rules())
            found = self._facts(rules)
            where = route(found.text, intake.desk.directory.project_named, rules=rules, given=intake.given)
            arrival = Arrival(self.staged.seal(), found, where, intake.origin, options=intake.options)
            intake.place.arrived()
            intake.sessions.add(intake.desk.take(arrival))
        except Invalid as error:
            intake.desk.refuse(intake.origin, str(error), sop_instance_uid=self.request.sop_instance_uid)
            raise
        finally:
            self.staged.discard()
            intake.place.answered()
        return OK

    def abandon(self) -> None:
        self.intake.place.arrived()
        self.staged.discard()

    def _facts(self, rules: tuple[Rules, ...]) -> Facts:
        extra = sorted(frozenset().union(*(rule.tags() for rule in rules)))
        try:
            found = facts(self.head, size=self.staged.size, extra=extra)
        except HeadTooShort:
            found = read_facts(self.staged.path, extra=extra)
        check_fragments(self.staged.read, found, size=self.staged.size)
        if found.sop_instance_uid != self.request.sop_instance_uid:
            raise DataSetMismatch("The SOP Instance UID of the data set is not that of the request. Send it under its own UID.")
        return found
