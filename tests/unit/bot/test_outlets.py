"""Outlets beside the chat: told in order, at least once, and marked where it isn't known whether a message arrived."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.feeds.outlets.apprise_service import DeliveryUnknown, OutletTrouble, find_trouble
from bot.feeds.outlets.outlet_feed import OutletFeed, body_of, title_of
from bot.feeds.outlets.outlet_news import OutletReader
from bot.feeds.outlets.outlet_table import OutletTable
from bot.telegram import tables as telegram_tables
from config.database import Database
from config.outlets import OutletAddress, OutletNews
from config.products import BuyMode, Mode
from purchasing.events import AttemptMoved, Blind, Control, ControlChanged, Fact, OutletBack, OutletFailed, Sighted
from purchasing.model import Step
from purchasing.storage import tables
from purchasing.storage.lines import watch_writes
from purchasing.storage.unit_of_work import Storage
from tests.builders import A, B, attempt, product, reading, seconds
from tests.facts import fact
from tests.fakes import FakeClock
from tests.unit.purchasing.books import Books

ALL = frozenset(OutletNews)
MARK = "sent again"
IN_STOCK = "PRACTICE · IN STOCK · price unknown"
SEEN_AGAIN = "PRACTICE · I can see Target again, after 1 m in which I could not."
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass
class FakeTransport:
    """A transport in memory; see the `OutletTransport` port. What it may have taken it took."""

    taken: list[tuple[str, str]] = field(default_factory=list)
    #: Raised, one for each message; after the last it takes them.
    troubles: list[OutletTrouble] = field(default_factory=list)
    on_send: Callable[[], None] = lambda: None
    on_title: Callable[[str], None] = lambda _: None

    async def send(self, *, title: str, body: str) -> None:
        self.on_send()
        self.on_title(title)
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is None or isinstance(trouble, DeliveryUnknown):
            self.taken.append((title, body))
        if trouble is not None:
            raise trouble


@dataclass
class House:
    """A journal on disk, and one outlet that is told of it."""

    books: Books
    transport: FakeTransport
    takes: frozenset[OutletNews] = ALL
    feed: OutletFeed = field(init=False)
    url: str = "json://127.0.0.1/hook"

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """As a start of the service does; what only the memory held is gone."""
        clock = self.books.clock
        self.feed = OutletFeed(
            OutletAddress(place=1, url=SecretStr(self.url), takes=self.takes),
            transport=self.transport,
            reader=OutletReader(self.takes, zone=UTC, product_link=lambda tcin: f"https://shop/{tcin}"),
            storage=Storage(self.books.database, on_journal=lambda: None, now=clock.now),
            zone=UTC,
            now=clock.now,
            monotonic=clock.monotonic,
        )

    async def happen(self, *facts: Fact) -> None:
        for one in facts:
            await self.books.do(lambda unit, one=one: unit.journal.append(one, at=self.books.at))  # type: ignore[misc]  # a lambda's default

    async def restock(self, *tcins: object) -> None:
        await self.books.cycle(*(reading(tcin, "IN_STOCK", at=self.books.at) for tcin in tcins))  # type: ignore[arg-type]  # a number is a text

    async def tell(self) -> list[str]:
        """Tell all that can be told now; the subjects of what was taken meanwhile."""
        before = len(self.transport.taken)
        while await self.feed.tell_next():
            pass
        return [title for title, _ in self.transport.taken[before:]]

    async def retry(self, after: timedelta = HOUR) -> list[str]:
        self.books.clock.go_on(after)
        return await self.tell()

    async def told_in_chat(self) -> list[type[Fact]]:
        return [type(one) for one in await self.books.facts(Fact) if isinstance(one, OutletFailed | OutletBack)]


@asynccontextmanager
async def new_house(folder: Path, takes: frozenset[OutletNews] = ALL) -> AsyncIterator[House]:
    metadata = [tables.metadata, telegram_tables.metadata]
    database = Database(folder / "stockbell.db", tables=metadata, on_open=watch_writes)
    await database.open()
    try:
        house = House(Books(folder / "stockbell.db", database, FakeClock()), FakeTransport(), takes)
        await house.books.watch(product(A, buy=BuyMode.ALERT), product(B, buy=BuyMode.ALERT))
        await house.tell()
        yield house
    finally:
        await database.close()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with new_house(tmp_path) as made:
        yield made


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


# ---- at least once, in order, marked


@pytest.mark.guards("bot", "what an outlet may have been told is marked as told again")
async def test_a_crash_between_intent_and_outcome_tells_again_and_says_so(house: House) -> None:
    class Crash(BaseException):
        """The process is killed."""

    def crash() -> None:
        raise Crash

    await house.happen(fact(Blind), fact(Sighted))
    house.transport.on_send = crash
    with pytest.raises(Crash):
        await house.tell()
    house.transport.on_send = lambda: None
    house.begin()
    assert (await house.tell())[1:] == [SEEN_AGAIN]
    assert [MARK in body for _, body in house.transport.taken] == [True, False]


async def test_intent_is_on_disk_before_a_message_is_handed_over(house: House) -> None:
    seen: list[tuple[object, ...]] = []
    house.transport.on_send = lambda: seen.extend(
        house.books.rows("SELECT sending > seq FROM outlet JOIN reader USING (name)")
    )
    await house.happen(fact(Blind))
    await house.tell()
    assert seen == [(1,)]
    assert house.books.rows("SELECT sending FROM outlet") == [(None,)]


async def test_what_may_have_arrived_is_marked_and_what_surely_did_not_is_not(house: House) -> None:
    await house.happen(fact(Blind))
    house.transport.troubles = [OutletTrouble("it can't be reached")]
    await house.tell()
    await house.retry(MINUTE)
    assert MARK not in house.transport.taken[-1][1]
    await house.happen(fact(Sighted))
    house.transport.troubles = [DeliveryUnknown("it did not answer"), OutletTrouble("it can't be reached")]
    await house.tell()
    await house.retry(MINUTE)
    await house.retry(MINUTE)
    assert MARK in house.transport.taken[-1][1]


async def test_order_is_kept_while_one_is_not_taken(house: House) -> None:
    await house.happen(fact(Blind), fact(Sighted))
    house.transport.troubles = [OutletTrouble("no")]
    assert await house.tell() == []
    assert (await house.retry(MINUTE))[1:] == [SEEN_AGAIN]


async def test_what_may_have_been_told_among_others_is_marked_when_it_is_told_alone(house: House) -> None:
    await house.happen(fact(Blind), fact(Sighted))
    house.books.clock.go_on(2 * HOUR)
    house.transport.troubles = [DeliveryUnknown("it did not answer")]
    await house.tell()
    house.books.clock.set_wall_clock(-2 * HOUR)
    await house.retry(MINUTE)
    assert [MARK in body for _, body in house.transport.taken] == [False, True, True]


# ---- what it will not take


BAD, NO = "it refused the message (400)", "it refused the message (403)"


@pytest.mark.guards("bot", "what an outlet refuses for its text does not hold up what follows")
async def test_a_message_that_is_refused_for_its_text_is_left_out_and_said_to_be(house: House) -> None:
    await house.restock(A)
    await house.happen(fact(Sighted))
    tries: list[float] = []
    house.transport.on_send = lambda: tries.append(house.books.clock.seconds)
    house.transport.troubles = [OutletTrouble(BAD, may_be_the_text=True) for _ in range(3)]
    taken = [title for _ in range(60) for title in await house.retry(seconds(1))]
    assert taken == ["PRACTICE · A message could not be given to you", SEEN_AGAIN]
    assert tries[-1] - tries[0] == 35
    (_, left_out), _ = house.transport.taken
    assert left_out == "It is of 22 Nov 14:03, and was refused here. The chat has it."
    assert await house.told_in_chat() == [OutletFailed, OutletBack]


async def test_what_is_refused_whatever_it_says_is_told_whole_as_soon_as_it_may(house: House) -> None:
    await house.restock(A)
    titles: list[str] = []
    house.transport.on_title = titles.append
    house.transport.troubles = [OutletTrouble(BAD, may_be_the_text=True) for _ in range(6)]
    for _ in range(7):
        await house.retry(MINUTE * 8)
    words = "PRACTICE · A message could not be given to you"
    assert titles == [IN_STOCK, IN_STOCK, IN_STOCK, words, IN_STOCK, words, IN_STOCK]


async def test_what_is_refused_for_another_reason_is_never_left_out(house: House) -> None:
    await house.restock(A)
    titles: list[str] = []
    house.transport.on_title = titles.append
    house.transport.troubles = [OutletTrouble(NO) for _ in range(6)]
    for _ in range(7):
        await house.retry(MINUTE * 8)
    assert set(titles) == {IN_STOCK}


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


# ---- patience


async def test_tries_are_further_and_further_apart(house: House) -> None:
    tries: list[float] = []
    clock = house.books.clock
    house.transport.on_send = lambda: tries.append(clock.seconds)
    house.transport.troubles = [OutletTrouble("no") for _ in range(20)]
    await house.happen(fact(Blind))
    for _ in range(4000):
        await house.tell()
        clock.go_on(seconds(1))
    waits = [round(late - early) for early, late in pairwise(tries)]
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]


@pytest.mark.guards("bot", "that an outlet takes nothing is told once, and once that it does again")
async def test_trouble_is_told_once_and_its_end_once_over_restarts(house: House) -> None:
    await house.happen(fact(Blind))
    house.transport.troubles = [OutletTrouble("no"), *(OutletTrouble("it can't be reached") for _ in range(5))]
    await house.tell()
    assert (await house.told_in_chat(), house.feed.problem) == ([], None)
    for _ in range(3):
        await house.retry(MINUTE)
    assert await house.told_in_chat() == [OutletFailed]
    assert house.feed.problem == "outlet 1 (json) has not taken my messages since 22 Nov 14:03: it can't be reached"
    house.begin()
    await house.retry()
    await house.retry()
    assert await house.told_in_chat() == [OutletFailed]
    await house.retry()
    assert await house.told_in_chat() == [OutletFailed, OutletBack]
    assert house.feed.problem is None


async def test_what_became_old_meanwhile_is_one_message(house: House) -> None:
    house.transport.troubles = [OutletTrouble("no")]
    await house.restock(A)
    await house.tell()
    await house.happen(*(fact(Blind) for _ in range(200)))
    house.books.clock.go_on(2 * HOUR)
    await house.happen(fact(Sighted))
    summary, last = await house.tell()
    assert summary == "PRACTICE · 201 messages did not reach you from 22 Nov 14:03 to 22 Nov 14:03"
    assert last == SEEN_AGAIN
    lines = house.transport.taken[0][1].split("\n")
    assert len(lines) <= 21
    assert lines[-1] == "and 181 earlier"
    assert await house.tell() == []


async def test_one_old_message_alone_is_told_as_it_is(house: House) -> None:
    await house.restock(A)
    assert await house.retry() == [IN_STOCK]


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
