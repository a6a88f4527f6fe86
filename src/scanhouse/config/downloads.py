"""Downloads wait for their readers, and each holds a thread of the web process meanwhile: how many may, and how slow a reader may be.

A reader that takes nothing at all is cut off by the kernel (`cli.web_server`); here the pace of the others is watched, and some threads
are kept for requests that are answered at once.
"""
from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

SHORT = 1 << 20
"""Bytes of an answer that the server takes as a whole, so that no thread waits for its reader."""
THREADS = "SCANHOUSE_WEB_THREADS"
"""Variable in which `scanhouse web` tells its workers how many requests each answers at a time."""
WAIT = 5.0
"""Seconds that a download waits for its turn; viewers ask for several large frames at once."""
PIECE = 60.0
"""Seconds that a reader may take for one piece of the answer (256 kB), which is slower than any modem."""
RETRY_AFTER = 10


class TooSlow(Exception):
    """A reader takes the answer so slowly that it is broken off."""


class Seats:
    """How many downloads one web process sends at a time: three threads of four, and to one user two thirds of these."""

    def __init__(self, threads: int) -> None:
        self.all = max(1, threads * 3 // 4)
        self.each = max(1, self.all * 2 // 3)
        self.waiting_room = max(0, (threads - self.all) // 2)
        self._taken: Counter[object] = Counter()
        self._waiting = 0
        self._changed = threading.Condition()

    def take(self, who: object, *, wait: float = WAIT) -> Callable[[], None] | None:
        """A seat for this user: what gives it back, once, however often it is called. None when there is none in time."""
        with self._changed:
            if not self._free(who) and not self._waited(who, wait):
                return None
            self._taken[who] += 1
        given_back = False

        def give_back() -> None:
            nonlocal given_back
            with self._changed:
                if not given_back:
                    given_back = True
                    self._taken[who] -= 1
                    self._taken += Counter()  # forget those who have none
                    self._changed.notify_all()

        return give_back

    def _free(self, who: object) -> bool:
        return self._taken.total() < self.all and self._taken[who] < self.each

    def _waited(self, who: object, wait: float) -> bool:
        if self._waiting >= self.waiting_room:
            return False
        self._waiting += 1
        try:
            return self._changed.wait_for(lambda: self._free(who), wait)
        finally:
            self._waiting -= 1


class Downloads:
    """The middleware: a streamed answer takes a seat for as long as it is sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.seats = Seats(int(os.environ.get(THREADS) or 16))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not response.streaming or is_short(response):
            return response
        actor = getattr(request, "actor", None)
        give_back = self.seats.take(None if actor is None else actor.id)
        if give_back is None:
            response.close()
            return HttpResponse(
                "Too many downloads are being sent at once. Ask again in a moment, or wait for your other downloads to end.", status=503,
                content_type="text/plain; charset=utf-8", headers={"Retry-After": str(RETRY_AFTER)},
            )  # fmt: skip
        response._resource_closers.append(give_back)  # type: ignore[attr-defined]  # where Django keeps what ends with an answer
        response.streaming_content = paced(response.streaming_content)  # type: ignore[attr-defined]  # streaming answers have it
        return response


def is_short(response: HttpResponseBase) -> bool:
    """Whether an answer is sent in one piece."""
    return 0 <= int(response.get("Content-Length") or -1) <= SHORT


def paced(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces, as long as their reader takes each in time. Raises `TooSlow`, which breaks the answer off."""
    for piece in pieces:
        given = time.monotonic()
        yield piece
        if time.monotonic() - given > PIECE:
            raise TooSlow(f"An answer was broken off: its reader took more than {PIECE:.0f} s for {len(piece)} bytes.")
