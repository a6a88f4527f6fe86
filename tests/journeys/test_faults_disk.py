"""F4: the disk of the store, or that of the database, is full: objects are refused by name of the disk, and it goes on by itself."""
from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from tests.house import House
from tests.journeys import ledger
from tests.journeys.dicom_samples import a_study, zipped
from tests.journeys.senders import OUT_OF_RESOURCES, SUCCESS, associate, encoded, make_project, store, upload

pytestmark = [pytest.mark.journey, pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")]

RECOVERY = 30
ROOMY = 400 << 20
SPARE = 1 << 20


class SmallDisk:
    """A file system in memory whose size changes while it is used."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def shrink(self, spare: int = SPARE) -> None:
        """Leave only `spare` bytes free."""
        found = os.statvfs(self.place)
        self._resize((found.f_blocks - found.f_bfree) * found.f_frsize + spare)

    def widen(self) -> None:
        self._resize(ROOMY)

    def _resize(self, size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.place)], check=True)


@contextmanager
def small_disk(place: Path) -> Iterator[SmallDisk]:
    place.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOMY},mode=755", "tmpfs", str(place)], check=True)
    try:
        yield SmallDisk(place)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def sent_until_refused(house: House, project: str) -> tuple[dict[str, bytes], int]:
    """What was acknowledged before the first refusal, and its status."""
    acknowledged = {}
    association = associate(house)
    for ds in a_study(images=3000, PatientID="FULL", StudyDescription=project, PixelData=bytes(8192)):
        status = store(association, ds)
        if status != SUCCESS:
            association.release()
            return acknowledged, status
        acknowledged[ds.SOPInstanceUID] = encoded(ds)
    raise AssertionError("the disk never got full")


def accepted_again(house: House, project: str) -> dict[str, bytes]:
    (ds,) = a_study(PatientID="AFTER", StudyDescription=project)
    until = time.monotonic() + RECOVERY
    while time.monotonic() < until:
        association = associate(house)
        status = store(association, ds)
        association.release()
        if status == SUCCESS:
            return {ds.SOPInstanceUID: encoded(ds)}
        assert status == OUT_OF_RESOURCES, hex(status)
        time.sleep(0.5)
    raise AssertionError(f"It does not go on {RECOVERY} s after there was room again")


def test_a_full_store_refuses_names_its_disk_and_goes_on_by_itself(tmp_path: Path) -> None:
    with small_disk(tmp_path / "data" / "store") as disk, House(tmp_path / "data") as house:
        make_project(house, "F4A")
        disk.shrink()
        acknowledged, status = sent_until_refused(house, "F4A")
        assert status == OUT_OF_RESOURCES
        body = zipped(a_study(images=300, PatientID="ZIP", StudyDescription="F4A", PixelData=bytes(8192)))
        answer = requests.post(
            f"{house.url}/data/services/import", params={"import-handler": "DICOM-zip", "project": "F4A", "inbody": "true"}, data=body,
            headers={"Content-Type": "application/zip"}, auth=("admin", house.admin_password), timeout=60)
        assert answer.status_code in (503, 507)
        assert str(disk.place) in answer.text
        parts = house.await_health(60, well=False)
        assert str(disk.place) in parts["store"]
        assert not ledger.staged(house), "what was refused leaves its room"

        disk.widen()
        acknowledged |= accepted_again(house, "F4A")
        assert upload(house, "F4A", body) == 200
        house.await_health(RECOVERY)
        ledger.is_there_once(house, acknowledged)
        ledger.adds_up(house)


def test_a_full_database_refuses_is_named_and_goes_on_by_itself(tmp_path: Path) -> None:
    with small_disk(tmp_path / "data" / "postgres") as disk, House(tmp_path / "data") as house:
        make_project(house, "F4B")
        disk.shrink()
        acknowledged, status = sent_until_refused(house, "F4B")
        assert status == OUT_OF_RESOURCES
        assert upload(house, "F4B", zipped(a_study(images=20, PatientID="ZIP", StudyDescription="F4B"))) in (503, 507)
        parts = house.await_health(60, well=False)
        assert str(disk.place) in parts["database disk"]

        disk.widen()
        acknowledged |= accepted_again(house, "F4B")
        house.await_health(RECOVERY)
        ledger.is_there_once(house, acknowledged)
        ledger.adds_up(house)
