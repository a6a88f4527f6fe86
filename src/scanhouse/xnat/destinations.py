"""Where an import shall go, and which session of the prearchive is meant: addresses as parameters have them (xnat-data-api 4.1, 4.5). Pure.

    /archive/projects/P/subjects/S/experiments/E      /prearchive/projects/P/20240131_101112123/folder
"""
from __future__ import annotations

from dataclasses import dataclass

from scanhouse.errors import Invalid

from . import address

UNASSIGNED = "Unassigned"


class BadDestination(Invalid):
    """An address that is no place for data."""

    def __init__(self, text: str) -> None:
        super().__init__(f"Invalid destination {text[:200]!r}: it begins with /archive or /prearchive, and names a project, or none.")


class BadSource(Invalid):
    """An address that is no session of the prearchive."""

    def __init__(self, text: str) -> None:
        super().__init__(f"Invalid prearchive session {text[:200]!r}: it is /prearchive/projects/project/timestamp/folder.")


@dataclass(frozen=True)
class Destination:
    """`area` is archive or prearchive, or empty where nothing was said. Empty names were not given."""

    area: str = ""
    project: str = ""
    subject: str = ""
    experiment: str = ""
    timestamp: str = ""
    folder: str = ""

    @property
    def unassigned(self) -> bool:
        return self.project == UNASSIGNED


@dataclass(frozen=True)
class Source:
    """One session of the prearchive. `project` None: Unassigned."""

    project: str | None
    timestamp: str
    folder: str

    @property
    def uri(self) -> str:
        return f"/prearchive/projects/{self.project or UNASSIGNED}/{self.timestamp}/{self.folder}"


def destination(text: str) -> Destination:
    """What `dest` says; nothing for an empty text. Raises BadDestination."""
    if not text:
        return Destination()
    match _parts(text):
        case [("archive" | "prearchive") as area] | [("archive" | "prearchive") as area, "projects"]:
            return Destination(area)
        case [("archive" | "prearchive") as area, "projects", project]:
            return Destination(area, project)
        case ["archive", "projects", project, "subjects", subject]:
            return Destination("archive", project, subject)
        case ["archive", "projects", project, "subjects", subject, "experiments", experiment]:
            return Destination("archive", project, subject, experiment)
        case ["archive", "projects", project, "experiments", experiment]:
            return Destination("archive", project, "", experiment)
        case ["prearchive", "projects", project, timestamp, folder]:
            return Destination("prearchive", project, timestamp=timestamp, folder=folder)
        case _:
            raise BadDestination(text)


def source(text: str) -> Source:
    """The session that `src` names. Raises BadSource."""
    match _parts(text):
        case ["prearchive", "projects", project, timestamp, folder]:
            return Source(None if project == UNASSIGNED else project, timestamp, folder)
        case _:
            raise BadSource(text)


def _parts(text: str) -> list[str]:
    """Segments, without the address of the server and `/data` before them."""
    path = "/" + text.partition("://")[2].partition("/")[2] if "://" in text else text
    parts = [address.decoded(part) for part in path.split("/") if part]
    return parts[1:] if parts[:1] in (["data"], ["REST"]) else parts
