"""What can go wrong with a script: refused when it is loaded, or failing on one object. Both name the place and the remedy."""
from __future__ import annotations

from scanhouse.errors import Invalid


class ScriptError(Invalid):
    """A script that cannot be used as it stands. `line` and `column` count from 1; 0 means the script as a whole."""

    def __init__(self, what: str, *, line: int = 0, column: int = 0, expected: str = "", remedy: str = "") -> None:
        self.what, self.line, self.column, self.expected, self.remedy = what, line, column, expected, remedy
        where = f"line {line}, column {column}: " if line else ""
        tail = (f" Expected {expected}." if expected else "") + (f" {remedy}" if remedy else "")
        super().__init__(f"{where}{what}.{tail}")


class SyntaxFault(ScriptError):
    """The text does not follow the grammar of its language. Raised when the script is loaded, before any object is touched."""


class UnknownFunction(ScriptError):
    """The script calls a function that its language does not have."""


class UnknownVersion(ScriptError):
    """The script asks for a version of its language that nobody defined."""


class RunError(ScriptError):
    """The script cannot be carried out on this object; the object must not be stored. The input stays as it was."""

    def placed(self, line: int, column: int) -> RunError:
        """The same error, with the place in the script where it came up."""
        return type(self)(self.what, line=line, column=column, expected=self.expected, remedy=self.remedy)


class TooManySteps(RunError):
    """The script used up the steps that the context allows for one object."""


class NotBlankable(RunError):
    """Pixels that should be blanked cannot be decoded or written back, so the object is refused, never passed."""
