"""What happens in the practice world, and when."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.faults import Faults, Wall
from sandbox.store import Item, PracticeStore

#: Puts a step's word for the practice chat into effect there.
OnChat = Callable[[Mapping[str, Any]], None]
#: Writes what the owner says in the chat, and confirms it where it asks back.
OnSays = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens; what it leaves empty stays as it is."""

    #: Seconds from the start of the round.
    at: float
    tcin: str | None = None
    #: New values for fields of that item.
    item: Mapping[str, Any] = field(default_factory=dict)
    #: In place of all that went wrong before; `Faults()` ends it.
    faults: Faults | None = None
    #: For the practice chat, which alone knows what it means.
    chat: Mapping[str, Any] = field(default_factory=dict)
    #: What the owner writes in the chat, if nobody else does.
    says: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    name: str
    #: What it shows, in a sentence.
    story: str
    #: What is on sale when it begins; also what is worth watching.
    items: tuple[Item, ...]
    #: In the order of their time.
    steps: tuple[Step, ...]
    #: Seconds after which it begins anew, for ever; None plays it once.
    round_s: float | None = None
    #: It is bought in a real browser, by an owner who is signed in at the shop.
    in_browser: bool = False
    #: What comes back is soon sold out again to other customers, sooner once it was bought.
    sells_out: bool = False
    #: What the owner has saved for later before it begins.
    saved: Mapping[str, int] = field(default_factory=dict)

    @property
    def tcins(self) -> tuple[str, ...]:
        return tuple(item.tcin for item in self.items)


class NoSuchScenario(LookupError):
    """There is no scenario of this name."""


async def play(
    scenario: Scenario, store: PracticeStore, *, on_chat: OnChat | None = None, on_says: OnSays | None = None
) -> None:
    """Put the scenario's items on sale and let it happen, on the clock of the event loop; returns after its last step.

    One that goes in rounds never returns: its task is cancelled.
    """
    store.items.update({item.tcin: item for item in scenario.items})
    store.shop.own_in(store.shop.saved, scenario.saved)
    stage = _Stage(store, on_chat, on_says)
    began = asyncio.get_running_loop().time()
    await stage.play_round(scenario.steps, began=began)
    while scenario.round_s is not None:
        began += scenario.round_s
        await stage.play_round(scenario.steps, began=began)


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where steps take effect."""

    store: PracticeStore
    on_chat: OnChat | None
    on_says: OnSays | None

    async def play_round(self, steps: Iterable[Step], *, began: float) -> None:
        for step in steps:
            # Against the start and not the step before, so that a late step delays no other.
            await asyncio.sleep(began + step.at - asyncio.get_running_loop().time())
            _take_effect(step, self.store, self.on_chat)
            if step.says is not None and self.on_says is not None:
                self.on_says(step.says)


def _take_effect(step: Step, store: PracticeStore, on_chat: OnChat | None) -> None:
    if step.tcin is not None:
        store.set(step.tcin, **step.item)
    if step.faults is not None:
        # A copy, since a store uses up its own.
        store.faults = replace(step.faults)
    if step.chat and on_chat is not None:
        on_chat(step.chat)


def scenario_names() -> tuple[str, ...]:
    return tuple(_SCENARIOS)


def find_scenario(name: str) -> Scenario:
    """The scenario of this name.

    Raises:
        NoSuchScenario: it names those there are.
    """
    try:
        return _SCENARIOS[name]()
    except KeyError:
        raise NoSuchScenario(f"no scenario {name!r}; there are {', '.join(_SCENARIOS)}") from None


_TROVE = "94734932"
_DRAGON = "93954435"
_BRICKS = "91208817"
_PLUSH = "89471066"
_CARS = "90655213"
_PUZZLE = "88120947"
_ROBOT = "94111378"


def _shelf() -> tuple[Item, ...]:
    return (
        Item(tcin=_TROVE, title="Lanternfall Trading Cards: Illumineer&#39;s Trove", price="49.99"),
        Item(tcin=_DRAGON, title="Ember the Dragon Vinyl Figure &#8211; Moonlit Edition", price="14.99"),
        Item(tcin=_BRICKS, title="Brickworks Harbor Lighthouse 1,204pc Building Set", price="89.99"),
        Item(
            tcin=_PLUSH,
            title="Pillowpals 16&#34; Otter Plush",
            price="24.99",
            pickup="IN_STOCK",
            in_store="LIMITED_STOCK",
        ),
        Item(
            tcin=_CARS,
            title="Torque &#38; Co. Die-Cast Racers 20pk",
            price="21.49",
            shipping="PRE_ORDER_UNSELLABLE",
            street_date="2030-03-01",
        ),
        Item(tcin=_PUZZLE, title="Night Market 1000pc Jigsaw Puzzle", price="17.99", shipping="IN_STOCK"),
        Item(
            tcin=_ROBOT,
            title="Cog the Coding Robot",
            price="79.00",
            marketplace=True,
            seller="Gadget Barn LLC",
        ),
    )


def _restocks(at: float, tcin: str, **item: Any) -> Step:
    return Step(at=at, tcin=tcin, item={"shipping": "IN_STOCK"} | item)


def _sells_out(at: float, tcin: str, **item: Any) -> Step:
    return Step(at=at, tcin=tcin, item={"shipping": "OUT_OF_STOCK"} | item)


def _fails(at: float, **faults: Any) -> Step:
    return Step(at=at, faults=Faults(**faults))


def _recovers(at: float) -> Step:
    return Step(at=at, faults=Faults())


def _demo() -> Scenario:
    return Scenario(
        name="demo",
        story="The trove comes and goes, the dragon follows at a higher price, the racers open for preorder.",
        # Nothing is in stock at first, so that the first thing bought is the restock.
        items=tuple(replace(item, shipping="OUT_OF_STOCK") if item.tcin == _PUZZLE else item for item in _shelf()),
        steps=(
            _restocks(5, _TROVE),
            _sells_out(30, _TROVE),
            _restocks(45, _DRAGON, price="16.99"),
            Step(at=95, tcin=_CARS, item={"shipping": "PRE_ORDER_SELLABLE"}),
            _sells_out(120, _DRAGON, price="14.99"),
            _restocks(140, _TROVE),
            Step(at=170, tcin=_CARS, item={"shipping": "PRE_ORDER_UNSELLABLE"}),
            _sells_out(200, _TROVE),
        ),
        round_s=240,
        sells_out=True,
    )


def _checkout() -> Scenario:
    return Scenario(
        name="checkout",
        story="A real browser buys the trove: a rehearsal up to the button first, and an order when it comes again.",
        items=tuple(replace(item, shipping="OUT_OF_STOCK") if item.tcin == _PUZZLE else item for item in _shelf()),
        steps=(
            _restocks(6, _TROVE),
            _sells_out(26, _TROVE),
            Step(at=30, says="/mode live"),
            # By then the sell-out was seen twice, so that this is another restock.
            _restocks(44, _TROVE),
            Step(at=53, says=f"/buy {_TROVE}"),
            _sells_out(110, _TROVE),
        ),
        in_browser=True,
        saved={_PLUSH: 1},
    )


def _drop() -> Scenario:
    return Scenario(
        name="drop",
        story="A hard drop: everybody comes, the store gasps, tells half of it, and is sold out within a minute.",
        items=_shelf(),
        steps=(
            _fails(5, latency=0.8, jitter=1.5, partial=0.5),
            _restocks(10, _TROVE, quantity=60),
            _restocks(10, _BRICKS, quantity=25),
            _fails(15, latency=0.8, jitter=1.5, partial=0.95),
            _fails(30, status=503, times=3),
            _fails(40, latency=0.4, jitter=0.8, partial=0.6),
            _sells_out(55, _BRICKS, quantity=0),
            _sells_out(65, _TROVE, quantity=0),
            _recovers(75),
        ),
    )


def _sellout() -> Scenario:
    return Scenario(
        name="sellout",
        story="What was in stock goes, one after the other, with a last flicker.",
        items=tuple(replace(item, shipping="IN_STOCK") for item in _shelf()),
        steps=(
            _sells_out(8, _TROVE),
            _sells_out(12, _DRAGON),
            _restocks(14, _TROVE, quantity=1),
            _sells_out(18, _BRICKS),
            _sells_out(20, _TROVE, quantity=0),
            _sells_out(24, _PUZZLE),
            Step(at=30, tcin=_CARS, item={"shipping": "DISCONTINUED"}),
        ),
    )


def _wall() -> Scenario:
    return Scenario(
        name="wall",
        story="The bot wall comes up in each of its faces; behind it the trove is restocked.",
        items=_shelf(),
        steps=(
            _fails(10, wall=Wall.JSON_403),
            _restocks(30, _TROVE),
            _fails(70, wall=Wall.HTML_200),
            _recovers(100),
            _fails(220, wall=Wall.STATUS_435),
            _recovers(250),
        ),
    )


def _flood() -> Scenario:
    return Scenario(
        name="flood",
        story="The store throttles: with a Retry-After, without one, and with errors of its own.",
        items=_shelf(),
        steps=(
            _fails(10, status=429, retry_after=20),
            _fails(40, status=429),
            _restocks(50, _TROVE),
            _fails(60, status=502, times=2),
            _recovers(90),
        ),
    )


def _slow() -> Scenario:
    return Scenario(
        name="slow",
        story="Answers take their time, then too much of it, then none comes at all.",
        items=_shelf(),
        steps=(
            _fails(5, latency=1, jitter=1),
            _restocks(15, _TROVE),
            _fails(35, latency=6, jitter=6),
            _fails(60, hang=True),
            _recovers(90),
        ),
    )


def _partial() -> Scenario:
    return Scenario(
        name="partial",
        story="Answers tell only part, leave out always the same product, or fail for all because of one.",
        items=_shelf(),
        steps=(
            _fails(5, partial=0.5),
            _restocks(15, _TROVE),
            _fails(35, bare_tcins=(_TROVE, _PUZZLE)),
            _fails(60, refuse_tcins=(_ROBOT,)),
            _recovers(90),
        ),
    )


_SCENARIOS: Mapping[str, Callable[[], Scenario]] = {
    "demo": _demo,
    "checkout": _checkout,
    "drop": _drop,
    "sellout": _sellout,
    "wall": _wall,
    "flood": _flood,
    "slow": _slow,
    "partial": _partial,
}
