"""Policies that decide element by element: what each decision does in the copy."""
from __future__ import annotations

from tests.deid.objects import made, text

from scanhouse.deid.engine import run
from scanhouse.deid.policy import Empty, Enter, Keep, Remove, Replace, Rule
from scanhouse.deid.program import Language, Program, Walk
from scanhouse.deid.state import Stop
from scanhouse.deid.tagpath import root


class ByTag:
    """Decides by a table; records what it was shown."""

    def __init__(self, **decisions):
        self.decisions, self.seen = {int(tag[1:], 16): decision for tag, decision in decisions.items()}, []

    def begin(self, state):
        state.put(state.reach(root(0x00120062)), "YES", why="inserted")

    def decide(self, state, here):
        self.seen.append((here.address, int(here.tag), here.text))
        return self.decisions.get(int(here.tag), Keep(covered=False))

    def finish(self, state):
        state.log.append("finished")

    def rules(self):
        return [Rule(f"{tag:08X}", type(decision).__name__) for tag, decision in self.decisions.items()]


def walked(policy, *elements):
    return run(Program(Language.PROFILE, (Walk(policy),)), made(*elements))


def test_each_decision_does_what_it_says():
    policy = ByTag(t00100010=Replace("ANON", "D"), t00100020=Empty("Z"), t00080020=Remove("X"), t00080060=Keep("K"))
    outcome = walked(policy)
    assert [text(outcome.dataset, path) for path in ("(0010,0010)", "(0010,0020)", "(0008,0020)", "(0008,0060)", "(0012,0062)")] == [
        "ANON", "", None, "MR", "YES"]
    why = {change.path: (change.kind, change.why) for change in outcome.changes}
    assert why["(0010,0010)"] == ("changed", "D")
    assert why["(0010,0020)"] == ("emptied", "Z")
    assert why["(0008,0020)"] == ("removed", "X")
    assert why["(0008,0060)"] == ("kept", "K")
    assert why["(0008,0018)"] == ("not covered", "")
    assert outcome.log == ("finished",)


def test_items_are_walked_only_when_entered_and_in_order():
    inside = ("(0008,1110)[1]/(0008,1155)", "UI", "1.2")
    kept, entered = ByTag(t00081155=Remove()), ByTag(t00081155=Remove(), t00081110=Enter())
    assert text(walked(kept, inside).dataset, inside[0]) == "1.2"
    assert text(walked(entered, inside).dataset, inside[0]) is None
    assert (((0x00081110, 1),), 0x00081155, "1.2") in entered.seen
    assert [tag for address, tag, _ in entered.seen if not address] == sorted(tag for address, tag, _ in entered.seen if not address)


def test_a_policy_sees_the_original_and_not_what_it_inserted_or_changed():
    policy = ByTag(t00100010=Replace("ANON"))
    walked(policy)
    assert 0x00120062 not in {tag for _, tag, _ in policy.seen}
    assert ((), 0x00100010, "Doe^John") in policy.seen


def test_a_policy_can_send_the_object_aside():
    class Refusing(ByTag):
        def decide(self, state, here):
            raise Stop("quarantined", "too risky")

    outcome = walked(Refusing())
    assert outcome.dataset is None and outcome.reason == "too risky"
