"""Addresses of the pages. They come last: what no other door knows is a page, or nowhere."""
from __future__ import annotations

from django.urls import URLPattern, path, re_path

from scanhouse.web.door import nowhere
from scanhouse.web.views import (
    account,
    home,
    members,
    prearchive,
    projects,
    resources,
    scans,
    sessions,
    signing,
    status,
    subjects,
    uploads,
)

_PROJECT = "projects/<str:project>"
_SUBJECT = f"{_PROJECT}/subjects/<str:subject>"
_SESSION = f"{_PROJECT}/sessions/<str:session>"
_SCAN = f"{_SESSION}/scans/<str:scan>"
_RESOURCE = "resources/<int:resource>"
_UPLOAD = "uploads/<uuid:upload>"

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("search", home.search, name="search"),
    path("sign-in", signing.sign_in, name="sign_in"),
    path("sign-out", signing.sign_out, name="sign_out"),
    path("projects", projects.listing, name="projects"),
    path("new-project", projects.new, name="project_new"),
    path(_PROJECT, projects.project_page, name="project"),
    path(f"{_PROJECT}/subjects", projects.subject_list, name="project_subjects"),
    path(f"{_PROJECT}/prearchive", prearchive.project_tab, name="project_prearchive"),
    path(f"{_PROJECT}/upload", uploads.project_tab, name="project_upload"),
    path(f"{_PROJECT}/members", members.members, name="project_members"),
    path(f"{_PROJECT}/settings", projects.settings, name="project_settings"),
    path(f"{_PROJECT}/delete", projects.delete, name="project_delete"),
    path(_SUBJECT, subjects.subject_page, name="subject"),
    path(f"{_SUBJECT}/delete", subjects.delete, name="subject_delete"),
    path(_SESSION, sessions.session_page, name="session"),
    path(f"{_SESSION}/zip", sessions.session_zip, name="session_zip"),
    path(f"{_SESSION}/delete", sessions.delete, name="session_delete"),
    path(_SCAN, scans.scan_page, name="scan"),
    path(f"{_SCAN}/zip", scans.scan_zip, name="scan_zip"),
    path(f"{_RESOURCE}/zip", resources.resource_zip, name="resource_zip"),
    path(f"{_RESOURCE}/files", resources.file_list, name="resource_files"),
    path(f"{_RESOURCE}/files/<path:path>", resources.file, name="file"),
    path("prearchive", prearchive.listing, name="prearchive"),
    path("prearchive/<str:project>/<str:timestamp>/<str:folder>", prearchive.session_page, name="prearchive_session"),
    path("upload", uploads.upload_page, name="upload"),
    path("uploads", uploads.begin, name="uploads"),
    path(_UPLOAD, uploads.sessions, name="upload_one"),
    path(f"{_UPLOAD}/batch", uploads.batch, name="upload_batch"),
    path(f"{_UPLOAD}/files", uploads.files, name="upload_files"),
    path(f"{_UPLOAD}/files/<uuid:part>", uploads.file, name="upload_file"),
    path(f"{_UPLOAD}/finish", uploads.finish, name="upload_finish"),
    path(f"{_UPLOAD}/sessions", uploads.sessions, name="upload_sessions"),
    path("settings", account.account, name="account"),
    path("status", status.status, name="status"),
    re_path(r"^(?P<path>.*)$", nowhere),
]
