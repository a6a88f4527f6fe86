"""The six kinds of error. Packages subclass them with facts as attributes; each door has one table from kind to its language.

A message says what happened, to what, and what to do next. It never holds a patient's value: it may be logged.
"""
from __future__ import annotations


class ScanhouseError(Exception):
    """Base of every error that is ours. Anything else that escapes is a defect."""


class NotFound(ScanhouseError):
    """The thing is not there, or the actor may not know that it is: both look alike."""


class Forbidden(ScanhouseError):
    """The thing may be seen, but not used in this way by this actor."""


class Invalid(ScanhouseError):
    """What was sent cannot be understood or breaks a rule; sending it again will not help."""


class CutShort(Invalid):
    """What was sent ended before its end: the sender or the connection went away. `arrived`: the bytes of the read that met the end."""

    def __init__(self, message: str, arrived: bytes = b"") -> None:
        super().__init__(message)
        self.arrived = arrived


class Conflict(ScanhouseError):
    """What was sent is well formed, but what is stored stands against it."""


class Busy(ScanhouseError):
    """It cannot be done now; trying again later may help. `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Broken(ScanhouseError):
    """Something of ours failed: a disk, a database, an invariant. An operator has to look."""
