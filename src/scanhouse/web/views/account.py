"""One's own account: password, tokens for scripts, where one is signed in."""
from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from scanhouse.access import passwords, sign_ins, tokens, users
from scanhouse.access.actors import Actor
from scanhouse.access.users import InvalidUser
from scanhouse.errors import Invalid
from scanhouse.web import forms, page
from scanhouse.web.door import door


@door("GET", "POST", guests=False)
def account(request: HttpRequest) -> HttpResponseBase:
    by, here = page.actor(request), request.sign_in  # type: ignore[attr-defined]
    asked, form, fresh = request.POST.get("do", ""), forms.Password(), None
    if asked == "password":
        form = forms.Password(request.POST)
        if form.is_valid() and _change_password(form, by, here):
            return page.go(reverse("account"), "Your password is changed. You are signed out everywhere else.")
    elif asked == "token":
        issued = tokens.issue(by=by)
        fresh = (issued.alias, issued.secret)
    elif asked == "revoke":
        tokens.invalidate(request.POST.get("alias", ""), by=by)
        return page.go(reverse("account"), "The token does not work any more.")
    elif asked == "elsewhere":
        ended = sign_ins.end_all(by.id or 0, but=here)
        return page.go(reverse("account"), f"Signed out in {len(ended)} other {'place' if len(ended) == 1 else 'places'}.")
    elif request.method == "POST":
        raise Invalid("This page does not know what to do. Reload it and try again.")
    user = users.find(by.login)
    return page.render(
        request, "account", user=user, password_form=form, tokens=tokens.of(by, by=by), fresh=fresh, sign_ins=sign_ins.of(by, here=here),
        status=400 if form.errors else 200,
    )  # fmt: skip


def _change_password(form: forms.Password, by: Actor, here: sign_ins.SignedIn | None) -> bool:
    try:
        users.change_own(by=by, password=form.cleaned_data["new"], current_password=form.cleaned_data["old"], sign_in=here)
    except InvalidUser as error:
        for field, text in error.fields.items():
            form.add_error("old" if field == "current_password" else None, text)
    except passwords.WeakPassword as error:
        form.add_error("new", str(error))
    return not form.errors
