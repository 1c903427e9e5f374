from collections.abc import Mapping
from itertools import product
from typing import TypeVar

import pytest

from purchasing.errors import IllegalTransition
from purchasing.model import PurchaseState, Step
from purchasing.rules.state_machine import (
    AFTER_RESTART,
    BEFORE_BUTTON,
    FINISHED,
    HOLDS_SLOT,
    PRODUCT,
    PRODUCT_AFTER,
    STEPS,
    check_state,
    check_step,
)

S = TypeVar("S", PurchaseState, Step)

#: The law, written a second time by hand.
STEP_ARROWS = {
    "opened": "carted abandoned",
    "carted": "reviewed abandoned",
    "reviewed": "submitting rehearsed abandoned",
    "submitting": "confirmed refused unconfirmed",
    "unconfirmed": "confirmed refused",
    "confirmed": "",
    "refused": "",
    "abandoned": "",
    "rehearsed": "",
}
STATE_ARROWS = {
    "ready": "queued attempting",
    "queued": "ready attempting",
    "attempting": "purchased failed ready unconfirmed",
    "unconfirmed": "purchased failed",
    "purchased": "ready",
    "failed": "ready",
}
FINAL = {Step.CONFIRMED, Step.REFUSED, Step.ABANDONED, Step.REHEARSED}


@pytest.mark.parametrize(("before", "after"), list(product(Step, Step)))
def test_an_attempt_moves_along_the_arrows_alone(before: Step, after: Step) -> None:
    if after in STEP_ARROWS[before].split():
        check_step(before, after)
        return
    with pytest.raises(IllegalTransition, match=f"from {before} to {after}"):
        check_step(before, after)


@pytest.mark.parametrize(("before", "after"), list(product(PurchaseState, PurchaseState)))
def test_a_product_moves_along_the_arrows_alone(before: PurchaseState, after: PurchaseState) -> None:
    if after in STATE_ARROWS[before].split():
        check_state(before, after)
        return
    with pytest.raises(IllegalTransition, match=f"from {before} to {after}"):
        check_state(before, after)


def test_no_path_leads_from_submitting_back_before_the_button() -> None:
    before_button = {Step.OPENED, Step.CARTED, Step.REVIEWED}
    assert before_button == BEFORE_BUTTON
    assert reachable(STEPS, Step.SUBMITTING).isdisjoint(before_button | {Step.SUBMITTING, Step.ABANDONED})


def test_no_path_leads_twice_to_the_button() -> None:
    assert all(step not in reachable(STEPS, step) for step in Step)


def test_every_attempt_can_come_to_an_end() -> None:
    assert {step for step in Step if not STEPS[step]} == FINAL
    assert all(reachable(STEPS, step) & FINAL for step in Step if step not in FINAL)


def test_every_product_can_become_ready_again() -> None:
    assert all(PurchaseState.READY in reachable(PRODUCT, state) for state in PurchaseState)


def test_an_attempt_holds_the_slot_until_it_is_final() -> None:
    assert set(Step) - FINAL == HOLDS_SLOT


def test_a_restart_moves_along_the_arrows_and_leaves_the_unconfirmed_alone() -> None:
    for before, after in AFTER_RESTART.items():
        check_step(before, after)
    assert set(AFTER_RESTART) == HOLDS_SLOT - {Step.UNCONFIRMED}


@pytest.mark.guards("purchasing", "after a kill, before the button is abandoned and after it in doubt")
def test_a_restart_abandons_before_the_button_and_doubts_after_it() -> None:
    assert {step: AFTER_RESTART[step] for step in BEFORE_BUTTON} == dict.fromkeys(BEFORE_BUTTON, Step.ABANDONED)
    assert AFTER_RESTART[Step.SUBMITTING] is Step.UNCONFIRMED


def test_every_step_of_an_attempt_takes_its_product_along_an_arrow() -> None:
    assert set(PRODUCT_AFTER) == set(Step)
    for before in Step:
        for after in STEPS[before]:
            if PRODUCT_AFTER[before] is not PRODUCT_AFTER[after]:
                check_state(PRODUCT_AFTER[before], PRODUCT_AFTER[after])


def test_a_product_is_bound_exactly_while_its_attempt_holds_the_slot() -> None:
    bound = {PurchaseState.ATTEMPTING, PurchaseState.UNCONFIRMED}
    assert {step for step in Step if PRODUCT_AFTER[step] in bound} == HOLDS_SLOT


def test_what_a_cycle_resets_is_what_a_final_step_leaves_behind() -> None:
    assert {PRODUCT_AFTER[step] for step in FINAL} - {PurchaseState.READY} == FINISHED


def reachable(table: Mapping[S, frozenset[S]], start: S) -> set[S]:
    found: set[S] = set()
    to_visit = set(table[start])
    while to_visit:
        found |= to_visit
        to_visit = {after for before in to_visit for after in table[before]} - found
    return found
