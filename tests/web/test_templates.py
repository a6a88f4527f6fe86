"""Every page, filled: it can be drawn under a policy that allows no inline code, and be used without seeing or pointing."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from lxml import html
from tests.web import samples


@pytest.fixture(autouse=True)
def addresses(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.web.addresses"


def page(name: str, **changes: Any) -> Any:
    text = render_to_string(f"web/{name}.html", {**samples.context(name), **changes}, request=RequestFactory().get("/"))
    return html.document_fromstring(text)


PAGES = pytest.mark.parametrize("name", sorted(samples.PAGES))


@PAGES
def test_no_code_or_style_stands_in_the_page_itself(name: str) -> None:
    tree = page(name)
    assert not tree.xpath("//style | //@style")
    assert not [script for script in tree.iter("script") if not script.get("src")]
    assert not [attribute for attribute in tree.xpath("//@*") if attribute.attrname.startswith("on") or attribute.startswith("javascript:")]


@PAGES
def test_nothing_is_fetched_from_another_host(name: str) -> None:
    assert not [address for address in page(name).xpath("//@src | //@href") if "//" in address]


@PAGES
def test_it_has_one_main_heading_a_title_and_no_identity_twice(name: str) -> None:
    tree = page(name)
    assert len(tree.xpath("//h1")) == 1
    assert tree.findtext(".//title").endswith(" · Scanhouse")
    names = tree.xpath("//*[not(ancestor::template)]/@id")
    assert len(names) == len(set(names))


@PAGES
def test_every_control_has_a_name_that_can_be_heard(name: str) -> None:
    tree = page(name)
    labelled = set(tree.xpath("//label/@for"))
    for control in tree.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        assert control.get("id") in labelled or control.get("aria-label") or control.xpath("ancestor::label"), html.tostring(control)
    for control in tree.xpath("//button | //a[@href] | //summary"):
        assert control.text_content().strip() or control.get("aria-label") or control.get("aria-hidden"), html.tostring(control)


@PAGES
def test_every_form_that_changes_something_carries_the_token_of_the_sign_in(name: str) -> None:
    for form in page(name).xpath("//form[@method='post']"):
        assert form.xpath(".//input[@name='csrf'][@value='t0ken']")


def test_text_of_users_is_text_and_never_markup() -> None:
    evil = "<img src=x onerror=alert(1)>"
    subject = SimpleNamespace(id="S1", label=evil)
    tree = page("subject", subject=subject, trail=[(evil, "/")])
    assert evil in tree.find(".//h1").text_content()
    assert not tree.xpath("//img[@onerror]")


def test_who_may_only_read_sees_no_button_that_would_be_refused() -> None:
    tree = page("session", may=SimpleNamespace(edit=False, delete=False, create=False))
    assert not tree.xpath("//main//form[@method='post']")
    assert "Delete" not in tree.find(".//main").text_content()


def test_a_guest_is_offered_to_sign_in_and_no_navigation_that_needs_it() -> None:
    tree = page("home", actor=SimpleNamespace(is_guest=True), csrf="", may_create=False)
    assert tree.xpath("//a[starts-with(@href, '/sign-in?next=')]")
    assert not tree.xpath("//nav[@class='nav']")


def test_a_description_of_a_protected_project_offers_no_data() -> None:
    may = SimpleNamespace(enter=False, create=False, manage=False)
    tree = page("project_sessions", may=may)
    assert not tree.xpath("//nav[@class='tabs']")


def test_an_empty_archive_says_what_to_do_first() -> None:
    tree = page("home", projects=[], sessions=[])
    assert tree.xpath("//a[@href='/new-project'][contains(., 'Make your first project')]")


def test_a_list_that_the_keyboard_walks_has_one_place_where_tab_enters_it() -> None:
    assert len(page("project_sessions").xpath("//tr[@data-row][@tabindex='0']")) == 1
