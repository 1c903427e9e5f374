"""From the cart to the review, and what follows the press."""

from decimal import Decimal
from typing import Any

import pytest

from config.products import Channel
from purchasing.checkout.model import (
    Call,
    Click,
    End,
    Ending,
    Need,
    Ordered,
    PressRefused,
    Reached,
    Stage,
    Wait,
)
from tests.builders import A, B
from tests.unit.purchasing.checkout.sights import (
    ORDER,
    a_cart_page,
    a_dialog,
    a_found,
    a_review_page,
    a_row,
    a_sight,
    act_of,
    an_answer,
    an_empty_cart,
    ending_of,
    need_of,
)


@pytest.mark.guards("purchasing", "the button that orders is ready, uncovered and in sight before the press")
class TestToTheReview:
    BOUNCE = (an_answer(Call.PRE_CHECKOUT, status=201), an_answer(Call.CART, "PUT"))

    def test_the_button_is_clicked_once_and_the_checkout_waited_for(self) -> None:
        act = act_of(Stage.REVIEW, a_cart_page(), "checkout")
        assert act == Wait(why="the checkout has not come", marker="place_order", ending=Ending.BUSY)

    def test_a_checkout_that_comes_back_is_tried_once_more(self) -> None:
        assert act_of(Stage.REVIEW, a_cart_page(*self.BOUNCE), "checkout") == Click(marker="checkout")
        act = act_of(Stage.REVIEW, a_cart_page(*self.BOUNCE * 2), "checkout", "checkout")
        assert act == End(ending=Ending.BUSY, why="the shop sent the checkout back to the cart twice")

    def test_a_cart_that_is_written_before_the_click_did_not_come_back(self) -> None:
        page = a_cart_page(an_answer(Call.CART, "PUT"))
        assert isinstance(act_of(Stage.REVIEW, page, "checkout"), Wait)

    @pytest.mark.parametrize(("code", "ending"), [("INVENTORY_UNAVAILABLE", Ending.OUT_OF_STOCK), (None, Ending.BUSY)])
    def test_a_refused_checkout_ends_it(self, code: str | None, ending: Ending) -> None:
        page = a_cart_page(an_answer(Call.PRE_CHECKOUT, status=400, code=code))
        assert ending_of(act_of(Stage.REVIEW, page, "checkout")) is ending

    def test_a_button_that_is_off_below_a_threshold_says_so(self) -> None:
        act = act_of(Stage.REVIEW, a_cart_page(checkout=a_found(enabled=False), texts=("add_on",)))
        assert isinstance(act, Wait)
        assert (act.ending, act.marker, act.why) == (Ending.ADD_ON, "checkout", "it ships only with a larger order")

    def test_nothing_is_saved_where_the_order_can_be_placed(self) -> None:
        answer = an_answer(Call.PRE_CHECKOUT, items={A: 1})
        assert isinstance(act_of(Stage.REVIEW, a_review_page(answer, save_and_continue=a_found())), Reached)

    def test_a_seller_that_is_named_at_the_review_alone_ends_it(self) -> None:
        page = a_review_page(an_answer(Call.PRE_CHECKOUT, items={A: 1}), texts=("sold_by",))
        assert ending_of(act_of(Stage.REVIEW, page)) is Ending.MARKETPLACE

    def test_something_else_in_the_cart_is_never_checked_out(self) -> None:
        assert ending_of(act_of(Stage.REVIEW, a_cart_page(rows=(a_row(), a_row(B))))) is Ending.CART_MISMATCH

    @pytest.mark.parametrize("state", [{"visible": False}, {"enabled": False}, {"covered": True}])
    def test_a_button_that_is_not_ready_is_waited_for(self, state: dict[str, Any]) -> None:
        answer = an_answer(Call.CART, "GET", items={A: 1}, total=Decimal("10.70"))
        act = act_of(Stage.REVIEW, a_review_page(answer, place_order=a_found(**state)))
        assert isinstance(act, Wait)
        assert act.marker == "place_order"

    @pytest.mark.parametrize("items", [{A: 2}, {B: 1}, {A: 1, B: 1}])
    def test_what_would_order_something_else_ends_it(self, items: dict[str, int]) -> None:
        act = act_of(Stage.REVIEW, a_review_page(an_answer(Call.PRE_CHECKOUT, items=items)))
        assert ending_of(act) is Ending.CART_MISMATCH

    def test_an_unknown_order_is_waited_for(self) -> None:
        act = act_of(Stage.REVIEW, a_review_page())
        assert act == Wait(why="what would be ordered can't be read", marker="row")

    def test_page_and_answer_must_agree_on_the_total(self) -> None:
        answer = an_answer(Call.PRE_CHECKOUT, items={A: 1}, total=Decimal("99.00"))
        act = act_of(Stage.REVIEW, a_review_page(answer))
        assert act == Wait(
            why="the page says $10.70, the shop's answer $99.00", marker="total", ending=Ending.CART_MISMATCH
        )

    def test_a_page_and_an_answer_that_agree_are_the_goal(self) -> None:
        answer = an_answer(Call.PRE_CHECKOUT, items={A: 1}, total=Decimal("10.70"))
        assert isinstance(act_of(Stage.REVIEW, a_review_page(answer, rows=(a_row(),))), Reached)

    def test_the_price_of_the_goods_is_that_of_the_page_or_else_of_the_answer(self) -> None:
        answer = an_answer(Call.PRE_CHECKOUT, items={A: 1}, total=Decimal("10.70"), subtotal=Decimal("9.00"))
        shown = a_review_page(answer, subtotal=a_found("Subtotal $10.00"))
        for page, subtotal in ((a_review_page(answer), "9.00"), (shown, "10.00")):
            act = act_of(Stage.REVIEW, page)
            assert isinstance(act, Reached)
            assert act.subtotal == Decimal(subtotal)

    @pytest.mark.parametrize(("call", "method"), [(Call.CART, "GET"), (Call.CART_ITEMS, "PUT")])
    def test_a_cart_that_is_only_read_meanwhile_has_not_come_back(self, call: Call, method: str) -> None:
        page = a_cart_page(an_answer(Call.PRE_CHECKOUT, status=201), an_answer(call, method))
        assert isinstance(act_of(Stage.REVIEW, page, "checkout"), Wait)

    def test_a_step_that_three_clicks_do_not_save_is_left(self) -> None:
        page = a_review_page(without=("place_order",), save_and_continue=a_found())
        assert act_of(Stage.REVIEW, page, *["save_and_continue"] * 2) == Click(marker="save_and_continue")
        assert isinstance(act_of(Stage.REVIEW, page, *["save_and_continue"] * 3), Wait)

    def test_page_and_answer_must_agree_on_the_things(self) -> None:
        answer = an_answer(Call.PRE_CHECKOUT, items={A: 1}, total=Decimal("10.70"))
        act = act_of(Stage.REVIEW, a_review_page(answer, rows=(a_row(B),)))
        assert ending_of(act) is Ending.CART_MISMATCH

    @pytest.mark.parametrize("text", ["Total", "Total Free", "Total $10.70 was $12.00"])
    def test_a_total_that_is_not_sure_is_waited_for(self, text: str) -> None:
        page = a_review_page(an_answer(Call.PRE_CHECKOUT, items={A: 1}), total=a_found(text))
        assert act_of(Stage.REVIEW, page) == Wait(why="the total can't be read", marker="total")

    def test_a_total_that_only_the_answer_tells_counts(self) -> None:
        answer = an_answer(Call.PRE_CHECKOUT, items={A: 1}, total=Decimal("10.70"))
        act = act_of(Stage.REVIEW, a_review_page(answer, without=("total",)))
        assert isinstance(act, Reached)
        assert act.total == Decimal("10.70")

    def test_a_total_from_before_the_checkout_is_none(self) -> None:
        cart = an_answer(Call.CART, "PUT", items={A: 1}, total=Decimal("10.70"))
        asked = an_answer(Call.PRE_CHECKOUT, status=201)
        act = act_of(Stage.REVIEW, a_review_page(cart, asked, without=("total",)))
        assert act == Wait(why="the total can't be read", marker="total")
        act = act_of(Stage.REVIEW, a_review_page(cart, asked, total=a_found("Total $15.70")))
        assert isinstance(act, Reached)
        assert act.total == Decimal("15.70")

    @pytest.mark.parametrize(
        ("texts", "channel"),
        [
            (("is_shipped",), Channel.SHIPPING),
            (("is_picked_up",), Channel.PICKUP),
            (("is_shipped", "is_picked_up"), None),
            ((), None),
        ],
    )
    def test_the_way_it_comes_is_told_where_the_page_says_one(
        self, texts: tuple[str, ...], channel: Channel | None
    ) -> None:
        act = act_of(Stage.REVIEW, a_review_page(an_answer(Call.PRE_CHECKOUT, items={A: 1}), texts=texts))
        assert isinstance(act, Reached)
        assert act.channel is channel

    def test_an_emptied_cart_is_not_reviewed(self) -> None:
        act = act_of(Stage.REVIEW, a_review_page(texts=("empty_cart",)))
        assert ending_of(act) is Ending.CART_MISMATCH

    def test_an_order_before_the_button_ends_it(self) -> None:
        assert isinstance(act_of(Stage.REVIEW, a_sight("/order-confirmation")), End)


class TestAfterThePress:
    REFUSED = an_answer(Call.CHECKOUT, status=424, code="INVENTORY_UNAVAILABLE")

    def test_a_refusal_that_the_page_shows_is_one(self) -> None:
        assert act_of(Stage.PRESSED, a_review_page(self.REFUSED)) == PressRefused(code="INVENTORY_UNAVAILABLE")

    @pytest.mark.parametrize(
        "sight",
        [
            {"dialogs": (a_dialog("That did not work", "view_cart"),)},
            {"cvv": a_found()},
            {"texts": ("busy",)},
            {"texts": ("limit",)},
        ],
    )
    def test_the_page_shows_a_refusal_in_one_of_several_ways(self, sight: dict[str, Any]) -> None:
        page = a_review_page(self.REFUSED, **{"place_order": a_found(enabled=False), **sight})
        assert act_of(Stage.PRESSED, page) == PressRefused(code="INVENTORY_UNAVAILABLE")

    def test_a_press_that_led_back_to_the_cart_was_refused_where_the_shop_says_so(self) -> None:
        act = act_of(Stage.PRESSED, a_sight("/cart", self.REFUSED))
        assert act == PressRefused(code="INVENTORY_UNAVAILABLE")

    def test_a_page_that_thanks_confirms_wherever_it_is(self) -> None:
        page = a_sight("/done", order_number=a_found(f"#{ORDER}"), texts=("thanks",))
        assert act_of(Stage.PRESSED, page) == Ordered(order_number=ORDER)

    def test_a_number_that_is_not_to_be_seen_is_no_order(self) -> None:
        page = a_sight("/order-confirmation", order_number=a_found(f"#{ORDER}", visible=False))
        assert isinstance(act_of(Stage.PRESSED, page), Wait)

    def test_a_refusal_that_the_page_does_not_show_yet_is_waited_for(self) -> None:
        page = a_review_page(self.REFUSED, place_order=a_found(enabled=False))
        assert isinstance(act_of(Stage.PRESSED, page), Wait)

    def test_a_refusal_beside_a_confirmation_is_none(self) -> None:
        assert isinstance(act_of(Stage.PRESSED, a_review_page(self.REFUSED, texts=("thanks",))), Wait)
        confirmed = a_sight("/order-confirmation", self.REFUSED, dialogs=(a_dialog("Rate us", "view_cart"),))
        assert isinstance(act_of(Stage.PRESSED, confirmed), Wait)

    def test_a_pin_after_the_press_leaves_it_in_doubt(self) -> None:
        act = act_of(Stage.PRESSED, a_review_page(self.REFUSED, texts=("pin",)))
        assert (ending_of(act), need_of(act)) == (Ending.OWNER_NEEDED, Need.PIN)

    def test_an_empty_cart_is_no_refusal(self) -> None:
        empty = an_answer(Call.CHECKOUT, status=400, code="EMPTY_CART_FOR_ORDER_SUBMIT")
        act = act_of(Stage.PRESSED, a_review_page(empty, texts=("empty_cart",)))
        assert isinstance(act, Wait)

    def test_the_page_alone_refuses_nothing(self) -> None:
        for page in (a_review_page(texts=("busy",)), an_empty_cart(), a_cart_page()):
            assert not isinstance(act_of(Stage.PRESSED, page), PressRefused)

    def test_a_number_that_is_not_of_a_confirmation_is_no_order(self) -> None:
        page = a_sight("/orders", order_number=a_found(f"Order #{ORDER}"))
        assert isinstance(act_of(Stage.PRESSED, page), Wait)
        assert isinstance(act_of(Stage.PRESSED, a_sight(f"/orders?orderId={ORDER}")), Wait)
