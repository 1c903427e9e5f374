from decimal import Decimal
from typing import Any

import pytest

from config.products import Channel
from monitor.availability import Verdict, advance_window, judge, learn, wanted_signal
from monitor.model import Stock, StockState, Window
from tests.builders import AT, PRICE, in_stock, out_of_stock, product, reading, seconds

IN, OUT, NEW_WORD = "IN_STOCK", "OUT_OF_STOCK", "UNHEARD_OF"

BUYABLE, NOT_BUYABLE, UNKNOWN = Verdict(buyable=True), Verdict(buyable=False), Verdict(buyable=None)


# ---- channels and words


@pytest.mark.parametrize(
    ("channel", "shipping", "pickup", "state"),
    [
        (Channel.SHIPPING, IN, OUT, StockState.IN_STOCK),
        (Channel.SHIPPING, OUT, IN, StockState.OUT_OF_STOCK),
        (Channel.SHIPPING, None, IN, StockState.UNKNOWN),
        (Channel.PICKUP, IN, OUT, StockState.OUT_OF_STOCK),
        (Channel.PICKUP, OUT, IN, StockState.IN_STOCK),
        (Channel.PICKUP, IN, NEW_WORD, StockState.UNKNOWN),
        (Channel.ANY, OUT, IN, StockState.IN_STOCK),
        (Channel.ANY, IN, None, StockState.IN_STOCK),
        (Channel.ANY, OUT, OUT, StockState.OUT_OF_STOCK),
        (Channel.ANY, OUT, NEW_WORD, StockState.UNKNOWN),
        (Channel.ANY, None, OUT, StockState.UNKNOWN),
    ],
)
def test_the_wanted_channel_alone_tells_the_stock(
    channel: Channel, shipping: str | None, pickup: str | None, state: StockState
) -> None:
    assert wanted_signal(reading(shipping=shipping, pickup=pickup), channel).state is state


def test_a_certain_reading_becomes_what_is_known_with_its_own_word() -> None:
    known = learn(Stock(), reading(shipping="LIMITED_STOCK", price=PRICE), Channel.SHIPPING)
    assert (known.state, known.detail, known.price) == (StockState.IN_STOCK, "LIMITED_STOCK", PRICE)


def test_a_reading_that_says_what_is_known_leaves_that_as_it_is() -> None:
    known = in_stock(title="Trove", image_url="https://x/1.jpg", marketplace=False)
    again = reading(shipping=IN, price=PRICE, at=AT + seconds(20))
    assert learn(known, again, Channel.SHIPPING) is known


@pytest.mark.parametrize(
    "news",
    [
        {"shipping": OUT},
        {"shipping": "LIMITED_STOCK"},
        {"price": None},
        {"price": PRICE + 1},
        {"title": "Trove II"},
        {"image_url": "https://x/2.jpg"},
        {"marketplace": True},
    ],
)
def test_every_fact_that_a_reading_tells_anew_is_learned(news: dict[str, Any]) -> None:
    known = in_stock(title="Trove", image_url="https://x/1.jpg", marketplace=False)
    again = reading(**{"shipping": IN, "price": PRICE, **news})
    assert learn(known, again, Channel.SHIPPING) != known


@pytest.mark.parametrize("word", [None, NEW_WORD])
def test_an_unknown_reading_changes_nothing_of_what_is_known(word: str | None) -> None:
    known = in_stock()
    unknown = reading(shipping=word, pickup=OUT, price=Decimal(1), title="Another", at=AT + seconds(20))
    assert learn(known, unknown, Channel.SHIPPING) is known


def test_a_title_once_learned_stays_where_an_answer_has_none() -> None:
    known = in_stock(title="Illumineer's Trove", image_url="https://target.example/1.jpg", marketplace=True)
    learned = learn(known, reading(shipping=OUT), Channel.SHIPPING)
    assert (learned.title, learned.image_url, learned.marketplace) == (known.title, known.image_url, known.marketplace)


def test_a_price_that_is_no_longer_told_is_no_longer_known() -> None:
    assert learn(in_stock(price=PRICE), reading(shipping=IN), Channel.SHIPPING).price is None


# ---- buyable or why not


def test_what_is_in_stock_is_buyable_when_nothing_known_forbids_it() -> None:
    assert judge(product(max_price=PRICE), in_stock(price=PRICE)) == BUYABLE


def test_an_unknown_price_and_an_unknown_seller_forbid_nothing() -> None:
    assert judge(product(max_price=PRICE), in_stock(price=None, marketplace=None)) == BUYABLE


def test_without_a_cap_no_price_is_too_high() -> None:
    assert judge(product(max_price=None), in_stock(price=Decimal(9999))) == BUYABLE


def test_a_known_price_above_the_cap_is_not_buyable_and_says_both() -> None:
    verdict = judge(product(max_price=Decimal("49.99")), in_stock(price=Decimal("50.00")))
    assert verdict == Verdict(buyable=False, why="price 50.00 is above the cap 49.99")


@pytest.mark.guards("monitor", "a marketplace seller is not bought from")
def test_a_marketplace_seller_is_not_buyable_from() -> None:
    verdict = judge(product(), in_stock(marketplace=True))
    assert verdict == Verdict(buyable=False, why="sold by a marketplace seller")


def test_out_of_stock_is_said_in_the_words_of_the_shop() -> None:
    assert judge(product(), out_of_stock(detail="DISCONTINUED")).why == "out of stock (DISCONTINUED)"
    assert judge(product(), out_of_stock(detail=None)) == Verdict(buyable=False, why="out of stock")


def test_nothing_is_judged_without_a_certain_reading() -> None:
    assert judge(product(), Stock()) == Verdict(buyable=None, why="no certain reading yet")


# ---- restock windows


def window_after(*verdicts: Verdict) -> Window | None:
    """Where the window stands after these, one second apart from the first at AT."""
    window = None
    for number, verdict in enumerate(verdicts):
        window = advance_window(window, verdict, at=AT + seconds(number))
    return window


def test_the_first_buyable_reading_opens_a_window() -> None:
    assert window_after(NOT_BUYABLE, BUYABLE, BUYABLE) == Window(opened_at=AT + seconds(1))


def test_what_is_not_buyable_or_unknown_opens_none() -> None:
    assert window_after(NOT_BUYABLE, UNKNOWN, NOT_BUYABLE) is None


@pytest.mark.guards("monitor", "one miss keeps a restock window open")
def test_one_miss_keeps_the_window_open() -> None:
    assert window_after(BUYABLE, NOT_BUYABLE) == Window(opened_at=AT, misses=1)


def test_two_misses_in_a_row_close_it() -> None:
    assert window_after(BUYABLE, NOT_BUYABLE, NOT_BUYABLE) is None


def test_a_buyable_reading_between_two_misses_keeps_it_open() -> None:
    assert window_after(BUYABLE, NOT_BUYABLE, BUYABLE, NOT_BUYABLE) == Window(opened_at=AT, misses=1)


def test_an_unknown_reading_does_not_count_as_a_miss() -> None:
    assert window_after(BUYABLE, NOT_BUYABLE, UNKNOWN) == Window(opened_at=AT, misses=1)


def test_an_unknown_reading_does_not_part_two_misses() -> None:
    assert window_after(BUYABLE, NOT_BUYABLE, UNKNOWN, NOT_BUYABLE) is None


def test_a_window_that_opens_again_is_a_new_one() -> None:
    assert window_after(BUYABLE, NOT_BUYABLE, NOT_BUYABLE, BUYABLE) == Window(opened_at=AT + seconds(3))
