"""Addresses of the wire. Below each door the table of templates decides; a context path before them is the proxy's business."""
from __future__ import annotations

from django.urls import URLPattern, re_path

from . import app, data, xapi
from .door import Door
from .routes import gather

_data, _xapi, _app = Door(gather(data)), Door(gather(xapi)), Door(gather(app))

urlpatterns: list[URLPattern] = [
    re_path(r"^/*(?:data|REST)(?:/+archive(?=/|$))?(?P<path>/[\s\S]*|)$", _data),
    re_path(r"^/*xapi(?P<path>/[\s\S]*|)$", _xapi),
    re_path(r"^/*(?P<path>schemas/[\s\S]*)$", _xapi),
    re_path(r"^/*(?P<path>app/[\s\S]*)$", _app),
]
