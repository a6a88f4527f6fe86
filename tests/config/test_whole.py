"""A body that ends before its end is refused, whoever reads it and in whichever way."""
from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest

from scanhouse.config import whole
from scanhouse.errors import CutShort

FORM = "multipart/form-data; boundary=xx"


class Dripping:
    """What a server gives: at most so many bytes a time, and nothing when the connection is gone."""

    def __init__(self, data: bytes, most: int = 1 << 30) -> None:
        self.file, self.most = io.BytesIO(data), most

    def read(self, size: int = -1) -> bytes:
        return self.file.read(self.most if size < 0 else min(size, self.most))

    def readline(self) -> bytes:
        return self.file.readline()


def request(data: bytes, *, most: int = 1 << 30, **facts: str) -> WSGIRequest:
    environ: dict[str, Any] = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "CONTENT_TYPE": "text/plain", **facts}
    environ["wsgi.input"] = Dripping(data, most)
    whole.insist(environ)
    return WSGIRequest(environ)


@pytest.mark.parametrize("most", [1, 3, 1000])
def test_a_whole_body_is_read_as_it_was_sent(most: int) -> None:
    assert request(b"line 1\nline 2", most=most, CONTENT_LENGTH="13").body == b"line 1\nline 2"
    assert request(b"line 1\nline 2", most=most, CONTENT_LENGTH="13").readlines() == [b"line 1\n", b"line 2"]
    sent = request(b"line 1\nline 2", most=most, CONTENT_LENGTH="13")
    assert [sent.read(6), sent.read(6), sent.read(6), sent.read(6)] == [b"line 1", b"\nline ", b"2", b""]


@pytest.mark.parametrize("most", [1, 3, 1000])
def test_a_short_body_is_refused_by_every_way_to_read_it(most: int) -> None:
    with pytest.raises(CutShort, match="5 of 13 bytes"):
        _ = request(b"line ", most=most, CONTENT_LENGTH="13").body
    with pytest.raises(CutShort):
        request(b"line ", most=most, CONTENT_LENGTH="13").readline()
    with pytest.raises(CutShort):
        _ = request(b"a=1&b=", most=most, CONTENT_LENGTH="13", CONTENT_TYPE="application/x-www-form-urlencoded").POST
    with pytest.raises(CutShort):
        head = b'--xx\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n'
        _ = request(head + b"yy", most=most, CONTENT_LENGTH="5000", CONTENT_TYPE=FORM).FILES


def test_what_came_of_a_short_body_is_told() -> None:
    sent = request(b"x" * 10, most=3, CONTENT_LENGTH="13")
    assert sent.read(8) == b"x" * 8
    with pytest.raises(CutShort) as refused:
        sent.read(8)
    assert refused.value.arrived == b"xx"


def test_nothing_is_read_beyond_the_length() -> None:
    assert request(b"abcdef", CONTENT_LENGTH="3").body == b"abc"
    assert request(b"abcdef").body == b""


ENDS = [(b"\r\n--xx--\r\n", True), (b"\r\n--xx--", True), (b"\r\n--xx--\r\nan epilogue", True), (b"", False), (b"\r\n--xx", False)]


@pytest.mark.parametrize(("end", "is_whole"), ENDS)
def test_a_form_in_chunks_ends_with_its_end_mark(end: bytes, is_whole: bool) -> None:
    body = b"--xx\r\n" + b"y" * 3000 + end
    sent = request(body, most=100, CONTENT_TYPE=FORM, HTTP_TRANSFER_ENCODING="chunked").META["wsgi.input"]
    if is_whole:
        assert sent.read(1 << 20).endswith(end)
        assert sent.read(1 << 20) == b""
    else:
        with pytest.raises(CutShort, match="end of the form"):
            while sent.read(1000):
                pass


def test_other_bodies_in_chunks_end_where_they_end() -> None:
    assert request(b"abc", HTTP_TRANSFER_ENCODING="chunked").META["wsgi.input"].read(10) == b"abc"
