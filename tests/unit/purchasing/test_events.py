"""Each kind of event as every other program reads it, and what is read of what other versions wrote."""

import json
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.products import Mode
from monitor.model import StockState
from purchasing.events import (
    FACTS,
    AccessChanged,
    ApprovalAnswered,
    ApprovalNudged,
    ApprovalWithdrawn,
    AskedCommand,
    AttemptMoved,
    Blind,
    BoughtProduct,
    CartCleaned,
    CartNotCleaned,
    CaughtUp,
    ChecksQuick,
    ChecksSlow,
    CommandDone,
    Control,
    ControlChanged,
    CutAttempt,
    CycleCompleted,
    DaySummedUp,
    Disagreement,
    DrillEnded,
    DrillStarted,
    EventKind,
    Fact,
    LimitReached,
    MissedRestock,
    MovedApprovals,
    MovedWindows,
    NamedProduct,
    OrderFound,
    OutletBack,
    OutletFailed,
    ProductLearned,
    ProductsDelisted,
    ProductsListed,
    ProductsUnread,
    ProductWindow,
    Purchases,
    ReadStock,
    RestockedProduct,
    Restored,
    ServiceStarted,
    ServiceStopped,
    SessionExpired,
    Sighted,
    Skipped,
    Started,
    StillHeld,
    StorageBack,
    StorageDisplaced,
    StorageFailed,
    StoredEvent,
    Summary,
    UnknownFact,
    UnreadProduct,
    Variation,
    WaitedCommand,
    WatchlistChanged,
    WatchlistRefused,
    decode_fact,
    encode_fact,
    seq_of,
)
from purchasing.model import ApprovalAnswer, Step, StockChange
from tests.builders import AT, PRICE, A, B
from tests.facts import USUAL, fact
from tests.recording import unpack

VERSION_1 = Path(__file__).parent.parent.parent / "data" / "version_1"
LATER = AT + timedelta(milliseconds=418)

CYCLE = CycleCompleted(
    cycle_id=1284,
    took_ms=212,
    failed=None,
    asked=7,
    next_check_at=LATER,
    stock={
        A: ReadStock(title="…", state=StockState.IN_STOCK, detail="PRE_ORDER_SELLABLE", price=PRICE, seen_at=AT),
        B: ReadStock(title=None, state=StockState.UNKNOWN, detail=None, price=None, seen_at=None),
    },
    changes=(StockChange(tcin=A, before=StockState.OUT_OF_STOCK, after=StockState.IN_STOCK),),
    windows=MovedWindows(opened=(ProductWindow(tcin=A, window=1),)),
    approvals=MovedApprovals(made=(ProductWindow(tcin=A, window=1),)),
    purchases=Purchases(
        resets=(B,),
        started=(Started(tcin=A, attempt=77, completes_by=LATER),),
        queued=(B,),
        unqueued=(),
        skipped=(Skipped(tcin=B, why="price 59.99 is above the cap 49.99"),),
    ),
    summary=Summary(watched=7, in_stock=2, unknown=0, started=1, resets=1),
)
OPENED = AttemptMoved(
    attempt=77,
    tcin=A,
    mode=Mode.SIMULATE,
    before=None,
    to=Step.OPENED,
    why=None,
    order_number=None,
    total=None,
    completes_by=LATER,
    queued=(B,),
    unqueued=(),
    skipped=(),
)
CONFIRMED = AttemptMoved(
    attempt=77,
    tcin=A,
    mode=Mode.LIVE,
    before=Step.SUBMITTING,
    to=Step.CONFIRMED,
    why="found in the order list",
    order_number="912-1",
    total=Decimal("53.20"),
)
HELD_UP = AttemptMoved(
    attempt=77,
    tcin=A,
    mode=Mode.LIVE,
    before=Step.CARTED,
    to=Step.ABANDONED,
    why="the shop asks for the card's security code",
    order_number=None,
    total=None,
    picture="attempt-77-owner_needed.png",
    need="cvv",
)
CUT = CutAttempt(attempt=77, tcin=A, title="Trove", step=Step.CARTED)
STOPPED = ControlChanged(what=Control.STOP, value=True, by="Ada", cut=CUT, command="tg:1:7")

#: Names and forms that other programs rely on: a change of one of these is a change of VERSION.
AS_JSON: list[tuple[Fact, dict[str, Any]]] = [
    (
        CYCLE,
        {
            "cycle_id": 1284,
            "took_ms": 212,
            "failed": None,
            "asked": 7,
            "next_check_at": "2026-11-22T14:03:22.418Z",
            "stock": {
                A: {
                    "title": "…",
                    "state": "in_stock",
                    "detail": "PRE_ORDER_SELLABLE",
                    "price": "49.99",
                    "seen_at": "2026-11-22T14:03:22.000Z",
                },
                B: {"title": None, "state": "unknown", "detail": None, "price": None, "seen_at": None},
            },
            "changes": [{"tcin": A, "before": "out_of_stock", "after": "in_stock"}],
            "windows": {"opened": [{"tcin": A, "window": 1}], "closed": []},
            "asks": {"made": [{"tcin": A, "window": 1}], "expired": []},
            "purchases": {
                "resets": [B],
                "started": [{"tcin": A, "attempt": 77, "completes_by": "2026-11-22T14:03:22.418Z"}],
                "queued": [B],
                "unqueued": [],
                "skipped": [{"tcin": B, "why": "price 59.99 is above the cap 49.99"}],
            },
            "summary": {"watched": 7, "in_stock": 2, "unknown": 0, "started": 1, "resets": 1},
        },
    ),
    (
        OPENED,
        {
            "attempt": 77,
            "tcin": A,
            "mode": "simulate",
            "from": None,
            "to": "opened",
            "why": None,
            "order_number": None,
            "total": None,
            "completes_by": "2026-11-22T14:03:22.418Z",
            "queued": [B],
            "unqueued": [],
            "skipped": [],
        },
    ),
    (
        CONFIRMED,
        {
            "attempt": 77,
            "tcin": A,
            "mode": "live",
            "from": "submitting",
            "to": "confirmed",
            "why": "found in the order list",
            "order_number": "912-1",
            "total": "53.20",
        },
    ),
    (
        HELD_UP,
        {
            "attempt": 77,
            "tcin": A,
            "mode": "live",
            "from": "carted",
            "to": "abandoned",
            "why": "the shop asks for the card's security code",
            "order_number": None,
            "total": None,
            "picture": "attempt-77-owner_needed.png",
            "need": "cvv",
        },
    ),
    (
        ApprovalAnswered(approval=3, tcin=A, window=1, answer=ApprovalAnswer.SKIP, by="1001"),
        {"ask": 3, "tcin": A, "window": 1, "answer": "skip", "by": "1001"},
    ),
    (ApprovalWithdrawn(approval=3, tcin=A, window=1), {"ask": 3, "tcin": A, "window": 1}),
    (ApprovalNudged(approval=3, tcin=A, window=1), {"ask": 3, "tcin": A, "window": 1}),
    (
        OrderFound(attempt=77, tcin=A, order_number="912-1", total=Decimal("53.20")),
        {"attempt": 77, "tcin": A, "order_number": "912-1", "total": "53.20"},
    ),
    (CartNotCleaned(attempt=77, tcin=A, why="signed out"), {"attempt": 77, "tcin": A, "why": "signed out"}),
    (CartCleaned(attempt=77, tcin=A), {"attempt": 77, "tcin": A}),
    (
        SessionExpired(why="the shop asks to sign in", since=None),
        {"why": "the shop asks to sign in", "since": None},
    ),
    (
        LimitReached(limit="max per day", tcin=A, why="10 of 10"),
        {"limit": "max per day", "tcin": A, "why": "10 of 10"},
    ),
    (Disagreement(tcin=A, attempt=77, why="no price"), {"tcin": A, "attempt": 77, "why": "no price"}),
    (Disagreement(tcin=A, why="its page says in stock"), {"tcin": A, "why": "its page says in stock"}),
    (
        STOPPED,
        {
            "what": "stop",
            "value": True,
            "by": "Ada",
            "cut": {"attempt": 77, "tcin": A, "title": "Trove", "step": "carted"},
            "command": "tg:1:7",
        },
    ),
    (
        ControlChanged(what=Control.STOP, value=True, by="a signal", cut=None),
        {"what": "stop", "value": True, "by": "a signal", "cut": None},
    ),
    (
        ControlChanged(what=Control.REARM, value=True, by="Ada", passed_over=AT),
        {"what": "rearm", "value": True, "by": "Ada", "passed_over": "2026-11-22T14:03:22.000Z"},
    ),
    (
        ControlChanged(what=Control.MODE, value="live", by="Ada", command="tg:1:8"),
        {"what": "mode", "value": "live", "by": "Ada", "command": "tg:1:8"},
    ),
    (
        ControlChanged(what=Control.PAUSE, value=False, by="1001", tcin=A),
        {"what": "pause", "value": False, "by": "1001", "tcin": A},
    ),
    (
        WatchlistChanged(added=(A,), removed=(), changed=(), unread=(), order=(A, B), by="Ada"),
        {"added": [A], "removed": [], "changed": [], "unread": [], "order": [A, B], "by": "Ada"},
    ),
    (WatchlistRefused(problems=("line 1: no",)), {"problems": ["line 1: no"]}),
    (
        ProductLearned(
            tcin=A,
            title="Trove",
            image_url=None,
            marketplace=False,
            purchase_limit=2,
            priced=(1,),
            children=(Variation(tcin=B, title=None),),
            street_date=date(2030, 3, 1),
        ),
        {
            "tcin": A,
            "title": "Trove",
            "image_url": None,
            "marketplace": False,
            "purchase_limit": 2,
            "priced": [1],
            "children": [{"tcin": B, "title": None}],
            "street_date": "2030-03-01",
        },
    ),
    (
        StillHeld(what=Control.STOP, since=AT, by="Ada"),
        {"what": "stop", "since": "2026-11-22T14:03:22.000Z", "by": "Ada"},
    ),
    (
        ProductsUnread(products=(UnreadProduct(tcin=A, title="Trove", why="new word SOON"),)),
        {"products": [{"tcin": A, "title": "Trove", "why": "new word SOON"}]},
    ),
    (
        ProductsDelisted(products=(NamedProduct(tcin=A, title="Trove"),)),
        {"products": [{"tcin": A, "title": "Trove"}]},
    ),
    (
        ProductsListed(products=(NamedProduct(tcin=A, title="Trove"),)),
        {"products": [{"tcin": A, "title": "Trove"}]},
    ),
    (
        CommandDone(key="tg:1:7", by="1001", what="stop", accepted=False, why="too old"),
        {"key": "tg:1:7", "by": "1001", "what": "stop", "accepted": False, "why": "too old"},
    ),
    (
        AccessChanged(user=1002, name="Bob", role="viewer", by="1002"),
        {"user": 1002, "name": "Bob", "role": "viewer", "by": "1002"},
    ),
    (AccessChanged(user=1002, role=None, by="1001"), {"user": 1002, "role": None, "by": "1001"}),
    (
        CaughtUp(
            away_s=7200,
            down_s=3600,
            missed=(MissedRestock(tcin=A, title="Trove", lasted_s=160),),
            honoured=(WaitedCommand(what="stop", by="Ada", age_s=130, why=None),),
            refused=(),
            in_stock=(MissedRestock(tcin=B, title="Dragon"),),
            in_doubt=True,
        ),
        {
            "away_s": 7200,
            "down_s": 3600,
            "missed": [{"tcin": A, "title": "Trove", "lasted_s": 160}],
            "honoured": [{"what": "stop", "by": "Ada", "age_s": 130, "why": None}],
            "refused": [],
            "in_stock": [{"tcin": B, "title": "Dragon"}],
            "in_doubt": True,
        },
    ),
    (
        CaughtUp(away_s=7200, down_s=0, missed=(), honoured=(), refused=()),
        {"away_s": 7200, "down_s": 0, "missed": [], "honoured": [], "refused": []},
    ),
    (Blind(why="walled", until=LATER), {"why": "walled", "until": "2026-11-22T14:03:22.418Z"}),
    (Sighted(lasted_s=60), {"lasted_s": 60}),
    (ChecksSlow(since=LATER, took_ms=4200), {"since": "2026-11-22T14:03:22.418Z", "took_ms": 4200}),
    (ChecksQuick(lasted_s=600), {"lasted_s": 600}),
    (
        DaySummedUp(
            since=AT,
            until=LATER,
            checks=4210,
            blind_s=60,
            restocks=(RestockedProduct(tcin=A, title="Trove", times=2, open_s=720, is_open=True),),
            bought=(BoughtProduct(tcin=A, title="Trove", quantity=1, total=PRICE),),
            failed=1,
            in_doubt=0,
            practised=3,
            practised_well=2,
            people=2,
            asked=(AskedCommand(what="status", times=3),),
        ),
        {
            "since": "2026-11-22T14:03:22.000Z",
            "until": "2026-11-22T14:03:22.418Z",
            "checks": 4210,
            "blind_s": 60,
            "restocks": [{"tcin": A, "title": "Trove", "times": 2, "open_s": 720, "is_open": True}],
            "bought": [{"tcin": A, "title": "Trove", "quantity": 1, "total": "49.99"}],
            "failed": 1,
            "in_doubt": 0,
            "practised": 3,
            "practised_well": 2,
            "people": 2,
            "asked": [{"what": "status", "times": 3}],
        },
    ),
    (DrillStarted(by="1001", until=LATER), {"by": "1001", "until": "2026-11-22T14:03:22.418Z"}),
    (DrillEnded(), {}),
    (
        StorageFailed(why="the disk is full", since=AT, lasted_s=9),
        {"why": "the disk is full", "since": "2026-11-22T14:03:22.000Z", "lasted_s": 9},
    ),
    (
        OutletFailed(outlet="outlet 2 (ntfy)", since=AT, why="it can't be reached"),
        {"outlet": "outlet 2 (ntfy)", "since": "2026-11-22T14:03:22.000Z", "why": "it can't be reached"},
    ),
    (OutletBack(outlet="outlet 2 (ntfy)", lasted_s=720), {"outlet": "outlet 2 (ntfy)", "lasted_s": 720}),
    (StorageDisplaced(why="stockbell.db is gone"), {"why": "stockbell.db is gone"}),
    (StorageBack(lasted_s=9), {"lasted_s": 9}),
    (
        Restored(restored_at=AT, backup_at=None, last_seq=5120),
        {"restored_at": "2026-11-22T14:03:22.000Z", "backup_at": None, "last_seq": 5120},
    ),
    (ServiceStarted(mode=Mode.SIMULATE, version="0.1.0"), {"mode": "simulate", "version": "0.1.0"}),
    (ServiceStarted(mode=Mode.SIMULATE, note="practises"), {"mode": "simulate", "note": "practises"}),
    (ServiceStopped(), {}),
]


def stored_event(kind: str, body: str, seq: int = 7) -> StoredEvent:
    return StoredEvent(seq=seq, at="2026-11-22T14:03:22.418Z", kind=kind, body=body)


# ---- as other programs read it


@pytest.mark.parametrize(("one", "body"), AS_JSON, ids=lambda value: value.kind if isinstance(value, Fact) else "")
def test_an_event_has_these_names_and_forms_in_this_order(one: Fact, body: dict[str, Any]) -> None:
    told = json.loads(encode_fact(one))
    assert told == body
    assert list(told) == list(body)


def test_every_kind_has_a_type_of_its_own_an_example_and_a_fixed_form() -> None:
    assert set(FACTS) == set(EventKind)
    assert {type(one) for one, _ in AS_JSON} == set(FACTS.values()) == set(USUAL)


@pytest.mark.parametrize("one", [one for one, _ in AS_JSON], ids=lambda one: one.kind)
def test_what_is_written_is_read_back_the_same(one: Fact) -> None:
    assert decode_fact(one.kind, encode_fact(one)) == one


@pytest.mark.parametrize("one", [CYCLE, DrillEnded()])
def test_a_whole_event_is_one_line_with_version_number_kind_and_time_in_front(one: Fact) -> None:
    line = stored_event(one.kind, encode_fact(one)).line()
    head = {"v": 1, "seq": 7, "kind": one.kind, "at": "2026-11-22T14:03:22.418Z"}
    assert json.loads(line) == {**head, **json.loads(encode_fact(one))}
    assert list(json.loads(line))[:4] == list(head)
    assert "\n" not in line
    assert seq_of(line.encode()) == 7


# ---- what other versions wrote


#: The version before knew nothing of these.
ADDED_SINCE = {
    EventKind.OUTLET_FAILED,
    EventKind.OUTLET_BACK,
    EventKind.PRODUCTS_UNREAD,
    EventKind.PRODUCTS_DELISTED,
    EventKind.PRODUCTS_LISTED,
    EventKind.STORAGE_DISPLACED,
    EventKind.STORAGE_BACK,
    EventKind.STILL_HELD,
    EventKind.ORDER_FOUND,
    EventKind.CART_NOT_CLEANED,
    EventKind.CART_CLEANED,
    EventKind.SESSION_EXPIRED,
    EventKind.APPROVAL_NUDGED,
    EventKind.DAY_SUMMED_UP,
    EventKind.CHECKS_SLOW,
    EventKind.CHECKS_QUICK,
    EventKind.RESTORED,
}


@pytest.fixture
def stored(tmp_path: Path) -> list[tuple[str, str]]:
    """Kind and body of every event in the journal that the version before left."""
    unpack(VERSION_1, tmp_path / "data")
    with closing(sqlite3.connect(tmp_path / "data" / "stockbell.db")) as database:
        return database.execute("SELECT kind, body FROM journal ORDER BY seq").fetchall()


def test_every_stored_event_of_the_version_before_is_read_and_is_the_same_when_it_is_written_again(
    stored: list[tuple[str, str]],
) -> None:
    for kind, body in stored:
        one = decode_fact(kind, body)
        assert isinstance(one, Fact), (kind, body)
        # A chat stood in it, of which purchasing knows nothing any more.
        before = {name: value for name, value in json.loads(body).items() if name != "chat"}
        assert json.loads(encode_fact(one)) == before
    assert {kind for kind, _ in stored} == set(EventKind) - ADDED_SINCE


def test_fields_of_a_newer_version_are_passed_over() -> None:
    assert decode_fact("sighted", '{"lasted_s":60,"moon":{"full":true}}') == Sighted(lasted_s=60)


def test_a_kind_of_a_newer_version_is_unknown_and_stands_in_the_line_as_it_is() -> None:
    event = stored_event("full_moon", '{"bright":true}')
    assert event.decode().fact == UnknownFact(kind="full_moon", raw='{"bright":true}')
    assert json.loads(event.line())["bright"] is True


@pytest.mark.parametrize(
    ("body", "damage"),
    [
        ("", "truncated"),
        ("{", "truncated"),
        ("[]", "Expected `object`, got `array`"),
        ("{}", "missing required field `lasted_s`"),
        ('{"lasted_s":"60"}', "Expected `int`, got `str`"),
        ('{"a":' * 100_000, "recursion"),
    ],
    ids=lambda value: value[:20],
)
def test_a_damaged_body_is_unknown_with_what_is_wrong_and_breaks_no_line(body: str, damage: str) -> None:
    event = stored_event("sighted", body)
    told = event.decode().fact
    assert isinstance(told, UnknownFact)
    assert damage in (told.damage or "")
    assert json.loads(event.line())["seq"] == 7


def test_a_body_that_is_no_object_stands_in_its_line_as_text() -> None:
    assert json.loads(stored_event("sighted", "[1]\n").line())["damaged"] == "[1]\n"


def test_a_body_of_several_lines_stands_on_one() -> None:
    line = stored_event("sighted", '{\n "lasted_s": 60\n}').line()
    assert (json.loads(line)["lasted_s"], "\n" in line) == (60, False)


def test_half_characters_become_question_marks() -> None:
    assert decode_fact("blind", '{"why":"\\ud83d alone","until":null}') == Blind(why="? alone", until=None)


@given(st.text(), st.text())
def test_whatever_is_written_is_read(title: str, why: str) -> None:
    for one in (fact(ProductLearned, title=title), fact(Blind, why=why)):
        assert decode_fact(one.kind, encode_fact(one)) == one


def test_events_can_t_be_changed() -> None:
    with pytest.raises(AttributeError):
        fact(Sighted).lasted_s = 1  # type: ignore[misc]  # what the test is about
    assert all(kind.__struct_config__.frozen for kind in FACTS.values())
