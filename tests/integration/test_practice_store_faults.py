import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.store import Drop, Faults, Item, Packing, PracticeStore, Wall
from tests.world import LONG

SUMMARIES = "/redsky_aggregations/v1/web/product_summary_with_fulfillment_v1"
TCINS = tuple(str(90000000 + n) for n in range(20))


@pytest.fixture
def store() -> PracticeStore:
    return PracticeStore([Item(tcin=tcin, shipping="IN_STOCK") for tcin in TCINS])


@pytest.fixture
async def client(store: PracticeStore) -> AsyncIterator[httpx.AsyncClient]:
    async with store.serve() as url, httpx.AsyncClient(base_url=url) as client:
        yield client


async def ask(client: httpx.AsyncClient, store: PracticeStore, *tcins: str) -> httpx.Response:
    query = {"key": store.api_key, "tcins": ",".join(tcins or TCINS), "store_id": "865"}
    return await client.get(SUMMARIES, params=query)


async def order(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/practice/orders", json={"tcin": TCINS[0], "quantity": 1, "attempt": "7"})


def told(answer: httpx.Response) -> set[str]:
    """The products that came with their fulfillment."""
    entries: list[dict[str, Any]] = answer.json()["data"]["product_summaries"]
    return {entry["tcin"] for entry in entries if "fulfillment" in entry}


@pytest.mark.parametrize("status", [401, 410, 429, 502, 503])
async def test_a_status_is_answered_with_an_empty_body(
    client: httpx.AsyncClient, store: PracticeStore, status: int
) -> None:
    store.faults = Faults(status=status)
    answer = await ask(client, store)
    assert (answer.status_code, answer.content) == (status, b"")
    assert "retry-after" not in answer.headers
    assert store.calls[0].status == status


async def test_a_throttled_call_may_be_told_how_long_to_wait(client: httpx.AsyncClient, store: PracticeStore) -> None:
    store.faults = Faults(status=429, retry_after=30)
    assert (await ask(client, store)).headers["retry-after"] == "30"


@pytest.mark.parametrize(
    ("wall", "status", "mark"),
    [
        (Wall.JSON_403, 403, "captchaRelativeURL"),
        (Wall.HTML_200, 200, "px-captcha"),
        (Wall.STATUS_435, 435, "blockScript"),
    ],
)
async def test_the_wall_has_three_faces(
    client: httpx.AsyncClient, store: PracticeStore, wall: Wall, status: int, mark: str
) -> None:
    store.faults = Faults(wall=wall)
    answer = await ask(client, store)
    assert answer.status_code == status
    assert mark in answer.text
    assert "product_summaries" not in answer.text


async def test_rubbish_is_not_json(client: httpx.AsyncClient, store: PracticeStore) -> None:
    store.faults = Faults(rubbish=True)
    answer = await ask(client, store)
    with pytest.raises(ValueError, match="Unterminated"):
        answer.json()


async def test_a_partial_answer_tells_some_products_without_their_stock(
    client: httpx.AsyncClient, store: PracticeStore
) -> None:
    store.faults = Faults(partial=0.5)
    answer = await ask(client, store)
    assert answer.status_code == 206
    assert 0 < len(told(answer)) < len(TCINS)
    assert len(answer.json()["errors"]) == len(TCINS) - len(told(answer))


async def test_what_is_left_out_is_the_same_in_every_run() -> None:
    runs = []
    for _ in range(2):
        store = PracticeStore([Item(tcin=tcin) for tcin in TCINS], faults=Faults(partial=0.5), seed=5)
        async with store.serve() as url, httpx.AsyncClient(base_url=url) as client:
            runs.append([told(await ask(client, store)) for _ in range(2)])
    assert runs[0] == runs[1]
    assert runs[0][0] != runs[0][1]


async def test_named_products_come_without_their_stock(client: httpx.AsyncClient, store: PracticeStore) -> None:
    store.faults.bare_tcins = TCINS[:1]
    assert told(await ask(client, store)) == set(TCINS[1:])


async def test_one_product_can_spoil_the_call_that_names_it(client: httpx.AsyncClient, store: PracticeStore) -> None:
    store.faults.refuse_tcins = TCINS[:1]
    assert (await ask(client, store, *TCINS[:3])).status_code == 500
    assert (await ask(client, store, *TCINS[1:3])).status_code == 200


async def test_a_dropped_call_gets_no_answer_and_does_nothing(client: httpx.AsyncClient, store: PracticeStore) -> None:
    store.faults = Faults(drop=Drop.BEFORE)
    with pytest.raises(httpx.TransportError):
        await order(client)
    assert store.orders == []
    assert store.calls[0].status is None


async def test_an_order_can_be_taken_without_its_buyer_learning_of_it(
    client: httpx.AsyncClient, store: PracticeStore
) -> None:
    store.faults = Faults(drop=Drop.AFTER)
    with pytest.raises(httpx.TransportError):
        await order(client)
    assert [placed.attempt for placed in store.orders] == ["7"]


async def test_a_hanging_call_is_never_answered_and_holds_up_no_other(
    client: httpx.AsyncClient, store: PracticeStore
) -> None:
    store.faults = Faults(hang=True, only="/practice")
    hanging = asyncio.create_task(order(client))
    async with asyncio.timeout(LONG):
        while not store.calls:  # noqa: ASYNC110  a store tells nobody that it was called
            await asyncio.sleep(0.01)
    assert (await ask(client, store)).status_code == 200
    assert not hanging.done()
    hanging.cancel()


async def test_a_slow_answer_takes_its_time(client: httpx.AsyncClient, store: PracticeStore) -> None:
    store.faults = Faults(latency=0.05)
    began = asyncio.get_running_loop().time()
    assert (await ask(client, store)).status_code == 200
    assert asyncio.get_running_loop().time() - began >= 0.05


async def test_a_fault_can_be_for_so_many_calls(client: httpx.AsyncClient, store: PracticeStore) -> None:
    store.faults = Faults(status=503, times=2)
    assert [(await ask(client, store)).status_code for _ in range(3)] == [503, 503, 200]


async def test_a_fault_can_be_for_some_paths_alone(client: httpx.AsyncClient, store: PracticeStore) -> None:
    store.faults = Faults(status=503, only="/practice", times=1)
    assert (await ask(client, store)).status_code == 200
    assert (await order(client)).status_code == 503
    assert (await order(client)).status_code == 201


async def test_answers_may_be_packed_well(client: httpx.AsyncClient, store: PracticeStore) -> None:
    store.faults = Faults(packing=Packing.GZIP)
    answer = await ask(client, store)
    assert answer.headers["content-encoding"] == "gzip"
    assert told(answer) == set(TCINS)


@pytest.mark.parametrize(
    ("packing", "said", "small"),
    [(Packing.TWICE, "gzip, gzip", 200), (Packing.BOMB, "gzip", 100_000), (Packing.BROKEN, "gzip", 200)],
)
async def test_answers_may_be_packed_badly(
    client: httpx.AsyncClient, store: PracticeStore, packing: Packing, said: str, small: int
) -> None:
    store.faults = Faults(packing=packing)
    query = {"key": store.api_key, "tcins": TCINS[0], "store_id": "865"}
    async with client.stream("GET", SUMMARIES, params=query) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert (answer.status_code, answer.headers["content-encoding"]) == (200, said)
    assert len(raw) < small
