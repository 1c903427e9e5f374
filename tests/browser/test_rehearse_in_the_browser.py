"""`stockbell rehearse` at the practice shop: a real process with a real browser, and the picture in the chat."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from sandbox.shop.troubles import Trouble
from tests.world import ADA, TROVE, World, new_world

pytestmark = pytest.mark.browser


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Ada is signed in at the shop and has something of her own in the cart's list for later."""
    async with new_world(tmp_path, STOCKBELL_PURCHASING__DEADLINE_S="120") as world:
        world.watch(TROVE.tcin, name="Trove", max_price=Decimal("49.99"))
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        (world.data / "session.json").write_text(json.dumps(world.store.account.storage_state(world.store_url)))
        yield world


async def show(browser: Browser, world: World, path: Path) -> Page:
    """The chat's page, with a picture of it."""
    page = await browser.new_page(viewport={"width": 760, "height": 700}, device_scale_factor=2)
    await page.goto(world.chat_url)
    shown = page.locator(".message.with-picture img")
    await expect(shown).to_be_visible()
    await expect(shown).to_have_js_property("complete", value=True)
    await page.locator("#talk").screenshot(path=path, animations="disabled")
    return page


@pytest.mark.guards("bot", "a rehearsal on the command line presses nothing and leaves the cart as it was")
async def test_it_shows_the_review_page_and_leaves_all_as_it_was(
    world: World, browser: Browser, pictures: Path
) -> None:
    before = (world.data / "session.json").read_text()
    code, told = await world.command("rehearse", TROVE.tcin)
    assert code == 0, told
    assert (world.data / "session.json").read_text() != before  # its pages have renewed it
    assert f"It would have ordered 1 x {TROVE.tcin}, by shipping, from Target, for $52.99" in told
    assert f"the picture was sent to {ADA.id}" in told
    assert (world.store.shop.presses, world.store.shop.orders) == (0, [])
    (shown,) = world.chat.messages(ADA.id)
    assert shown.file is not None
    assert shown.text.startswith("REHEARSAL · It would have worked. I reached the last page in ")
    assert "getUpdates" not in {call.method for call in world.chat.calls}
    await show(browser, world, pictures / "checkout-rehearsal.png")


async def test_it_tells_what_only_the_owner_can_do(world: World, browser: Browser, pictures: Path) -> None:
    world.store.shop.arrange(Trouble.CHECKOUT_CVV, TROVE.tcin)
    code, told = await world.command("rehearse", TROVE.tcin)
    assert code == 1, told
    assert "Target asks for the card's security code\n" in told
    assert "I never type the card's security code. Open target.com" in told
    page = await show(browser, world, pictures / "checkout-owner-needed.png")
    await expect(page.locator(".words")).to_contain_text("Open target.com and place one order by hand")


@pytest.mark.torture  # it waits for what is not there
async def test_a_page_that_changed_is_told_with_what_was_not_found_and_how_to_mend_it(world: World) -> None:
    world.store.shop.renamed = {"placeOrderButton": "somethingElse"}
    code, told = await world.command("rehearse", TROVE.tcin)
    assert code == 1, told
    assert "Target's page changed: the button that orders is not there" in told
    assert "can mend that in one file, as docs/checkout.md tells" in told
    (shown,) = world.chat.messages(ADA.id)
    assert shown.file is not None
    assert "(marker place_order)" in shown.text


async def test_beside_a_running_service_it_names_the_way_that_there_is(world: World) -> None:
    await world.start()
    await world.until_status(lambda status: status["cycle_id"] >= 1)
    code, told = await world.command("rehearse", TROVE.tcin)
    assert (code, told.splitlines()) == (
        3,
        [
            f"another instance holds {world.data}",
            "a running service rehearses by itself: /mode rehearse in the chat",
        ],
    )


async def test_in_the_service_a_restock_is_rehearsed_and_shown_without_a_sound(world: World) -> None:
    world.settings["STOCKBELL_PURCHASING__MODE"] = "rehearse"
    world.store.set(TROVE.tcin, shipping="OUT_OF_STOCK")
    await world.start()
    await world.until_status(lambda status: status["cycle_id"] >= 1)
    world.say("/start")
    await world.until_chat(lambda: world.chat.messages(ADA.id)[1])
    world.store.set(TROVE.tcin, shipping="IN_STOCK")
    await world.until_chat(lambda: [one for one in world.chat.messages(ADA.id) if one.file])
    (shown,) = [one for one in world.chat.messages(ADA.id) if one.file]
    assert shown.text.startswith("REHEARSAL · Rehearsed up to the order button in ")
    assert "; it would have cost $52.99\n" in shown.text
    assert (shown.silent, world.store.shop.presses) == (True, 0)
    (alert,) = [one for one in world.chat.messages(ADA.id) if "Ships to you" in one.text]
    assert (alert.silent, alert.file) == (False, None)
