"""What the shop says of a product, and what the service makes of it: one service, one product for each word."""

from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from config.products import BuyMode, Channel, Product, Tcin
from config.watchlist import render_watchlist
from sandbox.store import Item
from tests.household import Household, new_household

pytestmark = pytest.mark.asyncio(loop_scope="module")

IN, OUT, UNKNOWN = "in_stock", "out_of_stock", "unknown"

SHIPPING = {
    **dict.fromkeys(("IN_STOCK", "LIMITED_STOCK", "PRE_ORDER_SELLABLE"), IN),
    **dict.fromkeys(("OUT_OF_STOCK", "UNAVAILABLE", "PRE_ORDER_UNSELLABLE", "DISCONTINUED"), OUT),
    **dict.fromkeys(
        (
            *("LIMITED_STOCK_SEE_STORE", "PRELAUNCH_SELLABLE", "READY_FOR_LAUNCH", "BACKORDER_AVAILABLE"),
            *("TEMPORARILY_OUT_OF_STOCK", "NOT_SOLD_ONLINE", "WORD_OF_TOMORROW", "in_stock", "<b>IN_STOCK</b>", ""),
        ),
        UNKNOWN,
    ),
}
PICKUP = {"IN_STOCK": IN, "UNAVAILABLE": OUT, "OUT_OF_STOCK": OUT, "LIMITED_STOCK": UNKNOWN, "ON_THE_MOON": UNKNOWN}
#: Shipping and pickup, and what follows for each channel.
BOTH: dict[tuple[str | None, str | None], dict[str, str]] = {
    ("OUT_OF_STOCK", "IN_STOCK"): {"shipping": OUT, "pickup": IN, "any": IN},
    ("IN_STOCK", "UNAVAILABLE"): {"shipping": IN, "pickup": OUT, "any": IN},
    ("OUT_OF_STOCK", "UNAVAILABLE"): {"shipping": OUT, "pickup": OUT, "any": OUT},
    ("NEW_WORD", "UNAVAILABLE"): {"shipping": UNKNOWN, "pickup": OUT, "any": UNKNOWN},
    ("OUT_OF_STOCK", None): {"shipping": OUT, "pickup": UNKNOWN, "any": UNKNOWN},
    ("NEW_WORD", "IN_STOCK"): {"shipping": UNKNOWN, "pickup": IN, "any": IN},
}
PRICES = {"19.99": "19.99", "10.00-20.00": None, "See price in cart": None, "1299": "1299.00", None: None}


def _shipping(word: str) -> str:
    return f"{11000000 + list(SHIPPING).index(word)}"


def _pickup(word: str) -> str:
    return f"{12000000 + list(PICKUP).index(word)}"


def _both(words: tuple[str | None, str | None], channel: str) -> str:
    return f"{13000000 + 10 * list(BOTH).index(words) + ('shipping', 'pickup', 'any').index(channel)}"


def _priced(text: str | None) -> str:
    return f"{14000000 + list(PRICES).index(text)}"


ENTITIES = Item(tcin="15000001", title="A &amp; B &lt;i&gt; &#39;x&#39; caf&eacute;")
PARENT = Item(tcin="15000002", title="All sizes", relationship_type="VAP", children=("15000003",))
CHILD = Item(tcin="15000003", title="Size L", relationship_type="VC", shipping="IN_STOCK")
ABSENT = "15000004"
BARE = Item(tcin="15000005", title="Bare", shipping="IN_STOCK")
DEAR = Item(tcin="15000006", title="Dear", price="99.99")
UNPRICED = Item(tcin="15000007", title="No price told", price_in_summary=False)
CHEAP = Item(tcin="15000008", title="Cheap", price="50.00")
STRANGE = Item(tcin="15000009", title="From somebody else", marketplace=True, seller="Somebody")
TURNING = Item(tcin="15000010", title="Its word turns new", shipping="IN_STOCK")
CAPPED = (DEAR, UNPRICED, CHEAP)


def _items() -> list[Item]:
    return [
        *(Item(tcin=_shipping(word), shipping=word) for word in SHIPPING),
        *(Item(tcin=_pickup(word), pickup=word) for word in PICKUP),
        *(Item(tcin=_both(words, one), shipping=words[0], pickup=words[1]) for words in BOTH for one in BOTH[words]),
        *(Item(tcin=_priced(text), price=text) for text in PRICES),
        *(ENTITIES, PARENT, CHILD, BARE, *CAPPED, STRANGE, TURNING),
    ]


def _watched() -> list[Product]:
    channels = {
        **{_pickup(word): Channel.PICKUP for word in PICKUP},
        **{_both(words, one): Channel(one) for words in BOTH for one in BOTH[words]},
    }
    caps = {item.tcin: Decimal(50) for item in CAPPED}
    return [
        Product(
            tcin=Tcin(tcin),
            buy=BuyMode.ALERT,
            channel=channels.get(tcin, Channel.SHIPPING),
            max_price=caps.get(tcin),
        )
        for tcin in (*(item.tcin for item in _items()), ABSENT)
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Household]:
    folder = tmp_path_factory.mktemp("words")
    async with new_household(
        folder,
        items=_items(),
        watchlist=render_watchlist(_watched()),
        bare_tcins=(BARE.tcin,),
        STOCKBELL_MONITOR__EVERY_MIN_S="0.2",
        STOCKBELL_MONITOR__EVERY_MAX_S="0.3",
    ) as home:
        yield home


async def _product(home: Household, tcin: str) -> dict[str, Any]:
    return (await home.products())[tcin]


@pytest.mark.parametrize(("word", "state"), SHIPPING.items())
async def test_a_word_for_shipping_is_known_or_unknown_and_never_guessed(
    home: Household, word: str, state: str
) -> None:
    product = await _product(home, _shipping(word))
    assert (product["stock"], product["detail"]) == (state, None if state == UNKNOWN else word)
    assert (product["seen_at"] is None) == (state == UNKNOWN)


@pytest.mark.parametrize(("word", "state"), PICKUP.items())
async def test_a_word_for_pickup_is_known_or_unknown_and_never_guessed(home: Household, word: str, state: str) -> None:
    assert (await _product(home, _pickup(word)))["stock"] == state


@pytest.mark.parametrize("words", BOTH)
async def test_shipping_and_pickup_are_two_signals_and_the_product_says_which_counts(
    home: Household, words: tuple[str | None, str | None]
) -> None:
    products = await home.products()
    assert {one: products[_both(words, one)]["stock"] for one in BOTH[words]} == BOTH[words]


@pytest.mark.parametrize(("text", "price"), PRICES.items())
async def test_a_price_is_one_amount_or_not_known(home: Household, text: str | None, price: str | None) -> None:
    assert (await _product(home, _priced(text)))["price"] == price


async def test_a_title_is_shown_without_entities_everywhere(home: Household) -> None:
    title = "A & B <i> 'x' café"
    assert (await _product(home, ENTITIES.tcin))["title"] == title
    assert title in (await home.ask(f"/show {ENTITIES.tcin}", ENTITIES.tcin)).text


async def test_a_parent_of_variations_has_no_stock_of_its_own_and_its_child_has(home: Household) -> None:
    products = await home.products()
    assert (products[PARENT.tcin]["stock"], products[CHILD.tcin]["stock"]) == (UNKNOWN, IN)


async def test_a_product_that_is_absent_from_the_answer_is_unknown(home: Household) -> None:
    product = await _product(home, ABSENT)
    assert (product["stock"], product["seen_at"]) == (UNKNOWN, None)
    assert "Target doesn't list this number. Is it right?" in (await home.ask(f"/why {ABSENT}", "•")).text


async def test_a_product_without_its_fulfillment_in_a_partial_answer_is_unknown_and_the_others_are_not(
    home: Household,
) -> None:
    assert (await _product(home, BARE.tcin))["stock"] == UNKNOWN
    assert 206 in {call.status for call in home.world.store.calls}


async def test_what_turns_unknown_keeps_its_last_certain_reading_and_the_time_of_it(home: Household) -> None:
    before = await home.world.until_status(lambda status: _of(status, TURNING.tcin)["seen_at"])
    home.world.store.set(TURNING.tcin, shipping="RIDDLE")
    seen = {one["tcin"]: one["seen_at"] for one in before["products"]}
    after = await home.world.until_status(lambda status: status["cycle_id"] >= before["cycle_id"] + 4)
    product = _of(after, TURNING.tcin)
    assert (product["stock"], product["detail"]) == (IN, "IN_STOCK")
    later = await home.world.until_status(lambda status: status["cycle_id"] >= after["cycle_id"] + 2)
    assert _of(later, TURNING.tcin)["seen_at"] == product["seen_at"] >= seen[TURNING.tcin]
    assert home.world.log.read_text().count('"word": "shipping_options RIDDLE"') == 1


def _of(status: dict[str, Any], tcin: str) -> dict[str, Any]:
    return next(one for one in status["products"] if one["tcin"] == tcin)


async def test_a_known_price_above_the_cap_opens_no_window_and_an_unknown_one_does(home: Household) -> None:
    for item in CAPPED:
        home.world.store.set(item.tcin, shipping="IN_STOCK")
    await home.world.until_status(lambda status: all(_of(status, item.tcin)["stock"] == IN for item in CAPPED))
    opened = [(DEAR.tcin, 0), (UNPRICED.tcin, 1), (CHEAP.tcin, 1)]
    assert [(item.tcin, _windows(home, item.tcin)) for item in CAPPED] == opened
    told = (await home.ask(f"/why {DEAR.tcin}", "•")).text
    assert "$99.99" in told
    assert "above your" in told


def _windows(home: Household, tcin: str) -> int:
    return int(home.world.rows("SELECT count(*) FROM restock_window WHERE tcin = ?", tcin)[0][0])


async def test_what_a_marketplace_seller_sells_opens_no_window(home: Household) -> None:
    await home.world.until_rows([(1,)], "SELECT marketplace FROM product WHERE tcin = ?", STRANGE.tcin, seconds=60)
    home.world.store.set(STRANGE.tcin, shipping="IN_STOCK")
    await home.world.until_status(lambda status: _of(status, STRANGE.tcin)["stock"] == IN)
    assert _windows(home, STRANGE.tcin) == 0
    assert "sold by another seller" in (await home.ask(f"/why {STRANGE.tcin}", "•")).text


async def test_what_is_in_stock_at_the_first_check_is_alerted_too(home: Household) -> None:
    assert _windows(home, _shipping("IN_STOCK")) == 1


async def test_the_calls_are_balanced_and_none_asks_for_more_than_28(home: Household) -> None:
    bulk = [call for call in home.world.store.calls if "product_summary" in call.path]
    assert max(len(call.tcins) for call in bulk) <= 28
    assert {call.user_agent for call in bulk} == {bulk[0].user_agent}
