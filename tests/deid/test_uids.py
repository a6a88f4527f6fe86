"""New UIDs for old ones."""
from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanhouse.deid.context import Context
from scanhouse.deid.errors import RunError
from scanhouse.deid.uids import below, hash_uid, keyed_uid, mapped_uid, new_uid

UID = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))+")


def test_the_public_hash_is_that_of_xnat():
    assert hash_uid("1.2.3.4.5") == "2.25.281097975800109040096884226991818420711"


def test_a_keyed_uid_depends_on_the_key_and_not_on_padding():
    assert keyed_uid("1.2.3", b"a") == keyed_uid("1.2.3\0", b"a") != keyed_uid("1.2.3", b"b")


def test_without_a_key_a_mapped_uid_is_random_but_remembered():
    context, other = Context(), Context()
    first = mapped_uid("1.2.3", "1.2.99", context)
    assert mapped_uid("1.2.3", "1.2.99", context) == first != mapped_uid("1.2.3", "1.2.99", other)
    assert context.uids == {("1.2.99", "1.2.3"): first}


def test_with_a_key_runs_that_know_nothing_of_one_another_agree():
    assert mapped_uid("1.2.3", "1.2.99", Context(key=b"k")) == mapped_uid("1.2.3", "1.2.99", Context(key=b"k"))


@pytest.mark.parametrize("prefix", ["", "a.b", "01.2", "1..2", "1." * 40])
def test_a_prefix_that_begins_no_uid_is_refused(prefix):
    with pytest.raises(RunError):
        below(prefix, 1)


def test_the_caller_may_make_the_fresh_uids():
    assert new_uid(Context(new_uid=lambda: "2.25.7")) == "2.25.7"
    assert new_uid(Context()) != new_uid(Context())


@given(st.text(st.characters(codec="utf-8")), st.binary(min_size=1))
def test_every_new_uid_is_a_uid_of_at_most_64_characters(text, key):
    for uid in (hash_uid(text), keyed_uid(text, key, prefix="1.2.840.99")):
        assert UID.fullmatch(uid) and len(uid) <= 64
