"""The receive path alone: DICOM node, desk, store and PostgreSQL in this process, DCMTK's storescu as the sender.

    python benchmarks/receive.py FOLDER [--associations 4] [--reps 3] [--work DIR]

FOLDER: DICOM files, such as those of the harness's data sets. --work: on the disk to be measured (default: the system's temporary folder).
CPU is in seconds for 1000 objects; `groups` says how many objects shared a folder sync and a commit on average.
"""
from __future__ import annotations

import argparse
import logging
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import psutil


def cpu(process: psutil.Process) -> float:
    """CPU seconds of a process and those it has started."""
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def own_cpu() -> float:
    times = psutil.Process().cpu_times()
    return times.user + times.system


class Rig:
    """Everything that receives. The database is emptied and the store is another one for each repetition."""

    def __init__(self, work: Path) -> None:
        from scanhouse.ops import postgres

        self.work = work
        os.environ.update(SCANHOUSE_DATA=str(work / "data"), DJANGO_SETTINGS_MODULE="scanhouse.config.settings")
        self.postgres = postgres.start(work / "postgres")
        os.environ["DATABASE_URL"] = self.postgres.url
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        logging.disable(logging.INFO)
        from scanhouse.dimse.doors import Admission
        from scanhouse.dimse.intake import Intake, Treatment
        from scanhouse.dimse.server import Server

        self.groups = 0
        self.renew(0)
        self.server = Server("127.0.0.1", 0, admit=lambda caller: Admission(),
                             open_sink=lambda caller, _: Intake(caller, Treatment(), self.desk, self.store))  # fmt: skip
        self.server.start()

    def renew(self, number: int) -> None:
        from django.db import connection

        from scanhouse.ingest import desk
        from scanhouse.ingest.desk import Desk
        from scanhouse.ingest.receive import enter_each
        from scanhouse.storage.store import FileStore

        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE ingest_received, ingest_prearchivesession CASCADE")
        self.store = FileStore(self.work / f"store-{number}")

        def counted(arrivals, store):  # type: ignore[no-untyped-def]
            self.groups += 1
            return enter_each(arrivals, store)

        desk.enter_each = counted
        self.desk = Desk(self.store)
        self.groups = 0

    def run(self, files: list[Path], associations: int) -> tuple[float, float, float]:
        """Seconds, CPU of the node, CPU of PostgreSQL."""
        database = psutil.Process(self.postgres.process.pid)
        own, theirs, began = own_cpu(), cpu(database), time.monotonic()
        senders = [
            subprocess.Popen(["storescu", "-R", "-xe", "-aet", f"SENDER{n}", "127.0.0.1", str(self.server.port), *map(str, files[n::associations])],
                             env={**os.environ, "TCP_NODELAY": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for n in range(associations)
        ]  # fmt: skip
        if any(sender.wait() for sender in senders):
            raise SystemExit("storescu failed.")
        return time.monotonic() - began, own_cpu() - own, cpu(database) - theirs

    def close(self) -> None:
        self.server.stop()
        self.desk.close()
        self.postgres.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--associations", type=int, default=4)
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--work", type=Path, default=None)
    given = parser.parse_args()
    files = sorted(path for path in given.folder.rglob("*.dcm"))
    work = Path(tempfile.mkdtemp(prefix="receive-", dir=given.work))
    rig = Rig(work)
    results = []
    try:
        for number in range(1, given.reps + 1):
            rig.renew(number)
            results.append((*rig.run(files, given.associations), len(files) / rig.groups))
    finally:
        rig.close()
        shutil.rmtree(work, ignore_errors=True)
    seconds, node, database, group = (statistics.median(column) for column in zip(*results, strict=True))
    thousands = len(files) / 1000
    print(f"{len(files) / seconds:.0f} objects/s, CPU for 1000: node {node / thousands:.2f} s, PostgreSQL {database / thousands:.2f} s, "
          f"{group:.1f} objects in a group")


if __name__ == "__main__":
    main()
