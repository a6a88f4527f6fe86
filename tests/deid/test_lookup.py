"""DicomEdit's lookup table."""
from __future__ import annotations

import pytest

from scanhouse.deid.errors import SyntaxFault
from scanhouse.deid.lookup import parse_lookup


def test_entries_comments_and_blanks():
    assert parse_lookup("// patients\n pid / ID 1 = ANON 7 // first\r\n\nacc/A=B") == {"pid/ID 1": "ANON 7", "acc/A": "B"}


@pytest.mark.parametrize("line", ["pid/A", "A = B", "pid/A = B = C", "pid/A/B = C", "pid/A = B/C", "pid = A/B"])
def test_a_line_that_is_no_entry_is_named_but_not_repeated(line):
    with pytest.raises(SyntaxFault) as fault:
        parse_lookup("a/b = c\n" + line)
    assert fault.value.line == 2
    assert line not in str(fault.value)
