"""Django for commands that need it."""
from __future__ import annotations

import os


def start() -> None:
    """Load settings and models. Takes about a second, so commands call it when they need it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scanhouse.config.settings")
    import django

    django.setup()
