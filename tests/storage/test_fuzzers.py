"""The fuzzers run, and find nothing in a short while; run them longer by hand (see their heads)."""
from __future__ import annotations

from fuzz import archives, names


def test_damaged_archives_end_in_members_or_in_our_refusal() -> None:
    ends = archives.run(60, seed=11, folders=[], limit=1200)
    assert ends.keys() == {"refused", "some refused", "read"}


def test_hostile_names_are_refused_or_harmless_everywhere() -> None:
    ends = names.run(60, seed=11, limit=5000)
    assert ends.keys() == {"refused", "accepted"}
