"""Values for tests: each builder asks for what the test is about, and makes up the rest."""

import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from bot.access.roles import Utterance
from bot.text.draft import Draft, Rank
from config.products import BuyMode, Mode, Product, Tcin
from monitor.model import (
    Agenda,
    ChunkTrouble,
    Circuit,
    Reading,
    ShopAnswer,
    Signal,
    Snapshot,
    Stock,
    StockState,
    Trouble,
    Window,
)
from monitor.target.products import WORDS
from purchasing.commands import Command, Person
from purchasing.controls import Controls
from purchasing.model import (
    Attempt,
    CycleMark,
    Limits,
    Line,
    Overview,
    Restock,
    Sightings,
    Standing,
    Step,
)

AT = datetime(2026, 11, 22, 14, 3, 22, tzinfo=UTC)
ADA = Person(id="1001", name="Ada")
A, B, C = Tcin("10000001"), Tcin("10000002"), Tcin("10000003")
_FIRST = int(A)


def chance(seed: int = 1) -> Random:
    return Random(seed)  # noqa: S311  the same in every run


def tcins(count: int) -> tuple[Tcin, ...]:
    """A, B, C and so on."""
    return tuple(Tcin(str(_FIRST + number)) for number in range(count))


def signal(word: str | None, place: str = "shipping_options") -> Signal:
    """A signal by the shop's own word for it."""
    return Signal(state=WORDS[place].get(word or "", StockState.UNKNOWN), word=word)


def reading(
    tcin: Tcin = A, shipping: str | None = None, pickup: str | None = None, *, at: datetime = AT, **more: Any
) -> Reading:
    return Reading(tcin=tcin, at=at, shipping=signal(shipping), pickup=signal(pickup, "order_pickup"), **more)


def trouble(kind: Trouble, *about: Tcin, retry_after: timedelta | None = None) -> ChunkTrouble:
    return ChunkTrouble(trouble=kind, message=f"it was {kind}", tcins=about, retry_after=retry_after)


def answer(*readings: Reading, troubles: Iterable[ChunkTrouble] = ()) -> ShopAnswer:
    return ShopAnswer(readings={one.tcin: one for one in readings}, troubles=tuple(troubles))


def agenda(*watched: Product | Tcin, **more: Any) -> Agenda:
    products = (one if isinstance(one, Product) else Product(tcin=one) for one in watched)
    return Agenda(products=tuple(products), **more)


# ---- buying

PRICE = Decimal("49.99")


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def product(tcin: Tcin = A, **wishes: Any) -> Product:
    """A product that may be bought in every mode."""
    return Product(tcin=tcin, **{"buy": BuyMode.AUTO, "max_price": PRICE, **wishes})


def in_stock(**more: Any) -> Stock:
    """Certainly in stock, read just now."""
    return Stock(**{"state": StockState.IN_STOCK, "detail": "IN_STOCK", "price": PRICE, **more})


def out_of_stock(**more: Any) -> Stock:
    return in_stock(**{"state": StockState.OUT_OF_STOCK, "detail": "OUT_OF_STOCK", **more})


def line(wanted: Product | Tcin = A, **more: Any) -> Line:
    """A product that could be attempted at once."""
    it = wanted if isinstance(wanted, Product) else product(wanted)
    return Line(product=it, **{"stock": in_stock(), "window": Window(opened_at=AT), **more})


def limits(**more: Any) -> Limits:
    usual = Limits(
        deadline=seconds(60),
        cooldown=seconds(300),
        max_per_window=3,
        max_per_day=10,
        max_spend_per_day=None,
        allowance=Decimal("0.15"),
    )
    return replace(usual, **more)


def standing(*lines: Line, mode: Mode = Mode.SIMULATE, **more: Any) -> Standing:
    return Standing(mode=mode, lines=lines, **{"limits": limits(), "seen": seen(lines), **more})


def seen(lines: Iterable[Line], at: datetime = AT) -> Sightings:
    """All of these were last read at this time."""
    return Sightings({line.tcin: at for line in lines})


def attempt(step: Step = Step.OPENED, tcin: Tcin = A, **more: Any) -> Attempt:
    usual = Attempt(
        id=1,
        tcin=tcin,
        mode=Mode.SIMULATE,
        step=step,
        quantity=1,
        price=PRICE,
        max_price=PRICE,
        opened_at=AT,
        moved_at=AT,
        deadline=AT + seconds(60),
    )
    return replace(usual, **more)


def snapshot(*readings: Reading, at: datetime = AT, **more: Any) -> Snapshot:
    """A cycle that read just this."""
    usual = Snapshot(
        began=at,
        took=seconds(0.212),
        asked=tuple(one.tcin for one in readings),
        readings={one.tcin: one for one in readings},
        failed=None,
        next_check_at=at + seconds(20),
    )
    return replace(usual, **more)


def command(key: str, what: str = "status", **more: Any) -> Command:
    return Command(**{"key": key, "at": AT, "person": ADA, "what": what, **more})


# ---- telling


def restock(*attempts: Attempt, wanted: Product | Tcin = A, **more: Any) -> Restock:
    """An open restock window in which this was tried."""
    it = wanted if isinstance(wanted, Product) else product(wanted)
    usual = Restock(
        id=1, product=it, stock=in_stock(), opened_at=AT, closed_at=None, watched=True, attempts=tuple(attempts)
    )
    return replace(usual, **more)


def controls(**more: Any) -> Controls:
    usual = Controls(mode=Mode.SIMULATE, stopped=None, paused_until=None, paused=False, circuit=Circuit())
    return replace(usual, **more)


def overview(*lines: Line, slot: Attempt | None = None, mark: CycleMark | None = None, **steering: Any) -> Overview:
    """What there is to see; `steering` are fields of Controls."""
    usual = CycleMark(cycle_id=1284, began=AT, next_check_at=AT + seconds(20), last_good_at=AT)
    return Overview(controls=controls(**steering), mark=mark or usual, lines=lines, seen=seen(lines), slot=slot)


def draft(text: str = "PRACTICE · a word", key: str = "reply:1", chat: int = 1001, **more: Any) -> Draft:
    return Draft(**{"key": key, "chat": chat, "text": text, "rank": Rank.REPLY, **more})


def utterance(text: str, **more: Any) -> Utterance:
    """Said by Ada in her private chat."""
    usual = Utterance(update_id=1, user=1001, name="Ada", chat=1001, private=True, thread=None, text=text, at=AT)
    return replace(usual, **more)


# ---- on the wire


def pack_spaces(size: int) -> bytes:
    """So many of them, as gzip packs them: about a thousandth."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    megabytes = [packer.compress(b" " * 2**20) for _ in range(size // 2**20)]
    return b"".join([*megabytes, packer.compress(b" " * (size % 2**20)), packer.flush()])
