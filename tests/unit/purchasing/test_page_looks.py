"""Which pages are worth keeping, and what becomes of a page that says something else than the checks."""

from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal

import pytest

from bot.text.events import Names, concerns, describe_event
from config.products import DRILL, BuyMode, Channel, Mode, Tcin
from monitor.model import Circuit, CircuitState, StockState
from purchasing.checkout.model import PageStock
from purchasing.checkout.watch.page_looks import FRESH, LAG, PageLooks
from purchasing.controls import CART_HOLDS, Pause
from purchasing.events import AttemptMoved, CartTaken, Disagreement
from purchasing.model import Receipt, Step
from purchasing.storage.controls import PAUSE
from purchasing.storage.unit_of_work import Storage
from tests.builders import AT, A, B, C, product, reading, seconds
from tests.unit.purchasing.books import Books

IN, OUT, UNKNOWN = StockState.IN_STOCK, StockState.OUT_OF_STOCK, StockState.UNKNOWN
SHIPPING, PICKUP, ANY = Channel.SHIPPING, Channel.PICKUP, Channel.ANY
OUT_BY_CHECKS = "its page says in stock, the checks say not in stock"
IN_BY_CHECKS = "its page says not in stock, the checks say in stock"


def looks_of(books: Books) -> PageLooks:
    storage = Storage(books.database, on_journal=lambda: None, now=books.clock.now)
    return PageLooks(storage=storage, now=books.clock.now)


def page(
    state: StockState = IN, channel: Channel | None = SHIPPING, tcin: Tcin = A, *, in_cart: int | None = None
) -> PageStock:
    return PageStock(tcin=tcin, state=state, channel=channel, signed_in=True, in_cart=in_cart)


async def told(books: Books) -> list[str]:
    return [fact.why for fact in await books.facts(Disagreement)]


# ---- which pages are wanted


async def test_the_pages_of_the_highest_products_are_wanted_where_a_browser_buys(books: Books) -> None:
    await books.watch(A, B, C)
    looks = looks_of(books)
    wanted = {}
    for mode in Mode:
        await books.set_mode(mode)
        wanted[mode] = await looks.wanted(2)
    assert wanted == {Mode.SIMULATE: (), Mode.REHEARSE: (A, B), Mode.LIVE: (A, B)}
    assert await looks.wanted(4) == (A, B, C)


async def test_no_page_is_wanted_while_watching_is_paused(books: Books) -> None:
    await books.watch(A)
    await books.set_mode(Mode.LIVE)
    await books.do(lambda unit: unit.controls.put(PAUSE, Pause(until=None), by="Ada", at=AT))
    assert await looks_of(books).wanted(4) == ()


async def test_no_page_is_wanted_while_nothing_may_be_asked_of_the_shop(books: Books) -> None:
    await books.watch(A)
    await books.set_mode(Mode.LIVE)
    blind = Circuit(state=CircuitState.OPEN, open_until=AT + seconds(60), blind_since=AT, why="403")
    await books.do(lambda unit: unit.controls.put_circuit(blind, by="monitor", at=AT))
    assert await looks_of(books).wanted(4) == ()


async def test_during_an_attempt_all_pages_are_left_as_they_are(books: Books) -> None:
    await books.watch(A, B)
    await books.set_mode(Mode.LIVE)
    await books.start(A)
    assert await looks_of(books).wanted(4) is None
    await books.go(Step.ABANDONED)
    assert await looks_of(books).wanted(4) == (A, B)


async def test_no_page_is_wanted_of_what_may_not_be_bought(books: Books) -> None:
    await books.watch(product(A, enabled=False), B, product(C, buy=BuyMode.ALERT), product(DRILL))
    await books.set_mode(Mode.LIVE)
    await books.do(lambda unit: unit.products.pause(B, AT + seconds(1)))
    assert await looks_of(books).wanted(4) == ()


async def test_no_page_is_wanted_of_what_was_bought_as_often_as_it_is_wanted(books: Books) -> None:
    await books.watch(A, B)
    await books.set_mode(Mode.LIVE)
    await books.start(A)
    receipt = Receipt(order_number="902000000007919", total=Decimal("49.99"))
    await books.go(Step.CARTED, Step.REVIEWED, Step.SUBMITTING)
    await books.go(Step.CONFIRMED, receipt=receipt)
    assert await looks_of(books).wanted(4) == (B,)
    await books.set_mode(Mode.REHEARSE)
    assert await looks_of(books).wanted(4) == (A, B)


# ---- what a page says


async def test_a_page_that_says_something_else_than_the_checks_is_told_once_and_buys_nothing(books: Books) -> None:
    await books.watch(A)
    await books.set_mode(Mode.LIVE)
    await books.cycle(reading(A, "OUT_OF_STOCK"))
    looks = looks_of(books)
    for _ in range(3):
        await looks.take(page(IN))
    assert await books.facts(Disagreement) == [Disagreement(tcin=A, attempt=None, why=OUT_BY_CHECKS)]
    assert (await books.facts(AttemptMoved), await books.states()) == ([], {A: "ready"})


async def test_what_a_page_says_is_among_the_reasons_of_its_product(books: Books) -> None:
    await books.watch(A, B)
    await books.cycle(reading(A, "OUT_OF_STOCK"))
    await looks_of(books).take(page(IN))
    [event] = [one for one in await books.events() if isinstance(one.fact, Disagreement)]
    assert (concerns(event, A), concerns(event, B)) == (True, False)
    said = describe_event(event, UTC, only=A, names=Names())
    assert said is not None
    assert said.endswith(OUT_BY_CHECKS)


async def test_a_difference_is_told_again_once_both_have_agreed(books: Books) -> None:
    await books.watch(A)
    looks = looks_of(books)
    for checked in ("OUT_OF_STOCK", "IN_STOCK", "OUT_OF_STOCK"):
        await books.cycle(reading(A, checked, at=books.at))
        await looks.take(page(IN))
        books.clock.go_on(seconds(20))
    assert await told(books) == [OUT_BY_CHECKS, OUT_BY_CHECKS]


async def test_a_look_that_tells_nothing_in_between_does_not_make_a_difference_a_new_one(books: Books) -> None:
    await books.watch(A)
    looks = looks_of(books)
    await books.cycle(reading(A, "OUT_OF_STOCK"))
    await looks.take(page(IN))
    await looks.take(page(UNKNOWN))
    books.clock.go_on(FRESH + seconds(1))
    await looks.take(page(IN))
    await books.cycle(reading(A, "OUT_OF_STOCK", at=books.at))
    await looks.take(page(IN))
    assert await told(books) == [OUT_BY_CHECKS]


@pytest.mark.parametrize(("age", "times"), [(FRESH, 1), (FRESH + timedelta(microseconds=1), 0)])
async def test_a_check_that_is_older_than_a_minute_says_nothing(books: Books, age: timedelta, times: int) -> None:
    await books.watch(A)
    await books.cycle(reading(A, "OUT_OF_STOCK"))
    books.clock.go_on(age)
    await looks_of(books).take(page(IN))
    assert len(await told(books)) == times


@pytest.mark.parametrize(
    ("wanted", "checked", "said", "why"),
    [
        (SHIPPING, "OUT_OF_STOCK", page(IN), OUT_BY_CHECKS),
        (SHIPPING, "IN_STOCK", page(OUT), IN_BY_CHECKS),
        (SHIPPING, "IN_STOCK", page(IN), None),
        (SHIPPING, "OUT_OF_STOCK", page(OUT), None),
        # What nobody knows for certain is no difference.
        (SHIPPING, "SOMETHING_NEW", page(IN), None),
        (SHIPPING, "OUT_OF_STOCK", page(UNKNOWN), None),
        # What the page says of one way tells nothing of another.
        (SHIPPING, "OUT_OF_STOCK", page(IN, PICKUP), None),
        (PICKUP, "OUT_OF_STOCK", page(IN, SHIPPING), None),
        # Either way will do: the other one may have it.
        (ANY, "OUT_OF_STOCK", page(IN, PICKUP), OUT_BY_CHECKS),
        (ANY, "IN_STOCK", page(OUT, PICKUP), None),
        # None is chosen where it is sold out every way.
        (SHIPPING, "IN_STOCK", page(OUT, None), IN_BY_CHECKS),
        (ANY, "IN_STOCK", page(OUT, None), IN_BY_CHECKS),
        # Of what is not watched, nothing is said.
        (SHIPPING, "OUT_OF_STOCK", page(IN, tcin=B), None),
    ],
)
async def test_only_what_both_say_for_certain_of_the_wanted_way_is_a_difference(
    books: Books, wanted: Channel, checked: str, said: PageStock, why: str | None
) -> None:
    await books.watch(product(A, channel=wanted))
    await books.cycle(reading(A, None if wanted is PICKUP else checked, None if wanted is SHIPPING else checked))
    await looks_of(books).take(said)
    assert await told(books) == ([] if why is None else [why])


async def test_a_product_that_was_never_checked_says_nothing(books: Books) -> None:
    await books.watch(A)
    await looks_of(books).take(page(IN))
    assert await told(books) == []


# ---- what lies in the cart


async def in_cart(books: Books) -> int:
    return await books.do(lambda unit: unit.controls.count_in_cart(at=books.clock.now()))


async def test_what_the_owner_has_in_the_cart_is_told_once_until_it_is_empty(books: Books) -> None:
    await books.watch(A)
    for count in (None, 0, 2, 3, None, 2):
        await looks_of(books).take(page(in_cart=count))  # a new one each time, as after a restart
    assert (await books.facts(CartTaken), await in_cart(books)) == ([CartTaken(count=2)], 2)
    for count in (0, 1):
        await looks_of(books).take(page(in_cart=count))
    assert await books.facts(CartTaken) == [CartTaken(count=2), CartTaken(count=1)]


async def test_what_was_seen_in_the_cart_long_ago_is_not_known_any_more(books: Books) -> None:
    await books.watch(A)
    await looks_of(books).take(page(in_cart=2))
    books.clock.go_on(CART_HOLDS + seconds(1))
    assert await in_cart(books) == 0


async def test_a_page_of_who_is_signed_out_tells_nothing_of_the_cart(books: Books) -> None:
    await books.watch(A)
    await looks_of(books).take(replace(page(in_cart=2), signed_in=False))
    assert (await books.facts(CartTaken), await in_cart(books)) == ([], 0)


async def test_what_may_be_ours_is_not_told_as_the_owners(books: Books) -> None:
    await books.watch(A, B)
    await books.set_mode(Mode.LIVE)
    await books.start(A)
    await looks_of(books).take(page(tcin=B, in_cart=1))
    await books.go(Step.ABANDONED, clean=False)
    books.clock.go_on(LAG)
    await looks_of(books).take(page(tcin=B, in_cart=1))
    assert await books.facts(CartTaken) == []


async def test_a_head_that_lags_behind_an_attempt_of_ours_tells_nothing_of_the_cart(books: Books) -> None:
    await books.watch(A, B)
    await books.set_mode(Mode.LIVE)
    await books.start(A)
    await books.go(Step.ABANDONED, clean=True)
    await looks_of(books).take(page(tcin=B, in_cart=1))
    assert await books.facts(CartTaken) == []
    books.clock.go_on(LAG)
    await looks_of(books).take(page(tcin=B, in_cart=1))
    assert await books.facts(CartTaken) == [CartTaken(count=1)]
