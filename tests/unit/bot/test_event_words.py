"""Events of the journal in plain words."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from bot.text.events import LINE, concerns, describe_event
from bot.text.markup import shown_length
from config.products import Tcin
from monitor.model import StockState
from purchasing.events import (
    AccessChanged,
    ApprovalAnswered,
    ApprovalWithdrawn,
    AttemptMoved,
    Blind,
    CommandDone,
    Control,
    ControlChanged,
    CycleCompleted,
    Disagreement,
    Fact,
    LimitReached,
    ProductLearned,
    Purchases,
    ServiceStopped,
    Sighted,
    Started,
    StorageFailed,
    UnknownFact,
    WatchlistChanged,
    WatchlistRefused,
)
from purchasing.model import ApprovalAnswer, Step, StockChange
from tests import strategies as any_of
from tests.builders import AT, A, B, C
from tests.facts import event, fact


def said(one: Fact | UnknownFact, only: Tcin | None = None, title: str = "") -> str | None:
    return describe_event(event(one), UTC, only=only, title=title)


def cycle(*queued: Tcin) -> CycleCompleted:
    """A cycle in which A came in stock and was attempted."""
    started = Started(tcin=A, attempt=77, completes_by=AT)
    change = StockChange(tcin=A, before=StockState.OUT_OF_STOCK, after=StockState.IN_STOCK)
    return fact(CycleCompleted, changes=(change,), purchases=Purchases(started=(started,), queued=queued))


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (
            fact(AttemptMoved, attempt=7, tcin=A, to=Step.REFUSED, why="sold out"),
            f"attempt 7 on {A} refused: sold out",
        ),
        (fact(AttemptMoved, attempt=7, tcin=A, to=Step.CARTED, why=None), f"attempt 7 on {A} carted"),
        (fact(ControlChanged, what=Control.STOP, value=True, by="Ada"), "stop: True, by Ada"),
        (fact(ControlChanged, what=Control.PAUSE, tcin=A, value=False, by="Ada"), f"pause of {A}: False, by Ada"),
        (
            fact(WatchlistChanged, added=(A,), removed=(B,), changed=(), by="Ada"),
            f"watch list, by Ada: added {A}; removed {B}",
        ),
        (fact(WatchlistChanged, added=(), removed=(), changed=(), by="Ada"), "watch list, by Ada: new order"),
        (fact(CommandDone, what="pause", by="Ada", accepted=True, why=None), "/pause by Ada"),
        (
            fact(CommandDone, what="rearm", by="Ada", accepted=False, why="too old"),
            "/rearm by Ada refused: too old",
        ),
        (fact(ProductLearned, tcin=A, title="Trove"), f"{A} is Trove"),
        (fact(ProductLearned, tcin=A, title=None), f"{A} is not told"),
        (fact(AccessChanged, user=1002, role="viewer", by="Ada"), "role of 1002: viewer, by Ada"),
        (fact(AccessChanged, user=1002, role=None, by="Ada"), "role of 1002: none, by Ada"),
        (fact(LimitReached, tcin=A, why="10 of 10"), f"a limit holds {A} back: 10 of 10"),
        (fact(ApprovalAnswered, tcin=A, answer=ApprovalAnswer.SKIP, by="Ada"), f"skip said to {A}, by Ada"),
        (
            fact(WatchlistRefused, problems=("line 1: no", "line 2: no")),
            "watchlist.toml is wrong: line 1: no; line",
        ),
        (fact(ApprovalWithdrawn, tcin=A), f"the yes to {A} no longer holds"),
        (fact(Disagreement, attempt=7, tcin=A, why="no price"), f"attempt 7 on {A}: no price"),
        (fact(StorageFailed, lasted_s=9, why="disk full"), "nothing could be stored for 9 s: disk full"),
        (fact(Blind, why="walled"), "blind: walled"),
        (fact(Sighted, lasted_s=60), "sighted"),
        (fact(ServiceStopped), "service stopped"),
        (UnknownFact(kind="something_new", raw='{"why":"of a later version"}'), "something new"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fact | UnknownFact) else "",
)
def test_an_event_is_told_in_plain_words_with_its_time(one: Fact | UnknownFact, words: str) -> None:
    assert (said(one) or "").startswith(f"14:03:22 {words}")


def test_times_are_the_owners() -> None:
    assert describe_event(event(fact(Sighted)), ZoneInfo("America/Chicago")) == "08:03:22 sighted"


def test_a_cycle_tells_what_changed_what_was_attempted_and_what_waits() -> None:
    assert said(cycle(B)) == (
        f"14:03:22 cycle 1284: {A} out_of_stock → in_stock; attempt 77 on {A} opened; {B} waits for the slot"
    )


def test_a_cycle_tells_why_it_failed() -> None:
    assert said(fact(CycleCompleted, failed="walled")) == "14:03:22 cycle 1284: failed: walled"


def test_a_quiet_cycle_is_not_worth_a_line() -> None:
    assert said(fact(CycleCompleted)) is None


def test_of_one_product_a_cycle_tells_only_what_became_of_it() -> None:
    assert said(cycle(B), only=B) == f"14:03:22 cycle 1284: {B} waits for the slot"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (fact(AttemptMoved, attempt=7, tcin=A, to=Step.CARTED, why=None), f"attempt 7 on {A} Trove carted"),
        (fact(ControlChanged, what=Control.PAUSE, tcin=A, value=False, by="Ada"), f"pause of {A} Trove: False, by Ada"),
        (
            fact(WatchlistChanged, added=(A,), removed=(), changed=(), by="Ada"),
            f"watch list, by Ada: added {A} Trove",
        ),
        (cycle(), f"cycle 1284: {A} Trove out_of_stock → in_stock; attempt 77 on {A} opened"),
        (fact(ProductLearned, tcin=A, title="Trove"), f"{A} is Trove"),
        (fact(Sighted, lasted_s=60), "sighted"),
    ],
)
def test_the_one_product_of_an_event_is_told_by_its_title(one: Fact, words: str) -> None:
    assert said(one, title="Trove") == f"14:03:22 {words}"


def test_of_many_products_none_is_told_by_a_title() -> None:
    assert said(cycle(B), title="Trove") == said(cycle(B))


def test_a_long_title_is_cut_within_a_line() -> None:
    told = said(fact(LimitReached, tcin=A, why="10 of 10"), title="x" * 1000) or ""
    assert told.endswith("x… back: 10 of 10")


@pytest.mark.parametrize(
    ("one", "about"),
    [
        (cycle(), {A}),
        (cycle(B), {A, B}),
        (fact(AttemptMoved, attempt=7, tcin=B, to=Step.OPENED, why=None), {B}),
        (fact(WatchlistChanged, added=(A,), removed=(B,), changed=(C,), by="Ada"), {A, B, C}),
        (fact(ControlChanged, what=Control.STOP, value=True, by="Ada"), set()),
        (fact(CycleCompleted), set()),
    ],
)
def test_an_event_concerns_the_products_that_something_became_of(one: Fact, about: set[Tcin]) -> None:
    assert {tcin for tcin in (A, B, C) if concerns(event(one), tcin)} == about


@given(any_of.hostile)
def test_whatever_was_said_is_one_line_that_is_not_too_long(why: str) -> None:
    told = said(fact(Blind, why=why)) or ""
    assert "\n" not in told
    assert shown_length(told) <= LINE + len("14:03:22 ") + 2
