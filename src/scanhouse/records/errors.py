"""What can stand against a change of records. Facts are attributes; messages name IDs and labels, never other values."""
from __future__ import annotations

from scanhouse.errors import Busy, Conflict, Forbidden, Invalid


class IllegalName(Invalid):
    """A label, an ID or a path that may not be used as one."""

    def __init__(self, kind: str, text: str, rule: str) -> None:
        self.kind, self.text = kind, text[:100]
        super().__init__(f"{self.text!r} cannot be a {kind}: {rule}.")


class LabelTaken(Conflict):
    """Something else in the project has this label, of its own or by a share."""

    def __init__(self, label: str, project: str) -> None:
        self.label, self.project = label, project
        super().__init__(f"Label already in use:{label} in project {project}. Choose another label.")


class IdTaken(Conflict):
    """Something has this ID."""

    def __init__(self, kind: str, text: str, where: str = "") -> None:
        self.kind, self.text = kind, text
        super().__init__(f"There is a {kind} {text!r}{' in ' + where if where else ''} already. Choose another ID, or change that one.")


class NameTaken(Conflict):
    """Another project answers to this name as its ID, name, secondary ID or alias."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Another project is known as {name!r} already (case does not matter). Choose another name.")


class IdSpent(Forbidden):
    """The ID belonged to a project that was deleted."""

    def __init__(self, project: str) -> None:
        self.project = project
        super().__init__(f"The ID {project} belonged to a project that was deleted. Choose another one, or ask an administrator.")


class AlreadyShared(Conflict):
    """The thing is in that project already."""

    def __init__(self, project: str) -> None:
        self.project = project
        super().__init__(f"Already assigned to project:{project}.")


class NotShared(Conflict):
    """The thing is not shared into that project."""

    def __init__(self, project: str) -> None:
        self.project = project
        super().__init__(f"It is not shared into project {project}.")


class TypeDiffers(Conflict):
    """A record keeps the type it was made with."""

    def __init__(self, stored: str, sent: str) -> None:
        self.stored, self.sent = stored, sent
        super().__init__(f"Specified xsiType differs from existing xsiType: it is {stored}, not {sent}.")


class WrongType(Invalid):
    """The type does not fit the place."""

    def __init__(self, element: str, expected: str) -> None:
        self.element, self.expected = element, expected
        super().__init__(f"{element} does not fit here: {expected} is expected.")


class StillNeeded(Conflict):
    """Something of another project hangs on what is to be taken away."""

    def __init__(self, what: str, projects: list[str]) -> None:
        self.projects = projects
        super().__init__(f"{what} still carries data of {', '.join(projects)}. Delete or move that first, or ask who may.")


class Locked(Forbidden):
    """Its status forbids changes."""

    def __init__(self, label: str) -> None:
        self.label = label
        super().__init__(f"{label} is locked. Unlock it before changing it.")


class PathBlocked(Conflict):
    """A file is where a folder is wanted, or the reverse."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"{path!r} is a folder and a file at once. Choose another path, or remove what is there.")


class BytesGone(Busy):
    """The store does not have an object that a row is about to name."""

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys
        super().__init__(f"{len(keys)} objects are not in the store, among them {keys[0]}. Send the files again.")
