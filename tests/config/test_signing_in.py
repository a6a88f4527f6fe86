"""Every request has an actor; cookies, Basic credentials and tokens lead to it; forged requests go no further."""
from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from scanhouse.access import actors, guesses, passwords, sign_ins, tokens, users
from scanhouse.access.actors import GUEST, SYSTEM
from scanhouse.access.models import SignIn
from scanhouse.config import signing_in
from scanhouse.config.signing_in import Refusal, SigningIn
from scanhouse.records import preferences
from scanhouse.xnat.session import COOKIE, EXPIRATION_COOKIE

PASSWORD = "correct horse 9"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CURL = "curl/8.9"


@pytest.fixture(autouse=True)
def people(db: None, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["tests.access.hashers.Quick"]
    passwords.forget()
    preferences.forget()
    for login in ("jane", "joe"):
        users.create(login, password=PASSWORD, email=f"{login}@example.org", by=SYSTEM)


class Browser:
    """Something that keeps cookies, as browsers and `requests.Session` do. `seen` is what the door got."""

    def __init__(self, agent: str = CURL, door: Callable[[HttpRequest], None] | None = None) -> None:
        self.agent, self.door, self.cookies = agent, door, {}
        self.seen: HttpRequest | None = None

    def __call__(self, method: str, path: str = "/data/projects", *, basic: tuple[str, str] | None = None, **options: Any) -> HttpResponse:
        headers = {"User-Agent": self.agent, **options.pop("headers", {})}
        if basic:
            headers["Authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
        request = RequestFactory().generic(method, path, headers=headers, **options)
        request.COOKIES.update(self.cookies)
        self.seen = None
        response = SigningIn(self._view)(request)
        for name, morsel in response.cookies.items():
            if morsel["max-age"] == 0:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value
        return response

    def _view(self, request: HttpRequest) -> HttpResponse:
        self.seen = request
        if self.door is not None:
            self.door(request)
        return HttpResponse()

    @property
    def login(self) -> str:
        assert self.seen is not None, "the request did not reach the door"
        return self.seen.actor.login


@pytest.fixture
def jane() -> Browser:
    """A script of jane that has a live cookie."""
    browser = Browser()
    browser("GET", basic=("jane", PASSWORD))
    return browser


def test_who_shows_nothing_is_a_guest() -> None:
    browser = Browser()
    response = browser("GET")
    assert browser.seen is not None and browser.seen.actor is GUEST and browser.seen.sign_in is None
    assert not response.cookies


def test_login_and_password_open_a_sign_in_and_set_its_cookie() -> None:
    browser = Browser()
    response = browser("GET", "/data/auth", basic=("jane", PASSWORD))
    cookie = response.cookies[COOKIE]
    assert browser.login == "jane" and browser.seen.sign_in.id == cookie.value
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/" and not cookie["secure"]


def test_behind_https_the_cookie_is_for_https_only(settings: Any) -> None:
    settings.COOKIE_SECURE = True
    response = Browser()("GET", basic=("jane", PASSWORD))
    assert response.cookies[COOKIE]["secure"] and response.cookies[EXPIRATION_COOKIE]["secure"]


def test_each_call_with_a_password_alone_opens_a_sign_in_of_its_own() -> None:
    ids = {Browser()("GET", "/data/auth", basic=("jane", PASSWORD)).cookies[COOKIE].value for _ in range(2)}
    assert len(ids) == 2


def test_the_cookie_alone_is_enough_and_costs_one_query(jane: Browser, django_assert_num_queries: Any) -> None:
    preferences.get("sessionTimeout")
    with django_assert_num_queries(1):
        response = jane("GET")
    assert jane.login == "jane" and COOKIE not in response.cookies


def test_cookie_and_password_together_go_on_with_the_same_sign_in(jane: Browser) -> None:
    before = jane.cookies[COOKIE]
    jane("GET", basic=("JANE", PASSWORD))
    assert jane.login == "jane" and jane.cookies[COOKIE] == before and SignIn.objects.count() == 1


def test_a_password_of_another_user_counts_more_than_the_cookie_and_ends_it(jane: Browser) -> None:
    before = jane.cookies[COOKIE]
    jane("GET", basic=("joe", PASSWORD))
    assert jane.login == "joe" and jane.cookies[COOKIE] != before
    assert sign_ins.find(before) is None


def test_a_cookie_that_somebody_else_chose_never_becomes_a_sign_in() -> None:
    browser = Browser()
    browser.cookies[COOKIE] = "A" * 32
    browser("GET", basic=("jane", PASSWORD))
    assert browser.cookies[COOKIE] != "A" * 32


def test_a_dead_cookie_makes_a_guest_and_is_taken_back(jane: Browser) -> None:
    sign_ins.sign_out(jane.cookies[COOKIE])
    jane("GET")
    assert jane.login == "guest" and COOKIE not in jane.cookies


@pytest.mark.parametrize(
    "credentials",
    [("jane", "wrong"), ("nobody", PASSWORD), ("", ""), ("1-2-3-4-5-6-7-8", "x"), ("00000000-0000-0000-0000-000000000000", "x")],
)
@pytest.mark.parametrize("path", ["/data/projects", "/xapi/siteConfig/buildInfo", "/"])
def test_credentials_that_do_not_hold_are_refused_everywhere(credentials: tuple[str, str], path: str) -> None:
    browser = Browser()
    response = browser("GET", path, basic=credentials)
    assert response.status_code == 401 and browser.seen is None
    assert response.headers.get("WWW-Authenticate", "") == ("" if path == "/" else 'Basic realm="XNAT Protected Area"')


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic /w==", "Basic " + "A" * 100_000, "basic amFuZQ=="])
def test_what_is_called_basic_but_is_not_is_a_wrong_password(header: str) -> None:
    assert Browser()("GET", headers={"Authorization": header}).status_code == 401


def test_other_schemes_are_not_for_us() -> None:
    browser = Browser()
    browser("GET", headers={"Authorization": "Bearer x"})
    assert browser.login == "guest"


@pytest.mark.usefixtures("no_time_passes_between_guesses")
def test_too_many_attempts_are_told_to_wait() -> None:
    for _ in range(guesses.PER_LOGIN.free + 1):
        assert Browser()("GET", basic=("jane", "wrong")).status_code == 401
    response = Browser()("GET", basic=("jane", PASSWORD))
    assert response.status_code == 429 and int(response.headers["Retry-After"]) >= 1


def test_an_alias_token_signs_its_user_in_until_it_is_invalidated() -> None:
    token = tokens.issue(by=actors.load("jane"))
    browser = Browser()
    browser("GET", basic=(token.alias, token.secret))
    browser("GET", basic=(token.alias, token.secret))
    assert browser.login == "jane" and SignIn.objects.count() == 1
    tokens.invalidate(token.alias, by=actors.load("jane"))
    assert Browser()("GET", basic=(token.alias, token.secret)).status_code == 401


def test_a_door_signs_in_and_out_by_setting_the_sign_in() -> None:
    def sign_in(request: HttpRequest) -> None:
        request.sign_in = sign_ins.sign_in(actors.load("jane"), instead_of=request.sign_in)

    def sign_out(request: HttpRequest) -> None:
        sign_ins.sign_out(request.sign_in.id)
        request.sign_in = None

    browser = Browser(door=sign_in)
    browser("GET", "/sign-in")
    first = browser.cookies[COOKIE]
    browser("GET", "/sign-in")
    assert browser.cookies[COOKIE] != first and sign_ins.find(first) is None
    browser.door = sign_out
    browser("GET", "/sign-out")
    assert COOKIE not in browser.cookies and not SignIn.objects.exists()


def test_the_expiration_cookie_has_quotes_and_is_for_the_wire_only(jane: Browser) -> None:
    response = jane("GET", "/REST/projects")
    assert EXPIRATION_COOKIE + '="' in response.cookies.output()
    end, length = response.cookies[EXPIRATION_COOKIE].value.split(",")
    assert int(length) == 15 * 60_000 and int(end) > 1_700_000_000_000
    assert EXPIRATION_COOKIE not in jane("GET", "/projects").cookies


def test_the_lifetime_is_the_sites_choice() -> None:
    preferences.change({"sessionTimeout": "2 hours"}, by=SYSTEM)
    browser = Browser()
    browser("GET", basic=("jane", PASSWORD))
    assert browser.seen.sign_in.lifetime == timedelta(hours=2)


@pytest.mark.parametrize(
    ("seen", "address"), [("192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::1"), ("", None), ("unix:/run/x", None)]
)
def test_the_address_is_the_servers_word_and_no_header(seen: str, address: str | None) -> None:
    response = Browser()("GET", basic=("jane", PASSWORD), headers={"X-Forwarded-For": "203.0.113.9"}, REMOTE_ADDR=seen)
    assert response.status_code == 200
    assert SignIn.objects.get().address == address


@pytest.mark.parametrize(
    ("text", "span"),
    [("15 minutes", 900), ("1 Minute", 60), ("30", 1800), ("2 days", 172_800), (" 8 hours ", 28_800), ("0", None), ("soon", None), ("", None)],
)
def test_spans_are_read_as_people_write_them(text: str, span: int | None) -> None:
    assert signing_in.span(text) == (None if span is None else timedelta(seconds=span))


def test_pages_that_are_the_same_for_everybody_ask_nothing(jane: Browser, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        jane("GET", "/static/site.css")
    assert jane.login == "guest" and COOKIE in jane.cookies


# -- forged requests -------------------------------------------------------------------------------------------------------


@pytest.fixture
def firefox(jane: Browser) -> Browser:
    """Jane's cookie in a browser."""
    jane.agent = FIREFOX
    return jane


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_browser_that_relies_on_its_cookie_shows_the_token(firefox: Browser, method: str) -> None:
    assert firefox(method).status_code == 403 and firefox.seen is None
    assert firefox(method, headers={"X-CSRF-Token": "wrong"}).status_code == 403
    csrf = sign_ins.find(firefox.cookies[COOKIE]).csrf
    assert firefox(method, headers={"X-CSRF-Token": csrf}).status_code == 200
    assert firefox(method, f"/data/projects/P?XNAT_CSRF={csrf}").status_code == 200


def test_the_token_may_be_a_field_of_a_form(firefox: Browser) -> None:
    csrf = sign_ins.find(firefox.cookies[COOKIE]).csrf
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert firefox("POST", "/projects", data=f"csrf={csrf}&name=x", **form).status_code == 200
    assert firefox.seen.POST["name"] == "x"
    assert firefox("POST", "/projects", data="csrf=x", **form).status_code == 403


def test_the_body_of_an_upload_is_left_to_the_door(firefox: Browser) -> None:
    firefox("POST", data=b"zip", content_type="application/zip", headers={"X-CSRF-Token": sign_ins.find(firefox.cookies[COOKIE]).csrf})
    assert firefox.seen.read() == b"zip"


def test_the_token_of_another_sign_in_does_not_do(firefox: Browser) -> None:
    other = sign_ins.sign_in(actors.load("jane"))
    assert firefox("POST", headers={"X-CSRF-Token": other.csrf}).status_code == 403


def test_reading_needs_no_token(firefox: Browser) -> None:
    assert [firefox(method).status_code for method in ("GET", "HEAD", "OPTIONS")] == [200] * 3


@pytest.mark.parametrize("agent", ["", CURL, "python-requests/2.32", "Java/17.0.1", "XNATDesktopClient/3.0 Mozilla/5.0"])
def test_scripts_need_no_token(jane: Browser, agent: str) -> None:
    jane.agent = agent
    assert jane("PUT").status_code == 200


def test_a_browser_with_login_and_password_needs_no_token() -> None:
    assert Browser(FIREFOX)("PUT", basic=("jane", PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"}, {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_what_comes_from_a_page_of_another_site_is_refused_whatever_it_shows(firefox: Browser, headers: dict[str, str]) -> None:
    csrf = sign_ins.find(firefox.cookies[COOKIE]).csrf
    assert firefox("POST", headers={"X-CSRF-Token": csrf, **headers}).status_code == 403
    assert firefox("POST", basic=("jane", PASSWORD), headers=headers).status_code == 403
    assert Browser(FIREFOX)("POST", "/sign-in", headers=headers).status_code == 403, "nor may it sign somebody in"


@pytest.mark.parametrize("headers", [{"Origin": "http://testserver"}, {"Origin": "https://TESTSERVER", "Sec-Fetch-Site": "same-origin"}])
def test_what_comes_from_a_page_of_ours_goes_on(firefox: Browser, headers: dict[str, str]) -> None:
    assert firefox("POST", headers={"X-CSRF-Token": sign_ins.find(firefox.cookies[COOKIE]).csrf, **headers}).status_code == 200


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A door's own answer."""
    return HttpResponse(f"<h3>{refusal.message}</h3>", status=refusal.status)


def test_a_door_may_answer_refusals_in_its_own_way(settings: Any) -> None:
    settings.SIGNING_IN_ANSWERS = [("/data", "tests.config.test_signing_in.answer")]
    assert Browser()("GET", basic=("jane", "wrong")).content.startswith(b"<h3>Login or password is wrong.")
    assert Browser()("GET", "/xapi/users", basic=("jane", "wrong")).content.startswith(b"Login or password is wrong.")
