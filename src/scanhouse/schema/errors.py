"""What can be wrong with a type, a path, a value or a document. Facts are attributes; no message holds a stored value."""
from __future__ import annotations

from scanhouse.errors import Conflict, Invalid, NotFound


class UnknownElement(NotFound):
    """No data type of this name is registered."""

    def __init__(self, name: str) -> None:
        self.name = name[:100]
        super().__init__(f"There is no data type {self.name!r}. Look the name up in the list of data types.")


class ElementExists(Conflict):
    """A data type of this name is registered already."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"There is a data type {name} already. Choose another name.")


class BadDeclaration(Invalid):
    """A data type or field is declared in a way that cannot be."""


class UnknownField(Invalid):
    """The data type has no field at this path."""

    def __init__(self, element: str, path: str) -> None:
        self.element, self.path = element, path[:200]
        super().__init__(f"{element} has no field {self.path!r}. Look its fields up in the reference of data types.")


class InvalidValue(Invalid):
    """A value is not of the kind that its field holds. `expected` completes the sentence "it must be ..."."""

    def __init__(self, element: str, path: str, expected: str) -> None:
        self.element, self.path, self.expected = element, path, expected
        super().__init__(f"{element}/{path} must be {expected}. Correct the value and send it again.")


class MissingField(Invalid):
    """A field that every record of the type must have is not there."""

    def __init__(self, element: str, path: str) -> None:
        self.element, self.path = element, path
        super().__init__(f"{element}/{path} is required. Add it and send it again.")


class BadPath(Invalid):
    """A field path that does not follow the grammar."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path[:200], reason
        super().__init__(f"The field path {self.path!r} cannot be read: {reason}.")


class BadXml(Invalid):
    """Bytes that are no XML document, or one that is refused unread (DOCTYPE, too large, too deep)."""


class WrongRoot(Invalid):
    """The root element of a document is no data type, or not the one expected."""

    def __init__(self, found: str, expected: str) -> None:
        self.found, self.expected = found[:200], expected
        super().__init__(f"The document's root element {self.found!r} is not {expected}. Send a document of the right type.")
