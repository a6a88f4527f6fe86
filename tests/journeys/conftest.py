"""One archive for all journeys of a run: its real processes, as `scanhouse up` starts them. Make projects of your own in it."""
from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from tests.house import House

CHROMIUM = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
)  # fmt: skip
"""Switches for machines without a screen and a graphics card; the viewer draws by WebGL."""
PATIENCE = 30_000
"""Milliseconds in which a page shows what it must. Playwright's 5 seconds are short when the machine has other things to do."""


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`url`, `dicom_port`, `admin_password` (of `admin`), `data` (folder of state, logs in it)."""
    with House(tmp_path_factory.mktemp("house") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium as it is installed on the machine. It ends with its module: while it runs, Playwright keeps an event loop in this
    thread, and Django refuses its database to threads that have one."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("there is no Chromium on this machine; ./test installs one where it can")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM))
        yield started
        started.close()


@pytest.fixture(scope="session")
def rough_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Another one, for tests that kill, stop and starve its parts. Each leaves it in good health."""
    with House(tmp_path_factory.mktemp("rough") / "data") as started:
        yield started
