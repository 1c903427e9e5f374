"""With which key, name and store the shop is asked."""

import logging
from datetime import timedelta

import pytest
from pydantic import SecretStr

from monitor.model import Trouble
from monitor.target.client import HONEST_USER_AGENT
from monitor.target.keys import KEY_KEPT, KEYLESS_KEPT
from monitor.target.products import NO_STOCK
from sandbox.store import Drop, Faults, Wall
from tests.builders import A, B, tcins
from tests.integration.street import BULK, WRONG, street

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
