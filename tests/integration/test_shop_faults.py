"""How the real shop client takes what goes wrong at the practice store."""

from datetime import timedelta
from decimal import Decimal

import pytest

from monitor.model import StockState, Trouble
from sandbox.store import Drop, Faults, Wall
from tests.builders import A, tcins
from tests.integration.street import street

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
