import pytest

from config.products import Tcin
from monitor.target.queries import MOST_TCINS, Location, bulk_query, single_query, split_evenly, split_in_two
from tests.builders import A, B, tcins

HOME = Location(store_id="865", zip="55401", state="MN", latitude="44.98", longitude="-93.27")


@pytest.mark.parametrize(
    ("count", "lengths"),
    [
        (0, []),
        (1, [1]),
        (28, [28]),
        (29, [14, 15]),
        (33, [16, 17]),
        (50, [25, 25]),
        (57, [19, 19, 19]),
        (85, [21, 21, 21, 22]),
    ],
)
def test_chunks_are_few_and_balanced(count: int, lengths: list[int]) -> None:
    assert sorted(len(chunk) for chunk in split_evenly(tcins(count))) == lengths


@pytest.mark.guards("monitor", "a call asks for no more products than the shop takes")
@pytest.mark.parametrize("count", range(1, 120))
def test_chunks_hold_every_product_once_in_order_and_none_is_too_long(count: int) -> None:
    chunks = split_evenly(tcins(count))
    assert tuple(tcin for chunk in chunks for tcin in chunk) == tcins(count)
    assert max(map(len, chunks)) <= MOST_TCINS


@pytest.mark.parametrize("count", range(2, 29))
def test_a_split_gives_two_halves(count: int) -> None:
    first, second = split_in_two(tcins(count))
    assert first + second == tcins(count)
    assert abs(len(first) - len(second)) <= 1


def test_the_bulk_call_names_products_store_and_place() -> None:
    query = bulk_query([A, B], HOME, "F" * 32)
    assert query == {
        "tcins": f"{A},{B}",
        "store_id": "865",
        "zip": "55401",
        "state": "MN",
        "latitude": "44.98",
        "longitude": "-93.27",
        "scheduled_delivery_store_id": "865",
        "required_store_id": "865",
        "visitor_id": "F" * 32,
        "channel": "WEB",
        "page": f"/p/A-{A}",
    }


def test_what_the_owner_does_not_tell_is_not_sent() -> None:
    query = bulk_query([A], Location(store_id="865"), "F" * 32)
    assert not {"zip", "state", "latitude", "longitude"} & set(query)


def test_the_program_does_not_say_that_it_is_no_program() -> None:
    assert "is_bot" not in bulk_query([A], HOME, "F" * 32)
    assert "is_bot" not in single_query(A, HOME, "F" * 32)


def test_the_single_calls_ask_for_the_price_in_the_store() -> None:
    query = single_query(Tcin("94734932"), HOME, "F" * 32)
    assert (query["tcin"], query["pricing_store_id"], query["has_pricing_context"]) == ("94734932", "865", "true")
    assert "tcins" not in query
