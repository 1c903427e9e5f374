"""What ends a purchase, or holds it up, and which of two things counts."""

from typing import Any

import pytest

from purchasing.checkout.model import (
    Answer,
    Call,
    End,
    Ending,
    Go,
    Need,
    Observation,
    Reached,
    Stage,
    Wait,
)
from purchasing.checkout.witness import ENDINGS
from tests.builders import A
from tests.unit.purchasing.checkout.sights import (
    CART,
    CHECKOUT,
    ORDER,
    PRODUCT,
    a_cart_page,
    a_dialog,
    a_found,
    a_product_page,
    a_review_page,
    a_sight,
    act_of,
    an_answer,
    an_empty_cart,
    ending_of,
    need_of,
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
