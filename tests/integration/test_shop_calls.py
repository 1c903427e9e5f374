"""In which calls the shop is asked, and how a refused one is narrowed down within a budget of requests."""

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from config.products import Tcin
from config.settings import TargetSettings
from monitor.model import Trouble
from monitor.request_budget import MINUTE
from monitor.target.client import RedskyShop
from monitor.target.products import NO_STOCK
from sandbox.serving import serve
from sandbox.store import Faults, Item, PracticeStore
from tests.builders import A, B, chance, tcins
from tests.fakes import FakeClock
from tests.integration.street import BULK, RIGHT, WRONG, Street, street
from tests.world import LONG

# ---- chunks


async def test_many_products_are_asked_for_in_few_balanced_calls() -> None:
    async with street(products=57) as here:
        answer = await here.shop.ask(tcins(57))
        assert sorted(len(call) for call in here.calls()) == [19, 19, 19]
        assert all(reading.is_certain for reading in answer.readings.values())


async def test_calls_are_made_at_the_same_time() -> None:
    async with street(products=112, timeout_s=60) as here:
        here.store.faults.hang = True
        asking = asyncio.create_task(here.shop.ask(tcins(112)))
        async with asyncio.timeout(LONG):
            # One after the other, the second would never be made.
            while len(here.calls()) < 4:  # noqa: ASYNC110  a store tells nobody that it was called
                await asyncio.sleep(0.01)
        assert len(set(here.calls())) == 4
        asking.cancel()
        await asyncio.wait([asking])


@pytest.mark.guards("monitor", "one product's trouble hides no other: the search for who makes whole calls fail")
async def test_a_refused_call_is_split_until_the_culprit_stands_alone() -> None:
    culprit = tcins(28)[17]
    async with street(products=28) as here:
        here.store.faults.refuse_tcins = {culprit}
        answer = await here.shop.ask(tcins(28))
        unknown = [tcin for tcin, reading in answer.readings.items() if not reading.is_certain]
        assert unknown == [culprit]
        assert [(one.trouble, one.tcins) for one in answer.troubles] == [(Trouble.UNREADABLE, (culprit,))]
        assert len(here.calls()) <= 11


async def test_a_culprit_once_found_is_asked_for_alone_until_it_answers() -> None:
    culprit = tcins(28)[17]
    async with street(products=28) as here:
        here.store.faults.refuse_tcins = {culprit}
        await here.shop.ask(tcins(28))
        before = len(here.calls())
        await here.shop.ask(tcins(28))
        assert sorted(map(len, here.calls()[before:])) == [1, 27]
        here.store.faults.refuse_tcins = ()
        answer = await here.shop.ask(tcins(28))
        assert answer.readings[culprit].is_certain
        before = len(here.calls())
        await here.shop.ask(tcins(28))
        assert [len(call) for call in here.calls()[before:]] == [28]


async def test_two_culprits_in_different_calls_hide_nobody_else() -> None:
    culprits = {tcins(56)[3], tcins(56)[40]}
    async with street(products=56) as here:
        here.store.faults.refuse_tcins = culprits
        answer = await here.shop.ask(tcins(56))
        assert {tcin for tcin, reading in answer.readings.items() if not reading.is_certain} == culprits


async def test_refusals_that_come_before_the_good_answers_change_no_verdict() -> None:
    culprit = tcins(28)[17]
    store = PracticeStore([Item(tcin=tcin, shipping="IN_STOCK") for tcin in tcins(28)])
    store.faults.refuse_tcins = {culprit}
    async with serve(_slow_to_answer(store), host="127.0.0.1", port=0) as url:
        target = TargetSettings(api_url=url, site_url=url, api_keys=(SecretStr(store.api_key),))
        async with RedskyShop(target, now=FakeClock().now, rng=chance(), pause=timedelta(0)) as shop:
            answer = await shop.ask(tcins(28))
    assert [tcin for tcin, reading in answer.readings.items() if not reading.is_certain] == [culprit]


def _slow_to_answer(store: PracticeStore) -> ASGIApp:
    """The store, which takes a while over what it does not refuse."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        named = parse_qs(scope.get("query_string", b"").decode()).get("tcins", [""])[0].split(",")
        if not store.faults.refuses(named):
            await asyncio.sleep(0.1)
        await store(scope, receive, send)

    return app


async def test_culprits_in_every_quarter_of_a_call_do_not_blind_the_watch() -> None:
    culprits = set(tcins(28)[::7])
    async with street(products=28) as here:
        here.store.faults.refuse_tcins = culprits
        for _ in range(2):
            answer = await here.shop.ask(tcins(28))
        assert {tcin for tcin, reading in answer.readings.items() if not reading.is_certain} == culprits
        assert {tcin for one in answer.troubles for tcin in one.tcins} == culprits


@pytest.mark.parametrize("faults", [Faults(status=500), Faults(rubbish=True)])
async def test_a_shop_that_refuses_everything_is_not_searched_for_a_culprit_for_long(faults: Faults) -> None:
    async with street(products=56) as here:
        here.store.faults = faults
        answer = await here.shop.ask(tcins(56))
        assert not any(reading.is_certain for reading in answer.readings.values())
        assert len(here.calls()) <= 8


@pytest.mark.parametrize("status", [400, 401, 410, 429, 502])
async def test_a_call_that_no_smaller_question_mends_is_not_split(status: int) -> None:
    async with street(products=28) as here:
        here.store.faults = Faults(status=status, only=BULK)
        await here.shop.ask(tcins(28))
        assert {len(call) for call in here.calls()} == {28}


async def test_parts_of_a_partial_answer_are_used() -> None:
    async with street() as here:
        here.store.faults.bare_tcins = {A}
        answer = await here.shop.ask([A, B])
        assert answer.readings[A].trouble == NO_STOCK
        assert [answer.readings[tcin].is_certain for tcin in (A, B)] == [False, True]
        assert len(here.calls()) == 1


# ---- within a budget of requests


@pytest.mark.guards("monitor", "the shop never gets more requests in any minute than the budget allows")
@pytest.mark.parametrize("per_minute", [1, 2, 3, 5])
async def test_within_any_budget_a_culprit_is_found_and_hides_the_others_not_for_ever(per_minute: int) -> None:
    async with street(products=28, per_minute=per_minute) as here:
        here.store.faults.refuse_tcins = {tcins(28)[9]}
        seen = set[Tcin]()
        for _ in range(30):
            before = len(here.store.calls)
            answer = await here.shop.ask(tcins(28))
            assert set(answer.readings) == set(tcins(28))
            assert len(here.store.calls) - before <= per_minute
            seen |= {tcin for tcin, one in answer.readings.items() if one.is_certain}
            here.clock.go_on(MINUTE)
        assert seen == set(tcins(28)) - {tcins(28)[9]}


async def test_what_passes_by_itself_is_not_asked_again_beyond_the_budget() -> None:
    async with street(per_minute=1) as here:
        here.store.faults.status = 503
        answer = await here.shop.ask(tcins(2))
        assert len(here.store.calls) == 1
        assert [one.trouble for one in answer.troubles] == [Trouble.PASSING]


@pytest.mark.guards("monitor", "the look before a purchase and a settlement count in the budget and are never refused")
async def test_the_look_before_a_purchase_goes_beyond_the_budget_and_another_one_does_not() -> None:
    async with street(per_minute=1) as here:
        here.budget.note()
        assert (await here.shop.look(A)).readings[A].is_certain
        assert here.budget.room == -2
        before = len(here.store.calls)
        assert not (await here.shop.look(A, urgent=False)).readings[A].is_certain
        assert len(here.store.calls) == before


async def test_the_page_of_the_key_counts_too() -> None:
    async with street(keys=(), per_minute=2) as here:
        assert not any(one.is_certain for one in (await here.shop.ask(tcins(2))).readings.values())
        assert len(here.store.calls) == 2  # its address leads to another one
        assert (here.pages(), here.calls()) == (1, [])
        here.clock.go_on(MINUTE)
        assert all(one.is_certain for one in (await here.shop.ask(tcins(2))).readings.values())
        assert len(here.store.calls) == 3


async def test_a_budget_of_one_is_gone_beyond_for_the_page_of_the_key_alone() -> None:
    async with street(keys=(), per_minute=1) as here:
        assert not any(one.is_certain for one in (await here.shop.ask(tcins(2))).readings.values())
        assert (len(here.store.calls), here.calls()) == (2, [])
        here.clock.go_on(MINUTE)
        assert all(one.is_certain for one in (await here.shop.ask(tcins(2))).readings.values())


async def ask_each_minute(here: Street, *, minutes: int) -> set[Tcin]:
    """Of which products something certain came."""
    certain = set[Tcin]()
    for _ in range(minutes):
        before = len(here.store.calls)
        answer = await here.shop.ask([A, B])
        assert len(here.store.calls) - before <= 2
        certain |= {tcin for tcin, one in answer.readings.items() if one.is_certain}
        here.clock.go_on(MINUTE)
    return certain


@pytest.mark.guards("monitor", "a small budget comes to every key")
@pytest.mark.parametrize("keys", [(WRONG,), (WRONG, RIGHT)])
async def test_within_a_budget_of_one_the_next_key_is_come_to(keys: tuple[SecretStr, ...]) -> None:
    """That of the shop's pages is the last one."""
    async with street(keys=keys, per_minute=1) as here:
        first = await here.shop.ask([A, B])
        assert [one.trouble for one in first.troubles] == [Trouble.KEY_REFUSED]
        here.clock.go_on(MINUTE)
        assert await ask_each_minute(here, minutes=2) == {A, B}


@pytest.mark.guards("monitor", "a small budget comes to every key")
async def test_within_a_budget_of_one_a_key_of_the_page_that_became_another_one_is_read_again() -> None:
    async with street(keys=(), per_minute=1) as here:
        assert await ask_each_minute(here, minutes=2) == {A, B}
        here.store.api_key = "a" * 40
        assert await ask_each_minute(here, minutes=3) == {A, B}


@pytest.mark.guards("monitor", "whoever had no room in the budget comes first the next time")
async def test_two_halves_of_a_list_that_take_turns_starve_nobody_for_the_culprits_in_them() -> None:
    halves = tcins(56)[:28], tcins(56)[28:]
    culprits = {half[9] for half in halves}
    async with street(products=56, per_minute=20) as here:
        here.store.faults.refuse_tcins = culprits
        for half in halves:
            await here.shop.ask(half)
            here.clock.go_on(MINUTE)
        here.budget.per_minute = 1
        seen = set[Tcin]()
        for _ in range(4):
            for half in halves:
                answer = await here.shop.ask(half)
                seen |= {tcin for tcin, one in answer.readings.items() if one.is_certain}
                here.clock.go_on(MINUTE)
        assert seen == set(tcins(56)) - culprits


async def test_of_what_there_was_no_room_for_nothing_is_said_but_that() -> None:
    culprit = tcins(28)[9]
    async with street(products=28, per_minute=1) as here:
        here.store.faults.refuse_tcins = {culprit}
        refused = await here.shop.ask(tcins(28))
        assert refused.unasked == frozenset()
        assert {one.trouble for one in refused.troubles} == {Trouble.UNREADABLE}
        assert not any("budget" in (one.trouble or "") for one in refused.readings.values())
        here.clock.go_on(MINUTE)
        half = await here.shop.ask(tcins(28))
        assert len(half.unasked) == 14
        assert not any(half.readings[tcin].is_certain for tcin in half.unasked)
