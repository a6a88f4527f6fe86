"""Downloads take seats: some threads stay free for short answers, nobody has all seats, and every seat is given back."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from scanhouse.access.actors import GUEST
from scanhouse.config import downloads
from scanhouse.config.downloads import SHORT, Downloads, Seats, TooSlow, paced
from scanhouse.config.front import Front

THREADS = 16


@pytest.fixture(autouse=True)
def no_database() -> Iterator[None]:
    """The end of an answer looks after the thread's connection to the database; here is none."""
    request_finished.disconnect(close_old_connections)
    yield
    request_finished.connect(close_old_connections)


def test_some_threads_are_kept_for_what_is_answered_at_once() -> None:
    seats = Seats(THREADS)
    taken = [seats.take(user, wait=0) for user in range(THREADS)]
    assert sum(one is not None for one in taken) == seats.all == 12
    assert seats.all + seats.waiting_room < THREADS


def test_one_user_leaves_seats_to_others() -> None:
    seats = Seats(THREADS)
    mine = [seats.take("me", wait=0) for _ in range(THREADS)]
    assert sum(one is not None for one in mine) == seats.each == 8
    assert seats.take("another", wait=0) is not None


def test_a_seat_is_given_back_once() -> None:
    seats = Seats(THREADS)
    give_back = [seats.take("me", wait=0) for _ in range(seats.each)]
    assert seats.take("me", wait=0) is None
    for _ in range(3):
        give_back[0]()
    assert seats.take("me", wait=0) is not None
    assert seats.take("me", wait=0) is None


def test_a_download_waits_for_a_seat_and_few_wait_at_a_time() -> None:
    seats = Seats(THREADS)
    give_back = [seats.take("me", wait=0) for _ in range(seats.each)]
    got: list[Any] = []
    waiting = [threading.Thread(target=lambda: got.append(seats.take("me", wait=60))) for _ in range(seats.waiting_room)]
    for thread in waiting:
        thread.start()
    while seats._waiting < seats.waiting_room:
        pass
    assert seats.take("me", wait=60) is None, "the waiting room is full, so the answer comes at once"
    for one in give_back:
        one()
    for thread in waiting:
        thread.join()
    assert len(got) == seats.waiting_room and None not in got


class Site:
    """The middleware around a view that streams `size` bytes."""

    def __init__(self, size: int, *, announced: bool = True) -> None:
        self.size, self.announced, self.closed = size, announced, 0
        self.downloads = Downloads(self.view)
        self.downloads.seats = Seats(1)

    def view(self, request: Any) -> StreamingHttpResponse:
        return StreamingHttpResponse(self.pieces(), headers={"Content-Length": str(self.size)} if self.announced else {})

    def pieces(self) -> Iterator[bytes]:
        try:
            yield bytes(self.size - 1)
            yield b"x"
        finally:
            self.closed += 1

    def get(self) -> Any:
        request = RequestFactory().get("/")
        request.actor = GUEST
        return self.downloads(request)


@pytest.mark.parametrize("site", [Site(SHORT + 1), Site(100, announced=False)])
def test_a_download_beyond_the_bound_is_put_off(site: Site) -> None:
    first, second = site.get(), site.get()
    assert (first.status_code, second.status_code) == (200, 503)
    assert int(second["Retry-After"]) > 0 and b"Ask again" in second.content
    assert len(b"".join(first)) == site.size
    first.close()
    assert site.get().status_code == 200


def test_a_download_that_is_left_gives_its_seat_back_and_closes_its_source() -> None:
    site = Site(SHORT + 1)
    first = site.get()
    next(iter(first))
    first.close()
    assert site.closed == 1
    assert site.get().status_code == 200


def test_short_answers_need_no_seat_and_leave_in_one_piece() -> None:
    site = Site(SHORT)
    assert [site.get().status_code for _ in range(3)] == [200] * 3
    (body,) = Front(lambda environ, start: site.get())({"PATH_INFO": "/", "REQUEST_METHOD": "GET"}, lambda *_: None)
    assert body == bytes(SHORT - 1) + b"x" and site.closed == 1


def test_answers_that_are_there_already_and_files_pass(tmp_path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    for response in (HttpResponse(b"abc"), FileResponse((tmp_path / "a").open("rb"))):
        assert b"".join(Downloads(lambda _, response=response: response)(RequestFactory().get("/"))) == b"abc"


def test_a_reader_that_crawls_is_broken_off(monkeypatch) -> None:
    now = [0.0]
    monkeypatch.setattr(downloads.time, "monotonic", lambda: now[0])
    pieces = paced([b"a", b"b", b"c"])
    assert next(pieces) == b"a"
    now[0] += 59
    assert next(pieces) == b"b"
    now[0] += 61
    with pytest.raises(TooSlow):
        next(pieces)
