"""A small day of an archive, step by step, with seconds for each and the memory of the web workers at its end.

    python benchmarks/day.py FOLDER [--associations 4]

FOLDER: DICOM files of one study. They are sent by DCMTK's storescu, found in the prearchive, built anew, archived, downloaded as a zip by
all workers at once, and uploaded again as a zip.
"""
from __future__ import annotations

import argparse
import io
import json
import subprocess
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import psutil
from serve import ARCHIVE_ALL, PROJECT, TITLE, ask, free_port, prepare, start

DOWNLOADS = 8


def timed(what: str, work: Callable[[], object]) -> None:
    began = time.monotonic()
    work()
    print(f"{what:<34} {time.monotonic() - began:6.2f} s", flush=True)


def send(files: list[Path], associations: int, http_port: int, dicom_port: int) -> None:
    """Returns when all are in the database, where queries find them."""
    senders = [subprocess.Popen(["storescu", "-R", "-aec", TITLE, "127.0.0.1", str(dicom_port), *map(str, files[n::associations])])
               for n in range(associations)]  # fmt: skip
    assert all(sender.wait() == 0 for sender in senders), "storescu failed"
    while json.loads(ask(http_port, "GET", "/status/instances"))["findable"] < len(files):
        time.sleep(0.01)


def waiting(http_port: int) -> dict[str, str]:
    (session,) = json.loads(ask(http_port, "GET", f"/data/prearchive/projects/{PROJECT}"))["ResultSet"]["Result"]
    return session  # type: ignore[no-any-return]


def download(http_port: int, experiment: str) -> bytes:
    return ask(http_port, "GET", f"/data/experiments/{experiment}/scans/ALL/files?format=zip")


def at_once(times: int, work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def packed(files: list[Path]) -> bytes:
    with zipfile.ZipFile(target := io.BytesIO(), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in files:
            archive.write(file, file.name)
    return target.getvalue()


def web_workers(process: psutil.Process) -> list[str]:
    """Resident memory of each process of the web, and what of it is its own and not that of libraries and files."""
    web = [child for child in process.children(recursive=True) if "web" in child.cmdline()]
    sizes = {child.pid: child.memory_full_info() for child in web}
    return [f"web process {pid}: {size.rss / 1e6:.0f} MB, {size.uss / 1e6:.0f} MB of its own" for pid, size in sizes.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--associations", type=int, default=4)
    given = parser.parse_args()
    files = sorted(path for path in given.folder.iterdir() if path.is_file())
    http_port, dicom_port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        process = start(Path(folder) / "data", http_port)
        try:
            prepare(http_port, dicom_port, archive=False)
            ask(http_port, "PUT", "/data/config/dicom/projectRules?inbody=true", f"(0020,000D):{ARCHIVE_ALL}")
            timed(f"{len(files)} by C-STORE, {given.associations} at once", lambda: send(files, given.associations, http_port, dicom_port))
            source = f"src=/prearchive/projects/{PROJECT}/{waiting(http_port)['timestamp']}/{waiting(http_port)['folderName']}"
            timed("built", lambda: ask(http_port, "POST", f"/data/services/prearchive/rebuild?{source}"))
            timed("built again and archived", lambda: ask(http_port, "POST", f"/data/services/archive?{source}"))
            (found,) = json.loads(ask(http_port, "GET", f"/data/projects/{PROJECT}/experiments"))["ResultSet"]["Result"]
            timed("downloaded as a zip", lambda: download(http_port, found["ID"]))
            timed(f"downloaded {DOWNLOADS} times at once", lambda: at_once(DOWNLOADS, lambda: download(http_port, found["ID"])))
            ask(http_port, "DELETE", f"/data/experiments/{found['ID']}?removeFiles=true")
            content = packed(files)
            address = f"/data/services/import?import-handler=DICOM-zip&inbody=true&dest=/archive/projects/{PROJECT}"
            timed("uploaded as a zip, and archived", lambda: ask(http_port, "POST", address, content, "application/zip"))
            print(*web_workers(psutil.Process(process.pid)), sep="\n")
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
