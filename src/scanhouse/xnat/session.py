"""How XNAT's wire names and treats a session: cookies, the CSRF parameter, who counts as a browser (xnat-data-api 1.1 to 1.3).

Only text is decided here; `config.signing_in` does the work, for all doors.
"""
from __future__ import annotations

import re
from datetime import datetime, timedelta
from http.cookies import SimpleCookie

COOKIE = "JSESSIONID"
EXPIRATION_COOKIE = "SESSION_EXPIRATION_TIME"
CSRF_PARAMETER = "XNAT_CSRF"
REALM = "XNAT Protected Area"

_WIRE = re.compile(r"/+(data|REST|xapi|schemas)(/|$)")
# What XNAT calls interactive agents. Everything else (curl, python-requests, Java) does not let strangers send its cookie.
_BROWSER = re.compile(r"Mozilla|Opera|AppleWebKit|Gecko|MSIE|Trident|Safari|Chrome|Lynx|Links|Konqueror|Dillo|w3m", re.IGNORECASE)
_EXEMPT = re.compile(r"Java/|XNATDesktopClient|python-requests|curl/", re.IGNORECASE)


def is_wire(path: str) -> bool:
    """Whether an address belongs to XNAT's wire, where 401 stays 401 and the expiration cookie is expected."""
    return _WIRE.match(path) is not None


def is_browser(user_agent: str) -> bool:
    """Whether requests of this agent that rely on the cookie must show the CSRF token."""
    return bool(_BROWSER.search(user_agent)) and not _EXEMPT.search(user_agent)


def set_expiration(cookies: SimpleCookie, expires_at: datetime, lifetime: timedelta, *, secure: bool) -> None:
    """The cookie from which xnatpy learns when its session ends: `"<epoch ms>,<lifetime ms>"`, with the quotes in the value."""
    value = f"{int(expires_at.timestamp() * 1000)},{int(lifetime.total_seconds() * 1000)}"
    cookies[EXPIRATION_COOKIE] = value
    morsel = cookies[EXPIRATION_COOKIE]
    morsel.set(EXPIRATION_COOKIE, value, f'"{value}"')
    morsel["path"] = "/"
    morsel["samesite"] = "Lax"
    if secure:
        morsel["secure"] = True
