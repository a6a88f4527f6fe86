"""Contexts that fill every page as it would be filled, for the tests of the templates and for looking at them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms

from scanhouse.web import words

NOW = datetime.now(UTC)


def ns(**facts: Any) -> SimpleNamespace:
    return SimpleNamespace(**facts)


ACTOR = ns(is_guest=False, is_admin=True, login="jvermeer")
ALL = ns(enter=True, create=True, edit=True, manage=True, delete=True, archive=True, rebuild=True, move=True, overwrite=True)
BASE: dict[str, Any] = {
    "actor": ACTOR, "person": "Johanna Vermeer", "section": "projects", "notes": [], "version": "0.1.0", "csrf": "t0ken", "may": ALL,
}


class ProjectForm(forms.Form):
    name = forms.CharField(label="Title")
    id = forms.CharField(label="Project ID", help_text="Short, without blanks. It is part of every address and cannot be changed later.")
    description = forms.CharField(label="Description", widget=forms.Textarea, required=False)
    accessibility = forms.CharField()
    prearchive_code = forms.CharField()


class MemberForm(forms.Form):
    login = forms.CharField(label="User name")
    role = forms.CharField()


class PasswordForm(forms.Form):
    old = forms.CharField(label="Present password", widget=forms.PasswordInput)
    new = forms.CharField(label="New password", widget=forms.PasswordInput, help_text="At least 8 characters.")
    again = forms.CharField(label="New password again", widget=forms.PasswordInput)


def project(id: str, name: str, text: str, access: str, subjects: int, sessions: int, hours: int) -> SimpleNamespace:
    return ns(
        id=id,
        name=name,
        description=text,
        accessibility=access,
        pi="Prof. A. de Wit",
        url=f"/projects/{id}",
        subjects=subjects,
        sessions=sessions,
        bytes=sessions * 163_000_000,
        active_at=NOW - timedelta(hours=hours),
        role="Owner",
    )


PROJECTS = [
    project(
        "PRISMA",
        "Prisma glioma follow-up",
        "Yearly MR of low-grade glioma with diffusion and perfusion, five centres.",
        "private",
        214,
        871,
        2,
    ),
    project("DEMO", "Demonstration", "Public images to try things on.", "public", 6, 9, 26),
    project("LUNG-CT", "Lung screening, low dose", "CT of 1,200 smokers; nodules are drawn by two readers.", "protected", 1204, 2410, 80),
]
KINDS = ["MR", "PT", "CT", "MR", "US", "MR", "XA", "MG"]
SESSIONS = [
    ns(
        id=f"S_E{n:05}",
        url=f"/projects/PRISMA/sessions/P{n:03}_{kind}1",
        label=f"P{n:03}_{kind}1",
        modality=kind,
        date=date(2026, 9, 2 + n),
        subject=f"P{n:03}",
        subject_url="#",
        project="PRISMA",
        scans=3 + n,
        images=61 * (n + 1),
        bytes=41_300_000 * (n + 2),
        created_at=NOW - timedelta(hours=5 * n),
        viewer_url="/viewer/viewer?StudyInstanceUIDs=1.2.3",
    )
    for n, kind in enumerate(KINDS)
]
SCAN_NAMES = [
    ("1", "Localizer", "MR", 9, "usable"),
    ("2", "t1_mprage_sag_p2_iso", "MR", 176, "usable"),
    ("3", "t2_space_dark-fluid_sag_p2_iso", "MR", 192, "usable"),
    ("4", "ep2d_diff_MDDW_30_p2", "MR", 2108, "questionable"),
    ("5", "ep2d_perf", "MR", 1600, "unusable"),
    ("6", "SWI_Images", "MR", 88, "usable"),
    ("99", "PhoenixZIPReport", "SR", 1, "usable"),
]
SCANS = [
    ns(
        id=id,
        title=title,
        type=title.split("_")[0],
        modality=modality,
        images=count,
        frames=count,
        bytes=count * 233_000,
        quality=quality,
        thumbnail_url=f"/thumb/{id}" if modality != "SR" else "",
        viewer_url="/viewer/viewer?StudyInstanceUIDs=1.2.3" if modality != "SR" else "",
        url=f"/projects/PRISMA/sessions/P003_MR1/scans/{id}",
        zip_url="#",
        note="Subject moved between the second and third repetition." if id == "4" else "",
    )
    for id, title, modality, count, quality in SCAN_NAMES
]
FACTS = [
    ("Scanner", "Siemens Prisma fit"),
    ("Field strength", "3 T"),
    ("Station", "MRC35011"),
    ("Age", "43 years"),
    ("Study", "Brain^Glioma"),
    ("Accession ID", "S_E00003"),
]
HISTORY = [
    ns(at=NOW - timedelta(hours=2), who="jvermeer", what="Quality of scan 4 changed to questionable", reason="Motion"),
    ns(at=NOW - timedelta(hours=30), who="system", what="Archived from the prearchive", reason=""),
    ns(at=NOW - timedelta(hours=31), who="MRC35011", what="Received 4,174 files by DICOM", reason=""),
]
RESOURCES = [
    ns(label="NIFTI", of="scan 2", files=2, bytes=18_200_000, format="NIFTI", zip_url="#", files_url="#"),
    ns(label="BEHAVIOUR", of="", files=14, bytes=82_000, format="", zip_url="#", files_url="#"),
]
FILES = [ns(path=f"1.3.12.2.1107.5.2.43.{n:04}.dcm", bytes=233_000, format="DICOM", content="RAW", url="#") for n in range(6)]
PRE = [
    ns(
        key=1,
        url="/prearchive/PRISMA/20261126_101010001/P011_MR2",
        label="P011_MR2",
        modalities=["MR"],
        state="RECEIVING",
        reason="",
        project="PRISMA",
        subject="P011",
        objects=812,
        received_at=NOW - timedelta(seconds=3),
        may_archive=False,
    ),
    ns(
        key=2,
        url="#",
        label="P009_PETCT",
        modalities=["PT", "CT"],
        state="READY",
        reason="",
        project="PRISMA",
        subject="P009",
        objects=734,
        received_at=NOW - timedelta(minutes=12),
        may_archive=True,
    ),
    ns(
        key=3,
        url="#",
        label="P004_MR1",
        modalities=["MR"],
        state="CONFLICT",
        project="PRISMA",
        subject="P004",
        objects=192,
        received_at=NOW - timedelta(hours=4),
        may_archive=False,
        reason="Session P004_MR1 is archived already and 12 of these files differ from it.",
    ),
    ns(
        key=4,
        url="#",
        label="unknown_7731",
        modalities=[],
        state="ERROR",
        project="",
        subject="",
        objects=1,
        received_at=NOW - timedelta(days=2),
        may_archive=False,
        reason="No project could be found from the images.",
    ),
]
ACCESSIBILITIES = [(value, *facts) for value, facts in words.ACCESS.items()]
ROLES = [
    ("owner", "Owner", "Everything, including who else may."),
    ("member", "Member", "Adds and corrects data."),
    ("collaborator", "Collaborator", "Reads data."),
]
COUNTS = ns(sessions=871, subjects=214, waiting=3, members=5)
TRAIL = [("Projects", "/projects"), ("PRISMA", "/projects/PRISMA")]
IN_PROJECT = {"project": PROJECTS[0], "counts": COUNTS, "trail": TRAIL, "page": None}
PAGE = ns(first=1, last=50, total=871, previous="", next="?page=2")
NEW = {"name": "Prisma", "id": "PRISMA", "accessibility": "private", "prearchive_code": "4"}
TALLY = [("", "All", 4), ("attention", "Need you", 2), ("READY", "Ready", 1), ("busy", "Going on", 1)]
TOKENS = [ns(alias="3f0c2a9e-52c1-4e55-a0f4-0d1f2a7f6b11", created_at=NOW - timedelta(hours=3), expires_at=NOW + timedelta(hours=45))]

PAGES: dict[str, dict[str, Any]] = {
    "sign_in": {
        "form": MemberForm(),
        "next": "/",
        "message": "",
        "site_name": "Academic Hospital, imaging archive",
        "actor": ns(is_guest=True),
    },
    "home": {
        "section": "home",
        "projects": PROJECTS,
        "sessions": SESSIONS,
        "may_create": True,
        "totals": ns(projects=3, subjects=1424, sessions=3290, waiting=4, attention=2),
    },
    "projects": {"projects": PROJECTS, "page": None, "may_create": True},
    "project_new": {
        "form": ProjectForm(initial=NEW),
        "accessibilities": ACCESSIBILITIES,
        "trail": [("Projects", "/projects"), ("New project", "")],
    },
    "project_sessions": {**IN_PROJECT, "tab": "sessions", "sessions": SESSIONS, "page": PAGE},
    "project_subjects": {
        **IN_PROJECT,
        "tab": "subjects",
        "subjects": [
            ns(
                id=f"S{n}",
                label=f"P{n:03}",
                url="#",
                sex="F" if n % 2 else "M",
                sessions=n + 1,
                modalities=KINDS[: 1 + n % 3],
                last_at=NOW - timedelta(days=n),
                shared_from="" if n != 2 else "LUNG-CT",
            )
            for n in range(8)
        ],
    },
    "project_members": {
        **IN_PROJECT,
        "tab": "members",
        "roles": ROLES,
        "form": MemberForm(initial={"role": "member"}),
        "members": [
            ns(login="jvermeer", name="Johanna Vermeer", role="owner", self=True, because="She owns the project."),
            ns(login="pbruegel", name="Pieter Bruegel", role="member", self=False, because="He is a member of the project."),
        ],
    },
    "project_settings": {
        **IN_PROJECT,
        "tab": "settings",
        "form": ProjectForm(initial=NEW),
        "accessibilities": ACCESSIBILITIES,
        "delete_url": "#",
        "prearchive_codes": [
            ("0", "Keep in the prearchive", "Somebody looks at each session and archives it."),
            ("4", "Archive by itself", "A conflict stops in the prearchive."),
            ("5", "Archive, newest wins", "Files that are there already are replaced."),
        ],
    },
    "subject": {
        "project": PROJECTS[0],
        "subject": ns(id="S_S00003", label="P003"),
        "facts": [("Sex", "F"), ("Year of birth", "1983"), ("Group", "Watchful waiting")],
        "sessions": SESSIONS[:3],
        "resources": RESOURCES,
        "history": HISTORY,
        "delete_url": "#",
        "trail": [*TRAIL, ("P003", "")],
    },
    "session": {
        "project": PROJECTS[0],
        "subject": ns(label="P003", url="/projects/PRISMA/subjects/P003"),
        "session": ns(id="S_E00003", label="P003_MR1", modality="MR", kind="MR session", date=date(2026, 9, 5)),
        "facts": FACTS,
        "totals": ns(scans=7, images=4174, bytes=972_000_000),
        "scans": SCANS,
        "viewer_url": "/viewer/viewer?StudyInstanceUIDs=1.2.3",
        "zip_url": "#",
        "assessors": [],
        "resources": RESOURCES,
        "history": HISTORY,
        "delete_url": "#",
        "trail": [*TRAIL, ("P003", "#"), ("P003_MR1", "")],
    },
    "scan": {
        "scan": SCANS[3],
        "facts": [
            ("Sequence", "EP 2D"),
            ("TR / TE", "8200 / 92 ms"),
            ("Voxel", "2 × 2 × 2 mm"),
            ("Series UID", "1.3.12.2.1107.5.2.43.166024.20260905"),
        ],
        "resources": [ns(label="DICOM", files=FILES, total=2108, more=2102, bytes=491_000_000, zip_url="#")],
        "trail": [*TRAIL, ("P003", "#"), ("P003_MR1", "#"), ("Scan 4", "")],
    },
    "prearchive": {"section": "prearchive", "project": None, "sessions": PRE, "tally": TALLY, "state": "", "page": None, "live": True},
    "prearchive_session": {
        "section": "prearchive",
        "trail": [("Prearchive", "/prearchive"), ("PRISMA", "#"), ("P004_MR1", "")],
        "rejected": [ns(name="P004/readme.txt", why="This is not DICOM.")],
        "session": ns(
            label="P004_MR1",
            subject="P004",
            project="PRISMA",
            state="CONFLICT",
            reason=PRE[2].reason,
            kind="MR session",
            date=date(2026, 9, 6),
            received_at=NOW - timedelta(hours=4),
            advice="Replace what is there when these are corrected images; add the new files when the first sending was cut off.",
            objects=192,
            bytes=44_800_000,
            live=False,
            archived_url="",
            url="#",
        ),
        "scans": [ns(id=s.id, title=s.title, modality=s.modality, images=s.images) for s in SCANS[:3]],
        "targets": PROJECTS,
        "log": [
            ns(at=NOW - timedelta(hours=4), entry="12 files differ from archived ones"),
            ns(at=NOW - timedelta(hours=4, minutes=2), entry="192 files received by upload"),
        ],
    },
    "upload": {"section": "upload", "project": None, "projects": PROJECTS, "start_url": "/uploads", "chosen": "PRISMA"},
    "error": {
        "kind": "missing",
        "title": "There is nothing here",
        "text": "Either it does not exist, or you may not see it. Check the address, or ask the owner of the project.",
        "links": [("Home", "/")],
    },
    "search": {
        "query": "P003",
        "projects": [],
        "subjects": [ns(label="P003", url="/projects/PRISMA/subjects/P003", where="PRISMA")],
        "sessions": SESSIONS[:2],
    },
    "status": {
        "section": "",
        "checked_at": NOW,
        "figures": [("12 GB", "Stored"), ("3", "Associations"), ("0", "Jobs waiting"), ("97 MB", "Web memory")],
        "parts": [
            ns(name="Database", ok=True, detail="PostgreSQL 18.4, 2 ms"),
            ns(name="DICOM receiver", ok=True, detail="SCANHOUSE on port 8104"),
            ns(name="Worker", ok=False, detail="No sign of life for 40 s"),
        ],
        "sums": [ns(word="Archived", count=48_211), ns(word="In progress", count=812), ns(word="Rejected", count=3)],
    },
    "account": {
        "section": "",
        "user": ns(username="jvermeer", email="j.vermeer@example.org"),
        "password_form": PasswordForm(),
        "tokens": TOKENS,
        "fresh": None,
        "sign_ins": [
            ns(address="10.0.0.7", here=True, created_at=NOW - timedelta(hours=2), last_used_at=NOW),
            ns(address="10.0.0.9", here=False, created_at=NOW, last_used_at=NOW),
        ],
    },
}


def context(page: str) -> dict[str, Any]:
    """Everything that the template of `page` is given."""
    return {**BASE, **PAGES[page]}
