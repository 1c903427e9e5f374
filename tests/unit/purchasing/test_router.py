import pytest

from config.products import Mode
from purchasing.errors import NothingOrdered, OrdersUnreadable
from purchasing.slot.router import BuyerRouter
from tests.builders import attempt
from tests.fakes import FakeBuyer

LIVE = attempt(mode=Mode.LIVE)
MISSING = "buying in live is not part of this version"


@pytest.mark.parametrize("mode", Mode)
async def test_an_attempt_is_bought_by_whoever_buys_in_its_mode(mode: Mode) -> None:
    buyers = {one: FakeBuyer() for one in Mode}
    router, it = BuyerRouter(buyers), attempt(mode=mode)
    await router.cart(it)
    await router.review(it)
    assert await router.submit(it) == await router.find(it)
    await router.clean(it)
    acts = {one: buyer.acts for one, buyer in buyers.items() if buyer.acts}
    assert acts == {mode: ["cart", "review", "submit", "clean"]}


@pytest.mark.guards("purchasing", "nothing is waited for between the last look at the gate and the press")
async def test_the_press_is_on_its_way_before_anything_is_waited_for() -> None:
    buyer = FakeBuyer()
    buyer.hold("press")
    pressing: list[str] = []
    buyer.on_act = pressing.append
    submitting = BuyerRouter({Mode.LIVE: buyer}).submit(LIVE)
    submitting.send(None)
    assert pressing == ["press"]
    submitting.close()


def test_a_press_is_taken_back_whoever_buys() -> None:
    buyers = {one: FakeBuyer() for one in Mode}
    BuyerRouter(buyers).take_back()
    assert [buyer.acts for buyer in buyers.values()] == [["take back"]] * len(Mode)


async def test_a_question_to_the_shop_s_own_order_list_is_counted_and_one_in_practice_is_none() -> None:
    asked: list[int] = []
    router = BuyerRouter({one: FakeBuyer() for one in Mode}, on_asked=lambda: asked.append(1))
    await router.find(LIVE)
    assert asked == [1]
    await router.find(attempt(mode=Mode.SIMULATE))
    assert asked == [1]


async def test_where_nobody_buys_in_a_mode_its_cart_and_its_orders_can_t_be_told() -> None:
    router = BuyerRouter({Mode.SIMULATE: FakeBuyer()})
    for act in (router.cart, router.review, router.submit, router.clean):
        with pytest.raises(NothingOrdered, match=MISSING):
            await act(LIVE)
    with pytest.raises(OrdersUnreadable, match=MISSING):
        await router.find(LIVE)
