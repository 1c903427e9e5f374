"""Stored reasons in the words of a household."""

import re
from datetime import UTC, timedelta
from time import process_time

import pytest
from hypothesis import given

from bot.text.markup import plain
from bot.text.reasons import as_sentence, blind_words, reason_words
from config.products import BuyMode, Mode
from monitor.availability import judge
from monitor.target.products import MISSING, NO_STOCK, NO_SUCH_PRODUCT
from monitor.target.queries import DETAILS, SUMMARIES
from purchasing.checkout.model import Answer, Call
from purchasing.checkout.obstacles import end_refused
from purchasing.checkout.witness import ENDINGS, ENDINGS_BY_STATUS
from purchasing.rules.limits import why_not_buy
from tests import strategies as any_of
from tests.builders import AT, PRICE, A, in_stock, line, out_of_stock, product, seconds, standing
from tests.unit.purchasing.checkout.sights import an_answer


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (f"{SUMMARIES}: the bot wall (403)", "Target is blocking my checks"),
        ("product page: the bot wall (403)", "Target is blocking my checks"),
        (f"{SUMMARIES}: throttled (429)", "Target asks me to slow down"),
        (f"{SUMMARIES}: no whole answer within 8 s", "Target did not answer in time"),
        (f"{DETAILS}: the call no longer exists (410)", "Target has changed its website, and I can't read it any more"),
        (f"{SUMMARIES}: Server disconnected", "I could not read Target: Server disconnected"),
        (NO_SUCH_PRODUCT, "Target doesn't list this number. Is it right?"),
        (MISSING, "Target left it out of its answer"),
        (NO_STOCK, "Target did not say whether it is in stock"),
        (
            "a second look told nothing certain: the bot wall",
            "looking again, I learned nothing for sure: Target is blocking my checks",
        ),
        ("a second look found it out of stock (SOLD)", "looking again, I found it sold out"),
        ("price 14.99 is above the cap 12", "$14.99 is above your $12.00 limit"),
        ("1 of 1 wanted were bought", "you have the one you wanted"),
        ("something that nobody knows", "something that nobody knows"),
    ],
)
def test_a_stored_reason_is_put_into_other_words(stored: str, words: str) -> None:
    assert reason_words(stored) == words


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ("INVENTORY_UNAVAILABLE", "it is sold out"),
        ("settled by Ada: not bought", "Ada said so"),
        ("the browser opened no tab for 8 s", "my browser opened no tab for 8 s"),
        ("the browser was lost before the button", "my browser was lost before the button"),
        # By whoever called it off, too.
        ("a stop came, and the press was taken back", "I was stopped, and let go of the order button"),
        (
            "nobody is signed in at Target (there is no /data/session.json): run stockbell login",
            "you are not signed in at Target: run stockbell login",
        ),
        (
            "nobody is signed in at Target (/data/session.json is no JSON): run stockbell login",
            "your stored sign-in at Target can't be used: run stockbell login",
        ),
        ("its button is off, as where it is out of stock, for 12 s", "it is sold out"),
        ("it ships only with a larger order, for 12 s", "Target ships it only with a larger order"),
        ("the shop has people wait in line", "Target has people wait in line"),
        (
            "the shop refused a quantity of 3: more than the shop sells to one household (MAX_PURCHASE_LIMIT_EXCEEDED)",
            "Target refused a quantity of 3: it sells no more of this to one household",
        ),
        (
            "the shop refused to check out: the owner is needed (SOMETHING_NEW)",
            "Target refused to check out: the owner is needed (SOMETHING_NEW)",
        ),
        (
            "the shop refused a quantity of 2: HTTP 503",
            "Target refused a quantity of 2: its website has trouble of its own",
        ),
        (
            "refused with DCO_RATE_LIMITED, but the cart does not hold it any more",
            "Target refused (too many want it at once), but it is not in your cart any more",
        ),
        (
            "the cart holds 3 things already",
            "your cart holds 3 things already. I leave that alone: buy it, save it for later or take it out",
        ),
        (
            "2 other things are in the cart",
            "something of yours is in the cart. I leave that alone: buy it, save it for later or take it out",
        ),
        (
            "the order list could not be read before the button: the order list was answered with 403",
            "I need your order list before I order: Target did not show it",
        ),
        (
            "no confirmation came before the deadline; the order list has no such order",
            "Target sent no confirmation in time; your order list has no such order",
        ),
        (
            "attempt 7 may have left something: the cart could not be cleaned: the shop asks to sign in",
            "something of attempt 7 may still be in your cart, and I could not take it out: Target asks to sign in",
        ),
        (
            "the browser did not start: BrowserType.launch: Executable doesn't exist at /usr/bin/x",
            "my browser did not start: stockbell doctor on the computer that I run on says what it lacks",
        ),
        (
            "the shop's page changed: the button that orders is not there, for 12 s (marker place_order)",
            "Target's page changed: the button that orders is not there, for 12 s (marker place_order)",
        ),
    ],
)
def test_what_ended_a_purchase_is_put_into_the_words_of_a_household(stored: str, words: str) -> None:
    assert reason_words(stored) == words


REFUSALS = [
    *(an_answer(Call.PRE_CHECKOUT, status=400, code=code) for code in ENDINGS),
    *(an_answer(Call.PRE_CHECKOUT, status=status) for status in (*ENDINGS_BY_STATUS, 404, 500, 503)),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.code or f"{one.status:d}")
def test_no_word_and_no_number_of_the_shops_refusals_is_shown(refusal: Answer) -> None:
    words = reason_words(end_refused(refusal, "to check out").why)
    assert words.startswith("Target refused to check out: ")
    assert not re.search(r"[A-Z]{4}|\d|\(", words)


def test_what_keeps_a_product_from_being_bought_is_told_with_its_amounts_in_dollars() -> None:
    dear = line(A, stock=in_stock(price=PRICE + 1))
    assert reason_words(judge(dear.product, dear.stock).why) == "$50.99 is above your $49.99 limit"
    assert reason_words(judge(dear.product, out_of_stock()).why) == "sold out"
    uncapped = line(product(A, buy=BuyMode.AUTO, max_price=None))
    why = why_not_buy(uncapped, standing(uncapped, mode=Mode.LIVE), judge(uncapped.product, uncapped.stock), at=AT)
    assert reason_words(why or "") == "to buy without asking I need your limit, like max=49.99"


def test_a_reason_becomes_a_sentence_that_ends_once() -> None:
    assert as_sentence("sold out") == "Sold out."
    assert plain(as_sentence(NO_SUCH_PRODUCT)) == "Target doesn't list this number. Is it right?"
    assert as_sentence("") == ""


def test_blindness_is_told_with_when_it_is_tried_again_by_the_day_if_that_is_another() -> None:
    why = f"{SUMMARIES}: the bot wall (403)"
    soon = plain(blind_words(why, AT + seconds(90), UTC, at=AT))
    assert soon == "⚠️ Target is blocking my checks. I'll try again at 14:04; until then I show what I last saw."
    late = plain(blind_words(None, AT + timedelta(days=1), UTC, at=AT))
    assert late == "⚠️ Target does not answer. I'll try again at 23 Nov 14:03; until then I show what I last saw."


@pytest.mark.guards("bot", "a reason that others wrote, however long, costs little time")
@pytest.mark.parametrize("sign", ["x", "x_v1", "1", "$", "a: "])
def test_a_reason_of_any_length_is_read_in_little_time(sign: str) -> None:
    began = process_time()
    reason_words(sign * 100_000)
    assert process_time() - began < 0.5


@given(any_of.hostile)
def test_any_reason_can_be_put_into_words(why: str) -> None:
    assert isinstance(reason_words(why), str)
