"""Settings from the environment, read once into one frozen value. `scanhouse up` sets them for the processes it starts."""
from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Environment:
    """Where state lives and where processes listen. Everything else is a preference in the database."""

    data: Path
    """Folder of all state: object store, staging, embedded database, secrets, logs."""
    database_url: str
    http_port: int
    dicom_port: int
    bind: str
    assets: Path
    """Folder of the built front-end assets."""
    allowed_hosts: tuple[str, ...]
    secure_cookies: bool
    """True behind HTTPS: cookies are sent over HTTPS only."""


def read(environ: dict[str, str] | None = None) -> Environment:
    """Environment from variables `SCANHOUSE_*` and `DATABASE_URL`."""
    env = os.environ if environ is None else environ
    here = Path(__file__).resolve().parents[3]
    return Environment(
        data=Path(env.get("SCANHOUSE_DATA", here / "var")).resolve(),
        database_url=env.get("DATABASE_URL", ""),
        http_port=int(env.get("SCANHOUSE_HTTP_PORT", "8080")),
        dicom_port=int(env.get("SCANHOUSE_DICOM_PORT", "8104")),
        bind=env.get("SCANHOUSE_BIND", "127.0.0.1"),
        assets=Path(env.get("SCANHOUSE_ASSETS", here / "assets")).resolve(),
        allowed_hosts=tuple(h for h in env.get("SCANHOUSE_HOSTS", "*").split(",") if h),
        secure_cookies=env.get("SCANHOUSE_HTTPS", "") not in ("", "0", "false"),
    )


# How long the network may keep us waiting: a database that vanished without a word is noticed in half a minute, not in two hours.
WAITING = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}


def database(url: str) -> dict[str, object]:
    """Django's database settings from a PostgreSQL URL; `?host=/folder` names a UNIX socket."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or query.get("user", ["postgres"])[0]),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or query.get("host", [""])[0],
        "PORT": str(parts.port or query.get("port", [""])[0] or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": WAITING,
    }
