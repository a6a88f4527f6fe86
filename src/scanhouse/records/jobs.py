"""Tasks of this package, for whoever looks for them: their bodies are where the behaviour is."""
from .bytes import discard
from .manifests import sweep

__all__ = ["discard", "sweep"]
