"""The practice shop over HTTP: what its calls answer, and that it counts what was really done."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox.clock import clock
from sandbox.shop.account import COOKIE
from sandbox.shop.troubles import MISHAPS, Trouble
from sandbox.store import Item, PracticeStore

TROVE, PLUSH = "94734932", "89471066"
CARTS = "/web_checkouts/v1"
SAVED = "/saved_for_later/v1/items"
HISTORY = "/guest_order_aggregations/v1/order_history"


@pytest.fixture
def store() -> PracticeStore:
    store = PracticeStore(
        [
            Item(tcin=TROVE, title="Illumineer&#39;s Trove", price="49.99", shipping="IN_STOCK"),
            Item(tcin=PLUSH, price="24.99", shipping="IN_STOCK"),
        ]
    )
    store.shop.slow_s = 0.01
    return store


@pytest.fixture
async def url(store: PracticeStore) -> AsyncIterator[str]:
    async with store.serve() as url:
        yield url


@pytest.fixture
async def client(store: PracticeStore, url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is signed in."""
    [cookie] = store.account.storage_state(url)["cookies"]
    async with httpx.AsyncClient(base_url=url) as client:
        client.cookies.set(cookie["name"], cookie["value"], domain=cookie["domain"])
        yield client


async def add(client: httpx.AsyncClient, tcin: str = TROVE, *, quantity: int = 1, way: str = "SHIP") -> httpx.Response:
    wish = {"cart_item": {"tcin": tcin, "quantity": quantity}, "fulfillment": {"type": way}}
    return await client.post(f"{CARTS}/cart_items", json=wish)


async def check_out(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post(f"{CARTS}/pre_checkout", json={"cart_type": "REGULAR"})


async def place(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post(f"{CARTS}/checkout", json={"cart_type": "REGULAR", "channel_id": 10})


async def list_orders(client: httpx.AsyncClient) -> list[Any]:
    return list((await client.get(HISTORY)).json()["orders"])


# In good health


async def test_what_was_added_and_checked_out_is_one_order_of_it(
    client: httpx.AsyncClient, store: PracticeStore
) -> None:
    assert (await add(client, quantity=2)).status_code == 201
    cart = (await check_out(client)).json()
    assert [(line["tcin"], line["quantity"]) for line in cart["cart_items"]] == [(TROVE, 2)]
    assert cart["summary"]["grand_total"] == 105.98
    placed = (await place(client)).json()["orders"]
    [order] = store.shop.orders
    assert [(one["order_id"], one["cart_state"]) for one in placed] == [(order.number, "COMPLETED")]
    assert (order.items, order.lines[0].channel, order.lines[0].price) == ({TROVE: 2}, "shipping", order.total / 2 - 3)
    assert (store.shop.adds, store.shop.presses, store.shop.cart.holds) == (1, 1, {})


async def test_an_order_is_listed_with_its_number_product_and_time(
    client: httpx.AsyncClient, store: PracticeStore
) -> None:
    await add(client)
    await place(client)
    newest, earlier = await list_orders(client)
    assert newest["order_number"] == store.shop.orders[0].number
    assert len(newest["order_number"]) == len(earlier["order_number"]) == 15
    assert [(line["item"]["tcin"], line["quantity"]) for line in newest["order_lines"]] == [(TROVE, 1)]
    assert newest["summary"] == {"grand_total": "52.99"}
    assert datetime.fromisoformat(newest["placed_date"]).utcoffset() == timedelta(hours=-6)


async def test_an_empty_cart_orders_nothing(client: httpx.AsyncClient, store: PracticeStore) -> None:
    assert (await place(client)).json() == {"alerts": [{"code": "EMPTY_CART_FOR_ORDER_SUBMIT"}]}
    assert (store.shop.presses, store.shop.orders) == (1, [])


@pytest.mark.parametrize(
    ("item", "quantity", "status", "code"),
    [
        ({"shipping": "OUT_OF_STOCK"}, 1, 424, "INVENTORY_UNAVAILABLE"),
        ({"quantity": 1}, 2, 424, "INVENTORY_UNAVAILABLE"),
        ({}, 3, 400, "MAX_PURCHASE_LIMIT_EXCEEDED"),
    ],
)
async def test_what_is_not_to_be_had_is_not_put_into_the_cart(
    client: httpx.AsyncClient, store: PracticeStore, item: dict[str, Any], quantity: int, status: int, code: str
) -> None:
    store.set(TROVE, **item)
    answer = await add(client, quantity=quantity)
    assert (answer.status_code, answer.json()) == (status, {"alerts": [{"code": code}]})
    assert store.shop.cart.holds == {}


async def test_the_cart_reserves_nothing(client: httpx.AsyncClient, store: PracticeStore) -> None:
    await add(client)
    store.set(TROVE, shipping="OUT_OF_STOCK")
    assert (await place(client)).status_code == 424
    assert (store.shop.orders, store.shop.cart.holds) == ([], {TROVE: 1})


async def test_pickup_is_ordered_where_it_was_chosen(client: httpx.AsyncClient, store: PracticeStore) -> None:
    assert (await add(client, way="PICKUP")).status_code == 424
    store.set(TROVE, pickup="IN_STOCK")
    await add(client, way="PICKUP")
    await place(client)
    assert [line.channel for line in store.shop.orders[0].lines] == ["pickup"]


async def test_a_line_is_set_down_and_taken_out(client: httpx.AsyncClient, store: PracticeStore) -> None:
    line = (await add(client, quantity=2)).json()["cart_item_id"]
    await client.put(f"{CARTS}/cart_items/{line}", json={"cart_item": {"quantity": 1}})
    assert store.shop.cart.holds == {TROVE: 1}
    await client.delete(f"{CARTS}/cart_items/{line}")
    assert store.shop.cart.holds == {}
    assert not store.shop.lost


async def test_what_is_saved_for_later_is_not_lost_and_comes_back(
    client: httpx.AsyncClient, store: PracticeStore
) -> None:
    store.shop.arrange(Trouble.BEFORE_OWN_SAME, TROVE)
    [line] = store.shop.cart.lines
    await client.post(SAVED, json={"cart_item_id": line.id})
    assert (store.shop.cart.holds, store.shop.saved.holds) == ({}, {TROVE: 1})
    [line] = store.shop.saved.lines
    await client.post(f"{SAVED}/{line.id}/move")
    assert (store.shop.cart.own, store.shop.saved.holds, store.shop.lost) == ({TROVE: 1}, {}, {})


async def test_what_is_thrown_out_of_the_owners_own_is_counted(client: httpx.AsyncClient, store: PracticeStore) -> None:
    store.shop.own_in(store.shop.cart, {TROVE: 1, PLUSH: 2})
    await add(client)
    assert (store.shop.cart.own, store.shop.cart.added) == ({TROVE: 1, PLUSH: 2}, {TROVE: 1})
    trove, plush = store.shop.cart.lines
    await client.put(f"{CARTS}/cart_items/{trove.id}", json={"cart_item": {"quantity": 1}})
    assert not store.shop.lost
    await client.delete(f"{CARTS}/cart_items/{trove.id}")
    await client.put(f"{CARTS}/cart_items/{plush.id}", json={"cart_item": {"quantity": 1}})
    assert store.shop.lost == {TROVE: 1, PLUSH: 1}


async def test_an_order_wants_the_cards_number_where_the_carts_page_was_opened_meanwhile(
    client: httpx.AsyncClient,
) -> None:
    await add(client)
    await check_out(client)
    await client.put(f"{CARTS}/cart", json={})
    assert (await place(client)).json() == {"alerts": [{"code": "MISSING_CREDIT_CARD_CVV"}]}
    await check_out(client)
    assert (await place(client)).status_code == 201


# Who is signed in


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{CARTS}/cart_items"),
        ("GET", f"{CARTS}/cart"),
        ("PUT", f"{CARTS}/cart"),
        ("POST", f"{CARTS}/pre_checkout"),
        ("POST", f"{CARTS}/checkout"),
        ("GET", SAVED),
        ("GET", HISTORY),
    ],
)
async def test_who_is_signed_out_may_do_nothing(
    client: httpx.AsyncClient, store: PracticeStore, method: str, path: str
) -> None:
    store.account.sign_out()
    assert (await client.request(method, path, json={})).status_code == 401


@pytest.mark.parametrize("path", ["/checkout", "/checkout/start", "/orders"])
async def test_who_is_signed_out_is_sent_to_sign_in(client: httpx.AsyncClient, store: PracticeStore, path: str) -> None:
    assert (await client.get(path)).status_code == 200
    store.account.sign_out()
    assert (await client.get(path)).headers["location"] == f"/login?redirect={path}"


async def test_every_page_gives_a_new_session(client: httpx.AsyncClient, store: PracticeStore) -> None:
    before = client.cookies[COOKIE]
    await client.get("/cart")
    assert client.cookies[COOKIE] != before
    assert store.account.renewals == 1


async def test_a_session_ends_after_its_time(store: PracticeStore, url: str) -> None:
    store.account.lifetime = timedelta(seconds=-1)
    [cookie] = store.account.storage_state(url)["cookies"]
    async with httpx.AsyncClient(base_url=url, headers={"Cookie": f"{COOKIE}={cookie['value']}"}) as late:
        assert (await late.get(f"{CARTS}/cart")).status_code == 401
        assert COOKIE not in (await late.get("/cart")).cookies


async def test_a_stored_session_tells_when_it_ends(store: PracticeStore, url: str) -> None:
    [cookie] = store.account.storage_state(url)["cookies"]
    left = datetime.fromtimestamp(cookie["expires"], tz=UTC) - clock()
    assert timedelta(hours=3.9) < left <= timedelta(hours=4)
    assert cookie["domain"] == "127.0.0.1"


# In trouble


@pytest.mark.parametrize("trouble", [one for one in MISHAPS if one.place == "add"])
async def test_an_add_in_trouble_fills_the_cart_only_where_it_is_done_and_kept(
    client: httpx.AsyncClient, store: PracticeStore, trouble: Trouble
) -> None:
    store.shop.arrange(trouble, TROVE)
    await answer_of(trouble, store, client, add)
    assert store.shop.adds == 1
    is_kept = MISHAPS[trouble].done and not MISHAPS[trouble].empties
    assert store.shop.cart.holds == ({TROVE: 1} if is_kept else {})


@pytest.mark.parametrize("trouble", [one for one in MISHAPS if one.place == "press"])
async def test_a_press_in_trouble_orders_only_where_it_is_done(
    client: httpx.AsyncClient, store: PracticeStore, trouble: Trouble
) -> None:
    store.shop.arrange(trouble, TROVE)
    await add(client)
    await check_out(client)
    await answer_of(trouble, store, client, place)
    assert store.shop.presses == 1
    assert [order.items for order in store.shop.orders] == ([{TROVE: 1}] if MISHAPS[trouble].done else [])
    is_emptied = MISHAPS[trouble].done or MISHAPS[trouble].empties
    assert store.shop.cart.holds == ({} if is_emptied else {TROVE: 1})


async def answer_of(trouble: Trouble, store: PracticeStore, client: httpx.AsyncClient, act: Any) -> None:
    """Do it and see that its answer is that of the trouble."""
    mishap = MISHAPS[trouble]
    if mishap.cut:
        with pytest.raises(httpx.TransportError):
            await act(client)
        return
    answer = await act(client)
    assert answer.status_code == (mishap.status or (401 if mishap.signs_out else 201 if not mishap.rubbish else 200))
    in_header = mishap.code if mishap.in_header else None
    assert answer.headers.get("tgt-cart-error-key") == in_header
    if mishap.code is not None and in_header is None:
        assert answer.json() == {"alerts": [{"code": mishap.code}]}
    assert store.account.knows(client.cookies) is not mishap.signs_out


async def test_a_repeated_press_finds_the_cart_empty_because_the_first_went_through(
    client: httpx.AsyncClient, store: PracticeStore
) -> None:
    store.shop.arrange(Trouble.PRESS_REPEATED, TROVE)
    await add(client)
    with pytest.raises(httpx.TransportError):
        await place(client)
    assert (await place(client)).json() == {"alerts": [{"code": "EMPTY_CART_FOR_ORDER_SUBMIT"}]}
    assert (store.shop.presses, len(store.shop.orders)) == (2, 1)


async def test_a_repeated_add_is_in_the_cart_twice(client: httpx.AsyncClient, store: PracticeStore) -> None:
    store.shop.arrange(Trouble.ADD_REPEATED, TROVE)
    with pytest.raises(httpx.TransportError):
        await add(client)
    assert (await add(client)).status_code == 201
    assert store.shop.cart.holds == {TROVE: 2}


@pytest.mark.parametrize(
    ("trouble", "status", "body"),
    [
        (Trouble.ORDERS_EMPTY, 200, '{"total_orders":0,"orders":[]}'),
        (Trouble.ORDERS_BROKEN, 200, '{"orders": [{"order_'),
        (Trouble.ORDERS_FAILED, 500, ""),
        (Trouble.ORDERS_WALLED, 403, None),
        (Trouble.ORDERS_SIGNED_OUT, 401, None),
    ],
)
async def test_a_list_of_orders_in_trouble_tells_nothing(
    client: httpx.AsyncClient, store: PracticeStore, trouble: Trouble, status: int, body: str | None
) -> None:
    store.shop.arrange(trouble, TROVE)
    await add(client)
    await place(client)
    answer = await client.get(HISTORY)
    assert answer.status_code == status
    assert body is None or answer.text == body
    assert store.shop.orders[0].number not in answer.text


async def test_an_order_may_be_listed_late(client: httpx.AsyncClient, store: PracticeStore) -> None:
    store.shop.arrange(Trouble.ORDERS_LATE, TROVE)
    store.shop.listed_after_s = 60
    await add(client)
    await place(client)
    assert len(await list_orders(client)) == 1
    store.shop.listed_after_s = 0
    assert len(await list_orders(client)) == 2


async def test_an_order_of_the_owners_by_hand_is_listed_and_counted_as_no_order(
    client: httpx.AsyncClient, store: PracticeStore
) -> None:
    store.shop.arrange(Trouble.BEFORE_OWN_ORDER, TROVE)
    newest, _ = await list_orders(client)
    assert newest["order_lines"][0]["item"]["tcin"] == TROVE
    assert store.shop.orders == []


async def test_a_cancelled_order_is_listed_as_one(client: httpx.AsyncClient, store: PracticeStore) -> None:
    store.shop.arrange(Trouble.PRESS_CANCELLED, TROVE)
    await add(client)
    await place(client)
    assert (await list_orders(client))[0]["order_lines"][0]["status"] == {"key": "CANCELED"}


async def test_a_quantity_may_be_capped_and_a_price_raised_in_the_cart(
    client: httpx.AsyncClient, store: PracticeStore
) -> None:
    line = (await add(client)).json()["cart_item_id"]
    for trouble in (Trouble.CART_QUANTITY_CAPPED, Trouble.CART_PRICE_RAISED):
        store.shop.arrange(trouble, TROVE)
    answer = await client.put(f"{CARTS}/cart_items/{line}", json={"cart_item": {"quantity": 2}})
    assert (answer.status_code, answer.json()["quantity"], answer.json()["unit_price"]) == (200, 1, 74.99)


async def test_troubles_that_are_over_leave_the_shop_in_good_health(
    client: httpx.AsyncClient, store: PracticeStore
) -> None:
    for trouble in Trouble:
        store.shop.arrange(trouble, TROVE)
    store.shop.troubles.clear()
    store.shop.cart.lines.clear()
    await add(client)
    await check_out(client)
    assert (await place(client)).status_code == 201
    assert store.shop.orders[0].items == {TROVE: 1}


async def test_a_trouble_may_happen_so_many_times(client: httpx.AsyncClient, store: PracticeStore) -> None:
    store.shop.arrange(Trouble.ADD_THROTTLED, TROVE, times=2)
    assert [(await add(client)).status_code for _ in range(3)] == [429, 429, 201]
