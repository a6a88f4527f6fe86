"""SQL of the receive path, by name. Everything else of this package uses the ORM."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import orjson
import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import Error

from scanhouse.access import prepared
from scanhouse.errors import Broken, Busy, Conflict, Invalid, ScanhouseError

T = TypeVar("T")

AWAY = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction)
"""What the driver raises when the database is gone, going, full, out of connections, or a standby for the moment."""


class DatabaseAway(Busy):
    """The database does not answer, or cannot write now."""

    def __init__(self, error: BaseException) -> None:
        what = "The disk of the database is full" if isinstance(error, psycopg.errors.DiskFull) else "The database does not answer"
        super().__init__(f"{what}. Send again in a while; nothing that was acknowledged is lost.")


class Unstorable(Invalid):
    """A value of an object does not fit into its column. Values are not named: they may be a patient's."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"A header value of the object cannot be stored ({type(error).__name__}). Correct the object, then send it again.")


class AddressTaken(Conflict):
    """The timestamp and folder of a new session are those of another one that is open."""

    def __init__(self) -> None:
        super().__init__("The prearchive holds another study at this address. Name another timestamp or label.")


_SESSION = (
    ("number", "int"), ("project", "text"), ("timestamp", "text"), ("folder", "text"), ("label", "text"), ("subject", "text"),
    ("study_uid", "text"), ("deadline", "timestamptz"), ("auto_archive", "bool"), ("overwrite", "text"), ("options", "jsonb"), ("created_by", "text"),
)  # fmt: skip
_OBJECT = (
    ("number", "int"), ("upload_id", "uuid"), ("source", "text"), ("sender", "text"), ("name", "text"), ("object", "text"),
    ("size", "bigint"), ("crc32", "bigint"), ("study_uid", "text"), ("series_uid", "text"), ("sop_instance_uid", "text"),
    ("sop_class_uid", "text"), ("transfer_syntax_uid", "text"), ("modality", "text"), ("series_number", "int"),
    ("instance_number", "int"), ("rows", "int"), ("columns", "int"), ("bits_allocated", "int"), ("samples_per_pixel", "int"),
    ("number_of_frames", "int"), ("pixel_offset", "bigint"), ("pixel_length", "bigint"), ("text", "jsonb"),
)  # fmt: skip


def _rows(columns: Sequence[tuple[str, str]], name: str = "r") -> str:
    """Rows of one JSON parameter: orjson writes them ten times quicker than arrays are written, column by column."""
    return f"jsonb_to_recordset(%s) AS {name}(" + ", ".join(f'"{column}" {kind}' for column, kind in columns) + ")"


_KNOWN = (("number", "int"), ("key", "bigint"), ("project", "text"), ("study_uid", "text"), ("folder", "text"))
_SESSION_NAMES, _OBJECT_NAMES, _KNOWN_NAMES = ([name for name, _ in columns] for columns in (_SESSION, _OBJECT, _KNOWN))
_STORED = [name for name, _ in _OBJECT if name != "number"]

# An object that is there already changes nothing, with two exceptions: one that somebody deleted with its scan was acknowledged anew
# and waits again; and what an interrupted upload brought belongs to the upload that brings it again.
_STORE_THEM = f"""), stored AS (
    INSERT INTO ingest_received AS o (session_id, state, reason, {", ".join(f'"{name}"' for name in _STORED)})
    SELECT n.key, 'waiting', '', {", ".join(f'r."{name}"' for name in _STORED)}
    FROM {_rows(_OBJECT)} JOIN numbered n ON n.number = r.number
    ON CONFLICT (session_id, sop_instance_uid, object) WHERE session_id IS NOT NULL
    DO UPDATE SET state = CASE o.state WHEN 'deleted' THEN 'waiting' ELSE o.state END, reason = CASE o.state WHEN 'deleted' THEN '' ELSE o.reason END,
                  upload_id = coalesce(excluded.upload_id, o.upload_id)
    WHERE o.state = 'deleted' OR excluded.upload_id <> o.upload_id
)"""

# One statement, so one round trip and one commit for a group. A session that is open for the study takes the objects; one that was
# built already goes back to RECEIVING and is built again. The session that `s` answers is matched to its objects by what makes it one.
ENTER = f"""
WITH wanted AS (
    SELECT * FROM {_rows(_SESSION)}
), entered AS (
    INSERT INTO ingest_prearchivesession AS s
        (project, timestamp, folder, label, subject, study_uid, state, deadline, auto_archive, overwrite, options, created_by,
         reason, attempts, element, doc, archived_as)
    SELECT project, timestamp, folder, label, subject, study_uid, 'RECEIVING', deadline, auto_archive, overwrite, options, created_by,
           '', 0, '', '{{}}', ''
    FROM wanted ORDER BY number
    ON CONFLICT (project, study_uid, folder) WHERE state IN ('RECEIVING', 'BUILDING', 'READY', 'CONFLICT', 'ERROR')
    DO UPDATE SET state = 'RECEIVING', deadline = excluded.deadline, received_at = clock_timestamp(), reason = '', attempts = 0,
                  auto_archive = coalesce(excluded.auto_archive, s.auto_archive)
    RETURNING key, project, study_uid, folder
), numbered AS (
    SELECT e.key, w.number FROM entered e JOIN wanted w
        ON w.study_uid = e.study_uid AND w.folder = e.folder AND w.project IS NOT DISTINCT FROM e.project
{_STORE_THEM}
SELECT number, key FROM numbered
"""

# The same for sessions that took objects a moment ago, at half the cost: their rows are not written again. They are held, so that none
# is built without these objects; one that is no longer RECEIVING is not answered, and takes nothing.
ADD = f"""
WITH numbered AS (
    SELECT s.key, w.number FROM ingest_prearchivesession s JOIN {_rows(_KNOWN, "w")} ON w.key = s.key
    WHERE s.state = 'RECEIVING' AND s.study_uid = w.study_uid AND s.folder = w.folder AND s.project IS NOT DISTINCT FROM w.project
    ORDER BY w.number FOR SHARE OF s
{_STORE_THEM}
SELECT number, key FROM numbered
"""

REFUSE = """
INSERT INTO ingest_received (state, upload_id, source, sender, name, size, crc32, sop_instance_uid, reason, object, study_uid, series_uid,
                             sop_class_uid, transfer_syntax_uid, modality, number_of_frames, text)
VALUES ('rejected', %s, %s, %s, %s, %s, 0, %s, %s, '', '', '', '', '', '', 0, '{}')
"""

SETTLE = """
UPDATE ingest_prearchivesession SET deadline = now() + %s
WHERE key = ANY(%s) AND state = 'RECEIVING' AND deadline > now() + interval '1 second'
"""


# Rows of files and instances from the ledger, all of a session at once: nothing of them passes through Python again.
ARCHIVE_FILES = """
WITH given AS (
    SELECT * FROM jsonb_to_recordset(%s) AS g(received bigint, resource bigint, path text, scan bigint, md5 text, content text)
), made AS (
    INSERT INTO records_file (resource_id, path, object, size, md5, crc32, content, format, description, tags, created_by)
    SELECT g.resource, g.path, o.object, o.size, g.md5, o.crc32, g.content, 'DICOM', '', '[]', %s
    FROM given g JOIN ingest_received o ON o.key = g.received
    RETURNING key, resource_id, path
)
INSERT INTO records_instance (file_id, scan_id, sop_instance_uid, sop_class_uid, transfer_syntax_uid, instance_number, "rows", "columns",
                              bits_allocated, number_of_frames, pixel_offset, pixel_length)
SELECT m.key, g.scan, o.sop_instance_uid, o.sop_class_uid, o.transfer_syntax_uid, o.instance_number, o."rows", o."columns",
       o.bits_allocated, o.number_of_frames, o.pixel_offset, o.pixel_length
FROM made m JOIN given g ON g.resource = m.resource_id AND g.path = m.path JOIN ingest_received o ON o.key = g.received
"""


def parameters(sessions: Iterable[tuple[Any, ...]], objects: Iterable[tuple[Any, ...]]) -> list[bytes]:
    """Parameters of `ENTER`: sessions and objects, each row in the order of its columns."""
    return [_json(_SESSION_NAMES, sessions), _json(_OBJECT_NAMES, objects)]


def parameters_of_known(sessions: Iterable[tuple[Any, ...]], objects: Iterable[tuple[Any, ...]]) -> list[bytes]:
    """Parameters of `ADD`, in the same way."""
    return [_json(_KNOWN_NAMES, sessions), _json(_OBJECT_NAMES, objects)]


def _json(names: list[str], rows: Iterable[tuple[Any, ...]]) -> bytes:
    return orjson.dumps([dict(zip(names, row, strict=True)) for row in rows])


def numbers(connection: BaseDatabaseWrapper, statement: str, parameters: Sequence[bytes]) -> list[tuple[int, int]]:
    """Run `ENTER` or `ADD`, which may run twice, and fetch its rows. Raises `DatabaseAway`, `AddressTaken`, `Unstorable`."""
    rows = steadily(connection, lambda: _texts(connection, statement, parameters))
    return [(int(number), int(key)) for number, key in rows]


def _texts(connection: BaseDatabaseWrapper, statement: str, parameters: Sequence[bytes]) -> Sequence[tuple[Any, ...]]:
    if connection.in_atomic_block:
        return prepared.execute(connection, statement, [value.decode() for value in parameters]).fetchall()
    return prepared.rows_of_text(connection, prepared.numbered(statement), parameters)


def run(connection: BaseDatabaseWrapper, statement: str, parameters: Sequence[Any]) -> None:
    """Run a statement that answers nothing. Raises as `fetch`."""
    steadily(connection, lambda: prepared.execute(connection, statement, parameters) and None)


def steadily(connection: BaseDatabaseWrapper, work: Callable[[], T]) -> T:
    """Do work that may be done twice. A connection that turns out to be dead, as after a restart of the database, is replaced once.

    Raises `DatabaseAway` when it cannot be had again, `Unstorable` for values, `Broken` for what else the database refuses.
    """
    had_one = connection.connection is not None and not connection.in_atomic_block
    try:
        return work()
    except (Error, psycopg.Error) as error:
        refusal = _refusal(error)
        if isinstance(refusal, DatabaseAway):
            connection.close()
        if not (isinstance(refusal, DatabaseAway) and had_one):
            raise refusal from error
    return steadily(connection, work)


def _refusal(error: Error | psycopg.Error) -> ScanhouseError:
    """What an error of the driver, or Django's wrapping of it, means for the sender."""
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    if isinstance(cause, psycopg.errors.UniqueViolation) and cause.diag.constraint_name == "ingest_session_address":
        return AddressTaken()
    if isinstance(cause, psycopg.DataError):
        return Unstorable(cause)
    if cause is None or isinstance(cause, AWAY):
        return DatabaseAway(cause or error)
    return Broken(f"The database refused to work ({type(cause).__name__}). Look at its log.")
