"""Addresses in parameters of imports."""
from __future__ import annotations

import pytest

from scanhouse.xnat import destinations
from scanhouse.xnat.destinations import BadDestination, BadSource, Destination, Source


@pytest.mark.parametrize(("text", "expected"), [
    ("", Destination()),
    ("/archive", Destination("archive")),
    ("/data/archive/projects/P", Destination("archive", "P")),
    ("/archive/projects/P/subjects/S", Destination("archive", "P", "S")),
    ("/archive/projects/P/subjects/S/experiments/E", Destination("archive", "P", "S", "E")),
    ("/prearchive", Destination("prearchive")),
    ("/prearchive/projects/Unassigned", Destination("prearchive", "Unassigned")),
    ("/prearchive/projects/P/20000101_050505/F", Destination("prearchive", "P", timestamp="20000101_050505", folder="F")),
    ("https://host/data/archive/projects/P%20Q", Destination("archive", "P Q")),
])
def test_a_destination_is_read(text: str, expected: Destination) -> None:
    assert destinations.destination(text) == expected


@pytest.mark.parametrize("text", ["/nowhere", "/archive/subjects/S", "/prearchive/projects/P/T", "/archive/projects/P/a/b/c/d", "x"])
def test_what_is_no_place_is_refused_with_the_two_that_are(text: str) -> None:
    with pytest.raises(BadDestination, match="begins with /archive or /prearchive"):
        destinations.destination(text)


def test_a_source_is_one_session_of_the_prearchive() -> None:
    assert destinations.source("/data/prearchive/projects/P/20000101_050505/F") == Source("P", "20000101_050505", "F")
    assert destinations.source("/prearchive/projects/Unassigned/T/F") == Source(None, "T", "F")
    assert Source(None, "T", "F").uri == "/prearchive/projects/Unassigned/T/F"
    with pytest.raises(BadSource):
        destinations.source("/archive/projects/P")
