"""What the limits, a second look and the review page must say before the button is pressed."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from config.products import BuyMode, Channel, Mode, Tcin
from purchasing.model import TARGET, Approval, ApprovalAnswer, Line, Review, Step, Usage
from purchasing.rules.limits import why_not_confirmed, why_not_order, why_not_press
from tests.builders import AT, PRICE, A, B, attempt, limits, line, product, reading, standing

# ---- before the button


SUBMITTING = attempt(Step.SUBMITTING)
SKIPPED = Approval(
    id=1, tcin=A, window=1, price=None, expires_at=AT, answer=ApprovalAnswer.SKIP, answered_by="Ada", answered_at=AT
)
LIVE = attempt(Step.SUBMITTING, mode=Mode.LIVE)


def test_the_button_may_be_pressed_while_all_is_as_wanted() -> None:
    assert why_not_press(SUBMITTING, standing(line())) is None
    counted_in = Usage(bought_today=10, spent_today=Decimal("100.00"))
    at_the_limits = standing(line(bought=1), usage=counted_in, limits=limits(max_spend_per_day=Decimal("100.00")))
    assert why_not_press(LIVE, at_the_limits) is None


@pytest.mark.parametrize(
    ("lines", "more", "reason"),
    [
        ([line()], {"gate_shut": "stopped by Ada"}, "stopped by Ada"),
        ([], {}, "no longer watched"),
        ([line(B)], {}, "no longer watched"),
        ([line(product(enabled=False))], {}, "no longer watched"),
        ([line(product(buy=BuyMode.ALERT))], {}, "it is now watched for alerts only"),
        ([line(product(max_price=Decimal("49.98")))], {}, "price 49.99 is above the cap 49.98"),
        ([line(product(channel=Channel.PICKUP))], {}, "it is now wanted by pickup"),
        ([line(approval=SKIPPED)], {}, "Ada said skip for this restock"),
    ],
)
@pytest.mark.parametrize("try_", [SUBMITTING, LIVE], ids=["practice", "live"])
def test_in_every_mode_the_button_is_barred_by(try_: Any, lines: list[Line], more: dict[str, Any], reason: str) -> None:
    assert why_not_press(try_, standing(*lines, **more)) == reason


@pytest.mark.guards("purchasing", "each limit is asked at the start and again at the button")
@pytest.mark.parametrize(
    ("it", "usage", "reason"),
    [
        (line(bought=2), Usage(), "2 of 1 wanted would be bought"),
        (
            line(product(quantity=5), bought=3, purchase_limit=2),
            Usage(),
            "3 of 2 that the shop sells to one household would be bought",
        ),
        (line(attempts_in_window=4), Usage(), "4 of 3 attempts in this restock window would be made"),
        (line(), Usage(bought_today=11), "11 of 10 purchases today would be made"),
        (line(), Usage(spent_today=Decimal("100.01")), "100.01 spent today would be above 100.00"),
    ],
)
def test_in_live_alone_the_button_is_barred_by(it: Line, usage: Usage, reason: str) -> None:
    stand = standing(it, usage=usage, limits=limits(max_spend_per_day=Decimal("100.00")))
    assert why_not_press(LIVE, stand) == reason
    assert why_not_press(SUBMITTING, stand) is None


# ---- the second look


LOOK: dict[str, Any] = {"shipping": "IN_STOCK", "price": PRICE, "marketplace": False}


def test_a_second_look_confirms_what_is_in_stock_from_the_shop_itself_within_the_cap() -> None:
    assert why_not_confirmed(reading(**LOOK), product(), LIVE) is None


@pytest.mark.guards("purchasing", "a second look before the cart: stock, seller, price, household")
@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"shipping": None, "trouble": "walled"}, "a second look told nothing certain: walled"),
        ({"shipping": "NEW_WORD"}, "a second look told nothing certain: NEW_WORD"),
        ({"shipping": "OUT_OF_STOCK"}, "a second look found it out of stock (OUT_OF_STOCK)"),
        ({"marketplace": True}, "a second look found a marketplace seller"),
        ({"marketplace": None}, "a second look found no seller"),
        ({"price": None}, "a second look found no price"),
        ({"price": Decimal("50.00")}, "a second look found the price 50.00, above the cap 49.99"),
        ({"purchase_limit": 0}, "a second look found that the shop sells 0 to one household"),
    ],
)
def test_what_a_second_look_does_not_tell_or_tells_otherwise_forbids_a_purchase(
    told: dict[str, Any], reason: str
) -> None:
    assert why_not_confirmed(reading(**{**LOOK, **told}), product(), LIVE) == reason


def test_a_second_look_keeps_to_the_lower_of_the_cap_now_and_the_cap_of_the_attempt() -> None:
    lowered, raised = product(max_price=Decimal("20.00")), product(max_price=Decimal("99.00"))
    assert (
        why_not_confirmed(reading(**LOOK), lowered, LIVE) == "a second look found the price 49.99, above the cap 20.00"
    )
    costly = reading(**{**LOOK, "price": Decimal("60.00")})
    assert why_not_confirmed(costly, raised, LIVE) == "a second look found the price 60.00, above the cap 49.99"


# ---- what is ordered


#: As it is wanted.
OFFER: dict[str, Any] = {"channel": Channel.SHIPPING, "seller": TARGET}
NO_CHANNEL = "the review page did not tell whether it comes by shipping or pickup"


def order(items: Mapping[Tcin, int], total: str | None, **more: Any) -> str | None:
    review = Review(items=items, total=None if total is None else Decimal(total), **OFFER)
    return why_not_order(review, attempt(**more), allowance=Decimal("0.15"))


@pytest.mark.guards("purchasing", "what would come by another channel than is wanted, or does not say, is left")
@pytest.mark.parametrize(
    ("wanted", "told", "reason"),
    [
        (Channel.SHIPPING, Channel.SHIPPING, None),
        (Channel.PICKUP, Channel.PICKUP, None),
        (Channel.ANY, Channel.SHIPPING, None),
        (Channel.ANY, Channel.PICKUP, None),
        (Channel.SHIPPING, Channel.PICKUP, "it would come by pickup, wanted is shipping"),
        (Channel.PICKUP, Channel.SHIPPING, "it would come by shipping, wanted is pickup"),
        *((wanted, told, NO_CHANNEL) for wanted in Channel for told in (None, Channel.ANY)),
    ],
)
@pytest.mark.parametrize("mode", Mode)
def test_what_is_ordered_comes_by_the_channel_that_is_wanted(
    mode: Mode, wanted: Channel, told: Channel | None, reason: str | None
) -> None:
    assert offered(channel=told, wanted=wanted, mode=mode) == reason


@pytest.mark.guards("purchasing", "what somebody else sells, or nobody says who, is left")
@pytest.mark.parametrize(
    ("seller", "reason"),
    [
        (TARGET, None),
        ("Somebody", "it is sold by Somebody"),
        ("", "it is sold by "),
        (None, "the review page did not tell who sells it"),
    ],
)
@pytest.mark.parametrize("mode", Mode)
def test_what_is_ordered_is_sold_by_the_shop_itself(mode: Mode, seller: str | None, reason: str | None) -> None:
    assert offered(seller=seller, mode=mode) == reason


def offered(*, wanted: Channel = Channel.SHIPPING, mode: Mode = Mode.LIVE, **told: Any) -> str | None:
    review = Review(items={A: 1}, total=PRICE, **{**OFFER, **told})
    return why_not_order(review, attempt(channel=wanted, mode=mode), allowance=Decimal("0.15"))


@pytest.mark.parametrize("wanted", [Channel.SHIPPING, Channel.ANY])
def test_a_channel_that_may_still_be_either_bars_no_button(wanted: Channel) -> None:
    either = standing(line(product(channel=Channel.ANY)))
    assert why_not_press(attempt(Step.SUBMITTING, channel=wanted), either) is None


def test_the_total_may_reach_the_cap_with_its_allowance_and_no_cent_more() -> None:
    assert order({A: 1}, "57.49") is None
    assert order({A: 1}, "57.50") == "the total 57.50 is above 57.49, the cap with its allowance"


def test_the_cap_is_for_one_piece() -> None:
    assert order({A: 2}, "114.98", quantity=2) is None
    assert order({A: 2}, "114.99", quantity=2) == "the total 114.99 is above 114.98, the cap with its allowance"


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ({}, "the cart holds nothing, wanted is 1 x 10000001"),
        ({A: 2}, "the cart holds 2 x 10000001, wanted is 1 x 10000001"),
        ({B: 1}, "the cart holds 1 x 10000002, wanted is 1 x 10000001"),
        ({A: 1, B: 1}, "the cart holds 1 x 10000001, 1 x 10000002, wanted is 1 x 10000001"),
    ],
)
def test_the_cart_must_hold_exactly_what_is_wanted(items: Mapping[Tcin, int], reason: str) -> None:
    assert order(items, "49.99") == reason


def test_a_total_that_cannot_be_read_is_not_within_a_cap() -> None:
    assert order({A: 1}, None) == "the total could not be read"


@pytest.mark.guards("purchasing", "goods above the cap are left, though its allowance would take them")
def test_the_goods_alone_may_reach_the_cap_and_no_cent_more() -> None:
    told = {cents: _goods(cents) for cents in ("49.99", "50.00")}
    assert told == {"49.99": None, "50.00": "the cart costs 50.00, above the cap 49.99"}


def _goods(subtotal: str) -> str | None:
    review = Review(items={A: 1}, total=Decimal("52.00"), subtotal=Decimal(subtotal), **OFFER)
    return why_not_order(review, attempt(), allowance=Decimal("0.15"))


@pytest.mark.guards("purchasing", "nothing real without a cap")
def test_nothing_real_is_bought_without_a_cap() -> None:
    assert order({A: 1}, "1.00", max_price=None, mode=Mode.LIVE) == "there is no cap for it"


def test_without_a_cap_any_total_will_do_in_practice() -> None:
    assert order({A: 1}, None, max_price=None) is None
    assert order({A: 1}, str(PRICE * 100), max_price=None) is None
