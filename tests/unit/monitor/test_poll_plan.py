from datetime import datetime, timedelta

import pytest

from config.products import Product
from monitor.model import Circuit, CircuitState
from monitor.poll_plan import Asking, PollInterval, Resting, choose_due, first_cycle_at, next_cycle_at, plan_cycle
from tests.builders import AT, A, B, C, agenda

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
