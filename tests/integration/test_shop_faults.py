"""The real shop client against the practice store: what it asks, and how it takes what goes wrong."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from config.products import Tcin
from config.settings import TargetSettings
from monitor.model import StockState, Trouble
from monitor.request_budget import MINUTE, RequestBudget
from monitor.target.client import HONEST_USER_AGENT, RedskyShop
from monitor.target.keys import KEY_KEPT, KEYLESS_KEPT
from monitor.target.products import NO_STOCK
from sandbox.serving import serve
from sandbox.store import Drop, Faults, Item, PracticeStore, Wall
from tests.builders import A, B, chance, tcins
from tests.fakes import FakeClock
from tests.world import LONG

BULK = "/redsky_aggregations/v1/web/product_summary_with_fulfillment_v1"
WRONG = SecretStr("f" * 40)
RIGHT = SecretStr(PracticeStore([]).api_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """The practice store, and a shop client that asks it."""

    store: PracticeStore
    shop: RedskyShop
    clock: FakeClock
    budget: RequestBudget

    def calls(self, path: str = BULK) -> list[tuple[str, ...]]:
        return [call.tcins for call in self.store.calls if call.path.startswith(path)]

    def keys(self) -> list[str | None]:
        return [call.key for call in self.store.calls if call.path == BULK]

    def pages(self) -> int:
        return len([call for call in self.store.calls if call.path.startswith("/p/-/")])


@asynccontextmanager
async def street(
    *, products: int = 2, keys: tuple[SecretStr, ...] | None = None, per_minute: int | None = None, **settings: Any
) -> AsyncIterator[Street]:
    store = PracticeStore([Item(tcin=tcin, shipping="IN_STOCK") for tcin in tcins(products)])
    clock = FakeClock()
    budget = RequestBudget(per_minute, monotonic=clock.monotonic)
    async with store.serve() as url:
        given = (SecretStr(store.api_key),) if keys is None else keys
        target = TargetSettings(api_url=url, site_url=url, api_keys=given, **settings)
        async with RedskyShop(target, now=clock.now, rng=chance(), pause=timedelta(0), budget=budget) as shop:
            yield Street(store=store, shop=shop, clock=clock, budget=budget)


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


async def test_parts_of_a_partial_answer_are_used() -> None:
    async with street() as here:
        here.store.faults.bare_tcins = {A}
        answer = await here.shop.ask([A, B])
        assert answer.readings[A].trouble == NO_STOCK
        assert [answer.readings[tcin].is_certain for tcin in (A, B)] == [False, True]
        assert len(here.calls()) == 1


# ---- what passes, and what does not


@pytest.mark.parametrize("faults", [Faults(status=502), Faults(status=503), Faults(drop=Drop.BEFORE)])
async def test_what_passes_by_itself_is_asked_once_more(faults: Faults) -> None:
    async with street() as here:
        faults.times = 1
        here.store.faults = faults
        answer = await here.shop.ask(tcins(2))
        assert not answer.troubles
        assert len(here.calls()) == 2


async def test_what_does_not_pass_is_asked_no_more_than_twice() -> None:
    async with street() as here:
        here.store.faults.status = 503
        answer = await here.shop.ask(tcins(2))
        assert [one.trouble for one in answer.troubles] == [Trouble.PASSING]
        assert len(here.calls()) == 2


async def test_a_503_that_says_how_long_to_wait_is_not_asked_again() -> None:
    async with street() as here:
        here.store.faults.status, here.store.faults.retry_after = 503, 30
        answer = await here.shop.ask(tcins(2))
        assert [one.retry_after for one in answer.troubles] == [timedelta(seconds=30)]
        assert len(here.calls()) == 1


async def test_a_probe_is_one_call_whatever_happens() -> None:
    async with street() as here:
        here.store.faults.status = 503
        answer = await here.shop.probe(A)
        assert [one.trouble for one in answer.troubles] == [Trouble.PASSING]
        assert here.calls() == [(A,)]


@pytest.mark.guards("monitor", "the wall is known by each of its faces")
@pytest.mark.parametrize("wall", Wall)
async def test_every_face_of_the_wall_is_known_and_not_asked_again(wall: Wall) -> None:
    async with street(products=28) as here:
        here.store.faults.wall = wall
        answer = await here.shop.ask(tcins(28))
        assert [one.trouble for one in answer.troubles] == [Trouble.WALLED]
        assert len(here.calls()) == 1


async def test_an_answer_that_never_comes_ends_at_the_time_limit() -> None:
    async with street(timeout_s=0.1) as here:
        here.store.faults.hang = True
        answer = await here.shop.ask(tcins(2))
        assert [one.trouble for one in answer.troubles] == [Trouble.PASSING]
        assert "0.1 s" in answer.troubles[0].message


async def test_retry_after_as_a_date_is_understood() -> None:
    async with street() as here:
        here.store.faults.status, here.store.faults.retry_after = 429, "Sun, 22 Nov 2026 14:04:22 GMT"
        answer = await here.shop.ask(tcins(2))
        assert [one.retry_after for one in answer.troubles] == [timedelta(seconds=60)]


async def test_a_retired_call_is_told() -> None:
    async with street() as here:
        here.store.faults.status = 410
        answer = await here.shop.ask(tcins(2))
        assert [one.trouble for one in answer.troubles] == [Trouble.RETIRED]


async def test_a_new_word_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async with street() as here:
        here.store.set(tcins(1)[0], shipping="READY_FOR_LAUNCH")
        for _ in range(3):
            await here.shop.ask(tcins(1))
    (line,) = [record for record in caplog.records if record.name == "monitor.target.client"]
    assert (line.msg, line.__dict__["word"]) == ("shop.new_word", "shipping_options READY_FOR_LAUNCH")


# ---- one product


async def test_a_look_tells_the_truth_where_the_bulk_call_does_not() -> None:
    async with street() as here:
        here.store.set(A, price="49.99", shipping_in_summary="OUT_OF_STOCK", price_in_summary=False, marketplace=True)
        bulk = (await here.shop.ask([A])).readings[A]
        look = (await here.shop.look(A)).readings[A]
        assert (bulk.shipping.state, bulk.price, bulk.marketplace) == (StockState.OUT_OF_STOCK, None, None)
        assert (look.shipping.state, look.price, look.marketplace) == (StockState.IN_STOCK, Decimal("49.99"), True)
        assert look.purchase_limit == 2
        assert look.image_url


async def test_a_look_whose_details_fail_still_tells_the_stock() -> None:
    async with street() as here:
        here.store.faults = Faults(status=410, only="/redsky_aggregations/v1/web/pdp")
        answer = await here.shop.look(A)
        assert answer.readings[A].shipping.state is StockState.IN_STOCK
        assert [one.trouble for one in answer.troubles] == [Trouble.RETIRED]


async def test_a_parent_of_variations_is_resolved_to_its_children() -> None:
    async with street(products=3) as here:
        parent, *children = tcins(3)
        here.store.set(parent, relationship_type="VAP", children=tuple(children))
        for answer in (await here.shop.ask([parent]), await here.shop.look(parent)):
            assert not answer.readings[parent].is_certain
            assert [child.tcin for child in answer.readings[parent].children] == children


# ---- keys


@pytest.mark.guards("monitor", "keys fail over in their order")
async def test_keys_fail_over_in_order_and_the_one_that_works_is_kept() -> None:
    async with street(keys=()) as sample:
        good = sample.store.api_key
    async with street(keys=(WRONG, SecretStr(good))) as here:
        for _ in range(2):
            assert not (await here.shop.ask(tcins(2))).troubles
        assert here.keys() == [WRONG.get_secret_value(), good, good]
        assert here.pages() == 0


async def test_without_a_key_it_is_read_from_a_product_page_and_kept_for_six_hours() -> None:
    async with street(keys=()) as here:
        for hours in (0, 3, 2.9):
            here.clock.go_on(timedelta(hours=hours))
            assert not (await here.shop.ask(tcins(2))).troubles
        assert here.pages() == 1
        here.clock.go_on(KEY_KEPT)
        assert not (await here.shop.ask(tcins(2))).troubles
        assert here.pages() == 2


async def test_when_all_keys_are_refused_the_page_s_is_taken() -> None:
    async with street(keys=(WRONG,)) as here:
        assert not (await here.shop.ask(tcins(2))).troubles
        assert here.keys() == [WRONG.get_secret_value(), here.store.api_key]


async def test_the_page_is_read_once_for_all_calls_at_once() -> None:
    async with street(products=112, keys=()) as here:
        assert not (await here.shop.ask(tcins(112))).troubles
        assert here.pages() == 1


async def test_a_page_key_that_is_refused_is_read_again_at_once() -> None:
    async with street(products=112, keys=()) as here:
        await here.shop.ask(tcins(112))
        here.store.rotate_key()
        assert not (await here.shop.ask(tcins(112))).troubles
        assert here.pages() == 2


async def test_a_page_key_that_is_refused_is_read_again_once_in_six_hours() -> None:
    async with street(keys=()) as here:
        await here.shop.ask(tcins(2))
        here.store.rotate_key()
        await here.shop.ask(tcins(2))
        here.store.rotate_key()
        for _ in range(3):
            assert [one.trouble for one in (await here.shop.ask(tcins(2))).troubles] == [Trouble.KEY_REFUSED]
        assert here.pages() == 2
        here.clock.go_on(KEY_KEPT)
        assert not (await here.shop.ask(tcins(2))).troubles
        assert here.pages() == 3


async def test_a_page_that_goes_on_showing_a_refused_key_is_left_alone_for_six_hours() -> None:
    async with street(keys=()) as here:
        await here.shop.ask(tcins(2))
        here.store.faults = Faults(status=401, only=BULK)
        for _ in range(3):
            assert [one.trouble for one in (await here.shop.ask(tcins(2))).troubles] == [Trouble.KEY_REFUSED]
        assert here.pages() == 2


async def test_a_page_that_showed_no_key_is_read_again_after_a_while() -> None:
    async with street(keys=()) as here:
        here.store.faults = Faults(rubbish=True, only="/p/")
        for _ in range(2):
            assert [one.trouble for one in (await here.shop.ask(tcins(2))).troubles] == [Trouble.KEY_REFUSED]
        assert here.pages() == 1
        here.store.faults = Faults()
        here.clock.go_on(KEYLESS_KEPT)
        assert not (await here.shop.ask(tcins(2))).troubles
        assert here.pages() == 2


async def test_a_page_that_could_not_be_read_is_tried_again() -> None:
    async with street(keys=()) as here:
        here.store.faults = Faults(status=503, only="/p/", times=2)
        assert [one.trouble for one in (await here.shop.ask(tcins(2))).troubles] == [Trouble.PASSING]
        assert not (await here.shop.ask(tcins(2))).troubles


async def test_a_walled_page_is_the_wall() -> None:
    async with street(keys=()) as here:
        here.store.faults = Faults(wall=Wall.HTML_200, only="/p/")
        assert [one.trouble for one in (await here.shop.ask(tcins(2))).troubles] == [Trouble.WALLED]


async def test_no_key_is_ever_logged_or_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with street(keys=(WRONG,)) as here:
        page_key = here.store.api_key
        answers = [await here.shop.ask(tcins(2))]
        here.store.rotate_key()
        answers += [await here.shop.ask(tcins(2)), await here.shop.look(A)]
        here.store.faults.drop = Drop.BEFORE
        answers.append(await here.shop.ask(tcins(2)))
        shown = f"{caplog.text}{caplog.records}{answers}{vars(here.shop)}"
    assert BULK in caplog.text
    assert WRONG.get_secret_value() not in shown
    assert page_key not in shown


# ---- who we say that we are


async def test_without_a_setting_the_user_agent_names_the_program() -> None:
    async with street() as here:
        await here.shop.ask(tcins(2))
        assert {call.user_agent for call in here.store.calls} == {HONEST_USER_AGENT}
        assert "Stockbell" in HONEST_USER_AGENT


async def test_a_session_keeps_one_of_the_user_agents_that_are_set() -> None:
    names = tuple(f"agent {number}" for number in range(9))
    async with street(user_agents=names) as here:
        for _ in range(5):
            await here.shop.ask(tcins(2))
        (agent,) = {call.user_agent for call in here.store.calls}
        assert agent in names


async def test_the_configured_store_is_the_one_that_is_asked() -> None:
    # The digital store has no stock of its own.
    async with street(store_id="3991") as here:
        answer = await here.shop.ask([B])
        assert answer.readings[B].trouble == NO_STOCK
