"""Tasks of this package, for whoever looks for them: their bodies are where the behaviour is."""
from .bytes import discard
from .manifests import sweep
from .mending import mend
from .surveys import look

__all__ = ["discard", "look", "mend", "sweep"]
