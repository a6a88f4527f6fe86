"""The table of endpoints. A module of `data/` or `xapi/` declares its own; the door asks them all.

    routes = Routes()

    @routes.get("<subject>/experiments")
    def listing(call: Call) -> HttpResponse: ...
"""
from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING

from django.http.response import HttpResponseBase

from .address import Templates, expand_all

if TYPE_CHECKING:
    from .dialect import Call

Endpoint = Callable[["Call"], HttpResponseBase]


@dataclass
class Target:
    """What a template leads to: an endpoint per method. `open`: also for those who have not signed in, on a closed site."""

    methods: dict[str, Endpoint] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    no_remainder: set[str] = field(default_factory=set)


class Routes:
    """Endpoints by template and method."""

    def __init__(self) -> None:
        self.targets: dict[str, Target] = {}

    def on(self, methods: str, *templates: str, open: bool = False, exact: bool = False) -> Callable[[Endpoint], Endpoint]:
        """Register for methods (`"PUT POST"`) and templates. `exact`: with a remainder the address is unknown (404)."""

        def register(endpoint: Endpoint) -> Endpoint:
            for template in expand_all(templates):
                target = self.targets.setdefault(template, Target())
                for method in methods.split():
                    assert method not in target.methods, f"{method} {template} is there twice"
                    target.methods[method] = endpoint
                    if open:
                        target.open.add(method)
                    if exact:
                        target.no_remainder.add(method)
            return endpoint

        return register

    def get(self, *templates: str, open: bool = False, exact: bool = False) -> Callable[[Endpoint], Endpoint]:
        return self.on("GET", *templates, open=open, exact=exact)

    def put(self, *templates: str, open: bool = False, exact: bool = False) -> Callable[[Endpoint], Endpoint]:
        return self.on("PUT", *templates, open=open, exact=exact)

    def post(self, *templates: str, open: bool = False, exact: bool = False) -> Callable[[Endpoint], Endpoint]:
        return self.on("POST", *templates, open=open, exact=exact)

    def delete(self, *templates: str, open: bool = False, exact: bool = False) -> Callable[[Endpoint], Endpoint]:
        return self.on("DELETE", *templates, open=open, exact=exact)


def gather(package: ModuleType) -> Templates[Target]:
    """The endpoints of all modules of a package that declare `routes`. Two modules may share a template, not a method of it."""
    together: dict[str, Target] = {}
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        routes = getattr(importlib.import_module(found.name), "routes", None)
        for template, target in routes.targets.items() if isinstance(routes, Routes) else ():
            known = together.setdefault(template, Target())
            twice = known.methods.keys() & target.methods.keys()
            assert not twice, f"{twice} {template} is there twice, in {found.name}"
            known.methods |= target.methods
            known.open |= target.open
            known.no_remainder |= target.no_remainder
    templates: Templates[Target] = Templates()
    for template, target in together.items():
        templates.add(template, target)
    return templates
