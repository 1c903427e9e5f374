"""To whom events and replies go, drafted from facts: several events at once are told as if one came after another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC

import pytest

from bot.access.roles import Access
from bot.feeds.alert_drafts import AlertDrafts, AlertFacts, alert_key, is_quiet
from bot.feeds.news import GatheredNews, News
from bot.feeds.price_drafts import PriceDrafts, PriceFacts
from bot.telegram.messages import ChatRecords
from bot.telegram.model import Delivery, Effect, KnowListener, Plan, ReviveMessage
from bot.text.draft import Draft
from bot.text.events import Names
from bot.text.markup import plain
from config.products import Mode, Tcin
from monitor.model import StockState
from purchasing.events import (
    AccessChanged,
    ApprovalAnswered,
    Blind,
    CommandDone,
    Control,
    ControlChanged,
    CycleCompleted,
    Event,
    Fact,
    MovedApprovals,
    MovedWindows,
    OutletBack,
    OutletFailed,
    ProductWindow,
    Purchases,
    Sighted,
    Started,
    StillHeld,
    UnknownFact,
    WatchlistRefused,
)
from purchasing.model import Approval, StockChange
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import AT, PRICE, A, B, draft, restock, seconds
from tests.facts import fact, in_stock_now

ADA, BEA, VERA, EVE, GROUP = 1001, 1002, 1003, 1004, -1001
WINDOW = ProductWindow(tcin=A, window=1)
PRICES = PriceDrafts(product_link=lambda tcin: f"https://shop.example/{tcin}", zone=UTC)
ACCESS = Access(owners=[ADA], operators=[BEA], viewers=[VERA], groups=[GROUP])
FACTS = AlertFacts(
    mode=Mode.SIMULATE, access=ACCESS, listeners={ADA: None, VERA: None, EVE: None}, restocks={1: restock()}
)
OPENED = fact(CycleCompleted, windows=MovedWindows(opened=(WINDOW,)))
CLOSED = fact(CycleCompleted, windows=MovedWindows(closed=(WINDOW,)))


@dataclass(frozen=True)
class Reply:
    chat: int
    started_in: int | None = None


class Replies:
    """Says a word; whoever pressed Start is known from then on."""

    def gather(self, _event: Event, _done: CommandDone, _unit: UnitOfWork, _records: ChatRecords) -> Reply | None:
        return None

    def draft(self, facts: Reply) -> Plan:
        known = KnowListener(chat=facts.chat, name="x", thread=None, at=AT)
        return [*([known] if facts.started_in else []), draft(key="reply:1", chat=facts.chat)]


def told(*happened: Fact, facts: AlertFacts = FACTS, reply: Reply | None = None) -> list[Draft | Effect]:
    """What is written of these events; the reply is to the first one."""
    drafts = AlertDrafts(zone=UTC, product_link=lambda tcin: f"https://shop.example/{tcin}")
    news = News(alerts=drafts, prices=PRICES, replies=Replies(), access=lambda: ACCESS)
    events = [Event(seq=number, at=AT, fact=one) for number, one in enumerate(happened, start=1)]
    return list(
        news.draft(events, GatheredNews(alerts=facts, prices=PriceFacts(), replies={1: reply} if reply else {}))
    )


def chats(plan: Sequence[Draft | Effect]) -> list[int]:
    return [part.chat for part in plan if isinstance(part, Draft)]


# ---- to whom


def test_news_go_to_everyone_with_a_role_who_pressed_start_and_to_the_listed_groups() -> None:
    assert chats(told(fact(Blind))) == [ADA, VERA, GROUP]


def test_what_is_wrong_with_the_list_is_told_to_those_who_may_change_it() -> None:
    assert chats(told(fact(WatchlistRefused), facts=replace(FACTS, listeners={ADA: None, BEA: None, VERA: None}))) == [
        ADA,
        BEA,
    ]


@pytest.mark.parametrize("what", [Control.STOP, Control.REARM])
def test_what_a_command_did_is_not_told_where_the_reply_tells_it(what: Control) -> None:
    changed = ControlChanged(what=what, value=True, by="Ada", cut=None, command="tg:1:7")
    assert chats(told(changed, facts=replace(FACTS, answered={"tg:1:7": ADA}))) == [VERA, GROUP]
    assert chats(told(changed)) == [ADA, VERA, GROUP]


def test_with_the_arming_it_is_told_that_the_clock_was_accepted() -> None:
    changed = ControlChanged(what=Control.REARM, value=True, by="Ada", passed_over=AT)
    (text, *_) = {part.text for part in told(changed) if isinstance(part, Draft)}
    assert text.endswith("I take this computer's clock as right, although it was 22 Nov 2026 14:03:22 before.")


def test_only_those_who_may_answer_get_buttons_and_in_a_group_somebody_may() -> None:
    asked = Approval(id=3, tcin=A, window=1, price=PRICE, expires_at=AT + seconds(60))
    plan = told(OPENED, facts=replace(FACTS, restocks={1: restock(approval=asked)}))
    acting = {
        part.chat: [one.text for row in part.buttons for one in row if one.data is not None]
        for part in plan
        if isinstance(part, Draft)
    }
    may = ["🛒 Buy for $49.99", "Skip", "Pause 1 h"]
    assert acting == {ADA: may, VERA: [], GROUP: may}


def test_who_got_no_alert_of_a_restock_gets_none_in_its_middle() -> None:
    planned = {alert_key(1, VERA): Delivery.DONE}
    for middle in (CLOSED, fact(ApprovalAnswered), fact(CycleCompleted, approvals=MovedApprovals(made=(WINDOW,)))):
        assert chats(told(middle, facts=replace(FACTS, planned=planned))) == [VERA]


def test_what_nobody_can_read_is_told_to_nobody() -> None:
    drafts = AlertDrafts(zone=UTC, product_link=str)
    for one in (UnknownFact(kind="full_moon", raw="{}"), UnknownFact(kind="blind", raw="", damage="truncated")):
        assert drafts.draft(Event(seq=1, at=AT, fact=one), FACTS) == []


# ---- one after another


@pytest.mark.guards("bot", "an event that breaks holds nothing up that is told after it")
def test_an_event_that_breaks_is_named_and_holds_nothing_up() -> None:
    links: dict[Tcin, str] = {}
    drafts = AlertDrafts(zone=UTC, product_link=links.__getitem__)
    news = News(alerts=drafts, prices=PRICES, replies=Replies(), access=lambda: ACCESS)
    events = [Event(seq=number, at=AT, fact=one) for number, one in enumerate((OPENED, fact(Blind)), start=1)]
    plan = news.draft(events, GatheredNews(alerts=FACTS, prices=PriceFacts(), replies={}))
    assert chats(plan) == [ADA, VERA, GROUP] * 2
    assert "cycle completed, number 1" in plain(next(part.text for part in plan if isinstance(part, Draft)))


def test_a_restock_that_ended_before_it_was_told_is_told_and_told_on() -> None:
    assert chats(told(OPENED, CLOSED)) == [ADA, VERA, GROUP] * 2


def test_who_pressed_start_hears_of_all_that_follows_and_of_nothing_before() -> None:
    started = Reply(chat=BEA, started_in=BEA)
    assert chats(told(fact(CommandDone), fact(Sighted), reply=started)) == [BEA, ADA, VERA, BEA, GROUP]
    assert BEA not in chats(told(fact(CommandDone), fact(Sighted), reply=Reply(chat=ADA)))


@pytest.mark.parametrize(
    ("delivery", "catches_up"),
    [
        (None, [Draft]),
        (Delivery.DROPPED, [ReviveMessage, Draft]),
        (Delivery.DONE, []),
        (Delivery.WAITING, []),
        (Delivery.UNCERTAIN, []),
    ],
)
def test_who_presses_start_gets_the_alert_of_what_is_open_unless_it_is_there(
    delivery: Delivery | None, catches_up: list[type]
) -> None:
    planned = {} if delivery is None else {alert_key(1, BEA): delivery}
    facts = replace(FACTS, open_windows=(1,), planned=planned)
    known, reply, *more = told(fact(CommandDone), facts=facts, reply=Reply(chat=BEA, started_in=BEA))
    assert (type(known), type(reply)) == (KnowListener, Draft)
    assert [type(part) for part in more] == catches_up
    assert {part.key for part in more if isinstance(part, Draft | ReviveMessage)} <= {alert_key(1, BEA)}


def test_a_stranger_who_presses_start_is_not_told_of_what_is_open() -> None:
    facts = replace(FACTS, open_windows=(1,))
    assert chats(told(fact(CommandDone), facts=facts, reply=Reply(chat=EVE, started_in=EVE))) == [EVE]


def test_an_alert_that_is_open_is_told_on_when_the_price_changes_and_no_other() -> None:
    dearer = fact(CycleCompleted, stock={A: in_stock_now(), B: in_stock_now()})
    facts = replace(FACTS, windows={A: 1}, planned={alert_key(1, VERA): Delivery.DONE})
    assert not is_quiet(dearer)
    assert chats(told(dearer, facts=facts)) == [VERA]
    assert told(dearer, facts=replace(facts, windows={})) == []


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (
            fact(ControlChanged, value=True, by="1002"),
            "Paused by Bea. I check nothing and no alerts come; /resume",
        ),
        (
            fact(ControlChanged, value="2026-11-22T16:03:22.000Z", by="1002"),
            "Paused until 22 Nov 16:03 by Bea.",
        ),
        (fact(ControlChanged, value=False, by="1002"), "Bea ended the pause"),
        (
            fact(AccessChanged, user=1002, name="Bea", role="operator", by="1002"),
            "Bea has joined as operator, by an invitation",
        ),
        (
            fact(AccessChanged, user=1002, name=None, role=None, by="1003"),
            "Bea is let in no longer",
        ),
        (fact(StillHeld, by="1002"), "Still paused, for 12 h now, since 22 Nov 02:03, by Bea. I check nothing"),
        (
            fact(StillHeld, what=Control.STOP, by="Bea"),
            "Buying is still off, for 12 h now, since 22 Nov 02:03, by Bea",
        ),
        (fact(OutletFailed), "Outlet 2 (ntfy) has not taken my messages since 22 Nov 14:03: it can't be reached."),
        (fact(OutletBack), "Outlet 2 (ntfy) takes my messages again, after 12 m."),
    ],
)
def test_who_may_do_what_and_what_holds_everything_up_is_told_to_the_owners(one: Fact, words: str) -> None:
    facts = replace(FACTS, listeners={ADA: None, BEA: None, VERA: None}, names=Names(people={BEA: "Bea"}))
    (notice,) = [part for part in told(one, facts=facts) if isinstance(part, Draft)]
    assert notice.chat == ADA
    assert words in plain(notice.text)


def test_who_stopped_under_a_name_that_is_anothers_id_is_not_called_by_the_others_name() -> None:
    facts = replace(FACTS, names=Names(people={ADA: "Ada"}))
    notice, *_ = told(fact(StillHeld, what=Control.STOP, by="1001"), facts=facts)
    assert isinstance(notice, Draft)
    assert "by 1001" in plain(notice.text)


def test_neither_who_did_it_nor_to_whom_it_was_done_is_told_of_a_role() -> None:
    owners = replace(FACTS, access=Access(owners=[ADA, BEA, VERA]), listeners={ADA: None, BEA: None, VERA: None})
    assert chats(told(fact(AccessChanged, user=BEA, role=None, by=str(ADA)), facts=owners)) == [VERA]


def test_a_pause_of_one_product_is_told_to_nobody() -> None:
    assert told(fact(ControlChanged, tcin=A, value=True)) == []


def test_the_alert_of_a_restock_that_ended_above_the_cap_is_told_on_until_it_is_gone() -> None:
    left = fact(
        CycleCompleted, changes=(StockChange(tcin=A, before=StockState.IN_STOCK, after=StockState.OUT_OF_STOCK),)
    )
    dearer = fact(CycleCompleted, stock={A: in_stock_now()})
    facts = replace(FACTS, lingering={A: 1}, planned={alert_key(1, VERA): Delivery.DONE})
    for one in (dearer, left):
        assert not is_quiet(one)
        assert chats(told(one, facts=facts)) == [VERA]
        assert told(one, facts=replace(facts, lingering={})) == []


# ---- of what nobody is told


@pytest.mark.parametrize(
    "moved",
    [
        {"windows": MovedWindows(opened=(WINDOW,))},
        {"windows": MovedWindows(closed=(WINDOW,))},
        {"approvals": MovedApprovals(made=(WINDOW,))},
        {"approvals": MovedApprovals(expired=(WINDOW,))},
        {"purchases": Purchases(started=(Started(tcin=A, attempt=1, completes_by=AT),))},
    ],
)
def test_a_cycle_is_quiet_where_it_moves_nothing_that_is_told(moved: dict[str, object]) -> None:
    assert is_quiet(fact(CycleCompleted))
    assert not is_quiet(fact(CycleCompleted, **moved))
    assert told(fact(CycleCompleted)) == []
