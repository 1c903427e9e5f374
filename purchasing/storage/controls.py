"""What steers the whole: one row for each thing, its value as JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar

import msgspec
import sqlalchemy as sa

from config.database import put_row
from config.products import Mode, Tcin
from monitor.model import Circuit, CircuitState
from purchasing.controls import (
    Blindness,
    CartState,
    Challenge,
    Controls,
    LookAgain,
    NotedDowntime,
    Pause,
    Remark,
    SessionState,
    Slowness,
)
from purchasing.events import Control, stamp, stamp_or_none, unstamp
from purchasing.model import CycleMark
from purchasing.storage import rows, tables

T = TypeVar("T")

_control = tables.control


@dataclass(frozen=True, slots=True)
class ControlKey(Generic[T]):
    """One thing that is stored: the name of its row, and what its value is."""

    what: str
    kind: type[T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """When one thing was stored as it stands, and by whom: a person's id or name, or another word."""

    at: datetime
    by: str


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
BLINDNESS = ControlKey("blindness", Blindness)
SLOWNESS = ControlKey("slowness", Slowness)
CHALLENGE = ControlKey("challenge", Challenge)
#: When the drill that is under way ends at the latest.
DRILL_END = ControlKey("drill", datetime)
#: The last `seq` when the owner accepted the clock although it was behind the journal.
CLOCK_ACCEPTED = ControlKey("clock accepted", int)
#: When people were last reminded of what still holds.
REMINDED = ControlKey("reminded", dict[Control, datetime])
#: The last day that was summed up.
DAY_SUMMED_UP = ControlKey("day summed up", date)
#: When people could last be heard.
CONTACT = ControlKey("contact", datetime)
DOWNTIME = ControlKey("absence", NotedDowntime)
#: The attempts that may have left something in the cart, the oldest first.
LEFT_IN_CART = ControlKey("left in cart", tuple[int, ...])
#: Those of them of which that was told.
LEFT_IS_TOLD = ControlKey("left in cart, told", tuple[int, ...])
#: The attempts that were in doubt and ended as refused: before the next one of their product in `live`, the order list
#: is read once more.
LISTED_ONCE_MORE = ControlKey("order list once more", tuple[int, ...])
#: From which on questions and restock windows are numbered, since a restore.
FIRST_NUMBER = ControlKey("first number", int)
SESSION = ControlKey("session", SessionState)
CART = ControlKey("cart", CartState)
REMARKS = ControlKey("remarks", dict[Tcin, Remark])
LOOKS_AGAIN = ControlKey("look again", dict[Tcin, LookAgain])

_ALL = sa.select(_control.c.what, _control.c.value)


class ControlTable:
    """Reads and writes of one transaction. Its rows are few, and read once."""

    def __init__(self, connection: sa.Connection) -> None:
        self._db = connection
        self._values: dict[str, str] | None = None

    def read(self, *, at: datetime) -> Controls:
        """What must be known of all that steers."""
        pause, session, slowness = self.get(PAUSE), self.get(SESSION), self.get(SLOWNESS)
        return Controls(
            mode=self.get(MODE) or Mode.SIMULATE,
            stopped=self.get(STOP),
            paused=pause is not None and pause.holds(at),
            paused_until=None if pause is None else pause.until,
            circuit=self.circuit(),
            blindness=self.blindness(),
            signed_out=None if session is None else session.lapsed,
            slow_since=slowness.since if slowness is not None and slowness.is_told else None,
        )

    def get(self, key: ControlKey[T]) -> T | None:
        """The stored value, or None."""
        value = self._stored().get(key.what)
        return None if value is None else msgspec.json.decode(value, type=key.kind)

    def setting(self, what: str) -> Setting | None:
        """When the value of this name was stored, and by whom; None where there is none."""
        stored = sa.select(_control.c.at, _control.c.by).where(_control.c.what == what)
        row = self._db.execute(stored).first()
        return None if row is None else Setting(at=unstamp(row.at), by=row.by)

    def count_in_cart(self, *, at: datetime) -> int:
        """How many things of the owner's own a page counted in the cart; 0 too where no page told for long."""
        cart = self.get(CART)
        return 0 if cart is None else cart.things(at=at)

    def why_lapsed(self, *, stored_at: datetime | None) -> str | None:
        """Why the session that was stored then was found to have lapsed; None where nothing is known against it."""
        state, setting = self.get(SESSION), self.setting(SESSION.what)
        if state is None or setting is None or (stored_at is not None and stored_at > setting.at):
            return None
        return state.lapsed

    def put(self, key: ControlKey[T], value: T, *, by: str, at: datetime) -> None:
        row = {"what": key.what, "value": msgspec.json.encode(value).decode(), "at": stamp(at), "by": by}
        put_row(self._db, _control, row)
        if self._values is not None:
            self._values[key.what] = row["value"]

    def drop(self, key: ControlKey[T]) -> None:
        self._db.execute(sa.delete(_control).where(_control.c.what == key.what))
        if self._values is not None:
            self._values.pop(key.what, None)

    def _stored(self) -> dict[str, str]:
        if self._values is None:
            self._values = {row.what: row.value for row in self._db.execute(_ALL)}
        return self._values

    def circuit(self) -> Circuit:
        return _circuit_of(self.get(CIRCUIT))

    def blindness(self) -> Blindness | None:
        """What people were last told of, and is not over."""
        if (stored := self.get(BLINDNESS)) is not None:
            return stored
        # Whoever stored nothing else told of every circuit that was open.
        circuit = self.circuit()
        return None if circuit.blind_since is None else Blindness(since=circuit.blind_since, why=circuit.why)

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


class CycleMarkTable:
    """The mark that the last cycle left. Reads and writes of one transaction.

    A reading that says what is known writes no row of its own: the one mark tells when everything was seen and asked.
    """

    def __init__(self, *, controls: ControlTable) -> None:
        self._controls = controls
        self._mark: CycleMark | None = None

    def read(self) -> CycleMark:
        if self._mark is None:
            self._mark = _mark_of(self._controls.get(CYCLE))
        return self._mark

    def write(self, mark: CycleMark, *, at: datetime) -> None:
        self._mark = mark
        stored = StoredMark(
            cycle_id=mark.cycle_id,
            began=stamp_or_none(mark.began),
            next_check_at=stamp_or_none(mark.next_check_at),
            last_good_at=stamp_or_none(mark.last_good_at),
            seen_at=_by_time(mark.seen_at),
            asked_at=_by_time(mark.asked_at),
        )
        self._controls.put(CYCLE, stored, by="schedule", at=at)


def _mark_of(stored: StoredMark | None) -> CycleMark:
    if stored is None:
        return CycleMark()
    return CycleMark(
        cycle_id=stored.cycle_id,
        began=rows.time_of(stored.began),
        next_check_at=rows.time_of(stored.next_check_at),
        last_good_at=rows.time_of(stored.last_good_at),
        seen_at=_times_of(stored.seen_at),
        asked_at=_times_of(stored.asked_at),
    )


def _by_time(times: Mapping[Tcin, datetime]) -> dict[str, list[Tcin]]:
    """Most were read or asked at a few times, which are written once each."""
    grouped: dict[datetime, list[Tcin]] = {}
    for tcin, at in times.items():
        grouped.setdefault(at, []).append(tcin)
    return {stamp(at): tcins for at, tcins in grouped.items()}


def _times_of(stored: Mapping[str, Iterable[Tcin]]) -> dict[Tcin, datetime]:
    return {tcin: at for text, tcins in stored.items() for at in (unstamp(text),) for tcin in tcins}
