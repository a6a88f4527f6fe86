"""Why an association is refused or aborted, in the numbers of PS3.8 (tables 9-21 and 9-26), and the error that leads to an abort."""
from __future__ import annotations

from enum import Enum, IntEnum

from scanhouse.errors import Invalid


class AbortSource(IntEnum):
    """Who aborts (PS3.8 table 9-26)."""

    USER = 0
    PROVIDER = 2


class AbortReason(IntEnum):
    """Why the provider aborts (PS3.8 table 9-26). Without meaning when the source is the user."""

    NOT_SPECIFIED = 0
    UNRECOGNIZED_PDU = 1
    UNEXPECTED_PDU = 2
    UNRECOGNIZED_PARAMETER = 4
    UNEXPECTED_PARAMETER = 5
    INVALID_PARAMETER_VALUE = 6


class Rejection(Enum):
    """Result, source and reason of an A-ASSOCIATE-RJ (PS3.8 table 9-21). Transient (result 2) invites the caller to try again."""

    APPLICATION_CONTEXT_NOT_SUPPORTED = (1, 1, 2)
    CALLING_AE_NOT_RECOGNIZED = (1, 1, 3)
    CALLED_AE_NOT_RECOGNIZED = (1, 1, 7)
    PROTOCOL_VERSION_NOT_SUPPORTED = (1, 2, 2)
    TEMPORARY_CONGESTION = (2, 3, 1)
    LOCAL_LIMIT_EXCEEDED = (2, 3, 2)


class ProtocolError(Invalid):
    """The peer broke the protocol; the only answer is an A-ABORT with `reason`. The message names the rule, never the peer's values."""

    def __init__(self, message: str, *, reason: AbortReason = AbortReason.INVALID_PARAMETER_VALUE) -> None:
        super().__init__(message)
        self.reason = reason
