"""Outlets are told in order, at least once, and marked where it isn't known whether a message arrived."""

from itertools import pairwise

import pytest

from bot.feeds.outlets.apprise_service import DeliveryUnknown, OutletTrouble
from purchasing.events import Blind, OutletBack, OutletFailed, Sighted
from tests.builders import A, seconds
from tests.facts import fact
from tests.unit.bot.outlet_house import HOUR, IN_STOCK, MARK, MINUTE, SEEN_AGAIN, House

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
