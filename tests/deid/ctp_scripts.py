"""Anonymizer scripts for tests: short to write, run on small objects."""
from __future__ import annotations

from datetime import datetime

from pydicom import Dataset
from tests.deid.objects import made, text

from scanhouse.deid.context import Context
from scanhouse.deid.ctp.lookup import parse_lookup
from scanhouse.deid.engine import run
from scanhouse.deid.languages import parse
from scanhouse.deid.outcome import Outcome

ID = "(0010,0020)"
NOW = datetime(2026, 1, 31, 9, 5, 7)


def script(*nodes: str, **elements: str) -> str:
    """Nodes as they are; keywords `t00100020="..."` as element scripts."""
    rows = [f'  <e en="T" t="{tag[1:]}" n="">{body}</e>' for tag, body in elements.items()]
    return "\n".join(["<script>", *nodes, *rows, "</script>"])


def anonymized(source: str, dataset: Dataset, *, table: str | None = None, **context: object) -> Outcome:
    lookup = None if table is None else parse_lookup(table)
    return run(parse(source, "ctp"), dataset, Context(lookup=lookup, now=NOW, **context))  # type: ignore[arg-type]


def given(body: str, *elements: tuple[str, str, str | int], nodes: tuple[str, ...] = (), table: str | None = None) -> str | None:
    """What Patient ID, which was ID1, becomes by this script; None when it is gone."""
    outcome = anonymized(script(*nodes, t00100020=body), made(*elements), table=table)
    assert outcome.dataset is not None, outcome.reason
    return text(outcome.dataset, ID)
