"""Why a product is not read, or where else it is in stock: kept with it, shown, and told once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.health import why_unread
from config.products import Channel, Tcin
from monitor.model import Reading, Snapshot
from purchasing.controls import REST_EVERY, Remark
from purchasing.events import ProductsDelisted, ProductsListed, ProductsUnread
from purchasing.model import Line
from purchasing.rules.remarks import UNREAD_FOR
from tests.builders import PRICE, A, B, in_stock, line, out_of_stock, product, reading, seconds, snapshot, tcins
from tests.unit.purchasing.books import Books

UNKNOWN_NUMBER = "Target knows no product of this number"


async def watched(books: Books) -> tuple[Line, ...]:
    return (await books.do(lambda unit: unit.views.overview(at=books.at))).lines


async def why(books: Books) -> dict[Tcin, str | None]:
    return {one.tcin: one.why_no_alert for one in await watched(books)}


@pytest.mark.parametrize(
    ("wanted", "read", "words"),
    [
        (Channel.SHIPPING, reading(A, trouble=UNKNOWN_NUMBER), UNKNOWN_NUMBER),
        (Channel.SHIPPING, reading(A, "SOON", trouble="a new word"), "a new word"),
        (Channel.PICKUP, reading(A, "OUT_OF_STOCK", "SOON"), "Target uses a new word for its stock: SOON"),
        (Channel.PICKUP, reading(A, "OUT_OF_STOCK"), "Target's answer says nothing of pickup"),
        (
            Channel.SHIPPING,
            reading(A, None, "IN_STOCK"),
            "Target's answer says nothing of shipping; it is in stock for pickup, not for shipping",
        ),
        (
            Channel.ANY,
            reading(A, "OUT_OF_STOCK"),
            "Target's answer says nothing of pickup, and it is sold out for shipping",
        ),
        (Channel.SHIPPING, reading(A, "OUT_OF_STOCK", "IN_STOCK"), "in stock for pickup, not for shipping"),
        (Channel.PICKUP, reading(A, "IN_STOCK", "UNAVAILABLE"), "in stock for shipping, not for pickup"),
        (Channel.ANY, reading(A, "OUT_OF_STOCK", "IN_STOCK"), None),
        (Channel.SHIPPING, reading(A, "OUT_OF_STOCK", "OUT_OF_STOCK"), None),
        (Channel.SHIPPING, reading(A, "IN_STOCK", "OUT_OF_STOCK"), None),
    ],
)
async def test_why_a_product_is_not_read_or_where_else_it_is_in_stock_is_kept_with_it(
    books: Books, wanted: Channel, read: Reading, words: str | None
) -> None:
    await books.watch(product(A, channel=wanted))
    await books.cycle(read)
    assert await why(books) == {A: words}


async def test_what_is_in_stock_and_may_not_be_alerted_says_why() -> None:
    assert line(A, stock=in_stock()).why_no_alert is None
    assert line(A, stock=in_stock(marketplace=True)).why_no_alert == "sold by a marketplace seller"
    assert line(A, stock=in_stock(price=PRICE + 1)).why_no_alert == "price 50.99 is above the cap 49.99"
    assert line(A, stock=out_of_stock(marketplace=True)).why_no_alert is None


async def test_a_certain_reading_ends_it_and_the_last_reason_counts(books: Books) -> None:
    await books.watch(A, B)
    await books.cycle(reading(A, trouble="missing"), reading(B, "OUT_OF_STOCK"))
    await books.cycle(reading(A, trouble=UNKNOWN_NUMBER), reading(B, "OUT_OF_STOCK"))
    assert await why(books) == {A: UNKNOWN_NUMBER, B: None}
    await books.cycle(reading(A, "OUT_OF_STOCK"), reading(B, "OUT_OF_STOCK"))
    assert await why(books) == {A: None, B: None}


def spoilt(*readings: Reading, by_call: bool) -> Snapshot:
    """A cycle of which nothing certain came."""
    failed = snapshot(*readings, failed="walled")
    return replace(failed, unanswered=frozenset(one.tcin for one in readings) if by_call else frozenset())


async def test_a_call_that_failed_says_nothing_of_the_products_where_nothing_else_came(books: Books) -> None:
    await books.watch(A)
    await books.cycle(spoilt(reading(A, trouble="walled"), by_call=True))
    assert await why(books) == {A: None}
    await books.cycle(spoilt(reading(A, trouble=UNKNOWN_NUMBER), by_call=False))
    assert await why(books) == {A: UNKNOWN_NUMBER}
    await books.cycle(spoilt(reading(A, trouble="walled"), by_call=True))
    assert await why(books) == {A: UNKNOWN_NUMBER}


async def test_it_is_told_once_a_spell_when_one_more_answer_would_have_helped(books: Books) -> None:
    await books.watch(product(A, name="Trove"), B)

    async def cycle(first: Reading) -> int:
        books.clock.go_on(seconds(20))
        await books.cycle(first, reading(B, "OUT_OF_STOCK"))
        return len(await books.facts(ProductsUnread))

    told = [await cycle(reading(A, trouble=UNKNOWN_NUMBER)) for _ in range(UNREAD_FOR + 4)]
    assert told == [0] * UNREAD_FOR + [1] * 4
    (fact,) = await books.facts(ProductsUnread)
    assert [(one.tcin, one.title, one.why) for one in fact.products] == [(A, "Trove", UNKNOWN_NUMBER)]
    assert await cycle(reading(A, "OUT_OF_STOCK")) == 1
    again = [await cycle(reading(A, "SOON")) for _ in range(UNREAD_FOR + 1)]
    assert again[-2:] == [1, 2]


async def test_of_one_that_is_seldom_asked_for_a_single_slip_is_not_told(books: Books) -> None:
    await books.watch(A, B)
    await books.cycle(reading(A, trouble="missing"), reading(B, "OUT_OF_STOCK"))
    for _ in range(UNREAD_FOR + 2):
        await books.cycle(reading(B, "OUT_OF_STOCK"))
    assert await books.facts(ProductsUnread) == []
    await books.cycle(reading(A, trouble="missing"), reading(B, "OUT_OF_STOCK"))
    assert len(await books.facts(ProductsUnread)) == 1


async def test_where_else_it_is_in_stock_is_not_told_in_a_message(books: Books) -> None:
    await books.watch(A)
    for _ in range(UNREAD_FOR + 2):
        await books.cycle(reading(A, "OUT_OF_STOCK", "IN_STOCK"))
    assert await books.facts(ProductsUnread) == []


async def test_a_cycle_in_which_it_stays_so_writes_nothing_of_it(books: Books) -> None:
    await books.watch(A)
    for _ in range(UNREAD_FOR + 1):
        await books.cycle(reading(A, trouble=UNKNOWN_NUMBER))
    written = "WHEN new.what = 'remarks' BEGIN SELECT raise(ABORT, 'written'); END"
    for act in ("INSERT", "UPDATE"):
        books.damage(f"CREATE TRIGGER no_{act} BEFORE {act} ON control {written}")
    await books.cycle(reading(A, trouble=UNKNOWN_NUMBER))


async def test_what_is_no_longer_watched_is_no_longer_remarked_upon(books: Books) -> None:
    await books.watch(A, B)
    await books.cycle(reading(A, trouble=UNKNOWN_NUMBER), reading(B, "OUT_OF_STOCK"))
    await books.watch(B)
    await books.cycle(reading(B, "OUT_OF_STOCK"))
    await books.watch(A, B)
    assert await why(books) == {A: None, B: None}


def test_health_names_the_first_few_that_were_told_and_counts_them_all() -> None:
    remark = Remark(why=UNKNOWN_NUMBER, unread=True, cycle=1, is_told=True)
    unread = [line(tcin, stock=out_of_stock(title=f"Trove {n}"), remark=remark) for n, tcin in enumerate(tcins(5))]
    assert why_unread([]) is None
    fresh = line(A, remark=Remark(why="missing", unread=True, cycle=1))
    assert why_unread([fresh, line(B)]) is None
    assert (
        why_unread([fresh, *unread[:1]]) == f"checks tell nothing certain of 1 watched: Trove 0 {A}: {UNKNOWN_NUMBER}"
    )
    told = why_unread(unread)
    assert told is not None
    assert told.startswith("checks tell nothing certain of 5 watched: Trove 0")
    assert told.endswith("; and 2 more")


# ---- what the shop does not know any more


async def unlisted_for(books: Books, days: float, *others: Reading) -> None:
    for _ in range(2):
        await books.cycle(reading(A, trouble=UNKNOWN_NUMBER, unlisted=True), *others)
        books.clock.go_on(seconds(days * 86400 / 2))
    await books.cycle(reading(A, trouble=UNKNOWN_NUMBER, unlisted=True), *others)


async def paces(books: Books) -> dict[Tcin, timedelta | None]:
    planned = await books.do(lambda unit: unit.views.agenda(at=books.at))
    assert planned.resting == {one.tcin for one in planned.products if one.every is not None}
    return {one.tcin: one.every for one in planned.products}


@pytest.mark.guards("purchasing", "what the shop has not known for long is told once, put to rest and never dropped")
async def test_what_the_shop_has_not_known_for_a_day_is_told_once_and_asked_for_seldom(books: Books) -> None:
    await books.watch(product(A, name="Trove"), B)
    await unlisted_for(books, 0.99, reading(B, "OUT_OF_STOCK"))
    assert await books.facts(ProductsDelisted) == []
    assert await paces(books) == {A: None, B: None}
    for _ in range(2):
        await unlisted_for(books, 0.01, reading(B, "OUT_OF_STOCK"))
    (fact,) = await books.facts(ProductsDelisted)
    assert [(one.tcin, one.title) for one in fact.products] == [(A, "Trove")]
    assert await paces(books) == {A: REST_EVERY, B: None}
    assert (await why(books))[A] == (
        f"{UNKNOWN_NUMBER}, and that for long, so that it is asked for every 10 minutes until Target knows it"
    )


@pytest.mark.guards("purchasing", "what the shop knows again is asked for as before, and that is told")
@pytest.mark.parametrize("known", [reading(A, "OUT_OF_STOCK"), reading(A, "SOON"), reading(A, trouble="no stock told")])
async def test_what_the_shop_knows_again_comes_back_by_itself(books: Books, known: Reading) -> None:
    await books.watch(A)
    await unlisted_for(books, 1)
    await books.cycle(known)
    assert await paces(books) == {A: None}
    assert len(await books.facts(ProductsListed)) == 1
    await unlisted_for(books, 1)
    assert len(await books.facts(ProductsDelisted)) == 2


async def test_a_call_that_fails_ends_no_rest_and_begins_none(books: Books) -> None:
    await books.watch(A, B)
    await unlisted_for(books, 0.5, reading(B, "OUT_OF_STOCK"))
    failed = snapshot(reading(A, trouble="it was passing"), reading(B, "OUT_OF_STOCK"), at=books.at)
    await books.cycle(replace(failed, unanswered=frozenset({A})))
    await unlisted_for(books, 0.5, reading(B, "OUT_OF_STOCK"))
    assert len(await books.facts(ProductsDelisted)) == 1
    await books.cycle(replace(failed, unanswered=frozenset({A})))
    assert (await paces(books))[A] == REST_EVERY
    assert await books.facts(ProductsListed) == []


async def test_a_new_word_of_a_product_that_is_known_begins_the_day_anew(books: Books) -> None:
    await books.watch(A)
    await unlisted_for(books, 0.6)
    await books.cycle(reading(A, "SOON"))
    await unlisted_for(books, 0.6)
    assert await books.facts(ProductsDelisted) == []


async def test_a_slower_pace_of_its_own_stays_at_rest(books: Books) -> None:
    await books.watch(product(A, every=seconds(3600)))
    await unlisted_for(books, 1)
    assert await paces(books) == {A: seconds(3600)}
