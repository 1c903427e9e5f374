"""All that a scrape tells, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.telegram.messages import Unsent
from bot.web.metrics.event_counts import EventCounts
from config.products import Mode
from monitor.model import Circuit, CircuitState, StockState
from purchasing.model import Attempt, PurchaseState


class CircuitPhase(StrEnum):
    """Where the circuit stands, in the field's three words."""

    CLOSED = "closed"
    #: The pause is over: one call tries whether the shop answers again.
    HALF_OPEN = "half_open"
    OPEN = "open"


def phase_of(circuit: Circuit, *, at: datetime) -> CircuitPhase:
    if circuit.state is CircuitState.CLOSED:
        return CircuitPhase.CLOSED
    is_over = circuit.open_until is None or at >= circuit.open_until
    return CircuitPhase.HALF_OPEN if is_over else CircuitPhase.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFigures:
    """What is read of the database, all of it as it stood at one instant."""

    mode: Mode
    #: By what is stored; a stop may stand in memory or as a file alone.
    stopped: bool
    paused: bool
    signed_out: bool
    circuit: CircuitPhase
    #: When the last cycle began.
    last_cycle_at: datetime | None
    last_good_at: datetime | None
    slot: Attempt | None
    products: Mapping[tuple[StockState, PurchaseState], int]
    unsent: Unsent
    #: The last event of the journal.
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserFigures:
    runs: bool
    #: What it held in bytes when it was last looked at; None while none runs.
    memory: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything at once."""

    version: str
    python: str
    #: Of the stored tables.
    schema: int
    counts: EventCounts
    #: None where the database can't be read.
    stored: StoredFigures | None
    #: Whether buying is stopped, wherever that stands.
    stopped: bool
    schedule_healthy: bool
    next_check_at: datetime | None
    #: Nothing can be stored, or the files are not those that were opened.
    storage_trouble: bool
    #: By call and what came back.
    shop_calls: Mapping[tuple[str, str], int]
    #: By kind; None without a chat.
    telegram_errors: Mapping[str, int] | None
    #: Whether the chat does badly now; None where there is none.
    telegram_trouble: bool | None
    streams: int
    #: None where the service has none.
    browser: BrowserFigures | None
