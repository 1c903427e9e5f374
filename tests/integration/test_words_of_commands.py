"""Words are taken for what they mean, and a yes for what was asked; over a real file and a real watch list."""

from decimal import Decimal
from pathlib import Path

import pytest

from config.products import BuyMode, Channel
from purchasing.commands import AskedBack, Mentioned, NotDone, Paused, RefusedWord, Removed, Resumed, Undone
from tests.builders import A, B, C, seconds
from tests.integration.command_desk import new_desk

LINK = f"https://www.target.com/p/x/-/A-{A}"


async def test_of_a_shared_text_only_the_product_of_its_link_is_added(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.give(f"/add LEGO Set 910047 2025 {LINK} buy=auto max=50")
        ((tcin, wanted),) = (await desk.watched()).items()
        assert (tcin, wanted.buy, wanted.max_price) == (A, BuyMode.AUTO, Decimal(50))


@pytest.mark.guards("bot", "money without its key is asked about")
@pytest.mark.parametrize(
    ("label", "cap"), [("Add, at most $30.00", Decimal(30)), ("Add without a limit", None)], ids=["capped", "uncapped"]
)
async def test_an_amount_without_its_key_adds_nothing_and_asks(tmp_path: Path, label: str, cap: Decimal | None) -> None:
    async with new_desk(tmp_path) as desk:
        asked, buttons = await desk.ask(f"/add {LINK} under 30 dollars qty=2")
        assert isinstance(asked, AskedBack)
        assert "Is 'under 30' the most that you would pay?" in asked.question
        assert await desk.watched() == {}
        await desk.give(buttons[label])
        wanted = (await desk.watched())[A]
        assert (wanted.max_price, wanted.quantity) == (cap, 2)


@pytest.mark.parametrize("wish", ["max = 30", "limit=30"])
async def test_a_wish_that_is_not_understood_adds_nothing(tmp_path: Path, wish: str) -> None:
    async with new_desk(tmp_path) as desk:
        assert await desk.say(f"/add {LINK} {wish}") == "nothing of it could be added"
        assert await desk.watched() == {}


async def test_what_is_wanted_beside_a_link_without_a_command_holds_for_what_is_offered(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        mentioned, buttons = await desk.ask(f"/text {LINK} max=40 qty=2")
        assert mentioned == Mentioned(tcins=(A,))
        await desk.give(buttons["Watch"])
        assert (await desk.watched())[A].max_price == Decimal(40)
        _, buttons = await desk.ask(f"/text https://www.target.com/p/-/A-{B} under 30 dollars")
        await desk.give(buttons["Watch without a limit"])
        assert (await desk.watched())[B].max_price is None


async def test_a_number_is_a_place_in_the_list_at_the_time_when_it_is_applied(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A, B, C)
        assert await desk.give("/remove 2") == Removed(removed=(B,))
        assert await desk.give("/remove 2") == Removed(removed=(C,))
        none = RefusedWord(word="2", why="there is no number 2 in the list: it has 1")
        assert await desk.give("/remove 2") == Removed(removed=(), refused=(none,))


@pytest.mark.guards("bot", "a reply to a message about one product means that product")
async def test_a_pause_in_reply_to_a_message_about_one_product_is_its_own(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A, B)
        paused = await desk.give("/pause 2h", about=[B])
        assert isinstance(paused, Paused)
        assert (paused.tcin, paused.until) == (B, desk.clock.now() + seconds(7200))
        assert await desk.paused() == [B]


async def test_a_resume_in_reply_is_for_all(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A, B)
        await desk.give("/pause")
        resumed = await desk.give("/resume", about=[B])
        assert resumed == Resumed(tcin=None, stopped=None, paused=False)


# ---- a yes is for what was asked


@pytest.mark.guards("bot", "a yes removes what was asked about, and is no refusal where others were quicker")
async def test_a_yes_to_remove_all_removes_what_is_left_of_it_and_nothing_that_was_added_since(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A, B)
        asked, buttons = await desk.ask("/remove all")
        assert isinstance(asked, AskedBack)
        await desk.give(f"/remove {A}")
        await desk.give(f"/add {C}")
        assert await desk.give(buttons["Yes, remove all 2"]) == Removed(removed=(B,))
        assert list(await desk.watched()) == [C]


async def test_a_yes_to_remove_all_after_all_was_removed_says_so(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A, B)
        _, buttons = await desk.ask("/remove all")
        await desk.give(f"/remove {A} {B}")
        assert await desk.give(buttons["Yes, remove all 2"]) == NotDone(why="all of them were removed already")


@pytest.mark.guards("bot", "a yes to a higher cap is for the product that was asked about")
async def test_a_yes_to_a_higher_cap_is_for_the_product_that_stood_in_that_place(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A, B)
        await desk.give(f"/set {A} max=20")
        await desk.give(f"/set {B} max=20")
        _, buttons = await desk.ask("/set 1 max=60")
        await desk.give("/move 2 1")
        await desk.give(buttons["Yes, up to $60.00"])
        caps = {tcin: wanted.max_price for tcin, wanted in (await desk.watched()).items()}
        assert caps == {B: Decimal(20), A: Decimal(60)}


# ---- an undo takes back its own change


@pytest.mark.guards("bot", "an undo takes back its own change and no other")
async def test_an_undo_of_a_wish_leaves_what_was_changed_since(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A, B)
        _, buttons = await desk.ask(f"/set {A} max=20")
        await desk.give(f"/set {A} channel=pickup")
        await desk.give(f"/move {A} 2")
        assert await desk.give(buttons["Undo"]) == Undone(absent=(), present=(A,))
        watched = await desk.watched()
        assert list(watched) == [B, A]
        assert (watched[A].max_price, watched[A].channel) == (None, Channel.PICKUP)


async def test_an_undo_of_a_move_leaves_what_was_wanted_since(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A, B)
        _, buttons = await desk.ask(f"/move {A} 2")
        await desk.give(f"/set {A} max=20")
        await desk.give(buttons["Undo"])
        watched = await desk.watched()
        assert list(watched) == [A, B]
        assert watched[A].max_price == Decimal(20)


@pytest.mark.parametrize("change", ["/set {} max=20", "/move {} 2"])
async def test_an_undo_of_a_change_brings_no_removed_product_back(tmp_path: Path, change: str) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A, B)
        _, buttons = await desk.ask(change.format(A))
        await desk.give(f"/remove {A}")
        assert await desk.give(buttons["Undo"]) == NotDone(why=f"{A} is not watched any more", about=(A,))
        assert list(await desk.watched()) == [B]


async def test_an_undo_of_a_removal_leaves_what_was_added_again_since(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A, B)
        _, buttons = await desk.ask(f"/remove {A} {B}")
        await desk.give(f"/add {A} max=20")
        await desk.give(buttons["Undo"])
        assert (await desk.watched())[A].max_price == Decimal(20)
        assert set(await desk.watched()) == {A, B}
