"""From the fragments of the upper layer to DIMSE messages: a command set, then perhaps a data set, one message after the other.

Command sets are gathered (they are small); data sets are passed on piece by piece as views, so that an object of any size needs no memory.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from . import messages
from .messages import Command
from .upper import AbortReason, Fragment, ProtocolError


@dataclass(frozen=True, slots=True)
class MessageStarted:
    """The command set is complete; `DataPart`s follow if it has a data set, and `MessageComplete` in any case."""

    context_id: int
    command: Command


class DataPart(NamedTuple):
    data: memoryview


@dataclass(frozen=True, slots=True)
class MessageComplete:
    pass


COMPLETE = MessageComplete()
Step = MessageStarted | DataPart | MessageComplete


class Reassembly:
    def __init__(self) -> None:
        self._command = bytearray()
        self._context_id: int | None = None
        self._in_data_set = False

    @property
    def between_messages(self) -> bool:
        return self._context_id is None

    def add(self, fragment: Fragment) -> list[Step]:
        """What `fragment` completes. Raises `ProtocolError` where it does not continue the message begun (PS3.7 annex F, PS3.8 annex E)."""
        context_id, is_command, is_last, data = fragment
        if self._context_id is None:
            self._context_id = context_id
        elif self._context_id != context_id:
            raise ProtocolError("A message changes its presentation context half way.", reason=AbortReason.UNEXPECTED_PARAMETER)
        if is_command == self._in_data_set:
            raise ProtocolError("Command and data set fragments came in the wrong order.", reason=AbortReason.UNEXPECTED_PARAMETER)
        if self._in_data_set:
            return [DataPart(data), self._complete()] if is_last else [DataPart(data)]
        if len(self._command) + len(data) > messages.MAX_COMMAND_BYTES:
            raise ProtocolError(f"The command set of a message is longer than {messages.MAX_COMMAND_BYTES} bytes.")
        self._command += data
        return self._command_complete(context_id) if is_last else []

    def _command_complete(self, context_id: int) -> list[Step]:
        command = messages.decode(bytes(self._command))
        self._command.clear()
        self._in_data_set = command.has_data_set
        started = MessageStarted(context_id, command)
        return [started] if command.has_data_set else [started, self._complete()]

    def _complete(self) -> MessageComplete:
        self._context_id, self._in_data_set = None, False
        return COMPLETE
