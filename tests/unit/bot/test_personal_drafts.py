"""What each chat hears of an event, by what it chose: which kind a message is, what is critical, and in whose time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, time, timedelta
from typing import Any

import msgspec
import pytest

from bot.access.preferences import NewsKind, Preferences, QuietHours, Sound
from bot.access.roles import Access
from bot.feeds.alert_drafts import AlertDrafts, AlertFacts, alert_key
from bot.feeds.digests import nudge_key
from bot.feeds.personal import PersonalDrafts, is_critical, kind_of
from bot.telegram.model import Delivery
from bot.text.draft import Draft, Rank
from config.products import DRILL, Mode
from purchasing.events import (
    FACTS,
    AccessChanged,
    ApprovalAnswered,
    ApprovalNudged,
    AttemptMoved,
    Blind,
    CartNotCleaned,
    CaughtUp,
    Control,
    ControlChanged,
    CycleCompleted,
    DaySummedUp,
    Event,
    EventKind,
    Fact,
    MissedRestock,
    MovedWindows,
    OrderFound,
    ProductWindow,
    RestockedProduct,
    Restored,
    SessionExpired,
    StorageDisplaced,
    StorageFailed,
    WaitedCommand,
)
from purchasing.model import Approval, ApprovalAnswer, Step
from tests.builders import AT, PRICE, A, attempt, restock, seconds, tcins
from tests.facts import fact

ADA, BEA, VERA, GROUP = 1001, 1002, 1003, -1001
ACCESS = Access(owners=[ADA], operators=[BEA], viewers=[VERA], groups=[GROUP])
FACTS_OF_ALL = AlertFacts(
    mode=Mode.LIVE, access=ACCESS, listeners={ADA: None, BEA: None, VERA: None}, restocks={1: restock()}
)
OPENED = fact(CycleCompleted, windows=MovedWindows(opened=(ProductWindow(tcin=A, window=1),)))
CLOSED = fact(CycleCompleted, windows=MovedWindows(closed=(ProductWindow(tcin=A, window=1),)))


def told(
    happened: Fact, chosen: Mapping[int, Preferences] | None = None, facts: AlertFacts = FACTS_OF_ALL
) -> list[Draft]:
    drafts = PersonalDrafts(
        lambda zone: AlertDrafts(zone=zone, product_link=lambda tcin: f"https://x/{tcin}"), zone=UTC
    )
    return drafts.draft(Event(seq=7, at=AT, fact=happened), replace(facts, preferences=chosen or {}))


def heard(happened: Fact, chosen: Preferences, facts: AlertFacts = FACTS_OF_ALL) -> list[str]:
    """How it comes to Ada, who chose this."""
    return ["silent" if one.silent else "sound" for one in told(happened, {ADA: chosen}, facts) if one.chat == ADA]


def only(kind: NewsKind, sound: Sound) -> Preferences:
    return Preferences(sounds={kind: sound})


# ---- kinds


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("alert:1:1001", NewsKind.RESTOCK),
        ("restocks:9:1001", NewsKind.RESTOCK),
        ("nudge:3:1001", NewsKind.RESTOCK),
        ("price:1:1001", NewsKind.PRICE),
        ("outcome:7:1001", NewsKind.OUTCOME),
        ("outcome:window:1:1001", NewsKind.OUTCOME),
        ("unconfirmed:7:1001", NewsKind.OUTCOME),
    ],
)
def test_a_message_is_of_a_kind_by_what_its_key_begins_with(key: str, kind: NewsKind) -> None:
    assert {kind_of(fact(one), key) for one in FACTS.values()} == {kind}


#: Every kind of event whose notice is of another kind than `service`.
KINDS = {
    EventKind.BLIND: NewsKind.BLIND,
    EventKind.SIGHTED: NewsKind.BLIND,
    EventKind.CHECKS_SLOW: NewsKind.BLIND,
    EventKind.CHECKS_QUICK: NewsKind.BLIND,
    EventKind.WATCHLIST_CHANGED: NewsKind.LIST,
    EventKind.WATCHLIST_REFUSED: NewsKind.LIST,
    EventKind.PRODUCTS_UNREAD: NewsKind.LIST,
    EventKind.PRODUCTS_DELISTED: NewsKind.LIST,
    EventKind.PRODUCTS_LISTED: NewsKind.LIST,
    EventKind.PRODUCT_LEARNED: NewsKind.LIST,
    EventKind.LIMIT_REACHED: NewsKind.OUTCOME,
    EventKind.ORDER_FOUND: NewsKind.OUTCOME,
    EventKind.CART_NOT_CLEANED: NewsKind.OUTCOME,
    EventKind.CART_CLEANED: NewsKind.OUTCOME,
    EventKind.DAY_SUMMED_UP: NewsKind.SUMMARY,
}


@pytest.mark.parametrize("kind", EventKind)
def test_any_other_message_is_of_the_kind_of_its_event(kind: EventKind) -> None:
    assert kind_of(fact(FACTS[kind]), "notice:7:1001") is KINDS.get(kind, NewsKind.SERVICE)


CRITICAL = [
    fact(ControlChanged, what=Control.STOP, value=True),
    fact(ControlChanged, what=Control.MODE, value="live"),
    fact(OrderFound),
    fact(CartNotCleaned),
    fact(SessionExpired),
    fact(StorageFailed),
    fact(StorageDisplaced),
    fact(Restored),
    fact(AccessChanged, role="owner"),
    fact(CaughtUp, in_doubt=True),
]


@pytest.mark.guards("bot", "what is critical always comes, with its sound, whatever a chat chose")
@pytest.mark.parametrize("happened", CRITICAL, ids=lambda one: one.kind)
def test_what_is_critical_comes_with_its_sound_whatever_was_chosen(happened: Fact) -> None:
    nothing = Preferences(
        sounds=dict.fromkeys(NewsKind, Sound.OFF),
        muted_until=AT + seconds(60),
        quiet=QuietHours(begins=time(0), ends=time(23, 59)),
    )
    assert heard(happened, nothing) == ["sound"]


def test_of_all_that_is_told_nothing_else_is_critical() -> None:
    usual = {one.kind for one in map(fact, FACTS.values()) if is_critical(one, kind_of(one, "notice:7:1001"))}
    assert usual == {one.kind for one in CRITICAL} - {EventKind.CONTROL_CHANGED, EventKind.CAUGHT_UP}
    for calm in (
        fact(ControlChanged, what=Control.MODE, value="simulate"),
        fact(ControlChanged, what=Control.REARM, value=True),
        fact(AccessChanged, role=None),
    ):
        assert not is_critical(calm, NewsKind.SERVICE)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("step", [Step.CONFIRMED, Step.REFUSED, Step.ABANDONED, Step.UNCONFIRMED])
def test_the_outcome_of_a_real_purchase_always_rings_and_no_other(mode: Mode, step: Step) -> None:
    tried = attempt(step, id=7, mode=mode, window=1)
    facts = replace(FACTS_OF_ALL, restocks={1: restock(tried)}, attempts={7: tried})
    moved = fact(AttemptMoved, attempt=7, mode=mode, to=step)
    sounds = heard(moved, only(NewsKind.OUTCOME, Sound.OFF), facts)
    assert sounds == (["sound"] if mode is Mode.LIVE else [])


# ---- what was chosen


@pytest.mark.parametrize(("sound", "heard_as"), [(Sound.ON, ["sound"]), (Sound.SILENT, ["silent"]), (Sound.OFF, [])])
def test_a_restock_comes_as_was_chosen_there_and_to_the_others_as_ever(sound: Sound, heard_as: list[str]) -> None:
    chosen = only(NewsKind.RESTOCK, sound)
    assert heard(OPENED, chosen) == heard_as
    others = [(one.chat, one.silent) for one in told(OPENED, {ADA: chosen}) if one.chat != ADA]
    assert others == [(BEA, False), (VERA, False), (GROUP, False)]


@pytest.mark.parametrize("sound", [Sound.SILENT, Sound.OFF])
def test_many_restocks_at_once_are_named_as_a_restock_is_told(sound: Sound) -> None:
    many = tcins(4)
    windows = tuple(ProductWindow(tcin=tcin, window=number) for number, tcin in enumerate(many, start=1))
    facts = replace(FACTS_OF_ALL, restocks={one.window: restock(id=one.window, wanted=one.tcin) for one in windows})
    named = fact(CycleCompleted, windows=MovedWindows(opened=windows))
    sounds = heard(named, only(NewsKind.RESTOCK, sound), facts)
    assert sounds == (["silent"] * 5 if sound is Sound.SILENT else [])


def test_what_was_told_goes_on_when_it_is_turned_off_and_what_was_not_told_does_not_begin_in_its_middle() -> None:
    told_on = replace(FACTS_OF_ALL, planned={alert_key(1, ADA): Delivery.DONE, alert_key(1, VERA): Delivery.DONE})
    off, on = only(NewsKind.RESTOCK, Sound.OFF), only(NewsKind.RESTOCK, Sound.ON)
    assert {one.chat for one in told(CLOSED, {ADA: off, VERA: off}, told_on)} == {ADA, VERA}
    # Turned on in the middle of a restock that it was not told of.
    assert told(CLOSED, {BEA: on}, replace(FACTS_OF_ALL, planned={})) == []


def test_while_muted_and_in_quiet_hours_all_that_is_not_critical_comes_without_a_sound() -> None:
    muted = Preferences(muted_until=AT + seconds(1))
    quiet = Preferences(quiet=QuietHours(begins=time(15), ends=time(16)), zone="Europe/Berlin")  # there it is 15:03
    for still in (muted, quiet):
        assert heard(OPENED, still) == heard(fact(Blind), still) == ["silent"]
    for over in (Preferences(muted_until=AT), replaced(quiet, zone=None)):
        assert heard(OPENED, over) == heard(fact(Blind), over) == ["sound"]


def replaced(chosen: Preferences, *, zone: str | None) -> Preferences:
    return msgspec.structs.replace(chosen, zone=zone)


def test_times_are_told_in_the_zone_that_was_chosen_there() -> None:
    chosen = {ADA: Preferences(zone="Europe/Berlin"), GROUP: Preferences(zone="America/Chicago")}
    blind = fact(Blind, until=AT)
    told_at = {
        one.chat: [hour for hour in ("08:03", "14:03", "15:03") if hour in one.text] for one in told(blind, chosen)
    }
    assert told_at == {ADA: ["15:03"], BEA: ["14:03"], VERA: ["14:03"], GROUP: ["08:03"]}


def test_who_chose_no_restocks_gets_none_by_pressing_start() -> None:
    drafts = PersonalDrafts(lambda zone: AlertDrafts(zone=zone, product_link=str), zone=UTC)
    facts = replace(FACTS_OF_ALL, open_windows=(1,))
    assert [one.chat for one in drafts.catch_up(ADA, facts) if isinstance(one, Draft)] == [ADA]
    off = replace(facts, preferences={ADA: only(NewsKind.RESTOCK, Sound.OFF)})
    assert drafts.catch_up(ADA, off) == []


# ---- a question that nobody has answered

ASKED = Approval(id=3, tcin=A, window=1, price=PRICE, expires_at=AT + seconds(60))
NUDGED = fact(ApprovalNudged)


def about(asked: Approval, **more: Any) -> AlertFacts:
    return replace(FACTS_OF_ALL, restocks={1: restock(approval=asked, **more)})


def test_a_question_rings_once_more_for_owners_and_operators_with_its_buttons() -> None:
    drafts = told(NUDGED, facts=about(ASKED))
    assert [(one.chat, one.key, one.silent, one.rank) for one in drafts] == [
        (ADA, nudge_key(3, ADA), False, Rank.ALERT),
        (BEA, nudge_key(3, BEA), False, Rank.ALERT),
    ]
    assert {button.data for row in drafts[0].buttons for button in row} == {"/buy #3", "/skip #3"}
    assert "$49.99 · answer until 14:04" in drafts[0].text


@pytest.mark.guards("bot", "a question that was answered meanwhile rings no more")
@pytest.mark.parametrize(
    "facts",
    [
        about(replace(ASKED, answer=ApprovalAnswer.BUY, answered_by="Bea", answered_at=AT)),
        about(replace(ASKED, answer=ApprovalAnswer.EXPIRED)),
        about(ASKED, closed_at=AT),
        replace(FACTS_OF_ALL, restocks={1: restock()}),
    ],
    ids=["answered", "expired", "closed", "none"],
)
def test_a_question_that_was_answered_or_closed_meanwhile_rings_no_more(facts: AlertFacts) -> None:
    assert told(NUDGED, facts=facts) == []


def test_the_buttons_of_what_rang_once_more_go_when_it_is_answered() -> None:
    answered = about(replace(ASKED, answer=ApprovalAnswer.SKIP, answered_by="Bea", answered_at=AT))
    planned = {nudge_key(3, ADA): Delivery.DONE}
    (edit,) = told(fact(ApprovalAnswered), facts=replace(answered, planned=planned))
    assert (edit.key, edit.buttons) == (nudge_key(3, ADA), ())
    assert "Bea said skip at 14:03" in edit.text


def test_the_question_of_a_drill_is_practice() -> None:
    (drafted, *_) = told(NUDGED, facts=replace(FACTS_OF_ALL, restocks={1: restock(wanted=DRILL, approval=ASKED)}))
    assert drafted.text.startswith("PRACTICE · ")


# ---- a day, and a time without contact


def test_the_summary_of_the_day_goes_to_everyone_without_a_sound_and_in_no_hurry() -> None:
    drafts = told(fact(DaySummedUp))
    assert [(one.chat, one.silent, one.rank, one.once) for one in drafts] == [
        (chat, True, Rank.UPDATE, True) for chat in (ADA, BEA, VERA, GROUP)
    ]
    assert len(drafts[0].text.splitlines()) == 1
    assert heard(fact(DaySummedUp), only(NewsKind.SUMMARY, Sound.OFF)) == []


def test_a_day_in_which_something_happened_is_told_in_lines() -> None:
    day = fact(
        DaySummedUp,
        restocks=(RestockedProduct(tcin=A, title="Trove", times=2, open_s=720, is_open=True),),
        practised=3,
        practised_well=2,
        blind_s=60,
    )
    text = told(day)[0].text
    assert "The day until 14:03" in text
    assert f"In stock</b>\n• <b>Trove</b> · <code>{A}</code>: 2 times, for 12 m, and still is" in text
    assert "3 practice purchases, 2 worked" in text
    assert "Target did not answer my checks for 1 m in all" in text


GONE = (MissedRestock(tcin=A, title="Trove", lasted_s=160),)
BUY = WaitedCommand(what="buy", by="Ada", age_s=300, why="it is 5 m old")


def test_after_a_time_without_contact_each_hears_what_concerns_them() -> None:
    news = fact(CaughtUp, missed=GONE, refused=(BUY,))
    drafts = {one.chat: one for one in told(news)}
    assert set(drafts) == {ADA, BEA, VERA, GROUP}
    assert all(one.silent and "Came and went</b>\n• <b>Trove</b>" in one.text for one in drafts.values())
    assert "gone after 2 m 40 s" in drafts[VERA].text
    assert {chat for chat, one in drafts.items() if "✖️ /buy by Ada" in one.text} == {ADA, BEA}


def test_who_only_looks_hears_nothing_of_a_time_in_which_nothing_was_missed() -> None:
    assert [one.chat for one in told(fact(CaughtUp, refused=(BUY,)))] == [ADA, BEA]


def test_where_a_real_order_is_in_doubt_everybody_hears_of_it_with_a_sound() -> None:
    drafts = told(fact(CaughtUp, in_doubt=True))
    assert [(one.chat, one.silent) for one in drafts] == [(chat, False) for chat in (ADA, BEA, VERA, GROUP)]
    assert all("not known whether a real order was placed" in one.text for one in drafts)


def test_a_long_time_is_told_in_hours() -> None:
    assert timedelta(hours=2).total_seconds() == fact(CaughtUp).away_s
    assert "While I was away</b>: 2 h. I was off for 1 h of it" in told(fact(CaughtUp))[0].text
    assert "I could not reach you, and went on watching." in told(fact(CaughtUp, down_s=0))[0].text
    assert "I was off, and saw nothing." in told(fact(CaughtUp, down_s=7100))[0].text
