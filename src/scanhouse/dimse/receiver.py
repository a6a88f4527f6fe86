"""All receivers of this node: AE titles on ports, each with its whitelist, kept as they are configured while the node runs.

    receiver = Receiver(read_receivers, open_sink)
    receiver.start()
    receiver.reload()     # from any thread, when the configuration has changed; it is also read again periodically
    receiver.stop()

`read_receivers()` gives `Configured` values, from wherever they are kept. One server listens on each port that has an enabled
receiver; which of its AE titles was called decides on whitelist and sink.
"""
from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from scanhouse.errors import Busy

from . import whitelist
from .doors import DEFAULT_LIMITS, Admission, Caller, Limits, Sink
from .server import Server
from .upper import Rejection

log = logging.getLogger(__name__)

# Changes made by another process are seen after this long without anybody telling.
REFRESH_SECONDS = 5.0
# Time to come back for whoever reads the configuration when all ports have stopped. Afterwards it may hang: it changes nothing any more.
REFRESHER_GRACE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Configured:
    """One receiver as configured (`/xapi/dicomscp`): `whitelist` holds entries as `whitelist.parse` reads them.

    `settings` is what the sink needs to know of it (routing, anonymization, ...); this package passes it on and does not look at it.
    """

    ae_title: str
    port: int
    enabled: bool = True
    whitelist_enabled: bool = False
    whitelist: tuple[str, ...] = ()
    settings: Any = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Served:
    """One AE title on one port, ready to decide."""

    configured: Configured
    entries: tuple[whitelist.Entry, ...]

    def admits(self, caller: Caller) -> bool:
        return not self.configured.whitelist_enabled or whitelist.admits(self.entries, caller.calling_ae, caller.address)


ReadReceivers = Callable[[], Iterable[Configured]]
OpenSinkFor = Callable[[Caller, Configured], Sink]


class Port:
    """The AE titles that are served on one port now, and the server that listens there."""

    def __init__(
        self, host: str, number: int, titles: dict[str, Served], open_sink: OpenSinkFor, *, limits: Limits, reuse_port: bool
    ) -> None:
        self.titles = titles
        self._open_sink = open_sink
        self.server = Server(host, number, admit=self.admit, open_sink=self._open, limits=limits, reuse_port=reuse_port)

    def admit(self, caller: Caller) -> Admission:
        served = self.titles.get(caller.called_ae)
        if served is None:
            return Admission(Rejection.CALLED_AE_NOT_RECOGNIZED)
        if not served.admits(caller):
            return Admission(Rejection.CALLING_AE_NOT_RECOGNIZED)
        return Admission(context=served.configured)

    def _open(self, caller: Caller, configured: Configured) -> Sink:
        return self._open_sink(caller, configured)


class Receiver:
    def __init__(
        self,
        read_receivers: ReadReceivers,
        open_sink: OpenSinkFor,
        *,
        host: str = "127.0.0.1",
        limits: Limits = DEFAULT_LIMITS,
        reuse_port: bool = False,
        refresh_seconds: float = REFRESH_SECONDS,
    ) -> None:
        self.problems: dict[int, str] = {}
        """Ports that should be served and are not, with the reason; for health checks."""
        self._read = read_receivers
        self._open_sink = open_sink
        self._host = host
        self._limits = limits
        self._reuse_port = reuse_port
        self._refresh_seconds = refresh_seconds
        self._ports: dict[int, Port] = {}
        self._leaving: list[threading.Thread] = []
        self._told = threading.Event()
        self._stopping = threading.Event()
        self._changing = threading.Lock()
        self._refresher = threading.Thread(target=self._refresh, name="dicom-receivers", daemon=True)

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports that are served now."""
        return tuple(self._ports)

    @property
    def associations(self) -> int:
        """Associations open now, on all ports."""
        return sum(port.server.associations for port in list(self._ports.values()))

    def start(self) -> None:
        """Serve what is configured. Raises what `read_receivers` raises, and `Busy` if not one port could be had."""
        self.apply(self._read())
        if self.problems and not self._ports:
            self.stop()
            raise Busy("No DICOM port could be opened: " + "; ".join(self.problems.values()) + ". Free it or configure another one.")
        self._refresher.start()

    def reload(self) -> None:
        """The configuration has changed: read it again soon. Returns at once."""
        self._told.set()

    def stop(self) -> None:
        """Stop all ports gracefully, side by side. Returns when all is over."""
        self._stopping.set()
        self._told.set()
        # First the ports: who reads the configuration may hang in a query, and would use up the grace of running messages.
        with self._changing:
            for number in list(self._ports):
                self._close(number)
        for thread in self._leaving:
            thread.join()
        if self._refresher.is_alive():
            self._refresher.join(REFRESHER_GRACE_SECONDS)

    def apply(self, receivers: Iterable[Configured]) -> None:
        """Make ports and AE titles as configured. Running associations go on as they were admitted, except where their port goes."""
        wanted = _by_port(receivers)
        with self._changing:
            if self._stopping.is_set():
                return  # read before the stop: no port is opened any more
            for number in [number for number in self._ports if number not in wanted]:
                self._close(number)
            problems = {}
            for number, titles in wanted.items():
                if number in self._ports:
                    self._ports[number].titles = titles
                elif problem := self._open(number, titles):
                    problems[number] = problem
            # Replaced as a whole at the end: whoever asks in between sees the problems of before, never a part.
            self.problems = problems

    def _open(self, number: int, titles: dict[str, Served]) -> str | None:
        """Open a port; what hinders it, in words, where it cannot be had.

        The port knows its titles before it listens: a caller who came between would be rejected for good, and many senders
        give up an object that was rejected so.
        """
        try:
            port = Port(self._host, number, titles, self._open_sink, limits=self._limits, reuse_port=self._reuse_port)
            port.server.start()
        except OSError as error:
            reason = error.strerror or str(error)
            log.error("DICOM port %s cannot be opened: %s. It is tried again.", number, reason)
            return f"port {number}: {reason}"
        self._ports[number] = port
        log.info("DICOM port %s is open on %s", number, self._host)
        return None

    def _close(self, number: int) -> None:
        """The port is free at once; what runs on it may take its grace without holding up the others."""
        port = self._ports.pop(number)
        port.server.close()
        thread = threading.Thread(target=port.server.stop, name=f"dicom-stop-{number}", daemon=True)
        thread.start()
        self._leaving = [leaving for leaving in self._leaving if leaving.is_alive()] + [thread]
        log.info("DICOM port %s closes", number)

    def _refresh(self) -> None:
        while not self._stopping.is_set():
            self._told.wait(self._refresh_seconds)
            self._told.clear()
            if self._stopping.is_set():
                return
            try:
                self.apply(self._read())
            except Exception:
                # A door of its own: while the configuration cannot be read (the database is away), what was read last goes on.
                log.exception("The DICOM receivers could not be read; they stay as they are")


def _by_port(receivers: Iterable[Configured]) -> dict[int, dict[str, Served]]:
    ports: dict[int, dict[str, Served]] = {}
    for configured in receivers:
        if configured.enabled:
            ports.setdefault(configured.port, {})[configured.ae_title] = Served(configured, _entries(configured))
    return ports


def _entries(configured: Configured) -> tuple[whitelist.Entry, ...]:
    """Entries are checked where they are saved; one that got past is left out, which admits fewer callers, never more."""
    entries = []
    for text in configured.whitelist:
        try:
            entries.append(whitelist.parse(text))
        except whitelist.BadWhitelistEntry as error:
            log.error("Receiver %s:%s: %s", configured.ae_title, configured.port, error)
    return tuple(entries)
