"""A DICOM node on one port: listens, gives each association a thread, keeps the limits, stops gracefully.

    server = Server("127.0.0.1", 8104, admit=admit, open_sink=open_sink)
    server.start()
    ...
    server.stop()

Several processes may listen on the same port with `reuse_port`; limits then hold for each process.
"""
from __future__ import annotations

import errno
import logging
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .conversation import Conversation, Doors
from .doors import DEFAULT_LIMITS, Admit, Limits, OpenSink
from .inbox import BUFFER_BYTES
from .seats import Seats

log = logging.getLogger(__name__)

BACKLOG = 512
# Buffers kept for the next association, so that their pages need not be made anew; more are freed.
SPARE_BUFFERS = 16
# After accept() failed for want of file descriptors or memory: time for some to come back.
EXHAUSTED_PAUSE_SECONDS = 0.2
# Between two lines of the log about connections that were turned away.
TURNED_AWAY_SECONDS = 10.0
EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Server:
    def __init__(
        self, host: str, port: int, *, admit: Admit, open_sink: OpenSink, limits: Limits = DEFAULT_LIMITS, reuse_port: bool = False,
    ) -> None:
        """Port 0 takes a free one; `port` then tells which."""
        self.host = host
        self.port = port
        self.limits = limits
        self.seats = Seats(limits)
        self._stopping = threading.Event()
        self._doors = Doors(admit, open_sink, self.seats.sit, self._stopping)
        self._reuse_port = reuse_port
        self._spare: list[bytearray] = []
        self._threads: set[threading.Thread] = set()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._acceptor: threading.Thread | None = None
        self._waker, self._woken = socket.socketpair()
        self._turned_away = 0
        self._say_next = 0.0

    def start(self) -> None:
        """Listen and accept from now on. Raises `OSError` if the port cannot be had."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if self._reuse_port:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listener.bind((self.host, self.port))
            listener.listen(BACKLOG)
            listener.setblocking(False)
            selector = self._selector(listener)
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._acceptor = threading.Thread(target=self._accept, args=(listener, selector), name=f"dicom-{self.port}", daemon=True)
        try:
            self._acceptor.start()
        except RuntimeError as error:  # the system gives no more threads
            selector.close()
            listener.close()
            self._acceptor = None
            raise OSError(errno.EAGAIN, "The system gives no thread for it") from error

    def _selector(self, listener: socket.socket) -> selectors.BaseSelector:
        """What tells of a caller or of a stop. It takes a file handle: where there is none left, the port is not opened."""
        selector = selectors.DefaultSelector()
        selector.register(listener, selectors.EVENT_READ)
        selector.register(self._woken, selectors.EVENT_READ)
        return selector

    def close(self) -> None:
        """Stop listening: when this returns the port is free. Begins the grace of running messages; `stop` waits for it."""
        self._stopping.set()
        if self._acceptor is not None:
            self._waker.send(b"!")
            self._acceptor.join()
            self._acceptor = None

    def stop(self) -> None:
        """Refuse new associations, let running messages finish within `grace_seconds`, abort what is left. Returns when all is over."""
        self.close()
        with self._lock:
            threads = list(self._threads)
        until = time.monotonic() + self.limits.grace_seconds + 2
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        self._cut_off()
        self._waker.close()
        self._woken.close()

    @property
    def associations(self) -> int:
        """Associations open now."""
        return self.seats.taken

    @property
    def connections(self) -> int:
        """Connections open now, those without an association among them."""
        return self.seats.entered

    def _cut_off(self) -> None:
        """Whoever is still there is stuck in the sink or in sending: without its connection it ends as soon as it comes back."""
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # it has closed by itself meanwhile
            left = len(self._threads)
        if left:
            log.warning("DICOM port %s stopped with %s associations that did not end in time", self.port, left)

    def _accept(self, listener: socket.socket, selector: selectors.BaseSelector) -> None:
        with selector, listener:
            while not self._stopping.is_set():
                try:
                    selector.select()
                    self._accept_one(listener)
                except Exception:
                    # The door of one port: without this thread it would take calls that nobody answers, and look open.
                    log.exception("DICOM port %s could not take a connection; it goes on", self.port)
                    self._stopping.wait(EXHAUSTED_PAUSE_SECONDS)

    def _accept_one(self, listener: socket.socket) -> None:
        try:
            connection, peer = listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            # A connection that is gone before it is accepted is no news; want of resources passes when others end.
            if error.errno in EXHAUSTED:
                log.error("DICOM port %s cannot accept now: %s", self.port, error.strerror)
                self._stopping.wait(EXHAUSTED_PAUSE_SECONDS)
            return
        try:
            self._welcome(connection, peer[0])
        except BaseException:
            connection.close()
            raise

    def _welcome(self, connection: socket.socket, address: str) -> None:
        """Give a connection its thread, or close it where even the thread to refuse it would be too much."""
        if not self.seats.enter(address):
            connection.close()
            self._count_turned_away(address)
            return
        thread = threading.Thread(target=self._converse, args=(connection, address), name=f"dicom-{self.port}-{address}", daemon=True)
        with self._lock:
            self._threads.add(thread)
            self._connections.add(connection)
        try:
            thread.start()
        except (RuntimeError, MemoryError):  # the system gives no more threads
            log.error("DICOM port %s closed a connection from %s: no thread for it", self.port, address)
            self._farewell(connection, address, thread, seated=False)
            connection.close()

    def _converse(self, connection: socket.socket, address: str) -> None:
        began, seated = time.monotonic(), False
        try:
            with self._buffer() as buffer:
                conversation = Conversation(connection, address, doors=self._doors, limits=self.limits, buffer=buffer)
                try:
                    conversation.run()
                finally:
                    seated = conversation.seated
            _report(conversation, time.monotonic() - began)
        except Exception:
            # The door of one association: a defect in it must not end the node.
            log.exception("The association with %s ended by a defect", address)
        finally:
            connection.close()
            self._farewell(connection, address, threading.current_thread(), seated=seated)

    def _count_turned_away(self, address: str) -> None:
        """Say it now and then, not for each: who knocks a thousand times a second must not fill the log."""
        self._turned_away += 1
        if time.monotonic() >= self._say_next:
            log.warning("DICOM port %s turned away %s connections, the last from %s: too many are open", self.port, self._turned_away, address)
            self._turned_away, self._say_next = 0, time.monotonic() + TURNED_AWAY_SECONDS

    def _farewell(self, connection: socket.socket, address: str, thread: threading.Thread, *, seated: bool) -> None:
        with self._lock:
            self._threads.discard(thread)
            self._connections.discard(connection)
        self.seats.leave(address, seated=seated)

    @contextmanager
    def _buffer(self) -> Iterator[bytearray]:
        """A receive buffer for one association, kept for the next one afterwards."""
        with self._lock:
            buffer = self._spare.pop() if self._spare else None
        buffer = buffer if buffer is not None else bytearray(BUFFER_BYTES)
        try:
            yield buffer
        finally:
            with self._lock:
                if len(self._spare) < SPARE_BUFFERS:
                    self._spare.append(buffer)


def _report(conversation: Conversation, seconds: float) -> None:
    caller, tally = conversation.caller, conversation.tally
    names = f"{caller.calling_ae!r} to {caller.called_ae!r}" if caller else "no request"
    log.info(
        "DICOM %s: %s from %s, %s messages, %s bytes in %.1f s",
        tally.how, names, conversation.address, tally.messages, tally.data_bytes, seconds,
    )
