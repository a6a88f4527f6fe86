"""Preferences of the site, what is installed, and for how long it has been running (xnat-xapi 1.5, 1.6)."""
from __future__ import annotations

import time
from typing import Any

import orjson
from django.db import connection
from django.http.response import HttpResponseBase

from scanhouse import __version__
from scanhouse.errors import Forbidden, NotFound
from scanhouse.records import preferences

from .. import envelopes, faults, levels
from ..dialect import URLENCODED, Call, without_nul
from ..routes import Routes

routes = Routes()

SPOKEN = "1.10.0"
"""The release of XNAT whose wire this is; clients choose by it (Q-206)."""
BUILD = {
    "version": SPOKEN, "buildNumber": __version__, "buildDate": "", "commit": __version__, "timestamp": "", "branch": "main", "dirty": "false",
    "isDirty": "false", "product": "Scanhouse",
}  # fmt: skip


@routes.get("siteConfig/buildInfo", open=True, exact=True)
def build_info(call: Call) -> HttpResponseBase:
    """What is running. Open to everybody: clients ask before they sign in."""
    return envelopes.json(BUILD)


@routes.get("siteConfig/buildInfo/{name}", open=True, exact=True)
def build_fact(call: Call) -> HttpResponseBase:
    if call.name("name") == "attributes":
        return envelopes.json({})
    if call.name("name") not in BUILD:
        raise NotFound("There is no such fact about the build.")
    return envelopes.text(BUILD[call.name("name")])


@routes.get("siteConfig/uptime", exact=True)
def uptime(call: Call) -> HttpResponseBase:
    """Since when the site runs, by its database: all web processes answer alike. Units that are zero are left out."""
    return envelopes.json(_uptime())


@routes.get("siteConfig/uptime/display", exact=True)
def uptime_text(call: Call) -> HttpResponseBase:
    return envelopes.text(", ".join(f"{number} {unit}" for unit, number in _uptime().items()))


@routes.get("siteConfig", exact=True)
def everything(call: Call) -> HttpResponseBase:
    """All preferences that the caller may read; null is an empty text."""
    return envelopes.json({name: "" if value is None else value for name, value in preferences.everything(call.actor).items()})


@routes.get("siteConfig/values/{names}", exact=True)
def several(call: Call) -> HttpResponseBase:
    return envelopes.json({name: _read(call, name) for name in call.name("names").split(",")})


@routes.get("siteConfig/{name}", open=True, exact=True)
def one(call: Call) -> HttpResponseBase:
    """One preference as bare text; public ones also for guests of a closed site."""
    return envelopes.text(_text(_read(call, call.name("name"))))


@routes.on("POST PUT", "siteConfig", exact=True)
def change(call: Call) -> HttpResponseBase:
    """Change several preferences, all or none."""
    levels.administrators(call)
    return _changed(call, levels.mapping_of(call))


@routes.on("POST PUT", "siteConfig/{name}", exact=True)
def change_one(call: Call) -> HttpResponseBase:
    """Change one preference: the body is its new value."""
    levels.administrators(call)
    value: Any = call.get(call.name("name")) if call.content_type == URLENCODED else without_nul(call.body.decode(errors="replace"))
    if call.content_type == "application/json":
        value = levels.document_of(call)
    return _changed(call, {call.name("name"): value})


def _changed(call: Call, values: dict[str, Any]) -> HttpResponseBase:
    """A change is in force in every process when the answer comes: they believe for so long that nothing has changed (Q-211)."""
    preferences.change(values, by=call.actor, reason=call.why)
    time.sleep(preferences.FRESH)
    return envelopes.nothing()


def _read(call: Call, name: str) -> Any:
    try:
        return preferences.read(call.actor, name)
    except Forbidden as error:
        if call.actor.is_guest:
            raise faults.NotSignedIn(str(error)) from None
        raise


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _uptime() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())")
        (seconds,) = cursor.fetchone()
    whole = int(seconds)
    parts = {"days": whole // 86400, "hours": whole % 86400 // 3600, "minutes": whole % 3600 // 60}
    return {unit: str(number) for unit, number in parts.items() if number} | {"seconds": f"{float(seconds) % 60:.3f}"}
