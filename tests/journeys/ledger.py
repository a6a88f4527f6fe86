"""What the ledger and the store of a started archive say, looked at from outside."""
from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from tests.house import House

from scanhouse.dicom.part10 import read_meta
from scanhouse.ingest.sums import COUNT, OVERDUE, Sums


def stored(house: House, key: str) -> bytes:
    """Bytes of an object, held against its key."""
    root = house.data / "store"
    places = [root / "objects" / key[:2] / key[2:4] / key, root / "incoming" / key]
    data = next(filter(None, (_read(place) for _ in range(3) for place in places)))
    assert hashlib.sha256(data).hexdigest() == key, f"object {key} is damaged"
    return data


def _read(place: Path) -> bytes | None:
    """None when it is not there, or no longer: objects move from one place to the other."""
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None


def is_there_once(house: House, acknowledged: Mapping[str, bytes]) -> None:
    """Each acknowledged instance is byte-equal in the store, and once in the archive or in a session that goes there."""
    rows = house.query("""
        SELECT r.sop_instance_uid, r.object, s.project FROM ingest_received r JOIN ingest_prearchivesession s ON s.key = r.session_id
        WHERE r.state IN ('waiting', 'archived')""")
    objects: dict[str, set[str]] = {}
    for uid, key, _ in rows:
        objects.setdefault(uid, set()).add(key)
    missing = acknowledged.keys() - objects.keys()
    assert not missing, f"{len(missing)} of {len(acknowledged)} acknowledged instances are not in the ledger"
    for uid, data in acknowledged.items():
        found = objects[uid]
        assert len(found) == 1, f"{uid} is there with {len(found)} contents"
        (key,) = found
        whole = stored(house, key)
        assert data in (whole, whole[read_meta(whole).dataset_offset:]), f"{uid} has other bytes"
    twice = house.query("""
        SELECT i.sop_instance_uid FROM records_instance i JOIN records_scan c ON c.key = i.scan_id
        GROUP BY c.session_id, i.sop_instance_uid HAVING count(*) > 1""")
    assert not twice, f"archived twice: {twice[:3]}"
    waiting_twice = house.query("""
        SELECT r.sop_instance_uid FROM ingest_received r JOIN ingest_prearchivesession s ON s.key = r.session_id
        WHERE r.state = 'waiting' GROUP BY s.project, s.folder, r.sop_instance_uid, r.object HAVING count(*) > 1""")
    assert not waiting_twice, f"waiting twice: {waiting_twice[:3]}"


def adds_up(house: House) -> Sums:
    """received = archived + in progress + rejected, nothing is stranded, nothing is past its deadline."""
    sums = Sums(*house.query(COUNT)[0])
    assert sums.add_up, sums
    (late,) = house.query(OVERDUE, 30.0)
    assert late[0] == 0, f"{late[0]} sessions past their deadline, {late[1]:.0f} s"
    return sums


def all_archived(house: House, project: str, seconds: float) -> None:
    """Wait until no session of the project is in the prearchive any more. Who vanished is not waited for: its sessions are told to be quiet."""
    until = time.monotonic() + seconds
    hurry = """UPDATE ingest_prearchivesession SET deadline = now() WHERE project = %s AND state = 'RECEIVING' AND deadline > now()
               RETURNING key"""
    house.query(hurry, project)
    left: list[tuple] = []
    while time.monotonic() < until:
        left = house.query("SELECT state, reason, attempts, deadline - now() FROM ingest_prearchivesession "
                           "WHERE project = %s AND state NOT IN ('ARCHIVED', 'DELETED')", project)
        if not left:
            return
        time.sleep(0.25)
    jobs = house.query("SELECT task_name, status, count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') GROUP BY 1, 2")
    log = (house.data / "logs" / "worker.log").read_text(errors="replace")[-3000:]
    raise AssertionError(f"After {seconds} s {len(left)} sessions are not archived: {left[:3]}; jobs: {jobs}; the worker says:\n{log}")


def staged(house: House) -> list[Path]:
    """Files that lie half-written in the staging area."""
    return list((house.data / "store" / "staging").glob("*.part"))


HELD_UP = 1111
"""The advisory lock for which those wait who are held up."""


@contextmanager
def held_up(house: House, where: str) -> Iterator[None]:
    """For the time of the block whoever writes into the ledger while the SQL condition `where` holds is held up. What is taken in then
    cannot be through before the test has done something to it."""
    with psycopg.connect(house.database_url, autocommit=True) as holding:
        holding.execute(f"""
            SELECT pg_advisory_lock({HELD_UP});
            CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF {where} THEN PERFORM pg_advisory_xact_lock({HELD_UP}); END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER hold_up BEFORE INSERT ON ingest_received EXECUTE FUNCTION hold_up()""")
        try:
            yield
        finally:
            holding.execute(f"SELECT pg_advisory_unlock({HELD_UP})")  # who waits goes on
            holding.execute("DROP TRIGGER hold_up ON ingest_received; DROP FUNCTION hold_up")


def somebody_is_held_up(house: House) -> bool:
    """Whether anybody waits there now."""
    return bool(house.query(f"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = {HELD_UP} AND NOT granted"))
