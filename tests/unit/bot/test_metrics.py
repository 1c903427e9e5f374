import re
from dataclasses import replace
from typing import Any

import pytest

from bot.telegram.messages import Unsent
from bot.web.metrics.event_counts import BOUNDS, CycleOutcome, EventCounts
from bot.web.metrics.exposition import write_out
from bot.web.metrics.figures import BrowserFigures, CircuitPhase, Figures, StoredFigures, phase_of
from config.products import Mode
from monitor.model import Circuit, CircuitState, StockState
from purchasing.events import AttemptMoved, CycleCompleted, Fact, MovedWindows, ProductWindow, UnknownFact
from purchasing.model import PurchaseState, Step
from tests.builders import AT, A, attempt, seconds
from tests.exposition import Scrape, read_scrape
from tests.facts import event, fact

STORED = StoredFigures(
    mode=Mode.SIMULATE,
    stopped=False,
    paused=False,
    signed_out=False,
    circuit=CircuitPhase.CLOSED,
    last_cycle_at=AT,
    last_good_at=None,
    slot=None,
    products={(StockState.IN_STOCK, PurchaseState.READY): 2},
    unsent=Unsent(new=0, edits=1, oldest=None),
    seq=17,
)
FIGURES = Figures(
    version="0.1.0",
    python="3.11.7",
    schema=4,
    counts=EventCounts(seq=0),
    stored=STORED,
    stopped=False,
    schedule_healthy=True,
    next_check_at=AT + seconds(20),
    storage_trouble=False,
    shop_calls={("pdp_client_v1", "ok"): 3},
    telegram_errors={"flooded": 1},
    telegram_trouble=False,
    streams=0,
    browser=BrowserFigures(runs=True, memory=400_000_000),
)


def counted(*facts: Fact | UnknownFact) -> EventCounts:
    counts = EventCounts(seq=0)
    for seq, one in enumerate(facts, start=1):
        counts.take(event(one, seq))
    return counts


def cycle(**more: Any) -> CycleCompleted:
    return fact(CycleCompleted, **more)


def moved(to: Step, mode: Mode = Mode.LIVE) -> AttemptMoved:
    return fact(AttemptMoved, before=Step.SUBMITTING, to=to, mode=mode)


def scraped(figures: Figures = FIGURES, **stored: Any) -> Scrape:
    if stored:
        figures = replace(figures, stored=replace(STORED, **stored))
    return read_scrape(write_out(figures, accept="")[0].decode())


# ---- what is counted


def test_cycles_are_counted_by_what_they_brought() -> None:
    counts = counted(cycle(), cycle(failed="walled"), cycle(asked=0, took_ms=0), cycle())
    assert counts.cycles == {CycleOutcome.GOOD: 2, CycleOutcome.FAILED: 1, CycleOutcome.IDLE: 1}


def test_cycles_that_asked_are_put_into_classes_by_how_long_they_took() -> None:
    counts = counted(cycle(took_ms=100), cycle(took_ms=101), cycle(took_ms=60_000), cycle(asked=0, took_ms=0))
    assert counts.durations == [1, 1, *[0] * (len(BOUNDS) - 2), 1]
    assert counts.seconds == pytest.approx(60.201)


def test_an_attempt_is_counted_once_when_it_is_over_and_beside_that_when_it_was_in_doubt() -> None:
    steps = (Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.UNCONFIRMED, Step.CONFIRMED)
    counts = counted(*map(moved, steps), moved(Step.CARTED, Mode.SIMULATE), moved(Step.ABANDONED, Mode.SIMULATE))
    assert counts.attempts == {(Mode.LIVE, Step.CONFIRMED): 1, (Mode.SIMULATE, Step.ABANDONED): 1}
    assert counts.in_doubt == {Mode.LIVE: 1}


def test_restocks_are_counted_by_the_windows_that_opened() -> None:
    opened = MovedWindows(opened=(ProductWindow(tcin=A, window=1), ProductWindow(tcin=A, window=2)))
    assert counted(cycle(windows=opened), cycle()).restocks == 2


def test_whatever_a_newer_program_wrote_is_one_kind() -> None:
    counts = counted(UnknownFact(kind="moon_rose", raw="{}"), UnknownFact(kind="sun_set", raw="{}"), cycle())
    assert counts.events == {"other": 2, "cycle_completed": 1}
    assert counts.seq == 3


# ---- what is written


def test_a_circuit_whose_pause_is_over_is_half_open() -> None:
    opened = Circuit(state=CircuitState.OPEN, open_until=AT, blind_since=AT)
    phases = [phase_of(one, at=at) for one, at in ((Circuit(), AT), (opened, AT - seconds(1)), (opened, AT))]
    assert phases == [CircuitPhase.CLOSED, CircuitPhase.OPEN, CircuitPhase.HALF_OPEN]


def test_a_state_is_one_series_for_each_value_of_which_one_holds() -> None:
    scrape = scraped(circuit=CircuitPhase.OPEN)
    states = {state: scrape.of("stockbell_circuit", state=state) for state in ("closed", "half_open", "open")}
    assert states == {"closed": 0, "half_open": 0, "open": 1}
    assert scrape.of("stockbell_mode", mode="simulate") == 1


def test_a_time_that_there_is_none_of_has_no_sample_so_that_no_age_is_reckoned_from_it() -> None:
    scrape = scraped()
    assert scrape["stockbell_last_cycle_timestamp_seconds"] == AT.timestamp()
    for name in ("last_good_check", "outbox_oldest", "slot_opened", "slot_moved", "slot_deadline"):
        assert f"stockbell_{name}_timestamp_seconds" in scrape.names
        assert (f"stockbell_{name}_timestamp_seconds", frozenset()) not in scrape.values


def test_the_slot_is_told_with_its_step_and_its_times() -> None:
    held = attempt(Step.REVIEWED)
    scrape = scraped(slot=held)
    assert scrape["stockbell_slot_held"] == 1
    assert scrape.of("stockbell_slot_step", step="reviewed") == 1
    assert scrape["stockbell_slot_deadline_timestamp_seconds"] == held.deadline.timestamp()


def test_every_series_of_a_count_is_there_from_the_start_so_that_its_first_rise_is_seen() -> None:
    scrape = scraped()
    assert scrape.of("stockbell_cycles_total", outcome="failed") == 0
    assert scrape.of("stockbell_attempts_total", mode="live", outcome="confirmed") == 0
    assert scrape.of("stockbell_products", stock="out_of_stock", purchase="failed") == 0
    assert scrape.of("stockbell_products", stock="in_stock", purchase="ready") == 2


def test_the_classes_of_durations_add_up() -> None:
    counts = counted(cycle(took_ms=200), cycle(took_ms=2500), cycle(took_ms=99_000))
    scrape = scraped(replace(FIGURES, counts=counts))
    found = [scrape.of("stockbell_cycle_duration_seconds_bucket", le=le) for le in ("0.1", "0.25", "3.0", "+Inf")]
    assert (found, scrape["stockbell_cycle_duration_seconds_count"]) == ([0, 1, 2, 3], 3)


def test_without_the_database_the_rest_is_told() -> None:
    scrape = scraped(replace(FIGURES, stored=None, telegram_errors=None, telegram_trouble=None, browser=None))
    assert scrape["stockbell_database_readable"] == 0
    assert scrape["stockbell_browser_running"] == 0
    assert not {"stockbell_slot_held", "stockbell_telegram_trouble"} & scrape.names


def test_whoever_takes_open_metrics_gets_it() -> None:
    text, content_type = write_out(FIGURES, accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert text.endswith(b"# EOF\n")
    plain, content_type = write_out(FIGURES, accept="text/html;version=\r\nx: y, */*")
    assert (content_type, plain.endswith(b"# EOF\n")) == ("text/plain; version=0.0.4; charset=utf-8", False)


NAME = re.compile(r"stockbell_[a-z]+(_[a-z]+)*|process_[a-z_]+")


@pytest.mark.guards("bot", "no number for Prometheus tells of a product or a person")
def test_names_are_as_prometheus_wants_them_and_no_label_grows_with_what_is_watched() -> None:
    scrape = scraped(slot=attempt(Step.REVIEWED))
    assert [name for name in scrape.names if not NAME.fullmatch(name)] == []
    labels = {label for _, series in scrape.values for label, _ in series}
    assert labels == {
        *("version", "python", "schema"),
        *("outcome", "le", "mode", "kind", "call", "answer", "state", "step", "stock", "purchase"),
    }
    assert len(scrape.values) < 250
    assert A not in write_out(replace(FIGURES, stored=replace(STORED, slot=attempt())), accept="")[0].decode()
