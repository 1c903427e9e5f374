"""What the live page says of a moment."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.text.events import Names
from bot.web.page.model import Check, PageFacts
from bot.web.page.recent import MOST_EVENTS, RecentJournal
from bot.web.page.render import render_page
from bot.web.page.shapes import PageState
from bot.web.page.shown import show_page
from bot.web.page.times import age_words, left_words, wait_words
from config.products import Mode
from monitor.model import Circuit, CircuitState
from purchasing.events import CycleCompleted, Disagreement, Event, Summary
from purchasing.model import PurchaseState, Step, Usage
from tests.builders import AT, A, B, C, attempt, in_stock, limits, line, out_of_stock, overview, product, seconds
from tests.facts import fact
from tests.unit.config.test_zones import zone_of_a_file

HOSTILE = '<img src=x onerror="alert(1)">'


def facts(*lines: Any, **more: Any) -> PageFacts:
    """How all stands at AT, with nothing that happened."""
    stands = more.pop("overview", None) or overview(*lines, slot=more.pop("slot", None))
    usual: dict[str, Any] = {
        "at": AT,
        "overview": stands,
        "next_check_at": AT + seconds(20),
        "health": "healthy",
        "health_reasons": (),
        "sync_problems": (),
        "calls": {},
        "is_stopped": False,
        "limits": limits(),
        "usage": Usage(),
        "attempts": (),
        "known": {one.tcin: one for one in stands.lines},
    }
    return PageFacts(**{**usual, **more})


def page(*lines: Any, **more: Any) -> PageState:
    zone = more.pop("zone", UTC)
    return show_page(
        facts(*lines, **more), version="1", seq=7, zone=zone, link_of=lambda word: f"https://t.me/bell?start={word}"
    )


def check(took_ms: int = 200, **more: Any) -> Check:
    return Check(**{"at": AT, "took_ms": took_ms, "asked": 7, "unknown": 0, "in_stock": 1, "failed": None, **more})


# ---- products


def test_products_in_stock_stand_first_each_with_price_age_and_the_way_into_the_chat() -> None:
    shown = page(line(A, stock=out_of_stock(title="Dragon")), line(B, stock=in_stock(title="Trove"))).products
    assert [(one.tcin, one.sign) for one in shown] == [(B, "in"), (A, "out")]
    trove = shown[0]
    assert (trove.title, trove.price, trove.stock, trove.purchase) == ("Trove", "$49.99", "in_stock", "ready")
    assert trove.link == f"https://t.me/bell?start=p{B}"
    assert trove.seen_at == "2026-11-22T14:03:22.000Z"


def test_a_product_in_stock_that_is_not_alerted_tells_why_and_stands_behind_the_others() -> None:
    dear = line(product(A, max_price=Decimal("10.00")), stock=in_stock())
    shown = page(dear, line(B, stock=in_stock())).products
    assert [one.sign for one in shown] == ["in", "held"]
    assert shown[1].why == "$49.99 is above your $10.00 limit"


def test_the_shop_s_own_word_stands_where_it_says_more() -> None:
    (shown,) = page(line(A, stock=in_stock(detail="PRE_ORDER_SELLABLE"))).products
    assert shown.sign_words == "in stock (pre-order)"


def test_what_has_no_name_yet_is_called_by_its_number() -> None:
    assert page(line(A)).products[0].title == f"Product {A}"


def test_those_that_wait_for_the_slot_are_the_queue() -> None:
    waiting = line(B, stock=in_stock(title="Trove"), state=PurchaseState.QUEUED)
    shown = page(line(A), waiting)
    assert [one.title for one in shown.queue] == ["Trove"]
    assert shown.products[1].buying == "next to be bought"


# ---- buying


@pytest.mark.parametrize(
    ("step", "done", "is_bounded"),
    [
        (Step.OPENED, 1, True),
        (Step.CARTED, 2, True),
        (Step.REVIEWED, 3, True),
        (Step.SUBMITTING, 4, False),
        (Step.UNCONFIRMED, 4, False),
    ],
)
def test_the_slot_tells_its_step_and_the_time_left_before_the_button(
    step: Step, done: int, *, is_bounded: bool
) -> None:
    slot = page(line(A, stock=in_stock(title="Trove")), slot=attempt(step)).slot
    assert slot is not None
    assert (slot.title, slot.done, slot.completes_by is not None) == ("Trove", done, is_bounded)


def test_what_was_used_of_the_limits_is_told_as_money_and_as_a_part() -> None:
    bounded = limits(max_spend_per_day=Decimal(60), max_per_day=4)
    shown = page(limits=bounded, usage=Usage(bought_today=1, spent_today=Decimal("49.99"))).limits
    assert [(one.what, one.used, one.percent) for one in shown[:2]] == [
        ("Spent today", "$49.99 of $60.00", 83),
        ("Purchases today", "1 of 4", 25),
    ]


def test_without_a_limit_there_is_no_part_of_it() -> None:
    spent = page(limits=limits(max_spend_per_day=None)).limits[0]
    assert (spent.used, spent.percent) == ("$0.00, no limit set", None)


def test_buying_that_is_off_says_so() -> None:
    assert page(is_stopped=True, overview=overview(stopped="stopped by Ada")).buying == "Off: turned off by Ada"
    assert page(is_stopped=True).buying == "Off"
    assert page(overview=overview(mode=Mode.LIVE)).buying == "On, real orders"


def test_attempts_tell_how_they_ended() -> None:
    ended = attempt(Step.CONFIRMED, order_number="PRACTICE-1", total=Decimal("52.99"))
    (shown,) = page(line(A, stock=in_stock(title="Trove")), attempts=[ended]).attempts
    assert (shown.ending, shown.title) == ("practised", "Trove")
    assert "PRACTICE-1" in shown.outcome


# ---- checks


def test_while_paused_nothing_is_counted_down_to() -> None:
    shown = page(overview=overview(paused=True))
    assert shown.next_check_at is None
    assert shown.waiting.startswith("Paused.")


def test_while_the_shop_is_not_asked_the_page_says_why_and_counts_to_the_next_try() -> None:
    blind = Circuit(state=CircuitState.OPEN, open_until=AT + seconds(60), why="the bot wall (403)")
    shown = page(overview=overview(circuit=blind), next_check_at=AT + seconds(60))
    assert shown.waiting.startswith("Target is blocking my checks.")
    assert shown.next_check_at == "2026-11-22T14:04:22.000Z"


def test_checks_tell_how_long_they_took_and_what_was_answered() -> None:
    shown = page(checks=[check(100), check(300, unknown=2), check(200), check(900, failed="the bot wall (403)")]).checks
    assert (shown.count, shown.usual, shown.slowest, shown.last) == ("4", "0.25 s", "0.90 s", "0.90 s")
    assert {one.words: one.count for one in shown.answers} == {
        "All answered": "2",
        "Some products without an answer": "1",
        "Target is blocking my checks": "1",
    }


def test_calls_since_the_start_are_told_by_what_came_back() -> None:
    shown = page(
        calls={("bulk", "ok"): 1200, ("single", "ok"): 34, ("bulk", "throttled"): 2, ("bulk", "walled"): 0}
    ).checks
    assert shown.calls == "1,236"
    assert [(one.words, one.count) for one in shown.replies] == [("Answered", "1,234"), ("Asked to slow down", "2")]


def test_a_zone_without_a_name_is_left_to_the_browser() -> None:
    assert page(zone=zone_of_a_file("local")).zone is None


def test_hours_are_those_of_the_owner_s_zone() -> None:
    chicago = ZoneInfo("America/Chicago")
    shown = page(restocks={A: [AT, AT + seconds(60), AT + seconds(120)]}, zone=chicago).restocks
    assert shown.words == "3 restocks, mostly at 8:00 (3\u00d7)"
    dark = [(row.day, cell.hour) for row in shown.days for cell in row.hours if cell.level]
    assert dark == [("Sun", "8")]


def test_the_page_says_whether_all_that_was_told_is_where_the_journal_is() -> None:
    assert page().sync == "All news is told"
    assert page(sync_problems=["the board is 40 s behind the journal"]).sync == "Some news is not told yet"


# ---- what happened


def event(what: Any, seq: int = 1, at: datetime = AT) -> Event:
    return Event(seq=seq, at=at, fact=what)


def test_what_happened_is_told_in_plain_words_the_latest_first() -> None:
    looks = [event(fact(Disagreement, tcin=A, attempt=None, why=f"look {seq}"), seq) for seq in (1, 2)]
    shown = page(events=looks, names=Names(titles={A: f"Trove {HOSTILE}"})).activity
    assert [one.seq for one in shown] == ["2", "1"]
    assert shown[0].when == "14:03"
    assert shown[0].words == f"{A} Trove {HOSTILE}: look 2"


def test_of_the_journal_the_last_cycles_are_kept_and_what_there_is_to_tell() -> None:
    recent = RecentJournal()
    recent.take(
        event(
            fact(CycleCompleted, changes=(), summary=Summary(watched=1, in_stock=0, unknown=0, started=0, resets=0)),
            seq,
        )
        for seq in range(1, 5)
    )
    recent.take(event(fact(Disagreement, tcin=A, why="look"), seq) for seq in range(5, 30))
    assert len(recent.checks) == 4
    assert len(recent.events) == MOST_EVENTS
    assert recent.disagreement is not None


# ---- as HTML


def test_what_the_shop_wrote_is_text_on_the_page() -> None:
    html = render_page(page(line(A, stock=in_stock(title=HOSTILE))))
    assert HOSTILE not in html
    assert "&lt;img src=x" in html


def test_nothing_runs_or_looks_by_what_stands_in_the_page_itself() -> None:
    html = render_page(page(line(A, stock=in_stock())))
    assert html.count("<script") == html.count('<script src="static/')
    assert "style=" not in html
    assert "<style" not in html
    assert " on" not in {part[:3] for part in html.split('"') if part.endswith("=")}


@pytest.mark.parametrize(
    ("after", "words"),
    [(0, "0 s"), (119, "119 s"), (120, "2 m"), (7199, "119 m"), (7200, "2 h"), (172_800, "2 d")],
)
def test_lengths_of_time_are_told_in_one_unit(after: int, words: str) -> None:
    early, late = "2026-11-22T14:03:22.000Z", None
    late = (AT + seconds(after)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert age_words(early, late) == f"{words} ago"
    assert left_words(late, early) == f"{words} left"
    assert wait_words(late, early) == (f"in {words}" if after else "now")
    assert age_words(None, late) == left_words(None, late) == wait_words(None, late) == ""


def test_a_state_in_which_nothing_is_known_can_be_shown() -> None:
    assert "Nothing is being bought." in render_page(page())
    assert C not in render_page(page())
