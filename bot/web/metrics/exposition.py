"""Numbers in the words of Prometheus: its names, its types, its text. Nobody else knows its library.

Names follow https://prometheus.io/docs/practices/naming/: base units, `_total` for counters, a state as one series for
each value, a time as a timestamp from which whoever asks reckons the age. No label tells of a product or a person, so
that there are never more series than these.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from itertools import accumulate, product

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from bot.web.metrics.event_counts import BOUNDS, KINDS, OUTCOMES, CycleOutcome, EventCounts
from bot.web.metrics.figures import BrowserFigures, CircuitPhase, Figures, StoredFigures
from config.products import Mode
from monitor.model import StockState
from purchasing.model import Attempt, PurchaseState, Step
from purchasing.rules.state_machine import HOLDS_SLOT

PREFIX = "stockbell_"
_OPEN_METRICS = "application/openmetrics-text"


def write_out(figures: Figures, *, accept: str) -> tuple[bytes, str]:
    """The text of a scrape, and its content type; `accept` is what the scraper takes."""
    registry = CollectorRegistry()
    registry.register(_FiguresCollector(figures))
    ProcessCollector(registry=registry)
    if _OPEN_METRICS in accept.lower():
        return openmetrics.generate_latest(registry), openmetrics.CONTENT_TYPE_LATEST  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4


class _FiguresCollector(Collector):
    """Hands on the numbers of one scrape."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        figures = self._figures
        build = {"version": figures.version, "python": figures.python, "schema": str(figures.schema)}
        yield InfoMetricFamily(f"{PREFIX}build", "What runs.", value=build)
        yield from _service(figures)
        yield from _counted(figures.counts)
        if figures.stored is not None:
            yield from _stored(figures.stored)
        yield from _browser(figures.browser)


def _service(figures: Figures) -> Iterator[Metric]:
    """What the process itself knows."""
    yield _flag("stopped", "Whether buying is stopped.", is_so=figures.stopped)
    yield _flag("schedule_healthy", "Whether checks come when they should.", is_so=figures.schedule_healthy)
    yield _time("next_check", "When the next check is due.", figures.next_check_at)
    yield _flag(
        "storage_trouble", "Whether nothing can be stored, so that nothing is bought.", is_so=figures.storage_trouble
    )
    yield _flag("database_readable", "Whether this scrape could read the database.", is_so=figures.stored is not None)
    yield _count(
        "shop_calls",
        "Calls to the shop, by call and by what came back.",
        ("call", "answer"),
        figures.shop_calls.items(),
    )
    if figures.telegram_errors is not None:
        errors = {(kind,): count for kind, count in figures.telegram_errors.items()}
        yield _count("telegram_errors", "Calls to Telegram that failed, by how.", ("kind",), errors.items())
    if figures.telegram_trouble is not None:
        yield _flag("telegram_trouble", "Whether the chat does badly.", is_so=figures.telegram_trouble)
    yield GaugeMetricFamily(f"{PREFIX}streams_open", "Readers of the event stream.", value=figures.streams)


def _counted(counts: EventCounts) -> Iterator[Metric]:
    """What the journal has gained since the start."""
    cycles = {(outcome,): counts.cycles[outcome] for outcome in CycleOutcome}
    yield _count("cycles", "Rounds of checks, by what they brought.", ("outcome",), cycles.items())
    below = accumulate(counts.durations)
    buckets = [*zip(map(str, (*BOUNDS, "+Inf")), below, strict=True)]
    yield HistogramMetricFamily(
        f"{PREFIX}cycle_duration_seconds",
        "How long checks took, from the first question to the last answer.",
        buckets=buckets,
        sum_value=counts.seconds,
    )
    yield CounterMetricFamily(f"{PREFIX}restocks", "Products that came into stock.", value=counts.restocks)
    attempts = {one: counts.attempts[one] for one in product(Mode, OUTCOMES)}
    yield _count("attempts", "Tries to buy that are over, by what came of them.", ("mode", "outcome"), attempts.items())
    in_doubt = {(mode,): counts.in_doubt[mode] for mode in Mode}
    yield _count(
        "attempts_in_doubt", "Tries to buy of which nobody knew at first whether they did.", ("mode",), in_doubt.items()
    )
    events = {(kind,): counts.events[kind] for kind in KINDS}
    yield _count("events", "Events of the journal, by kind.", ("kind",), events.items())


def _stored(stored: StoredFigures) -> Iterator[Metric]:
    """What the database says."""
    yield _state("mode", "What attempts may do.", "mode", Mode, stored.mode)
    yield _flag("paused", "Whether watching is paused.", is_so=stored.paused)
    yield _flag("signed_out", "Whether the session at the shop was found to have lapsed.", is_so=stored.signed_out)
    yield _state("circuit", "Whether the shop is asked.", "state", CircuitPhase, stored.circuit)
    yield _time("last_cycle", "When the last round of checks began.", stored.last_cycle_at)
    yield _time("last_good_check", "When a check last told something certain.", stored.last_good_at)
    yield from _slot(stored.slot)
    products = GaugeMetricFamily(
        f"{PREFIX}products",
        "Products on the watch list, by their last certain stock and by where they stand with buying.",
        labels=("stock", "purchase"),
    )
    for labels in product(StockState, PurchaseState):
        products.add_metric(labels, stored.products.get(labels, 0))
    yield products
    unsent = GaugeMetricFamily(f"{PREFIX}outbox_messages", "Messages that are yet to leave.", labels=("kind",))
    unsent.add_metric(("new",), stored.unsent.new)
    unsent.add_metric(("edit",), stored.unsent.edits)
    yield unsent
    yield _time("outbox_oldest", "Since when the oldest new message waits; none where none does.", stored.unsent.oldest)
    yield GaugeMetricFamily(f"{PREFIX}journal_seq", "The number of the last event.", value=stored.seq)


def _slot(slot: Attempt | None) -> Iterator[Metric]:
    """The one attempt; its times are there only while it is."""
    yield _flag("slot_held", "Whether an attempt holds the slot.", is_so=slot is not None)
    steps = [step for step in Step if step in HOLDS_SLOT]
    yield _state("slot_step", "How far that attempt has come.", "step", steps, None if slot is None else slot.step)
    yield _time("slot_opened", "When it was opened.", None if slot is None else slot.opened_at)
    yield _time("slot_moved", "When it took its last step.", None if slot is None else slot.moved_at)
    yield _time("slot_deadline", "When it is to be over.", None if slot is None else slot.deadline)


def _browser(browser: BrowserFigures | None) -> Iterator[Metric]:
    yield _flag("browser_running", "Whether the browser runs.", is_so=browser is not None and browser.runs)
    memory = GaugeMetricFamily(f"{PREFIX}browser_memory_bytes", "What it held when it was last looked at.")
    if browser is not None and browser.memory is not None:
        memory.add_metric((), browser.memory)
    yield memory


# ---- kinds of numbers


def _flag(name: str, words: str, *, is_so: bool) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}{name}", words, value=int(is_so))


def _time(name: str, words: str, at: datetime | None) -> Metric:
    """A time in seconds since 1970; no sample where there is none, so that no age is reckoned from it."""
    metric = GaugeMetricFamily(f"{PREFIX}{name}_timestamp_seconds", words)
    if at is not None:
        metric.add_metric((), at.timestamp())
    return metric


def _state(name: str, words: str, label: str, states: Iterable[StrEnum], current: StrEnum | None) -> Metric:
    """One series for each state, 1 for the one that holds."""
    metric = GaugeMetricFamily(f"{PREFIX}{name}", words, labels=(label,))
    for state in states:
        metric.add_metric((state,), int(state is current))
    return metric


def _count(name: str, words: str, labels: tuple[str, ...], counts: Iterable[tuple[tuple[str, ...], int]]) -> Metric:
    metric = CounterMetricFamily(f"{PREFIX}{name}", words, labels=labels)
    for values, count in counts:
        metric.add_metric(values, count)
    return metric
