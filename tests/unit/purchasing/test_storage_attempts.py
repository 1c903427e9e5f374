"""The slot holds one attempt by law of the database, which moves along the arrows alone and counts in live."""

import sqlite3
from datetime import timedelta
from decimal import Decimal

import pytest

from config.products import Channel, Mode
from purchasing.errors import IllegalTransition, SlotTaken
from purchasing.events import AttemptMoved, stamp
from purchasing.model import Receipt, Step
from tests.builders import AT, PRICE, A, B, C, product, reading
from tests.unit.purchasing.books import TO_THE_BUTTON, Books, begun, bodies, buy, dump

CARTED, REVIEWED, SUBMITTING = Step.CARTED, Step.REVIEWED, Step.SUBMITTING
RECEIPT = Receipt(order_number="912-1", total=Decimal("53.24"))
SHOT = """
    INSERT INTO attempt (tcin, mode, step, quantity, opened_at, moved_at, deadline, channel)
    VALUES (?, 'simulate', ?, 1, '', '', '', 'shipping')
"""


# ---- the one slot


@pytest.mark.guards("purchasing", "one attempt in the slot, by the index alone")
async def test_a_second_attempt_is_refused_by_the_database_itself(books: Books) -> None:
    await books.watch(A, B)
    await books.start(A)
    for step in (*TO_THE_BUTTON, Step.UNCONFIRMED):
        await books.go(step)
        before = dump(books)
        with pytest.raises(SlotTaken, match=B):
            await books.commit(begun(B))
        assert dump(books) == before


async def test_no_second_attempt_gets_past_the_law_from_another_connection(books: Books) -> None:
    await books.watch(A, B)
    await books.start(A)
    for step in ("opened", "carted", "reviewed", "submitting", "unconfirmed"):
        with pytest.raises(sqlite3.IntegrityError, match="attempt_single_slot"):
            books.damage(SHOT, B, step)
    books.damage(SHOT, B, "refused")


async def test_a_finished_attempt_is_not_brought_back_into_a_taken_slot(books: Books) -> None:
    await books.watch(A, B)
    await books.start(A)
    await books.go(Step.ABANDONED)
    await books.start(B)
    with pytest.raises(sqlite3.IntegrityError, match="attempt_single_slot"):
        books.damage("UPDATE attempt SET step = 'carted' WHERE id = 1")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE attempt SET step = 'bought'",
        "UPDATE product SET state = 'sold'",
        "UPDATE attempt SET tcin = '99999999'",
        "UPDATE attempt SET quantity = 'one'",
    ],
)
async def test_the_database_knows_the_words_and_types(books: Books, sql: str) -> None:
    await books.watch(A)
    await books.start(A)
    with pytest.raises(sqlite3.IntegrityError):
        books.damage(sql)


# ---- steps


async def test_a_step_moves_attempt_and_product_with_one_event(books: Books) -> None:
    await books.watch(A)
    await books.start(A)
    before = len(await books.events())
    moved = await books.go(*TO_THE_BUTTON)
    confirmed = await books.move(moved, Step.CONFIRMED, receipt=RECEIPT)
    assert await books.do(lambda unit: unit.attempts.get(1)) == confirmed
    assert await books.states() == {A: "purchased"}
    told = bodies((await books.events())[before:])
    assert [(one["from"], one["to"]) for one in told] == [
        ("opened", "carted"),
        ("carted", "reviewed"),
        ("reviewed", "submitting"),
        ("submitting", "confirmed"),
    ]
    assert told[-1] == {
        "attempt": 1,
        "tcin": A,
        "mode": "simulate",
        "from": "submitting",
        "to": "confirmed",
        "why": None,
        "order_number": "912-1",
        "total": "53.24",
    }


async def test_a_step_tells_its_picture_and_what_only_the_owner_can_do(books: Books) -> None:
    await books.watch(A)
    opened = await books.start(A)
    await books.move(opened, Step.ABANDONED, picture="page.png", need="cvv")
    last = (await books.facts(AttemptMoved))[-1]
    assert (last.picture, last.need) == ("page.png", "cvv")


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ((Step.ABANDONED,), "failed"),
        ((CARTED, REVIEWED, Step.REHEARSED), "ready"),
        ((*TO_THE_BUTTON, Step.REFUSED), "failed"),
        ((*TO_THE_BUTTON, Step.UNCONFIRMED), "unconfirmed"),
        ((*TO_THE_BUTTON, Step.UNCONFIRMED, Step.CONFIRMED), "purchased"),
        ((*TO_THE_BUTTON, Step.UNCONFIRMED, Step.REFUSED), "failed"),
    ],
)
async def test_the_product_stands_where_its_attempt_has_brought_it(
    books: Books, steps: tuple[Step, ...], state: str
) -> None:
    await books.watch(A)
    await books.start(A)
    await books.go(*steps)
    assert await books.states() == {A: state}


async def test_a_move_without_an_arrow_changes_nothing(books: Books) -> None:
    await books.watch(A)
    attempt = await books.start(A)
    before = dump(books)
    with pytest.raises(IllegalTransition, match="from opened to submitting"):
        await books.move(attempt, SUBMITTING)
    assert dump(books) == before


@pytest.mark.guards("purchasing", "a step moves only from the step that is on disk")
async def test_a_move_from_a_step_that_is_no_longer_true_changes_nothing(books: Books) -> None:
    await books.watch(A)
    stale = await books.start(A)
    await books.go(*TO_THE_BUTTON)
    before = dump(books)
    with pytest.raises(IllegalTransition, match="attempt 1 was no longer opened"):
        await books.move(stale, Step.ABANDONED)
    assert dump(books) == before


async def test_a_move_of_an_attempt_whose_product_stands_elsewhere_changes_nothing(books: Books) -> None:
    await books.watch(A)
    attempt = await books.start(A)
    books.damage("UPDATE product SET state = 'queued'")
    before = dump(books)
    with pytest.raises(IllegalTransition, match=f"{A} was no longer attempting"):
        await books.move(attempt, Step.ABANDONED)
    assert dump(books) == before


async def test_what_follows_on_a_freed_slot_is_one_event(books: Books) -> None:
    await books.watch(A, B, C)
    await books.start(A, B)
    await books.go(Step.ABANDONED)
    await books.cycle(reading(C, "OUT_OF_STOCK"))  # starts A again, as practice does; B goes on waiting
    await books.go(Step.ABANDONED)
    before = len(await books.events())
    followed = await books.follow()
    assert followed is not None
    events = (await books.events())[before:]
    ((event,), (body,)) = events, bodies(events)
    assert (event.kind, body["from"], body["to"], body["tcin"]) == ("attempt_moved", None, "opened", followed.tcin)
    assert body["completes_by"] == stamp(followed.deadline)


async def test_where_nobody_follows_nothing_is_written(books: Books) -> None:
    await books.watch(A, B)
    await books.start(A, B)
    await books.go(Step.ABANDONED)
    books.gate_shut = "stopped by Ada"
    before = dump(books)
    assert await books.follow() is None
    assert dump(books) == before
    cycle = await books.cycle()
    assert cycle.purchases.unqueued == (B,)


# ---- the channel of an attempt, and the orders there were before it


@pytest.mark.parametrize("channel", Channel)
async def test_an_attempt_is_opened_with_the_channel_that_is_wanted_then(books: Books, channel: Channel) -> None:
    await books.watch(product(A, channel=channel))
    await books.cycle(reading(A, "IN_STOCK", "IN_STOCK"))
    assert (await books.slot()).channel is channel
    await books.watch(product(A, channel=Channel.ANY))
    assert (await books.slot()).channel is channel


@pytest.mark.parametrize("before", [(), ("912003", "912002")])
async def test_the_orders_there_were_are_kept_through_every_later_step(books: Books, before: tuple[str, ...]) -> None:
    await books.watch(A)
    await books.start(A)
    assert (await books.go(CARTED)).orders_before is None
    await books.go(REVIEWED, orders_before=before)
    await books.go(SUBMITTING, Step.UNCONFIRMED, Step.REFUSED)
    (attempt,) = await books.do(lambda unit: unit.attempts.all())
    assert attempt.orders_before == before


# ---- what counts in live


@pytest.mark.parametrize(
    ("last", "counts"),
    [((), 1), ((Step.UNCONFIRMED,), 1), ((Step.CONFIRMED,), 1), ((Step.REFUSED,), 0)],
)
async def test_in_live_what_may_have_been_ordered_counts_as_bought_and_spent(
    books: Books, last: tuple[Step, ...], counts: int
) -> None:
    await books.watch(A)
    await books.set_mode(Mode.LIVE)
    await buy(books, A, *last)
    stand = await books.do(books.standing)
    assert (stand.lines[0].bought, stand.usage.bought_today) == (counts, counts)
    assert stand.usage.spent_today == PRICE * counts


async def test_what_was_paid_counts_as_spent(books: Books) -> None:
    await books.watch(A)
    await books.set_mode(Mode.LIVE)
    await buy(books, A, Step.CONFIRMED, receipt=RECEIPT)
    stand = await books.do(books.standing)
    assert (stand.usage.spent_today, stand.usage.last_confirmed_at) == (RECEIPT.total, AT)


async def test_practice_counts_nowhere(books: Books) -> None:
    await books.watch(A)
    await buy(books, A, Step.CONFIRMED, receipt=RECEIPT)
    await books.set_mode(Mode.LIVE)
    stand = await books.do(books.standing)
    assert (stand.lines[0].bought, stand.lines[0].attempts_in_window, stand.usage.bought_today) == (0, 0, 0)
    assert stand.usage.last_confirmed_at is None


async def test_another_day_begins_with_nothing_spent_but_bought_stays_bought(books: Books) -> None:
    await books.watch(A)
    await books.set_mode(Mode.LIVE)
    await buy(books, A, Step.CONFIRMED, receipt=RECEIPT)
    books.clock.go_on(timedelta(days=1))
    stand = await books.do(books.standing)
    assert (stand.usage.bought_today, stand.usage.spent_today, stand.lines[0].bought) == (0, Decimal(0), 1)


async def test_attempts_are_counted_by_window_and_mode(books: Books) -> None:
    await books.watch(A)
    await books.set_mode(Mode.REHEARSE)
    await books.start(A)
    await books.go(CARTED, REVIEWED, Step.REHEARSED)
    assert (await books.do(books.standing)).lines[0].attempts_in_window == 1
    await books.set_mode(Mode.LIVE)
    assert (await books.do(books.standing)).lines[0].attempts_in_window == 0
