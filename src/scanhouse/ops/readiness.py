"""Whether a house that is starting is ready, as it says itself on `/healthz`."""
from __future__ import annotations

import json
import urllib.error
import urllib.request

PORTS = "dicom ports"
"""The part of `/healthz` that names the DICOM ports which cannot be opened."""


def hindrance(host: str, port: int) -> str:
    """What still hinders the house that listens there, in words; empty when it is ready.

    A DICOM port that another program has is told by `/healthz`, but keeps no house from starting: everything else works.
    """
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=5):
            return ""
    except urllib.error.HTTPError as error:
        answer = error.read().decode(errors="replace").strip()
    except OSError:
        return "it does not answer"
    try:
        parts = json.loads(answer)["parts"]
    except (ValueError, LookupError, TypeError):
        return answer
    return answer if any(problem != "ok" for name, problem in parts.items() if name != PORTS) else ""
