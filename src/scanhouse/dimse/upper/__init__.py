"""The DICOM upper layer (PS3.8) as acceptor, sans I/O: no socket, no thread, no clock."""
from .association import Aborted, Association, AssociationRequested, Event, ReleaseRequested
from .negotiation import PresentationContext
from .pdu import AssociateRequest, Fragment
from .reasons import AbortReason, AbortSource, ProtocolError, Rejection
from .states import ImpossibleMove, State

__all__ = [
    "AbortReason",
    "AbortSource",
    "Aborted",
    "AssociateRequest",
    "Association",
    "AssociationRequested",
    "Event",
    "Fragment",
    "ImpossibleMove",
    "PresentationContext",
    "ProtocolError",
    "Rejection",
    "ReleaseRequested",
    "State",
]
