"""Our server as a target of the harness in ../shared/bench: `scanhouse up`, ready for measuring before its DICOM port opens.

    python benchmarks/serve.py --describe [--archive] > ours.json     # what the harness takes as a target
    python benchmarks/serve.py --data DIR --http-port N --dicom-port N [--archive]

It makes the project BENCH, and lets every web worker check the password once: that takes a third of a second by design, and a client that
is served all day pays it once an hour. Only then the receiver BENCH opens on the DICOM port, which is what the harness waits for.
--archive: what comes over DICOM is archived in BENCH by itself, for measures of the archive; else it waits unassigned, where queries find it.
"""
from __future__ import annotations

import argparse
import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
USER, PASSWORD, PROJECT, TITLE = "admin", "bench-pass-word", "BENCH", "BENCH"
READY_SECONDS = 90
GREETINGS = 60
"""Connections that are greeted: the system deals them out to the workers by chance, so each gets one with a chance of 1 - 2^-60 times workers."""
IMPORT = f"/data/services/import?import-handler=DICOM-zip&inbody=true&dest=/archive/projects/{PROJECT}"
DOWNLOAD = f"/data/projects/{PROJECT}/experiments/{{PatientID}}/scans/ALL/files?format=zip"
ARCHIVE_ALL = ".*(.*) t:^$ r:BENCH"


def describe(*, archive: bool) -> dict[str, object]:
    """The server as class Generic of the harness has it. With `archive` an instance counts once it is archived."""
    command = [sys.executable, str(Path(__file__).resolve()), "--data", "{dir}/data", "--http-port", "{http}", "--dicom-port", "{port}"]
    return {
        "name": "scanhouse", "cmd": [*command, "--archive"] if archive else command, "aet": TITLE, "auth": [USER, PASSWORD],
        "caps": ["store", "zip_in", "zip_out", "qido", "wado", "rendered"], "dicomweb": "/dicomweb",
        "count": {"path": "/status/instances", "key": "archived" if archive else "findable"},
        "zip_in": {"path": IMPORT, "method": "POST", "type": "application/zip"}, "zip_out": DOWNLOAD,
    }  # fmt: skip


def ask(port: int, method: str, path: str, body: bytes | str | None = None, kind: str = "text/plain") -> bytes:
    """One request over a connection of its own."""
    credentials = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {"Authorization": f"Basic {credentials}", "Content-Type": kind})
        answer = connection.getresponse()
        data = answer.read()
    finally:
        connection.close()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path} was answered with {answer.status}: {data[:500].decode(errors='replace')}")
    return data


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(data: Path, http_port: int) -> subprocess.Popen[str]:
    """`scanhouse up` over `data`; returns when it says that it is ready."""
    environment = {**os.environ, "SCANHOUSE_ASSETS": os.environ.get("SCANHOUSE_ASSETS", str(REPOSITORY / "assets"))}
    command = [sys.executable, "-m", "scanhouse.cli.main", "up", "--data", str(data), "--http-port", str(http_port),
               "--dicom-port", str(free_port()), "--admin-password", PASSWORD]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    deadline = time.monotonic() + READY_SECONDS
    assert process.stdout is not None
    for line in process.stdout:
        print(line, end="", flush=True)
        if line.startswith("ready "):
            return process
        if time.monotonic() > deadline:
            break
    process.terminate()
    raise SystemExit("Scanhouse did not get ready.")


def prepare(http_port: int, dicom_port: int, *, archive: bool) -> None:
    """Project, receiver, and workers that know who asks."""
    ask(http_port, "PUT", f"/data/projects/{PROJECT}")
    if archive:
        ask(http_port, "PUT", f"/data/projects/{PROJECT}/prearchive_code/5")
        ask(http_port, "PUT", "/data/config/dicom/projectRules?inbody=true", f"(0020,000D):{ARCHIVE_ALL}")
    for _ in range(GREETINGS):
        ask(http_port, "GET", "/status/instances")
    receiver = {"aeTitle": TITLE, "port": dicom_port, "identifier": "dicomObjectIdentifier", "enabled": True}
    ask(http_port, "POST", "/xapi/dicomscp", json.dumps(receiver), "application/json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--describe", action="store_true")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--http-port", type=int, default=0)
    parser.add_argument("--dicom-port", type=int, default=0)
    parser.add_argument("--archive", action="store_true")
    given = parser.parse_args()
    if given.describe:
        print(json.dumps(describe(archive=given.archive), indent=1))
        return
    if not (given.data and given.http_port and given.dicom_port):
        parser.error("--data, --http-port and --dicom-port are needed, or --describe")
    process = start(given.data, given.http_port)
    try:
        prepare(given.http_port, given.dicom_port, archive=given.archive)
        process.wait()
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
