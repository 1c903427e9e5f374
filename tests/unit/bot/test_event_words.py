"""Events of the journal in plain words."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from bot.text.events import LINE, NOBODY, Names, concerns, describe_event, is_told, products_of
from bot.text.markup import shown_length
from config.products import Tcin
from monitor.model import StockState
from purchasing.events import (
    AccessChanged,
    ApprovalAnswered,
    ApprovalWithdrawn,
    AttemptMoved,
    Blind,
    CartCleaned,
    CartNotCleaned,
    CommandDone,
    Control,
    ControlChanged,
    CycleCompleted,
    Disagreement,
    DrillStarted,
    Fact,
    LimitReached,
    OrderFound,
    ProductLearned,
    ProductsUnread,
    Purchases,
    ServiceStopped,
    SessionExpired,
    Sighted,
    Started,
    StorageBack,
    StorageDisplaced,
    StorageFailed,
    UnknownFact,
    WatchlistChanged,
    WatchlistRefused,
)
from purchasing.model import ApprovalAnswer, Step, StockChange
from tests import strategies as any_of
from tests.builders import AT, A, B, C, tcins
from tests.facts import event, fact

CHICAGO = ZoneInfo("America/Chicago")


def said(one: Fact | UnknownFact, only: Tcin | None = None, names: Names = NOBODY) -> str | None:
    return describe_event(event(one), UTC, only=only, names=names)


TROVE = Names(titles={A: "Trove"})
PEOPLE = Names(people={1001: "Ada", 1002: "Bob"})


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
        (fact(ControlChanged, what=Control.STOP, value=True, by="Ada"), "buying was stopped by Ada"),
        (fact(ControlChanged, what=Control.REARM, value=True, by="Ada"), "buying was armed again by Ada"),
        (fact(ControlChanged, what=Control.MODE, value="live", by="Ada"), "the mode was set to live by Ada"),
        (fact(ControlChanged, what=Control.PAUSE, value=True, by="Ada"), "watching was paused by Ada"),
        (fact(ControlChanged, what=Control.PAUSE, value=False, by="Ada"), "watching was resumed by Ada"),
        (fact(ControlChanged, what=Control.PAUSE, tcin=A, value=False, by="Ada"), f"{A} was resumed by Ada"),
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
        (
            fact(OrderFound, attempt=7, order_number="912-7"),
            f"attempt 7 on {A} was bought after all, order 912-7",
        ),
        (fact(CartNotCleaned, attempt=7, why="signed out"), f"attempt 7 left {A} in the cart: signed out"),
        (fact(CartCleaned, attempt=7), f"what attempt 7 left of {A} is out of the cart"),
        (fact(SessionExpired, why="the shop asks to sign in"), "signed out at Target: the shop asks to sign in"),
        (fact(ProductLearned, tcin=A, title="Trove"), f"{A} is Trove"),
        (fact(ProductLearned, tcin=A, title=None), f"{A} was looked at, and no title was told"),
        (fact(CommandDone, what="text", by="Ada", accepted=True, why=None), "words by Ada"),
        (fact(AccessChanged, user=1002, name="Bob", role="viewer", by="1002"), "Bob was let in as viewer"),
        (fact(AccessChanged, user=1002, name="Bob", role="viewer", by="Ada"), "Bob is viewer now, by Ada"),
        (
            fact(AccessChanged, user=1002, name=None, role=None, by="Ada"),
            "1002 has no role from the chat any more, by Ada",
        ),
        (fact(LimitReached, tcin=A, why="10 of 10"), f"a limit holds {A} back: 10 of 10"),
        (fact(ApprovalAnswered, tcin=A, answer=ApprovalAnswer.SKIP, by="Ada"), f"skip said to {A}, by Ada"),
        (
            fact(WatchlistRefused, problems=("line 1: no", "line 2: no")),
            "watchlist.toml is wrong: line 1: no; line",
        ),
        (fact(ApprovalWithdrawn, tcin=A), f"the yes to {A} no longer holds"),
        (fact(Disagreement, attempt=7, tcin=A, why="no price"), f"attempt 7 on {A}: no price"),
        (fact(Disagreement, tcin=A, attempt=None, why="its page says in stock"), f"{A}: its page says in stock"),
        (fact(StorageFailed, lasted_s=90, why="disk full"), "nothing could be stored for 1 m 30 s: disk full"),
        (fact(StorageDisplaced, why="lock is gone"), "the stored data was touched: lock is gone"),
        (fact(StorageBack, lasted_s=90), "the stored data is back as it was, after 1 m 30 s"),
        (fact(ProductsUnread), f"nothing certain of {A}: new word SOON"),
        (fact(Blind, why="walled", until=AT), "blind: walled; asked again at 22 Nov 14:03:22"),
        (fact(Sighted, lasted_s=60), "sees again, after 1 m"),
        (fact(ServiceStopped), "service stopped"),
        (UnknownFact(kind="something_new", raw='{"why":"of a later version"}'), "something new"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fact | UnknownFact) else "",
)
def test_an_event_is_told_in_plain_words_with_its_time(one: Fact | UnknownFact, words: str) -> None:
    assert (said(one) or "").startswith(f"14:03:22 {words}")


def test_times_are_the_owners() -> None:
    assert describe_event(event(fact(Sighted)), CHICAGO) == "08:03:22 sees again, after 1 m"


def test_times_within_an_event_are_the_owners_too() -> None:
    paused = fact(ControlChanged, what=Control.PAUSE, value="2026-11-22T16:03:22.000Z", by="Ada")
    assert describe_event(event(paused), CHICAGO) == "08:03:22 watching was paused until 22 Nov 10:03:22 by Ada"
    assert (describe_event(event(fact(Blind, why="walled", until=AT)), CHICAGO) or "").endswith("at 22 Nov 08:03:22")


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (fact(ControlChanged, what=Control.PAUSE, value=True, by="1001"), "watching was paused by Ada"),
        (fact(CommandDone, what="pause", by="1001", accepted=True, why=None), "/pause by Ada"),
        (fact(ApprovalAnswered, tcin=A, answer=ApprovalAnswer.SKIP, by="1001"), f"skip said to {A}, by Ada"),
        (fact(WatchlistChanged, added=(A,), removed=(), changed=(), by="1001"), f"watch list, by Ada: added {A}"),
        (
            fact(AccessChanged, user=1002, name=None, role=None, by="1001"),
            "Bob has no role from the chat any more, by Ada",
        ),
        (fact(DrillStarted, by="1001", until=AT), "a drill, by Ada"),
        (fact(DrillStarted, by="1003", until=AT), "a drill, by 1003"),
    ],
)
def test_people_are_told_by_their_names_where_these_are_known(one: Fact, words: str) -> None:
    assert said(one, names=PEOPLE) == f"14:03:22 {words}"


@pytest.mark.parametrize("what", [Control.STOP, Control.REARM, Control.MODE])
def test_a_name_that_looks_like_somebodys_id_is_not_taken_for_it(what: Control) -> None:
    told = said(fact(ControlChanged, what=what, value="live", by="1001"), names=PEOPLE) or ""
    assert told.endswith(" by 1001")


def test_of_a_long_list_the_first_few_are_named_and_the_others_counted() -> None:
    added = tuple(tcins(200))
    told = said(fact(WatchlistChanged, added=added, removed=(), changed=(), by="Ada"), names=TROVE)
    assert told == f"14:03:22 watch list, by Ada: added {A} Trove, {B}, {C} and 197 more"


def test_of_a_long_list_one_product_is_told_what_became_of_it_alone() -> None:
    change = fact(WatchlistChanged, added=tuple(tcins(200)), removed=(), changed=(), by="Ada")
    assert said(change, only=C) == f"14:03:22 watch list, by Ada: added {C}"


def test_of_many_changes_in_a_cycle_the_first_few_are_told_and_the_others_counted() -> None:
    changes = [StockChange(tcin=one, before=StockState.UNKNOWN, after=StockState.IN_STOCK) for one in tcins(200)]
    told = said(fact(CycleCompleted, changes=tuple(changes))) or ""
    assert told.startswith(f"14:03:22 cycle 1284: {A}: not known → in stock; {B}: ")
    assert told.endswith("; 195 more")


def test_a_cycle_tells_what_changed_what_was_attempted_and_what_waits() -> None:
    assert said(cycle(B)) == (
        f"14:03:22 cycle 1284: {A}: out of stock → in stock; attempt 77 on {A} opened; {B} waits for the slot"
    )


def test_a_cycle_tells_why_it_failed() -> None:
    assert said(fact(CycleCompleted, failed="walled")) == "14:03:22 cycle 1284: failed: walled"


def test_a_quiet_cycle_is_not_worth_a_line() -> None:
    assert said(fact(CycleCompleted)) is None
    told = [fact(CycleCompleted), cycle(), fact(CycleCompleted, failed="walled"), fact(Sighted)]
    assert [is_told(event(one)) for one in told] == [said(one) is not None for one in told]


def test_of_one_product_a_cycle_tells_only_what_became_of_it() -> None:
    assert said(cycle(B), only=B) == f"14:03:22 cycle 1284: {B} waits for the slot"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (fact(AttemptMoved, attempt=7, tcin=A, to=Step.CARTED, why=None), f"attempt 7 on {A} Trove carted"),
        (fact(ControlChanged, what=Control.PAUSE, tcin=A, value=False, by="Ada"), f"{A} Trove was resumed by Ada"),
        (
            fact(WatchlistChanged, added=(A,), removed=(), changed=(), by="Ada"),
            f"watch list, by Ada: added {A} Trove",
        ),
        (
            cycle(B),
            f"cycle 1284: {A} Trove: out of stock → in stock; attempt 77 on {A} Trove opened; {B} waits for the slot",
        ),
        (fact(ProductLearned, tcin=A, title="Trove"), f"{A} is Trove"),
        (fact(Sighted, lasted_s=60), "sees again, after 1 m"),
    ],
)
def test_products_are_told_by_their_titles_where_these_are_known(one: Fact, words: str) -> None:
    assert said(one, names=TROVE) == f"14:03:22 {words}"


def test_a_long_title_is_cut_within_a_line() -> None:
    told = said(fact(LimitReached, tcin=A, why="10 of 10"), names=Names(titles={A: "x" * 1000})) or ""
    assert told.endswith("x… back: 10 of 10")


@pytest.mark.parametrize(
    ("one", "about"),
    [
        (cycle(), {A}),
        (cycle(B), {A, B}),
        (fact(AttemptMoved, attempt=7, tcin=B, to=Step.OPENED, why=None), {B}),
        (fact(WatchlistChanged, added=(A,), removed=(B,), changed=(C,), by="Ada"), {A, B, C}),
        (fact(OrderFound, tcin=B), {B}),
        (fact(CartNotCleaned, tcin=B), {B}),
        (fact(CartCleaned, tcin=B), {B}),
        (fact(ControlChanged, what=Control.STOP, value=True, by="Ada"), set()),
        (fact(CycleCompleted), set()),
    ],
)
def test_an_event_concerns_the_products_that_something_became_of(one: Fact, about: set[Tcin]) -> None:
    assert {tcin for tcin in (A, B, C) if concerns(event(one), tcin)} == about
    assert products_of([event(one), event(fact(Sighted))]) == about


@given(any_of.hostile)
def test_whatever_was_said_is_one_line_that_is_not_too_long(why: str) -> None:
    told = said(fact(Blind, why=why)) or ""
    assert "\n" not in told
    assert shown_length(told) <= LINE + len("14:03:22 ") + 2
