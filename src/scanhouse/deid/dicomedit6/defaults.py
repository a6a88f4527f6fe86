"""The script that a new archive runs on every object it receives, as XNAT's does."""
from __future__ import annotations

from typing import Final

UNASSIGNED: Final = "Unassigned"
"""What the variable `project` holds while an object has no project yet."""

SITE_SCRIPT: Final = f'''version "6.1"
// The labels of project, subject and session take the place of what the scanner wrote.
project != "{UNASSIGNED}" ? (0008,1030) := project
(0010,0010) := subject
(0010,0020) := session
'''
