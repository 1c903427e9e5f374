"""Events of the journal in plain words."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from bot.text.events import LINE, NOBODY, Names, concerns, describe_event, is_told, products_of
from bot.text.markup import plain, shown_length
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
    CartTaken,
    ChecksQuick,
    ChecksSlow,
    CommandDone,
    Control,
    ControlChanged,
    CycleCompleted,
    Disagreement,
    DrillStarted,
    Fact,
    LimitReached,
    OrderFound,
    OutletBack,
    OutletFailed,
    ProductLearned,
    ProductsDelisted,
    ProductsListed,
    ProductsUnread,
    Purchases,
    Restored,
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
            f"{A}: practice, not bought (attempt 7): sold out",
        ),
        (
            fact(AttemptMoved, attempt=7, tcin=A, to=Step.CARTED, why=None),
            f"{A}: practice, put into the cart (attempt 7)",
        ),
        (fact(ControlChanged, what=Control.STOP, value=True, by="Ada"), "Ada turned buying off"),
        (fact(ControlChanged, what=Control.REARM, value=True, by="Ada"), "Ada turned buying on"),
        (fact(ControlChanged, what=Control.MODE, value="live", by="Ada"), "Ada chose the mode live"),
        (fact(ControlChanged, what=Control.PAUSE, value=True, by="Ada"), "everything paused by Ada"),
        (fact(ControlChanged, what=Control.PAUSE, value=False, by="Ada"), "everything resumed by Ada"),
        (fact(ControlChanged, what=Control.PAUSE, tcin=A, value=False, by="Ada"), f"{A}: resumed by Ada"),
        (
            fact(WatchlistChanged, added=(A,), removed=(B,), changed=(), by="Ada"),
            f"Ada: added {A}; removed {B}",
        ),
        (fact(WatchlistChanged, added=(), removed=(), changed=(), by="Ada"), "Ada: changed the order of the list"),
        (fact(CommandDone, what="pause", by="Ada", accepted=True, why=None), "Ada: /pause"),
        (
            fact(CommandDone, what="rearm", by="Ada", accepted=False, why="too old"),
            "Ada: /rearm, not done: too old",
        ),
        (
            fact(OrderFound, attempt=7, order_number="912-7"),
            f"{A}: bought after all, order 912-7 (attempt 7)",
        ),
        (fact(CartNotCleaned, attempt=7, why="signed out"), f"{A}: left in the cart (attempt 7): signed out"),
        (fact(CartCleaned, attempt=7), f"{A}: out of the cart again (attempt 7)"),
        (fact(CartTaken, count=2), "your cart at Target holds 2 things"),
        (fact(SessionExpired, why="the shop asks to sign in"), "signed out at Target: Target asks to sign in"),
        (fact(ProductLearned, tcin=A, title="Trove"), f"{A} is Trove"),
        (fact(ProductLearned, tcin=A, title=None), f"{A}: Target told no name for it"),
        (fact(CommandDone, what="text", by="Ada", accepted=True, why=None), "Ada: a message"),
        (fact(AccessChanged, user=1002, name="Bob", role="viewer", by="1002"), "Bob was let in as viewer"),
        (fact(AccessChanged, user=1002, name="Bob", role="viewer", by="Ada"), "Ada made Bob viewer"),
        (
            fact(AccessChanged, user=1002, name=None, role=None, by="Ada"),
            "Ada took back the role of 1002",
        ),
        (fact(LimitReached, tcin=A, why="10 of 10"), f"{A}: not bought because of a limit: 10 of 10"),
        (fact(ApprovalAnswered, tcin=A, answer=ApprovalAnswer.SKIP, by="Ada"), f"{A}: Ada said skip"),
        (
            fact(WatchlistRefused, problems=("line 1: no", "line 2: no")),
            "a mistake in watchlist.toml: line 1: no; line",
        ),
        (fact(ApprovalWithdrawn, tcin=A), f"{A}: the answer no longer counts"),
        (fact(Disagreement, attempt=7, tcin=A, why="no price"), f"{A}: no price (attempt 7)"),
        (fact(Disagreement, tcin=A, attempt=None, why="its page says in stock"), f"{A}: its page says in stock"),
        (fact(Restored), "restored from a backup of 21 Nov 14:03"),
        (fact(Restored, backup_at=None), "restored from a backup"),
        (fact(StorageFailed, lasted_s=90, why="disk full"), "nothing could be stored for 1 m 30 s: disk full"),
        (fact(StorageDisplaced, why="lock is gone"), "the stored data was touched: lock is gone"),
        (fact(StorageBack, lasted_s=90), "the stored data is back, after 1 m 30 s"),
        (fact(OutletFailed), "outlet 2 (ntfy) takes no messages: it can't be reached"),
        (fact(OutletBack), "outlet 2 (ntfy) takes messages again, after 12 m"),
        (fact(ProductsUnread), f"{A}: can't be read: new word SOON"),
        (fact(ProductsDelisted), f"{A}: not listed by Target for a day, so that I look only now and then"),
        (fact(ProductsListed), f"{A}: listed by Target again"),
        (fact(Blind, why="walled", until=AT), "I can't see: walled; next try at 22 Nov 14:03"),
        (fact(Sighted, lasted_s=60), "I can see Target again, after 1 m"),
        (fact(ChecksSlow, took_ms=4212), "checks take longer than they should, the last one 4.2 s"),
        (fact(ChecksQuick, lasted_s=600), "checks are quick again, after 10 m"),
        (fact(ServiceStopped), "I was stopped"),
        (UnknownFact(kind="something_new", raw='{"why":"of a later version"}'), "something new"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fact | UnknownFact) else "",
)
def test_an_event_is_told_in_plain_words_with_its_time(one: Fact | UnknownFact, words: str) -> None:
    assert plain(said(one) or "").startswith(f"14:03 {words}")


def test_times_are_the_owners() -> None:
    assert describe_event(event(fact(Sighted)), CHICAGO) == "08:03 I can see Target again, after 1 m"


def test_times_within_an_event_are_the_owners_too() -> None:
    paused = fact(ControlChanged, what=Control.PAUSE, value="2026-11-22T16:03:22.000Z", by="Ada")
    assert describe_event(event(paused), CHICAGO) == "08:03 everything paused by Ada until 22 Nov 10:03"
    assert (describe_event(event(fact(Blind, why="walled", until=AT)), CHICAGO) or "").endswith("at 22 Nov 08:03")


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (fact(ControlChanged, what=Control.PAUSE, value=True, by="1001"), "everything paused by Ada"),
        (fact(CommandDone, what="pause", by="1001", accepted=True, why=None), "Ada: /pause"),
        (fact(ApprovalAnswered, tcin=A, answer=ApprovalAnswer.SKIP, by="1001"), f"{A}: Ada said skip"),
        (fact(WatchlistChanged, added=(A,), removed=(), changed=(), by="1001"), f"Ada: added {A}"),
        (
            fact(AccessChanged, user=1002, name=None, role=None, by="1001"),
            "Ada took back the role of Bob",
        ),
        (fact(DrillStarted, by="1001", until=AT), "Ada began a drill"),
        (fact(DrillStarted, by="1003", until=AT), "1003 began a drill"),
    ],
)
def test_people_are_told_by_their_names_where_these_are_known(one: Fact, words: str) -> None:
    assert said(one, names=PEOPLE) == f"14:03 {words}"


@pytest.mark.parametrize("what", [Control.STOP, Control.REARM, Control.MODE])
def test_a_name_that_looks_like_somebodys_id_is_not_taken_for_it(what: Control) -> None:
    told = said(fact(ControlChanged, what=what, value="live", by="1001"), names=PEOPLE) or ""
    assert told.startswith("14:03 1001 ")


def test_of_a_long_list_the_first_few_are_named_and_the_others_counted() -> None:
    added = tuple(tcins(200))
    told = said(fact(WatchlistChanged, added=added, removed=(), changed=(), by="Ada"), names=TROVE)
    assert told == f"14:03 Ada: added {A} Trove, {B}, {C} and 197 more"


def test_of_a_long_list_one_product_is_told_what_became_of_it_alone() -> None:
    change = fact(WatchlistChanged, added=tuple(tcins(200)), removed=(), changed=(), by="Ada")
    assert said(change, only=C) == "14:03 Ada: added"


def test_of_many_changes_in_a_cycle_the_first_few_are_told_and_the_others_counted() -> None:
    changes = [StockChange(tcin=one, before=StockState.UNKNOWN, after=StockState.IN_STOCK) for one in tcins(200)]
    told = said(fact(CycleCompleted, changes=tuple(changes))) or ""
    assert told.startswith(f"14:03 {A}: first seen: in stock; {B}: ")
    assert told.endswith("; 195 more")


def test_a_cycle_tells_what_changed_what_was_attempted_and_what_waits() -> None:
    assert said(cycle(B)) == (
        f"14:03 {A}: in stock; {A}: I begin to buy it (attempt 77); {B}: waits until nothing else is being bought"
    )


def test_a_cycle_tells_why_it_failed() -> None:
    assert said(fact(CycleCompleted, failed="walled")) == "14:03 the check brought nothing: walled"


def test_a_quiet_cycle_is_not_worth_a_line() -> None:
    assert said(fact(CycleCompleted)) is None
    told = [fact(CycleCompleted), cycle(), fact(CycleCompleted, failed="walled"), fact(Sighted)]
    assert [is_told(event(one)) for one in told] == [said(one) is not None for one in told]


def test_of_one_product_a_cycle_tells_only_what_became_of_it() -> None:
    assert said(cycle(B), only=B) == "14:03 waits until nothing else is being bought"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (
            fact(AttemptMoved, attempt=7, tcin=A, to=Step.CARTED, why=None),
            f"{A} Trove: practice, put into the cart (attempt 7)",
        ),
        (fact(ControlChanged, what=Control.PAUSE, tcin=A, value=False, by="Ada"), f"{A} Trove: resumed by Ada"),
        (
            fact(WatchlistChanged, added=(A,), removed=(), changed=(), by="Ada"),
            f"Ada: added {A} Trove",
        ),
        (
            cycle(B),
            (
                f"{A} Trove: in stock; {A} Trove: I begin to buy it (attempt 77); "
                f"{B}: waits until nothing else is being bought"
            ),
        ),
        (fact(ProductLearned, tcin=A, title="Trove"), f"{A} is Trove"),
        (fact(Sighted, lasted_s=60), "I can see Target again, after 1 m"),
    ],
)
def test_products_are_told_by_their_titles_where_these_are_known(one: Fact, words: str) -> None:
    assert said(one, names=TROVE) == f"14:03 {words}"


def test_a_long_title_is_cut_within_a_line() -> None:
    told = said(fact(LimitReached, tcin=A, why="10 of 10"), names=Names(titles={A: "x" * 1000})) or ""
    assert told.endswith("x…: not bought because of a limit: 10 of 10")


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
    assert shown_length(told) <= LINE + len("14:03 ") + 2
