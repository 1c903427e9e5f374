import pytest

from sandbox.faults import Faults, Wall
from sandbox.shop_panel import CHECKS, ShopPanel
from sandbox.store import Item, PracticeStore

TROVE = Item(tcin="94734932", title="Illumineer&#39;s Trove", price="49.99")
CARS = Item(tcin="90655213", shipping="PRE_ORDER_UNSELLABLE", street_date="2030-03-01")
PUZZLE = Item(tcin="88120947", shipping="IN_STOCK")


@pytest.fixture
def store() -> PracticeStore:
    return PracticeStore([TROVE, CARS, PUZZLE])


@pytest.fixture
def panel(store: PracticeStore) -> ShopPanel:
    return ShopPanel(store, [TROVE, CARS, PUZZLE], site="http://127.0.0.1:1")


def test_a_card_says_all_that_the_page_shows(panel: ShopPanel) -> None:
    assert panel.show()["products"][0] == {
        "tcin": "94734932",
        "title": "Illumineer's Trove",
        "price": "49.99",
        "open": False,
        "preorder": False,
        "seller": None,
        "picture": "http://127.0.0.1:1/images/94734932.png",
    }


def test_what_is_restocked_sells_out_to_what_it_was(store: PracticeStore, panel: ShopPanel) -> None:
    for item, opened, closed in (
        (TROVE, "IN_STOCK", "OUT_OF_STOCK"),
        (CARS, "PRE_ORDER_SELLABLE", "PRE_ORDER_UNSELLABLE"),
        (PUZZLE, "IN_STOCK", "OUT_OF_STOCK"),
    ):
        panel.act("restock", {"tcin": item.tcin})
        assert store.items[item.tcin].shipping == opened
        panel.act("sell out", {"tcin": item.tcin})
        assert store.items[item.tcin].shipping == closed


def test_the_wall_stands_before_checks_alone_and_leaves_other_faults(store: PracticeStore, panel: ShopPanel) -> None:
    store.faults = Faults(latency=1)
    panel.act("wall", {"on": True})
    assert store.faults.take(f"{CHECKS}/v1").wall is Wall.JSON_403
    assert store.faults.take("/images/94734932.png").wall is None
    assert panel.show()["wall"]
    panel.act("wall", {"on": False})
    assert store.faults == Faults(latency=1)


@pytest.mark.parametrize(("given", "price"), [("12", "12.00"), ("15.999", "16.00"), (" 7.5 ", "7.50")])
def test_a_price_is_kept_in_cents(store: PracticeStore, panel: ShopPanel, given: str, price: str) -> None:
    panel.act("price", {"tcin": TROVE.tcin, "price": given})
    assert store.items[TROVE.tcin].price == price


@pytest.mark.parametrize("given", ["", "free", "0", "-1", "0.001", "10000", "NaN", "Infinity", "1e99"])
def test_what_is_no_price_changes_nothing(store: PracticeStore, panel: ShopPanel, given: str) -> None:
    with pytest.raises(ValueError, match="price"):
        panel.act("price", {"tcin": TROVE.tcin, "price": given})
    assert store.items[TROVE.tcin] == TROVE


@pytest.mark.parametrize(("name", "tcin"), [("burn", TROVE.tcin), ("restock", "10000001")])
def test_what_there_is_not_is_refused(panel: ShopPanel, name: str, tcin: str) -> None:
    with pytest.raises(LookupError):
        panel.act(name, {"tcin": tcin})
