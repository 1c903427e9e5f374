"""A household's journal, made up event by event as the service would have written it, with its rows in the tables."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import sqlalchemy as sa

from config.products import Mode, Tcin
from monitor.model import StockState
from purchasing.events import (
    AttemptMoved,
    Blind,
    CommandDone,
    Control,
    ControlChanged,
    CycleCompleted,
    Fact,
    LimitReached,
    MovedWindows,
    ProductLearned,
    ProductsUnread,
    ProductWindow,
    Purchases,
    ReadStock,
    ServiceStarted,
    Sighted,
    Skipped,
    Started,
    Summary,
    WatchlistChanged,
    stamp,
)
from purchasing.model import CycleMark, PurchaseState, Step, StockChange
from purchasing.storage import tables
from purchasing.storage.rows import product_row
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import AT, PRICE, product
from tests.facts import fact

EVERY = timedelta(seconds=20)
STEPS = (Step.OPENED, Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.CONFIRMED)
IN, OUT = StockState.IN_STOCK, StockState.OUT_OF_STOCK


@dataclass(slots=True)
class Chronicle:
    """Tells one event after another; every method is something that may happen, at any time."""

    tell: Callable[[Fact, datetime], None]
    watched: tuple[Tcin, ...]
    at: datetime = AT
    cycles: int = 0
    #: Rows of the tables, as they stand by now.
    attempts: list[dict[str, Any]] = field(default_factory=list)
    windows: list[dict[str, Any]] = field(default_factory=list)
    _in_stock: dict[Tcin, int] = field(default_factory=dict)
    _seen: set[Tcin] = field(default_factory=set)
    _prices: dict[Tcin, int] = field(default_factory=dict)
    _bought: list[Tcin] = field(default_factory=list)
    _commands: int = 0
    _is_new: bool = True

    def begin(self) -> None:
        self._say(ServiceStarted(mode=Mode.SIMULATE, version="0.1.0"))
        self._say(fact(WatchlistChanged, added=self.watched, order=self.watched))
        self._is_new = True

    # ---- cycles

    def quiet(self) -> None:
        self._cycle()

    def failed(self) -> None:
        self._cycle(failed="the shop did not answer")

    def idle(self) -> None:
        """A cycle in which nothing was due."""
        self._cycle(asked=0)

    def price(self, number: int) -> None:
        tcin = self._product(number)
        self._prices[tcin] = self._prices.get(tcin, 0) + number % 7 - 3
        self._cycle(stock=(tcin,))

    def flip(self, number: int) -> None:
        """A product comes into stock, or goes."""
        tcin = self._product(number)
        before = self._state(tcin)
        if before is IN:
            window = self._in_stock.pop(tcin)
            self.windows[window - 1]["closed_at"] = stamp(self.at)
            moved = MovedWindows(closed=(ProductWindow(tcin=tcin, window=window),))
        else:
            moved = MovedWindows(opened=(self._open_window(tcin),))
        change = StockChange(tcin=tcin, before=before, after=OUT if before is IN else IN)
        self._cycle(stock=(tcin,), changes=(change,), windows=moved)

    def buy(self, number: int) -> None:
        """One that is in stock is bought, in practice."""
        able = sorted(set(self._in_stock) - set(self._bought))
        if not able:
            return
        tcin, attempt = able[number % len(able)], len(self.attempts) + 1
        until = self.at + timedelta(seconds=60)
        self._cycle(started=(Started(tcin=tcin, attempt=attempt, completes_by=until),))
        row = {"id": attempt, "tcin": tcin, "window_id": self._in_stock[tcin], "mode": Mode.SIMULATE.value}
        row |= {"step": Step.CONFIRMED.value, "quantity": 1, "price": str(PRICE), "opened_at": stamp(self.at)}
        row |= {"moved_at": stamp(self.at), "deadline": stamp(until), "channel": "shipping"}
        self.attempts.append(row)
        for before, to in pairwise(STEPS):
            self._say(fact(AttemptMoved, attempt=attempt, tcin=tcin, before=before, to=to))
        self._bought.append(tcin)

    def _cycle(self, *, stock: Iterable[Tcin] = (), started: tuple[Started, ...] = (), **more: Any) -> None:
        self.at += EVERY
        self.cycles += 1
        resets, self._bought = tuple(self._bought), []
        shown = self.watched if self._is_new else stock
        self._is_new = False
        skipped = [one for one in sorted(self._in_stock) if not started or one != started[0].tcin]
        purchases = Purchases(
            resets=resets,
            started=started,
            skipped=tuple(Skipped(tcin=one, why="price 59.99 is above the cap 49.99") for one in skipped),
        )
        summary = Summary(
            watched=len(self.watched), in_stock=len(self._in_stock), unknown=0, started=len(started), resets=len(resets)
        )
        cycle = {
            "cycle_id": self.cycles,
            "asked": len(self.watched),
            "next_check_at": self.at + EVERY,
            "stock": {one: self._read(one) for one in shown},
            "purchases": purchases,
            "summary": summary,
        }
        self._say(fact(CycleCompleted, **{**cycle, **more}))

    # ---- all else

    def question(self) -> None:
        self._command("status")

    def change(self) -> None:
        self._command("add")

    def limit(self, number: int) -> None:
        self._say(LimitReached(limit=f"day {self.at:%F}", tcin=self._product(number), why="10 of 10"))

    def stop(self) -> None:
        self._say(ControlChanged(what=Control.STOP, value=True, by="Ada"))
        self._say(ControlChanged(what=Control.REARM, value=True, by="Ada"))

    def pause(self, number: int) -> None:
        tcin = self._product(number)
        self._say(ControlChanged(what=Control.PAUSE, value=bool(number % 2), by="Ada", tcin=tcin))

    def blind(self) -> None:
        self._say(fact(Blind))
        self.at += EVERY
        self._say(Sighted(lasted_s=20))

    def learn(self, number: int) -> None:
        self._say(fact(ProductLearned, tcin=self._product(number)))
        self._say(fact(ProductsUnread))

    def restart(self) -> None:
        self.at += 9 * EVERY
        self._say(ServiceStarted(mode=Mode.SIMULATE, version="0.1.0"))
        self._is_new = True

    def night(self) -> None:
        """Nothing at all for some hours."""
        self.at += timedelta(hours=7)

    def _command(self, what: str) -> None:
        self._commands += 1
        self._say(CommandDone(key=f"tg:1:{self._commands}", by="1001", what=what, accepted=True, why=None))

    # ---- what stands

    def _say(self, told: Fact) -> None:
        self.tell(told, self.at)

    def _product(self, number: int) -> Tcin:
        return self.watched[number % len(self.watched)]

    def _state(self, tcin: Tcin) -> StockState:
        if tcin in self._in_stock:
            return IN
        return OUT if tcin in self._seen else StockState.UNKNOWN

    def _read(self, tcin: Tcin) -> ReadStock:
        state = self._state(tcin)
        price = PRICE + self._prices.get(tcin, 0)
        return ReadStock(title=f"Trove {tcin}", state=state, detail=None, price=price, seen_at=self.at)

    def _open_window(self, tcin: Tcin) -> ProductWindow:
        window = len(self.windows) + 1
        row = {"id": window, "tcin": tcin, "opened_at": stamp(self.at), "misses": 0, "closed_at": None}
        self.windows.append(row)
        self._in_stock[tcin] = window
        self._seen.add(tcin)
        return ProductWindow(tcin=tcin, window=window)

    def store(self, unit: UnitOfWork) -> None:
        """Write its rows into new tables, as they stand by now; its events are told by itself."""
        db = unit.connection
        for position, tcin in enumerate(self.watched):
            row = {**product_row(product(tcin), position), "stock": self._state(tcin), "state": PurchaseState.READY}
            db.execute(sa.insert(tables.product), row)
        for table, rows in ((tables.window, self.windows), (tables.attempt, self.attempts)):
            if rows:
                db.execute(sa.insert(table), rows)
        unit.marks.write(CycleMark(cycle_id=self.cycles, began=self.at), at=self.at)


#: What may happen, by name, and how often in a long life; the rest of the time nothing does.
OFTEN = {"flip": 60, "price": 60, "buy": 15, "question": 200, "change": 10, "limit": 2, "stop": 1, "pause": 2}
OFTEN |= {"failed": 60, "idle": 20, "blind": 10, "learn": 30, "restart": 3, "night": 1}
BY_NUMBER = frozenset({"flip", "price", "buy", "limit", "pause", "learn"})


def happen(chronicle: Chronicle, what: str, number: int) -> None:
    act = getattr(chronicle, what)
    act(number) if what in BY_NUMBER else act()


def live(chronicle: Chronicle, rng: Random, *, while_: Callable[[], bool]) -> None:
    """Let it live a usual life: of 10,000 cycles, so many are other than quiet."""
    names, weights = list(OFTEN), list(OFTEN.values())
    share = sum(weights) / 10_000
    while while_():
        if rng.random() < share:
            happen(chronicle, rng.choices(names, weights)[0], rng.randrange(10_000))
        chronicle.quiet()
