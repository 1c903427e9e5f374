"""The way through the shop where nothing stands in it."""

from decimal import Decimal

from config.products import Channel
from purchasing.checkout.model import Call, Choose, Click, Go, Ordered, Reached, Stage, Wait
from purchasing.model import TARGET
from tests.builders import A
from tests.unit.purchasing.checkout.sights import (
    CART,
    CONFIRMATION,
    ORDER,
    PICKUP_CHOSEN,
    PICKUP_OFFERED,
    PRODUCT,
    SHIPPING_CHOSEN,
    SHIPPING_OFFERED,
    a_cart_page,
    a_found,
    a_product_page,
    a_review_page,
    a_row,
    a_sight,
    act_of,
    an_answer,
    an_empty_cart,
)

ADDED = an_answer(Call.CART_ITEMS, status=201)
CART_HOLDS_ONE = an_answer(Call.CART, "GET", items={A: 1}, total=Decimal("10.70"), channel=Channel.SHIPPING)


class TestAdding:
    def test_it_begins_at_the_product(self) -> None:
        assert act_of(Stage.ADD, a_sight("/")) == Go(address=PRODUCT)

    def test_the_products_own_button_is_clicked(self) -> None:
        assert act_of(Stage.ADD, a_product_page()) == Click(marker="add", tcin=A)

    def test_shipping_is_chosen_first_where_pickup_is_preselected(self) -> None:
        page = a_product_page(cell_shipping=SHIPPING_OFFERED, cell_pickup=PICKUP_CHOSEN)
        assert act_of(Stage.ADD, page) == Click(marker="cell_shipping")

    def test_a_way_that_says_not_selected_is_not_the_chosen_one(self) -> None:
        page = a_product_page(cell_shipping=SHIPPING_OFFERED, without=("cell_pickup",))
        assert act_of(Stage.ADD, page) == Click(marker="cell_shipping")

    def test_pickup_is_chosen_where_it_is_wanted(self) -> None:
        page = a_product_page(cell_shipping=SHIPPING_CHOSEN, cell_pickup=PICKUP_OFFERED)
        assert act_of(Stage.ADD, page, channel=Channel.PICKUP) == Click(marker="cell_pickup")

    def test_either_way_takes_what_is_chosen(self) -> None:
        page = a_product_page(cell_shipping=SHIPPING_OFFERED, cell_pickup=PICKUP_CHOSEN)
        assert act_of(Stage.ADD, page, channel=Channel.ANY) == Click(marker="add", tcin=A)

    def test_a_page_without_a_choice_that_ships_is_shipping(self) -> None:
        page = a_product_page(texts=("ship_to",), without=("cell_shipping", "cell_pickup"))
        assert act_of(Stage.ADD, page) == Click(marker="add", tcin=A)

    def test_the_cart_is_read_once_the_shop_has_answered(self) -> None:
        assert act_of(Stage.ADD, a_product_page(ADDED), "add") == Go(address=CART)

    def test_the_plan_that_is_offered_is_declined(self) -> None:
        page = a_product_page(ADDED, decline_coverage=a_found("No thanks"))
        assert act_of(Stage.ADD, page, "add") == Click(marker="decline_coverage")

    def test_a_shut_summary_is_opened(self) -> None:
        page = a_cart_page(summary=a_found(value="false"))
        assert act_of(Stage.ADD, page, "add") == Click(marker="summary")

    def test_the_quantity_is_set_in_the_cart(self) -> None:
        assert act_of(Stage.ADD, a_cart_page(), "add", quantity=2) == Choose(marker="quantity", value="2", tcin=A)

    def test_more_than_wanted_is_set_down(self) -> None:
        page = a_cart_page(rows=(a_row(quantity=3),))
        assert act_of(Stage.ADD, page, "add") == Choose(marker="quantity", value="1", tcin=A)

    def test_a_cart_of_exactly_what_is_wanted_is_the_goal(self) -> None:
        act = act_of(Stage.ADD, a_cart_page(ADDED, CART_HOLDS_ONE), "add")
        assert act == Reached(items={A: 1}, channel=Channel.SHIPPING, seller=TARGET, subtotal=Decimal("10.00"))


class TestToTheReview:
    def test_the_cart_is_checked_out(self) -> None:
        assert act_of(Stage.REVIEW, a_cart_page()) == Click(marker="checkout")

    def test_a_checkout_that_asks_to_save_first_is_saved(self) -> None:
        page = a_review_page(without=("place_order",), save_and_continue=a_found("Save and continue"))
        assert act_of(Stage.REVIEW, page) == Click(marker="save_and_continue")

    def test_the_review_tells_what_would_be_ordered(self) -> None:
        act = act_of(Stage.REVIEW, a_review_page(CART_HOLDS_ONE), "checkout")
        assert act == Reached(items={A: 1}, channel=Channel.SHIPPING, seller=TARGET, total=Decimal("10.70"))

    def test_a_way_that_the_shop_has_changed_since_is_not_told_from_before(self) -> None:
        by_drone = an_answer(Call.CART, "PUT", items={A: 1}, total=Decimal("10.70"), channel=None)
        act = act_of(Stage.REVIEW, a_review_page(CART_HOLDS_ONE, by_drone), "checkout")
        assert act == Reached(items={A: 1}, channel=None, seller=TARGET, total=Decimal("10.70"))


class TestAfterThePress:
    def test_an_overheard_order_is_an_order_whatever_the_page_shows(self) -> None:
        answer = an_answer(Call.CHECKOUT, status=201, orders=(ORDER,), total=Decimal("10.70"))
        assert act_of(Stage.PRESSED, a_review_page(answer)) == Ordered(order_number=ORDER, total=Decimal("10.70"))

    def test_the_address_of_the_confirmation_names_the_order(self) -> None:
        act = act_of(Stage.PRESSED, a_sight(f"/checkout/confirmation?orderId={ORDER}"))
        assert act == Ordered(order_number=ORDER)

    def test_the_page_of_the_confirmation_names_the_order(self) -> None:
        page = a_sight(CONFIRMATION, order_number=a_found(f"Order #{ORDER}"))
        assert act_of(Stage.PRESSED, page) == Ordered(order_number=ORDER)

    def test_without_a_word_it_is_waited_for(self) -> None:
        for page in (a_review_page(place_order=a_found(enabled=False)), a_sight(CONFIRMATION), a_cart_page()):
            act = act_of(Stage.PRESSED, page)
            assert act == Wait(why="no confirmation has come", marker="order_number", patiently=True)

    def test_a_page_that_offers_its_button_again_is_not_waited_for_without_end(self) -> None:
        fault = an_answer(Call.CHECKOUT, status=500)
        for calls in ((), (fault,)):
            act = act_of(Stage.PRESSED, a_review_page(*calls))
            assert isinstance(act, Wait)
            assert (act.marker, act.patiently) == ("place_order", False)

    def test_an_answer_that_the_shop_owes_is_waited_for_whatever_the_page_offers(self) -> None:
        act = act_of(Stage.PRESSED, a_review_page(an_answer(Call.CHECKOUT, status=None)))
        assert act == Wait(why="the shop has not answered the press", patiently=True)


class TestCleaning:
    def test_it_begins_at_the_cart(self) -> None:
        assert act_of(Stage.CLEAN, a_product_page()) == Go(address=CART)

    def test_ours_is_taken_out(self) -> None:
        assert act_of(Stage.CLEAN, a_cart_page()) == Click(marker="remove", tcin=A)

    def test_a_cart_that_says_so_is_empty(self) -> None:
        assert act_of(Stage.CLEAN, an_empty_cart()) == Reached()
