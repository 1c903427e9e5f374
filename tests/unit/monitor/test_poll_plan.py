from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.products import Product, Tcin
from monitor.model import Circuit, CircuitState
from monitor.poll_plan import (
    MOST_IN_CALL,
    Allowance,
    Asking,
    PollInterval,
    Resting,
    choose_due,
    first_cycle_at,
    next_cycle_at,
    paces_within,
    plan_cycle,
)
from monitor.request_budget import MINUTE, RequestBudget
from tests.builders import AT, A, B, C, agenda, chance, tcins
from tests.fakes import FakeClock

INTERVAL = PollInterval(least=timedelta(seconds=15), most=timedelta(seconds=25))
OPEN = Circuit(state=CircuitState.OPEN, open_until=AT + timedelta(seconds=60), blind_since=AT)
BACK = AT + timedelta(seconds=60)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def plan(
    *watched: object, at: datetime = AT, asked_for: bool = False, failed_probes: int = 0, **more: object
) -> object:
    todo = agenda(*watched, **more)  # type: ignore[arg-type]
    return plan_cycle(todo, INTERVAL, at=at, asked_for=asked_for, failed_probes=failed_probes)


def test_everything_is_asked_in_order_of_priority() -> None:
    assert plan(C, A, B) == Asking(tcins=(C, A, B))


def test_an_empty_list_still_makes_a_cycle() -> None:
    assert plan() == Asking(tcins=())


def test_paused_nothing_is_asked_unless_a_person_asks() -> None:
    assert plan(A, paused=True) == Resting()
    assert plan(A, paused=True, asked_for=True) == Asking(tcins=(A,))


@pytest.mark.parametrize("asked_for", [False, True])
def test_while_the_circuit_is_open_nothing_is_asked_whoever_asks(asked_for: bool) -> None:  # noqa: FBT001  a fact
    assert plan(A, circuit=OPEN, asked_for=asked_for) == Resting(until=BACK)


@pytest.mark.parametrize("asked_for", [False, True])
def test_after_the_pause_there_is_one_probe_of_one_product(asked_for: bool) -> None:  # noqa: FBT001  a fact
    assert plan(A, B, C, at=BACK, circuit=OPEN, asked_for=asked_for) == Asking(tcins=(A,), is_probe=True)


def test_each_further_probe_takes_another_product() -> None:
    probed = [plan(A, B, at=BACK, circuit=OPEN, failed_probes=count) for count in range(3)]
    assert probed == [Asking(tcins=(tcin,), is_probe=True) for tcin in (A, B, A)]


def test_with_nothing_to_probe_the_cycle_is_empty() -> None:
    assert plan(at=BACK, circuit=OPEN) == Asking(tcins=())


def test_a_paused_watch_sends_no_probe() -> None:
    assert plan(A, at=BACK, circuit=OPEN, paused=True) == Resting()


def test_what_the_shop_asked_us_to_wait_is_waited_with_the_circuit_closed_too() -> None:
    assert plan(A, circuit=Circuit(open_until=BACK)) == Resting(until=BACK)
    assert plan(A, B, at=BACK, circuit=Circuit(open_until=BACK)) == Asking(tcins=(A, B))


@pytest.mark.parametrize(
    ("age", "is_due"), [(0, False), (30, False), (52, False), (53, True), (60, True), (3600, True), (-5, True)]
)
def test_an_own_pace_is_kept_by_the_cycle_nearest_to_it(age: float, is_due: bool) -> None:  # noqa: FBT001  a fact
    slow = Product(tcin=A, every=seconds(60))
    due = choose_due((slow, Product(tcin=B)), {A: AT - seconds(age), B: AT}, INTERVAL, at=AT)
    assert due == ((A, B) if is_due else (B,))


def test_a_product_that_was_never_asked_for_is_due() -> None:
    assert choose_due((Product(tcin=A, every=seconds(3600)),), {}, INTERVAL, at=AT) == (A,)


def test_a_person_who_asks_gets_the_slow_products_too() -> None:
    slow = Product(tcin=A, every=seconds(3600))
    assert plan(slow, asked_at={A: AT}) == Asking(tcins=())
    assert plan(slow, asked_at={A: AT}, asked_for=True) == Asking(tcins=(A,))


@pytest.mark.parametrize(("chance", "wait"), [(0, 15), (0.5, 20), (1, 25), (1 / 3, 18.333)])
def test_the_next_cycle_is_reckoned_from_the_beginning_of_this_one(chance: float, wait: float) -> None:
    assert next_cycle_at(INTERVAL, began=AT, took=seconds(3), chance=chance) == AT + seconds(wait)


def test_a_cycle_that_took_longer_is_followed_at_once() -> None:
    assert next_cycle_at(INTERVAL, began=AT, took=seconds(40), chance=0.5) == AT + seconds(40)


@pytest.mark.parametrize(("held_s", "wait"), [(10, 20), (300, 300)])
def test_a_cycle_that_is_held_back_comes_later_never_sooner(held_s: float, wait: float) -> None:
    at = next_cycle_at(INTERVAL, began=AT, took=seconds(1), chance=0.5, held_until=AT + seconds(held_s))
    assert at == AT + seconds(wait)


@pytest.mark.parametrize(("age", "wait"), [(None, 0), (5, 10), (15, 0), (3600, 0), (-60, 0)])
def test_the_first_cycle_comes_at_once_but_not_right_after_the_last(age: float | None, wait: float) -> None:
    last = None if age is None else AT - seconds(age)
    assert first_cycle_at(last, INTERVAL, at=AT) == AT + seconds(wait)


# ---- within a budget of requests


def allowance(per_minute: int = 3, room: int = 3, **weights: float) -> Allowance:
    by_name = {"a": A, "b": B, "c": C}
    weighed = {by_name[name]: weight for name, weight in weights.items()}
    return Allowance(per_minute=per_minute, room=room, frees_at=BACK, weights=weighed)


@pytest.mark.parametrize("asked_for", [False, True])
@pytest.mark.parametrize("circuit", [Circuit(), replace(OPEN, open_until=AT)])
def test_without_room_nothing_is_asked_until_there_is_some(circuit: Circuit, asked_for: bool) -> None:  # noqa: FBT001
    todo = agenda(A, circuit=circuit)
    planned = plan_cycle(todo, INTERVAL, at=AT, asked_for=asked_for, failed_probes=0, allowance=allowance(room=0))
    assert planned == Resting(until=BACK)


def test_one_cycle_uses_its_part_of_the_minute_and_a_person_all_that_is_left() -> None:
    todo = agenda(*tcins(100))
    planned = [
        plan_cycle(todo, INTERVAL, at=AT, asked_for=asked, failed_probes=0, allowance=allowance(per_minute=6, room=3))
        for asked in (False, True)
    ]
    assert [len(one.tcins) for one in planned if isinstance(one, Asking)] == [2 * MOST_IN_CALL, 3 * MOST_IN_CALL]


def test_those_that_waited_longest_are_asked_in_order_of_priority() -> None:
    many = tcins(40)
    asked_at = dict.fromkeys(many[:20], AT - seconds(20)) | dict.fromkeys(many[20:36], AT - seconds(40))
    todo = agenda(*many, asked_at=asked_at)
    planned = plan_cycle(todo, INTERVAL, at=AT, asked_for=False, failed_probes=0, allowance=allowance())
    assert planned == Asking(tcins=(*many[:8], *many[20:]))


def test_paces_share_the_budget_by_weight_and_none_is_shorter_than_a_cycle() -> None:
    many = [Product(tcin=tcin) for tcin in tcins(100)]
    paces = paces_within(many, INTERVAL, allowance(a=2.0, b=1000.0))
    assert paces[B] == INTERVAL.usual
    assert paces[C] == pytest.approx(2 * paces[A], rel=1e-6)
    asked_in_a_cycle = sum(INTERVAL.usual / pace for pace in paces.values())
    assert asked_in_a_cycle == pytest.approx(MOST_IN_CALL)


def test_a_budget_of_less_than_a_call_in_each_cycle_makes_every_pace_longer() -> None:
    paces = paces_within([Product(tcin=A), Product(tcin=B)], INTERVAL, allowance(per_minute=1))
    assert paces == {A: MINUTE, B: MINUTE}


def test_an_own_pace_is_a_wish_that_goes_first_and_is_not_gone_beyond() -> None:
    many = [Product(tcin=A, every=seconds(40)), Product(tcin=B, every=seconds(4000)), *map(_plain, tcins(100)[2:])]
    paces = paces_within(many, INTERVAL, allowance())
    assert (paces[A], paces[B]) == (seconds(40), seconds(4000))


def _plain(tcin: Tcin) -> Product:
    return Product(tcin=tcin)


#: Of every product in turn: its own pace, and its weight.
WISHES = st.lists(st.tuples(st.one_of(st.none(), st.integers(5, 600)), st.floats(0.5, 4)), min_size=1, max_size=6)


@pytest.mark.guards("monitor", "within a budget of requests no product starves")
@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 150), wishes=WISHES, per_minute=st.integers(1, 12), seed=st.integers(0, 999))
def test_over_an_hour_the_budget_holds_and_nobody_starves(
    count: int, wishes: list[tuple[int | None, float]], per_minute: int, seed: int
) -> None:
    every = dict(zip(tcins(count), cycle(wishes), strict=False))
    products = [Product(tcin=tcin, every=None if pace is None else seconds(pace)) for tcin, (pace, _) in every.items()]
    weights = {tcin: weight for tcin, (_, weight) in every.items()}
    clock, rng = FakeClock(), chance(seed)
    budget = RequestBudget(per_minute, monotonic=clock.monotonic)
    asked_at, begun = dict[Tcin, datetime](), list[datetime]()
    gaps, ends = Counter[Tcin](), AT + timedelta(hours=1)
    paces = paces_within(products, INTERVAL, Allowance(per_minute=per_minute, room=0, frees_at=AT, weights=weights))
    while clock.at < ends:
        at = clock.at
        allowed = Allowance(per_minute=per_minute, room=budget.room, frees_at=at + budget.wait(), weights=weights)
        planned = plan_cycle(
            agenda(*products, asked_at=asked_at),
            INTERVAL,
            at=at,
            asked_for=rng.random() < 0.05,
            failed_probes=0,
            allowance=allowed,
        )
        if isinstance(planned, Resting):
            assert planned.until is not None
            clock.go_on(max(planned.until - at, seconds(0.001)))
            continue
        for tcin in planned.tcins:
            gaps[tcin] = max(gaps[tcin], round((at - asked_at.get(tcin, AT)).total_seconds()))
            asked_at[tcin] = at
        for _ in range(-(-len(planned.tcins) // MOST_IN_CALL)):
            with budget.permit(1).request():
                begun.append(at)
        clock.go_on(next_cycle_at(INTERVAL, began=at, took=seconds(0), chance=rng.random()) - at)
    for first, last in zip(begun, begun[per_minute:], strict=False):
        assert last - first >= MINUTE
    for product in products:
        longest = max(gaps[product.tcin], round((ends - asked_at.get(product.tcin, AT)).total_seconds()))
        assert longest <= (3 * paces[product.tcin] + 4 * MINUTE).total_seconds()
