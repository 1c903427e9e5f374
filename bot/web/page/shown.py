"""How everything stands, as the page says it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from statistics import median

from bot.charts.model import AttemptEnding
from bot.charts.series import best_hours, count_hours, ending_of
from bot.text.board import LEGEND, count_words, in_turn_of_board, is_blind, next_words, state_words, stock_sign
from bot.text.events import describe_event
from bot.text.markup import cut, detail_words, mode_word, money, near_time, plain
from bot.text.purchases import outcome_line, step_words
from bot.text.reasons import begin_large, reason_words
from bot.text.status import HEALTH
from bot.web.page.model import Check, PageFacts
from bot.web.page.shapes import (
    AttemptRow,
    CheckCard,
    CountRow,
    EventRow,
    HourCell,
    HourRow,
    PageState,
    ProductRow,
    QueuedRow,
    RestockCard,
    SlotCard,
    TroubleRow,
    UseRow,
)
from config.durations import span
from config.products import Mode, Tcin
from config.zones import zone_name
from monitor.model import CircuitState, Trouble
from purchasing.events import Event, stamp, stamp_or_none
from purchasing.model import Attempt, Line, PurchaseState, Step
from purchasing.rules.state_machine import HOLDS_SLOT

#: A title is cut here: one that is longer is no name.
TITLE = 300
#: Reasons and sentences that others chose are cut here.
WORDS = 500
#: What each sign before a product is called, for its looks.
SIGNS = dict(zip(LEGEND, ("in", "held", "out", "unknown", "off"), strict=True))
#: An hour is darker from so many restocks on.
_DARKER_FROM = (1, 2, 4, 8)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: So many hours are named.
_MOST_HOURS = 3

#: The link that opens the chat on this word; None where there is none.
LinkOf = Callable[[str], str | None]


def show_page(facts: PageFacts, *, version: str, seq: int, zone: tzinfo, link_of: LinkOf) -> PageState:
    overview = facts.overview
    controls, mark = overview.controls, overview.mark
    return PageState(
        version=version,
        seq=seq,
        server_time=stamp(facts.at),
        zone=zone_name(zone),
        cycle_id=mark.cycle_id,
        mode=controls.mode,
        mode_word=mode_word(controls.mode).capitalize(),
        buying=_buying(facts),
        stock=count_words(overview.lines),
        next_check_at=None if controls.paused else stamp_or_none(facts.next_check_at),
        waiting=_waiting(facts, zone),
        last_good_check_at=stamp_or_none(mark.last_good_at),
        health=facts.health,
        health_words=HEALTH.get(facts.health, facts.health),
        troubles=tuple(TroubleRow(words=plain(begin_large(one))) for one in facts.health_reasons),
        sync="Some news is not told yet" if facts.sync_problems else "All news is told",
        products=tuple(_product(line, facts, link_of) for line in in_turn_of_board(overview.lines)),
        slot=_slot(overview.slot, facts),
        queue=tuple(
            QueuedRow(tcin=line.tcin, title=_title(line))
            for line in overview.lines
            if line.state is PurchaseState.QUEUED
        ),
        activity=tuple(_event(event, facts, zone) for event in reversed(facts.events)),
        checks=_checks(facts.checks, facts.calls),
        restocks=_restocks(facts, zone),
        attempts=tuple(_attempt(one, facts) for one in facts.attempts),
        limits=_limits(facts),
        disagreement=_disagreement(facts, zone),
    )


# ---- how everything stands


_ORDERS = {Mode.SIMULATE: "nothing is ordered", Mode.REHEARSE: "nothing is ordered", Mode.LIVE: "real orders"}


def _buying(facts: PageFacts) -> str:
    if facts.is_stopped:
        why = facts.overview.controls.stopped
        return f"Off: {cut(reason_words(why), WORDS)}" if why else "Off"
    return f"On, {_ORDERS[facts.overview.controls.mode]}"


def _waiting(facts: PageFacts, zone: tzinfo) -> str:
    """Why nothing is asked, or nothing answered; empty where checks go on as they should."""
    overview = facts.overview
    paused, circuit = overview.controls.paused, overview.controls.circuit.state
    if paused or circuit is CircuitState.OPEN or is_blind(overview):
        return plain(next_words(overview, zone, at=facts.at)).strip("⏸⚠️ ")
    return ""


# ---- products


def _title(line: Line) -> str:
    return cut(line.name_and_title, TITLE) or f"Product {line.tcin}"


def _named(tcin: Tcin, facts: PageFacts) -> str:
    line = facts.known.get(tcin)
    return f"Product {tcin}" if line is None else _title(line)


def _product(line: Line, facts: PageFacts, link_of: LinkOf) -> ProductRow:
    sign, why = stock_sign(line), line.why_no_alert
    price = line.stock.price
    return ProductRow(
        tcin=line.tcin,
        title=_title(line),
        link=link_of(f"p{line.tcin}"),
        stock=line.stock.state,
        purchase=line.state,
        sign=SIGNS[sign],
        sign_words=f"{LEGEND[sign]}{plain(detail_words(line.stock.detail))}",
        price="" if price is None else money(price),
        why=plain(begin_large(why)) if why else "",
        buying=(state_words(line) or "").strip("🛒 "),
        seen_at=stamp_or_none(facts.overview.seen.of(line)),
    )


# ---- buying


#: The steps before the button, in their order, and the button.
_WAY = (Step.OPENED, Step.CARTED, Step.REVIEWED, Step.SUBMITTING)


def _slot(slot: Attempt | None, facts: PageFacts) -> SlotCard | None:
    if slot is None:
        return None
    is_under_way = slot.step in _WAY
    return SlotCard(
        tcin=slot.tcin,
        title=_named(slot.tcin, facts),
        attempt=f"attempt {slot.id}",
        mode=mode_word(slot.mode).capitalize(),
        step=step_words(slot),
        done=_WAY.index(slot.step) + 1 if is_under_way else len(_WAY),
        since=stamp(slot.moved_at),
        completes_by=stamp(slot.deadline) if is_under_way and slot.step is not Step.SUBMITTING else None,
    )


_ENDINGS = {
    AttemptEnding.BOUGHT: "bought",
    AttemptEnding.PRACTISED: "practised",
    AttemptEnding.FAILED: "failed",
    AttemptEnding.IN_DOUBT: "doubt",
    None: "running",
}


def _attempt(attempt: Attempt, facts: PageFacts) -> AttemptRow:
    holds = attempt.step in HOLDS_SLOT
    return AttemptRow(
        attempt=str(attempt.id),
        ending=_ENDINGS[ending_of(attempt)],
        title=_named(attempt.tcin, facts),
        mode=mode_word(attempt.mode).capitalize(),
        outcome=begin_large(step_words(attempt)) if holds else plain(outcome_line(attempt)),
        at=stamp(attempt.moved_at),
    )


def _limits(facts: PageFacts) -> tuple[UseRow, ...]:
    usage, limits = facts.usage, facts.limits
    most = limits.max_spend_per_day
    of_it = ", no limit set" if most is None else f" of {money(most)}"
    rows = [
        UseRow(
            what="Spent today", used=f"{money(usage.spent_today)}{of_it}", percent=_percent(usage.spent_today, most)
        ),
        UseRow(
            what="Purchases today",
            used=f"{usage.bought_today} of {limits.max_per_day}",
            percent=_percent(usage.bought_today, limits.max_per_day),
        ),
        UseRow(what="Tries in one restock", used=f"at most {limits.max_per_window}", percent=None),
    ]
    if limits.cooldown:
        rows.append(UseRow(what="Pause after a purchase", used=span(limits.cooldown), percent=None))
    return tuple(rows)


def _percent(used: Decimal | int, most: Decimal | int | None) -> int | None:
    if most is None:
        return None
    return 100 if used >= most else round(100 * Decimal(used) / Decimal(most))


# ---- what happened


def _event(event: Event, facts: PageFacts, zone: tzinfo) -> EventRow:
    when = near_time(event.at, zone, now=facts.at)
    line = plain(describe_event(event, zone, names=facts.names, now=facts.at) or "")
    words = line.removeprefix(when).strip()
    return EventRow(seq=str(event.seq), when=when, at=stamp(event.at), words=f"{words[:1].upper()}{words[1:]}")


def _disagreement(facts: PageFacts, zone: tzinfo) -> EventRow | None:
    if facts.disagreement is None:
        return None
    fact, at = facts.disagreement
    words = f"{_named(fact.tcin, facts)}: {cut(reason_words(fact.why), WORDS)}"
    return EventRow(seq="", when=near_time(at, zone, now=facts.at), at=stamp(at), words=words)


# ---- how checks go


def _checks(in_order: Sequence[Check], calls: Mapping[tuple[str, str], int]) -> CheckCard:
    checks = sorted(in_order, key=lambda one: one.at)  # a clock may have been set back
    took = [one.took_ms for one in checks]
    return CheckCard(
        count=str(len(checks)),
        usual=_seconds(median(took)) if took else "",
        slowest=_seconds(max(took)) if took else "",
        last=_seconds(took[-1]) if took else "",
        asked=str(checks[-1].asked) if checks else "",
        answers=tuple(CountRow(words=words, count=str(count)) for words, count in _answers(checks)),
        calls=f"{sum(calls.values()):,}",
        replies=tuple(CountRow(words=words, count=f"{count:,}") for words, count in _replies(calls)),
        at=tuple(one.at.timestamp() for one in checks),
        took_ms=tuple(took),
        in_stock=tuple(one.in_stock for one in checks),
        until=stamp(checks[-1].at) if checks else None,
    )


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.2f} s" if milliseconds < 10_000 else f"{milliseconds / 1000:.1f} s"


def _answers(checks: Sequence[Check]) -> list[tuple[str, int]]:
    """What the shop answered, the most frequent first."""
    return Counter(_answer(one) for one in checks).most_common()


#: How a call is counted that brought an answer, as the client of the shop has it, which is none of the pure core.
_OK = "ok"
#: What came back on a call, by what one should do.
_REPLIES = {
    _OK: "Answered",
    Trouble.PASSING: "No answer this time",
    Trouble.THROTTLED: "Asked to slow down",
    Trouble.WALLED: "Blocked",
    Trouble.KEY_REFUSED: "Access key refused",
    Trouble.UNREADABLE: "An answer that made no sense",
    Trouble.RETIRED: "The call no longer exists",
}


def _replies(calls: Mapping[tuple[str, str], int]) -> list[tuple[str, int]]:
    """What ever came back, the most frequent first."""
    counted: Counter[str] = Counter()
    for (_, reply), count in calls.items():
        counted[_REPLIES.get(reply, reply)] += count
    return [(words, count) for words, count in counted.most_common() if count]


def _answer(check: Check) -> str:
    if check.failed:
        return plain(begin_large(check.failed))
    if not check.asked:
        return "Nothing was due"
    return "Some products without an answer" if check.unknown else "All answered"


# ---- restocks


def _restocks(facts: PageFacts, zone: tzinfo) -> RestockCard:
    began = sorted(one for times in facts.restocks.values() for one in times)
    matrix = count_hours(began, zone)
    return RestockCard(
        words=_hours_words(began, zone),
        days=tuple(
            HourRow(day=day, hours=tuple(_cell(hour, count) for hour, count in enumerate(hours)))
            for day, hours in zip(_DAYS, matrix, strict=True)
        ),
        last_at=stamp(began[-1]) if began else None,
    )


def _cell(hour: int, count: int) -> HourCell:
    return HourCell(hour=str(hour), level=sum(count >= least for least in _DARKER_FROM))


def _hours_words(began: Sequence[datetime], zone: tzinfo) -> str:
    if not began:
        return "No restock was seen yet."
    count = "1 restock" if len(began) == 1 else f"{len(began)} restocks"
    often = ", ".join(f"{hour}:00 ({times}\u00d7)" for hour, times in best_hours(began, zone, most=_MOST_HOURS))
    return f"{count}, mostly at {often}" if often else count
