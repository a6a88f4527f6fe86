"""The searches that list a type run with all of their fields, for administrators and for everybody else."""
from __future__ import annotations

import pytest

from scanhouse.records.types import REGISTRY
from scanhouse.search import defaults, searches
from tests.builders import an_archive

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("version", ["all", "listing"])
@pytest.mark.parametrize("root", ["xnat:projectData", "xnat:subjectData", "xnat:mrSessionData", "xnat:mrScanData", "xnat:qcManualAssessorData"])
def test_a_default_search_runs(root: str, version: str) -> None:
    archive = an_archive().with_project("P", pi="").with_subject("S").with_session("E", scans=1).with_assessor("QC")
    archive.with_user("bob", collaborator="P").with_user("root", admin=True)
    for login in ("bob", "root"):
        search = searches.compile(defaults.of_site(REGISTRY.element(root), version), archive.actor(login))
        assert len(searches.run(search)) == 1
