import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.store import Item, PracticeStore

SUMMARIES = "/redsky_aggregations/v1/web/product_summary_with_fulfillment_v1"
HIERARCHY = "/redsky_aggregations/v1/web/product_fulfillment_and_variation_hierarchy_v1"
DETAILS = "/redsky_aggregations/v1/web/pdp_client_v1"
STORES = "/redsky_aggregations/v1/web/nearby_stores_v1"
TROVE, PLUSH = "94734932", "89471066"


@pytest.fixture
def store() -> PracticeStore:
    return PracticeStore([Item(tcin=TROVE, title="Illumineer&#39;s Trove", price="49.99"), Item(tcin=PLUSH)])


@pytest.fixture
async def client(store: PracticeStore) -> AsyncIterator[httpx.AsyncClient]:
    async with store.serve() as url, httpx.AsyncClient(base_url=url) as client:
        yield client


class Shop:
    """Asks in the way of the shop's own page."""

    def __init__(self, client: httpx.AsyncClient, key: str) -> None:
        self.client = client
        self.key = key

    async def ask(self, path: str, **query: str) -> httpx.Response:
        return await self.client.get(path, params={"key": self.key, "store_id": "865"} | query)

    async def summaries(self, *tcins: str) -> list[Any]:
        answer = await self.ask(SUMMARIES, tcins=",".join(tcins))
        return list(answer.json()["data"]["product_summaries"])

    async def product(self, path: str, tcin: str) -> Any:
        answer = await self.ask(path, tcin=tcin, pricing_store_id="865")
        assert answer.status_code == 200
        return answer.json()["data"]["product"]

    async def order(self, tcin: str = TROVE, *, quantity: int = 1, attempt: str = "7") -> httpx.Response:
        wish = {"tcin": tcin, "quantity": quantity, "attempt": attempt}
        return await self.client.post("/practice/orders", json=wish)


@pytest.fixture
def shop(client: httpx.AsyncClient, store: PracticeStore) -> Shop:
    return Shop(client, store.api_key)


# The bulk call


async def test_the_bulk_call_tells_title_price_and_the_words_of_both_channels(shop: Shop) -> None:
    [entry] = await shop.summaries(TROVE)
    assert entry["tcin"] == TROVE
    assert entry["item"]["product_description"]["title"] == "Illumineer&#39;s Trove"
    assert entry["price"]["current_retail"] == 49.99
    assert entry["price"]["formatted_current_price"] == "$49.99"
    assert entry["fulfillment"]["shipping_options"]["availability_status"] == "OUT_OF_STOCK"
    assert entry["fulfillment"]["store_options"][0]["order_pickup"]["availability_status"] == "UNAVAILABLE"


async def test_a_change_holds_from_the_next_call_on(shop: Shop, store: PracticeStore) -> None:
    await shop.summaries(TROVE)
    store.set(TROVE, shipping="IN_STOCK", price="54.99")
    [entry] = await shop.summaries(TROVE)
    assert entry["fulfillment"]["shipping_options"]["availability_status"] == "IN_STOCK"
    assert entry["price"]["current_retail"] == 54.99


async def test_results_come_in_another_order_than_asked(shop: Shop) -> None:
    assert [entry["tcin"] for entry in await shop.summaries(TROVE, PLUSH)] == [PLUSH, TROVE]


async def test_thirty_products_are_answered_and_thirty_one_refused(shop: Shop) -> None:
    numbers = [str(90000000 + n) for n in range(31)]
    assert (await shop.ask(SUMMARIES, tcins=",".join(numbers[:30]))).status_code == 206
    refused = await shop.ask(SUMMARIES, tcins=",".join(numbers))
    assert refused.status_code == 400
    assert refused.json() == {"errors": [{"message": "Tcins cannot be more than 30"}]}


async def test_an_unknown_product_is_absent_and_named_among_the_errors(shop: Shop) -> None:
    answer = await shop.ask(SUMMARIES, tcins=f"{TROVE},90000001")
    assert answer.status_code == 206
    assert [entry["tcin"] for entry in answer.json()["data"]["product_summaries"]] == [TROVE]
    assert answer.json()["errors"] == [{"message": "No product found with tcin 90000001"}]


async def test_the_digital_store_knows_no_stock(shop: Shop) -> None:
    answer = await shop.ask(SUMMARIES, tcins=TROVE, store_id="3991")
    assert answer.status_code == 206
    assert "fulfillment" not in answer.json()["data"]["product_summaries"][0]
    assert answer.json()["errors"]


@pytest.mark.parametrize("missing", ["key", "tcins", "store_id"])
async def test_a_bulk_call_without_a_required_parameter_gets_an_empty_400(shop: Shop, missing: str) -> None:
    answer = await shop.ask(SUMMARIES, **({"tcins": TROVE} | {missing: ""}))
    assert (answer.status_code, answer.content) == (400, b"")


async def test_a_wrong_key_is_refused(shop: Shop) -> None:
    assert (await shop.ask(SUMMARIES, tcins=TROVE, key="0" * 40)).status_code == 401


async def test_a_price_may_be_left_to_the_single_calls(shop: Shop, store: PracticeStore) -> None:
    store.set(TROVE, price_in_summary=False)
    [entry] = await shop.summaries(TROVE)
    assert "price" not in entry
    for path in (HIERARCHY, DETAILS):
        assert (await shop.product(path, TROVE))["price"]["current_retail"] == 49.99


@pytest.mark.parametrize(
    ("price", "told"),
    [
        ("10.00-20.00", {"current_retail_min": 10.0, "current_retail_max": 20.0}),
        ("See price in cart", {"formatted_current_price": "See price in cart"}),
    ],
)
async def test_a_price_may_be_a_range_or_words(
    shop: Shop, store: PracticeStore, price: str, told: dict[str, Any]
) -> None:
    store.set(TROVE, price=price)
    [entry] = await shop.summaries(TROVE)
    assert entry["price"].items() >= told.items()
    assert "current_retail" not in entry["price"]


async def test_a_parent_has_children_with_stock_and_none_of_its_own(shop: Shop, store: PracticeStore) -> None:
    store.set(PLUSH, relationship_type="VC", shipping="IN_STOCK")
    store.set(TROVE, relationship_type="VAP", children=(PLUSH,))
    [entry] = await shop.summaries(TROVE)
    assert "fulfillment" not in entry
    [child] = entry["children"]
    assert child["tcin"] == PLUSH
    assert child["fulfillment"]["shipping_options"]["availability_status"] == "IN_STOCK"


async def test_the_told_quantity_is_a_capped_float(shop: Shop, store: PracticeStore) -> None:
    store.set(TROVE, quantity=250)
    [entry] = await shop.summaries(TROVE)
    assert entry["fulfillment"]["shipping_options"]["available_to_promise_quantity"] == 99.0


# The calls for one product


async def test_the_bulk_call_may_be_wrong_where_the_single_call_is_right(shop: Shop, store: PracticeStore) -> None:
    store.set(TROVE, shipping="IN_STOCK", shipping_in_summary="OUT_OF_STOCK")
    [entry] = await shop.summaries(TROVE)
    product = await shop.product(HIERARCHY, TROVE)
    assert entry["fulfillment"]["shipping_options"]["availability_status"] == "OUT_OF_STOCK"
    assert product["fulfillment"]["shipping_options"]["availability_status"] == "IN_STOCK"


async def test_details_tell_seller_limit_date_and_picture_but_no_stock(shop: Shop, store: PracticeStore) -> None:
    store.set(TROVE, marketplace=True, seller="Gadget Barn", purchase_limit=3, street_date="2030-03-01")
    product = await shop.product(DETAILS, TROVE)
    assert product["item"]["fulfillment"] == {"is_marketplace": True, "purchase_limit": 3}
    assert product["item"]["product_vendors"][0]["vendor_name"] == "Gadget Barn"
    assert product["item"]["mmbv_content"]["street_date"] == "2030-03-01"
    assert product["item"]["enrichment"]["images"]["primary_image_url"].endswith(f"/images/{TROVE}.png")
    assert "fulfillment" not in product


async def test_details_of_what_the_shop_itself_sells_name_no_seller_and_bear_no_flag(shop: Shop) -> None:
    item = (await shop.product(DETAILS, TROVE))["item"]
    assert item["fulfillment"] == {"purchase_limit": 2}
    assert [sorted(vendor) for vendor in item["product_vendors"]] == [["id"]]


@pytest.mark.parametrize("path", [HIERARCHY, DETAILS])
async def test_a_single_call_for_an_unknown_product_gets_a_404_that_names_it(shop: Shop, path: str) -> None:
    answer = await shop.ask(path, tcin="90000001", pricing_store_id="865")
    assert answer.status_code == 404
    assert answer.json() == {"errors": [{"message": "No product found with tcin 90000001"}]}


async def test_there_is_a_store_nearby(shop: Shop) -> None:
    answer = await shop.ask(STORES, place="55403", within="100", limit="5")
    assert [store["store_id"] for store in answer.json()["data"]["nearby_stores"]["stores"]] == ["865"]


# The pages


@pytest.mark.parametrize("address", [f"/p/-/A-{TROVE}", f"/p/A-{TROVE}"])
async def test_a_product_link_leads_to_the_page_with_its_name(client: httpx.AsyncClient, address: str) -> None:
    page = await client.get(address, follow_redirects=True)
    assert page.url.path == f"/p/illumineer-s-trove/-/A-{TROVE}"
    assert "Illumineer&#x27;s Trove" in page.text
    assert "$49.99" in page.text


async def test_the_page_holds_the_key_that_is_taken(client: httpx.AsyncClient, store: PracticeStore) -> None:
    page = await client.get(f"/p/-/A-{TROVE}", follow_redirects=True)
    assert re.findall(r'"apiKey":"([0-9a-f]{40})"', page.text) == [store.api_key]


async def test_after_a_rotation_the_old_key_is_refused_and_the_new_one_taken(shop: Shop, store: PracticeStore) -> None:
    store.rotate_key()
    assert (await shop.ask(SUMMARIES, tcins=TROVE)).status_code == 401
    assert (await shop.ask(SUMMARIES, tcins=TROVE, key=store.api_key)).status_code == 200


async def test_an_unknown_product_has_no_page(client: httpx.AsyncClient) -> None:
    assert (await client.get("/p/-/A-90000001")).status_code == 404


async def test_the_front_page_leads_to_every_product(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert f"/-/A-{TROVE}" in page.text
    assert f"/-/A-{PLUSH}" in page.text


async def test_a_product_has_a_picture(client: httpx.AsyncClient) -> None:
    picture = await client.get(f"/images/{TROVE}.png")
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG\r\n\x1a\n")


# Orders


async def test_an_order_is_taken_at_the_price_of_the_moment(shop: Shop, store: PracticeStore) -> None:
    store.set(TROVE, shipping="IN_STOCK", price="54.99")
    answer = await shop.order(TROVE, quantity=2, attempt="77")
    [order] = store.orders
    assert answer.status_code == 201
    assert answer.json()["number"] == order.number
    assert (order.tcin, order.quantity, order.price, order.attempt) == (TROVE, 2, "54.99", "77")


async def test_the_same_order_sent_twice_is_two_orders(shop: Shop, store: PracticeStore) -> None:
    store.set(TROVE, shipping="IN_STOCK")
    numbers = {(await shop.order()).json()["number"] for _ in range(2)}
    assert numbers == {order.number for order in store.orders}
    assert len(numbers) == 2


async def test_what_is_not_in_stock_is_not_sold(shop: Shop, store: PracticeStore) -> None:
    answer = await shop.order()
    assert answer.status_code == 424
    assert answer.json() == {"alerts": [{"code": "INVENTORY_UNAVAILABLE"}]}
    assert store.orders == []


async def test_more_than_the_limit_is_not_sold(shop: Shop, store: PracticeStore) -> None:
    store.set(TROVE, shipping="IN_STOCK", purchase_limit=1)
    answer = await shop.order(quantity=2)
    assert answer.json() == {"alerts": [{"code": "MAX_PURCHASE_LIMIT_EXCEEDED"}]}
    assert store.orders == []


async def test_more_than_there_are_is_not_sold(shop: Shop, store: PracticeStore) -> None:
    store.set(TROVE, shipping="IN_STOCK", quantity=1)
    assert (await shop.order(quantity=2)).json() == {"alerts": [{"code": "INVENTORY_UNAVAILABLE"}]}
    assert store.orders == []


async def test_the_last_one_sold_ends_the_stock(shop: Shop, store: PracticeStore) -> None:
    store.set(TROVE, shipping="IN_STOCK", quantity=2)
    assert [(await shop.order()).status_code for _ in range(3)] == [201, 201, 424]
    assert store.items[TROVE].shipping == "OUT_OF_STOCK"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"tcin": "1", "quantity": 1, "attempt": "7"}'])
async def test_an_order_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, store: PracticeStore, body: bytes
) -> None:
    assert (await client.post("/practice/orders", content=body)).status_code == 400
    assert store.orders == []


async def test_orders_are_listed_by_attempt(shop: Shop, store: PracticeStore) -> None:
    store.set(TROVE, shipping="IN_STOCK")
    await shop.order(attempt="7")
    await shop.order(attempt="8")
    listed = await shop.client.get("/practice/orders", params={"attempt": "8"})
    assert [order["number"] for order in listed.json()["orders"]] == [store.orders[1].number]


# What the store remembers


async def test_every_call_is_noted_with_what_it_asked_for(shop: Shop, store: PracticeStore) -> None:
    await shop.client.get(
        SUMMARIES,
        params={"key": store.api_key, "tcins": f"{TROVE},{PLUSH}", "store_id": "865"},
        headers={"User-Agent": "watcher"},
    )
    await shop.client.get(f"/p/A-{TROVE}")
    asked, opened = store.calls
    assert (asked.path, asked.tcins, asked.key, asked.status) == (SUMMARIES, (TROVE, PLUSH), store.api_key, 200)
    assert asked.user_agent == "watcher"
    assert (opened.tcins, opened.key, opened.status) == ((TROVE,), None, 301)
    assert asked.at <= opened.at
