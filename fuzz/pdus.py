"""Bytes that a DICOM peer might send: whole transcripts, and transcripts with damage. Used by the tests, and alone for as long as wanted:

    python -m fuzz.pdus --minutes 5

The law: any bytes give events or one `ProtocolError` and then an A-ABORT, never another exception, however the bytes are cut.
"""
from __future__ import annotations

import argparse
import random
import time

from hypothesis import strategies as st

from scanhouse.dimse import messages
from scanhouse.dimse.abstract_syntaxes import accepts
from scanhouse.dimse.reassembly import Reassembly
from scanhouse.dimse.upper import Association, AssociationRequested, Fragment, ProtocolError, ReleaseRequested, pdu
from scanhouse.dimse.upper.items import ProposedContext, Role, UserInformation
from scanhouse.dimse.upper.pdu import Abort, AssociateRequest, ReleaseRequest

ABSTRACT = ("1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.2.2.1", "1.3.12.2.1107.5.9.1")
TRANSFER = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50", "1.2.840.113619.5.2")


def opening() -> st.SearchStrategy[bytes]:
    contexts = st.lists(
        st.builds(ProposedContext, st.sampled_from((1, 3, 5)), st.sampled_from(ABSTRACT), st.lists(st.sampled_from(TRANSFER), max_size=3).map(tuple)),
        max_size=3, unique_by=lambda context: context.id,
    ).map(tuple)
    roles = st.lists(st.builds(Role, st.sampled_from(ABSTRACT), st.booleans(), st.booleans()), max_size=2).map(tuple)
    user = st.builds(UserInformation, st.sampled_from((0, 7, 16384, 2**32 - 1)), st.just("1.2.3"), st.just("FUZZ"), roles)
    title = st.text("AB ", max_size=16)
    return st.builds(AssociateRequest, title, title, contexts, user).map(AssociateRequest.encode)


def command(field: int, data_set: int) -> bytes:
    return messages.encode({
        messages.AFFECTED_SOP_CLASS_UID: ABSTRACT[1].encode(), messages.COMMAND_FIELD: messages.short(field),
        messages.MESSAGE_ID: messages.short(1), messages.MESSAGE_ID_RESPONDED_TO: messages.short(1),
        messages.COMMAND_DATA_SET_TYPE: messages.short(data_set), messages.AFFECTED_SOP_INSTANCE_UID: b"1.2.3.4",
    })


def piece() -> st.SearchStrategy[bytes]:
    data = st.one_of(st.binary(max_size=60), st.builds(command, st.sampled_from((0x1, 0x30, 0x20, 0x0FFF, 0x8001)), st.sampled_from((0, 0x0101))))
    whole = st.builds(
        lambda context_id, data, is_command, max_pdu: pdu.encode_data(context_id, data, is_command=is_command, max_pdu=max_pdu),
        st.sampled_from((1, 3, 5, 7)), data, st.booleans(), st.sampled_from((0, 17, 64)),
    )
    ending = st.one_of(st.just(ReleaseRequest().encode()), st.builds(Abort, st.integers(0, 255), st.integers(0, 255)).map(Abort.encode))
    return st.one_of(whole, whole, whole, ending, opening())


def transcripts() -> st.SearchStrategy[bytes]:
    """An opening, then anything a peer may send, in turn or out of turn."""
    return st.builds(lambda first, rest: first + b"".join(rest), opening(), st.lists(piece(), max_size=6))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A transcript with a few bytes changed, cut out or put in."""
    data = bytearray(draw(transcripts()))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        data[at:at + draw(st.integers(0, 8))] = draw(st.binary(max_size=8))
    return bytes(data)


def drive(data: bytes, step: int) -> None:
    """Feed an acceptor; everything but `ProtocolError` comes through to the caller."""
    association, reassembly, pending = Association(accepts), Reassembly(), b""
    for start in range(0, len(data), step):
        pending += data[start:start + step]
        try:
            for event in association.receive(memoryview(pending)):
                if isinstance(event, AssociationRequested):
                    association.accept()
                elif isinstance(event, ReleaseRequested):
                    association.release()
                elif isinstance(event, Fragment):
                    reassembly.add(event)
        except ProtocolError:
            association.abort()
            assert association.over, "after a breach the association is over"
        pending = pending[association.consumed:]
    association.outgoing()


def mutate(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        changed[at:at + chance.choice((0, 1, 1, 1, 2, 4))] = chance.randbytes(chance.choice((0, 1, 1, 1, 2, 4)))
    return bytes(changed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    chance = random.Random(options.seed)
    contexts = tuple(ProposedContext(2 * at + 1, uid, TRANSFER) for at, uid in enumerate(ABSTRACT))
    seed = AssociateRequest("CALLED", "CALLING", contexts, UserInformation(16384, "1.2.3", "FUZZ", (Role(ABSTRACT[1], True, True),))).encode()
    bodies = [pdu.encode_data(3, command(field, kind), is_command=True, max_pdu=50) + pdu.encode_data(3, bytes(90), is_command=False, max_pdu=40)
              for field in (1, 0x30, 0x20, 0x8001) for kind in (0, 0x0101)]
    until, runs = time.monotonic() + 60 * options.minutes, 0
    while time.monotonic() < until:
        # Half of the damage comes behind a sound request, or hardly any would get beyond it.
        first = seed if chance.random() < 0.5 else mutate(seed, chance)
        data = first + mutate(b"".join(chance.choices(bodies, k=3)) + ReleaseRequest().encode(), chance)
        try:
            drive(data, chance.choice((1, 7, 64, len(data))))
        except BaseException:
            print(f"seed {options.seed}, run {runs}: {data.hex()}")
            raise
        runs += 1
    print(f"{runs} transcripts, seed {options.seed}: nothing but events and aborts")


if __name__ == "__main__":
    main()
