"""Giving each element of the original to a policy, and doing in the copy what it decides."""
from __future__ import annotations

from pydicom import Dataset

from scanhouse.deid.elements import MAX_DEPTH, Place, items_of, tags_of
from scanhouse.deid.errors import RunError
from scanhouse.deid.policy import Decision, Empty, Enter, Keep, Policy, Remove, Replace
from scanhouse.deid.state import Here, State
from scanhouse.deid.tagpath import Address


def walk(policy: Policy, state: State) -> None:
    """`begin`, then every element of the original in tag order, then `finish`. File meta information is the policy's own."""
    policy.begin(state)
    _level(policy, state, state.original, state.dataset, ())
    state.here = None
    policy.finish(state)


def _level(policy: Policy, state: State, original: Dataset, output: Dataset, address: Address) -> None:
    if len(address) > MAX_DEPTH:
        raise RunError(f"the object nests sequences deeper than {MAX_DEPTH} levels")
    for tag in tags_of(original):
        state.spend()
        here = state.here = Here(tag, original, output, address)
        _apply(policy.decide(state, here), policy, state, here)


def _apply(decision: Decision, policy: Policy, state: State, here: Here) -> None:
    place = Place(here.output, here.tag, here.address)
    if isinstance(decision, Keep):
        if decision.covered:
            state.speak(here.address, here.tag, decision.why)
    elif isinstance(decision, Remove):
        state.remove(place, why=decision.why)
    elif isinstance(decision, Empty):
        state.empty(place, why=decision.why)
    elif isinstance(decision, Replace):
        try:
            state.put(place, decision.text, vr=decision.vr, why=decision.why)
        except RunError as error:
            raise error if decision.at is None else error.placed(decision.at.line, decision.at.column) from None
    else:
        assert isinstance(decision, Enter)
        state.speak(here.address, here.tag, decision.why)
        before, after = items_of(here.original, here.tag) or [], items_of(here.output, here.tag) or []
        for number, (item, copy) in enumerate(zip(before, after, strict=False)):
            _level(policy, state, item, copy, (*here.address, (int(here.tag), number)))
