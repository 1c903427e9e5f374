"""What came of a press, in the few words that a toast has room for."""

from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.spec import Spec
from bot.text.taps.toasts import TOAST, fit_toast, say_outcome, say_whole
from purchasing.commands import Added, Answered, Done, Paused, Removed, Result, Undone, WishesChanged
from purchasing.model import ApprovalAnswer, Line
from tests import strategies as any_of
from tests.builders import AT, A, B, C, line
from tests.unit.bot.texts_of_changes import RESULTS


def _line(**wishes: object) -> Line:
    made = line(A)
    return replace(made, product=replace(made.product, name="Trove", **wishes))  # type: ignore[arg-type]


@pytest.mark.guards("bot", "a toast has words, and no more than Telegram takes")
@pytest.mark.parametrize("spec", RESULTS, ids=lambda spec: spec.name)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_outcome_has_room_in_a_toast(spec: Spec, data: st.DataObject) -> None:
    known = {tcin: data.draw(any_of.told_products(tcin)) for tcin in (A, B)}
    result = data.draw(st.composite(RESULTS[spec])())
    said = say_outcome(result, known, UTC)
    assert said.strip()
    assert len(said.encode("utf-16-le")) // 2 <= TOAST


@pytest.mark.guards("bot", "a toast has words, and no more than Telegram takes")
@pytest.mark.parametrize("word", ["Trove ", "שלום ", "🦊"])
def test_whatever_stands_in_a_toast_has_room_in_it(word: str) -> None:
    assert len(fit_toast(word * TOAST).encode("utf-16-le")) // 2 <= TOAST


@given(why=any_of.hostile)
def test_a_reason_is_told_whole_in_a_toast_or_not_at_all(why: str) -> None:
    said = say_whole(why)
    assert said is None or 0 < len(said.encode("utf-16-le")) // 2 <= TOAST


def test_a_reason_is_a_sentence_and_a_long_one_is_left_to_a_message() -> None:
    assert say_whole("Ada said buy already, 3 s ago") == "Ada said buy already, 3 s ago"
    assert say_whole("this button has expired") == "This button has expired"
    assert say_whole("x" * (TOAST + 1)) is None


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (Answered(tcin=A, answer=ApprovalAnswer.SKIP), "Skipped for this restock: Trove"),
        (WishesChanged(tcin=A, keys=("max_price",)), "Your limit is $15.00: Trove"),
        (WishesChanged(tcin=A, keys=("quantity",)), "I buy by myself, at most $15.00: Trove"),
        (Paused(tcin=A, until=AT + timedelta(hours=1)), "Paused until 22 Nov 15:03: Trove"),
        (Paused(tcin=None, until=None), "Everything is paused until you resume"),
        (Removed(removed=(A, B, C)), f"No longer watched: Trove, {B} and 1 more"),
        (Added(added=()), "Nothing was added"),
        (Undone(absent=(A,), present=()), "Undone"),
        (Done(), "Done"),
    ],
    ids=str,
)
def test_an_outcome_is_told_with_the_name_of_its_product(result: Result, said: str) -> None:
    assert say_outcome(result, {A: _line(max_price=Decimal("15.00"))}, UTC) == said
