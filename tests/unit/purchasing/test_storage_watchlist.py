"""What is watched, as it was last taken up, and what is learned of a product that is new."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from config.products import BuyMode, Channel, Mode, Tcin
from monitor.model import Window
from purchasing.events import ProductLearned, stamp
from purchasing.model import PurchaseState, Step
from purchasing.storage.details import LOOK_AGAIN, LOOK_AGAIN_AT_LAST
from tests.builders import AT, PRICE, A, B, C, product, reading, seconds
from tests.unit.purchasing.books import TO_THE_BUTTON, Books, bodies, buy

# ---- the list


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


# ---- another channel


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


async def stranger(books: Books) -> Tcin | None:
    return await books.do(lambda unit: unit.details.next_stranger(at=books.at))


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
