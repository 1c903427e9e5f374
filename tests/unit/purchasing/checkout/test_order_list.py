"""Which order of the list an attempt placed: never somebody's own, and never "none" where it can't be told."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from purchasing.checkout.buyer.order_list import OrderList, find_order, join_lists, read_order_list
from purchasing.errors import OrdersUnreadable
from purchasing.model import Attempt, Receipt, Step
from tests.builders import AT, A, B, attempt

OLD, NEW = "912000000000001", "912000000000002"


def _unconfirmed(**wishes: Any) -> Attempt:
    step = wishes.pop("step", Step.UNCONFIRMED)
    return attempt(step, **{"quantity": 1, "orders_before": (OLD,), **wishes})


def _order(number: str = NEW, *, tcin: str = A, quantity: int | None = 1, after: float = 5, **fields: Any) -> Any:
    line = {"item": {"tcin": tcin}} | ({} if quantity is None else {"quantity": quantity})
    placed = (AT + timedelta(seconds=after)).isoformat()
    return {"order_number": number, "placed_date": placed, "order_lines": [line]} | fields


def _list(*orders: Any, ahead: timedelta = timedelta(0)) -> OrderList:
    return read_order_list(msgspec.json.encode({"orders": orders}), shop_time=AT + ahead, at=AT)


def test_an_unknown_number_of_this_product_and_quantity_placed_since_is_ours() -> None:
    listing = _list(_order(summary={"grand_total": "$1,049.99"}), _order(OLD, after=-3600))
    assert find_order(listing, _unconfirmed()) == Receipt(order_number=NEW, total=Decimal("1049.99"))


@pytest.mark.parametrize("total", ["?", "NaN", None, {}])
def test_an_order_is_one_without_a_total_that_can_be_read(total: Any) -> None:
    summary = {} if total == {} else {"grand_total": total}
    assert find_order(_list(_order(summary=summary)), _unconfirmed()) == Receipt(order_number=NEW, total=None)


def test_a_cancelled_order_is_an_order() -> None:
    listing = _list(_order(status="CANCELLED", order_status={"key": "CANCELED"}))
    assert find_order(listing, _unconfirmed()) is not None


@pytest.mark.guards("purchasing", "an order that stood in the list before the button is nobody's attempt")
def test_a_number_that_was_there_before_the_button_is_not_ours() -> None:
    assert find_order(_list(_order(OLD)), _unconfirmed()) is None


@pytest.mark.guards("purchasing", "an order placed before the attempt began is the owner's own")
def test_what_the_owner_ordered_by_hand_two_minutes_before_is_not_ours_even_if_it_is_listed_late() -> None:
    assert find_order(_list(_order(after=-120), _order(OLD, after=-3600)), _unconfirmed()) is None


@pytest.mark.parametrize("ahead", [timedelta(minutes=-10), timedelta(minutes=10)])
def test_times_are_compared_by_the_shop_s_own_clock(ahead: timedelta) -> None:
    ours = _order(after=5 + ahead.total_seconds())
    assert find_order(_list(ours, ahead=ahead), _unconfirmed()) is not None
    by_hand = _order(after=-120 + ahead.total_seconds())
    known = _order(OLD, after=-3600 + ahead.total_seconds())
    assert find_order(_list(by_hand, known, ahead=ahead), _unconfirmed()) is None


def test_where_the_parts_of_a_list_differ_about_the_clock_an_order_may_be_ours_by_either() -> None:
    parts = [_list(_order(after=5)), _list(_order(OLD, after=-3600), ahead=timedelta(minutes=10))]
    assert find_order(join_lists(parts, is_whole=True), _unconfirmed()) is not None


def test_clocks_and_whole_seconds_may_make_our_order_look_a_little_older_than_the_attempt() -> None:
    assert find_order(_list(_order(after=-3)), _unconfirmed()) is not None


def test_an_order_of_other_products_is_not_ours() -> None:
    assert find_order(_list(_order(tcin=B), _order(OLD)), _unconfirmed()) is None


def test_where_there_was_no_order_before_the_list_need_not_reach_back() -> None:
    assert find_order(_list(_order(tcin=B)), _unconfirmed(orders_before=())) is None


def test_what_was_settled_long_ago_is_not_taken_up_again_for_a_list_that_does_not_reach_back() -> None:
    assert find_order(_list(_order(tcin=B)), _unconfirmed(step=Step.REFUSED)) is None


@pytest.mark.guards("purchasing", "an order list of which a part did not come says no to nothing")
@pytest.mark.parametrize("step", [Step.UNCONFIRMED, Step.REFUSED])
def test_a_list_of_which_a_part_is_missing_may_say_yes_and_never_no(step: Step) -> None:
    part = replace(_list(_order(OLD, after=-3600)), is_whole=False)
    with pytest.raises(OrdersUnreadable, match="a part of the order list"):
        find_order(part, _unconfirmed(step=step))
    assert find_order(replace(_list(_order()), is_whole=False), _unconfirmed(step=step)) is not None


@pytest.mark.guards("purchasing", "a list without any order from before the button says nothing")
def test_the_list_of_another_account_says_nothing() -> None:
    theirs = [_order(f"90000000000000{number}", tcin=B, after=-86_400 * number) for number in range(1, 9)]
    with pytest.raises(OrdersUnreadable, match="none of it was there then"):
        find_order(_list(*theirs), _unconfirmed())


@pytest.mark.guards("purchasing", "an order that was not there before the button is not taken for an older one")
@pytest.mark.parametrize(("after", "known"), [(-300, -86_400), (-14 * 3600, -86_400), (-14 * 3600, -14 * 3600)])
def test_a_new_order_that_says_it_is_old_says_neither_yes_nor_no(after: int, known: int) -> None:
    """A time by the day alone, a zone that is wrong, or a clock of ours that was set back since."""
    with pytest.raises(OrdersUnreadable, match="says that it is older"):
        find_order(_list(_order(after=after), _order(OLD, after=known)), _unconfirmed())


def test_an_older_order_that_came_into_the_list_as_another_one_left_it_is_not_ours() -> None:
    longer_ago = _order("700000000000001", after=-30 * 86_400)
    assert find_order(_list(_order(OLD, after=-3600), longer_ago), _unconfirmed()) is None


def test_of_other_products_a_new_order_may_say_what_it_likes() -> None:
    assert find_order(_list(_order(tcin=B, after=-3600), _order(OLD, after=-86_400)), _unconfirmed()) is None


@pytest.mark.guards("purchasing", "what is ordered by hand long after an attempt was refused is not of it")
class TestAfterItWasSettledAsRefused:
    @pytest.mark.parametrize(("after", "ahead"), [(5, 0), (250, 0), (605, 600)])
    def test_an_order_that_is_listed_late_is_still_ours(self, after: float, ahead: float) -> None:
        listing = _list(_order(after=after), ahead=timedelta(seconds=ahead))
        assert find_order(listing, _unconfirmed(step=Step.REFUSED)) is not None

    @pytest.mark.parametrize("quantity", [1, 2])
    def test_what_the_owner_ordered_by_hand_the_day_after_is_not_ours(self, quantity: int) -> None:
        by_hand = _order(after=86_400, quantity=quantity)
        assert find_order(_list(by_hand), _unconfirmed(step=Step.REFUSED)) is None

    def test_while_it_is_in_doubt_it_may_be_placed_at_any_time(self) -> None:
        assert find_order(_list(_order(after=86_400)), _unconfirmed()) is not None


def test_an_order_that_is_listed_twice_is_one() -> None:
    assert find_order(_list(_order(), _order()), _unconfirmed()) == Receipt(order_number=NEW, total=None)


@pytest.mark.parametrize("quantity", [1, 1.0, "1"])
def test_numbers_may_be_written_as_text_or_as_numbers(quantity: Any) -> None:
    order = _order(order_number=int(NEW), order_lines=[{"item": {"tcin": int(A)}, "quantity": quantity}])
    assert find_order(_list(order), _unconfirmed()) == Receipt(order_number=NEW, total=None)


@pytest.mark.parametrize("quantity", ["a few", 0, -1, 1.5, None])
def test_a_quantity_that_can_t_be_read_is_one_that_is_not_told(quantity: Any) -> None:
    order = _order(order_lines=[{"item": {"tcin": A}, "quantity": quantity}])
    assert find_order(_list(order), _unconfirmed()) is not None


def test_lines_of_one_product_count_together() -> None:
    order = _order(order_lines=[{"item": {"tcin": A}, "quantity": 1}, {"item": {"tcin": A}, "quantity": 1}])
    assert find_order(_list(order), _unconfirmed(quantity=2)) is not None


@pytest.mark.guards("purchasing", "where the order list can't tell, it never says no")
@pytest.mark.parametrize(
    ("orders", "why"),
    [
        ([], "is empty"),
        ([_order(quantity=3)], "may be of this attempt"),
        ([_order(order_lines=[])], "may be of this attempt"),
        ([_order(order_lines=[{"quantity": 1}])], "may be of this attempt"),
        ([_order(order_lines=None)], "may be of this attempt"),
        ([_order(order_lines=[{"item": {}, "quantity": 1}])], "may be of this attempt"),
        ([_order(order_lines=[{"item": {"tcin": A}, "quantity": 1}, {"item": {"tcin": B}}])], "may be of this attempt"),
        ([_order(), _order("912000000000003")], "may both be"),
        ([_order(tcin=B)], "does not reach back"),
    ],
)
def test_an_empty_list_and_orders_that_may_be_ours_say_neither_yes_nor_no(orders: list[Any], why: str) -> None:
    with pytest.raises(OrdersUnreadable, match=why):
        find_order(_list(*orders), _unconfirmed())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Sign in</html>",
        b"[]",
        b"{}",
        b'{"orders": null}',
        b'{"orders": [{"order_number": "9120"}]}',
        b'{"orders": [{"order_number": "9120", "placed_date": "yesterday"}]}',
        b'{"orders": [{"order_number": "9120", "placed_date": "2026-11-22T14:03:22"}]}',
    ],
)
def test_what_is_no_such_list_is_unreadable(body: bytes) -> None:
    with pytest.raises(OrdersUnreadable, match="order list"):
        read_order_list(body, shop_time=None, at=AT)
