"""Small DICOM bytes for tests, written by hand so that they can be wrong in one chosen way."""
from __future__ import annotations

import struct
from pathlib import Path

import pydicom

from scanhouse.dicom.part10 import meta_bytes

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT, IMPLICIT, BIG, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
LONG = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD


def explicit(tag: int, vr: str, value: bytes | str = b"", length: int | None = None, order: str = "<") -> bytes:
    data = value.encode("latin-1") if isinstance(value, str) else value
    data += b" " * (len(data) % 2)
    size = len(data) if length is None else length
    head = struct.pack(order + "HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    return head + (struct.pack(order + "HI", 0, size) if vr in LONG else struct.pack(order + "H", size)) + data


def implicit(tag: int, value: bytes | str = b"", length: int | None = None, order: str = "<") -> bytes:
    data = value.encode("latin-1") if isinstance(value, str) else value
    data += b" " * (len(data) % 2)
    return struct.pack(order + "HHI", tag >> 16, tag & 0xFFFF, len(data) if length is None else length) + data


def item(data: bytes, undefined: bool = False) -> bytes:
    return implicit(ITEM, data, UNDEFINED) + implicit(ITEM_END) if undefined else implicit(ITEM, data)


def sequence(tag: int, *items: bytes, vr: str = "SQ") -> bytes:
    """An explicit sequence of undefined length."""
    return explicit(tag, vr, b"".join(items), UNDEFINED) + implicit(SEQUENCE_END)


IDENTITY = (
    (0x00080016, "UI", CT), (0x00080018, "UI", "1.2.3.4"), (0x00080060, "CS", "CT"), (0x00100010, "PN", "Doe^Jane"),
    (0x0020000D, "UI", "1.2.3"), (0x0020000E, "UI", "1.2.3.1"), (0x00200011, "IS", "7"), (0x00200013, "IS", "12"),
)  # fmt: skip


def instance(*more: bytes, syntax: str = EXPLICIT, pixels: bytes = b"") -> bytes:
    """A valid CT file in explicit VR little endian; `more` elements stand before the pixels."""
    body = b"".join(explicit(*parts) for parts in IDENTITY) + b"".join(more) + pixels
    return meta_bytes(sop_class_uid=CT, sop_instance_uid="1.2.3.4", transfer_syntax_uid=syntax) + body


def bundled() -> list[Path]:
    """The files that come with pydicom. (Its own `get_testdata_files` would go on to the network for more.)"""
    return sorted(path for path in (Path(pydicom.__file__).parent / "data/test_files").rglob("*") if path.is_file())
