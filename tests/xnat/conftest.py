"""A caller of the wire, signed in as somebody of the archive that a test made."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from scanhouse.access import actors, sign_ins
from scanhouse.xnat import session


class Wire:
    """One caller. Paths are those below the host; `rows`, `item` and `text` read the usual answers."""

    def __init__(self, login: str | None) -> None:
        self.client = Client()
        if login is not None:
            self.client.cookies[session.COOKIE] = sign_ins.sign_in(actors.load(login)).id

    def call(self, method: str, path: str, *, body: str | bytes = b"", content_type: str = "text/plain", **parameters: str) -> HttpResponse:
        return self.client.generic(method, path, body, content_type=content_type, query_params=parameters or None)  # type: ignore[return-value]

    def get(self, path: str, **parameters: str) -> HttpResponse:
        return self.call("GET", path, **parameters)

    def put(self, path: str, **parameters: str) -> HttpResponse:
        return self.call("PUT", path, **parameters)

    def delete(self, path: str) -> HttpResponse:
        return self.call("DELETE", path)

    def send_xml(self, method: str, path: str, document: str, **parameters: str) -> HttpResponse:
        return self.call(method, path, body=document, content_type="text/xml", **parameters)

    def rows(self, path: str, **parameters: str) -> list[dict[str, str]]:
        return self.get(path, format="json", **parameters).json()["ResultSet"]["Result"]  # type: ignore[attr-defined, no-any-return]

    def item(self, path: str) -> dict[str, Any]:
        return self.get(path, format="json").json()["items"][0]  # type: ignore[attr-defined, no-any-return]

    def text(self, path: str, **parameters: str) -> str:
        return self.get(path, **parameters).content.decode()


@pytest.fixture
def wire() -> Callable[[str | None], Wire]:
    """`wire("ann")` calls as ann, `wire(None)` as nobody."""
    return Wire
