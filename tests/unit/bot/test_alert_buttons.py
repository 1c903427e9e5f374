"""What an alert offers to be done by a tap."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from itertools import product as every
from typing import Any

import pytest

from bot.text.alerts import render_alert
from bot.text.draft import Button
from bot.text.purchases import approval_line
from bot.text.taps.alert_buttons import alert_buttons
from config.products import DRILL, Mode
from purchasing.model import FOR_EVER, TAKEN_BACK, Approval, ApprovalAnswer, Restock, Step
from tests.builders import AT, PRICE, A, attempt, in_stock, out_of_stock, product, restock, seconds

LINK = "https://shop.example/p/-/A-1"
GONE_AT = AT + seconds(160)
DEAR = in_stock(price=PRICE + 10)
ASKED = Approval(id=3, tcin=A, window=1, price=PRICE, expires_at=AT + seconds(60))


def offered(*, acting: bool = True, **more: Any) -> list[list[str]]:
    return labels(replace(restock(), **more), acting=acting)


def labels(one: Restock, *, acting: bool = True) -> list[list[str]]:
    return [[button.text for button in row] for row in alert_buttons(one, link=LINK, acting=acting)]


def buttons(one: Restock) -> list[Button]:
    return [button for row in alert_buttons(one, link=LINK, acting=True) for button in row]


def answered(answer: ApprovalAnswer) -> Approval:
    return replace(ASKED, answer=answer, answered_by="Ada", answered_at=AT)


def test_an_open_alert_leads_to_the_shop_and_may_be_paused_or_left_alone() -> None:
    assert offered() == [["Open at Target"], ["Pause 1 h", "Not interested"]]
    assert [button.data for button in buttons(restock(id=12))] == [None, f"/pause {A} 1h", f"/skip {A} w12"]


def test_an_alert_that_asks_has_its_question_first_and_says_no_in_one_way() -> None:
    assert offered(approval=ASKED) == [["🛒 Buy for $49.99", "Skip"], ["Open at Target"], ["Pause 1 h"]]


@pytest.mark.guards("bot", "a closed alert and who may not act get the way to the shop alone")
@pytest.mark.parametrize(
    ("more", "acting"),
    [({"closed_at": GONE_AT, "stock": out_of_stock()}, True), ({}, False), ({"watched": False}, True)],
    ids=["closed", "a viewer", "no longer watched"],
)
def test_a_closed_alert_and_who_may_not_act_get_the_way_to_the_shop_alone(more: Any, *, acting: bool) -> None:
    assert offered(acting=acting, approval=answered(ApprovalAnswer.EXPIRED), **more) == [["Open at Target"]]


@pytest.mark.parametrize("closed_at", [None, GONE_AT])
def test_what_is_above_its_cap_may_be_paid_in_whole_dollars_as_long_as_its_alert_goes_on(closed_at: Any) -> None:
    told = restock(stock=DEAR, closed_at=closed_at)
    assert labels(told)[1] == ["Pay up to $60"]
    assert f"/set {A} max=60" in [one.data for one in buttons(told)]
    even = restock(stock=in_stock(price=Decimal("1250.00")))
    assert "Pay up to $1,250" in [one.text for one in buttons(even)]


def test_what_was_skipped_may_be_told_again() -> None:
    skipped = restock(id=12, approval=answered(ApprovalAnswer.SKIP))
    assert labels(skipped)[-1] == ["Pause 1 h", "Alert me again"]
    assert buttons(skipped)[-1].data == f"/skip {A} w12 off"
    assert approval_line(skipped, UTC) == "Ada said skip at 14:03. You hear no more of this restock."
    again = restock(approval=answered(ApprovalAnswer.EXPIRED))
    assert labels(again)[-1] == ["Pause 1 h", "Not interested"]


def test_nothing_is_said_of_a_no_that_was_taken_back() -> None:
    lifted = replace(answered(ApprovalAnswer.EXPIRED), answered_by=TAKEN_BACK)
    assert approval_line(restock(approval=lifted), UTC) is None


@pytest.mark.parametrize(
    ("approval", "step"), [(answered(ApprovalAnswer.BUY), None), (None, Step.CARTED), (None, Step.CONFIRMED)]
)
def test_a_yes_and_an_attempt_that_goes_on_or_bought_leave_no_other_no(
    approval: Approval | None, step: Step | None
) -> None:
    tried = [] if step is None else [attempt(step, mode=Mode.LIVE)]
    assert labels(restock(*tried, approval=approval))[-1] == ["Pause 1 h"]


@pytest.mark.parametrize(
    ("until", "line"),
    [(AT + seconds(3600), "Paused until 15:03."), (FOR_EVER, "Paused until you resume it.")],
)
def test_a_pause_stands_on_the_alert_and_may_be_lifted_there(until: Any, line: str) -> None:
    paused = restock(paused_until=until)
    assert labels(paused)[-1] == ["Resume", "Not interested"]
    assert line in render_alert(paused, mode=Mode.LIVE, zone=UTC).split("\n")


def test_a_drill_has_its_question_alone() -> None:
    drill = restock(wanted=product(DRILL), approval=ASKED)
    assert [[one.text for one in row] for row in alert_buttons(drill, link=None, acting=True)] == [
        ["🛒 Buy for $49.99", "Skip"]
    ]


def every_restock() -> Iterator[Restock]:
    """All that an alert may come to be of one product, which is still watched."""
    approvals = [None, ASKED, *(answered(one) for one in ApprovalAnswer)]
    lifted = replace(answered(ApprovalAnswer.EXPIRED), answered_by=TAKEN_BACK)
    attempts = [None, *(attempt(step, mode=Mode.LIVE) for step in Step)]
    ends = [None, GONE_AT]
    stocks = [in_stock(), DEAR, in_stock(marketplace=True), out_of_stock()]
    pauses = [None, AT + seconds(9), FOR_EVER]
    for approval, tried, end, stock, pause in every([*approvals, lifted], attempts, ends, stocks, pauses):
        yield restock(*([tried] if tried else []), approval=approval, closed_at=end, stock=stock, paused_until=pause)


@pytest.mark.guards("bot", "buttons cost an alert no edit that its text does not")
def test_where_an_alert_reads_the_same_its_buttons_are_the_same() -> None:
    seen: dict[str, list[list[str]]] = {}
    for one in every_restock():
        text = render_alert(one, mode=Mode.LIVE, zone=UTC, asked=approval_line(one, UTC))
        assert seen.setdefault(text, labels(one)) == labels(one), text
