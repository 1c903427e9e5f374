"""What the cart holds, up to the checkout and at the cleaning."""

from typing import Any

import pytest

from purchasing.checkout.model import (
    Call,
    Choose,
    Click,
    End,
    Ending,
    Go,
    Need,
    Reached,
    Stage,
    Wait,
)
from tests.builders import A, B
from tests.unit.purchasing.checkout.sights import (
    CART,
    a_cart_page,
    a_dialog,
    a_found,
    a_product_page,
    a_row,
    a_sight,
    act_of,
    an_answer,
    an_empty_cart,
    ending_of,
    need_of,
)

ADD_ANSWERED = an_answer(Call.CART_ITEMS, status=201)


class TestTheCart:
    def test_something_else_in_the_cart_ends_it(self) -> None:
        act = act_of(Stage.ADD, a_cart_page(rows=(a_row(), a_row(B))), "add")
        assert act == End(ending=Ending.CART_MISMATCH, why="one other thing is in the cart")
        act = act_of(Stage.ADD, a_cart_page(rows=(a_row(), a_row(B), a_row(B))), "add")
        assert act == End(ending=Ending.CART_MISMATCH, why="2 other things are in the cart")

    def test_what_is_saved_for_later_does_not_count(self) -> None:
        assert isinstance(act_of(Stage.ADD, a_cart_page(saved=(a_row(B), a_row(A))), "add"), Reached)

    def test_ours_in_two_rows_ends_it(self) -> None:
        page = a_cart_page(rows=(a_row(), a_row()), cart_link=a_found(label="cart 2 items"))
        act = act_of(Stage.ADD, page, "add")
        assert act == End(ending=Ending.CART_MISMATCH, why="the product stands in 2 rows of the cart")

    def test_a_cart_without_rows_that_does_not_say_that_it_is_empty_is_waited_for(self) -> None:
        act = act_of(Stage.ADD, a_cart_page(rows=()), "add")
        assert act == Wait(why="the rows of the cart can't be read", marker="row")

    def test_a_cart_without_a_summary_to_open_is_ready_all_the_same(self) -> None:
        assert isinstance(act_of(Stage.ADD, a_cart_page(without=("summary",)), "add"), Reached)
        covered = a_cart_page(summary=a_found(value="false", covered=True))
        assert isinstance(act_of(Stage.ADD, covered, "add"), Reached)
        shut_again = a_cart_page(summary=a_found(value="false"))
        assert isinstance(act_of(Stage.ADD, shut_again, "add", "summary"), Reached)

    def test_a_row_that_names_no_product_is_waited_for(self) -> None:
        act = act_of(Stage.ADD, a_cart_page(rows=(a_row(), a_row(None))), "add")
        assert act == Wait(why="the rows of the cart can't be read", marker="row")

    def test_a_cart_that_has_not_come_is_waited_for(self) -> None:
        assert act_of(Stage.ADD, a_sight(CART), "add") == Wait(why="the cart has not come", marker="cart_groups")
        act = act_of(Stage.ADD, an_empty_cart(), "add")
        assert act == Wait(why="the cart is empty after adding", ending=Ending.CART_MISMATCH)
        act = act_of(Stage.ADD, an_empty_cart(an_answer(Call.CART, "PUT", status=204, items={})), "add")
        assert act == End(ending=Ending.CART_MISMATCH, why="the cart is empty after adding")

    def test_a_seller_named_in_its_row_ends_it(self) -> None:
        act = act_of(Stage.ADD, a_cart_page(rows=(a_row(seller="Bargain Barn"),)), "add")
        assert ending_of(act) is Ending.MARKETPLACE

    def test_a_row_that_is_sold_out_ends_it(self) -> None:
        assert ending_of(act_of(Stage.ADD, a_cart_page(texts=("gone_from_cart",)), "add")) is Ending.OUT_OF_STOCK

    def test_a_head_that_lags_behind_the_shops_answer_holds_nothing_up(self) -> None:
        page = a_cart_page(an_answer(Call.CART, "PUT", items={A: 1}), cart_link=a_found(label="cart 0 items"))
        assert isinstance(act_of(Stage.ADD, page, "add"), Reached)

    def test_rows_and_the_shops_answer_must_agree(self) -> None:
        page = a_cart_page(an_answer(Call.CART, "GET", items={A: 3}))
        assert ending_of(act_of(Stage.ADD, page, "add")) is Ending.CART_MISMATCH
        page = a_cart_page(cart_link=a_found(label="cart 2 items"))
        assert ending_of(act_of(Stage.ADD, page, "add")) is Ending.CART_MISMATCH

    def test_a_chosen_quantity_is_waited_for_and_chosen_again_only_then(self) -> None:
        page = a_cart_page(ADD_ANSWERED)
        act = act_of(Stage.ADD, page, "add", "quantity", quantity=2)
        assert act == Wait(why="the shop has not heard of the new quantity", marker="quantity")
        page = a_cart_page(ADD_ANSWERED, an_answer(Call.CART_ITEMS, "PUT"))
        assert act_of(Stage.ADD, page, "add", "quantity", quantity=2) == Choose(marker="quantity", value="2", tcin=A)
        page = a_cart_page(ADD_ANSWERED, *[an_answer(Call.CART_ITEMS, "PUT")] * 3)
        assert ending_of(act_of(Stage.ADD, page, "add", *["quantity"] * 3, quantity=2)) is Ending.CART_MISMATCH

    def test_a_quantity_that_the_shop_refuses_ends_it(self) -> None:
        refusal = an_answer(Call.CART_ITEMS, "PUT", status=400, code="MAX_PURCHASE_LIMIT_EXCEEDED")
        page = a_cart_page(ADD_ANSWERED, refusal)
        assert ending_of(act_of(Stage.ADD, page, "add", "quantity", quantity=2)) is Ending.LIMIT

    def test_a_list_that_is_off_is_not_chosen_from(self) -> None:
        act = act_of(Stage.ADD, a_cart_page(quantity=a_found(enabled=False)), "add", quantity=2)
        assert act == Wait(why="the cart holds 1 instead of 2", marker="quantity")

    def test_a_cart_that_is_being_changed_is_waited_for(self) -> None:
        page = a_cart_page(an_answer(Call.CART_ITEMS, "PUT", status=None))
        act = act_of(Stage.ADD, page, "add", "quantity")
        assert act == Wait(why="the cart is being changed", ending=Ending.BUSY)

    def test_a_quantity_that_does_not_tell_is_waited_for(self) -> None:
        act = act_of(Stage.ADD, a_cart_page(rows=(a_row(quantity=None),)), "add")
        assert act == Wait(why="the quantity in the cart can't be read", marker="quantity")


class TestCleaning:
    def test_only_ours_is_taken_out(self) -> None:
        page = a_cart_page(rows=(a_row(B), a_row()), cart_link=a_found(label="cart 2 items"))
        assert act_of(Stage.CLEAN, page) == Click(marker="remove", tcin=A)

    def test_a_cart_of_the_owners_own_things_is_clean(self) -> None:
        page = a_cart_page(rows=(a_row(B, 2),), cart_link=a_found(label="cart 2 items"), without=("remove",))
        assert act_of(Stage.CLEAN, page) == Reached(items={B: 2})

    def test_a_cart_that_may_hold_more_than_it_shows_is_not(self) -> None:
        page = a_cart_page(rows=(a_row(B),), cart_link=a_found(label="cart 2 items"))
        assert isinstance(act_of(Stage.CLEAN, page), Wait)
        page = a_cart_page(an_answer(Call.CART, items={A: 1, B: 1}), rows=(a_row(B),))
        assert isinstance(act_of(Stage.CLEAN, page), Wait)
        assert isinstance(act_of(Stage.CLEAN, an_empty_cart(without=("cart_link",))), Wait)

    def test_a_cart_that_the_shop_says_is_empty_is_clean_without_the_head(self) -> None:
        page = an_empty_cart(an_answer(Call.CART, "GET", status=204, items={}), without=("cart_link",))
        assert act_of(Stage.CLEAN, page) == Reached()

    def test_who_is_signed_out_has_no_empty_cart(self) -> None:
        act = act_of(Stage.CLEAN, an_empty_cart(account=a_found("Sign in")))
        assert isinstance(act, Wait)
        assert act.ending is Ending.SIGN_IN
        act = act_of(Stage.CLEAN, an_empty_cart(without=("account",)))
        assert isinstance(act, Wait)
        assert act.marker == "account"

    def test_a_row_that_names_no_product_may_be_ours(self) -> None:
        page = a_cart_page(rows=(a_row(B), a_row(None)), cart_link=a_found(label="cart 2 items"))
        assert isinstance(act_of(Stage.CLEAN, page), Wait)

    def test_a_cart_that_is_being_changed_is_not_clean_yet(self) -> None:
        page = a_cart_page(an_answer(Call.CART_ITEMS, "POST", status=None), rows=(a_row(B),))
        assert isinstance(act_of(Stage.CLEAN, page), Wait)

    @pytest.mark.parametrize("sight", [{"without": ("remove",)}, {"remove": a_found(covered=True)}])
    def test_a_button_that_a_click_would_not_reach_is_not_clicked(self, sight: dict[str, Any]) -> None:
        act = act_of(Stage.CLEAN, a_cart_page(**sight))
        assert act == Wait(why="the button that takes it out can't be clicked", marker="remove")

    def test_a_button_that_may_be_of_another_row_is_not_clicked(self) -> None:
        act = act_of(Stage.CLEAN, a_cart_page(remove=a_found(count=2)))
        assert act == Wait(why="the button that takes it out can't be clicked", marker="remove")

    def test_it_is_clicked_again_only_when_the_shop_has_answered(self) -> None:
        assert isinstance(act_of(Stage.CLEAN, a_cart_page(), "remove"), Wait)
        under_way = an_answer(Call.CART_ITEMS, "DELETE", status=None)
        assert isinstance(act_of(Stage.CLEAN, a_cart_page(under_way), "remove"), Wait)
        failed = an_answer(Call.CART_ITEMS, "DELETE", status=503)
        assert act_of(Stage.CLEAN, a_cart_page(failed), "remove") == Click(marker="remove", tcin=A)
        act = act_of(Stage.CLEAN, a_cart_page(*[failed] * 3), *["remove"] * 3)
        assert isinstance(act, End)

    def test_what_was_told_before_the_last_change_is_outdated(self) -> None:
        calls = (an_answer(Call.CART, "GET", items={A: 1}), an_answer(Call.CART_ITEMS, "DELETE", status=204))
        assert act_of(Stage.CLEAN, an_empty_cart(*calls), "remove") == Reached()

    def test_a_dialog_elsewhere_does_not_keep_it_from_the_cart(self) -> None:
        assert act_of(Stage.CLEAN, a_product_page(dialogs=(a_dialog(),))) == Go(address=CART)

    def test_a_challenge_at_the_cart_is_told_by_its_name(self) -> None:
        assert need_of(act_of(Stage.CLEAN, a_cart_page(texts=("challenge",)))) is Need.CHALLENGE

    def test_a_dialog_at_the_cart_is_not_clicked(self) -> None:
        assert need_of(act_of(Stage.CLEAN, a_cart_page(dialogs=(a_dialog(),)))) is Need.DIALOG
