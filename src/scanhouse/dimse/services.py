"""What is done with one DIMSE message: verification answers, storage hands over to the sink, anything else is not recognized.

An exchange takes the parts of its data set and ends in the bytes of its response, whatever the sink does meanwhile: an object that
cannot be stored is read to its end and refused, so the rest of the association goes on (PS3.4 B.2.3).
"""
from __future__ import annotations

import logging
from typing import Protocol

from scanhouse.errors import Busy, Invalid, ScanhouseError

from . import abstract_syntaxes, messages, status
from .doors import Sink, Writer
from .messages import Command, CommandField, StoreRequest
from .status import Status
from .upper import PresentationContext
from .upper.negotiation import UID

log = logging.getLogger(__name__)


class Exchange(Protocol):
    """One message and its answer."""

    def write(self, parts: list[memoryview]) -> None:
        """The next parts of the data set."""

    def finish(self) -> bytes | None:
        """The message is complete: the response to send, if it asks for one."""

    def abandon(self) -> None:
        """The message will not be completed."""


def begin(command: Command, context: PresentationContext, sink: Sink, *, max_object_bytes: int) -> Exchange:
    """The exchange for a message that begins with `command` on `context`."""
    if command.field == CommandField.C_STORE_RQ:
        return StoreExchange(command, context, sink, max_object_bytes)
    if command.field == CommandField.C_ECHO_RQ:
        return Answer(command, status.OK)
    if command.field == CommandField.C_CANCEL_RQ:
        return Answer(command, None)  # nothing that could be cancelled is ever running, and a C-CANCEL has no response
    return Answer(command, Status(status.UNRECOGNIZED_OPERATION, "This node verifies and stores; it has no other service"))


class Answer:
    """An exchange whose answer is known from the start; a data set, if one comes, is passed over."""

    def __init__(self, command: Command, answer: Status | None) -> None:
        self._command = command
        self._answer = answer

    def write(self, parts: list[memoryview]) -> None:
        return None

    def finish(self) -> bytes | None:
        return None if self._answer is None else messages.respond(self._command, self._answer.code, comment=self._answer.comment)

    def abandon(self) -> None:
        return None


class StoreExchange:
    """C-STORE (PS3.7 9.1.1). The first failure decides the status; from then on the data set is passed over."""

    def __init__(self, command: Command, context: PresentationContext, sink: Sink, max_object_bytes: int) -> None:
        self._command = command
        self._left = max_object_bytes
        self._writer: Writer | None = None
        self._failed: Status | None = None
        try:
            self._writer = sink.begin(_checked(command, context))
        except Exception as error:
            self._fail(error)

    def write(self, parts: list[memoryview]) -> None:
        if self._writer is None:
            return
        try:
            self._left -= sum(map(len, parts))
            if self._left < 0:
                raise Invalid("The object is larger than this node accepts")
            self._writer.write(parts)
        except Exception as error:
            self._give_up()
            self._fail(error)

    def finish(self) -> bytes:
        if self._writer is not None:
            writer, self._writer = self._writer, None
            try:
                answer = writer.commit()
            except Exception as error:
                self._fail(error)
            else:
                return messages.respond(self._command, answer.code, comment=answer.comment)
        assert self._failed is not None, "without a writer there is a reason"
        return messages.respond(self._command, self._failed.code, comment=self._failed.comment)

    def abandon(self) -> None:
        self._give_up()

    def _give_up(self) -> None:
        if self._writer is not None:
            writer, self._writer = self._writer, None
            try:
                writer.abandon()
            except Exception:
                log.exception("An unfinished object could not be abandoned")

    def _fail(self, error: Exception) -> None:
        """Only this door may catch everything: one object that trips over a defect must not take its association along."""
        if isinstance(error, ScanhouseError):
            self._failed = status.of(error)
            log.warning("C-STORE refused with %04X: %s", self._failed.code, error)
        elif isinstance(error, MemoryError):
            self._failed = status.of(Busy("Not enough memory now; send it again later"))
            log.error("C-STORE refused: out of memory")
        else:
            self._failed = Status(status.PROCESSING_FAILURE, "Processing failure; see the archive's log")
            log.exception("C-STORE failed by a defect", exc_info=error)


def _checked(command: Command, context: PresentationContext) -> StoreRequest:
    if not abstract_syntaxes.is_storage(context.abstract_syntax):
        raise status.NotStorable("The presentation context of this message is not for storage")
    request = messages.store_request(command, context)
    if not UID.fullmatch(request.sop_instance_uid):
        raise status.NotAnInstance("Affected SOP Instance UID is missing or no UID")
    if not UID.fullmatch(request.sop_class_uid):
        raise Invalid("Affected SOP Class UID is missing or no UID")
    if not command.has_data_set:
        raise Invalid("The C-STORE request has no data set")
    return request
