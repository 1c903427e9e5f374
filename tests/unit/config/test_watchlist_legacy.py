import json
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.products import BuyMode, Product, Tcin
from config.watchlist import WatchlistError, import_older, render_watchlist

FIRST = """{
  "products": [
    {"tcin": "94734932", "name": "Trove", "max_price": 49.99, "enabled": true},
    {"tcin": 12345678, "name": null, "max_price": null, "enabled": false}
  ],
  "settings": {"check_interval": 30}
}"""
SECOND = """{
  "products": {
    "111111": {"name": "Last", "max_price": 20, "priority": "low", "check_frequency": 60, "enabled": true,
               "auto_purchase": false},
    "222222": {"name": "Middle", "priority": "medium", "enabled": true, "auto_purchase": true},
    "333333": {"name": "First", "max_price": 49.99, "priority": "high", "check_frequency": 7.5, "auto_purchase": true}
  },
  "ultra_fast": {"enabled": true, "interval": 0.2},
  "safety": {"test_mode": true, "max_daily_purchases": 5, "purchase_cooldown": 600}
}"""

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
older_products = st.dictionaries(
    st.sampled_from(["tcin", "name", "max_price", "priority", "check_frequency", "enabled", "auto_purchase", "colour"]),
    anything | st.sampled_from(["94734932", "high", 5, True]),
)


def second(**product: object) -> str:
    return json.dumps({"products": {"111111": product}})


def test_the_list_form_becomes_products_in_its_order_and_its_pace_a_note() -> None:
    imported = import_older(FIRST)
    assert imported.products == (
        Product(tcin=Tcin("94734932"), name="Trove", max_price=Decimal("49.99")),
        Product(tcin=Tcin("12345678"), enabled=False),
    )
    assert imported.notes == (
        "settings.check_interval was 30: set STOCKBELL_MONITOR__EVERY_MIN_S and STOCKBELL_MONITOR__EVERY_MAX_S",
    )


def test_the_form_by_tcin_becomes_products_in_the_order_of_their_priority() -> None:
    assert import_older(SECOND).products == (
        Product(
            tcin=Tcin("333333"),
            name="First",
            max_price=Decimal("49.99"),
            buy=BuyMode.AUTO,
            every=timedelta(seconds=7.5),
        ),
        Product(tcin=Tcin("222222"), name="Middle"),
        Product(tcin=Tcin("111111"), name="Last", max_price=Decimal(20), every=timedelta(seconds=60)),
    )


def test_settings_without_a_place_in_the_list_become_notes_that_name_the_variable() -> None:
    pace = "STOCKBELL_MONITOR__EVERY_MIN_S and STOCKBELL_MONITOR__EVERY_MAX_S set the pace for all"
    assert import_older(SECOND).notes == (
        "222222: asks before it buys, for buying by itself needs a max_price",
        f"ultra_fast.enabled has no place any more: {pace}",
        f"ultra_fast.interval has no place any more: {pace}",
        "safety.test_mode was true: set STOCKBELL_PURCHASING__MODE, and for real orders /mode live in the chat",
        "safety.max_daily_purchases was 5: set STOCKBELL_PURCHASING__MAX_PER_DAY",
        "safety.purchase_cooldown was 600: set STOCKBELL_PURCHASING__COOLDOWN_S",
    )


def test_what_was_imported_can_be_written_as_a_list() -> None:
    assert render_watchlist(import_older(SECOND).products).count("\n[[product]]") == 3


def test_products_of_one_priority_keep_their_order() -> None:
    text = json.dumps({"products": {tcin: {"priority": "high"} for tcin in ("333333", "111111", "222222")}})
    assert [one.tcin for one in import_older(text).products] == ["333333", "111111", "222222"]


@pytest.mark.parametrize(
    ("wrong", "note"),
    [
        ({"tcin": "12"}, "12: left out: tcin must be a number of 6 to 10 digits, or a product link"),
        ({"name": "x"}, "product 1: left out: a product without its tcin"),
        ({"tcin": "111111", "enabled": "yes"}, "111111: left out: enabled must be true or false, without quotes"),
        ({"tcin": "222222"}, "222222: 222222 is listed twice; the first one holds"),
        ("hello", "product 1: left out: not a product"),
    ],
)
def test_a_wrong_product_becomes_a_note_and_stops_no_other(wrong: object, note: str) -> None:
    first, last = ({"tcin": "222222"}, wrong) if note.startswith("222222") else (wrong, {"tcin": "222222"})
    imported = import_older(json.dumps({"products": [first, last]}))
    assert [one.tcin for one in imported.products] == ["222222"]
    assert imported.notes == (note,)


@pytest.mark.parametrize(
    ("product", "note"),
    [
        ({"priority": "urgent"}, "111111: priority 'urgent' is taken for medium"),
        ({"auto_purchase": "yes"}, "111111: auto_purchase 'yes' is taken for false"),
        ({"colour": "red"}, "111111: colour has no place any more"),
    ],
)
def test_a_value_that_is_not_understood_is_told_and_never_buys_by_itself(product: dict[str, object], note: str) -> None:
    imported = import_older(second(**product))
    assert imported.products == (Product(tcin=Tcin("111111")),)
    assert imported.notes == (note,)


@pytest.mark.parametrize(
    ("product", "note"),
    [
        ({"max_price": 0}, "max_price 0 is left out: it must be a positive amount like 49.99"),
        ({"max_price": "much"}, 'max_price "much" is left out: it must be a positive amount like 49.99'),
        ({"check_frequency": 0}, "check_frequency 0 is left out: it must be seconds from 0.01 to 86400"),
        ({"check_frequency": 100_000}, "check_frequency 100000 is left out: it must be seconds from 0.01 to 86400"),
        ({"name": 7}, 'name 7 is left out: it must be text in quotes, like "Illumineer\'s Trove"'),
    ],
)
def test_a_value_that_cannot_be_used_is_told_and_loses_no_product(product: dict[str, object], note: str) -> None:
    imported = import_older(second(**product))
    assert imported.products == (Product(tcin=Tcin("111111")),)
    assert imported.notes == (f"111111: {note}",)


def test_numbers_that_are_written_as_text_are_numbers() -> None:
    (product,) = import_older(second(max_price="49.99", check_frequency=" 30 ", auto_purchase=True)).products
    assert product == Product(
        tcin=Tcin("111111"), max_price=Decimal("49.99"), every=timedelta(seconds=30), buy=BuyMode.AUTO
    )


@pytest.mark.parametrize("cap", [0, -1, "0", "lots", True, 1e300])
def test_what_buys_by_itself_asks_where_its_cap_cannot_be_used(cap: object) -> None:
    imported = import_older(second(max_price=cap, auto_purchase=True))
    assert [(one.buy, one.max_price) for one in imported.products] == [(BuyMode.ASK, None)]
    assert imported.notes[-1] == "111111: asks before it buys, for buying by itself needs a max_price"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{\n,}", "line 2: not JSON"),
        ("[]", 'it has no "products"'),
        ("{}", 'it has no "products"'),
        ('{"products": 3}', 'it has no "products"'),
        ('{"products": [' + "[" * 100_000, "beyond all measure"),
    ],
)
def test_what_is_neither_of_the_two_forms_is_refused(text: str, reason: str) -> None:
    with pytest.raises(WatchlistError, match=reason):
        import_older(text)


@given(products=st.lists(older_products | anything, max_size=3) | st.dictionaries(st.text(max_size=8), older_products))
def test_whatever_the_products_hold_a_good_one_among_them_is_imported(products: object) -> None:
    if isinstance(products, list):
        products.append({"tcin": "7777777"})
    elif isinstance(products, dict):
        products["7777777"] = {}
    assert "7777777" in [one.tcin for one in import_older(json.dumps({"products": products})).products]
