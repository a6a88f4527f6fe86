from __future__ import annotations

import pytest

from scanhouse.dimse.upper import pdu
from scanhouse.dimse.upper.items import AnsweredContext, ContextResult, ProposedContext, Role, UserInformation
from scanhouse.dimse.upper.pdu import Abort, AssociateAccept, AssociateReject, AssociateRequest, ReleaseRequest, ReleaseResponse
from scanhouse.dimse.upper.reasons import AbortReason, ProtocolError, Rejection
from tests.dimse.requestor import CT_CONTEXT, IMPLICIT, MR, MR_CONTEXT, read_all, request

USER = UserInformation(16384, "1.2.3", "TEST_1", (Role(MR, True, False),))


@pytest.mark.parametrize("value", [
    AssociateRequest("SCANHOUSE", "SCANNER", (MR_CONTEXT, CT_CONTEXT), USER),
    AssociateAccept("SCANHOUSE", "SCANNER", (AnsweredContext(3, ContextResult.ACCEPTED, IMPLICIT),), USER),
    AssociateReject.because(Rejection.LOCAL_LIMIT_EXCEEDED),
    ReleaseRequest(),
    ReleaseResponse(),
    Abort(2, 6),
], ids=lambda value: type(value).__name__)
def test_what_is_written_is_read_back_equal(value):
    assert read_all(value.encode()) == [value]


@pytest.mark.parametrize(("value", "written"), [
    (ReleaseRequest(), "05 00 00000004 00000000"),
    (ReleaseResponse(), "06 00 00000004 00000000"),
    (Abort(2, 6), "07 00 00000004 0000 02 06"),
    (AssociateReject(1, 1, 3), "03 00 00000004 00 01 01 03"),
])
def test_the_small_pdus_are_the_bytes_of_the_standard(value, written):
    assert value.encode() == bytes.fromhex(written)


def test_an_association_request_is_the_bytes_of_the_standard():
    written = AssociateRequest("A", "B", (ProposedContext(1, "1.2", ("1.3",)),), UserInformation(7, "1", "V")).encode()
    assert written == (
        bytes.fromhex("01 00 00000089 0001 0000") + b"A".ljust(16) + b"B".ljust(16) + bytes(32)
        + bytes.fromhex("10 00 0015") + b"1.2.840.10008.3.1.1.1"
        + bytes.fromhex("20 00 0012 01 000000") + bytes.fromhex("30 00 0003") + b"1.2" + bytes.fromhex("40 00 0003") + b"1.3"
        + bytes.fromhex("50 00 0012 51 00 0004 00000007 52 00 0001") + b"1" + bytes.fromhex("55 00 0001") + b"V"
    )


def test_titles_and_uids_lose_their_padding():
    body = request().replace(b"SCANNER  ", b"  SCANNER").replace(b"1.2.3U", b"1.2.3U")
    (found,) = read_all(body)
    assert (found.calling_ae, found.called_ae) == ("SCANNER", "SCANHOUSE")


@pytest.mark.parametrize("size", [0, 1, 100, 1000])
@pytest.mark.parametrize("max_pdu", [0, 7, 8, 64, 16384])
def test_data_is_cut_to_what_the_peer_takes_and_comes_together_again(size, max_pdu):
    data = bytes(index % 251 for index in range(size))
    written = pdu.encode_data(5, data, is_command=True, max_pdu=max_pdu)
    fragments = read_all(written)
    assert b"".join(fragment.data for fragment in fragments) == data
    assert [fragment.is_last for fragment in fragments] == [False] * (len(fragments) - 1) + [True]
    assert all(fragment.is_command and fragment.context_id == 5 for fragment in fragments)
    assert all(len(fragment.data) + 6 <= (max_pdu or pdu.MAX_PDU) for fragment in fragments)


def test_fragments_are_views_of_the_bytes_received():
    received = bytearray(pdu.encode_data(1, b"abc", is_command=False, max_pdu=0))
    (fragment,) = pdu.presentation_data(memoryview(received)[6:])
    received[-1:] = b"X"
    assert bytes(fragment.data) == b"abX"


@pytest.mark.parametrize(("header", "reason"), [
    ("00 00 00000004", AbortReason.UNRECOGNIZED_PDU),
    ("08 00 00000004", AbortReason.UNRECOGNIZED_PDU),
    ("47 45 54202f20", AbortReason.UNRECOGNIZED_PDU),  # "GET / "
    ("01 00 00040001", AbortReason.INVALID_PARAMETER_VALUE),
    ("04 00 00040001", AbortReason.INVALID_PARAMETER_VALUE),
    ("04 00 ffffffff", AbortReason.INVALID_PARAMETER_VALUE),
    ("05 00 00000005", AbortReason.INVALID_PARAMETER_VALUE),
])
def test_a_header_that_cannot_be_is_refused_before_its_value_is_awaited(header, reason):
    with pytest.raises(ProtocolError) as caught:
        pdu.frame(memoryview(bytes.fromhex(header)), 0)
    assert caught.value.reason is reason


@pytest.mark.parametrize("value", [
    "", "00", "00000002 01", "00000001 01 03", "00000000 01 03", "00000009 01 03 6162", "ffffffff 01 03 61", "00000003 01 03 61 00",
])
def test_presentation_data_with_a_wrong_length_is_refused(value):
    with pytest.raises(ProtocolError):
        list(pdu.presentation_data(memoryview(bytes.fromhex(value))))


FIXED = bytes.fromhex("0001 0000") + bytes(64)


@pytest.mark.parametrize("items", [
    "10",                             # half an item header
    "10 00 0005 31",                  # an item longer than the PDU
    "20 00 0002 0100",                # a context too short for its identifier
    "20 00 0006 01000000 3000",       # half a sub-item header
    "20 00 0004 01000000" * 2,        # the same identifier twice
    "50 00 0006 51 00 0002 0001",     # a maximum length of two bytes
    "50 00 0008 51 00 0004 00000006", # a maximum length without room for data
    "50 00 0006 54 00 0002 0009",     # a role whose UID is longer than its sub-item
    "60 00 0000" * 600,               # more items than any request has
    "20 00 0214 01000000" + "40 00 0000" * 132,
])
def test_an_association_request_with_broken_items_is_refused(items):
    with pytest.raises(ProtocolError):
        pdu.read(pdu.ASSOCIATE_RQ, memoryview(FIXED + bytes.fromhex(items)))


def test_an_association_request_too_short_for_its_titles_is_refused():
    with pytest.raises(ProtocolError):
        pdu.read(pdu.ASSOCIATE_RQ, memoryview(FIXED[:-1]))


def test_sub_items_that_nobody_here_knows_are_passed_over():
    items = bytes.fromhex("50 00 0012 59 00 0002 6162 51 00 0004 00008000 56 00 0000")
    found = pdu.read(pdu.ASSOCIATE_RQ, memoryview(FIXED + items))
    assert found.user.max_pdu == 0x8000
