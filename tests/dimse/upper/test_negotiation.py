from __future__ import annotations

import pytest

from scanhouse.dimse.abstract_syntaxes import accepts
from scanhouse.dimse.upper.items import ContextResult, ProposedContext, Role, UserInformation
from scanhouse.dimse.upper.negotiation import PresentationContext, answer, negotiate, unacceptable
from scanhouse.dimse.upper.pdu import AssociateRequest
from scanhouse.dimse.upper.reasons import Rejection
from tests.dimse.requestor import BIG_ENDIAN, CT, EXPLICIT, IMPLICIT, JPEG, MR, VERIFICATION

ACCEPTED, NO_ABSTRACT, NO_TRANSFER = (
    ContextResult.ACCEPTED, ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED, ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED,
)
PRIVATE_CLASS, PRIVATE_SYNTAX, UNKNOWN = "1.3.12.2.1107.5.9.1", "1.2.840.113619.5.2", "1.2.840.10008.5.1.4.1.1.999"
FIND, COMMITMENT, WORKLIST, DIRECTORY = "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.1.20.1", "1.2.840.10008.5.1.4.31", "1.2.840.10008.1.3.10"
JPIP = "1.2.840.10008.1.2.4.94"


@pytest.mark.parametrize(("abstract_syntax", "proposed", "result", "chosen"), [
    (VERIFICATION, [IMPLICIT], ACCEPTED, IMPLICIT),
    (MR, [IMPLICIT], ACCEPTED, IMPLICIT),
    (MR, [EXPLICIT, IMPLICIT], ACCEPTED, EXPLICIT),
    (MR, [BIG_ENDIAN, EXPLICIT], ACCEPTED, BIG_ENDIAN),
    (CT, [JPEG, EXPLICIT], ACCEPTED, JPEG),
    (CT, [PRIVATE_SYNTAX], ACCEPTED, PRIVATE_SYNTAX),
    (CT, [JPIP, EXPLICIT], ACCEPTED, EXPLICIT),
    (CT, [JPIP], NO_TRANSFER, IMPLICIT),
    (CT, [], NO_TRANSFER, IMPLICIT),
    (CT, ["nonsense", EXPLICIT], ACCEPTED, EXPLICIT),
    (PRIVATE_CLASS, [EXPLICIT], ACCEPTED, EXPLICIT),
    (UNKNOWN, [EXPLICIT], ACCEPTED, EXPLICIT),
    (FIND, [IMPLICIT], NO_ABSTRACT, IMPLICIT),
    (COMMITMENT, [IMPLICIT], NO_ABSTRACT, IMPLICIT),
    (WORKLIST, [IMPLICIT], NO_ABSTRACT, IMPLICIT),
    (DIRECTORY, [EXPLICIT], NO_ABSTRACT, IMPLICIT),
    ("", [IMPLICIT], NO_ABSTRACT, IMPLICIT),
    ("1.2\\xff", [IMPLICIT], NO_ABSTRACT, IMPLICIT),
    ("1" * 65, [IMPLICIT], NO_ABSTRACT, IMPLICIT),
])
def test_each_context_is_answered_by_the_first_syntax_that_can_be_kept(abstract_syntax, proposed, result, chosen):
    given = answer(ProposedContext(7, abstract_syntax, tuple(proposed)), accepts)
    assert (given.id, given.result, given.transfer_syntax) == (7, result, chosen)


def asked(*contexts: ProposedContext, roles: tuple[Role, ...] = ()) -> AssociateRequest:
    return AssociateRequest("SCANHOUSE", "SCANNER", contexts, UserInformation(16384, "1.2.3", "TEST", roles))


def test_every_context_is_answered_in_order_and_only_accepted_ones_are_open():
    accepted, contexts = negotiate(asked(
        ProposedContext(1, FIND, (IMPLICIT,)), ProposedContext(9, MR, (EXPLICIT,)), ProposedContext(3, MR, (IMPLICIT,)),
    ), accepts)
    assert [given.id for given in accepted.contexts] == [1, 9, 3]
    assert contexts == {9: PresentationContext(9, MR, EXPLICIT), 3: PresentationContext(3, MR, IMPLICIT)}


def test_the_answer_repeats_the_titles_and_announces_128_kilobytes():
    accepted, _ = negotiate(asked(), accepts)
    assert (accepted.called_ae, accepted.calling_ae, accepted.user.max_pdu) == ("SCANHOUSE", "SCANNER", 131072)
    assert accepted.user.implementation_class_uid.startswith("2.25.") and len(accepted.user.implementation_version) <= 16


def test_a_caller_that_also_wants_to_provide_storage_is_told_that_it_may_only_send():
    accepted, _ = negotiate(asked(ProposedContext(1, MR, (EXPLICIT,)), roles=(Role(MR, True, True), Role(CT, True, True))), accepts)
    assert accepted.user.roles == (Role(MR, True, False),)


@pytest.mark.parametrize(("version", "context", "rejection"), [
    (1, "1.2.840.10008.3.1.1.1", None),
    (3, "1.2.840.10008.3.1.1.1", None),
    (2, "1.2.840.10008.3.1.1.1", Rejection.PROTOCOL_VERSION_NOT_SUPPORTED),
    (1, "1.2.840.10008.3.1.1.2", Rejection.APPLICATION_CONTEXT_NOT_SUPPORTED),
    (1, "", Rejection.APPLICATION_CONTEXT_NOT_SUPPORTED),
])
def test_a_request_of_another_protocol_is_rejected(version, context, rejection):
    assert unacceptable(AssociateRequest("A", "B", (), UserInformation(), context, version)) is rejection
