"""What is done on the product's page, and what it says that ends a purchase."""

from typing import Any

import pytest

from config.products import Channel
from purchasing.checkout.model import (
    Call,
    Click,
    End,
    Ending,
    Go,
    Stage,
    Wait,
)
from tests.builders import A, B
from tests.unit.purchasing.checkout.sights import (
    CART,
    PICKUP_CHOSEN,
    PICKUP_OFFERED,
    PRODUCT,
    SHIPPING_OFFERED,
    a_found,
    a_product_page,
    a_sight,
    act_of,
    an_answer,
    an_empty_cart,
    ending_of,
)

ADD_ANSWERED = an_answer(Call.CART_ITEMS, status=201)


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

    def test_a_button_in_its_place_or_alone_of_its_number_is_the_products_own(self) -> None:
        for button in (a_found(selector=0, count=2), a_found(selector=1, count=1)):
            assert act_of(Stage.ADD, a_product_page(add=button)) == Click(marker="add", tcin=A)

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
