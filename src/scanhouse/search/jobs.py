"""Tasks of this package, for whoever looks for them: their bodies are where the behaviour is."""
from .kept import sweep

__all__ = ["sweep"]
