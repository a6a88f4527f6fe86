"""A scan: its picture, its facts, its files."""
from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from scanhouse.access import policy
from scanhouse.records import downloads, files, resources, scans, values
from scanhouse.records.models import Scan
from scanhouse.web import page, sending
from scanhouse.web.door import door
from scanhouse.web.listings import scans as scan_rows
from scanhouse.web.views import places
from scanhouse.web.views.resources import listed
from scanhouse.web.views.sessions import load

FACTS = (
    ("scanner/manufacturer", "Manufacturer"), ("scanner/model", "Scanner"), ("fieldStrength", "Field strength"),
    ("parameters/protocol", "Protocol"),
    ("parameters/scanSequence", "Sequence"), ("parameters/tr", "TR"), ("parameters/te", "TE"), ("parameters/ti", "TI"),
    ("parameters/flip", "Flip angle"),
    ("parameters/sequence", "Sequence name"), ("parameters/imageType", "Image type"), ("parameters/kvp", "Tube voltage"),
    ("parameters/convolutionKernel", "Kernel"), ("startTime", "Time"), ("coil", "Coil"), ("parameters/orientation", "Orientation"),
    ("parameters/subjectPosition", "Position"),
)  # fmt: skip
UNITS = {"parameters/tr": "ms", "parameters/te": "ms", "parameters/ti": "ms", "parameters/flip": "°", "parameters/kvp": "kV", "fieldStrength": "T"}


@door("GET")
def scan_page(request: HttpRequest, project: str, session: str, scan: str) -> HttpResponseBase:
    within, found, label = load(request, project, session)
    actor = page.actor(request)
    here = scans.find(actor, found, scan)
    row = scan_rows.of_session(actor, found, within.id, label, only=here.id)[0]
    there = policy.visible(actor, resources.of(here))
    return page.render(
        request, "scan", section="projects", scan=row, facts=_facts(here), resources=[listed(one) for one in there],
        trail=places.trail(within, (label, reverse("session", args=[within.id, label])), (f"Scan {here.id}", "")),
    )  # fmt: skip


@door("GET")
def scan_zip(request: HttpRequest, project: str, session: str, scan: str) -> HttpResponseBase:
    """All files of a scan, in XNAT's layout."""
    _, found, label = load(request, project, session)
    here = scans.find(page.actor(request), found, scan)
    there = policy.visible(page.actor(request), resources.of(here))
    return sending.send(request, downloads.archive(downloads.entries(files.listing(there)), downloads.Form.ZIP), f"{label}-{here.id}.zip")


def _facts(scan: Scan) -> list[tuple[str, str]]:
    known = values.of(scan)
    facts = [(name, f"{known[path]} {UNITS.get(path, '')}".strip().replace("\\", ", ")) for path, name in FACTS if known.get(path) not in (None, "")]
    voxel = [known.get(f"parameters/voxelRes/{axis}") for axis in ("x", "y", "z")]
    if all(isinstance(side, int | float) for side in voxel):
        facts.append(("Voxel", " × ".join(f"{side:.3g}" for side in voxel) + " mm"))
    return [*facts, *([("Series UID", scan.uid)] if scan.uid else [])]
