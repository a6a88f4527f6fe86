"""Tables and small answers as XNAT sends them: ResultSet in JSON and XML, CSV, a plain page, bare text (xnat-data-api 0.3)."""
from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.html import escape

from .dialect import Call
from .negotiation import CONTENT_TYPES, CSV, HTML, JSON, TABLE, XML

Cell = Any
"""Any value of a row; `text_of` says how it is written."""


@dataclass(frozen=True)
class Table:
    """Rows under columns. Cells may be any values: all leave as texts (Q-010).

    `total` is shown as `totalRecords`: by default the number of rows, None to leave it out. `properties`, one mapping per column,
    become `Columns` in JSON and attributes in XML. `extra` stands next to `totalRecords` (JSON only).
    """

    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    title: str = ""
    total: int | None = -1
    properties: Sequence[Mapping[str, Any]] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    is_ready: bool = False
    """The rows are texts already, and in order: nothing is looked at again."""


def table(call: Call, content: Table, *, status: int = 200) -> HttpResponse:
    """The table in the form that the caller wants, sorted by `sortBy` where it is not yet."""
    if content.is_ready:
        rows: list[Sequence[str]] = list(content.rows)
    else:
        rows = _sorted(call, content.columns, [[text_of(cell) for cell in row] for row in content.rows])
    total = len(rows) if content.total == -1 else content.total
    form = call.wants(TABLE)
    body = _FORMS[form](content, rows, total)
    return HttpResponse(body, status=status, content_type=CONTENT_TYPES[form])


def of_dicts(rows: Iterable[Mapping[str, Cell]], columns: Sequence[str], **more: Any) -> Table:
    """A table of mappings; what one lacks is empty."""
    return Table(columns, [[row.get(column) for column in columns] for row in rows], **more)


def text(content: str, *, status: int = 200, location: str = "", content_type: str = "text/plain; charset=utf-8") -> HttpResponse:
    """A bare text, such as the ID of what was made."""
    response = HttpResponse(content, status=status, content_type=content_type)
    if location:
        response.headers["Location"] = location
    return response


def nothing(status: int = 200) -> HttpResponse:
    """Done, and nothing to say: 200 with an empty body (Q-001)."""
    return HttpResponse(b"", status=status, content_type="text/plain; charset=utf-8")


def json(content: Any, *, status: int = 200) -> HttpResponse:
    """Any value as JSON; dates as ISO texts."""
    return HttpResponse(orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS), status=status, content_type=CONTENT_TYPES[JSON])


def xml(content: bytes | str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(content, status=status, content_type=CONTENT_TYPES[XML])


def page(title: str, body: str, *, status: int = 200) -> HttpResponse:
    """A plain page; `body` is HTML of ours, `title` any text."""
    return HttpResponse(
        f"<html><head><title>{escape(title)}</title></head><body><h1>{escape(title)}</h1>{body}</body></html>", status=status,
        content_type=CONTENT_TYPES[HTML],
    )


def text_of(cell: Cell) -> str:
    """A cell as tables write it: null is empty, floats keep their point, moments have a fraction (Q-010, Q-011)."""
    match cell:
        case str():
            return cell
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case datetime():
            fraction = f"{cell.microsecond:06}".rstrip("0") or "0"
            return f"{cell:%Y-%m-%d %H:%M:%S}.{fraction}"
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


def _sorted(call: Call, columns: Sequence[str], rows: list[Sequence[str]]) -> list[Sequence[str]]:
    places = {column.lower(): place for place, column in enumerate(columns)}
    wanted = [places[name.strip().lower()] for name in call.get("sortBy").split(",") if name.strip().lower() in places]
    if not wanted:
        return rows
    return sorted(rows, key=lambda row: [_sort_key(row[place]) for place in wanted], reverse=call.get("sortOrder").upper() == "DESC")


def _sort_key(cell: str) -> tuple[int, float, str]:
    """Numbers by value before texts; what is empty last."""
    if not cell:
        return (2, 0.0, "")
    try:
        return (0, float(cell), "")
    except ValueError:
        return (1, 0.0, cell.lower())


def _json(content: Table, rows: list[Sequence[str]], total: int | None) -> bytes:
    columns = content.columns
    found: dict[str, Any] = {}
    if content.properties:
        found["Columns"] = [dict(properties) for properties in content.properties]
    found["Result"] = [dict(zip(columns, row, strict=True)) for row in rows]
    if total is not None:
        found["totalRecords"] = str(total)
    if content.title:
        found["title"] = content.title
    return orjson.dumps({"ResultSet": {**found, **content.extra}})


def _xml(content: Table, rows: list[Sequence[str]], total: int | None) -> str:
    properties = content.properties or [{} for _ in content.columns]
    heads = "".join(
        "<column" + "".join(f' {name}="{escape(value)}"' for name, value in of.items() if isinstance(value, str)) + f">{escape(column)}</column>"
        for column, of in zip(content.columns, properties, strict=False)
    )
    body = "".join("<row>" + "".join(f"<cell>{escape(_visible(cell))}</cell>" for cell in row) + "</row>" for row in rows)
    count = "" if total is None else f' totalRecords="{total}"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ResultSet title="{escape(content.title)}"{count}><results><columns>{heads}</columns>'
        f"<rows>{body}</rows></results></ResultSet>"
    )


def _csv(content: Table, rows: list[Sequence[str]], total: int | None) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(content.columns)
    writer.writerows([csv_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


_NUMBER = re.compile(r"[+-]?[0-9.,]*([eE][+-]?[0-9]+)?\Z")


def csv_cell(cell: str) -> str:
    """A cell on one line; one that a spreadsheet would run as a formula begins with an apostrophe."""
    if "\n" in cell or "\r" in cell:
        cell = cell.replace("\r", "").replace("\n", " ")
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") and not _NUMBER.match(cell) else cell


def _html(content: Table, rows: list[Sequence[str]], total: int | None) -> str:
    heads = "".join(f"<th>{escape(column)}</th>" for column in content.columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    title = escape(content.title)
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{table}</body></html>"


_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _visible(cell: str) -> str:
    return _CONTROLS.sub("", cell)


_FORMS = {JSON: _json, XML: _xml, CSV: _csv, HTML: _html}
