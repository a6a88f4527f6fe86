"""Addresses of DICOMweb: of the whole site, and of one project. The last prefix is that of XNAT's DICOMweb plug-in."""
from __future__ import annotations

from django.urls import URLPattern, path

from scanhouse.dicomweb import views

_STUDY = "studies/<str:study>"
_SERIES = f"{_STUDY}/series/<str:series>"
_INSTANCE = f"{_SERIES}/instances/<str:instance>"

_RESOURCES = (
    ("studies", views.studies),
    ("series", views.series),
    ("instances", views.instances),
    (f"{_STUDY}/series", views.series),
    (f"{_STUDY}/instances", views.instances),
    (f"{_SERIES}/instances", views.instances),
    *((level, views.retrieved) for level in (_STUDY, _SERIES, _INSTANCE)),
    *((f"{level}/metadata", views.described) for level in (_STUDY, _SERIES, _INSTANCE)),
    *((f"{level}/rendered", views.pictured) for level in (_STUDY, _SERIES, _INSTANCE)),
    *((f"{level}/thumbnail", views.thumbnail) for level in (_STUDY, _SERIES, _INSTANCE)),
    (f"{_INSTANCE}/frames/<str:frames>", views.framed),
    (f"{_INSTANCE}/frames/<str:frames>/rendered", views.pictured),
    (f"{_INSTANCE}/frames/<str:frames>/thumbnail", views.thumbnail),
    (f"{_INSTANCE}/bulkdata/<path:path>", views.bulk),
)
_PREFIXES = ("dicomweb/", "dicomweb/projects/<str:project>/", "xapi/dicomweb/", "xapi/dicomweb/projects/<str:project>/")

urlpatterns: list[URLPattern] = [path(prefix + address, view) for prefix in _PREFIXES for address, view in _RESOURCES]
