"""What routing and indexing must know of an instance, read from the first bytes of its file in well under 0.1 ms."""
from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from struct import Struct

from pydicom.datadict import dictionary_keyword, dictionary_VR, tag_for_keyword

from scanhouse.dicom.charsets import DEFAULT, NAME_DELIMITERS, TEXT_DELIMITERS, decode, encodings
from scanhouse.dicom.header import UNDEFINED, Header, scan
from scanhouse.dicom.identity import identifies, is_uid
from scanhouse.dicom.part10 import Buffer, FileMeta, read_meta
from scanhouse.dicom.refusals import BadUid, HeadTooShort, MissingUid, NoInstanceUid, NotAnInstance, Truncated
from scanhouse.dicom.sources import mapped

HEAD_LENGTH = 64 << 10
"""Bytes to read of a file at first: the headers of 99 of 100 instances are shorter. For the others `read_facts` maps the file."""

MAX_TEXT = 10_240
"""Characters kept of one value: LT, the longest text that describes rather than contains, has at most that many (PS3.5 table 6.2-1)."""

NUL = "\ufffd"
"""What a NUL inside of a value becomes: PostgreSQL's text cannot hold one, and a UID with one must not look like another UID."""

TEXT_KEYWORDS = (
    "SOPClassUID", "SOPInstanceUID", "StudyDate", "SeriesDate", "StudyTime", "SeriesTime", "AccessionNumber", "Modality", "Manufacturer",
    "InstitutionName", "ReferringPhysicianName", "StationName", "StudyDescription", "SeriesDescription", "OperatorsName",
    "ManufacturerModelName", "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PatientAge", "PatientWeight",
    "AdditionalPatientHistory", "PatientComments", "BodyPartExamined", "MagneticFieldStrength", "ProtocolName", "StudyInstanceUID",
    "SeriesInstanceUID", "StudyID", "SeriesNumber", "InstanceNumber", "NumberOfFrames", "StudyComments",
)  # fmt: skip
"""Elements that `Facts.text` always has."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One instance. UIDs are valid; numbers are None where the value is absent or no number (the text is kept as it came).

    `number_of_frames` is 1 for an image that does not say, 0 without pixel data. `pixel_offset` is where in the file the value of
    Pixel Data begins; None without it and for deflated data sets. `pixel_length` is that value's length in bytes as written,
    None when undefined (encapsulated). `pixels_cut` says that the file ends before the pixel data does.
    `text` has every keyword of `TEXT_KEYWORDS` and the extra ones asked for ("" when absent), without padding.
    """

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    modality: str
    series_number: int | None
    instance_number: int | None
    rows: int | None
    columns: int | None
    bits_allocated: int | None
    samples_per_pixel: int | None
    photometric: str
    number_of_frames: int
    pixel_offset: int | None
    pixel_length: int | None
    pixels_cut: bool
    dataset_offset: int
    explicit_vr: bool
    text: dict[str, str]


def beginning(head: Buffer) -> FileMeta:
    """Whether a file begins as an instance does, at a tenth of the cost of its facts. Raises `NotDicom`, `NotAnInstance`, `HeadTooShort`."""
    meta = read_meta(head)
    if meta.sop_class_uid == _DIRECTORY:
        raise NotAnInstance("This is a DICOMDIR, an index of other files. Send the files it names.")
    return meta


def facts(head: Buffer, *, size: int, extra: Iterable[int] = ()) -> Facts:
    """Read the facts of the instance whose file of `size` bytes begins with `head`; `extra` tags go to `Facts.text` too, by keyword
    or, where PS3.6 has none, as 8 hexadecimal digits.

    Raises `HeadTooShort` when the header goes on beyond `head`, `NotDicom`, `NotAnInstance` (a DICOMDIR), `Truncated`, `BadEncoding`,
    `TooComplex`, `NoInstanceUid`, `MissingUid`, `BadUid`: all `Invalid`.
    """
    try:
        meta = beginning(head)
    except HeadTooShort as error:
        if len(head) < size:
            raise
        raise Truncated("The file ends inside its File Meta Information. Send the whole file.", at=len(head)) from error
    wanted = _wanted(tuple(extra))
    header = scan(head, meta.dataset_offset, meta.transfer_syntax_uid, wanted.tags)
    _check_end(header, head, size)
    text = _texts(header, wanted)
    values = header.values
    u16 = _U16_LITTLE if header.little_endian else _U16_BIG
    has_pixels = header.pixel_tag is not None
    in_file = has_pixels and not header.inflated
    defined = has_pixels and header.pixel_length != UNDEFINED
    frames = _integer(text["NumberOfFrames"])
    return Facts(
        study_instance_uid=_uid(text, "StudyInstanceUID"),
        series_instance_uid=_uid(text, "SeriesInstanceUID"),
        sop_instance_uid=_uid(text, "SOPInstanceUID"),
        sop_class_uid=_sop_class(text, meta.sop_class_uid),
        transfer_syntax_uid=_checked("TransferSyntaxUID", meta.transfer_syntax_uid),
        modality=text["Modality"],
        series_number=_integer(text["SeriesNumber"]),
        instance_number=_integer(text["InstanceNumber"]),
        rows=_number(values.get(0x00280010), u16),
        columns=_number(values.get(0x00280011), u16),
        bits_allocated=_number(values.get(0x00280100), u16),
        samples_per_pixel=_number(values.get(0x00280002), u16),
        photometric=_code(values.get(_PHOTOMETRIC)),
        number_of_frames=max(1, frames or 1) if has_pixels else 0,
        pixel_offset=header.pixel_offset if in_file else None,
        pixel_length=header.pixel_length if defined else None,
        pixels_cut=in_file and (header.pixel_offset or 0) + (header.pixel_length if defined else 8) > size,
        dataset_offset=meta.dataset_offset,
        explicit_vr=header.explicit,
        text=text,
    )


def read_facts(path: Path, *, extra: Iterable[int] = ()) -> Facts:
    """Facts of a file on disk: from its first bytes, or from the mapped file when the header is longer. Raises as `facts` does."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        try:
            return facts(file.read(HEAD_LENGTH), size=size, extra=extra)
        except HeadTooShort:
            with mapped(path) as view:
                return facts(view, size=size, extra=extra)


@dataclass(frozen=True, slots=True)
class _Wanted:
    tags: frozenset[int]
    texts: tuple[tuple[int, str, str], ...]  # tag, name in Facts.text, VR


_DIRECTORY = "1.2.840.10008.1.3.10"
_NUMBERS = frozenset((0x00280002, 0x00280010, 0x00280011, 0x00280100))
_CHARSET, _PHOTOMETRIC = 0x00080005, 0x00280004
_U16_LITTLE, _U16_BIG = Struct("<H"), Struct(">H")
_BINARY = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "UV": "Q", "SV": "q"}
_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1  # of IS, PS3.5 table 6.2-1


@lru_cache(maxsize=64)
def _wanted(extra: tuple[int, ...]) -> _Wanted:
    tags: dict[int, str] = {}
    for keyword in TEXT_KEYWORDS:
        tag = tag_for_keyword(keyword)
        assert tag is not None, keyword
        tags[tag] = keyword
    for tag in extra:
        tags.setdefault(tag, _keyword(tag))
    texts = tuple((tag, name, _vr(tag)) for tag, name in sorted(tags.items()))
    return _Wanted(frozenset(tags) | _NUMBERS | {_CHARSET, _PHOTOMETRIC}, texts)


def _keyword(tag: int) -> str:
    try:
        return dictionary_keyword(tag) or f"{tag:08X}"
    except KeyError:
        return f"{tag:08X}"


def _vr(tag: int) -> str:
    try:
        return dictionary_VR(tag)[:2]
    except KeyError:
        return "LO"


def _texts(header: Header, wanted: _Wanted) -> dict[str, str]:
    values = header.values
    charset = values.get(_CHARSET)
    codecs = encodings(charset) if charset else DEFAULT
    texts: dict[str, str] = {}
    for tag, name, vr in wanted.texts:
        raw = values.get(tag)
        if not raw:
            texts[name] = ""
        elif vr in _BINARY:
            texts[name] = _numbers_as_text(raw, _BINARY[vr], header.little_endian)
        elif raw.isascii() and b"\x1b" not in raw and len(raw) <= MAX_TEXT:
            text = raw.decode("ascii").strip(" \x00")
            texts[name] = text.replace("\x00", NUL) if "\x00" in text else text
        else:
            text = decode(raw[: 4 * MAX_TEXT], codecs, NAME_DELIMITERS if vr == "PN" else TEXT_DELIMITERS)
            texts[name] = text[:MAX_TEXT].strip(" \x00").replace("\x00", NUL)
        if vr == "PN" and raw:
            texts[name] = texts[name].rstrip("=")  # empty component groups say nothing (PS3.5 6.2.1.1)
    return texts


def _numbers_as_text(raw: bytes, code: str, little_endian: bool) -> str:
    one = Struct(("<" if little_endian else ">") + code)
    whole = raw[: len(raw) // one.size * one.size][: 16 * one.size]
    return "\\".join(str(number) for (number,) in one.iter_unpack(whole))


def _number(raw: bytes | None, u16: Struct) -> int | None:
    if raw is None or len(raw) < 2:
        return None
    return int(u16.unpack_from(raw)[0])


def _code(raw: bytes | None) -> str:
    return raw.decode("ascii", "replace").strip(" \x00") if raw else ""


def _integer(text: str) -> int | None:
    """An integer string in the range of IS, else None: `two`, `1e99` and thirty digits are kept as text only."""
    if not text or len(text) > 12 or not text.isascii():  # longer than -2147483648, or digits of another script
        return None
    if not text.lstrip("+-").isdigit() or text[1:].strip("0123456789"):
        return None
    number = int(text)
    return number if _INT_MIN <= number <= _INT_MAX else None


def _uid(text: dict[str, str], keyword: str) -> str:
    value = text[keyword]
    if not value:
        raise NoInstanceUid(keyword) if keyword == "SOPInstanceUID" else MissingUid(keyword)
    if not identifies(value):
        raise BadUid(keyword)
    return value


def _sop_class(text: dict[str, str], from_meta: str) -> str:
    """The data set's SOP class counts; the meta information's is better than to refuse an instance that lacks it."""
    value = text["SOPClassUID"] or from_meta
    if not value:
        raise MissingUid("SOPClassUID")
    return _checked("SOPClassUID", value)


def _checked(keyword: str, value: str) -> str:
    if not is_uid(value):
        raise BadUid(keyword)
    return value


def _check_end(header: Header, head: Buffer, size: int) -> None:
    """Tell a head that is too short from a file that was cut."""
    if header.pixel_tag is not None:
        return
    if header.inflated:
        if header.complete:
            return
        if len(head) < size:
            raise HeadTooShort(needed=min(size, 2 * len(head)))
        raise Truncated("The deflated data set is cut. Send the whole file.", at=size)
    if len(head) < size:
        if header.stop >= len(head) or not header.complete:
            raise HeadTooShort(needed=min(size, max(header.stop + 8, 2 * len(head))))
        return
    # Some writers pad a file with zeros to an even or block size.
    if not header.complete and (header.stop > size or bytes(head[header.stop :]).strip(b"\x00")):
        raise Truncated(f"The data set ends in the middle of an element, near byte {min(header.stop, size)}. Send the whole file.", at=size)
