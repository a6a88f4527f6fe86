"""A process whose store has stopped ends by itself, after those who wait were told."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import errno, os, sys, threading
from pathlib import Path
from scanhouse.ops.endings import end_when_the_store_stops
from scanhouse.storage.disks import DiskFailed
from scanhouse.storage.store import FileStore

end_when_the_store_stops()
store = FileStore(Path(sys.argv[1]))
staged = store.stage()
staged.write(b"x")
sealed = staged.seal()

def fail(handle):
    raise OSError(errno.EIO, "Input/output error")

os.fsync = fail
try:
    store.keep([sealed])
except DiskFailed as error:
    print("refused:", error, flush=True)
threading.Event().wait(60)
"""


def test_a_process_whose_sync_failed_answers_and_ends(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, tmp_path / "store"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "refused: The disk mounted at" in done.stdout
    assert "the process ends" in done.stderr
