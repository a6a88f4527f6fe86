"""From kinds of error to HTTP statuses (PS3.18 8.5): the one table of this door."""
from __future__ import annotations

from django.http import HttpResponse

from scanhouse import errors

STATUSES: tuple[tuple[type[errors.ScanhouseError], int], ...] = (
    (errors.NotFound, 404),
    (errors.Forbidden, 403),
    (errors.Conflict, 409),
    (errors.Busy, 503),
    (errors.Invalid, 400),
    (errors.Broken, 500),
)


class NotAcceptable(errors.Invalid):
    """The client accepts none of the forms in which this can be had."""

    def __init__(self, forms: str) -> None:
        super().__init__(f"This can be had as {forms}. Ask for one of these in Accept.")


def answer(error: errors.ScanhouseError) -> HttpResponse:
    """The answer that tells a client of `error`, with the error's own sentence."""
    status = 406 if isinstance(error, NotAcceptable) else next(code for kind, code in STATUSES if isinstance(error, kind))
    response = HttpResponse(str(error), status=status, content_type="text/plain; charset=utf-8")
    if isinstance(error, errors.Busy):
        response["Retry-After"] = str(error.retry_after)
    return response


def unauthorized() -> HttpResponse:
    """The answer to a guest on a site that wants everybody to sign in."""
    response = HttpResponse("Sign in to see this.", status=401, content_type="text/plain; charset=utf-8")
    response["WWW-Authenticate"] = 'Basic realm="Scanhouse"'
    return response
