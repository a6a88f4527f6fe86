"""One call of the wire: who asks, what the address names, and how XNAT spells parameters, flags and reasons (xnat-data-api 0.5, 0.7)."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict

from scanhouse.access.actors import Actor
from scanhouse.access.sign_ins import SignedIn
from scanhouse.errors import CutShort, Invalid
from scanhouse.records.history import Why

from . import negotiation

if TYPE_CHECKING:
    from .address import Address
    from .routes import Target

T = TypeVar("T")

MULTIPART, URLENCODED = "multipart/form-data", "application/x-www-form-urlencoded"
MAX_BODY = 33 << 20
"""Bytes of a body that is read into memory: the largest XML document that is taken, and a little."""
MAX_NUMBER = 10**9
ENDLESS = 1 << 50
"""Stands for the length of a body that does not say its own."""


class NotUnderstood(Invalid):
    """A parameter whose value makes no sense."""


def without_nul(value: T) -> T:
    """A text, or JSON value, that can be kept: the database takes no NUL. Raises NotUnderstood."""
    waiting: list[Any] = [value]
    while waiting:
        match waiting.pop():
            case str() as text if "\0" in text:
                raise NotUnderstood("There is a NUL character in what was sent. Leave it out.")
            case dict() as mapping:
                waiting += [*mapping, *mapping.values()]
            case list() as items:
                waiting += items
    return value


class TooLarge(Invalid):
    """A body that is read whole is larger than anything that is meant to be sent there."""


class Call:
    """A request, understood. Parameters are those of the query, then those of a form in the body."""

    def __init__(self, request: HttpRequest, address: Address[Target]) -> None:
        self.request = request
        self.address = address
        self.method = request.method or "GET"
        self.actor: Actor = request.actor  # type: ignore[attr-defined]
        self.names: Mapping[str, str] = address.names
        self.query: QueryDict = request.GET
        self.loaded: dict[str, Any] = {}

    # The address

    def name(self, key: str) -> str:
        """What stands for a name of the template; empty where the address has no such name."""
        return self.names.get(key, "")

    @property
    def remainder(self) -> tuple[str, ...]:
        return self.address.remainder

    @property
    def site(self) -> str:
        """`https://host`, for addresses in answers."""
        return f"{self.request.scheme}://{self.request.get_host()}"

    @property
    def sign_in(self) -> SignedIn | None:
        return self.request.sign_in  # type: ignore[attr-defined, no-any-return]

    @sign_in.setter
    def sign_in(self, value: SignedIn | None) -> None:
        self.request.sign_in = value  # type: ignore[attr-defined]

    # Parameters

    def get(self, key: str, default: str = "") -> str:
        """The first value of a parameter."""
        value = self.query.get(key)
        if value is None:
            value = self.form.get(key, default)
        return str(value)

    def all(self, key: str) -> list[str]:
        """All values of a parameter that may be repeated."""
        return [str(value) for value in (*self.query.getlist(key), *self.form.getlist(key))]

    def has(self, key: str) -> bool:
        return key in self.query or key in self.form

    def flag(self, key: str, default: bool = False) -> bool:
        """Whether a flag is set: it is there and neither `false` nor `0`; an empty value counts (Q-003)."""
        return self.get(key).lower() not in ("false", "0") if self.has(key) else default

    def number(self, key: str, default: int | None = None) -> int | None:
        """A parameter that is a number from 0. Raises NotUnderstood."""
        text = self.get(key).strip()
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 11):
            raise NotUnderstood(f"{key} is a number from 0, not {text[:50]!r}.")
        return min(int(text), MAX_NUMBER)

    def pairs(self) -> dict[str, str]:
        """All parameters, the last value of each."""
        found = {key: str(value) for key, value in self.form.items()}
        return found | {key: str(value) for key, value in self.query.items()}

    @cached_property
    def why(self) -> Why:
        """What the caller says about a change."""
        return Why(self.get("event_reason"), self.get("event_type"), self.get("event_comment"), self.get("event_action"))

    def wants(self, offered: Sequence[str] = negotiation.TABLE) -> str:
        """The form of the answer, of those on offer."""
        return negotiation.choose(self.query.get("format", ""), self.request.headers.get("Accept", ""), offered)

    # The body

    @property
    def content_type(self) -> str:
        return (self.request.content_type or "").lower()

    @cached_property
    def _sent(self) -> tuple[QueryDict, MultiValueDict[str, UploadedFile[Any]]]:
        """Fields and files of a form. Raises NotUnderstood."""
        form, files = self._read_form()
        without_nul(dict(form.lists()))
        return form, files

    def _read_form(self) -> tuple[QueryDict, MultiValueDict[str, UploadedFile[Any]]]:
        """For any method: Django reads forms for POST only."""
        request = self.request
        if self.content_type == MULTIPART and request.method != "GET":
            if hasattr(request, "_files"):
                return request.POST, request.FILES
            # A chunked body has no length, and Django's parser reads nothing without one: it ends where it ends.
            meta = request.META if request.META.get("CONTENT_LENGTH") else {**request.META, "CONTENT_LENGTH": str(ENDLESS)}
            handlers = request.upload_handlers
            try:
                return MultiPartParser(meta, cast(Any, self.stream), handlers, request.encoding or "utf-8").parse()
            except MultiPartParserError as error:
                raise NotUnderstood(f"The multipart body cannot be read: {error}.") from None
            except CutShort:
                for handler in handlers:
                    if (file := getattr(handler, "file", None)) is not None:
                        file.close()  # what has come of the file leaves the disk now, not when Python gets round to it
                raise
        if self.content_type == URLENCODED and not self.query.get("inbody"):
            return QueryDict(self.body, encoding="utf-8"), MultiValueDict()
        return QueryDict(), MultiValueDict()

    @property
    def form(self) -> QueryDict:
        return self._sent[0]

    @property
    def files(self) -> list[UploadedFile[Any]]:
        """The files of a multipart body, in their order. They lie on the data disk."""
        return [file for _, files in self._sent[1].lists() for file in files]

    @property
    def stream(self) -> BinaryIO:
        """The raw body, to be read once in blocks: for uploads. Chunked bodies have no length and end where they end (Q-107)."""
        environ: dict[str, Any] = self.request.META
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            return environ["wsgi.input"]  # type: ignore[no-any-return]
        return self.request  # type: ignore[return-value]

    @cached_property
    def body(self) -> bytes:
        """The body whole, for documents and forms. Raises TooLarge."""
        if hasattr(self.request, "_body"):  # the outer layer has read a form already
            return self.request.body
        data = self.stream.read(MAX_BODY + 1)
        if len(data) > MAX_BODY:
            raise TooLarge(f"The body is larger than {MAX_BODY >> 20} MB, too much for a document.")
        return data

    def document_bytes(self) -> bytes:
        """The XML document or text that was sent, as a file of a form or as the body; empty when there is none."""
        if self.content_type == MULTIPART:
            files = self.files
            named = [file for file in files if (file.name or "").lower().endswith(".xml")] or files
            return named[0].read(MAX_BODY) if named else b""
        return self.body
