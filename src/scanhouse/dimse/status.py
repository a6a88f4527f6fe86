"""From kinds of error to the status of a C-STORE response (PS3.7 annex C, PS3.4 B.2.3): the one table of this door."""
from __future__ import annotations

from typing import NamedTuple

from scanhouse.errors import Broken, Busy, Conflict, Forbidden, Invalid, NotFound, ScanhouseError

SUCCESS = 0x0000
PROCESSING_FAILURE = 0x0110
INVALID_SOP_INSTANCE = 0x0117
SOP_CLASS_NOT_SUPPORTED = 0x0122
NOT_AUTHORIZED = 0x0124
UNRECOGNIZED_OPERATION = 0x0211
OUT_OF_RESOURCES = 0xA700
DATA_SET_DOES_NOT_MATCH = 0xA900
CANNOT_UNDERSTAND = 0xC000


class Status(NamedTuple):
    """A status code with a sentence for the error comment (0000,0902); no sentence on success."""

    code: int
    comment: str = ""


OK = Status(SUCCESS)


class DataSetMismatch(Invalid):
    """The data set is of another SOP class or instance than the C-STORE request said."""


class NotAnInstance(Invalid):
    """The SOP Instance UID of the request is missing or is no UID."""


class NotStorable(Invalid):
    """The message came on a presentation context that is not for storage."""


# The first row whose kind fits holds, so subclasses stand above their kind. A7xx asks a sender to try again later, Axxx and Cxxx say
# that this object will fail again. `Broken` is not A7xx: an operator has to look, and sending it again at once would hide that.
STATUSES: tuple[tuple[type[ScanhouseError], int, str], ...] = (
    (Busy, OUT_OF_RESOURCES, "Refused: out of resources; sending again later may help"),
    (DataSetMismatch, DATA_SET_DOES_NOT_MATCH, "Error: data set does not match SOP class or instance"),
    (NotAnInstance, INVALID_SOP_INSTANCE, "Error: invalid SOP instance"),
    (NotStorable, SOP_CLASS_NOT_SUPPORTED, "Refused: SOP class not supported"),
    (Invalid, CANNOT_UNDERSTAND, "Error: cannot understand"),
    (Conflict, 0xC100, "Error: what is stored stands against it"),
    (NotFound, 0xC200, "Error: no place to store it"),
    (Forbidden, NOT_AUTHORIZED, "Refused: not authorized"),
    (Broken, PROCESSING_FAILURE, "Error: processing failure; the archive needs an operator"),
)


def of(error: ScanhouseError) -> Status:
    """The status that tells a sender of `error`, with the error's own message: messages never hold a patient's values."""
    for kind, code, _ in STATUSES:
        if isinstance(error, kind):
            return Status(code, str(error))
    return Status(PROCESSING_FAILURE, str(error))
