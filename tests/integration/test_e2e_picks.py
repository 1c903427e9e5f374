"""What is picked by a tap: products, pages of the list, what is wanted of one, and the card of a new one."""

import json
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from config.products import Product, Tcin
from config.watchlist import render_watchlist
from sandbox.chat import Group, Message, Person
from sandbox.store import Item
from tests.household import Household, new_household
from tests.world import ADA, DRAGON, TROVE, World, data_of, new_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: As a shop might name it to break what shows it.
HOSTILE = Item(tcin="10000099", title="</code>&lt;b&gt;\u202eIllumineer's 🦊 " + "very long " * 20, price="5.00")
MANY = tuple(Item(tcin=f"100000{n:02d}", title=f"Practice item {n}", price="19.99") for n in range(1, 19))
NEW = tuple(Item(tcin=f"200000{n:02d}", title=f"New item {n}", price="14.99") for n in range(1, 9))
UNLISTED = "88888888"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Household]:
    items = (TROVE, *MANY, HOSTILE, *NEW)
    watchlist = render_watchlist(Product(tcin=Tcin(item.tcin)) for item in (TROVE, *MANY, HOSTILE))
    async with new_household(tmp_path_factory.mktemp("home"), items=items, watchlist=watchlist) as home:
        await home.world.until_rows([(20,)], "SELECT count(*) FROM product WHERE title IS NOT NULL")
        yield home


def labels(message: Message) -> list[str]:
    return [button.text for row in message.buttons for button in row]


def now(world: World, message: Message) -> Message:
    """The message as it is shown now."""
    return next(one for one in world.chat.messages(message.chat_id) if one.message_id == message.message_id)


async def tap(home: Household, message: Message, label: str, *words: str) -> Message:
    """Press a button of the message as it is now; the same message, once it holds these words."""
    world = home.world
    world.chat.press(message.chat_id, message.message_id, data_of(now(world, message), label))
    await world.until_chat(lambda: all(word in now(world, message).text for word in words))
    assert world.last_id(message.chat_id) == message.message_id
    return now(world, message)


# ---- which product


@pytest.mark.parametrize("name", ["show", "why", "remove", "set", "move"])
async def test_a_command_without_its_product_offers_all_of_them_on_pages(home: Household, name: str) -> None:
    asked = await home.ask(f"/{name}", "Which one")
    assert labels(asked)[0] == "⚪ Illumineer's Trove · $49.99"
    assert data_of(asked, "Trove") == f"/{name} {TROVE.tcin}"
    assert labels(asked)[-3:] == ["· 1 ·", "2 →", "3 »"]


async def test_a_picked_product_is_shown(home: Household) -> None:
    asked = await home.ask("/why", "Which one")
    await home.world.press(asked, "Trove", "•", TROVE.tcin)


@pytest.mark.parametrize("name", ["show", "set"])
async def test_the_pages_of_a_pick_turn_in_one_message_up_to_the_product(home: Household, name: str) -> None:
    asked = await home.ask(f"/{name}", "Which one")
    await tap(home, asked, "3 »", "Which one")
    await home.world.until_chat(lambda: "· 3 ·" in labels(now(home.world, asked)))
    await tap(home, asked, "← 2")
    await home.world.until_chat(lambda: "· 2 ·" in labels(now(home.world, asked)))
    picked = await tap(home, asked, "Practice item 9", MANY[8].tcin)
    assert "Which one" not in picked.text


async def test_words_that_fit_several_offer_those_alone(home: Household) -> None:
    asked = await home.ask("/why practice item 1", "“practice item 1” fits 10 products")
    assert data_of(asked, "2 →") == "/pick why 2\npractice item 1"
    assert all("Practice item 1" in label for label in labels(asked)[:-2])


async def test_any_title_stands_on_a_button(home: Household) -> None:
    asked = await home.ask("/remove", "Which one")
    last = await home.ask(data_of(asked, "3 »"), "Which one")
    assert data_of(last, "</code>") == f"/remove {HOSTILE.tcin}"
    listed = await home.ask("/list 3", HOSTILE.tcin)
    shown = await home.world.press(listed, " 20", HOSTILE.tcin)
    assert "\u202e" not in shown.text


async def test_nothing_waits_for_a_yes_where_nothing_is_asked(home: Household) -> None:
    assert (await home.ask("/buy")).text == "PRACTICE · Nothing waits for your yes now."


async def test_what_is_asked_about_is_picked_and_bought(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.ask("/drill", "A drill begins")
        await world.answer(ADA.id, "Shall I buy it?", after=0)
        asked = await world.ask("/buy", "Which one")
        (label,) = labels(asked)
        assert label.endswith(" · $1.00")
        await world.press(asked, label)
        await world.until_rows([("simulate", "confirmed")], "SELECT mode, step FROM attempt")


# ---- what is wanted of one


async def test_a_change_is_chosen_by_taps(home: Household) -> None:
    tcin = MANY[0].tcin
    chosen = await home.ask(f"/set {tcin}", "What shall I change?", tcin)
    await home.world.press(chosen, "Limit $20", "Changed: max", tcin)
    assert home.wishes(tcin)["max_price"] == 20


async def test_buying_by_itself_asks_for_its_limit_first(home: Household) -> None:
    tcin = MANY[1].tcin
    asked = await home.ask(f"/set {tcin} buy=auto", "only up to a limit", tcin)
    assert home.wishes(tcin) == {}
    await home.world.press(asked, "Limit $22", "Changed:", tcin)
    assert home.wishes(tcin) == {"max_price": 22, "buy": "auto"}


async def test_a_place_is_chosen_by_a_tap(home: Household) -> None:
    tcin = MANY[2].tcin
    asked = await home.ask(f"/move {tcin}", "It is number 4 of", tcin)
    moved = await home.world.press(asked, "top", "Now number 1 of", tcin)
    await home.world.press(moved, "Undo", "Undone")


# ---- the list


async def test_the_list_leads_to_every_page_and_every_product(home: Household) -> None:
    first = await home.ask("/list", "page 1 of 3")
    assert f"1. ⚪ Illumineer's Trove · {TROVE.tcin} · $49.99" in first.text
    assert labels(first)[:8] == [f"⚪ {place}" for place in range(1, 9)]
    assert labels(first)[8:] == ["· 1 ·", "2 →", "3 »", "🟢 In stock (0)", "↻ Refresh"]
    await home.world.press(first, "⚪ 1", TROVE.tcin, "Sold out")


async def test_the_list_of_what_is_in_stock_is_asked_for_by_word(home: Household) -> None:
    assert labels(await home.ask("/list in stock", "0 of ")) == [f"All {len(await home.products())}", "↻ Refresh"]


async def test_the_list_turns_and_is_refreshed_in_one_message(home: Household) -> None:
    first = await home.ask("/list", "page 1 of 3")
    await tap(home, first, "2 →", "page 2 of 3")
    await tap(home, first, "3 →", "page 3 of 3")
    await tap(home, first, "In stock", "0 of 20")
    last = await tap(home, first, "All 20", "page 1 of 3")
    assert labels(last) == labels(first)
    assert (await home.world.press(last, "Refresh", "")).text == "Up to date"


async def test_a_status_and_a_shown_product_are_refreshed_in_place(home: Household) -> None:
    status = await home.ask("/status", "Buying")
    shown = await home.ask(f"/show {TROVE.tcin}", "seen")
    for message in (status, shown):
        told = await home.world.press(message, "Refresh", "")
        assert told.message_id in {0, message.message_id}  # a toast where nothing is new
        assert home.world.last_id(message.chat_id) == message.message_id


async def test_a_board_is_drawn_anew_at_once_and_says_when_it_was_checked(home: Household) -> None:
    board = await home.ask("/board", "checked")
    told = await home.world.press(board, "Refresh", "Up to date")
    assert re.fullmatch(r"Up to date · checked \d\d:\d\d", told.text)


# ---- the card of a new product


async def test_a_card_fills_in_by_edits_of_one_message(home: Household) -> None:
    tcin = NEW[0].tcin
    card = await home.ask(f"/add {tcin}", "Watching", tcin)
    await home.world.until_chat(lambda: "⚪ $14.99 · sold out" in now(home.world, card).text)
    assert now(home.world, card).text.startswith(f"PRACTICE · Watching New item 1 · {tcin}")
    assert labels(now(home.world, card)) == ["Limit $15", "Limit $17", "Buy by itself", "Only tell me", "Undo"]
    about = [one for one in home.world.messages(card.chat_id) if one.message_id >= card.message_id]
    assert [one.message_id for one in about] == [card.message_id]


async def test_a_card_follows_what_is_changed_and_undone(home: Household) -> None:
    tcin = NEW[1].tcin
    card = await home.ask(f"/add {tcin}", "Watching", tcin)
    await home.world.until_chat(lambda: "Limit $15" in labels(now(home.world, card)))
    await home.world.press(card, "Only tell me", "I only tell you: ")
    await home.world.until_chat(lambda: "I only tell you" in now(home.world, card).text)
    home.world.chat.press(card.chat_id, card.message_id, data_of(now(home.world, card), "Undo"))
    await home.world.until_chat(lambda: "is not watched any more" in now(home.world, card).text)
    assert now(home.world, card).buttons == ()
    assert tcin not in await home.products()


async def test_up_to_three_products_have_a_card_each_with_an_undo_of_its_own(home: Household) -> None:
    one, two = NEW[2].tcin, NEW[3].tcin
    first = await home.ask(f"/add {one} {two} {TROVE.tcin} 12x", "Watching", one)
    second = await home.world.answer(first.chat_id, "Watching", two, after=first.message_id)
    rest = await home.world.answer(first.chat_id, "Watched already", TROVE.tcin, after=second.message_id)
    assert "12x" in rest.text
    await home.world.press(first, "Undo", "Undone")
    assert {one, two} & set(await home.products()) == {two}


async def test_a_number_that_the_shop_does_not_list_is_told_on_the_card(home: Household) -> None:
    card = await home.ask(f"/add {UNLISTED}", "Watching", UNLISTED)
    await home.world.until_chat(lambda: "Target doesn't list this number" in now(home.world, card).text)
    assert labels(now(home.world, card)) == ["Remove"]
    await home.world.press(now(home.world, card), "Remove", "No longer watched")


async def test_a_card_goes_on_after_a_kill(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=(TROVE, DRAGON)) as world:
        world.watch(TROVE.tcin)
        world.store.faults.hang = True
        await world.start()
        card = await world.ask(f"/add {DRAGON.tcin}", "Watching", DRAGON.tcin, "Looking it up")
        await world.until_delivered()
        await world.kill()
        world.store.faults.hang = False
        await world.start()
        await world.until_chat(lambda: "$14.99 · sold out" in now(world, card).text)
        assert len([one for one in world.messages() if "Watching" in one.text]) == 1


async def test_a_page_that_was_asked_for_before_a_kill_is_turned_after_it_in_its_message(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=MANY) as world:
        world.watch(*(item.tcin for item in MANY))
        await world.start()
        listed = await world.ask("/list", "page 1 of 3")
        await world.until_delivered()
        world.chat.press(ADA.id, listed.message_id, data_of(listed, "2 →"))
        await world.until_rows([(2,)], "SELECT count(*) FROM command WHERE json_extract(body, '$.what') = 'list'")
        await world.kill()
        await world.start()
        await world.until_chat(lambda: "page 2 of 3" in now(world, listed).text)
        await world.until_delivered()
        assert len([one for one in world.messages() if "page " in one.text]) == 1


async def test_whatever_a_forged_button_carries_the_next_one_is_answered(home: Household) -> None:
    listed = await home.ask("/list", "page 1 of")
    world = home.world
    for data in (
        "/pick",
        "/pick x 2\ny",
        "/pick set ²\n\n\n",
        f"/list {'9' * 50}",
        "/list -1 stock",
        "/redraw",
        "/set",
    ):
        world.chat.press(listed.chat_id, listed.message_id, data)
    world.chat.press(listed.chat_id, 999_999, "/pick set 2")
    await world.press(listed, "2 →", "page 2 of")
    assert "something broke" not in "".join(one.text for one in world.messages(listed.chat_id))


# ---- links and groups


async def test_a_link_opens_a_product_for_who_has_a_role(home: Household) -> None:
    shown = await home.ask(f"/start p{TROVE.tcin}", TROVE.tcin, "Sold out")
    assert data_of(shown, "Change") == f"/set {TROVE.tcin}"
    strange = await home.ask(f"/start p{NEW[7].tcin}", "is not watched")
    assert data_of(strange, "Watch it") == f"/add {NEW[7].tcin}"


VERA = Person(id=3001, first_name="Vera", started=True)
STRANGER = Person(id=9001, first_name="Nobody", started=True)
HOME = Group(id=-1001000000001, title="Home")


@pytest.mark.guards("bot", "a link to a product tells strangers nothing and costs no try")
async def test_viewers_and_strangers_and_groups(tmp_path: Path) -> None:
    async with new_world(
        tmp_path,
        people=(ADA, VERA, STRANGER),
        groups=(HOME,),
        STOCKBELL_TELEGRAM__VIEWERS=json.dumps([VERA.id]),
        STOCKBELL_TELEGRAM__GROUPS=json.dumps([HOME.id]),
    ) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.ask("/start", "You are viewer", person=VERA.id)
        assert world.keys_of(VERA.id) == (("📋 List", "📌 Board"), ("📊 Status", "❓ Help"))
        shown = await world.ask(f"/start p{TROVE.tcin}", TROVE.tcin, person=VERA.id)
        assert labels(shown) == ["↻ Refresh", "Why?", "📈 Chart", "History"]
        greeting = await world.ask("/start", "You are owner", chat=HOME.id)
        assert data_of(greeting, "Stop") == "/stop"
        asked = await world.ask("/set", "Which one", chat=HOME.id)
        await world.press(asked, "Trove", "for you here", person=VERA.id)
        await world.press(asked, "Trove", "What shall I change?", person=ADA.id)
        code = (await world.ask("/invite viewer", "/start ")).text.partition("/start ")[2][:8]
        for _ in range(9):
            world.chat.say(STRANGER.id, f"/start p{TROVE.tcin}")
        await world.ask(f"/start {code}", "You are viewer", person=STRANGER.id)
        assert len(world.messages(STRANGER.id)) == 1


async def test_two_people_turn_one_list_of_a_group_and_an_alerts_button_is_no_page_of_it(tmp_path: Path) -> None:
    groups = {"STOCKBELL_TELEGRAM__GROUPS": json.dumps([HOME.id]), "STOCKBELL_TELEGRAM__VIEWERS": json.dumps([VERA.id])}
    async with new_world(tmp_path, items=MANY, people=(ADA, VERA), groups=(HOME,), **groups) as world:
        world.watch(*(item.tcin for item in MANY))
        await world.start()
        first = await world.ask("/list", "page 1 of 3", chat=HOME.id)
        await world.press(first, "2 →", "page 2 of 3", person=VERA.id)
        await world.press(now(world, first), "3 →", "page 3 of 3", person=ADA.id)
        greeting = await world.ask("/start", "You are owner", chat=HOME.id)
        listed = await world.press(greeting, "List", "page 1 of 3", person=VERA.id)
        assert listed.message_id > greeting.message_id
        assert now(world, greeting).text == greeting.text


async def test_the_stop_below_the_chat_stops(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.ask("/start", "You are owner")
        await world.ask(world.keys_of(ADA.id)[-1][0], "Buying is off")
        assert (await world.status())["stopped"]
