"""What can be said in the chat while nothing is in stock, one running service for all of it."""

import asyncio
import re
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from bot.commands.specs import SPECS
from config.products import Product, Tcin
from config.watchlist import render_watchlist
from sandbox.store import Item
from tests.household import OWNERS, Household, new_household
from tests.world import DRAGON, TROVE, data_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

WATCHED = tuple(Item(tcin=f"100000{n:02d}", title=f"Practice item {n}", price="19.99") for n in range(1, 19))
#: On sale, and not watched at first.
OTHERS = tuple(Item(tcin=f"200000{n:02d}", title=f"Other item {n}") for n in range(1, 30))
LINK = "https://www.target.com/p/a-thing/-/A-{}#lnk=sametab"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Household]:
    items = (TROVE, DRAGON, *WATCHED, *OTHERS)
    watchlist = render_watchlist(Product(tcin=Tcin(item.tcin)) for item in (TROVE, *WATCHED))
    async with new_household(tmp_path_factory.mktemp("home"), items=items, watchlist=watchlist) as home:
        yield home


# ---- questions


async def test_start_tells_role_and_mode_and_offers_buttons(home: Household) -> None:
    greeting = await home.ask("/start", "You are owner here")
    assert greeting.text.startswith("Stockbell · PRACTICE")
    assert greeting.buttons == ()
    keys = home.world.keys_of(greeting.chat_id)
    assert keys == (("📋 List", "📌 Board"), ("📊 Status", "❓ Help"), ("🛑 Stop buying",))


async def test_help_tells_every_command_that_there_is(home: Household) -> None:
    told = await home.ask("/help", "What you can do here")
    assert sorted(re.findall(r"^/([a-z]+)", told.text, re.MULTILINE)) == sorted(spec.name for spec in SPECS)


async def test_help_on_one_command_tells_its_usage_and_its_aliases(home: Household) -> None:
    told = await home.ask("/help /stop", "/stop")
    assert "Also: /estop, /x" in told.text
    assert "For: operators and owners" in told.text


async def test_a_command_that_there_is_not_is_answered_with_the_nearest(home: Household) -> None:
    told = await home.ask("/lst", "I know no /lst")
    assert "Did you mean /list?" in told.text


async def test_status_tells_mode_gate_slot_and_checks(home: Household) -> None:
    told = (await home.ask("/status", "check ")).text
    assert all(
        word in told
        for word in ("PRACTICE", "Buying: on", "Nothing is being bought", "Last good check", "Next check at")
    )


async def test_a_word_below_the_chat_is_as_good_as_the_command(home: Household) -> None:
    await home.ask("/start", "You are owner here")
    await home.ask("📊 Status", "Buying: on")


@pytest.mark.parametrize(("said", "page"), [("/list 99", 3), ("/list 0", 1), ("/list ²", 1), ("/list two", 1)])
async def test_a_page_that_there_is_not_is_the_nearest_one(home: Household, said: str, page: int) -> None:
    assert f"page {page} of 3" in (await home.ask(said, "in stock")).text


async def test_one_product_is_shown_by_number_by_link_and_by_a_part_of_its_title(home: Household) -> None:
    for words in (TROVE.tcin, LINK.format(TROVE.tcin), "trove"):
        shown = (await home.ask(f"/show {words}", TROVE.tcin)).text
        assert "Illumineer's Trove" in shown
        assert "Sold out" in shown
        assert "I ask before I buy, no limit." in shown


async def test_a_wrong_number_is_answered_with_the_nearest_that_is_watched(home: Household) -> None:
    told = await home.ask(f"/show {TROVE.tcin[:-1]}9", "is not watched")
    assert f"did you mean {TROVE.tcin}?" in told.text
    assert f"Illumineer's Trove · {TROVE.tcin}" in told.text


async def test_why_says_what_the_shop_said_and_what_follows(home: Household) -> None:
    told = (await home.ask(f"/why {TROVE.tcin}", TROVE.tcin)).text
    assert "ago it was sold out at $49.99" in told
    assert "No restock is going on" in told


async def test_an_idle_slot_is_free_and_nothing_is_queued(home: Household) -> None:
    told = (await home.ask("/slot", "Nothing is being bought")).text
    assert "Nothing else waits to be bought" in told


async def test_health_says_that_all_is_well(home: Household) -> None:
    assert (await home.ask("/health", "well")).text == "PRACTICE · All is well."


async def test_the_log_shows_so_many_lines_of_the_journal(home: Household) -> None:
    await home.ask("/health")
    told = (await home.ask("/log 1", "What happened last, 1 line")).text
    assert len(told.splitlines()) == 2
    assert ": /health" in (await home.ask("/log 200", "What happened last")).text


async def test_the_version_is_told_with_how_long_it_has_run(home: Household) -> None:
    assert re.fullmatch(r"PRACTICE · Stockbell \d+\.\d+\.\d+, running for \d.*", (await home.ask("/version")).text)


async def test_the_users_are_told_with_role_and_number(home: Household) -> None:
    told = (await home.ask("/users", "owner 2001")).text
    assert all(f"owner {owner.id}" in told for owner in OWNERS)


# ---- adding


async def test_products_are_added_by_their_links_amid_a_shared_text(home: Household) -> None:
    one, two = OTHERS[0].tcin, OTHERS[1].tcin
    told = (await home.ask(f"/add Look, set 910047! {LINK.format(one)}, {LINK.format(two)} so cheap", "Watching")).text
    assert "✖" not in told
    assert [one, two] == list(await home.products())[-2:]


async def test_wishes_of_an_added_product_are_in_the_file(home: Household) -> None:
    tcin = OTHERS[2].tcin
    told = await home.ask(f"/add {tcin} max=$49.99 qty=2 buy=auto channel=pickup every=2m", "Watching")
    assert "I buy by myself, at most $49.99 · 2 of them · pickup · checked every 2 m." in told.text
    wishes = {"max_price": 49.99, "quantity": 2, "buy": "auto", "channel": "pickup", "every_s": 120}
    assert home.wishes(tcin) == wishes


async def test_what_is_watched_already_is_said_and_kept_as_it_is(home: Household) -> None:
    told = (await home.ask(f"/add {TROVE.tcin} {OTHERS[3].tcin} {OTHERS[3].tcin} max=5", "Watched already")).text
    assert f"Watched already: Illumineer's Trove · {TROVE.tcin}" in told
    assert home.wishes(TROVE.tcin) == {}


async def test_what_cannot_be_added_is_quoted_with_the_reason(home: Household) -> None:
    told = (await home.ask("/add 12x 99999999999 <b>1</b>", "✖")).text
    for word in ("12x", "99999999999", "<b>1</b>"):
        assert f"{word}: " in told
    assert "Nothing was added" in told


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ("buy=auto", "I need your highest price"),
        ("max=0", "a price"),
        ("max=1.999", "a price"),
        ("max=NaN", "a price"),
        ("qty=0", "from 1 to 99"),
        ("buy=yes", "ask, auto, alert"),
        ("channel=air", "shipping, pickup, any"),
        ("every=1w", "I don't understand the time"),
        ("colour=red", "I know max"),
    ],
)
async def test_with_a_wrong_wish_nothing_is_added_and_it_is_quoted(home: Household, wish: str, why: str) -> None:
    told = (await home.ask(f"/add {OTHERS[4].tcin} {wish}", wish)).text
    assert why in told
    assert OTHERS[4].tcin not in await home.products()


async def test_an_add_without_anything_tells_its_usage(home: Household) -> None:
    assert "Send /add with" in (await home.ask("/add")).text


async def test_a_link_without_a_command_is_an_offer_to_watch_it(home: Household) -> None:
    tcin = OTHERS[5].tcin
    offer = await home.ask(f"have you seen {LINK.format(tcin)} ?", f"Shall I watch product {tcin}?")
    assert tcin not in await home.products()
    await home.world.press(offer, "Watch", "Watching")
    assert tcin in await home.products()


async def test_other_words_are_answered_with_a_hint(home: Household) -> None:
    assert "I understand product links and commands" in (await home.ask("good morning")).text


# ---- removing


async def test_several_products_are_removed_and_what_is_not_watched_is_quoted(home: Household) -> None:
    one, two = OTHERS[6].tcin, OTHERS[7].tcin
    await home.ask(f"/add {one} {two}", "Watching")
    told = (await home.ask(f"/remove {one} {two} 12345678", "No longer watched: 2")).text
    assert "12345678: 12345678 is not watched" in told
    assert not {one, two} & set(await home.products())


async def test_removing_nothing_that_is_watched_says_so(home: Household) -> None:
    assert "nothing of it is watched" in (await home.ask("/remove 12345678", "was not done")).text


async def test_undo_of_a_removal_brings_back_wishes_and_place(home: Household) -> None:
    tcin = OTHERS[8].tcin
    await home.ask(f"/add {tcin} max=7 qty=3", "Watching")
    await home.ask(f"/move {tcin} 2", "Now number 2 of")
    gone = await home.ask(f"/remove {tcin}", "No longer watched")
    assert tcin not in await home.products()
    await home.world.press(gone, "Undo", "Undone")
    assert list(await home.products())[1] == tcin
    wishes = home.wishes(tcin)
    assert (wishes["max_price"], wishes["quantity"]) == (7, 3)


async def test_undo_of_an_addition_takes_out_what_it_brought_and_nothing_else(home: Household) -> None:
    told = await home.ask(f"/add {OTHERS[9].tcin} {TROVE.tcin}", "Watching")
    await home.world.press(told, "Undo", "Undone")
    products = await home.products()
    assert (OTHERS[9].tcin in products, TROVE.tcin in products) == (False, True)


@pytest.mark.guards("purchasing", "an offer is taken once")
async def test_undo_works_once_and_tells_the_second_who_used_it_and_when(home: Household) -> None:
    told = await home.ask(f"/add {OTHERS[10].tcin}", "Watching")
    await home.world.press(told, "Undo", "Undone")
    again = await home.world.press(told, "Undo", "used this button already")
    who = next(owner.first_name for owner in OWNERS if owner.id == told.chat_id)
    assert re.search(rf"{who} has used this button already, \d+ s ago", again.text)


async def test_of_two_presses_at_once_one_is_taken(home: Household) -> None:
    told = await home.ask(f"/add {OTHERS[11].tcin}", "Watching")
    world, undo = home.world, data_of(told, "Undo")
    pressed = [world.chat.ask(told.chat_id, told.message_id, undo)[1] for _ in range(2)]
    await world.until_chat(lambda: {*pressed} <= {one.query_id for one in world.chat.callback_answers})
    said = [one.text for one in world.chat.callback_answers if one.query_id in pressed]
    assert said[0] == "Undone"
    assert "has used this button already" in said[1]


# ---- changing


async def test_set_changes_wishes_and_its_undo_brings_the_old_ones_back(home: Household) -> None:
    tcin = OTHERS[12].tcin
    await home.ask(f"/add {tcin} max=50 qty=3", "Watching")
    told = await home.ask(f"/set {tcin} max=40 qty=2 on=no name=The <big> one", "Changed")
    assert "at most $40.00 · 2 of them" in told.text
    assert home.wishes(tcin) == {"max_price": 40, "quantity": 2, "enabled": False, "name": "The <big> one"}
    await home.world.press(told, "Undo", "Undone")
    wishes = home.wishes(tcin)
    assert (wishes["max_price"], wishes["quantity"], wishes["enabled"], "name" in wishes) == (50, 3, True, False)


@pytest.mark.guards("purchasing", "a raised cap or number asks first")
async def test_a_raised_cap_asks_first(home: Household) -> None:
    tcin = OTHERS[13].tcin
    await home.ask(f"/add {tcin} max=50", "Watching")
    asked = await home.ask(f"/set {tcin} max=60", "Raise the limit", tcin, "from $50.00 to $60.00")
    assert home.wishes(tcin)["max_price"] == 50
    await home.world.press(asked, "Yes", "Changed: max")
    assert home.wishes(tcin)["max_price"] == 60


@pytest.mark.guards("purchasing", "a raised cap or number asks first")
async def test_a_raised_number_asks_first(home: Household) -> None:
    tcin = OTHERS[16].tcin
    await home.ask(f"/add {tcin} max=50", "Watching")
    asked = await home.ask(f"/set {tcin} qty=3 max=60", "from $50.00 to $60.00 and buy up to 3 in all", tcin)
    assert "quantity" not in home.wishes(tcin)
    await home.world.press(asked, "Yes", "Changed: max, qty")
    assert home.wishes(tcin)["quantity"] == 3


async def test_a_cap_that_is_taken_away_asks_first(home: Household) -> None:
    tcin = OTHERS[14].tcin
    await home.ask(f"/add {tcin} max=50", "Watching")
    asked = await home.ask(f"/set {tcin} max=none", "Remove the $50.00 limit", tcin)
    await home.world.press(asked, "Yes", "Changed: max")
    assert "max_price" not in home.wishes(tcin)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ("max=cheap", "a price looks like 49.99"),
        ("fast", "write it like max=49.99"),
    ],
)
async def test_set_refuses_what_makes_no_sense(home: Household, changes: str, why: str) -> None:
    assert why in (await home.ask(f"/set {TROVE.tcin} {changes}", "was not done")).text


async def test_move_gives_a_product_another_place_and_undo_its_own_again(home: Household) -> None:
    tcin = WATCHED[4].tcin
    before = list(await home.products())
    told = await home.ask(f"/move {tcin} top", "Now number 1 of")
    assert next(iter(await home.products())) == tcin
    await home.world.press(told, "Undo", "Undone")
    assert list(await home.products()) == before


@pytest.mark.parametrize("place", ["left", "-1", "1.5"])
async def test_move_refuses_what_is_no_place(home: Household, place: str) -> None:
    assert "say where to" in (await home.ask(f"/move {TROVE.tcin} {place}", "was not done")).text


@pytest.mark.parametrize("span", ["0s", "-1h", "2x", "400d", "1h1"])
async def test_pause_refuses_what_is_no_span_of_time(home: Household, span: str) -> None:
    await home.ask(f"/pause {TROVE.tcin} {span}", "/pause was not done")
    assert not (await home.world.status())["paused"]


async def test_a_name_with_every_odd_sign_survives_the_way_into_the_file_and_back(home: Household) -> None:
    tcin, name = OTHERS[15].tcin, "a \"b\" \\ 'c' #1 <&> 🦊 שלום"
    await home.ask(f"/add {tcin}", "Watching")
    await home.ask(f"/set {tcin} name={name}", "Changed: name")
    await home.ask(f"/set {tcin} on=no", "Changed: on")
    assert home.wishes(tcin) == {"name": name, "enabled": False}
    assert (await home.ask("/health", "well")).text == "PRACTICE · All is well."


# ---- modes


async def test_live_is_refused_without_a_session_and_says_how_to_sign_in(home: Household) -> None:
    told = (await home.ask("/mode live", "was not done")).text
    assert "you are not signed in at Target: run stockbell login" in told
    assert told.endswith("run stockbell login on the computer that I run on")
    assert (await home.world.status())["mode"] == "simulate"


async def test_rehearsals_are_confirmed_knowing_that_nobody_is_signed_in(home: Household) -> None:
    told = (await home.ask("/mode rehearse", "within 60 s")).text
    assert "I am not signed in at Target: run stockbell login on the computer that I run on." in told


async def test_a_mode_that_there_is_not_is_answered_with_those_that_there_are(home: Household) -> None:
    assert "say which mode: simulate, rehearse, live" in (await home.ask("/mode fast", "was not done")).text


async def test_a_mode_is_chosen_by_saying_it_again_with_the_code(home: Household) -> None:
    asked = await home.ask("/mode simulate", "within 60 s")
    code = re.findall(r"/mode simulate (\d{4})", asked.text)[0]
    await home.world.ask(f"/mode simulate {code}", "From now on I only practise", person=asked.chat_id)


# ---- people


async def test_an_invited_person_gets_in_with_the_code_and_silence_once_revoked(home: Household) -> None:
    world, guest = home.world, 7001
    invitation = await home.ask("/invite operator", "You are invited")
    code = re.findall(r"/start (\w{8})", invitation.text)[0]
    await world.ask(f"/start {code}", "You are operator here", person=guest)
    assert f"operator {guest} Stranger {guest}" in (await home.ask("/users", "owner 2001")).text
    await world.ask("/pause 12345678", "/pause was not done", person=guest)
    await home.ask(f"/revoke {guest}", f"{guest} is shut out")
    said = len(world.messages(guest))
    world.chat.say(guest, "/status")
    world.chat.say(guest, f"/start {code}")
    await home.ask("/status", "Buying: on")
    assert len(world.messages(guest)) == said
    assert f" {guest} " not in (await home.ask("/users", "owner 2001")).text


@pytest.mark.guards("bot", "a code counts once")
async def test_of_two_who_say_the_same_code_one_gets_in(home: Household) -> None:
    code = (await home.ask("/invite viewer", "/start")).text.partition("/start ")[2][:8]
    for guest in (7101, 7102):
        home.world.chat.say(guest, f"/start {code.lower()}")
    await home.world.answer(7101, "You are viewer here", after=0)
    await home.ask("/status", "Buying: on")
    assert home.world.messages(7102) == []


@pytest.mark.parametrize("role", ["", "king"])
async def test_only_a_role_that_there_is_can_be_invited(home: Household, role: str) -> None:
    assert "say which role: viewer, operator, owner" in (await home.ask(f"/invite {role}", "was not done")).text


@pytest.mark.parametrize("who", ["", "ada", str(OWNERS[0].id), "99" * 20])
async def test_only_a_role_given_in_the_chat_can_be_revoked(home: Household, who: str) -> None:
    await home.ask(f"/revoke {who}", "/revoke was not done")
    assert f"owner {OWNERS[0].id}" in (await home.ask("/users", "owner 2001")).text


# ---- the board


async def test_a_chat_has_one_board_and_a_new_one_takes_the_place_of_the_old(home: Household) -> None:
    world, person = home.world, OWNERS[-1].id
    world.chat.say(person, "/board")
    await world.until_chat(lambda: [one for one in world.messages(person) if one.pinned])
    (old,) = [one for one in world.messages(person) if one.pinned]
    new = await world.ask("/board", "check ", person=person)
    await world.until_chat(lambda: [one.message_id for one in world.messages(person) if one.pinned] == [new.message_id])
    await world.until_chat(
        lambda: (
            "no longer updated" in next(one.text for one in world.messages(person) if one.message_id == old.message_id)
        )
    )
    assert world.rows("SELECT count(*) FROM board WHERE chat = ?", person) == [(1,)]


async def test_many_who_speak_at_once_each_get_their_answer(home: Household) -> None:
    answers = await asyncio.gather(*(home.ask(f"/show {item.tcin}", item.tcin) for item in WATCHED))
    assert len({one.chat_id for one in answers}) == len(WATCHED)
