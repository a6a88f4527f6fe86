"""What the browser gets from others is exactly what was pinned, whole or not at all."""
from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from scanhouse.ops import assets, npm, ohif

SCRIPT = b"console.log('hello');\n" * 100


def packed(folder: Path, name: str, files: dict[str, bytes]) -> str:
    """Writes a package as npm packs it; its integrity."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(f"package/{path}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(buffer.getvalue())
    return "sha512-" + base64.b64encode(hashlib.sha512(buffer.getvalue()).digest()).decode()


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    integrity = packed(tmp_path / "packs", "small-1.0.0.tgz", {"dist/small.js": SCRIPT, "LICENSE": b"Free.", "dist/other.js": b"x"})
    path = tmp_path / "pins.toml"
    path.write_text(
        f'[[package]]\nname = "small"\nversion = "1.0.0"\nintegrity = "{integrity}"\nlicence = "MIT"\ninto = "vendor"\n'
        'take = { "dist/small.js" = "small.min.js" }\n'
    )
    return path


def build(tmp_path: Path, pins: Path) -> bool:
    return assets.build(tmp_path / "assets", say=lambda line: None, packs=tmp_path / "packs", pins=pins)


def test_only_the_wanted_files_are_taken_and_they_are_compressed_beside_themselves(tmp_path: Path, pins: Path) -> None:
    assert build(tmp_path, pins)
    vendor = tmp_path / "assets" / "vendor"
    assert sorted(path.name for path in vendor.iterdir()) == ["small.min.js", "small.min.js.gz"]
    assert gzip.decompress((vendor / "small.min.js.gz").read_bytes()) == SCRIPT
    assert (tmp_path / "assets" / "licences" / "small-1.0.0.txt").read_bytes() == b"Free."


def test_a_second_build_of_the_same_pins_does_nothing(tmp_path: Path, pins: Path) -> None:
    build(tmp_path, pins)
    assert not build(tmp_path, pins)


def test_changed_pins_replace_what_was_built_before(tmp_path: Path, pins: Path) -> None:
    build(tmp_path, pins)
    (tmp_path / "assets" / "left-over").write_text("old")
    pins.write_text(pins.read_text().replace("small.min.js", "tiny.js"))
    assert build(tmp_path, pins)
    assert (tmp_path / "assets" / "vendor" / "tiny.js").exists()
    assert not (tmp_path / "assets" / "left-over").exists()


def test_a_package_that_is_not_the_pinned_one_is_refused_and_what_was_there_stays(tmp_path: Path, pins: Path) -> None:
    build(tmp_path, pins)
    packed(tmp_path / "packs", "small-1.0.0.tgz", {"dist/small.js": b"evil()"})
    pins.write_text(pins.read_text() + "\n")
    with pytest.raises(npm.FetchFailed, match="is not what was pinned"):
        build(tmp_path, pins)
    assert (tmp_path / "assets" / "vendor" / "small.min.js").read_bytes() == SCRIPT
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".assets-")], "the folder of the failed build is gone"


def test_a_wanted_file_that_the_package_lacks_ends_the_build(tmp_path: Path, pins: Path) -> None:
    pins.write_text(pins.read_text().replace("dist/small.js", "dist/gone.js"))
    with pytest.raises(npm.FetchFailed, match=r"has no small\.min\.js"):
        build(tmp_path, pins)


def test_members_that_point_out_of_the_package_are_not_read(tmp_path: Path) -> None:
    packed(tmp_path, "bad-1.0.0.tgz", {"../../outside.js": b"x", "inside.js": b"y"})
    assert [name for name, _ in npm.members(tmp_path / "bad-1.0.0.tgz")] == ["inside.js"]


def test_scripts_styles_and_page_of_the_viewer_move_below_its_address() -> None:
    patch = ohif.Patch()
    assert patch.apply("a.js", b'__webpack_require__.p = "/";') == b'__webpack_require__.p = "/viewer/";'
    assert patch.apply("a.css", b"src:url(/font.woff2)") == b"src:url(/viewer/font.woff2)"
    page = patch.apply("index.html", b'<script src="/app.js"></script><script type="module" src="/init-service-worker.js"></script>')
    assert page == b'<script src="/viewer/app.js"></script>'


def test_addresses_of_other_hosts_are_left_alone() -> None:
    assert ohif.Patch().apply("a.css", b"url(//host/font.woff2)") == b"url(//host/font.woff2)"


def test_a_viewer_that_is_built_otherwise_fails_while_building_and_not_in_the_browser() -> None:
    patch = ohif.Patch()
    patch.apply("a.js", b'__webpack_require__.p = "/";')
    with pytest.raises(ohif.ViewerChanged, match="public path in scripts: 1 instead of 8"):
        patch.finish()


def test_what_loads_code_from_elsewhere_is_not_shipped() -> None:
    patch = ohif.Patch()
    assert not any(patch.wanted(name) for name in ("sw.js", "init-service-worker.js", "google.js", "ort/ort.all.js", "app.js.map"))
    assert patch.wanted("app.bundle.js")
