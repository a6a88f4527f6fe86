"""The XML namespaces of data types: prefix, address, and the schema that defines the types."""
from __future__ import annotations

from dataclasses import dataclass

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML_SCHEMA = "http://www.w3.org/2001/XMLSchema"
ANNOTATIONS = "http://nrg.wustl.edu/xdat"
"""Namespace of simple types and annotations inside XML schemas. Its prefix there is `xdat`, as it is of the namespace
`http://nrg.wustl.edu/security` in documents: clients rely on both."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """A prefix, its address, and the path of its schema below `/schemas`, without `.xsd`."""

    prefix: str
    uri: str
    schema: str


def runtime(prefix: str) -> Namespace:
    """The namespace of types that were added while the site runs."""
    return Namespace(prefix, f"http://nrg.wustl.edu/{prefix}", prefix)


NAMESPACES = (
    Namespace("xnat", "http://nrg.wustl.edu/xnat", "xnat"),
    Namespace("xdat", "http://nrg.wustl.edu/security", "security"),
    Namespace("arc", "http://nrg.wustl.edu/arc", "project"),
    Namespace("cat", "http://nrg.wustl.edu/catalog", "catalog"),
    Namespace("val", "http://nrg.wustl.edu/val", "validation/protocolValidation"),
    Namespace("pipe", "http://nrg.wustl.edu/pipe", "pipeline/repository"),
    Namespace("wrk", "http://nrg.wustl.edu/workflow", "pipeline/workflow"),
    Namespace("scr", "http://nrg.wustl.edu/scr", "screening/screeningAssessment"),
    Namespace("xnat_a", "http://nrg.wustl.edu/xnat_assessments", "assessments"),
    Namespace("prov", "http://www.nbirn.net/prov", "birn/birnprov"),
)
