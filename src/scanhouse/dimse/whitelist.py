"""Who may call a receiver: entries of the forms `AE`, `address`, `network/bits` and `AE@address` (also `AE@network/bits`).

An entry matches when all that it names matches; a list matches when one entry does. AE titles are compared as they are: DICOM's are
case-sensitive (PS3.5 table 6.2-1).
"""
from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from scanhouse.errors import Invalid

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_AE_TITLE = 16


class BadWhitelistEntry(Invalid):
    """An entry that is none of the four forms."""

    def __init__(self, entry: str) -> None:
        super().__init__(f"{entry!r} is no whitelist entry: write an AE title, an address or network (10.1.0.0/16), or AE@address.")
        self.entry = entry


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; None stands for any."""

    ae_title: str | None
    network: Network | None

    def matches(self, ae_title: str, address: str) -> bool:
        if self.ae_title is not None and self.ae_title != ae_title:
            return False
        return self.network is None or _address(address) in self.network


def parse(text: str) -> Entry:
    """One entry. Raises `BadWhitelistEntry`."""
    text = text.strip()
    title, at, place = text.rpartition("@")
    network = _network(place)
    if at:
        if network is None or not _is_title(title):
            raise BadWhitelistEntry(text)
        return Entry(title, network)
    if network is not None:
        return Entry(None, network)
    if not _is_title(text):
        raise BadWhitelistEntry(text)
    return Entry(text, None)


def admits(entries: Iterable[Entry], ae_title: str, address: str) -> bool:
    """Does one of the entries match this caller?"""
    return any(entry.matches(ae_title, address) for entry in entries)


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The caller's address; one of IPv4 that comes through a socket of IPv6 is of IPv4, and a zone is not part of it."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_title(text: str) -> bool:
    return 0 < len(text) <= MAX_AE_TITLE and text.isascii() and text.isprintable() and "\\" not in text and text == text.strip()
