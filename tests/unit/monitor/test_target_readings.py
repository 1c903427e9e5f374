import tracemalloc
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from config.products import Tcin
from monitor.errors import CallRefused
from monitor.model import Child, Reading, StockState
from monitor.target.products import MISSING, NO_STOCK, NO_SUCH_PRODUCT, add_details
from monitor.target.queries import DETAILS
from tests.builders import A, B, C, reading
from tests.unit.monitor.answers import read_product, read_summaries

IN, OUT, UNKNOWN = StockState.IN_STOCK, StockState.OUT_OF_STOCK, StockState.UNKNOWN


def entry(tcin: object = A, shipping: object = "IN_STOCK", pickup: object = "UNAVAILABLE", **more: object) -> Any:
    return {"tcin": tcin, "fulfillment": fulfillment(shipping, store("865", pickup)), **more}


def fulfillment(shipping: object, *stores: object) -> Any:
    return {"shipping_options": {"availability_status": shipping}, "store_options": list(stores)}


def store(location: object, pickup: object) -> Any:
    return {"location_id": location, "order_pickup": {"availability_status": pickup}}


def parse(*entries: object, asked: tuple[Tcin, ...] = (A,), errors: object = None) -> dict[Tcin, Reading]:
    body = {"data": {"product_summaries": list(entries)}, "errors": errors}
    return dict(read_summaries(body, *asked).readings)


def not_found(tcin: str) -> Any:
    return [{"message": f"No product found with tcin {tcin}"}]


@pytest.mark.guards("monitor", "a word of the shop that is not known is no stock")
@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("IN_STOCK", IN),
        ("LIMITED_STOCK", IN),
        ("PRE_ORDER_SELLABLE", IN),
        ("OUT_OF_STOCK", OUT),
        ("UNAVAILABLE", OUT),
        ("PRE_ORDER_UNSELLABLE", OUT),
        ("DISCONTINUED", OUT),
        ("LIMITED_STOCK_SEE_STORE", UNKNOWN),
        ("PRELAUNCH_SELLABLE", UNKNOWN),
        ("READY_FOR_LAUNCH", UNKNOWN),
        ("BACKORDERED", UNKNOWN),
        ("TEMPORARILY_OUT_OF_STOCK", UNKNOWN),
        ("NOT_SOLD_ONLINE", UNKNOWN),
        ("in_stock", UNKNOWN),
    ],
)
def test_the_word_for_shipping_is_kept_and_means_what_the_table_says(word: str, state: StockState) -> None:
    shipping = parse(entry(shipping=word))[A].shipping
    assert (shipping.state, shipping.word) == (state, word)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("IN_STOCK", IN),
        ("UNAVAILABLE", OUT),
        ("OUT_OF_STOCK", OUT),
        ("LIMITED_STOCK", UNKNOWN),
        ("DISCONTINUED", UNKNOWN),
    ],
)
def test_the_word_for_pickup_is_kept_and_means_what_the_table_says(word: str, state: StockState) -> None:
    pickup = parse(entry(pickup=word))[A].pickup
    assert (pickup.state, pickup.word) == (state, word)


def test_sold_out_false_is_no_stock_signal() -> None:
    sold_out = entry(shipping="OUT_OF_STOCK")
    sold_out["fulfillment"]["sold_out"] = False
    assert parse(sold_out)[A].shipping.state is OUT


def test_pickup_is_that_of_the_configured_store() -> None:
    stores = store("1", "IN_STOCK"), store("865", "UNAVAILABLE"), store("2", "IN_STOCK")
    assert parse({"tcin": A, "fulfillment": fulfillment("IN_STOCK", *stores)})[A].pickup.state is OUT


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (["UNAVAILABLE", "IN_STOCK"], UNKNOWN),
        (["UNAVAILABLE", "OUT_OF_STOCK"], OUT),
        (["UNAVAILABLE", "NEW_WORD"], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_without_the_configured_store_it_is_out_where_all_are_and_else_unknown(
    words: list[str], state: StockState
) -> None:
    stores = [store(str(number), word) for number, word in enumerate(words)]
    assert parse({"tcin": A, "fulfillment": fulfillment("IN_STOCK", *stores)})[A].pickup.state is state


def test_what_another_store_has_is_no_new_word() -> None:
    body = {
        "data": {"product_summaries": [{"tcin": A, "fulfillment": fulfillment("IN_STOCK", store("1", "IN_STOCK"))}]}
    }
    assert not read_summaries(body, A).new_words


def test_new_words_are_named_with_their_place() -> None:
    body = {"data": {"product_summaries": [entry(A, "SOON"), entry(B, "IN_STOCK", "AT_THE_DOOR"), entry(C)]}}
    parsed = read_summaries(body, A, B, C)
    assert parsed.new_words == {"shipping_options SOON", "order_pickup AT_THE_DOOR"}


def test_a_new_word_alone_is_the_trouble() -> None:
    assert "SOON" in (parse(entry(A, "SOON", None))[A].trouble or "")


def test_the_title_is_unescaped_and_fit_to_be_shown() -> None:
    title = "Illumineer&#39;s  Trove &amp; \ud800more\n" + "x" * 1000
    shown = parse(entry(item={"product_description": {"title": title}}))[A].title
    assert shown is not None
    assert shown.startswith("Illumineer's  Trove &  more x")
    assert len(shown) <= 300


@pytest.mark.parametrize(
    ("price", "amount"),
    [
        ({"current_retail": 49.99, "formatted_current_price": "$49.99"}, "49.99"),
        ({"current_retail": 49.99}, "49.99"),
        ({"current_retail": 50}, "50.00"),
        ({"formatted_current_price": "$1,299.00"}, "1299.00"),
        ({"formatted_current_price": "$5"}, "5.00"),
        ({"current_retail": 49.99, "formatted_current_price": ""}, "49.99"),
        ({"current_retail_min": 10, "current_retail_max": 20, "formatted_current_price": "$10.00 - $20.00"}, None),
        ({"current_retail": 10, "current_retail_max": 20}, None),
        ({"current_retail": 10, "formatted_current_price": "$10.00 - $20.00"}, None),
        ({"current_retail": 49.99, "formatted_current_price": "See price in cart"}, None),
        ({"current_retail": 0}, None),
        ({"current_retail": -1}, None),
        ({"current_retail": float("nan")}, None),
        ({"current_retail": float("inf")}, None),
        ({"current_retail": 10**30}, None),
        ({"current_retail": True}, None),
        ({"current_retail": [49.99]}, None),
        ({"current_retail": "rubbish"}, None),
        ({}, None),
        ("49.99", None),
        (None, None),
    ],
)
def test_a_price_is_one_amount_or_not_told(price: object, amount: str | None) -> None:
    assert parse(entry(price=price))[A].price == (None if amount is None else Decimal(amount))


OWN, OTHER = [{"id": "1984811"}], [{"id": "5d10", "vendor_name": "Gadget Barn"}]


@pytest.mark.guards("monitor", "a seller is Target only where the terms of sale are told and say nothing else")
@pytest.mark.parametrize(
    ("item", "known"),
    [
        ({"fulfillment": {"is_marketplace": True}, "product_vendors": OTHER}, True),
        ({"fulfillment": {"is_marketplace": True}, "product_vendors": OWN}, True),
        # As Target's own products are recorded: the flag is not there.
        ({"fulfillment": {"purchase_limit": 2}, "product_vendors": OWN}, False),
        ({"fulfillment": {}}, False),
        ({"fulfillment": {"is_marketplace": False}, "product_vendors": OWN}, False),
        ({"fulfillment": {"purchase_limit": 2}, "product_vendors": OTHER}, None),
        ({"fulfillment": {"is_marketplace": False}, "product_vendors": [*OWN, *OTHER]}, None),
        ({"fulfillment": {"is_marketplace": "true"}}, None),
        ({"fulfillment": {"is_marketplace": 1}}, None),
        ({"fulfillment": {"is_marketplace": None}}, None),
        ({"fulfillment": {}, "product_vendors": "Gadget Barn"}, None),
        ({"fulfillment": {}, "product_vendors": None}, None),
        ({"fulfillment": {}, "product_vendors": [{"vendor_name": 7}]}, None),
        ({"fulfillment": None}, None),
        ({"fulfillment": []}, None),
        ({"product_vendors": OWN}, None),
        ({}, None),
        (None, None),
    ],
)
def test_who_sells_it_is_told_or_not(item: object, known: bool | None) -> None:  # noqa: FBT001  the fact itself
    assert parse(entry(item=item))[A].marketplace is known


def test_an_answer_without_the_item_tells_no_seller() -> None:
    assert parse(entry())[A].marketplace is None
    assert read_product({"data": {"product": {"tcin": A}}}, A, DETAILS).readings[A].marketplace is None


@pytest.mark.parametrize(
    ("purchase_limit", "pieces"), [(2, 2), (2.0, 2), (0, None), (-1, None), (1e9, None), (True, None), ("2", None)]
)
def test_a_purchase_limit_is_a_count_of_pieces_or_not_told(purchase_limit: object, pieces: int | None) -> None:
    assert parse(entry(item={"fulfillment": {"purchase_limit": purchase_limit}}))[A].purchase_limit == pieces


@pytest.mark.guards("monitor", "what is missing in an answer is unknown, never out of stock")
def test_a_missing_fulfillment_is_unknown_never_out_of_stock() -> None:
    readings = parse({"tcin": A}, entry(B), asked=(A, B))
    assert (readings[A].shipping.state, readings[A].pickup.state) == (UNKNOWN, UNKNOWN)
    assert readings[A].trouble == NO_STOCK
    assert readings[B].is_certain


def test_a_product_that_is_left_out_is_missing_and_one_that_is_named_does_not_exist() -> None:
    readings = parse(entry(A), asked=(A, B, C), errors=not_found(C))
    assert [readings[tcin].trouble for tcin in (A, B, C)] == [None, MISSING, NO_SUCH_PRODUCT]
    # Of an answer that tells of errors, what is missing may be known.
    assert [readings[tcin].unlisted for tcin in (A, B, C)] == [False, False, True]
    assert parse(entry(A), asked=(A, B))[B].unlisted


def test_a_product_that_nobody_asked_for_is_left_out() -> None:
    assert list(parse(entry(A), entry(B))) == [A]


def test_products_are_told_apart_whatever_their_order() -> None:
    readings = parse(entry(C, "DISCONTINUED"), entry(A, "IN_STOCK"), entry(B, "OUT_OF_STOCK"), asked=(A, B, C))
    words = [readings[tcin].shipping.word for tcin in (A, B, C)]
    assert words == ["IN_STOCK", "OUT_OF_STOCK", "DISCONTINUED"]


def test_of_two_entries_for_a_product_the_certain_one_counts() -> None:
    assert parse({"tcin": A}, entry(A))[A].is_certain
    assert parse(entry(A), {"tcin": A})[A].is_certain


@pytest.mark.guards("monitor", "rubbish about one product hides no other")
@pytest.mark.parametrize(
    "rubbish",
    [
        None,
        7,
        "text",
        [],
        {},
        {"tcin": None},
        {"tcin": [A]},
        {"tcin": B, "fulfillment": [1]},
        {"tcin": B, "item": 3},
        {"tcin": B, "item": {"relationship_type_code": []}},
    ],
)
def test_one_product_s_rubbish_hides_no_other(rubbish: object) -> None:
    readings = parse(rubbish, entry(A), rubbish, asked=(A, B))
    assert readings[A].shipping.state is IN
    assert not readings[B].is_certain


def test_a_tcin_may_be_a_number() -> None:
    assert parse(entry(int(A)))[A].is_certain


@pytest.mark.parametrize(
    "body", [None, [], {}, {"data": None}, {"errors": [{"message": "Tcins cannot be more than 30"}]}, "text", 7]
)
def test_an_answer_without_data_is_refused(body: object) -> None:
    with pytest.raises(CallRefused):
        read_summaries(body, A, B)


def test_an_answer_that_only_names_the_unknown_is_enough_if_it_names_all() -> None:
    body = {"errors": not_found(A)}
    assert read_summaries(body, A).readings[A].trouble == NO_SUCH_PRODUCT
    with pytest.raises(CallRefused):
        read_summaries(body, A, B)


# ---- parents of variations


@pytest.mark.parametrize("code", ["VAP", "VPC"])
def test_a_parent_of_variations_has_no_stock_and_names_its_children(code: str) -> None:
    child = {"tcin": C, "item": {"product_description": {"title": "Blue &amp; small"}}}
    parent = parse(entry(item={"relationship_type_code": code}, children=[{"tcin": B}, child, 7]))[A]
    assert not parent.is_certain
    assert parent.children == (Child(tcin=B), Child(tcin=C, title="Blue & small"))
    assert B in (parent.trouble or "")
    assert C in (parent.trouble or "")


def test_children_without_a_fulfillment_beside_them_make_a_parent_by_any_code() -> None:
    assert parse({"tcin": A, "children": [entry(B)]})[A].children == (Child(tcin=B),)


def test_a_child_is_read_within_its_parent() -> None:
    readings = parse({"tcin": A, "children": [entry(B, "PRE_ORDER_SELLABLE")]}, asked=(A, B))
    assert readings[B].shipping.state is IN


def test_a_child_stands_for_itself() -> None:
    assert parse(entry(item={"relationship_type_code": "VC"}))[A].is_certain


def test_children_are_found_in_the_tree_of_variations() -> None:
    tree = [{"value": "Blue", "variation_hierarchy": [{"value": "S", "tcin": B}, {"value": "L", "tcin": C}]}]
    product = {"tcin": A, "item": {"relationship_type_code": "VAP"}, "variation_hierarchy": tree}
    parsed = read_product({"data": {"product": product}}, A)
    assert parsed.readings[A].children == (Child(tcin=B, title="Blue, S"), Child(tcin=C, title="Blue, L"))


# ---- single products


def test_the_single_calls_tell_stock_and_details_apart() -> None:
    details = {
        "tcin": A,
        "price": {"current_retail": 49.99},
        "item": {
            "product_description": {"title": "Trove"},
            "fulfillment": {"is_marketplace": False, "purchase_limit": 2.0},
            "enrichment": {"image_info": {"primary_image": {"url": "//img.example/1"}}},
            "mmbv_content": {"street_date": "2030-03-01"},
        },
    }
    stock = read_product({"data": {"product": entry(A)}}, A).readings[A]
    besides = read_product({"data": {"product": details}}, A, DETAILS).readings[A]
    whole = add_details(stock, besides)
    assert whole == reading(
        A,
        "IN_STOCK",
        "UNAVAILABLE",
        title="Trove",
        price=Decimal("49.99"),
        marketplace=False,
        image_url="https://img.example/1",
        purchase_limit=2,
        street_date=date(2030, 3, 1),
    )


@pytest.mark.parametrize("told", ["2030-02-30", "2030-3-1", "soon", "", 20300301, None, "1900-01-01", "2030-03-01T"])
def test_a_street_date_is_a_day_or_not_told(told: object) -> None:
    assert parse(entry(item={"mmbv_content": {"street_date": told}}))[A].street_date is None


def test_details_that_are_not_told_hide_nothing() -> None:
    stock = reading(A, "IN_STOCK", title="Trove", price=Decimal(5), marketplace=True, image_url="x", purchase_limit=1)
    assert add_details(stock, reading(A)) == stock


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://x/1", "https://x/ y", 7, "", None])
def test_a_picture_s_address_is_one_of_the_web(url: object) -> None:
    assert parse(entry(item={"enrichment": {"images": {"primary_image_url": url}}}))[A].image_url is None


def test_a_single_product_that_does_not_exist_is_told() -> None:
    parsed = read_product({"errors": not_found(A)}, A, DETAILS)
    assert parsed.readings[A].trouble == NO_SUCH_PRODUCT


@pytest.mark.parametrize("body", [None, {}, {"data": {}}, {"data": {"product": [1]}}, {"errors": not_found(B)}])
def test_a_single_answer_without_a_product_is_refused(body: object) -> None:
    with pytest.raises(CallRefused):
        read_product(body, A, DETAILS)


def test_a_single_answer_about_another_product_says_nothing_of_this_one() -> None:
    parsed = read_product({"data": {"product": entry(B)}}, A)
    assert parsed.readings[A].trouble == MISSING


# ---- what is remembered


@pytest.mark.guards("monitor", "what is remembered of answers does not fill the memory")
def test_long_texts_that_are_others_each_time_are_not_remembered_for_ever() -> None:
    tracemalloc.start()
    try:
        for number in range(80):
            text = f"{number} " * 200_000
            item = {"product_description": {"title": text[:400_000]}}
            parse(entry(shipping=text[:250_000], item=item, price={"formatted_current_price": text[:250_000]}))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 2 * 2**23


def test_a_parent_names_no_more_children_than_anybody_can_use() -> None:
    tree = [{"value": "Blue", "tcin": str(10_000_000 + number)} for number in range(5000)]
    product = {"tcin": A, "item": {"relationship_type_code": "VAP"}, "variation_hierarchy": tree}
    assert len(read_product({"data": {"product": product}}, A).readings[A].children) == 200
