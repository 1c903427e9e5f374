"""What ends a purchase, or holds it up, and which of two things counts."""

from decimal import Decimal
from typing import Any

import pytest

from config.products import Channel
from purchasing.checkout.model import (
    Act,
    Answer,
    Call,
    Choose,
    Click,
    End,
    Ending,
    Go,
    Need,
    Observation,
    PressRefused,
    Reached,
    Stage,
    Wait,
)
from purchasing.checkout.witness import ENDINGS
from tests.builders import A, B
from tests.unit.purchasing.checkout.sights import (
    CART,
    CHECKOUT,
    ORDER,
    PICKUP_CHOSEN,
    PICKUP_OFFERED,
    PRODUCT,
    SHIPPING_OFFERED,
    a_cart_page,
    a_dialog,
    a_found,
    a_product_page,
    a_review_page,
    a_row,
    a_sight,
    act_of,
    an_answer,
    an_empty_cart,
)

BEFORE_THE_PRESS = [Stage.ADD, Stage.REVIEW]
#: In the order of the rules: each goes before all that stand below it, and before the step itself.
OWNERS = [
    ({"texts": ("challenge",)}, Need.CHALLENGE),
    ({"password": a_found()}, Need.PASSWORD),
    ({"texts": ("cvv",)}, Need.CVV),
    ({"texts": ("pin",)}, Need.PIN),
    ({"texts": ("address",)}, Need.ADDRESS),
    ({"card_number": a_found()}, Need.PAYMENT),
]
ADD_ANSWERED = an_answer(Call.CART_ITEMS, status=201)


def ending_of(act: Act) -> Ending | None:
    return act.ending if isinstance(act, End | Wait) else None


def need_of(act: Act) -> Need | None:
    return act.need if isinstance(act, End | Wait) else None


def a_page(stage: Stage, **of: Any) -> Observation:
    return a_product_page(**of) if stage is Stage.ADD else a_review_page(**of)


class TestTheOwner:
    @pytest.mark.parametrize("stage", BEFORE_THE_PRESS)
    @pytest.mark.parametrize(("sight", "need"), OWNERS)
    def test_what_only_the_owner_can_do_goes_before_every_step(
        self, stage: Stage, sight: dict[str, Any], need: Need
    ) -> None:
        act = act_of(stage, a_page(stage, **sight))
        assert (ending_of(act), need_of(act)) == (Ending.OWNER_NEEDED, need)

    @pytest.mark.parametrize("sight", [sight for sight, _ in OWNERS])
    def test_after_the_press_too_but_what_is_heard_counts_more(self, sight: dict[str, Any]) -> None:
        assert ending_of(act_of(Stage.PRESSED, a_review_page(**sight))) is Ending.OWNER_NEEDED
        ordered = an_answer(Call.CHECKOUT, status=201, orders=(ORDER,))
        assert not isinstance(act_of(Stage.PRESSED, a_review_page(ordered, **sight)), End)
        under_way = an_answer(Call.CHECKOUT, status=None)
        assert isinstance(act_of(Stage.PRESSED, a_review_page(under_way, **sight)), Wait)

    def test_a_challenge_goes_before_a_sign_in_and_that_before_a_prompt(self) -> None:
        page = a_sight("/login", texts=("challenge", "cvv"))
        assert need_of(act_of(Stage.ADD, page)) is Need.CHALLENGE
        assert need_of(act_of(Stage.ADD, a_sight("/login", texts=("cvv",)))) is Need.SIGN_IN

    def test_a_form_with_a_name_and_a_password_is_a_sign_in(self) -> None:
        page = a_sight("/login", sign_in_form=a_found(), password=a_found())
        assert ending_of(act_of(Stage.ADD, page)) is Ending.SIGN_IN

    def test_a_head_that_says_sign_in_is_waited_for_first(self) -> None:
        act = act_of(Stage.ADD, a_product_page(account=a_found("Sign in")))
        assert act == Wait(
            why="the page says that nobody is signed in", marker="account", ending=Ending.SIGN_IN, need=Need.SIGN_IN
        )

    @pytest.mark.parametrize("form", [{}, {"sign_in_form": a_found()}])
    def test_a_panel_that_asks_for_the_password_alone_asks_for_it(self, form: dict[str, Any]) -> None:
        page = a_review_page(texts=("password",), password=a_found(), **form)
        assert need_of(act_of(Stage.REVIEW, page)) is Need.PASSWORD

    @pytest.mark.parametrize("stage", [Stage.ADD, Stage.CLEAN])
    def test_a_shop_that_knows_nobody_counts_more_than_a_head_that_does(self, stage: Stage) -> None:
        page = an_empty_cart(an_answer(Call.CART, "PUT", status=401))
        assert ending_of(act_of(stage, page, "add")) is Ending.SIGN_IN
        page = an_empty_cart(page.calls[0], an_answer(Call.CART, "PUT", status=204, items={}))
        assert ending_of(act_of(stage, page, "add")) is not Ending.SIGN_IN

    def test_a_way_to_pay_is_asked_for_only_where_the_order_cannot_be_placed(self) -> None:
        answer = an_answer(Call.CART, "GET", items={A: 1})
        assert isinstance(act_of(Stage.REVIEW, a_review_page(answer, texts=("payment",))), Reached)
        page = a_sight(CHECKOUT, answer, texts=("payment",))
        act = act_of(Stage.REVIEW, page)
        assert isinstance(act, Wait)
        assert (act.ending, act.need) == (Ending.OWNER_NEEDED, Need.PAYMENT)


class TestDialogs:
    @pytest.mark.parametrize("stage", [*BEFORE_THE_PRESS, Stage.PRESSED])
    def test_one_that_is_not_known_ends_it(self, stage: Stage) -> None:
        act = act_of(stage, a_page(stage, dialogs=(a_dialog("Would you like a newsletter?"),)))
        assert act == Wait(
            ending=Ending.OWNER_NEEDED,
            why="a dialog that is not known lies over the page: Would you like a newsletter?",
            need=Need.DIALOG,
            briefly=True,
        )

    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ("Deliver to Grace Hopper, 12 Analytical Row, Practice Town, MN 55403?", "Deliver to ▒"),
            ("Confirm your card Visa •••• 4242", "Confirm your card ▒"),
            ("Ada, add a phone number", "▒ add a phone number"),
        ],
    )
    def test_what_is_told_of_one_names_nobody(self, text: str, kept: str) -> None:
        page = a_product_page(account=a_found("Hi, Ada"), dialogs=(a_dialog(text),))
        act = act_of(Stage.ADD, page)
        assert isinstance(act, Wait | End)
        assert act.why == f"a dialog that is not known lies over the page: {kept}"

    def test_a_known_one_beside_it_changes_nothing(self) -> None:
        dialogs = (a_dialog("Added", "view_cart"), a_dialog("Win a prize"))
        act = act_of(Stage.ADD, a_product_page(ADD_ANSWERED, dialogs=dialogs), "add")
        assert need_of(act) is Need.DIALOG

    @pytest.mark.parametrize("marker", ["decline_coverage", "added", "view_cart"])
    def test_those_on_the_way_are_known(self, marker: str) -> None:
        page = a_product_page(ADD_ANSWERED, dialogs=(a_dialog("On the way", marker),))
        assert act_of(Stage.ADD, page, "add") == Go(address=CART)

    def test_one_that_tells_of_demand_is_known_for_it(self) -> None:
        page = a_cart_page(dialogs=(a_dialog("High-demand item in your cart"),), texts=("busy",))
        assert ending_of(act_of(Stage.ADD, page, "add")) is Ending.BUSY

    def test_what_only_the_owner_can_do_is_said_by_its_name(self) -> None:
        page = a_review_page(dialogs=(a_dialog("Enter CVV"),), texts=("cvv",))
        assert need_of(act_of(Stage.REVIEW, page)) is Need.CVV


class TestFailuresOfAdding:
    def test_failure_goes_before_the_way_to_the_cart(self) -> None:
        dialog = a_dialog("Item not added to cart View cart & check out", "view_cart")
        page = a_product_page(texts=("not_added",), dialogs=(dialog,), view_cart=a_found())
        assert ending_of(act_of(Stage.ADD, page, "add")) is Ending.OUT_OF_STOCK

    @pytest.mark.parametrize(
        ("texts", "calls", "ending"),
        [
            (("not_added", "limit"), (), Ending.LIMIT),
            (("not_added", "busy"), (), Ending.BUSY),
            (("not_added",), (an_answer(Call.CART_ITEMS, status=503),), Ending.BUSY),
            (("not_added",), (an_answer(Call.CART_ITEMS, status=429),), Ending.THROTTLED),
        ],
    )
    def test_why_it_failed_is_told_as_well_as_it_is_known(
        self, texts: tuple[str, ...], calls: tuple[Answer, ...], ending: Ending
    ) -> None:
        assert ending_of(act_of(Stage.ADD, a_product_page(*calls, texts=texts), "add")) is ending

    @pytest.mark.parametrize(("code", "ending"), ENDINGS.items())
    def test_a_refusals_word_tells_why(self, code: str, ending: Ending) -> None:
        page = a_product_page(an_answer(Call.CART_ITEMS, status=400, code=code))
        act = act_of(Stage.ADD, page, "add")
        assert isinstance(act, End)
        assert act.ending is ending
        assert code in act.why
        assert (act.need is None) == (ending not in {Ending.OWNER_NEEDED, Ending.SIGN_IN})

    @pytest.mark.parametrize(
        ("status", "ending"),
        [
            (401, Ending.SIGN_IN),
            (403, Ending.OWNER_NEEDED),
            (424, Ending.OUT_OF_STOCK),
            (429, Ending.THROTTLED),
            (400, Ending.BUSY),
        ],
    )
    def test_a_refusal_without_a_word_tells_by_its_number(self, status: int, ending: Ending) -> None:
        act = act_of(Stage.ADD, a_product_page(an_answer(Call.CART_ITEMS, status=status)), "add")
        assert ending_of(act) is ending

    @pytest.mark.parametrize("status", [201, 500, 503])
    def test_what_may_have_been_added_is_looked_up_in_the_cart(self, status: int) -> None:
        calls = (an_answer(Call.CART_ITEMS, status=429), an_answer(Call.CART_ITEMS, status=status))
        broken = an_answer(Call.CART_ITEMS, status=None, broke=True)
        page = a_product_page(*(calls if status == 201 else calls[1:]))
        assert act_of(Stage.ADD, page, "add") == Go(address=CART)
        assert act_of(Stage.ADD, a_product_page(broken), "add") == Go(address=CART)

    def test_a_page_cannot_know_of_a_try_without_an_answer(self) -> None:
        broken = an_answer(Call.CART_ITEMS, status=None, broke=True)
        page = a_product_page(broken, texts=("not_added",), dialogs=(a_dialog("Item not added to cart", "view_cart"),))
        assert act_of(Stage.ADD, page, "add") == Go(address=CART)

    def test_a_click_that_the_shop_never_heard_of_is_a_page_that_changed(self) -> None:
        act = act_of(Stage.ADD, a_product_page(), "add")
        assert act == Wait(why="the shop has not heard of the click that adds", marker="add")

    def test_a_failure_whose_answer_is_not_read_yet_is_waited_for(self) -> None:
        page = a_product_page(an_answer(Call.CART_ITEMS, status=None), texts=("not_added",), view_cart=a_found())
        assert isinstance(act_of(Stage.ADD, page, "add"), Wait)

    def test_an_answer_under_way_is_waited_for(self) -> None:
        calls = (an_answer(Call.CART_ITEMS, status=429), an_answer(Call.CART_ITEMS, status=None))
        act = act_of(Stage.ADD, a_product_page(*calls), "add")
        assert act == Wait(why="the shop has not answered the click that adds", ending=Ending.BUSY)


class TestTheShopsLimits:
    @pytest.mark.parametrize("stage", BEFORE_THE_PRESS)
    @pytest.mark.parametrize(
        ("text", "ending"), [("limit", Ending.LIMIT), ("busy", Ending.BUSY), ("queue", Ending.QUEUE)]
    )
    def test_what_the_page_says_of_them_ends_it(self, stage: Stage, text: str, ending: Ending) -> None:
        assert ending_of(act_of(stage, a_page(stage, texts=(text,)))) is ending


class TestTheProductsPage:
    def test_a_disabled_button_with_the_words_is_sold_out(self) -> None:
        page = a_product_page(add=a_found(enabled=False), out_of_stock=a_found("Out of stock"))
        assert ending_of(act_of(Stage.ADD, page)) is Ending.OUT_OF_STOCK

    def test_no_button_with_the_words_is_sold_out(self) -> None:
        page = a_product_page(without=("add",), texts=("out_of_stock",))
        assert ending_of(act_of(Stage.ADD, page)) is Ending.OUT_OF_STOCK

    def test_its_mark_says_so_whatever_its_words_are(self) -> None:
        act = act_of(Stage.ADD, a_product_page(without=("add",), out_of_stock=a_found("Agotado")))
        assert act == End(ending=Ending.OUT_OF_STOCK, why="the page says that it is sold out")

    def test_what_was_the_last_one_and_is_ours_is_looked_for_in_the_cart(self) -> None:
        page = a_product_page(ADD_ANSWERED, without=("add",), texts=("out_of_stock",))
        assert act_of(Stage.ADD, page, "add") == Go(address=CART)

    def test_a_way_to_the_stores_is_sold_out(self) -> None:
        page = a_product_page(without=("add",), find_store=a_found())
        assert ending_of(act_of(Stage.ADD, page)) is Ending.OUT_OF_STOCK

    def test_words_beside_a_button_that_works_are_not_of_ours(self) -> None:
        page = a_product_page(texts=("out_of_stock",))
        assert act_of(Stage.ADD, page) == Click(marker="add", tcin=A)

    def test_a_marketplace_seller_ends_it_before_the_click(self) -> None:
        assert ending_of(act_of(Stage.ADD, a_product_page(texts=("sold_by",)))) is Ending.MARKETPLACE
        page = a_product_page(texts=("sold_by", "sold_by_shop"))
        assert act_of(Stage.ADD, page) == Click(marker="add", tcin=A)

    @pytest.mark.parametrize("sight", [{"texts": ("variations",)}, {"add_other": a_found()}])
    def test_a_parent_of_variations_ends_it(self, sight: dict[str, Any]) -> None:
        act = act_of(Stage.ADD, a_product_page(without=("add",), **sight))
        assert ending_of(act) is Ending.VARIATIONS

    def test_a_variation_that_is_chosen_is_added_beside_the_choice_of_others(self) -> None:
        assert act_of(Stage.ADD, a_product_page(texts=("variations",))) == Click(marker="add", tcin=A)
        assert act_of(Stage.ADD, a_product_page(ADD_ANSWERED, texts=("variations",), without=("add",)), "add") == Go(
            address=CART
        )

    def test_the_page_of_another_product_ends_it(self) -> None:
        page = a_product_page(address=f"/p/other/-/A-{B}", add=a_found(selector=1))
        assert act_of(Stage.ADD, page) == End(
            ending=Ending.PAGE_CHANGED, why="the shop shows another product in its place", marker="add"
        )

    @pytest.mark.parametrize(
        "address", [f"/p/slug/-/A-{A}", f"/p/A-{A}?x=1", f"/p/slug/-/A-{B}?preselect={A}", f"/p/parent/-/A-{B}"]
    )
    def test_the_page_of_ours_under_other_addresses_is_ours(self, address: str) -> None:
        assert act_of(Stage.ADD, a_product_page(address=address)) == Click(marker="add", tcin=A)

    def test_of_several_buttons_that_are_not_where_they_were_none_is_clicked(self) -> None:
        act = act_of(Stage.ADD, a_product_page(add=a_found(selector=1, count=2)))
        assert act == Wait(why="the product's own button can't be clicked", marker="add")

    def test_a_button_that_stays_disabled_without_a_word_is_sold_out(self) -> None:
        act = act_of(Stage.ADD, a_product_page(add=a_found(enabled=False)))
        assert ending_of(act) is Ending.OUT_OF_STOCK
        assert isinstance(act, Wait)
        assert (act.marker, "out of stock" in act.why) == ("add", True)

    @pytest.mark.parametrize("state", [{"visible": False}, {"covered": True}])
    def test_a_button_that_is_not_ready_is_waited_for_by_its_name(self, state: dict[str, Any]) -> None:
        act = act_of(Stage.ADD, a_product_page(add=a_found(**state)))
        assert act == Wait(why="the product's own button can't be clicked", marker="add")

    def test_a_missing_button_is_waited_for_by_its_name(self) -> None:
        act = act_of(Stage.ADD, a_product_page(without=("add",)))
        assert act == Wait(why="the product's own button can't be clicked", marker="add")

    def test_the_wanted_way_that_is_not_offered_ends_it(self) -> None:
        page = a_product_page(cell_pickup=PICKUP_CHOSEN, without=("cell_shipping",))
        act = act_of(Stage.ADD, page)
        assert act == Wait(why="the way to choose shipping is not there", marker="cell_shipping")
        page = a_product_page(texts=("ship_to",), without=("cell_shipping", "cell_pickup"))
        assert ending_of(act_of(Stage.ADD, page, channel=Channel.PICKUP)) is Ending.CHANNEL

    def test_the_wanted_way_that_is_shut_is_waited_for_and_then_ends_it(self) -> None:
        shut = a_found(label="shipping - not selected", enabled=False)
        act = act_of(Stage.ADD, a_product_page(cell_shipping=shut, cell_pickup=PICKUP_CHOSEN))
        assert isinstance(act, Wait)
        assert (act.ending, act.marker) == (Ending.CHANNEL, "cell_shipping")
        act = act_of(Stage.ADD, a_product_page(cell_shipping=shut, cell_pickup=PICKUP_CHOSEN, without=("add",)))
        assert ending_of(act) is Ending.CHANNEL

    def test_the_wanted_way_that_is_sold_out_beside_one_that_is_not_is_no_changed_page(self) -> None:
        shut = a_found(label="shipping - not selected", enabled=False)
        page = a_product_page(cell_shipping=shut, cell_pickup=PICKUP_CHOSEN, texts=("out_of_stock",))
        assert ending_of(act_of(Stage.ADD, page)) is Ending.CHANNEL
        page = a_product_page(cell_shipping=shut, cell_pickup=PICKUP_OFFERED, texts=("out_of_stock",), without=("add",))
        assert ending_of(act_of(Stage.ADD, page)) is Ending.OUT_OF_STOCK

    def test_nothing_is_added_while_another_way_is_chosen(self) -> None:
        page = a_product_page(cell_shipping=SHIPPING_OFFERED, cell_pickup=PICKUP_CHOSEN)
        assert act_of(Stage.ADD, page, "cell_shipping") == Wait(
            why="shipping is not chosen yet", marker="cell_shipping"
        )
        page = a_product_page(without=("cell_shipping", "cell_pickup"))
        act = act_of(Stage.ADD, page)
        assert act == Wait(why="the page does not say that shipping is chosen", marker="cell_shipping")

    def test_nothing_is_added_to_what_lies_in_the_cart_already(self) -> None:
        page = a_product_page(an_answer(Call.CART, "GET", items={A: 1, B: 1}))
        assert act_of(Stage.ADD, page) == End(ending=Ending.CART_MISMATCH, why="the cart holds 2 things already")
        page = a_product_page(cart_link=a_found(label="cart 1 item"))
        assert act_of(Stage.ADD, page) == Go(address="/cart")
        assert act_of(Stage.ADD, page, "go /cart") == Wait(
            why="the cart holds one thing already", marker="cart_link", ending=Ending.CART_MISMATCH
        )
        for empty in (an_answer(Call.CART, "GET", status=204, items={}), an_answer(Call.CART, "GET", status=503)):
            page = a_product_page(empty, cart_link=a_found(label="cart 0 items"))
            assert act_of(Stage.ADD, page) == Click(marker="add", tcin=A)

    def test_a_head_that_lags_behind_the_shops_own_answer_counts_nothing(self) -> None:
        empty = an_answer(Call.CART, "GET", items={})
        page = a_product_page(empty, cart_link=a_found(label="cart 1 item"))
        for done in ((), ("go /cart",)):
            assert act_of(Stage.ADD, page, *done) == Click(marker="add", tcin=A)

    def test_a_page_that_has_not_come_is_waited_for_whatever_its_head_does_not_tell(self) -> None:
        assert isinstance(act_of(Stage.ADD, a_sight(PRODUCT)), Wait)

    def test_a_plan_that_is_not_declined_by_three_clicks_is_left(self) -> None:
        page = a_product_page(ADD_ANSWERED, decline_coverage=a_found("No thanks"))
        assert act_of(Stage.ADD, page, "add", *["decline_coverage"] * 2) == Click(marker="decline_coverage")
        assert act_of(Stage.ADD, page, "add", *["decline_coverage"] * 3) == Go(address=CART)

    def test_what_the_page_says_was_added_is_looked_for_in_the_cart(self) -> None:
        for page in (a_product_page(added=a_found()), a_product_page(view_cart=a_found())):
            assert act_of(Stage.ADD, page, "add") == Go(address=CART)

    def test_nothing_is_added_before_anything_tells_what_the_cart_holds(self) -> None:
        page = a_product_page(without=("cart_link",))
        assert act_of(Stage.ADD, page) == Go(address="/cart")
        told = a_product_page(an_answer(Call.CART, "PUT", items={}), without=("cart_link",))
        assert act_of(Stage.ADD, told, "go /cart", "go /p/-/A-" + A) == Click(marker="add", tcin=A)
        assert act_of(Stage.ADD, an_empty_cart(), "go /cart") == Go(address="/p/-/A-" + A)
        assert act_of(Stage.ADD, a_sight(CART), "go /cart") == Wait(why="the cart has not come", marker="cart_groups")
        owners = a_product_page(an_answer(Call.CART, "PUT", items={A: 1}), without=("cart_link",))
        assert isinstance(act_of(Stage.ADD, owners, "go /cart"), End)

    def test_after_the_click_no_way_is_chosen_any_more(self) -> None:
        page = a_product_page(ADD_ANSWERED, cell_shipping=SHIPPING_OFFERED, cell_pickup=PICKUP_CHOSEN)
        assert act_of(Stage.ADD, page, "add") == Go(address=CART)

    def test_the_button_is_clicked_once_whatever_becomes_of_it(self) -> None:
        act = act_of(Stage.ADD, a_product_page(), "add")
        assert isinstance(act, Wait)


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

    def test_a_refusal_that_the_page_does_not_show_yet_is_waited_for(self) -> None:
        page = a_review_page(self.REFUSED, place_order=a_found(enabled=False))
        assert isinstance(act_of(Stage.PRESSED, page), Wait)

    def test_a_refusal_beside_a_confirmation_is_none(self) -> None:
        assert isinstance(act_of(Stage.PRESSED, a_review_page(self.REFUSED, texts=("thanks",))), Wait)
        assert isinstance(act_of(Stage.PRESSED, a_sight("/order-confirmation", self.REFUSED)), Wait)

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


def test_an_address_of_the_product_is_opened_from_anywhere() -> None:
    for address in ("/", "/cart", "/checkout", "/orders", "/s?searchTerm=x"):
        assert act_of(Stage.ADD, a_sight(address)) == Go(address=PRODUCT)


@pytest.mark.guards("purchasing", "a shop that leads elsewhere is not asked for the same page without end")
@pytest.mark.parametrize(
    ("stage", "address", "done"),
    [
        (Stage.ADD, PRODUCT, ()),
        (Stage.ADD, CART, ("add",)),
        (Stage.REVIEW, CART, ()),
        (Stage.CLEAN, CART, ()),
    ],
)
def test_an_address_that_leads_elsewhere_is_opened_three_times_at_most(
    stage: Stage, address: str, done: tuple[str, ...]
) -> None:
    elsewhere = a_sight("/s", ADD_ANSWERED, view_cart=a_found())
    gone = (f"go {address}",)
    assert act_of(stage, elsewhere, *done, *gone * 2) == Go(address=address)
    act = act_of(stage, elsewhere, *done, *gone * 3)
    assert ending_of(act) is Ending.PAGE_CHANGED
    assert isinstance(act, Wait)


def test_a_cart_that_leads_to_the_sign_in_is_not_asked_for_again() -> None:
    page = a_sight("/login", sign_in_form=a_found())
    assert act_of(Stage.CLEAN, page) == Go(address=CART)
    assert ending_of(act_of(Stage.CLEAN, page, f"go {CART}")) is Ending.SIGN_IN
