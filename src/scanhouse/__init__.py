"""Scanhouse: an archive for research imaging that keeps its promises."""

__version__ = "0.1.0"
