"""The truth on disk: every change in one transaction with its event, and the machines' law repeated in each statement.

A `Ledger` lives for one unit of work on the database's thread. Whoever holds one may read, decide and write: all of it
is on disk when the unit ends, or none is.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from config.products import DRILL, Mode, Product, Tcin
from monitor.availability import wanted_signal
from monitor.circuit_breaker import rests_until
from monitor.model import Agenda, CircuitState, Reading, Snapshot, StockState, Window
from purchasing.errors import IllegalMove, SlotTaken
from purchasing.events import (
    cycle_body,
    move_body,
    price_text,
    skipped_body,
    stamp,
    stamp_or_none,
    stock_body,
    unstamp,
)
from purchasing.model import (
    Attempt,
    Command,
    CommandState,
    Controls,
    CycleMark,
    Decision,
    Episode,
    Event,
    Json,
    Limits,
    Line,
    Move,
    Outcome,
    Overview,
    PurchaseState,
    Standing,
    Start,
    Step,
    Usage,
)
from purchasing.rules.state_machine import ENDS_WITHOUT_ORDER, HOLDS_SLOT, PRODUCT_AFTER, check_state, check_step
from purchasing.storage import rows, tables
from purchasing.storage.approvals import Asks
from purchasing.storage.invitations import Doors
from purchasing.storage.offers import Offers

_product, _window, _attempt = tables.product, tables.window, tables.attempt
_journal, _control, _command = tables.journal, tables.control, tables.command

#: How far the clock may be behind the journal's last time before buying stops.
CLOCK_SLIP = timedelta(seconds=5)

#: A look that told nothing is followed by another after this long, then after twice as long, and so on.
LOOK_AGAIN = timedelta(minutes=10)
LOOK_AGAIN_AT_LAST = timedelta(hours=24)

#: Steps of a live attempt that count as bought and spent.
_COUNTS_AS_BOUGHT = (Step.SUBMITTING, Step.UNCONFIRMED, Step.CONFIRMED)

_DRILLING = sa.exists().where(_control.c.what == "drill")

#: What is watched, in the order of the watch list; at its end the product of a drill, while one is under way.
_LINES = (
    sa.select(
        _product,
        _window.c.id.label("window_id"),
        _window.c.opened_at.label("window_opened_at"),
        _window.c.misses,
    )
    .outerjoin(_window, sa.and_(_window.c.tcin == _product.c.tcin, _window.c.closed_at.is_(None)))
    .where(sa.or_(_product.c.position.is_not(None), sa.and_(_product.c.tcin == DRILL, _DRILLING)))
    .order_by(_product.c.position.is_(None), _product.c.position)
)

_EPISODE = sa.select(
    _product, _window.c.opened_at.label("window_opened_at"), _window.c.closed_at.label("window_closed_at")
).join(_window, _window.c.tcin == _product.c.tcin)


def _update_product(*columns: str) -> sa.Update:
    return (
        sa.update(_product)
        .where(_product.c.tcin == sa.bindparam("of_tcin"))
        .values({column: sa.bindparam(column) for column in columns})
    )


_ASKED = _update_product("asked_at")
_LEARNED = _update_product("stock", "detail", "price", "marketplace", "title", "image_url", "seen_at", "asked_at")


class Ledger:
    """Reads and writes of one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._db = connection
        self.offers = Offers(connection)
        self.doors = Doors(connection)
        self.asks = Asks(connection)

    # ---- what stands

    def standing(self, limits: Limits, *, gate_shut: str | None, day_began: datetime, at: datetime) -> Standing:
        """All that a decision is made from. `day_began` is the owner's local midnight."""
        controls = self.controls(at=at)
        return Standing(
            mode=controls.mode,
            lines=self.lines(mode=controls.mode, at=at),
            limits=limits,
            slot=self.slot(),
            gate_shut=gate_shut or controls.stopped or self._why_clock_is_wrong(at=at),
            paused=controls.paused,
            usage=self.usage(day_began=day_began),
            drill_until=rows.time_of(self.control("drill")),
        )

    def _why_clock_is_wrong(self, *, at: datetime) -> str | None:
        """Times decide about money: nothing is bought while the clock is behind what it said before."""
        latest = rows.time_of(self._db.execute(sa.select(sa.func.max(_journal.c.at))).scalar())
        if latest is None or latest - at <= CLOCK_SLIP:
            return None
        return f"the clock is {(latest - at).total_seconds():.0f} s behind the journal"

    def lines(self, *, mode: Mode, at: datetime) -> tuple[Line, ...]:
        attempts = {} if mode is Mode.SIMULATE else self._attempts_in_open_windows(mode)
        bought, asks = self._bought(), self.asks.of_open_windows()
        return tuple(
            Line(
                product=rows.product_of(row),
                stock=rows.stock_of(row),
                window=rows.window_of(row),
                state=PurchaseState(row["state"]),
                since=rows.time_of(row["since"]),
                reset_at=rows.time_of(row["reset_at"]),
                paused=_is_paused(row["paused_until"], at),
                attempts_in_window=attempts.get(row["window_id"], 0),
                bought=bought.get(row["tcin"], 0),
                purchase_limit=row["purchase_limit"],
                ask=asks.get(row["tcin"]),
            )
            for row in self._db.execute(_LINES).mappings()
        )

    def _attempts_in_open_windows(self, mode: Mode) -> dict[int, int]:
        counted = (
            sa.select(_attempt.c.window_id, sa.func.count())
            .join(_window, sa.and_(_window.c.id == _attempt.c.window_id, _window.c.closed_at.is_(None)))
            .where(_attempt.c.mode == mode)
            .group_by(_attempt.c.window_id)
        )
        return dict(self._db.execute(counted).all())

    def _bought(self) -> dict[str, int]:
        counted = (
            sa.select(_attempt.c.tcin, sa.func.sum(_attempt.c.quantity))
            .where(_attempt.c.mode == Mode.LIVE, _attempt.c.step.in_(_COUNTS_AS_BOUGHT))
            .group_by(_attempt.c.tcin)
        )
        return dict(self._db.execute(counted).all())

    def usage(self, *, day_began: datetime) -> Usage:
        """`day_began` is the owner's local midnight, in the owner's time zone."""
        live = [
            rows.attempt_of(row)
            for row in self._db.execute(
                sa.select(_attempt).where(_attempt.c.mode == Mode.LIVE, _attempt.c.step.in_(_COUNTS_AS_BOUGHT))
            ).mappings()
        ]
        today = [attempt for attempt in live if attempt.opened_at >= day_began]
        return Usage(
            bought_today=len(today),
            spent_today=sum((_spent(attempt) for attempt in today), Decimal(0)),
            last_confirmed_at=max((one.moved_at for one in live if one.step is Step.CONFIRMED), default=None),
            day=day_began.date(),
        )

    def slot(self) -> Attempt | None:
        row = self._db.execute(sa.select(_attempt).where(_attempt.c.step.in_(HOLDS_SLOT))).mappings().first()
        return None if row is None else rows.attempt_of(row)

    def overview(self, *, at: datetime) -> Overview:
        """Everything that a person may ask to see."""
        controls = self.controls(at=at)
        return Overview(
            controls=controls,
            mark=self.cycle_mark(),
            lines=self.lines(mode=controls.mode, at=at),
            slot=self.slot(),
            clock_wrong=self._why_clock_is_wrong(at=at),
        )

    def attempt(self, attempt_id: int) -> Attempt:
        return rows.attempt_of(
            self._db.execute(sa.select(_attempt).where(_attempt.c.id == attempt_id)).mappings().one()
        )

    def episode(self, window_id: int) -> Episode:
        """One restock window with its product and all attempts in it."""
        row = self._db.execute(_EPISODE.where(_window.c.id == window_id)).mappings().one()
        return Episode(
            id=window_id,
            product=rows.product_of(row),
            stock=rows.stock_of(row),
            opened_at=unstamp(row["window_opened_at"]),
            closed_at=rows.time_of(row["window_closed_at"]),
            watched=row["tcin"] == DRILL or (row["position"] is not None and bool(row["enabled"])),
            attempts=tuple(self.attempts_in(window_id)),
            ask=self.asks.last_of(window_id),
        )

    def last_episodes(self, tcin: Tcin, *, count: int = 5) -> list[Episode]:
        """The last restock windows of a product, the latest first."""
        found = sa.select(_window.c.id).where(_window.c.tcin == tcin).order_by(_window.c.id.desc()).limit(count)
        return [self.episode(window) for window in self._db.execute(found).scalars()]

    def last_attempts(self, count: int) -> list[Attempt]:
        """The latest first."""
        found = sa.select(_attempt).order_by(_attempt.c.id.desc()).limit(count)
        return [rows.attempt_of(row) for row in self._db.execute(found).mappings()]

    def windows_within(self, since: datetime, until: datetime) -> list[Tcin]:
        """The products of the restock windows that opened and closed between these times, in that order."""
        within = sa.and_(_window.c.opened_at >= stamp(since), _window.c.closed_at <= stamp(until))
        found = sa.select(_window.c.tcin).where(within).order_by(_window.c.id)
        return [Tcin(tcin) for tcin in self._db.execute(found).scalars()]

    def title_of(self, tcin: Tcin) -> str:
        """The shop's title, else the owner's own name for it, else nothing."""
        found = sa.select(sa.func.coalesce(_product.c.title, _product.c.name, "")).where(_product.c.tcin == tcin)
        return str(self._db.execute(found).scalar() or "")

    def every_attempt(self) -> list[Attempt]:
        return [rows.attempt_of(row) for row in self._db.execute(sa.select(_attempt)).mappings()]

    def watchlist_order(self) -> list[Tcin]:
        return [product.tcin for product in self.watchlist()]

    def attempts_in(self, window_id: int) -> list[Attempt]:
        found = sa.select(_attempt).where(_attempt.c.window_id == window_id).order_by(_attempt.c.id)
        return [rows.attempt_of(row) for row in self._db.execute(found).mappings()]

    def agenda(self, *, at: datetime) -> Agenda:
        controls = self.controls(at=at)
        watched = [
            row
            for row in self._db.execute(_LINES).mappings()
            if row["enabled"] and not _is_paused(row["paused_until"], at) and row["tcin"] != DRILL
        ]
        return Agenda(
            products=tuple(rows.product_of(row) for row in watched),
            paused=controls.paused,
            circuit=controls.circuit,
            asked_at={Tcin(row["tcin"]): unstamp(row["asked_at"]) for row in watched if row["asked_at"]},
            last_cycle_at=self.cycle_mark().began,
        )

    def next_stranger(self, *, at: datetime) -> Tcin | None:
        """The first product whose details are not known and may be asked for; None too while nothing may be."""
        if self._is_asking_barred(at=at):
            return None
        watched = sa.and_(_product.c.position.is_not(None), _product.c.enabled == 1)
        awake = sa.or_(_product.c.paused_until.is_(None), _product.c.paused_until <= stamp(at))
        unknown = sa.and_(_product.c.looked_at.is_(None), _product.c.tcin.not_in(self._resting(at=at)))
        strange = sa.select(_product.c.tcin).where(watched, awake, unknown)
        tcin = self._db.execute(strange.order_by(_product.c.position).limit(1)).scalar()
        return None if tcin is None else Tcin(tcin)

    def next_unpriced(self, *, at: datetime) -> Tcin | None:
        """A product of which it is asked whether to buy, without a cap and without a price to put on the button."""
        resting = self._resting(at=at)
        if self._is_asking_barred(at=at):
            return None
        return next((tcin for tcin in self.asks.unpriced(at=at) if tcin not in resting), None)

    def _is_asking_barred(self, *, at: datetime) -> bool:
        controls = self.controls(at=at)
        circuit = controls.circuit
        return controls.paused or circuit.state is CircuitState.OPEN or rests_until(circuit, at=at) is not None

    def _resting(self, *, at: datetime) -> list[str]:
        """The products that are not to be looked at yet."""
        return [tcin for tcin, again in self._looks_again().items() if at < unstamp(again["at"])]

    def learn(self, details: Reading, *, at: datetime) -> None:
        """Keep what a look at a product told, with its event; what it did not tell stays as it is.

        One that told no detail is repeated later.
        """
        if not details.tells_details:
            self._look_again(details.tcin, at=at)
            return
        told = {"title": details.title, "image_url": details.image_url}
        values = {name: value for name, value in told.items() if value is not None}
        if details.purchase_limit is not None:
            values["purchase_limit"] = details.purchase_limit  # type: ignore[assignment]  # a column of another type
        if details.marketplace is not None:
            values["marketplace"] = int(details.marketplace)  # type: ignore[assignment]  # a column of another type
        self._db.execute(
            sa.update(_product).where(_product.c.tcin == details.tcin).values(looked_at=stamp(at), **values)
        )
        if details.price is None and details.tcin in self.asks.unpriced(at=at):
            self._look_again(details.tcin, at=at)
        else:
            self._look_no_more(details.tcin, at=at)
        body = {
            "tcin": details.tcin,
            "title": details.title,
            "image_url": details.image_url,
            "marketplace": details.marketplace,
            "purchase_limit": details.purchase_limit,
            "priced": self.asks.put_price(details.tcin, details.price),
            "children": [{"tcin": child.tcin, "title": child.title} for child in details.children],
        }
        self.append("product_learned", body, at=at)

    def _look_again(self, tcin: Tcin, *, at: datetime) -> None:
        again = self._looks_again()
        waited_s = again[tcin]["wait_s"] if tcin in again else LOOK_AGAIN.total_seconds() / 2
        wait_s = min(2 * waited_s, LOOK_AGAIN_AT_LAST.total_seconds())
        again[tcin] = {"at": stamp(at + timedelta(seconds=wait_s)), "wait_s": wait_s}
        self.set_control("look again", again, by="scout", at=at)

    def _look_no_more(self, tcin: Tcin, *, at: datetime) -> None:
        again = self._looks_again()
        if again.pop(tcin, None) is not None:
            self.set_control("look again", again, by="scout", at=at)

    def _looks_again(self) -> dict[str, Any]:
        """When each product whose look told nothing is to be looked at again, and how long it waits for that."""
        return dict(self.control("look again") or {})

    def known(self, tcins: Collection[Tcin]) -> list[Line]:
        """What these products are, watched or not, for words about them."""
        found = sa.select(_product).where(_product.c.tcin.in_(tcins))
        return [
            Line(product=rows.product_of(row), stock=rows.stock_of(row)) for row in self._db.execute(found).mappings()
        ]

    def watchlist(self) -> tuple[Product, ...]:
        """The list last taken up, in order of priority."""
        listed = sa.select(_product).where(_product.c.position.is_not(None)).order_by(_product.c.position)
        return tuple(rows.product_of(row) for row in self._db.execute(listed).mappings())

    # ---- controls

    def controls(self, *, at: datetime) -> Controls:
        stored = {row.what: json.loads(row.value) for row in self._db.execute(sa.select(_control))}
        paused = stored.get("pause")
        until = rows.time_of(paused["until"]) if paused else None
        return Controls(
            mode=Mode(stored.get("mode", Mode.SIMULATE)),
            stopped=stored.get("stop"),
            paused=bool(paused) and (until is None or at < until),
            paused_until=until,
            circuit=rows.circuit_of(stored.get("circuit")),
        )

    def control(self, what: str) -> Any:
        """The stored value, or None."""
        value = self._db.execute(sa.select(_control.c.value).where(_control.c.what == what)).scalar()
        return None if value is None else json.loads(value)

    def set_control(self, what: str, value: object, *, by: str, at: datetime) -> None:
        row = {"what": what, "value": json.dumps(value), "at": stamp(at), "by": by}
        self._db.execute(sa.insert(_control).prefix_with("OR REPLACE").values(row))

    def pause_product(self, tcin: Tcin, until: datetime | None) -> bool:
        """Have a product rest until then, or no longer if None; whether it is watched at all."""
        watched = sa.and_(_product.c.tcin == tcin, _product.c.position.is_not(None))
        paused = sa.update(_product).where(watched).values(paused_until=stamp_or_none(until))
        return self._db.execute(paused).rowcount == 1

    def drop_control(self, what: str) -> None:
        self._db.execute(sa.delete(_control).where(_control.c.what == what))

    def cycle_mark(self) -> CycleMark:
        stored = self.control("cycle")
        if stored is None:
            return CycleMark()
        return CycleMark(
            cycle_id=stored["cycle_id"],
            began=rows.time_of(stored["began"]),
            next_check_at=rows.time_of(stored["next_check_at"]),
            last_good_at=rows.time_of(stored["last_good_at"]),
        )

    # ---- the journal

    def append(self, kind: str, body: Json, *, at: datetime) -> Event:
        seq = 1 + self.last_seq()
        self._db.execute(
            sa.insert(_journal).values(seq=seq, at=stamp(at), kind=kind, body=json.dumps(body, separators=(",", ":")))
        )
        return Event(seq=seq, at=at, kind=kind, body=body)

    def events_after(self, seq: int, *, limit: int = 1000) -> list[Event]:
        """The events that follow `seq`, in order."""
        found = sa.select(_journal).where(_journal.c.seq > seq).order_by(_journal.c.seq).limit(limit)
        return [_event_of(row) for row in self._db.execute(found)]

    def last_event_of(self, kind: str) -> Event | None:
        found = sa.select(_journal).where(_journal.c.kind == kind).order_by(_journal.c.seq.desc()).limit(1)
        row = self._db.execute(found).first()
        return None if row is None else _event_of(row)

    def last_events(self, count: int) -> list[Event]:
        """The last events, in order."""
        found = sa.select(_journal).order_by(_journal.c.seq.desc()).limit(count)
        return [_event_of(row) for row in self._db.execute(found)][::-1]

    def last_seq(self) -> int:
        return int(self._db.execute(sa.select(sa.func.max(_journal.c.seq))).scalar() or 0)

    def last_event_at(self) -> datetime | None:
        text = self._db.execute(sa.select(_journal.c.at).order_by(_journal.c.seq.desc()).limit(1)).scalar()
        return rows.time_of(text)

    # ---- a cycle

    def commit_cycle(
        self, snapshot: Snapshot, decision: Decision, standing: Standing, *, at: datetime, whole_stock: bool
    ) -> Event:
        """Write a cycle and its one event. `whole_stock` puts every product into the event, not only the changed ones.

        Raises:
            SlotTaken: the decision starts an attempt while another holds the slot.
            IllegalMove: a product no longer stands where the decision found it.
        """
        self._write_readings(snapshot, decision)
        windows = self._write_windows(decision.windows, at=at)
        self._move_products(decision, standing, at=at)
        opened = self._open(decision.start, standing, at=at) if decision.start else None
        asked = self._write_asks(decision, standing, at=at)
        mark = self._count_cycle(snapshot, at=at)
        changed = _changed_lines(standing, decision, whole=whole_stock)
        body = cycle_body(
            snapshot,
            decision,
            cycle_id=mark.cycle_id,
            stock={line.tcin: stock_body(line.stock, line.stock.title or line.product.name) for line in changed},
            opened=opened,
            windows=windows,
            asked=asked,
            counts=_counts(snapshot, decision, standing),
        )
        event = self.append("cycle_completed", body, at=at)
        self._write_circuit(snapshot, at=at)
        self._tell_limits(decision, at=at)
        return event

    def _write_readings(self, snapshot: Snapshot, decision: Decision) -> None:
        asked_at = stamp(snapshot.began)
        silent = [{"of_tcin": tcin, "asked_at": asked_at} for tcin in snapshot.asked if tcin not in decision.stocks]
        if silent:
            self._db.execute(_ASKED, silent)
        if decision.stocks:
            learned = [rows.stock_row(tcin, stock) | {"asked_at": asked_at} for tcin, stock in decision.stocks.items()]
            self._db.execute(_LEARNED, learned)

    def _write_windows(self, windows: Mapping[Tcin, Window | None], *, at: datetime) -> Json:
        """Write what changed; the windows that were opened and closed, for the event."""
        opened, closed = [], []
        for tcin, window in windows.items():
            held = self.open_window(tcin)
            if held is None and window is not None:
                row = {"tcin": tcin, "opened_at": stamp(window.opened_at), "misses": window.misses}
                opened.append({"tcin": tcin, "window": self._insert_id(sa.insert(_window).values(row))})
            elif window is None:
                self._db.execute(sa.update(_window).where(_window.c.id == held).values(closed_at=stamp(at)))
                closed.append({"tcin": tcin, "window": held})
            else:
                self._db.execute(sa.update(_window).where(_window.c.id == held).values(misses=window.misses))
        return {"opened": opened, "closed": closed}

    def _insert_id(self, insert: sa.Insert) -> int:
        return int(self._db.execute(insert).inserted_primary_key[0])  # type: ignore[index]  # one row has it

    def _move_products(self, decision: Decision, standing: Standing, *, at: datetime) -> None:
        states = {line.tcin: line.state for line in standing.lines}
        for tcin in decision.resets:
            self._set_state(tcin, states[tcin], PurchaseState.READY, at=at, reset_at=stamp(at))
        for tcin in decision.unqueued:
            self._set_state(tcin, PurchaseState.QUEUED, PurchaseState.READY, at=at)
        for tcin in decision.queued:
            self._set_state(tcin, PurchaseState.READY, PurchaseState.QUEUED, at=at)

    def _set_state(self, tcin: Tcin, before: PurchaseState, after: PurchaseState, *, at: datetime, **more: str) -> None:
        check_state(before, after)
        moved = self._db.execute(
            sa.update(_product)
            .where(_product.c.tcin == tcin, _product.c.state == before)
            .values(state=after, since=stamp(at), **more)
        )
        if moved.rowcount != 1:
            raise IllegalMove(f"{tcin} was no longer {before}, so that it can't become {after}")

    def _write_asks(self, decision: Decision, standing: Standing, *, at: datetime) -> Json:
        """Close asks whose time ran out and make new ones; their windows, for the event."""
        self.asks.expire(decision.expired, at=at)
        made = []
        for tcin in decision.asks:
            window = self.open_window(tcin)
            if window is not None:
                price = self._price_now(tcin)
                self.asks.make(tcin, window, price=price, at=at, expires_at=at + standing.limits.ask_expires)
                made.append({"tcin": tcin, "window": window})
        return {"made": made, "expired": [{"tcin": ask.tcin, "window": ask.window} for ask in decision.expired]}

    def _price_now(self, tcin: Tcin) -> Decimal | None:
        price = self._db.execute(sa.select(_product.c.price).where(_product.c.tcin == tcin)).scalar()
        return None if price is None else Decimal(price)

    def _tell_limits(self, decision: Decision, *, at: datetime) -> None:
        """Each limit that bites is told once."""
        for skip in decision.skipped:
            if skip.limit is None or self.control(f"told {skip.limit}") is not None:
                continue
            self.set_control(f"told {skip.limit}", value=True, by="limits", at=at)
            self.append("limit_reached", {"limit": skip.limit, "tcin": skip.tcin, "why": skip.why}, at=at)

    def _count_cycle(self, snapshot: Snapshot, *, at: datetime) -> CycleMark:
        last = self.cycle_mark()
        good = bool(snapshot.asked) and snapshot.failed is None
        mark = CycleMark(
            cycle_id=last.cycle_id + 1,
            began=snapshot.began,
            next_check_at=snapshot.next_check_at,
            last_good_at=at if good else last.last_good_at,
        )
        value = {
            "cycle_id": mark.cycle_id,
            "began": stamp(snapshot.began),
            "next_check_at": stamp(snapshot.next_check_at),
            "last_good_at": stamp_or_none(mark.last_good_at),
        }
        self.set_control("cycle", value, by="schedule", at=at)
        return mark

    def _write_circuit(self, snapshot: Snapshot, *, at: datetime) -> None:
        before, after = rows.circuit_of(self.control("circuit")), snapshot.circuit
        if before == after:
            return
        self.set_control("circuit", rows.circuit_value(after), by="schedule", at=at)
        if before.state is after.state:
            return
        if after.state is CircuitState.OPEN:
            self.append("blind", {"why": after.why, "until": stamp_or_none(after.open_until)}, at=at)
        else:
            lasted = at - (before.blind_since or at)
            self.append("sighted", {"lasted_s": round(lasted.total_seconds())}, at=at)

    # ---- attempts

    def _open(self, start: Start, standing: Standing, *, at: datetime) -> Attempt:
        line = next(line for line in standing.lines if line.tcin == start.tcin)
        state = PurchaseState.READY if line.state not in {PurchaseState.READY, PurchaseState.QUEUED} else line.state
        self._set_state(start.tcin, state, PurchaseState.ATTEMPTING, at=at)
        deadline = at + standing.limits.deadline
        row = {
            "tcin": start.tcin,
            "window_id": self.open_window(start.tcin),
            "mode": start.mode,
            "step": Step.OPENED,
            "quantity": start.quantity,
            "price": price_text(start.price),
            "max_price": price_text(start.max_price),
            "opened_at": stamp(at),
            "moved_at": stamp(at),
            "deadline": stamp(deadline),
        }
        try:
            opened = self._insert_id(sa.insert(_attempt).values(row))
        except sa.exc.IntegrityError as error:
            raise SlotTaken(f"another attempt holds the slot, so that none was opened for {start.tcin}") from error
        if line.ask is not None and line.ask.approves:
            self.asks.use(line.ask, opened)
        return self.attempt(opened)

    def open_window(self, tcin: Tcin) -> int | None:
        found = sa.select(_window.c.id).where(_window.c.tcin == tcin, _window.c.closed_at.is_(None))
        return self._db.execute(found).scalar()

    def open_windows(self) -> list[int]:
        """The open windows of watched products, in the order of the watch list."""
        return [row["window_id"] for row in self._db.execute(_LINES).mappings() if row["window_id"] is not None]

    def commit_follow(self, decision: Decision, standing: Standing, *, at: datetime) -> Attempt | None:
        """Write the attempt that follows on a freed slot, with its event; None, and nothing written, if none does.

        Raises:
            SlotTaken, IllegalMove: as `commit_cycle`.
        """
        if decision.start is None:
            return None
        self._move_products(decision, standing, at=at)
        opened = self._open(decision.start, standing, at=at)
        more = {
            "completes_by": stamp(opened.deadline),
            "queued": list(decision.queued),
            "unqueued": list(decision.unqueued),
            "skipped": skipped_body(decision),
        }
        self.append("attempt_moved", {**move_body(opened, before=None), **more}, at=at)
        return opened

    def move_attempt(self, attempt: Attempt, move: Move, *, at: datetime) -> Attempt:
        """Take an attempt and its product one step on, with the event.

        Raises:
            IllegalMove: there is no such arrow, or the attempt no longer stands where it begins. Nothing is changed.
        """
        to, receipt = move.to, move.receipt
        check_step(attempt.step, to)
        moved = replace(
            attempt,
            step=to,
            moved_at=at,
            why=move.why,
            order_number=receipt.order_number if receipt else attempt.order_number,
            total=(receipt.total if receipt else move.total) or attempt.total,
        )
        written = self._db.execute(
            sa.update(_attempt)
            .where(_attempt.c.id == attempt.id, _attempt.c.step == attempt.step)
            .values(
                step=to,
                moved_at=stamp(at),
                why=move.why,
                order_number=moved.order_number,
                total=price_text(moved.total),
            )
        )
        if written.rowcount != 1:
            raise IllegalMove(f"attempt {attempt.id} was no longer {attempt.step}, so that it can't become {to}")
        before, after = PRODUCT_AFTER[attempt.step], PRODUCT_AFTER[to]
        if before is not after:
            self._set_state(attempt.tcin, before, after, at=at)
        if to in ENDS_WITHOUT_ORDER and attempt.mode is not Mode.SIMULATE and not move.clean:
            left = [one.id for one in self.left_in_cart()]
            self.set_control("left in cart", [*left, attempt.id], by="slot", at=at)
        self.append("attempt_moved", move_body(moved, before=attempt.step), at=at)
        return moved

    def left_in_cart(self) -> list[Attempt]:
        """The attempts that may have left something in the cart, the oldest first."""
        return [self.attempt(one) for one in self.control("left in cart") or ()]

    def forget_left(self, attempt: Attempt, *, at: datetime) -> None:
        """The cart holds nothing of this attempt any more."""
        left = [one.id for one in self.left_in_cart() if one.id != attempt.id]
        self.set_control("left in cart", left, by="slot", at=at)

    # ---- the watch list

    def take_up(self, products: Sequence[Product], *, by: str, at: datetime) -> Event | None:
        """Make this the watch list. The event holds the difference from the stored list; None where there is none."""
        stored = self.watchlist()
        if tuple(products) == stored:
            return None
        known = {product.tcin: product for product in stored}
        wanted = {product.tcin: product for product in products}
        unread = self._forget_other_channels(products)
        self._write_list(products)
        self._unqueue([tcin for tcin in known if tcin not in wanted], at=at)
        body = {
            "added": [tcin for tcin in wanted if tcin not in known],
            "removed": [tcin for tcin in known if tcin not in wanted],
            "changed": [tcin for tcin in wanted if tcin in known and known[tcin] != wanted[tcin]],
            "unread": unread,
            "order": list(wanted),
            "by": by,
        }
        return self.append("watchlist_changed", body, at=at)

    def _forget_other_channels(self, products: Sequence[Product]) -> list[Tcin]:
        """Of whom nothing is known any more: what was read of another channel must not have it bought."""
        read = sa.select(_product.c.tcin, _product.c.channel).where(_product.c.stock != StockState.UNKNOWN)
        channels = dict(self._db.execute(read).all())
        unread = [one.tcin for one in products if channels.get(one.tcin, one.channel) != one.channel]
        self._db.execute(
            sa.update(_product)
            .where(_product.c.tcin.in_(unread))
            .values(stock=StockState.UNKNOWN, detail=None, seen_at=None, price=None)
        )
        return unread

    def _write_list(self, products: Sequence[Product]) -> None:
        self._db.execute(sa.update(_product).values(position=None))
        for position, product in enumerate(products, start=1):
            self._write_product(product, position)

    def keep_unlisted(self, product: Product) -> None:
        """Have a product that stands in no watch list."""
        self._write_product(product, None)

    def _write_product(self, product: Product, position: int | None) -> None:
        row = rows.product_row(product, position)
        kept = self._db.execute(sa.update(_product).where(_product.c.tcin == product.tcin).values(row))
        if kept.rowcount == 0:
            fresh = {**row, "stock": StockState.UNKNOWN, "state": PurchaseState.READY}
            self._db.execute(sa.insert(_product).values(fresh))

    def _unqueue(self, removed: Iterable[Tcin], *, at: datetime) -> None:
        self._db.execute(
            sa.update(_product)
            .where(_product.c.tcin.in_(list(removed)), _product.c.state == PurchaseState.QUEUED)
            .values(state=PurchaseState.READY, since=stamp(at))
        )

    # ---- commands

    def put_commands(self, commands: Collection[Command]) -> int:
        """Store commands that are not known yet, in their order; how many were new."""
        place = 1 + (self._db.execute(sa.select(sa.func.max(_command.c.place))).scalar() or 0)
        new = 0
        for command in commands:
            row = {
                "key": command.key,
                "place": place + new,
                "at": stamp(command.at),
                "by": command.by,
                "body": json.dumps(command.body),
                "state": CommandState.PENDING,
            }
            new += self._db.execute(sa.insert(_command).prefix_with("OR IGNORE").values(row)).rowcount
        return new

    def pending_commands(self) -> list[Command]:
        pending = sa.select(_command).where(_command.c.state == CommandState.PENDING).order_by(_command.c.place)
        return [_command_of(row) for row in self._db.execute(pending).mappings()]

    def command(self, key: str) -> Command | None:
        row = self._db.execute(sa.select(_command).where(_command.c.key == key)).mappings().first()
        return None if row is None else _command_of(row)

    def finish(self, command: Command, outcome: Outcome, *, at: datetime) -> Event:
        """Mark a command as done, with its event, in the transaction of its effect.

        Raises:
            IllegalMove: it was done already.
        """
        done = self._db.execute(
            sa.update(_command)
            .where(_command.c.key == command.key, _command.c.state == CommandState.PENDING)
            .values(
                state=CommandState.DONE,
                body=json.dumps(command.body),  # what an offer stood for, where one was taken
                result=json.dumps(
                    {
                        "accepted": outcome.accepted,
                        "why": outcome.why,
                        "offers": [{"label": offer.label, "token": offer.token} for offer in outcome.offers],
                        **outcome.result,
                    }
                ),
            )
        )
        if done.rowcount != 1:
            raise IllegalMove(f"command {command.key} was done already")
        self.offers.put(outcome.offers)
        body = {
            "key": command.key,
            "by": command.by,
            "what": command.body.get("what"),
            "accepted": outcome.accepted,
            "why": outcome.why,
        }
        return self.append("command_done", body, at=at)


def _is_paused(paused_until: str | None, at: datetime) -> bool:
    return paused_until is not None and at < unstamp(paused_until)


def _spent(attempt: Attempt) -> Decimal:
    return attempt.total or (attempt.price or attempt.max_price or Decimal(0)) * attempt.quantity


def _changed_lines(standing: Standing, decision: Decision, *, whole: bool) -> list[Line]:
    """The lines, as they are now, whose state, detail, price or title changed; all of them if `whole`."""
    return [
        replace(line, stock=decision.stocks.get(line.tcin, line.stock))
        for line in standing.lines
        if whole or (line.tcin in decision.stocks and _looks_changed(line, decision))
    ]


def _looks_changed(line: Line, decision: Decision) -> bool:
    old, new = line.stock, decision.stocks[line.tcin]
    return (old.state, old.detail, old.price, old.title) != (new.state, new.detail, new.price, new.title)


def _counts(snapshot: Snapshot, decision: Decision, standing: Standing) -> dict[str, int]:
    stocks = [decision.stocks.get(line.tcin, line.stock) for line in standing.lines]
    wanted = {line.tcin: line.product.channel for line in standing.lines}
    unknown = [
        tcin
        for tcin in snapshot.asked
        if tcin in wanted
        and (
            tcin not in snapshot.readings
            or wanted_signal(snapshot.readings[tcin], wanted[tcin]).state is StockState.UNKNOWN
        )
    ]
    return {
        "watched": len(stocks),
        "in_stock": sum(stock.state is StockState.IN_STOCK for stock in stocks),
        "unknown": len(unknown),
    }


def _event_of(row: sa.Row[Any]) -> Event:
    return Event(seq=row.seq, at=unstamp(row.at), kind=row.kind, body=json.loads(row.body))


def _command_of(row: sa.RowMapping) -> Command:
    return Command(
        key=row["key"],
        at=unstamp(row["at"]),
        by=row["by"],
        body=json.loads(row["body"]),
        state=CommandState(row["state"]),
        result=None if row["result"] is None else json.loads(row["result"]),
    )
