"""What overheard calls tell, and whether a press was refused."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.products import Channel
from purchasing.checkout.model import Answer, Call, Ordered
from purchasing.checkout.witness import find_order, find_refusal, read_answer
from tests.builders import A, B
from tests.unit.purchasing.checkout.sights import ORDER, an_answer

HOST = "https://carts.target.com"
CART = f"{HOST}/web_checkouts/v1/cart?cart_type=REGULAR&key=abc"
CHECKOUT = f"{HOST}/web_checkouts/v1/checkout?field_groups=CART"


def heard(url: str, body: Any = None, *, method: str = "POST", status: int = 200, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = read_answer(method, url, status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)
    assert answer is not None
    return answer


def a_line(tcin: object = A, quantity: object = 1, **of: object) -> dict[str, object]:
    return {"cart_item_id": "x", "tcin": tcin, "quantity": quantity, **of}


class TestWhichCalls:
    @pytest.mark.parametrize(
        ("method", "path", "call"),
        [
            ("POST", "/web_checkouts/v1/cart_items?field_groups=CART", Call.CART_ITEMS),
            ("PUT", "/web_checkouts/v1/cart_items/ab-12?x=1", Call.CART_ITEMS),
            ("DELETE", "/web_checkouts/v1/cart_items/ab-12", Call.CART_ITEMS),
            ("GET", "/web_checkouts/v1/cart", Call.CART),
            ("PUT", "/web_checkouts/v1/cart?cart_type=REGULAR", Call.CART),
            ("POST", "/web_checkouts/v1/pre_checkout", Call.PRE_CHECKOUT),
            ("POST", "/web_checkouts/v1/checkout", Call.CHECKOUT),
            ("GET", "/guest_order_aggregations/v1/order_history?page_size=10", Call.ORDERS),
            ("GET", "/post_orders/v1/orders/history", Call.ORDERS),
        ],
    )
    def test_those_about_buying_are_known(self, method: str, path: str, call: Call) -> None:
        assert read_answer(method, HOST + path) == Answer(call=call, method=method)

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("OPTIONS", "/web_checkouts/v1/checkout"),
            ("POST", "/web_checkouts/v1/checkouts"),
            ("POST", "/firefly_events/v1/events/checkout"),
            ("GET", "/p/-/A-1?x=/web_checkouts/v1/checkout"),
        ],
    )
    def test_others_tell_nothing(self, method: str, path: str) -> None:
        assert read_answer(method, HOST + path, 200) is None

    def test_a_call_that_broke_says_so(self) -> None:
        assert read_answer("POST", CHECKOUT, broke=True) == Answer(call=Call.CHECKOUT, method="POST", broke=True)


class TestTheCart:
    def test_its_things_amounts_and_way(self) -> None:
        body = {
            "cart_items": [a_line(fulfillment={"type": "SHIP"}), a_line(int(B), 2, fulfillment_type="SHIPPING")],
            "summary": {"grand_total": 1234.56, "total_product_amount": "1,200.00"},
        }
        answer = heard(CART, body, method="GET")
        assert (answer.items, answer.channel) == ({A: 1, B: 2}, Channel.SHIPPING)
        assert (answer.total, answer.subtotal) == (Decimal("1234.56"), Decimal("1200.00"))

    def test_lines_of_one_product_are_counted_together(self) -> None:
        assert heard(CART, {"cart_items": [a_line(), a_line(quantity=2)]}).items == {A: 3}

    def test_one_within_another_answer_counts(self) -> None:
        answer = heard(CART, {"cart": {"cart_items": [a_line()], "summary": {"grand_total": "10.70"}}})
        assert (answer.items, answer.total) == ({A: 1}, Decimal("10.70"))

    def test_no_content_is_an_empty_cart(self) -> None:
        assert heard(CART, b"", method="GET", status=204).items == {}
        assert heard(f"{HOST}/web_checkouts/v1/cart_items/x", b"", method="DELETE", status=204).items is None

    @pytest.mark.parametrize(
        "line",
        [a_line("12"), a_line(None), a_line(quantity="1"), a_line(quantity=0), a_line(quantity=-1), "x", None, 7],
    )
    def test_a_line_that_cannot_be_read_leaves_the_cart_unknown(self, line: object) -> None:
        assert heard(CART, {"cart_items": [a_line(), line]}).items is None

    def test_one_line_alone_is_no_cart(self) -> None:
        answer = heard(f"{HOST}/web_checkouts/v1/cart_items", a_line(), status=201)
        assert answer.items is None

    def test_two_ways_are_no_way(self) -> None:
        lines = [a_line(fulfillment={"type": "SHIP"}), a_line(B, fulfillment={"type": "PICKUP"})]
        assert heard(CART, {"cart_items": lines}).channel is None
        assert heard(CART, {"cart_items": [a_line(fulfillment={"type": "TELEPORT"})]}).channel is None

    @pytest.mark.parametrize("amount", ["Free", "", None, True, -1, 1e9, "NaN", "Infinity", [], {}])
    def test_what_is_no_amount_is_none(self, amount: object) -> None:
        assert heard(CART, {"summary": {"grand_total": amount}}).total is None


class TestRefusals:
    @pytest.mark.parametrize(
        "body",
        [
            {"alerts": [{"code": "RESERVATION_FAILURE"}]},
            {"alerts": "?", "errors": [{"code": "RESERVATION_FAILURE"}]},
            {"errors": [{"key": "RESERVATION_FAILURE", "code": 7}]},
            {"code": "RESERVATION_FAILURE", "message": "Sorry"},
        ],
    )
    def test_its_word_stands_in_one_of_several_places(self, body: object) -> None:
        assert heard(CHECKOUT, body, status=424).code == "RESERVATION_FAILURE"

    def test_its_word_may_stand_in_the_header_alone(self) -> None:
        assert (
            heard(CHECKOUT, b"", status=424, Tgt_Cart_Error_Key="DCO_RATE_LIMITED, NOT_FOUND").code
            == "DCO_RATE_LIMITED"
        )

    def test_a_sentence_is_no_word(self) -> None:
        assert heard(CHECKOUT, {"code": "<script>", "alerts": [{"code": "Try again"}]}, status=400).code is None


class TestOrders:
    @pytest.mark.parametrize(
        "body", [{"orders": [{"order_id": ORDER}]}, {"orders": [{"order_number": int(ORDER)}]}, {"order_id": ORDER}]
    )
    def test_the_number_is_read(self, body: object) -> None:
        assert heard(CHECKOUT, body, status=201).orders == (ORDER,)

    @pytest.mark.parametrize("number", ["", "12", "x" * 15, None, True, 1.5, {}, ORDER * 2])
    def test_what_is_no_number_of_an_order_is_none(self, number: object) -> None:
        assert heard(CHECKOUT, {"orders": [{"order_id": number}]}).orders == ()

    def test_only_a_good_answer_to_the_press_tells_of_an_order(self) -> None:
        body = {"orders": [{"order_id": ORDER}]}
        assert heard(CHECKOUT, body, status=424).orders == ()
        assert heard(CHECKOUT, body, method="GET").orders == ()
        assert heard(f"{HOST}/post_orders/v1/orders/history", body, method="GET").orders == ()

    def test_any_answer_that_names_one_is_an_order(self) -> None:
        lost = an_answer(Call.CHECKOUT, status=None, broke=True)
        assert find_order((lost, heard(CHECKOUT, {"orders": [{"order_id": ORDER}]}))) == Ordered(order_number=ORDER)
        assert find_order((lost,)) is None


@pytest.mark.guards("purchasing", "a press is refused only where every try of it was clearly refused")
@pytest.mark.guards("purchasing", "no press is refused whose product the cart no longer holds")
class TestAPress:
    CLEAR = (
        "INVENTORY_UNAVAILABLE",
        "MAX_PURCHASE_LIMIT_EXCEEDED",
        "DCO_RATE_LIMITED",
        "FAST_SELLING",
        "MISSING_CREDIT_CARD_CVV",
        "PAYMENT_DECLINED_EXCEPTION",
        "MISSING_OR_INVALID_PAYMENT_DETAILS",
    )
    DOUBT = (
        an_answer(Call.CHECKOUT, status=None),
        an_answer(Call.CHECKOUT, status=None, broke=True),
        an_answer(Call.CHECKOUT, status=200),
        an_answer(Call.CHECKOUT, status=503, code="INVENTORY_UNAVAILABLE"),
        an_answer(Call.CHECKOUT, status=400),
        an_answer(Call.CHECKOUT, status=401, code="UNAUTHORIZED"),
        an_answer(Call.CHECKOUT, status=400, code="EMPTY_CART_FOR_ORDER_SUBMIT"),
        an_answer(Call.CHECKOUT, status=424, code="DEPENDENT_SERVICE_ERROR"),
        an_answer(Call.CHECKOUT, status=424, code="RESERVATION_FAILURE"),
        an_answer(Call.CHECKOUT, status=400, code="CART_LOCKED"),
        an_answer(Call.CHECKOUT, status=429),
    )

    @staticmethod
    def refusal(code: str) -> Answer:
        return an_answer(Call.CHECKOUT, status=400, code=code)

    @pytest.mark.parametrize("code", CLEAR)
    def test_a_clear_no_is_a_refusal(self, code: str) -> None:
        assert find_refusal((self.refusal(code),), A) == code

    @pytest.mark.parametrize("doubtful", DOUBT)
    def test_one_try_in_doubt_leaves_the_press_in_doubt(self, doubtful: Answer) -> None:
        clear = self.refusal("INVENTORY_UNAVAILABLE")
        for calls in ((doubtful,), (doubtful, clear), (clear, doubtful), (clear, doubtful, clear)):
            assert find_refusal(calls, A) is None

    def test_no_try_is_no_refusal(self) -> None:
        assert find_refusal((), A) is None
        assert find_refusal((an_answer(Call.PRE_CHECKOUT, status=424, code="INVENTORY_UNAVAILABLE"),), A) is None

    @pytest.mark.parametrize("code", CLEAR)
    def test_a_cart_without_it_leaves_the_press_in_doubt(self, code: str) -> None:
        for items in ({}, {B: 1}):
            assert find_refusal((self.refusal(code), an_answer(Call.CART, "GET", items=items)), A) is None

    def test_a_cart_that_holds_it_still_changes_nothing(self) -> None:
        cart = an_answer(Call.CART, "GET", items={A: 1, B: 1})
        assert find_refusal((cart, self.refusal("FAST_SELLING"), cart), A) == "FAST_SELLING"

    def test_a_cart_from_before_the_press_tells_nothing(self) -> None:
        before = an_answer(Call.CART, "GET", items={})
        assert find_refusal((before, self.refusal("FAST_SELLING")), A) == "FAST_SELLING"


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", ""]),
    call=st.sampled_from(["cart", "cart_items", "checkout", "pre_checkout", "?"]),
    status=st.none() | st.integers(100, 599),
    header=st.text(max_size=40),
    body=st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
        lambda part: (
            st.lists(part, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["alerts", "code", "errors", "orders", "order_id", "cart_items", "tcin", "quantity", "cart"]
                )
                | st.sampled_from(["summary", "grand_total", "fulfillment", "type"]),
                part,
                max_size=5,
            )
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode()),
)
def test_no_answer_whatever_it_holds_breaks_the_reading(
    method: str, call: str, status: int | None, header: str, body: bytes
) -> None:
    url = f"{HOST}/web_checkouts/v1/{call}"
    answer = read_answer(method, url, status, {"tgt-cart-error-key": header}, body)
    assert answer is None or (answer.total is None or answer.total >= 0)
