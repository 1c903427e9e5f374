"""What Hypothesis makes: standings as they may be found on disk, and snapshots that fit them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from hypothesis import strategies as st

from config.products import BuyMode, Channel, Mode, Product, Tcin
from monitor.model import Circuit, CircuitState, Reading, Signal, Snapshot, Stock, StockState, Window
from purchasing.model import (
    Approval,
    ApprovalAnswer,
    Attempt,
    CycleMark,
    Line,
    Overview,
    PurchaseState,
    Restock,
    Sightings,
    Standing,
    Step,
    Usage,
)
from purchasing.rules.state_machine import FINISHED, HOLDS_SLOT
from tests.builders import AT, attempt, limits, overview, restock, seconds, snapshot, tcins

#: States of products whose attempt does not hold the slot.
FREE = (PurchaseState.READY, PurchaseState.QUEUED, *sorted(FINISHED))

prices = st.none() | st.decimals(min_value=Decimal(1), max_value=Decimal(100), places=2)
#: Long before now, and now, but never after it; close together, so that equal times are common.
times = st.integers(0, 90).map(lambda ago: AT - seconds(ago * 5))
words = st.sampled_from(["IN_STOCK", "OUT_OF_STOCK", None])


@st.composite
def signals(draw: st.DrawFn) -> Signal:
    return Signal(state=draw(st.sampled_from(StockState)), word=draw(words))


@st.composite
def readings(draw: st.DrawFn, tcin: Tcin, at: datetime = AT) -> Reading:
    return Reading(
        tcin=tcin,
        at=at,
        shipping=draw(signals()),
        pickup=draw(signals()),
        price=draw(prices),
        marketplace=draw(st.sampled_from([None, False, True])),
    )


@st.composite
def products(draw: st.DrawFn, tcin: Tcin) -> Product:
    return Product(
        tcin=tcin,
        max_price=draw(prices),
        quantity=draw(st.integers(1, 3)),
        buy=draw(st.sampled_from(BuyMode)),
        channel=draw(st.sampled_from(Channel)),
        enabled=draw(st.sampled_from([True, True, True, False])),
    )


@st.composite
def stocks(draw: st.DrawFn) -> Stock:
    state = draw(st.sampled_from(StockState))
    if state is StockState.UNKNOWN:
        return Stock()
    return Stock(
        state=state,
        price=draw(prices),
        marketplace=draw(st.sampled_from([None, False, False, True])),
    )


@st.composite
def lines(draw: st.DrawFn, tcin: Tcin) -> Line:
    window = draw(st.none() | st.builds(Window, opened_at=times, misses=st.integers(0, 1)))
    return Line(
        product=draw(products(tcin)),
        stock=draw(stocks()),
        window=window,
        state=draw(st.sampled_from(FREE)),
        since=draw(times),
        reset_at=draw(st.none() | times),
        paused=draw(st.sampled_from([False, False, False, True])),
        attempts_in_window=0 if window is None else draw(st.integers(0, 3)),  # they are counted in a window alone
        bought=draw(st.integers(0, 3)),
    )


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """Up to five products in any order; with the slot held by one of them, held by one no longer watched, or free."""
    order = draw(st.lists(st.sampled_from(tcins(5)), unique=True))
    its_lines = tuple(draw(lines(tcin)) for tcin in order)
    made = Standing(
        mode=draw(st.sampled_from(Mode)),
        lines=its_lines,
        seen=Sightings({line.tcin: draw(times) for line in its_lines}),
        limits=limits(max_spend_per_day=draw(prices)),
        gate_shut=draw(st.sampled_from([None, None, None, "stopped by Ada"])),
        paused=draw(st.sampled_from([False, False, False, True])),
        usage=draw(
            st.builds(
                Usage,
                bought_today=st.integers(0, 11),
                spent_today=prices.map(lambda price: price or Decimal(0)),
                last_confirmed_at=st.none() | times,
            )
        ),
    )
    return _taken(made, draw(st.sampled_from(tcins(5)))) if draw(st.booleans()) else made


def _taken(made: Standing, tcin: Tcin) -> Standing:
    """The same with the slot held by an attempt for `tcin`."""
    held = tuple(replace(line, state=PurchaseState.ATTEMPTING) if line.tcin == tcin else line for line in made.lines)
    return replace(made, lines=held, slot=attempt(Step.CARTED, tcin))


@st.composite
def snapshots(draw: st.DrawFn, standing: Standing) -> Snapshot:
    """Readings of some of what is watched, and of something that is not."""
    asked = draw(st.lists(st.sampled_from([*(line.tcin for line in standing.lines), Tcin("99999999")]), unique=True))
    return snapshot(*(draw(readings(tcin)) for tcin in asked))


@st.composite
def cycles(draw: st.DrawFn) -> tuple[Snapshot, Standing]:
    """A standing and what a cycle may read in it."""
    made = draw(standings())
    return draw(snapshots(made)), made


# ---- what others say

#: Titles that stand in a text just as they are.
TITLES = (
    "Illumineer's Trove",
    "<b>&\"' bold</b> &amp; <a href='x'>R2-D2</a>",
    "Family 👨‍👩‍👧‍👦 board game 🇺🇸🇩🇪 ½ — “x”",
    "كتاب الأطفال",
    "ספר לילדים <i>",
    "W" * 300,
    "😀" * 300,
)
_NASTY = (
    '<b>&"',
    "</b></a></code>",
    "<script>alert(1)</script>",
    "&lt;b&gt; &#60;i&#62; &nosuch; &",
    "\u202eesreveR\u202c \u2066\u2067\u200f",
    "שלום <b>",
    "line\nline\r\n\n\u2028line",
    "\x00\x07\x1b[31m",
    "\ud83d alone \ude00",
    "👨‍👩‍👧‍👦" * 700,
    "🇺🇸" * 2500,
    "<" * 5000,
    "x" * 5000,
    "",
    "   \t\n",
    "\u200d\u200d",
    "\u200b\ufeff\u00ad",
)
_letters = st.characters() | st.characters(categories=["Cs", "Cc", "Cf"])
#: Words as somebody outside may choose them: titles, names, reasons, whatever is typed. Never all in capitals, so that
#: no alert's word is among them.
hostile = (
    st.sampled_from(_NASTY)
    | st.sampled_from(TITLES)
    | st.text(_letters, max_size=60).filter(lambda text: not text.isupper())
)
maybe_hostile = st.none() | hostile
titles = st.sampled_from(TITLES)


@st.composite
def told_products(draw: st.DrawFn, tcin: Tcin) -> Line:
    """A product as it may be shown: with any title, any own name, any word of the shop."""
    line = draw(lines(tcin))
    stock = replace(line.stock, title=draw(maybe_hostile), detail=draw(maybe_hostile), image_url=draw(st.none()))
    wanted = replace(line.product, name=draw(maybe_hostile), every=draw(st.none() | st.just(seconds(90))))
    return replace(line, stock=stock, product=wanted, state=draw(st.sampled_from(PurchaseState)))


@st.composite
def attempts(draw: st.DrawFn, tcin: Tcin, steps: Sequence[Step] = tuple(Step)) -> Attempt:
    return attempt(
        draw(st.sampled_from(steps)),
        tcin,
        id=draw(st.integers(1, 10**6)),
        mode=draw(st.sampled_from(Mode)),
        moved_at=AT + seconds(draw(st.integers(0, 10**6))),
        why=draw(maybe_hostile),
        order_number=draw(maybe_hostile),
        total=draw(prices),
    )


@st.composite
def restocks(draw: st.DrawFn, tcin: Tcin, *, most: int = 12) -> Restock:
    """A restock window with any number of attempts, of which only the last may hold the slot."""
    line = draw(told_products(tcin))
    ended = [step for step in Step if step not in HOLDS_SLOT]
    tried = draw(st.lists(attempts(tcin, ended), max_size=most))
    last = draw(st.lists(attempts(tcin), max_size=1))
    closed_at = draw(st.none() | st.just(AT + seconds(160)))
    return restock(
        *tried,
        *last,
        wanted=line.product,
        stock=line.stock,
        closed_at=closed_at,
        watched=draw(st.booleans()),
        approval=draw(st.none() | approvals(tcin)),
    )


@st.composite
def approvals(draw: st.DrawFn, tcin: Tcin) -> Approval:
    return Approval(
        id=draw(st.integers(1, 10**9)),
        tcin=tcin,
        window=1,
        price=draw(prices),
        expires_at=AT + seconds(300),
        answer=draw(st.none() | st.sampled_from(ApprovalAnswer)),
        answered_by=draw(maybe_hostile),
        answered_at=draw(st.none() | st.just(AT)),
    )


@st.composite
def overviews(draw: st.DrawFn, *, most: int = 8) -> Overview:
    """All there is to see, of up to so many products."""
    watched = tcins(draw(st.integers(0, most)))
    circuit = Circuit(state=draw(st.sampled_from(CircuitState)), open_until=AT + seconds(60), why=draw(maybe_hostile))
    return overview(
        *(draw(told_products(tcin)) for tcin in watched),
        slot=draw(st.none() | attempts(tcins(1)[0])),
        mark=draw(st.sampled_from([None, CycleMark()])),
        mode=draw(st.sampled_from(Mode)),
        stopped=draw(maybe_hostile),
        paused=draw(st.booleans()),
        paused_until=draw(st.none() | st.just(AT + seconds(10**6))),
        circuit=circuit,
    )
