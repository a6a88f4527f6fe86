from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from scanhouse.dimse.receiver import Configured, Receiver
from scanhouse.dimse.server import Server
from scanhouse.dimse.upper.pdu import Abort, AssociateAccept, AssociateReject, Pdu
from scanhouse.errors import Busy
from tests.dimse.conftest import PATIENT
from tests.dimse.requestor import INSTANCE, Peer, request, store
from tests.dimse.sinks import Kept, MemorySink
from tests.ports import free_port
from tests.waiting import until

NO_CALLING, NO_CALLED = AssociateReject(1, 1, 3), AssociateReject(1, 1, 7)


class Node:
    """A receiver whose configuration is a list."""

    def __init__(self) -> None:
        self.configured: list[Configured] = []
        self.failing = False
        self.kept = Kept()
        self.opened: list[object] = []
        self.receiver = Receiver(self.read, self.open_sink, limits=PATIENT, refresh_seconds=0.2)

    def read(self) -> list[Configured]:
        if self.failing:
            raise Busy("The database is away")
        return self.configured

    def open_sink(self, caller: object, configured: Configured) -> MemorySink:
        self.opened.append((caller, configured))
        return MemorySink(self.kept)

    def start(self, *configured: Configured) -> None:
        self.configured = list(configured)
        self.receiver.start()

    def change(self, *configured: Configured) -> None:
        self.configured = list(configured)
        self.receiver.reload()


@pytest.fixture
def node() -> Iterator[Node]:
    node = Node()
    yield node
    node.receiver.stop()


@pytest.fixture
def ports() -> list[int]:
    return [free_port(), free_port()]


def asked(port: int, *, called: str = "SCANHOUSE", calling: str = "SCANNER") -> Pdu:
    with Peer(port) as peer:
        return peer.ask(request(called=called, calling=calling))


def test_several_titles_share_a_port_and_each_goes_its_own_way(node, ports):
    first, second = Configured("ONE", ports[0], settings="routing of one"), Configured("TWO", ports[0], settings="routing of two")
    node.start(first, second, Configured("THREE", ports[1]))
    assert isinstance(asked(ports[0], called="ONE"), AssociateAccept)
    assert isinstance(asked(ports[0], called="TWO"), AssociateAccept)
    assert isinstance(asked(ports[1], called="THREE"), AssociateAccept)
    assert asked(ports[1], called="ONE") == NO_CALLED
    assert [configured.settings for _, configured in node.opened] == ["routing of one", "routing of two", None]


def test_a_whitelist_lets_in_who_is_on_it(node, ports):
    node.start(Configured("SCANHOUSE", ports[0], whitelist_enabled=True, whitelist=("GOOD", "BOUND@127.0.0.1", "ELSEWHERE@10.1.2.3")))
    assert isinstance(asked(ports[0], calling="GOOD"), AssociateAccept)
    assert isinstance(asked(ports[0], calling="BOUND"), AssociateAccept)
    assert asked(ports[0], calling="ELSEWHERE") == NO_CALLING
    assert asked(ports[0], calling="STRANGER") == NO_CALLING


def test_a_whitelist_that_is_off_lets_in_everybody(node, ports):
    node.start(Configured("SCANHOUSE", ports[0], whitelist=("GOOD",)))
    assert isinstance(asked(ports[0], calling="STRANGER"), AssociateAccept)


def test_an_entry_that_cannot_be_read_admits_nobody_and_harms_no_other(node, ports):
    node.start(Configured("SCANHOUSE", ports[0], whitelist_enabled=True, whitelist=("", "X@nowhere", "GOOD")))
    assert asked(ports[0], calling="X") == NO_CALLING
    assert isinstance(asked(ports[0], calling="GOOD"), AssociateAccept)


def test_changes_take_effect_without_a_restart(node, ports):
    node.start(Configured("ONE", ports[0]))
    node.change(Configured("ONE", ports[0], enabled=False), Configured("TWO", ports[0]), Configured("THREE", ports[1]))
    until(lambda: node.receiver.ports == (ports[0], ports[1]))
    assert asked(ports[0], called="ONE") == NO_CALLED
    assert isinstance(asked(ports[0], called="TWO"), AssociateAccept)
    assert isinstance(asked(ports[1], called="THREE"), AssociateAccept)


def test_receivers_can_be_deleted_and_made_again(node, ports):
    node.start(Configured("ONE", ports[0]))
    for _ in range(5):
        node.receiver.apply([])
        with pytest.raises(ConnectionRefusedError):
            Peer(ports[0])
        node.receiver.apply([Configured("ONE", ports[0])])
        assert isinstance(asked(ports[0], called="ONE"), AssociateAccept)


def test_a_change_made_elsewhere_is_seen_without_being_told(node, ports):
    node.start()
    node.configured = [Configured("ONE", ports[0])]
    until(lambda: node.receiver.ports == (ports[0],))


def test_a_running_association_goes_on_when_its_title_is_changed(node, ports):
    node.start(Configured("ONE", ports[0]))
    with Peer(ports[0]) as peer:
        peer.ask(request(called="ONE"))
        node.receiver.apply([Configured("ONE", ports[0], whitelist_enabled=True)])
        assert asked(ports[0], called="ONE") == NO_CALLING
        assert peer.ask_status(store(b"data")) == 0 and node.kept.objects == {INSTANCE: b"data"}


def test_a_port_that_goes_ends_its_associations(node, ports):
    node.start(Configured("ONE", ports[0]), Configured("TWO", ports[1]))
    with Peer(ports[0]) as peer:
        peer.ask(request(called="ONE"))
        node.receiver.apply([Configured("TWO", ports[1])])
        assert peer.receive() == Abort(0, 0)


def test_while_the_configuration_cannot_be_read_the_last_one_holds(node, ports):
    node.start(Configured("ONE", ports[0]))
    node.failing = True
    node.receiver.reload()
    until(lambda: isinstance(asked(ports[0], called="ONE"), AssociateAccept))
    node.failing = False
    node.change(Configured("TWO", ports[0]))
    until(lambda: isinstance(asked(ports[0], called="TWO"), AssociateAccept))


def test_a_port_that_is_taken_is_reported_and_tried_again(node, ports):
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports[1]))
        other.listen()
        node.start(Configured("ONE", ports[0]), Configured("TWO", ports[1]))
        assert list(node.receiver.problems) == [ports[1]] and "in use" in node.receiver.problems[ports[1]]
        assert isinstance(asked(ports[0], called="ONE"), AssociateAccept)
    until(lambda: not node.receiver.problems)
    assert isinstance(asked(ports[1], called="TWO"), AssociateAccept)


def test_a_port_that_opens_knows_its_titles_from_the_first_caller_on(node, ports, monkeypatch):
    answers = []
    start = Server.start

    def start_and_be_called_at_once(server: Server) -> None:
        start(server)
        answers.append(asked(ports[0], called="ONE"))

    monkeypatch.setattr(Server, "start", start_and_be_called_at_once)
    node.start(Configured("ONE", ports[0]))
    assert [type(answer) for answer in answers] == [AssociateAccept]


def test_a_node_that_gets_no_port_at_all_says_so(node, ports):
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports[0]))
        other.listen()
        with pytest.raises(Busy, match=f"port {ports[0]}"):
            node.start(Configured("ONE", ports[0]))


def test_a_node_that_cannot_read_its_configuration_at_first_does_not_start(node):
    node.failing = True
    with pytest.raises(Busy, match="database"):
        node.start()
