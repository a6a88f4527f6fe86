"""What routing needs to know of the site, remembered for a moment: thousands of objects a second ask the same questions."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import connection

from scanhouse.ingest.routing import Rules, expressions

FRESH = 0.5
"""Seconds for which an answer is used again. A new project takes its first objects no later than this after it was made."""
REMEMBERED = 4096
"""Answers kept; senders choose the names that are asked for, so there must be an end."""

K = TypeVar("K")
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Answers of `ask`, each kept for `FRESH` seconds."""

    def __init__(self, ask: Callable[[K], V]) -> None:
        self._ask = ask
        self._answers: dict[K, tuple[float, V]] = {}
        self._lock = threading.Lock()

    def __call__(self, key: K) -> V:
        now = time.monotonic()
        known = self._answers.get(key)
        if known is not None and now < known[0]:
            return known[1]
        answer = self._ask(key)
        with self._lock:
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            self._answers[key] = (now + FRESH, answer)
        return answer


def _project(name: str) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id FROM records_project WHERE lower(id) = lower(%s)
               UNION ALL SELECT project_id FROM records_projectalias WHERE lower(alias) = lower(%s) LIMIT 1""",
            [name, name],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _site_rules(_: None) -> Rules:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT ON (path) path, CASE WHEN enabled THEN contents ELSE '' END FROM records_configentry
               WHERE project = '' AND tool = 'dicom' AND path IN ('projectRules', 'subjectRules', 'sessionRules')
               ORDER BY path, version DESC"""
        )
        texts = dict(cursor.fetchall())
    return Rules(*(expressions(texts.get(path, "")) for path in ("projectRules", "subjectRules", "sessionRules")))


project_named: Callable[[str], str | None] = Remembered(_project)
"""ID of the project with this ID or alias, without case; None where there is none."""

_rules = Remembered(_site_rules)


def site_rules() -> Rules:
    """Routing expressions of the site (configuration tool `dicom`)."""
    return _rules(None)
