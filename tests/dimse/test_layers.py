from __future__ import annotations

import subprocess
import sys

import pytest

LOADED = "import sys, {module}; print(*sorted(sys.modules))"


def loaded_by(module: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", LOADED.format(module=module)], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["server", "receiver", "whitelist", "services"])
def test_the_node_needs_neither_django_nor_a_dicom_library(module):
    assert not loaded_by(f"scanhouse.dimse.{module}") & {"django", "psycopg", "pydicom", "pynetdicom", "numpy"}


def test_the_upper_layer_knows_no_socket_no_thread_and_no_clock():
    """`threading` and `time` come with Python itself, so what the modules import is read from their source."""
    from pathlib import Path

    import scanhouse.dimse.upper
    for source in Path(scanhouse.dimse.upper.__file__).parent.glob("*.py"):
        imports = [line for line in source.read_text().splitlines() if line.startswith(("import ", "from "))]
        assert not any(word in line.split()[1].split(".") for line in imports for word in ("socket", "threading", "time", "selectors", "os"))
