"""Static files and the viewer: right types, compressed, cached as their names allow, under the right policy."""
from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory

from scanhouse.web import served, static, viewer

GET = RequestFactory().get


@pytest.fixture
def assets(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "viewer"
    folder.mkdir()
    (folder / "index.html").write_text("<title>Viewer</title>")
    (folder / "app.bundle.0f6159c501addfe9.js").write_text("app")
    (folder / "app.bundle.0f6159c501addfe9.js.gz").write_bytes(gzip.compress(b"app"))
    (folder / "37fa160cc3a47cfd.wasm").write_bytes(b"\0asm")
    (folder / "app.bundle.css").write_text("body{}")
    settings.ASSETS_DIR = tmp_path
    return tmp_path


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_a_script_comes_compressed_to_who_takes_it_and_plain_to_who_does_not(assets: Path) -> None:
    name = "app.bundle.0f6159c501addfe9.js"
    squeezed = viewer.viewer(GET("/", headers={"accept-encoding": "gzip, br"}), name)
    assert squeezed["Content-Encoding"] == "gzip"
    assert gzip.decompress(body(squeezed)) == b"app"
    plain = viewer.viewer(GET("/"), name)
    assert "Content-Encoding" not in plain
    assert body(plain) == b"app"
    assert plain["Vary"] == squeezed["Vary"] == "Accept-Encoding"


def test_a_name_with_a_hash_is_kept_for_ever_and_another_is_asked_for_again(assets: Path) -> None:
    assert viewer.viewer(GET("/"), "37fa160cc3a47cfd.wasm")["Cache-Control"] == served.FOREVER
    assert viewer.viewer(GET("/"), "app.bundle.css")["Cache-Control"] == served.ASK_AGAIN


def test_wasm_has_the_type_that_browsers_insist_on(assets: Path) -> None:
    assert viewer.viewer(GET("/"), "37fa160cc3a47cfd.wasm")["Content-Type"] == "application/wasm"


def test_a_browser_that_has_the_file_gets_no_bytes(assets: Path) -> None:
    etag = viewer.viewer(GET("/"), "app.bundle.css")["ETag"]
    assert viewer.viewer(GET("/", headers={"if-none-match": etag}), "app.bundle.css").status_code == 304


def test_addresses_that_the_viewer_makes_itself_give_its_page(assets: Path) -> None:
    for path in ("", "viewer", "segmentation/deep/link"):
        assert body(viewer.viewer(GET("/"), path)) == b"<title>Viewer</title>"


def test_a_missing_file_of_the_viewer_is_missing_and_not_its_page(assets: Path) -> None:
    assert viewer.viewer(GET("/"), "gone.js").status_code == 404


def test_a_viewer_that_has_not_been_built_says_how_to_build_it(tmp_path: Path, settings: Any) -> None:
    settings.ASSETS_DIR = tmp_path
    response = viewer.viewer(GET("/"), "viewer")
    assert response.status_code == 503
    assert b"scanhouse assets" in body(response)


def test_code_may_be_evaluated_in_the_viewer_and_comes_from_here_only(assets: Path) -> None:
    policy = viewer.viewer(GET("/"), "viewer")["Content-Security-Policy"]
    assert "'unsafe-eval'" in policy
    assert "http" not in policy


def test_the_configuration_is_ours_and_names_no_other_host() -> None:
    text = body(viewer.viewer(GET("/"), "app-config.js")).decode()
    assert "/dicomweb/projects/" in text
    assert "http" not in text.replace("httpErrorHandler", "")


def test_an_address_of_the_viewer_names_study_series_project_and_way_back() -> None:
    address = viewer.address(["1.2.3"], series=["1.2.3.4"], project="P & Q", back="/projects/P")
    assert address == "/viewer/viewer?StudyInstanceUIDs=1.2.3&initialSeriesInstanceUID=1.2.3.4&project=P+%26+Q&from=/projects/P"


def test_our_files_are_kept_for_ever_under_the_version_that_names_their_content() -> None:
    shelf = static.shelf()
    response = static.static(GET("/"), shelf.version, "js/page.js")
    assert response["Cache-Control"] == served.FOREVER
    assert response["Content-Type"].startswith("text/javascript")


def test_a_page_of_an_earlier_process_gets_todays_file_but_does_not_keep_it() -> None:
    assert static.static(GET("/"), "0123456789ab", "js/page.js")["Cache-Control"] == served.ASK_AGAIN


def test_the_styles_come_as_one_file_with_every_part_in_it() -> None:
    bundle = static.shelf().assets["css/scanhouse.css"].body
    parts = sorted(path for path in (static.OURS / "css").iterdir())
    assert len(parts) == len(static.BUNDLES["css/scanhouse.css"]), "a style file is not in the bundle"
    assert all(path.read_bytes() in bundle for path in parts)


def test_a_path_that_climbs_out_of_the_folder_is_not_a_file() -> None:
    assert static.static(GET("/"), "x", "../settings.py").status_code == 404
    assert viewer.viewer(GET("/"), "../vendor/htmx.min.js").status_code == 404


def test_only_reading_is_possible() -> None:
    assert static.static(RequestFactory().post("/"), "x", "js/page.js").status_code == 405


def test_a_template_that_names_a_file_that_is_not_there_fails_at_once() -> None:
    with pytest.raises(KeyError):
        static.shelf().url("js/gone.js")
