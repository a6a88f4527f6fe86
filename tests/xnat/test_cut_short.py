"""A form that breaks off in the middle of a file: what has come of it leaves the disk with the refusal."""
from __future__ import annotations

import gc
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest

from scanhouse.access.actors import GUEST
from scanhouse.config import whole
from scanhouse.errors import CutShort
from scanhouse.xnat.dialect import Call

HEAD = b'--xx\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\n\r\n'


def staged() -> set[Path]:
    return {path for path in Path(settings.STAGING_DIR).rglob("*") if path.is_file()}


@pytest.mark.parametrize("length", [{"CONTENT_LENGTH": "5000000"}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_the_part_of_a_file_that_came_is_gone_at_once(length: dict[str, str]) -> None:
    environ: dict[str, Any] = {"REQUEST_METHOD": "PUT", "PATH_INFO": "/", "CONTENT_TYPE": "multipart/form-data; boundary=xx", **length}
    environ["wsgi.input"] = io.BytesIO(HEAD + b"y" * 1_000_000)
    whole.insist(environ)
    request = WSGIRequest(environ)
    request.actor = GUEST  # type: ignore[attr-defined]
    call = Call(request, cast(Any, SimpleNamespace(names={})))
    before = staged()
    gc.disable()  # the files of a failed reading hang in a ring of references
    try:
        with pytest.raises(CutShort):
            _ = call.files
        assert staged() <= before
    finally:
        gc.enable()
