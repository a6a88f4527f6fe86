"""Signing in and out. `config.signing_in` sends and drops the cookie when `request.sign_in` changes."""
from __future__ import annotations

from ipaddress import ip_address

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

from scanhouse.access import sign_ins
from scanhouse.access.guesses import TooManyAttempts
from scanhouse.records import preferences
from scanhouse.web import forms, page
from scanhouse.web.door import door


@door("GET", "POST", closed_site=True)
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The form, also on a site that is closed to guests."""
    if request.method in ("GET", "HEAD"):
        target = _inside(request.GET.get("next", ""))
        if not page.actor(request).is_guest:
            return page.go(target)
        message = "Sign in to see this page." if target != "/" else ""
        return _form(request, forms.SignIn(initial={"next": target}), target, message)
    form = forms.SignIn(request.POST)
    target, status = _inside(request.POST.get("next", "")), 400
    if form.is_valid():
        try:
            actor = sign_ins.check(form.cleaned_data["login"], form.cleaned_data["password"], address=_address(request))
            before = getattr(request, "sign_in", None)
            request.sign_in = sign_ins.sign_in(actor, address=_address(request), instead_of=before)  # type: ignore[attr-defined]
            return page.go(target)
        except sign_ins.Refused as error:
            form.add_error(None, str(error))
            status = 403
        except TooManyAttempts as error:
            form.add_error(None, str(error))
            status = 429
    return _form(request, form, target, "", status=status)


@door("POST", closed_site=True)
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Ends the sign-in of this browser."""
    if (here := getattr(request, "sign_in", None)) is not None:
        sign_ins.sign_out(here.id)
        request.sign_in = None  # type: ignore[attr-defined]
    return page.go("/sign-in", "You are signed out.", kind="info")


def _form(request: HttpRequest, form: forms.SignIn, target: str, message: str, *, status: int = 200) -> HttpResponseBase:
    site = preferences.get("siteDescriptionText")
    return page.render(request, "sign_in", status=status, form=form, next=target, message=message, site_name=site)


def _inside(target: str) -> str:
    """An address of ours, or the first page: nobody is led to another site from here."""
    if target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return "/"


def _address(request: HttpRequest) -> str | None:
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "").partition("%")[0]))
    except ValueError:
        return None
