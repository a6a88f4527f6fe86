from __future__ import annotations

import pytest

from scanhouse.dimse.whitelist import BadWhitelistEntry, admits, parse


@pytest.mark.parametrize(("entry", "ae_title", "address", "expected"), [
    ("SCANNER", "SCANNER", "10.1.2.3", True),
    ("SCANNER", "scanner", "10.1.2.3", False),
    ("SCANNER", "SCANNER2", "10.1.2.3", False),
    ("MR ROOM 2", "MR ROOM 2", "10.1.2.3", True),
    ("10.1.2.3", "ANYBODY", "10.1.2.3", True),
    ("10.1.2.3", "ANYBODY", "10.1.2.4", False),
    ("10.1.0.0/16", "ANYBODY", "10.1.255.255", True),
    ("10.1.2.3/16", "ANYBODY", "10.1.255.255", True),
    ("10.1.0.0/16", "ANYBODY", "10.2.0.1", False),
    ("SCANNER@10.1.2.3", "SCANNER", "10.1.2.3", True),
    ("SCANNER@10.1.2.3", "SCANNER", "10.1.2.4", False),
    ("SCANNER@10.1.2.3", "OTHER", "10.1.2.3", False),
    ("SCANNER@10.1.0.0/16", "SCANNER", "10.1.9.9", True),
    (" SCANNER ", "SCANNER", "10.1.2.3", True),
    ("A@B@10.1.2.3", "A@B", "10.1.2.3", True),
    ("127.0.0.1", "ANYBODY", "::ffff:127.0.0.1", True),
    ("fe80::/10", "ANYBODY", "fe80::1%eth0", True),
    ("10.0.0.0/8", "ANYBODY", "fe80::1", False),
])
def test_an_entry_matches_when_all_that_it_names_matches(entry, ae_title, address, expected):
    assert parse(entry).matches(ae_title, address) is expected


def test_one_entry_is_enough_and_none_admits_nobody():
    entries = [parse("OTHER"), parse("10.1.0.0/16")]
    assert admits(entries, "SCANNER", "10.1.2.3") and not admits([], "SCANNER", "10.1.2.3")


BAD = ["", "@10.1.2.3", "SCANNER@", "SCANNER@somewhere", "A TITLE THAT IS TOO LONG", "A\\B", "Größe", "A\tB", "10.1.2.300/99@X"]


@pytest.mark.parametrize("entry", BAD)
def test_an_entry_of_another_form_is_refused_with_the_forms_there_are(entry):
    with pytest.raises(BadWhitelistEntry, match="AE@address"):
        parse(entry)
