"""Plug-ins that clients look for. What they offer is built in; only those are named whose calls are answered (xnat-xapi 1.6)."""
from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase

from scanhouse import __version__
from scanhouse.errors import NotFound

from .. import envelopes
from ..dialect import Call
from ..routes import Routes

routes = Routes()

OFFERED: dict[str, str] = {}
"""Name by the ID of a plug-in of XNAT's that we take the place of."""


@routes.get("plugins", exact=True)
def listing(call: Call) -> HttpResponseBase:
    return envelopes.json({plugin: _model(plugin) for plugin in OFFERED})


@routes.get("plugins/{plugin}", exact=True)
def show(call: Call) -> HttpResponseBase:
    if call.name("plugin") not in OFFERED:
        raise NotFound("There is no such plug-in.")
    return envelopes.json(_model(call.name("plugin")))


def _model(plugin: str) -> dict[str, Any]:
    return {"id": plugin, "name": OFFERED[plugin], "version": __version__, "description": OFFERED[plugin], "namespace": None, "beanName": plugin,
            "pluginClass": "", "logConfigurationFile": "", "entityPackages": [], "dataModelBeans": [], "extendedAttributes": {}}  # fmt: skip
