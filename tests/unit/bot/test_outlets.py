"""What an outlet beside the chat is told, in which words, and from where on."""

from pathlib import Path

import pytest

from bot.feeds.outlets.apprise_service import DeliveryUnknown, OutletTrouble, find_trouble
from bot.feeds.outlets.outlet_feed import body_of, title_of
from bot.feeds.outlets.outlet_table import OutletTable
from config.outlets import OutletNews
from config.products import BuyMode, Mode
from purchasing.events import AttemptMoved, Blind, Control, ControlChanged, OutletBack, Sighted
from purchasing.model import Step
from tests.builders import A, B, attempt, product, reading, seconds
from tests.facts import fact
from tests.unit.bot.outlet_house import ALL, IN_STOCK, MINUTE, House, new_house

# ---- what is told


async def test_a_restock_is_told_once_in_plain_words_with_a_link(house: House) -> None:
    await house.restock(A)
    assert await house.tell() == [IN_STOCK]
    (_, body), *_ = house.transport.taken
    assert str(A) in body
    assert body.endswith(f"https://shop/{A}")
    assert "<" not in body
    assert await house.tell() == []


async def test_the_end_of_a_restock_is_not_told(house: House) -> None:
    await house.restock(A)
    await house.tell()
    for _ in range(3):
        house.books.clock.go_on(seconds(20))
        await house.books.cycle(reading(A, "OUT_OF_STOCK", at=house.books.at))
    assert await house.tell() == []


async def test_several_restocks_of_one_cycle_are_one_message(house: House) -> None:
    await house.restock(A, B)
    assert await house.tell() == ["PRACTICE · 2 products came into stock"]
    (_, body), *_ = house.transport.taken
    assert f"https://shop/{A}" in body
    assert f"https://shop/{B}" in body


async def test_what_was_before_a_new_outlet_is_not_told(tmp_path: Path) -> None:
    async with new_house(tmp_path) as house:
        await house.happen(fact(Sighted))
        house.url = "json://127.0.0.1/another"
        house.begin()
        assert await house.tell() == []
        await house.happen(fact(Blind))
        assert len(await house.tell()) == 1


@pytest.mark.parametrize(
    ("takes", "count"),
    [({OutletNews.ALERT}, 1), ({OutletNews.BLIND}, 3), ({OutletNews.OUTCOME}, 0), (ALL, 4)],
)
async def test_only_what_an_outlet_takes_is_told(tmp_path: Path, takes: set[OutletNews], count: int) -> None:
    async with new_house(tmp_path, frozenset(takes)) as house:
        await house.restock(A)
        stop = ControlChanged(what=Control.STOP, value=True, by="Ada", cut=None)
        await house.happen(fact(Blind), fact(Sighted), stop)
        assert len(await house.tell()) == count


async def test_a_purchase_that_is_practised_is_no_outcome(house: House) -> None:
    await house.books.watch(product(A, buy=BuyMode.AUTO))
    await house.books.start(A)
    assert len(await house.tell()) == 1
    await house.books.go(Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.CONFIRMED)
    assert await house.tell() == []


async def test_a_real_purchase_is_told_when_it_ends_or_is_in_doubt(house: House) -> None:
    await house.books.watch(product(A, buy=BuyMode.AUTO))
    await house.books.set_mode(Mode.LIVE)
    await house.books.start(A)
    await house.tell()
    await house.books.go(Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.UNCONFIRMED)
    (doubt,) = await house.tell()
    assert "I don't know whether this was bought" in doubt
    await house.books.move(await house.books.slot(), Step.CONFIRMED)
    (outcome,) = await house.tell()
    assert outcome.startswith("LIVE · Bought")


@pytest.mark.parametrize(("clean", "words"), [(True, "nothing of it is left"), (False, "may still be in your cart")])
async def test_what_bought_nothing_tells_of_the_cart(house: House, *, clean: bool, words: str) -> None:
    await house.books.watch(product(A, buy=BuyMode.AUTO))
    await house.books.set_mode(Mode.LIVE)
    await house.books.start(A)
    await house.tell()
    await house.books.move(await house.books.slot(), Step.ABANDONED, why="sold out", clean=clean)
    await house.tell()
    assert words in house.transport.taken[-1][1]


async def test_what_can_not_be_put_into_words_holds_nothing_up(house: House) -> None:
    moved = attempt(Step.CONFIRMED)
    unknown = {"attempt": 4711, "tcin": moved.tcin, "mode": Mode.LIVE, "to": Step.CONFIRMED}
    await house.happen(fact(AttemptMoved, **unknown), fact(Sighted))
    assert len(await house.tell()) == 1


# ---- how far it has come


@pytest.mark.guards("bot", "what an outlet was not told is not compacted")
async def test_its_place_is_behind_what_was_told_and_before_what_was_not(house: House) -> None:
    async def place() -> int:
        return await house.books.do(house.feed.place)

    last = await house.books.do(lambda unit: unit.journal.last_seq())
    assert await place() == last
    await house.happen(fact(OutletBack))
    await house.tell()
    assert await place() == last + 1, "there is nothing to tell of it"
    await house.happen(fact(Blind), fact(Sighted))
    house.transport.troubles = [OutletTrouble("no")]
    await house.tell()
    assert await place() == last + 1
    await house.retry(MINUTE)
    assert await place() == await house.books.do(lambda unit: unit.journal.last_seq())
    house.begin()
    assert await place() == 0, "nobody knows"


async def test_a_quiet_journal_is_not_written_for_and_not_read_again_for_ever(house: House) -> None:
    place = house.books.rows("SELECT seq FROM reader")
    for _ in range(60):
        await house.books.cycle(reading(A, "OUT_OF_STOCK", at=house.books.at))
    await house.tell()
    assert house.books.rows("SELECT seq FROM reader") == place
    await house.happen(*(fact(OutletBack) for _ in range(2000)))
    await house.tell()
    assert house.books.rows("SELECT seq FROM reader") > place


async def test_an_outlet_that_is_set_again_later_begins_then(house: House) -> None:
    await house.books.do(lambda unit: OutletTable(unit.connection).forget_others(()))
    await house.happen(fact(Blind))
    house.begin()
    assert await house.tell() == []


# ---- words


def test_a_subject_is_the_first_line_and_the_rest_the_body() -> None:
    assert title_of("<b>One</b> &amp; two\nthree") == "One & two"
    assert body_of("<b>One</b>\n<i>two</i>\nthree", repeated=False) == "two\nthree"
    assert body_of("<b>One</b>", repeated=False) == "One"
    assert body_of("One\ntwo", repeated=True).startswith("two\n\n(sent again: ")


@pytest.mark.parametrize(
    ("lines", "words", "in_doubt", "of_text"),
    [
        (
            ["Failed to send JSON POST notification: Forbidden, error=403."],
            "it refused the message (403)",
            False,
            False,
        ),
        (["Failed to send JSON POST notification: error=413."], "it refused the message (413)", False, True),
        (["Failed to send ntfy notification: error=502."], "it refused the message (502)", True, False),
        (["Sent JSON", "Failed to send JSON: error=400."], "it refused the message (400)", True, True),
        (["Socket Exception: (535, b'no')"], "it refused the message (535)", False, False),
        (["Socket Exception: (554, b'no')"], "it refused the message (554)", False, True),
        (["Socket Exception: [Errno 111] Connection refused"], "it can't be reached", False, False),
        (["Socket Exception: ... Failed to establish a new connection ..."], "it can't be reached", False, False),
        (["Socket Exception: HTTPConnectionPool(...): Read timed out."], "it did not answer in time", True, False),
        (["Socket Exception: ('Connection aborted.', R())"], "it did not take the message", True, False),
        ([], "it did not take the message", True, True),
    ],
)
def test_what_apprise_says_of_a_failure_tells_whether_it_may_have_arrived_and_what_it_is_about(
    lines: list[str], words: str, *, in_doubt: bool, of_text: bool
) -> None:
    trouble = find_trouble(lines)
    assert (str(trouble), isinstance(trouble, DeliveryUnknown)) == (words, in_doubt)
    assert trouble.may_be_the_text == of_text
