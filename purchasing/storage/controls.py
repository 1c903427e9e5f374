"""What steers the whole: one row for each thing, its value as JSON."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import msgspec
import sqlalchemy as sa

from config.database import put_row
from config.products import Mode, Tcin
from monitor.model import Circuit, CircuitState
from purchasing.controls import Challenge, Controls, LookAgain, NotedDowntime, Pause
from purchasing.events import stamp
from purchasing.storage import tables

T = TypeVar("T")

_control = tables.control


@dataclass(frozen=True, slots=True)
class ControlKey(Generic[T]):
    """One thing that is stored: the name of its row, and what its value is."""

    what: str
    kind: type[T]


class StoredCircuit(msgspec.Struct, frozen=True, kw_only=True):
    """The circuit breaker's state, as its row holds it."""

    state: CircuitState
    failures_in_a_row: int
    open_until: datetime | None
    blind_since: datetime | None
    pause_s: float | None
    why: str | None


class StoredMark(msgspec.Struct, frozen=True, kw_only=True):
    """The mark of the last cycle, as its row holds it; the products by the time at which they were seen or asked."""

    cycle_id: int
    began: str | None
    next_check_at: str | None
    last_good_at: str | None
    seen_at: dict[str, list[Tcin]] = {}
    asked_at: dict[str, list[Tcin]] = {}


MODE = ControlKey("mode", Mode)
#: Why buying is stopped.
STOP = ControlKey("stop", str)
PAUSE = ControlKey("pause", Pause)
CIRCUIT = ControlKey("circuit", StoredCircuit)
CYCLE = ControlKey("cycle", StoredMark)
CHALLENGE = ControlKey("challenge", Challenge)
#: When the drill that is under way ends at the latest.
DRILL_END = ControlKey("drill", datetime)
#: When people could last be heard.
CONTACT = ControlKey("contact", datetime)
DOWNTIME = ControlKey("absence", NotedDowntime)
#: The attempts that may have left something in the cart, the oldest first.
LEFT_IN_CART = ControlKey("left in cart", tuple[int, ...])
LOOKS_AGAIN = ControlKey("look again", dict[Tcin, LookAgain])

#: What `read` tells of; other rows are for those who keep them.
_STEERING = sa.select(_control.c.what, _control.c.value).where(
    _control.c.what.in_([key.what for key in (MODE, STOP, PAUSE, CIRCUIT)])
)


class ControlTable:
    """Reads and writes of one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._db = connection

    def read(self, *, at: datetime) -> Controls:
        """What must be known of all that steers, in one statement."""
        stored = {row.what: row.value for row in self._db.execute(_STEERING)}
        pause = _decode(PAUSE, stored.get(PAUSE.what))
        return Controls(
            mode=_decode(MODE, stored.get(MODE.what)) or Mode.SIMULATE,
            stopped=_decode(STOP, stored.get(STOP.what)),
            paused=pause is not None and pause.holds(at),
            paused_until=None if pause is None else pause.until,
            circuit=_circuit_of(_decode(CIRCUIT, stored.get(CIRCUIT.what))),
        )

    def get(self, key: ControlKey[T]) -> T | None:
        """The stored value, or None."""
        value = self._db.execute(sa.select(_control.c.value).where(_control.c.what == key.what)).scalar()
        return _decode(key, value)

    def put(self, key: ControlKey[T], value: T, *, by: str, at: datetime) -> None:
        row = {"what": key.what, "value": msgspec.json.encode(value).decode(), "at": stamp(at), "by": by}
        put_row(self._db, _control, row)

    def drop(self, key: ControlKey[T]) -> None:
        self._db.execute(sa.delete(_control).where(_control.c.what == key.what))

    def circuit(self) -> Circuit:
        return _circuit_of(self.get(CIRCUIT))

    def put_circuit(self, circuit: Circuit, *, by: str, at: datetime) -> None:
        pause = circuit.pause
        stored = StoredCircuit(
            state=circuit.state,
            failures_in_a_row=circuit.failures_in_a_row,
            open_until=circuit.open_until,
            blind_since=circuit.blind_since,
            pause_s=None if pause is None else pause.total_seconds(),
            why=circuit.why,
        )
        self.put(CIRCUIT, stored, by=by, at=at)


def _decode(key: ControlKey[T], value: str | None) -> T | None:
    return None if value is None else msgspec.json.decode(value, type=key.kind)


def _circuit_of(stored: StoredCircuit | None) -> Circuit:
    if stored is None:
        return Circuit()
    return Circuit(
        state=stored.state,
        failures_in_a_row=stored.failures_in_a_row,
        open_until=stored.open_until,
        blind_since=stored.blind_since,
        pause=None if stored.pause_s is None else timedelta(seconds=stored.pause_s),
        why=stored.why,
    )
