"""Buttons that let more be paid, asked or bought than before; over a real file, with no chat around them."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from bot.commands.spec import LATE
from config.products import BuyMode, Product
from purchasing.commands import AskedBack, Paused, WishesChanged
from tests.builders import A, B, seconds
from tests.integration.command_desk import CommandDesk, new_desk


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[CommandDesk]:
    """A is bought for 12 at most, B is watched beside it."""
    async with new_desk(tmp_path) as desk:
        await desk.coordinator.watchlist.take_up([Product(tcin=A, max_price=Decimal(12)), Product(tcin=B)], by="Ada")
        yield desk


async def test_a_button_that_names_its_limit_raises_it_at_once(desk: CommandDesk) -> None:
    assert isinstance(await desk.press(f"/set {A} max=15"), WishesChanged)
    assert (await desk.watched())[A].max_price == 15


@pytest.mark.guards("bot", "a button that does not name what it raises asks back")
@pytest.mark.parametrize("data", [f"/set? {A} max=15", f"/set? {A} max=none", f"/set {A} max=15 qty=3"])
async def test_a_button_that_does_not_name_what_it_raises_asks_back(desk: CommandDesk, data: str) -> None:
    assert isinstance(await desk.press(data), AskedBack)
    wanted = (await desk.watched())[A]
    assert (wanted.max_price, wanted.quantity) == (Decimal(12), 1)


@pytest.mark.parametrize("data", [f"/set? {A} max=10", f"/set? {B} qty=1"])
async def test_what_raises_nothing_is_done_by_a_pick_at_once(desk: CommandDesk, data: str) -> None:
    assert isinstance(await desk.press(data), WishesChanged)


@pytest.mark.guards("bot", "what does harm when it comes late is refused")
@pytest.mark.parametrize("data", [f"/set {A} max=15", f"/set {A} buy=auto", f"/pause {A} only", f"/skip {A} w1 off"])
async def test_a_press_that_lets_more_happen_is_refused_when_it_comes_late(desk: CommandDesk, data: str) -> None:
    await desk.give("/pause")
    unknown = await desk.press(data, late=True)
    assert str(unknown.refusal).startswith("I was out of touch when you pressed it")
    waited = await desk.press(data, waited=LATE + seconds(1))
    assert str(waited.refusal).startswith("it came 2 m 1 s late")
    wanted = (await desk.watched())[A]
    assert (wanted.max_price, wanted.buy) == (Decimal(12), BuyMode.ASK)
    assert await desk.paused() == []


@pytest.mark.guards("bot", "what does harm when it comes late is refused")
async def test_a_late_yes_raises_nothing(desk: CommandDesk) -> None:
    _, buttons = await desk.ask(f"/set {A} max=15")
    (yes,) = buttons.values()
    assert str((await desk.press(yes, late=True)).refusal).startswith("I was out of touch when you pressed it")
    assert (await desk.watched())[A].max_price == 12


@pytest.mark.parametrize("data", [f"/set {A} max=10", f"/pause {A} 1h"])
async def test_a_late_press_that_lets_less_happen_is_honoured(desk: CommandDesk, data: str) -> None:
    assert isinstance(await desk.press(data, late=True), WishesChanged | Paused)
