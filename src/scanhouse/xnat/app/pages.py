"""Pages of XNAT that programs call (xnat-data-api 1.5, 6.3): the probe that it is up, the form that switches a data type on."""
from __future__ import annotations

from django.http.response import HttpResponseBase
from django.utils.html import escape

from scanhouse.access import users
from scanhouse.errors import Forbidden, NotFound
from scanhouse.records.types import REGISTRY
from scanhouse.schema import xml

from .. import envelopes
from ..dialect import Call
from ..routes import Routes

routes = Routes()
MARKER = "<!-- BEGIN xnat-templates/screens/Login.vm -->"
"""By this comment programs know the page for signing in."""


@routes.get("app/template/Login.vm", open=True)
def login(call: Call) -> HttpResponseBase:
    """The page that says the site is up."""
    return envelopes.page("Sign in", f'{MARKER}<p><a href="/">{escape(call.request.get_host())}</a></p>')


@routes.post("app/action/ElementSecurityWizard")
def secure_type(call: Call) -> HttpResponseBase:
    """Make a data type usable. Every registered type is, so only the name is checked (Q-082)."""
    if not call.actor.is_admin:
        raise Forbidden("Administrators alone set up data types.")
    REGISTRY.element(call.get("xdat:element_security.element_name"))
    return envelopes.page("Data type", "<p>The data type can be used.</p>")


@routes.get("app/action/XDATActionRouter/xdataction/xml")
def record_xml(call: Call) -> HttpResponseBase:
    """XML of a user, without the password. Other records have addresses below /data."""
    words = call.remainder
    if "xdat:user" not in words or "search_value" not in words[:-1]:
        raise NotFound("There is nothing at this address.")
    name = words[words.index("search_value") + 1]
    if not call.actor.is_admin and call.actor.login.lower() != name.lower():
        raise Forbidden("This is for administrators of the site.")
    user = users.find(name)
    document = {"login": user.username, "firstname": user.first_name, "lastname": user.last_name, "email": user.email, "enabled": user.enabled}
    element = REGISTRY.element("xdat:user")
    kept = {path: value for path, value in document.items() if path in element.fields and value not in ("", None)}
    return envelopes.xml(xml.to_xml(element, kept, schemas=f"{call.site}/schemas"))
