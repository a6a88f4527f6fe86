"""From a scanner's files to a picture, in a real browser: what a person does, seen as a person sees it.

With SCANHOUSE_SCREENSHOTS set the pictures of the documentation (docs/images) are made anew; look at them before they are committed.
"""
from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.house import REPOSITORY, House
from tests.journeys import material
from tests.journeys.material import Material

pytestmark = [pytest.mark.journey, pytest.mark.browser]

DESK = {"width": 1280, "height": 800}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
PATIENCE = 60_000
"""Milliseconds for what workers do; machines of tests are slow."""
IMAGES = REPOSITORY / "docs" / "images"
LARGEST_IMAGE = 300_000
TROUBLE: list[str] = []
"""What scripts complained about on our own pages."""

Shot = Callable[..., None]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return material.gather(tmp_path_factory.mktemp("material"))


@pytest.fixture(scope="module")
def desk(browser: Browser, house: House) -> Iterator[BrowserContext]:
    """The browser of somebody who has signed in."""
    context = browser.new_context(viewport=DESK, base_url=house.url, accept_downloads=True, color_scheme="light", reduced_motion="reduce")
    context.on("page", _listen)
    page = context.new_page()
    sign_in(page, house)
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(desk: BrowserContext) -> Iterator[Page]:
    opened = desk.new_page()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    """Takes a picture, into the documentation when that is wanted; a picture there is small."""
    folder = IMAGES if os.environ.get("SCANHOUSE_SCREENSHOTS") else tmp_path_factory.mktemp("images")
    folder.mkdir(exist_ok=True)

    def take(page: Page, name: str) -> None:
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        path = folder / f"{name}.png"
        picture.save(path, optimize=True)
        if path.stat().st_size > LARGEST_IMAGE:
            picture.quantize(256).save(path, optimize=True)
        assert path.stat().st_size < LARGEST_IMAGE

    return take


@pytest.fixture(scope="module")
def project(desk: BrowserContext, shot: Shot) -> str:
    """A project made on its page."""
    page = desk.new_page()
    page.goto("/")
    page.get_by_role("link", name="New project").first.click()
    page.get_by_label("Title").fill("Scanners of many makers")
    page.get_by_label("Project ID").fill("MAKERS")
    page.get_by_role("textbox", name="Description").fill("MR, PET/CT and ultrasound as the scanners wrote them.")
    expect(page.get_by_role("radio", name="Private")).to_be_checked()
    page.get_by_role("button", name="Make project").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Scanners of many makers")
    expect(page.get_by_title(re.compile("Only its members know"))).to_contain_text("Private")
    page.get_by_role("link", name="Settings").first.click()
    page.get_by_role("radio", name="Keep in the prearchive").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    page.close()
    return "MAKERS"


@pytest.fixture(scope="module")
def uploaded(desk: BrowserContext, project: str, files: Material, shot: Shot) -> str:
    """A folder and a zip, sent from the page of the project."""
    page = desk.new_page()
    page.goto(f"/projects/{project}/upload")
    slow_down(page, bytes_per_second=sum(path.stat().st_size for path in files.folder.rglob("*")) // 6)
    page.locator("input[data-for=folder]").set_input_files(files.folder)
    bar, seen = page.locator("[data-part=bar]"), [0.0]
    while (share := bar.evaluate("bar => bar.value / bar.max")) < 1:
        assert share >= seen[-1], "the bar goes back"
        if share > 0.3 >= seen[-1]:
            shot(page, "upload-going-on")
        seen.append(share)
        page.wait_for_timeout(60)
    assert len({round(share, 2) for share in seen}) > 3, "the bar jumps"
    slow_down(page, bytes_per_second=-1)
    page.locator("input[data-for=files]").set_input_files(files.zip)
    expect(page.locator("[data-part=title]")).to_have_text(re.compile(r"\d+ files done"), timeout=PATIENCE)
    expect(page.locator("[data-part=sessions] tr[data-row]")).to_have_count(len(files.studies), timeout=PATIENCE)
    expect(page.locator("[data-part=sessions] .badge-busy")).to_have_count(0, timeout=PATIENCE)
    shot(page, "upload-done")

    sent = sum(1 for path in files.folder.rglob("*") if path.is_file()) + 1
    tally = {chip.inner_text().split(maxsplit=1)[1]: int(chip.inner_text().split()[0]) for chip in page.locator("[data-part=outcomes] button").all()}
    assert sum(tally.values()) == sent
    assert tally["Not DICOM"] == 2
    assert tally.get("Refused", 0) + tally["Not DICOM"] == files.others
    page.locator("[data-part=outcomes] button", has_text="Not DICOM").click()
    rows = page.locator("[data-part=list] li")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="notes.txt")).to_contain_text("does not begin as DICOM does")
    page.close()
    return project


@pytest.fixture(scope="module")
def archived(desk: BrowserContext, uploaded: str, files: Material, shot: Shot) -> str:
    """What waited in the prearchive, archived by its buttons."""
    page = desk.new_page()
    page.goto(f"/projects/{uploaded}/prearchive")
    rows = page.locator("tr[data-row]")
    expect(rows).to_have_count(len(files.studies))
    shot(page, "prearchive")
    rows.first.locator("a.row-link").click()
    expect(page.locator("h1 + .badge")).to_have_text("Ready to archive")
    expect(page.locator("#live")).to_contain_text("Files received")
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_role("link", name="Open in the archive")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="Open in the archive").click()
    expect(page).to_have_url(re.compile(f"/projects/{uploaded}/sessions/"))
    page.goto(f"/projects/{uploaded}/prearchive")
    for left in range(len(files.studies) - 1, 0, -1):
        expect(page.get_by_role("button", name="Archive").first).to_be_visible(timeout=PATIENCE)
        with page.expect_response(lambda answer: answer.request.method == "POST"):  # leaving the page earlier would take the form back
            page.get_by_role("button", name="Archive").first.click()
        page.goto(f"/projects/{uploaded}/prearchive")
        assert left
    expect(page.locator("tr[data-row]").filter(has_not_text="Conflict")).to_have_count(0, timeout=PATIENCE)
    for _ in range(page.locator("tr[data-row]").count()):  # one ultrasound has two objects under one UID, of two SOP classes
        page.locator("tr[data-row] a.row-link").first.click()
        expect(page.locator(".notice-warn")).to_contain_text("Archive with overwrite to have them both")
        page.get_by_role("button", name="Archive with overwrite").click()
        expect(page.get_by_role("link", name="Open in the archive")).to_be_visible(timeout=PATIENCE)
        page.goto(f"/projects/{uploaded}/prearchive")
    expect(page.locator("#prearchive")).to_contain_text("Nothing is waiting", timeout=PATIENCE)
    page.close()
    return uploaded


@pytest.fixture(scope="module")
def demo(house: House) -> str:
    """The project DEMO, as `scanhouse demo` fills it."""
    environment = {
        **os.environ, "SCANHOUSE_DATA": str(house.data), "DATABASE_URL": f"postgresql:///scanhouse?host={house.data / 'postgres'}&user=postgres",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-m", "scanhouse.cli.main", "demo"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return "DEMO"


def test_a_wrong_password_is_told_and_the_right_one_leads_to_where_one_wanted_to_go(browser: Browser, house: House) -> None:
    context = browser.new_context(viewport=DESK, base_url=house.url)
    page = context.new_page()
    page.goto("/projects?filter=x")
    expect(page).to_have_url(re.compile("/sign-in"))
    page.get_by_label("User name").fill("admin")
    page.locator("#id_password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Login or password is wrong")
    page.locator("#id_password").fill(house.admin_password)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{house.url}/projects?filter=x")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.goto("/projects")
    expect(page).to_have_url(re.compile("/sign-in"))
    context.close()


def test_from_a_project_by_its_subject_to_a_session_whose_scans_show_pictures(page: Page, archived: str, files: Material) -> None:
    page.goto(f"/projects/{archived}")
    expect(page.locator("tr[data-row]")).to_have_count(len(files.studies))
    page.get_by_role("link", name=re.compile("^Subjects")).click()
    page.locator("tr[data-row] a.row-link").first.click()
    page.locator("tr[data-row] a.row-link").first.click()
    expect(page).to_have_url(re.compile("/sessions/"))
    pictures = 0
    page.goto(f"/projects/{archived}")
    for address in [row.get_attribute("data-href") for row in page.locator("tr[data-row]").all()]:
        page.goto(str(address))
        page.wait_for_load_state("networkidle")
        for image in page.locator(".film img").all():
            image.scroll_into_view_if_needed()
            expect(image).to_have_js_property("complete", True)
            assert image.evaluate("image => image.naturalWidth") > 0, f"{address}: {image.get_attribute('src')} shows nothing"
            pictures += 1
        assert page.locator(".scan-facts").first.inner_text()
    assert pictures >= len(files.studies)


def test_every_session_opens_in_the_viewer(page: Page, archived: str) -> None:
    page.goto(f"/projects/{archived}")
    addresses = [link.get_attribute("href") for link in page.locator("a[data-key=view]").all()]
    assert addresses
    for address in addresses:
        page.goto(str(address))
        wait_for_picture(page)


def test_an_interrupted_download_goes_on_and_equals_the_whole(page: Page, archived: str, house: House, files: Material) -> None:
    page.goto(f"/projects/{archived}")
    labels = {row.inner_text() for row in page.locator("tr[data-row] a.row-link").all()}
    found: set[str] = set()
    for label in sorted(labels):
        page.goto(f"/projects/{archived}/sessions/{label}")
        button = page.get_by_role("link", name=re.compile("^Download"))
        with page.expect_download() as started:
            button.first.click()
        whole = Path(started.value.path()).read_bytes()
        assert started.value.suggested_filename == f"{label}.zip"
        assert resumed(page, house, str(button.first.get_attribute("href"))) == whole
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            assert archive.testzip() is None
            found |= {hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    with zipfile.ZipFile(files.zip) as packed:
        sent = {hashlib.sha256(packed.read(name)).hexdigest() for name in packed.namelist() if not name.endswith("/")}
    sent |= {hashlib.sha256(path.read_bytes()).hexdigest() for path in files.folder.rglob("*") if path.is_file()}
    assert found <= sent
    assert len(found) >= sum(files.studies.values())


def test_a_scan_is_downloaded_by_itself(page: Page, demo: str) -> None:
    page.goto(f"/projects/{demo}/sessions/Phantom_CT")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download scan 2").click()
    with zipfile.ZipFile(started.value.path()) as archive:
        assert len(archive.namelist()) == 80
        assert archive.namelist()[0] == "Phantom_CT/scans/2-Thorax_3_0_with_contrast/resources/DICOM/files/001.dcm"
    page.get_by_role("link", name="Thorax 3.0 with contrast").click()
    expect(page.get_by_role("row")).to_have_count(81)
    with page.expect_download() as one:
        page.get_by_role("link", name="001.dcm").click()
    assert Path(one.value.path()).read_bytes()[128:132] == b"DICM"


def test_a_large_upload_goes_on_after_the_page_was_closed(desk: BrowserContext, demo: str, house: House, project: str, tmp_path: Path) -> None:
    first = desk.new_page()
    first.goto(f"/projects/{demo}/sessions/Phantom_CT")
    with first.expect_download() as started:
        first.get_by_role("link", name=re.compile("^Download 5")).click()
    large = tmp_path / "large.zip"
    large.write_bytes(Path(started.value.path()).read_bytes())
    pieces: list[str] = []

    def note(request) -> None:  # type: ignore[no-untyped-def]
        if request.method == "PATCH":
            pieces.append(request.headers["upload-offset"])

    first.goto(f"/projects/{project}/upload")
    slow_down(first, bytes_per_second=8_000_000)
    with first.expect_response(lambda answer: answer.request.method == "PATCH", timeout=PATIENCE):
        first.locator("input[data-for=files]").set_input_files(large)
    first.close(run_before_unload=False)

    again = desk.new_page()
    again.on("request", note)
    again.goto(f"/projects/{project}/upload")
    again.locator("input[data-for=files]").set_input_files(large)
    expect(again.locator("[data-part=title]")).to_have_text("1 file done", timeout=PATIENCE)
    expect(again.locator("[data-part=list]")).to_contain_text("120 stored")
    assert int(pieces[0]) >= 8 << 20, "what was sent before was sent again"
    expect(again.locator("[data-part=sessions] .badge-busy")).to_have_count(0, timeout=PATIENCE)
    again.goto(f"/projects/{project}/prearchive")
    again.locator("tr[data-row] a.row-link").first.click()
    again.locator("details.menu summary[aria-label=More]").click()
    again.get_by_role("button", name="Delete").first.click()
    again.locator("#delete").get_by_role("button", name=re.compile("Delete")).click()
    expect(again.get_by_role("status")).to_contain_text("is deleted")
    again.close()


def test_a_volume_is_scrolled_windowed_and_measured(page: Page, demo: str, shot: Shot) -> None:
    page.goto(f"/projects/{demo}/sessions/Phantom_CT")
    page.get_by_role("link", name="View scan 2").click()
    wait_for_picture(page)
    dismiss_notices(page)
    pane = page.locator("canvas.cornerstone-canvas").first
    box = pane.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    place, window = page.locator('[data-cy="viewport-overlay-bottom-right"]'), page.locator('[data-cy="viewport-overlay-bottom-left"]')
    page.mouse.move(x, y)
    before = place.inner_text()
    for _ in range(12):
        page.mouse.wheel(0, 100)
        page.wait_for_timeout(60)
    expect(place).not_to_have_text(before)
    levels = window.inner_text()
    drag(page, (x - 60, y), (x + 40, y + 30))
    expect(window).not_to_have_text(levels)
    page.locator('[data-cy="Length-btn"]').click()
    drag(page, (x - 140, y + 10), (x + 150, y - 20), steps=12)
    page.wait_for_timeout(800)
    length = page.locator("svg text, svg tspan").filter(has_text=re.compile(r"\d+(\.\d+)? mm")).first
    expect(length).to_be_visible()
    millimetres = float(re.findall(r"[\d.]+", length.text_content() or "")[0])
    assert 80 < millimetres < 320
    dismiss_notices(page)
    shot(page, "viewer")


def test_the_keyboard_leads_through_the_archive(page: Page, demo: str) -> None:
    page.goto(f"/projects/{demo}")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    arrives(page, f"/projects/{demo}/sessions/")
    page.keyboard.press("u")
    arrives(page, f"/projects/{demo}/subjects/")
    page.evaluate("setTimeout = () => 0")  # the second key counts for a second after the first, in which a machine may stop
    page.keyboard.press("g")
    page.keyboard.press("p")
    arrives(page, "/projects$")
    page.keyboard.press("/")
    page.keyboard.type("Phantom")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search: Phantom")
    page.wait_for_load_state()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_lists_are_filtered_while_one_types(page: Page, demo: str) -> None:
    page.goto(f"/projects/{demo}")
    page.keyboard.press("f")
    page.keyboard.type("_us")
    expect(page.locator("tr[data-row]")).to_have_count(2)
    expect(page).to_have_url(re.compile("filter=_us"))


PAGES = (
    "/", "/projects", "/projects/DEMO", "/projects/DEMO/subjects", "/projects/DEMO/sessions/Phantom_CT",
    "/projects/DEMO/sessions/Phantom_CT/scans/2", "/projects/DEMO/members", "/projects/DEMO/settings", "/projects/DEMO/upload", "/prearchive",
    "/settings", "/status",
)  # fmt: skip


def test_all_pages_fit_a_phone(browser: Browser, desk: BrowserContext, demo: str, house: House, archived: str, shot: Shot) -> None:
    context = browser.new_context(**PHONE, base_url=house.url, storage_state=desk.storage_state(), reduced_motion="reduce")
    context.on("page", _listen)
    page = context.new_page()
    for address in PAGES:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address} is {wide} px too wide for a phone"
    page.goto("/projects/DEMO/sessions/Phantom_CT")
    page.wait_for_load_state("networkidle")
    shot(page, "phone-session")
    page.goto("/projects/DEMO")
    shot(page, "phone-project")
    context.close()


def test_the_pages_in_light_and_dark(browser: Browser, desk: BrowserContext, demo: str, archived: str, house: House, shot: Shot) -> None:
    for scheme in ("light", "dark"):
        context = browser.new_context(
            viewport=DESK, base_url=house.url, color_scheme=scheme, storage_state=desk.storage_state(), reduced_motion="reduce"
        )  # type: ignore[arg-type]
        context.on("page", _listen)
        page = context.new_page()
        colours = set()
        for name, address in (("home", "/"), ("project", "/projects/DEMO"), ("session", "/projects/DEMO/sessions/Phantom_CT")):
            page.goto(address)
            page.wait_for_load_state("networkidle")
            colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            shot(page, f"{name}-{scheme}")
        dark = all(sum(int(value) for value in re.findall(r"\d+", colour)[:3]) < 200 for colour in colours)
        assert dark == (scheme == "dark")
        context.close()


def test_no_script_of_ours_complained() -> None:
    assert TROUBLE == []


def arrives(page: Page, address: str) -> None:
    """Wait until the browser is there, with the scripts that listen to keys."""
    expect(page).to_have_url(re.compile(address))
    page.wait_for_load_state()


def sign_in(page: Page, house: House) -> None:
    page.goto("/sign-in")
    page.get_by_label("User name").fill("admin")
    page.locator("#id_password").fill(house.admin_password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")


def slow_down(page: Page, *, bytes_per_second: int) -> None:
    """A slower line for uploads, as people have; -1 for none."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second,
    })  # fmt: skip


def wait_for_picture(page: Page) -> None:
    """Until the viewer's canvas shows something that is not black."""
    canvas = page.locator("canvas.cornerstone-canvas").first
    canvas.wait_for(timeout=PATIENCE)
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        shown = Image.open(io.BytesIO(canvas.screenshot())).convert("L").histogram()
        if sum(shown[40:]) > 0.005 * sum(shown) and page.locator('[data-cy="viewport-overlay-bottom-left"]').first.is_visible():
            return
        page.wait_for_timeout(300)
    raise AssertionError(f"The viewer shows nothing at {page.url}")


def dismiss_notices(page: Page) -> None:
    for name in ("Confirm and hide", "Skip all", "Yes"):
        button = page.get_by_role("button", name=name)
        if button.count():
            button.first.click()


def drag(page: Page, start: tuple[float, float], stop: tuple[float, float], *, steps: int = 8) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*stop, steps=steps)
    page.mouse.up()


def resumed(page: Page, house: House, address: str) -> bytes:
    """A download that breaks off after a third and goes on with Range, as browsers and curl do."""
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    with requests.get(house.url + address, cookies=cookies, stream=True, timeout=60) as first:
        length, etag = int(first.headers["Content-Length"]), first.headers["ETag"]
        start = first.raw.read(length // 3)
    rest = requests.get(house.url + address, cookies=cookies, headers={"Range": f"bytes={len(start)}-", "If-Range": etag}, timeout=60)
    assert (rest.status_code, rest.headers["Content-Range"]) == (206, f"bytes {len(start)}-{length - 1}/{length}")
    return bytes(start + rest.content)


def _listen(page: Page) -> None:
    page.on("pageerror", lambda error: "/viewer" in page.url or TROUBLE.append(f"{page.url}: {error}"))
    page.on("console", lambda said: TROUBLE.append(f"{page.url}: {said.text}") if _is_trouble(page, said.type, said.text) else None)


def _is_trouble(page: Page, kind: str, text: str) -> bool:
    """Complaints of our own pages; a page that is left in the middle of a request is no trouble."""
    return kind == "error" and "/viewer" not in page.url and "net::ERR_" not in text and "status of 4" not in text
