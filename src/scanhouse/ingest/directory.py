"""What routing needs to know of the site, remembered for a moment: thousands of objects a second ask the same questions."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import connection

from scanhouse.ingest import sql
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


Ask = Callable[..., Any]
"""Runs a look-up where a connection to the database is, and answers its answer."""


class Directory:
    """Look-ups of routing. `ask` runs those that are not remembered; by default here and now."""

    def __init__(self, ask: Ask = lambda look_up, *names: look_up(*names)) -> None:
        self._projects = Remembered[str, str | None](lambda name: ask(_project, name))
        self._rules = Remembered[None, Rules](lambda _: ask(_site_rules))

    def project_named(self, name: str) -> str | None:
        """ID of the project with this ID or alias, without case; None where there is none."""
        return self._projects(name)

    def site_rules(self) -> Rules:
        """Routing expressions of the site (configuration tool `dicom`)."""
        return self._rules(None)


def _project(name: str) -> str | None:
    rows = _rows(
        """SELECT id FROM records_project WHERE lower(id) = lower(%s)
           UNION ALL SELECT project_id FROM records_projectalias WHERE lower(alias) = lower(%s) LIMIT 1""",
        [name, name],
    )
    return rows[0][0] if rows else None


def _site_rules() -> Rules:
    texts = dict(_rows(
        """SELECT DISTINCT ON (path) path, CASE WHEN enabled THEN contents ELSE '' END FROM records_configentry
           WHERE project = '' AND tool = 'dicom' AND path IN ('projectRules', 'subjectRules', 'sessionRules')
           ORDER BY path, version DESC""", [],
    ))  # fmt: skip
    return Rules(*(expressions(texts.get(path, "")) for path in ("projectRules", "subjectRules", "sessionRules")))


def _rows(statement: str, parameters: list[str]) -> list[Any]:
    """Raises `sql.DatabaseAway`."""

    def fetch() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())

    return sql.steadily(connection, fetch)


_site = Directory()
project_named, site_rules = _site.project_named, _site.site_rules
