"""Settings of the site: typed, with defaults, for the eyes they are meant for, changed by administrators."""
from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from scanhouse.access.actors import GUEST, SYSTEM
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import preferences
from scanhouse.records.models import Preference
from tests.builders import an_archive

pytestmark = pytest.mark.django_db


def test_a_setting_has_its_default_until_it_is_changed_and_again_when_it_is_cleared() -> None:
    assert preferences.get("siteId") == "XNAT"
    preferences.change({"siteId": "SITE"}, by=SYSTEM)
    assert preferences.get("siteId") == "SITE"
    preferences.change({"siteId": None}, by=SYSTEM)
    assert preferences.get("siteId") == "XNAT"


@pytest.mark.parametrize("name, sent, kept", [
    ("requireLogin", "false", False), ("requireLogin", True, True), ("requireLogin", "TRUE", True),
    ("sessionXmlRebuilderInterval", "1", 1), ("sessionXmlRebuilderInterval", 7, 7),
    ("enabledProviders", '["localdb","ldap"]', ["localdb", "ldap"]), ("enabledProviders", "localdb, ldap", ["localdb", "ldap"]),
    ("siteId", 5, "5"), ("custom", {"any": ["thing"]}, {"any": ["thing"]}),
])  # fmt: skip
def test_values_are_typed_whatever_form_they_come_in(name: str, sent: Any, kept: Any) -> None:
    preferences.change({name: sent}, by=SYSTEM)
    assert preferences.get(name) == kept


@pytest.mark.parametrize("name, wrong", [
    ("requireLogin", "maybe"), ("requireLogin", 1), ("sessionXmlRebuilderInterval", "soon"), ("sessionXmlRebuilderInterval", True),
    ("enabledProviders", [1]), ("", "x"), (":version", "x"), ("a\nb", "x"), ("siteDescriptionText", "x" * (1 << 21)),
])  # fmt: skip
def test_one_wrong_value_and_none_is_stored(name: str, wrong: Any) -> None:
    with pytest.raises(Invalid):
        preferences.change({"siteId": "SITE", name: wrong}, by=SYSTEM)
    assert not Preference.objects.exists()


def test_everybody_reads_what_is_meant_for_him() -> None:
    archive = an_archive().with_user("ann").with_user("root", admin=True)
    preferences.change({"custom": "secret"}, by=archive.actor("root"))
    cases = [(GUEST, {"siteId"}), (archive.actor("ann"), {"siteId", "sitewidePetTracers"}),
             (archive.actor("root"), {"siteId", "sitewidePetTracers", "passwordComplexityMessage", "custom"})]
    names = {"siteId", "sitewidePetTracers", "passwordComplexityMessage", "custom"}
    for actor, readable in cases:
        assert names & preferences.everything(actor).keys() == readable
        for name in names - readable:
            with pytest.raises(Forbidden):
                preferences.read(actor, name)
    with pytest.raises(NotFound):
        preferences.read(archive.actor("root"), "unheard of")


def test_only_administrators_change_settings() -> None:
    archive = an_archive().with_user("ann")
    for actor in (GUEST, archive.actor("ann")):
        with pytest.raises(Forbidden):
            preferences.change({"siteId": "SITE"}, by=actor)


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_seen_by_others_and_is_not_remembered() -> None:
    seen: list[str] = []

    def look() -> None:
        preferences.forget()
        seen.append(preferences.get("siteId"))
        connection.close()

    with transaction.atomic():
        preferences.change({"siteId": "SITE"}, by=SYSTEM)
        assert preferences.get("siteId") == "SITE"
        other = threading.Thread(target=look)
        other.start()
        other.join()
        transaction.set_rollback(True)
    assert (seen, preferences.get("siteId")) == (["XNAT"], "XNAT")


@pytest.mark.django_db(transaction=True)
def test_reading_costs_nothing_while_nothing_changes(django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preferences, "FRESH", 600.0)
    preferences.forget()
    preferences.get("siteId")
    with django_assert_num_queries(0):
        for _ in range(100):
            preferences.get("siteId")


def test_every_setting_that_the_code_asks_for_is_in_the_table() -> None:
    source = Path(preferences.__file__).parents[1]
    asked = {name for file in source.rglob("*.py") for name in re.findall(r'preferences\.get\("([^"]+)"\)', file.read_text())}
    assert asked - preferences.REGISTRY.keys() == set()


def test_every_setting_says_what_it_is_for() -> None:
    for setting in preferences.REGISTRY.values():
        assert setting.help and not setting.help.endswith(".")
        assert setting.typed(setting.default) == setting.default
