import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from config.products import BuyMode, Channel, Mode, Tcin
from monitor.model import Circuit, CircuitState, StockState, Window
from purchasing.commands import CommandState, Done, NotDone, Offer
from purchasing.errors import IllegalTransition, SlotTaken
from purchasing.events import AttemptMoved, Blind, CycleCompleted, ProductLearned, Sighted, stamp, unstamp
from purchasing.model import Attempt, Decision, EarlierPractice, PurchaseState, Receipt, Start, Step
from purchasing.storage import tables
from purchasing.storage.attempts import LAST_OF_WINDOW, OF_WINDOW
from purchasing.storage.commands import OfferDeclined
from purchasing.storage.details import LOOK_AGAIN, LOOK_AGAIN_AT_LAST
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import AT, PRICE, A, B, C, command, in_stock, product, reading, seconds, snapshot
from tests.fakes import FakeClock
from tests.unit.purchasing.books import Books, bodies, opened

OPENED, CARTED, REVIEWED, SUBMITTING = Step.OPENED, Step.CARTED, Step.REVIEWED, Step.SUBMITTING
TO_THE_BUTTON = (CARTED, REVIEWED, SUBMITTING)
RECEIPT = Receipt(order_number="912-1", total=Decimal("53.24"))
SHOT = """
    INSERT INTO attempt (tcin, mode, step, quantity, opened_at, moved_at, deadline, channel)
    VALUES (?, 'simulate', ?, 1, '', '', '', 'shipping')
"""


def begun(tcin: Tcin) -> Decision:
    start = Start(tcin=tcin, mode=Mode.SIMULATE, quantity=1, price=None, max_price=None, channel=Channel.SHIPPING)
    return Decision(start=start)


# ---- one cycle is one fact


async def test_a_cycle_is_one_event_and_one_transaction(books: Books) -> None:
    await books.watch(A, B)
    before = len(await books.events())
    await books.cycle(reading(A, "IN_STOCK"), reading(B, "IN_STOCK"))
    (event,) = (await books.events())[before:]
    assert (event.kind, bodies([event])[0]["cycle_id"]) == ("cycle_completed", 1)
    assert await books.states() == {A: "attempting", B: "queued"}
    assert books.rows("SELECT tcin, step FROM attempt") == [(A, "opened")]
    assert books.rows("SELECT tcin, misses, closed_at FROM restock_window") == [(A, 0, None), (B, 0, None)]


@pytest.mark.guards("purchasing", "one attempt in the slot, by the index alone")
async def test_a_cycle_that_can_t_be_written_whole_is_not_written_at_all(books: Books) -> None:
    await books.watch(A, B)
    await books.start(A)
    before = dump(books)
    torn = replace(
        begun(B), stocks={B: in_stock()}, windows={B: Window(opened_at=AT)}, resets=(), queued=(), skipped=()
    )
    with pytest.raises(SlotTaken):
        await books.commit(torn)
    assert dump(books) == before


async def test_an_error_inside_a_unit_of_work_leaves_nothing(books: Books) -> None:
    def breaks(unit: UnitOfWork) -> None:
        unit.journal.append(Sighted(lasted_s=60), at=AT)
        unit.products.take_up([product(A)], by="Ada", at=AT)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await books.do(breaks)
    assert books.rows("SELECT count(*) FROM journal") == [(0,)]
    assert books.rows("SELECT count(*) FROM product") == [(0,)]


async def test_cycles_are_numbered_without_gaps_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "stockbell.db"
    for _ in range(3):
        async with opened(path) as books:
            await books.cycle()
            await books.cycle(snapshot(failed="walled"))
    async with opened(path) as books:
        events, cycles = await books.events(), await books.facts(CycleCompleted)
    assert [cycle.cycle_id for cycle in cycles] == [1, 2, 3, 4, 5, 6]
    assert [event.seq for event in events] == [1, 2, 3, 4, 5, 6]


@pytest.mark.guards("purchasing", "a product moves only from the state that is on disk")
async def test_a_cycle_of_a_decision_that_no_longer_fits_is_refused(books: Books) -> None:
    await books.watch(A)
    await books.start(A)
    before = dump(books)
    for stale in (Decision(queued=(A,)), Decision(unqueued=(A,)), begun(A)):
        with pytest.raises(IllegalTransition):
            await books.commit(stale)
    assert dump(books) == before


async def test_the_last_good_check_is_that_of_a_cycle_that_read_something(books: Books) -> None:
    await books.watch(A)
    await books.cycle(reading(A, "OUT_OF_STOCK"))
    for empty in (snapshot(failed="walled", asked=(A,)), snapshot()):
        books.clock.go_on(seconds(20))
        await books.cycle(replace(empty, began=books.at))
    mark = await books.do(lambda unit: unit.marks.read())
    assert (mark.cycle_id, mark.last_good_at, mark.began) == (3, AT, AT + seconds(40))


# ---- the shape that readers rely on


async def test_the_event_of_a_cycle_has_exactly_the_promised_shape(books: Books) -> None:
    seen = AT + timedelta(milliseconds=418, microseconds=999)
    await books.watch(A, product(B, name="Ember", max_price=Decimal("40.00")), C)
    await books.cycle(reading(A, "OUT_OF_STOCK", title="Trove"), reading(C, "OUT_OF_STOCK"))
    books.clock.at = seen
    news = snapshot(
        reading(A, "PRE_ORDER_SELLABLE", price=PRICE, at=seen),
        reading(B, "IN_STOCK", price=Decimal("41.5"), at=seen),
        reading(C, "UNHEARD_OF", at=seen),
        at=seen,
    )
    await books.cycle(news)
    assert (await books.lines())[-1] == {
        "v": 1,
        "seq": 3,
        "kind": "cycle_completed",
        "at": "2026-11-22T14:03:22.418Z",
        "cycle_id": 2,
        "took_ms": 212,
        "failed": None,
        "asked": 3,
        "next_check_at": "2026-11-22T14:03:42.418Z",
        "stock": {
            A: {
                "title": "Trove",
                "state": "in_stock",
                "detail": "PRE_ORDER_SELLABLE",
                "price": "49.99",
                "seen_at": "2026-11-22T14:03:22.418Z",
            },
            B: {
                "title": "Ember",
                "state": "in_stock",
                "detail": "IN_STOCK",
                "price": "41.5",
                "seen_at": "2026-11-22T14:03:22.418Z",
            },
        },
        "changes": [
            {"tcin": A, "before": "out_of_stock", "after": "in_stock"},
            {"tcin": B, "before": "unknown", "after": "in_stock"},
        ],
        "windows": {"opened": [{"tcin": A, "window": 1}], "closed": []},
        "asks": {"made": [], "expired": []},
        "purchases": {
            "resets": [],
            "started": [{"tcin": A, "attempt": 1, "completes_by": "2026-11-22T14:04:22.418Z"}],
            "queued": [],
            "unqueued": [],
            "skipped": [{"tcin": B, "why": "price 41.5 is above the cap 40.00"}],
        },
        "summary": {"watched": 3, "in_stock": 2, "unknown": 1, "started": 1, "resets": 0},
    }


async def test_an_event_reads_back_as_it_was_written(books: Books) -> None:
    await books.watch(A)
    written = await books.cycle(reading(A, "IN_STOCK"))
    (read,) = await books.facts(CycleCompleted)
    assert read == written


async def test_a_cycle_tells_all_products_when_asked_and_else_the_changed_ones(books: Books) -> None:
    await books.watch(A, B)
    news = [reading(A, "OUT_OF_STOCK"), reading(B, "OUT_OF_STOCK")]
    told = [(await books.cycle(*news, whole_stock=whole)).stock for whole in (False, False, True)]
    assert [sorted(stock) for stock in told] == [[A, B], [], [A, B]]


@pytest.mark.parametrize(
    "changed",
    [
        reading(A, "UNAVAILABLE", title="Trove", price=PRICE),
        reading(A, "OUT_OF_STOCK", title="Another", price=PRICE),
        reading(A, "OUT_OF_STOCK", title="Trove", price=Decimal(1)),
        reading(A, "IN_STOCK", title="Trove", price=PRICE),
    ],
    ids=["detail", "title", "price", "state"],
)
async def test_a_change_of_state_detail_price_or_title_is_told(books: Books, changed: object) -> None:
    await books.watch(A)
    await books.cycle(reading(A, "OUT_OF_STOCK", title="Trove", price=PRICE))
    cycle = await books.cycle(changed)  # type: ignore[arg-type]  # parametrize knows no types
    assert list(cycle.stock) == [A]


async def test_a_new_time_of_the_same_reading_is_kept_but_no_news(books: Books) -> None:
    await books.watch(A)
    await books.cycle(reading(A, "OUT_OF_STOCK"))
    books.clock.go_on(seconds(20))
    cycle = await books.cycle(reading(A, "OUT_OF_STOCK", at=books.at))
    assert cycle.stock == {}
    seen = (await books.do(lambda unit: unit.views.overview(at=books.at))).seen
    assert seen.times == {A: AT + seconds(20)}


def test_times_are_utc_with_milliseconds_and_z_and_sort_as_they_are() -> None:
    local = datetime(2026, 11, 22, 9, 3, 22, 418999, tzinfo=timezone(timedelta(hours=-5)))
    assert stamp(local) == "2026-11-22T14:03:22.418Z"
    assert stamp(AT) == "2026-11-22T14:03:22.000Z"
    assert unstamp(stamp(AT)) == AT
    assert unstamp(stamp(AT)).tzinfo == UTC
    assert stamp(AT) < stamp(AT + timedelta(milliseconds=1)) < stamp(AT + seconds(1))


# ---- windows


async def test_a_window_closes_at_the_second_miss_and_the_next_is_a_new_one(books: Books) -> None:
    await books.watch(A)
    told = []
    for word in ("IN_STOCK", "OUT_OF_STOCK", "OUT_OF_STOCK", "IN_STOCK"):
        told.append((await books.cycle(reading(A, word, at=books.at))).windows)
        books.clock.go_on(seconds(20))
    assert [len(one.opened) - len(one.closed) for one in told] == [1, 0, -1, 1]
    assert books.rows("SELECT id, opened_at, closed_at FROM restock_window") == [
        (1, stamp(AT), stamp(AT + seconds(40))),
        (2, stamp(AT + seconds(60)), None),
    ]


async def test_one_product_has_one_open_window_by_law_of_the_database(books: Books) -> None:
    await books.watch(A)
    await books.cycle(reading(A, "IN_STOCK"))
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        books.damage("INSERT INTO restock_window (tcin, opened_at, misses) VALUES (?, '', 0)", A)


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


# ---- what counts in live


async def buy(books: Books, tcin: Tcin, *last: Step, receipt: Receipt | None = None) -> Attempt:
    await books.start(tcin)
    moved = await books.go(*TO_THE_BUTTON)
    for step in last:
        moved = await books.move(moved, step, receipt=receipt)
    return moved


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


# ---- the watch list


async def test_what_is_taken_up_is_told_as_the_difference_from_what_was_stored(books: Books) -> None:
    await books.watch(A, B, product(C))
    await books.watch(product(C, max_price=Decimal(1)), A, Tcin("10000009"))
    event = (await books.events())[-1]
    assert event.kind == "watchlist_changed"
    assert bodies([event])[0] == {
        "added": ["10000009"],
        "removed": [B],
        "changed": [C],
        "unread": [],
        "order": [C, A, "10000009"],
        "by": "Ada",
    }
    assert [one.tcin for one in await books.do(lambda unit: unit.products.watchlist())] == [C, A, "10000009"]


async def test_a_new_order_alone_is_a_change(books: Books) -> None:
    await books.watch(A, B)
    change = await books.watch(B, A)
    assert change is not None
    assert (change.changed, change.order) == ((), (B, A))


async def test_the_list_that_is_stored_already_is_no_news(books: Books) -> None:
    await books.watch(A, B)
    assert await books.watch(A, B) is None
    assert len(await books.events()) == 1


async def test_a_product_keeps_all_its_wishes_on_disk(books: Books) -> None:
    wished = product(
        A, name="Trove", quantity=3, buy=BuyMode.ALERT, every=timedelta(seconds=90), enabled=False, max_price=None
    )
    await books.watch(wished, B)
    assert await books.do(lambda unit: unit.products.watchlist()) == (wished, product(B))


async def test_a_removed_product_is_no_longer_decided_on(books: Books) -> None:
    await books.watch(A, B)
    await books.watch(B)
    assert [line.tcin for line in (await books.do(books.standing)).lines] == [B]


async def test_a_product_that_is_added_again_goes_on_from_what_is_stored(books: Books) -> None:
    await books.watch(A)
    await books.set_mode(Mode.LIVE)
    await buy(books, A, Step.CONFIRMED)
    (before,) = (await books.do(books.standing)).lines
    await books.watch(B)
    await books.watch(A)
    assert (await books.do(books.standing)).lines == (before,)
    assert (before.state, before.bought, before.window) == (PurchaseState.PURCHASED, 1, Window(opened_at=AT))


async def test_a_removed_product_leaves_the_queue(books: Books) -> None:
    await books.watch(A, B)
    await books.start(A, B)
    await books.watch(A)
    assert await books.states() == {A: "attempting", B: "ready"}


async def test_the_agenda_holds_what_is_enabled_and_not_paused(books: Books) -> None:
    await books.watch(A, product(B, enabled=False), C)
    await books.cycle(reading(A, "OUT_OF_STOCK"))
    books.damage("UPDATE product SET paused_until = ? WHERE tcin = ?", stamp(AT + seconds(60)), C)
    agenda = await books.do(lambda unit: unit.views.agenda(at=AT))
    assert ([one.tcin for one in agenda.products], agenda.asked_at, agenda.last_cycle_at) == ([A], {A: AT}, AT)
    later = await books.do(lambda unit: unit.views.agenda(at=AT + seconds(60)))
    assert [one.tcin for one in later.products] == [A, C]


# ---- commands


async def test_a_command_with_the_same_key_is_stored_once(books: Books) -> None:
    assert await books.do(lambda unit: unit.commands.put([command("tg:1:7"), command("tg:1:7", "stop")])) == 1
    assert await books.do(lambda unit: unit.commands.put([command("tg:1:7", "stop"), command("tg:1:8")])) == 1
    pending = await books.do(lambda unit: unit.commands.pending())
    assert [(one.key, one.what) for one in pending] == [("tg:1:7", "status"), ("tg:1:8", "status")]


async def test_pending_commands_come_in_the_order_of_their_arrival(books: Books) -> None:
    for keys in (["z", "a"], ["m"], ["b", "z"]):
        await books.do(lambda unit, keys=keys: unit.commands.put([command(key) for key in keys]))  # type: ignore[misc]  # a lambda's default
    assert [one.key for one in await books.do(lambda unit: unit.commands.pending())] == ["z", "a", "m", "b"]


async def test_a_finished_command_is_no_longer_pending_and_keeps_its_answer(books: Books) -> None:
    asked = command("tg:1:7", "stop")
    await books.do(lambda unit: unit.commands.put([asked]))
    result = NotDone(why="too old", about=(A,))
    await books.do(lambda unit: unit.commands.finish(asked, result, at=AT))
    (body,) = bodies(await books.events())
    assert body == {"key": "tg:1:7", "by": "1001", "what": "stop", "accepted": False, "why": "too old"}
    assert await books.do(lambda unit: unit.commands.pending()) == []
    stored = await books.do(lambda unit: unit.commands.get("tg:1:7"))
    assert stored is not None
    assert stored == replace(asked, state=CommandState.DONE, result=result)


@pytest.mark.guards("purchasing", "a command is finished once")
async def test_a_command_is_never_done_twice(books: Books) -> None:
    asked = command("tg:1:7")
    await books.do(lambda unit: unit.commands.put([asked]))
    await books.do(lambda unit: unit.commands.finish(asked, Done(), at=AT))
    before = dump(books)
    with pytest.raises(IllegalTransition, match="tg:1:7 was done already"):
        await books.do(lambda unit: unit.commands.finish(asked, Done(), at=AT))
    assert dump(books) == before


async def test_the_effect_of_a_command_that_was_done_is_undone_with_it(books: Books) -> None:
    asked = command("tg:1:7")
    await books.do(lambda unit: unit.commands.put([asked]))
    await books.do(lambda unit: unit.commands.finish(asked, Done(), at=AT))

    def again(unit: UnitOfWork) -> None:
        unit.products.take_up([product(A)], by="Ada", at=AT)
        unit.commands.finish(asked, Done(), at=AT)

    with pytest.raises(IllegalTransition):
        await books.do(again)
    assert await books.do(lambda unit: unit.products.watchlist()) == ()


@pytest.mark.guards("purchasing", "nothing starts from a reading of another channel")
async def test_what_was_read_of_another_channel_is_forgotten_and_starts_no_purchase(books: Books) -> None:
    await books.watch(A, B)
    title = reading(A, "IN_STOCK", price=PRICE, title="Trove", marketplace=False, image_url="https://x/y.png")
    await books.cycle(title, reading(B, "OUT_OF_STOCK"))
    await books.go(*TO_THE_BUTTON, Step.CONFIRMED)
    change = await books.watch(product(A, channel=Channel.PICKUP), product(B))
    assert change is not None
    assert (change.changed, change.unread) == ((A,), (A,))
    assert books.rows("SELECT stock, detail, price, seen_at FROM product WHERE tcin = ?", A) == [
        ("unknown", None, None, None)
    ]
    assert books.rows("SELECT title, image_url, marketplace FROM product WHERE tcin = ?", A) == [
        ("Trove", "https://x/y.png", 0)
    ]
    assert books.rows("SELECT stock FROM product WHERE tcin = ?", B) == [("out_of_stock",)]
    await books.cycle()
    await books.follow()
    assert await books.do(lambda unit: unit.attempts.slot()) is None


async def test_a_channel_that_was_changed_while_it_was_not_watched_is_read_afresh(books: Books) -> None:
    await books.watch(A)
    await books.cycle(reading(A, "IN_STOCK"))
    await books.watch(B)
    change = await books.watch(product(A, channel=Channel.ANY), product(B))
    assert change is not None
    assert change.unread == (A,)


# ---- products that are new


async def test_a_look_that_told_nothing_is_repeated_later_and_ever_more_seldom(books: Books) -> None:
    await books.watch(A, B)
    for wait in (LOOK_AGAIN, 2 * LOOK_AGAIN, 4 * LOOK_AGAIN):
        assert await stranger(books) == A
        await books.do(lambda unit: unit.details.learn(reading(A, "IN_STOCK"), at=books.at))
        assert await stranger(books) == B
        books.clock.go_on(wait)
    await books.do(lambda unit: unit.details.learn(reading(A, title="Trove"), at=books.at))
    assert await stranger(books) == B
    assert [learned.title for learned in await books.facts(ProductLearned)] == ["Trove"]


async def test_a_product_that_never_tells_anything_is_looked_at_once_a_day(books: Books) -> None:
    await books.watch(A)
    for _ in range(20):
        await books.do(lambda unit: unit.details.learn(reading(A), at=books.at))
        books.clock.go_on(LOOK_AGAIN_AT_LAST - seconds(1))
    assert await stranger(books) is None
    books.clock.go_on(seconds(1))
    assert await stranger(books) == A


async def stranger(books: Books) -> Tcin | None:
    return await books.do(lambda unit: unit.details.next_stranger(at=books.at))


@pytest.mark.guards("purchasing", "of a preorder that opened it is looked up when it comes out")
async def test_what_can_be_preordered_since_it_was_looked_at_is_looked_at_once_more(books: Books) -> None:
    await books.watch(A)
    looked = reading(A, title="Trove")
    await books.do(lambda unit: unit.details.learn(looked, at=books.at))
    books.clock.go_on(seconds(20))
    await books.cycle(reading(A, "PRE_ORDER_UNSELLABLE"))
    assert await stranger(books) is None
    books.clock.go_on(seconds(20))
    await books.cycle(reading(A, "PRE_ORDER_SELLABLE"))
    assert await stranger(books) == A
    books.clock.go_on(seconds(20))
    await books.do(lambda unit: unit.details.learn(looked, at=books.at))
    assert await stranger(books) is None  # nothing was told of it


async def test_when_a_product_comes_out_is_kept_though_most_answers_do_not_tell_it(books: Books) -> None:
    await books.watch(A)
    day = date(2030, 3, 1)
    await books.do(lambda unit: unit.details.learn(reading(A, title="Trove", street_date=day), at=books.at))
    books.clock.go_on(seconds(20))
    await books.cycle(reading(A, "PRE_ORDER_SELLABLE"))
    (line,) = (await books.do(lambda unit: unit.views.overview(at=books.at))).lines
    assert (line.stock.street_date, line.stock.detail) == (day, "PRE_ORDER_SELLABLE")
    assert await stranger(books) is None
    (learned,) = await books.facts(ProductLearned)
    assert learned.street_date == day


# ---- readers of the journal


async def test_a_reader_goes_on_from_its_place_and_misses_and_repeats_nothing(books: Books) -> None:
    for number in range(5):
        await books.do(lambda unit, number=number: unit.journal.append(Sighted(lasted_s=number), at=AT))  # type: ignore[misc]  # a lambda's default
    place, read = 0, []
    while some := await books.do(lambda unit, place=place: unit.journal.after(place, limit=2)):  # type: ignore[misc]  # a lambda's default
        read += [event.fact for event in some]
        place = some[-1].seq
    assert read == [Sighted(lasted_s=number) for number in range(5)]


# ---- the circuit

OPEN = Circuit(state=CircuitState.OPEN, open_until=AT + seconds(60), blind_since=AT, why="walled")


async def test_blind_and_sighted_are_told_once_each(books: Books) -> None:
    for circuit in (OPEN, replace(OPEN, open_until=AT + seconds(180)), Circuit(), Circuit()):
        await books.cycle(snapshot(circuit=circuit, at=books.at))
        books.clock.go_on(seconds(60))
    told = [event.fact for event in await books.events() if event.kind != "cycle_completed"]
    assert told == [Blind(why="walled", until=AT + seconds(60)), Sighted(lasted_s=120)]


async def test_the_circuit_outlives_a_restart(tmp_path: Path) -> None:
    longer = replace(OPEN, pause=timedelta(minutes=2), failures_in_a_row=3)
    async with opened(tmp_path / "stockbell.db") as books:
        await books.cycle(snapshot(circuit=longer))
    async with opened(tmp_path / "stockbell.db", FakeClock()) as books:
        assert (await books.do(lambda unit: unit.views.agenda(at=AT))).circuit == longer


# ---- answers


async def test_the_overview_and_the_restock_tell_what_is_stored(books: Books) -> None:
    await books.watch(A)
    await books.start(A)
    overview = await books.do(lambda unit: unit.views.overview(at=AT))
    assert overview.slot is not None
    assert (overview.slot.tcin, overview.mark.cycle_id, len(overview.lines)) == (A, 1, 1)
    (window,) = await books.do(lambda unit: unit.lines.open_windows())
    restock = await books.do(lambda unit: unit.views.restock(window))
    assert (restock.product.tcin, restock.opened_at, restock.watched) == (A, AT, True)
    assert (restock.stock.state, [one.step for one in restock.attempts]) == (StockState.IN_STOCK, [OPENED])


@pytest.mark.guards("purchasing", "however long is practised, a restock is read by its last attempts and by counts")
async def test_of_very_much_practice_the_last_attempts_are_read_and_the_others_counted(books: Books) -> None:
    await books.watch(A)
    await books.start(A)

    def practise(unit: UnitOfWork) -> None:
        first = dict(unit.connection.execute(sa.select(tables.attempt)).mappings().one())
        for number in range(3 * LAST_OF_WINDOW):
            mode, step = ("live", "abandoned") if number == 1 else ("simulate", ("confirmed", "refused")[number % 2])
            row = {**first, "id": number + 2, "mode": mode, "step": step}
            unit.connection.execute(sa.insert(tables.attempt).values(row))

    await books.do(practise)
    restock = await books.do(lambda unit: unit.views.restock(1))
    told = [one.id for one in restock.attempts]
    assert told == [3, *range(2 * LAST_OF_WINDOW + 2, 3 * LAST_OF_WINDOW + 2)]
    assert restock.earlier == EarlierPractice(confirmed=LAST_OF_WINDOW, refused=LAST_OF_WINDOW - 1)
    plans = await books.do(lambda unit: [_plan_of(unit, one) for one in OF_WINDOW])
    assert "attempt_in_window (window_id=? AND mode=?)" in plans[0]
    assert "attempt_by_window (window_id=?)" in plans[1]
    assert "COVERING INDEX attempt_in_window (window_id=? AND mode=?)" in plans[2]
    assert not any("TEMP B-TREE" in plan for plan in plans)


def _plan_of(unit: UnitOfWork, statement: sa.Select[Any]) -> str:
    compiled = statement.params(window=1, first=9).compile(unit.connection, compile_kwargs={"literal_binds": True})
    return " ".join(row.detail for row in unit.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}"))


async def test_a_restock_of_a_product_that_was_removed_says_so(books: Books) -> None:
    await books.watch(A)
    await books.cycle(reading(A, "IN_STOCK"))
    await books.watch(B)
    assert not (await books.do(lambda unit: unit.views.restock(1))).watched


def dump(books: Books) -> list[str]:
    """Everything that is on disk."""
    with sqlite3.connect(books.path) as beside:
        lines = list(beside.iterdump())
    beside.close()
    return lines


# ---- offers


async def test_who_presses_a_used_button_is_told_who_used_it_and_how_long_ago(books: Books) -> None:
    offer = Offer(token="t", label="Undo", what="undo", expires_at=AT + seconds(600))
    await books.do(lambda unit: unit.offers.put([offer]))

    async def press(key: str, *, later: float) -> object:
        at = AT + seconds(later)
        return await books.do(lambda unit: unit.offers.take("t", command(key, "press"), may=lambda _: True, at=at))

    assert await press("tg:1:1", later=1) == offer
    assert await press("tg:1:2", later=66) == OfferDeclined(why="Ada has used this button already, 1 m 5 s ago")


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


async def test_restocks_are_told_by_their_hours_of_what_is_watched(tmp_path: Path) -> None:
    async with opened(tmp_path / "stockbell.db") as books:
        await books.watch(A, B)
        first = books.at
        for minutes in (0, 1, 10, 11, 70, 71):
            books.clock.go_on(first + timedelta(minutes=minutes) - books.at)
            for _ in range(2):
                await books.cycle(reading(A, "OUT_OF_STOCK" if minutes % 10 else "IN_STOCK", at=books.at))
        assert await books.do(lambda unit: unit.views.restocks(since=first)) == {
            A: [first, first + timedelta(minutes=70)]
        }
        since = first + timedelta(minutes=1)
        assert await books.do(lambda unit: unit.views.restocks(since=since)) == {
            A: [first + timedelta(minutes=10), first + timedelta(minutes=70)]
        }
        await books.watch(B)
        assert await books.do(lambda unit: unit.views.restocks(since=first)) == {}
