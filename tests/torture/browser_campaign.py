"""A crash campaign with the real buyer: the shipped program buys in a Chromium, and in turns the service, its Chromium
and its driver are killed in the middle of live purchases.

The practice shop counts orders, carts and what was touched; the journal has to know the same, and no more.
"""

import asyncio
import contextlib
import os
import sqlite3
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from random import Random
from typing import Final

from config.products import BuyMode
from purchasing.checkout.process.kernel import Mark, end_processes, find_family, read_processes, read_words
from purchasing.checkout.session import SESSION_FILE, SessionFile
from sandbox.shop.till import TILES
from sandbox.shop.troubles import Trouble
from sandbox.store import Item
from tests.torture.campaign import SETTINGS, STEPS, Campaign, Report, end_process, until_true
from tests.torture.service import Fate, serve
from tests.world import new_world

PRODUCTS = 6
#: A press that was on its way when the service died has reached the shop by then, or it never does.
LISTED_WITHIN = timedelta(seconds=3)
#: Seconds in which an attempt comes so far as is waited for; a busy machine takes its time.
PATIENCE = 40.0
#: And in which a certain call comes, if it comes at all.
SHORT_PATIENCE = 8.0
#: What is waited for at the end.
HEALED_WITHIN = 240.0

ITS_SETTINGS: Final = {
    **SETTINGS,
    "STOCKBELL_TARGET__TIMEOUT_S": "5",
    "STOCKBELL_PURCHASING__DEADLINE_S": "45",
    # While a browser that was killed twice waits for its turn, every attempt fails at once.
    "STOCKBELL_PURCHASING__COOLDOWN_S": "0.5",
}

#: The owner's own, saved for later.
SAVED: Final = {TILES[0].tcin: 2, "80000000": 1}
#: The owner's own, which lie in the cart now and then.
OWN: Final = {TILES[1].tcin: 1}

TROUBLES: Final = (
    Trouble.ADD_LOST,
    Trouble.ADD_REPEATED,
    Trouble.PRODUCT_BUTTON_REBUILT,
    Trouble.CHECKOUT_BUTTON_REBUILT,
    Trouble.CHECKOUT_BOUNCES,
    Trouble.PRESS_LOST,
    Trouble.PRESS_REPEATED,
    Trouble.PRESS_FAILED,
    Trouble.PRESS_FAILED_AFTER_ORDER,
    Trouble.PRESS_SOLD_OUT,
    Trouble.PRESS_NO_CONFIRMATION,
    Trouble.ORDERS_LATE,
    Trouble.ORDERS_FAILED,
)

#: An instant comes right after one of these has reached the shop.
CALLS: Final = (
    "/web_checkouts/v1/cart_items",
    "/cart",
    "/web_checkouts/v1/pre_checkout",
    "/checkout",
    "/web_checkouts/v1/checkout",
    "/web_checkouts/v1/checkout",
)


class Part(StrEnum):
    """What is killed."""

    SERVICE = "service"
    CHROMIUM = "Chromium"
    DRIVER = "driver"


@dataclass(kw_only=True)
class BrowserReport(Report):
    """`stood` counts where the attempts stood when they were hit."""

    stood: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    adds: int = 0
    presses: int = 0

    def __str__(self) -> str:
        told = (
            f"{self.crashes} kills in a browser's purchases ({_count(self.deaths)}; attempts stood at: "
            f"{_count(self.stood)}); {self.attempts} live attempts ({_count(self.ended)}), {self.adds} calls that add, "
            f"{self.presses} that order, {self.orders} orders"
        )
        return "\n".join([told, *(f"WRONG: {one}" for one in self.wrong)])


def _count(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counted.items()))


@dataclass
class BrowserCampaign(Campaign):
    """One data directory through many kills; a service whose browser was killed lives on into the next one."""

    report: BrowserReport = field(default_factory=BrowserReport)
    process: ForkServerProcess | None = None
    turns: int = 0
    #: Where the attempt stood that was hit last.
    stood: str = ""
    #: The service met its fate at a step.
    struck: Event = field(init=False)

    def __post_init__(self) -> None:
        self.struck = self.processes.Event()

    async def run(self, crashes: int) -> BrowserReport:
        till = self.world.store.shop
        till.listed_after_s, till.build_ms = 1.0, 50
        till.own_in(till.saved, SAVED)
        session = SessionFile(self.world.data / SESSION_FILE, site_url=self.world.store_url)
        session.write(till.account.storage_state(self.world.store_url))
        self.wanted.update(list(self.world.store.items))
        await self._go_live()
        # One that came too late for the purchase is made up for, but not for ever.
        while self.report.crashes < crashes and self.turns < 2 * crashes:
            await self._crash()
        await self._heal()
        self._count()
        return self.report

    def _start(self, *, die_at: str | None = None, side: str = "after", kill: Part = Part.SERVICE) -> ForkServerProcess:
        process = self.processes.Process(
            target=_serve_with_browser,
            args=(self.world.environ, str(self.world.log), die_at, side, kill.value, self.struck),
            daemon=True,
        )
        process.start()
        return process

    # ---- one kill

    async def _crash(self) -> None:
        """Something is wanted and there to be bought, and in the middle of buying it one of the three is gone."""
        part = list(Part)[self.turns % len(Part)]
        self.turns += 1
        self._take_own_out()
        # Before the first step there may be no browser yet.
        steps = STEPS[:5] if part is Part.SERVICE else STEPS[1:5]
        fate = self.chance.choice(steps) if self.chance.random() < 0.4 else None
        self._stir()
        if fate is not None or self.process is None or self.process.exitcode is not None:
            await self._start_anew(fate, part)
        hit = await (self._kill_at_random(part) if fate is None else until_true(self.struck.is_set, seconds=PATIENCE))
        if hit:
            self.report.crashes += 1
            self.report.deaths[f"{part} at {'random' if fate is None else 'a step'}"] += 1
            self.report.stood[fate or self.stood] += 1
        if part is Part.SERVICE and self.process is not None:
            await end_process(self.process)

    async def _start_anew(self, fate: str | None, part: Part) -> None:
        """With the last life and its browser gone, the owner has been in their cart meanwhile."""
        if self.process is not None:
            await end_process(self.process)
        await until_true(lambda: not self._left(), seconds=PATIENCE)
        if self.chance.random() < 0.1:
            self.world.store.shop.own_in(self.world.store.shop.cart, OWN)
        self.struck.clear()
        self.process = self._start(die_at=fate, side=self.chance.choice(["before", "after"]), kill=part)

    def _take_own_out(self) -> None:
        """The owner does so by hand."""
        cart = self.world.store.shop.cart
        cart.lines[:] = [line for line in cart if line.tcin not in OWN]

    def _stir(self) -> None:
        """One more is wanted of something that is there; the shop may have its troubles with it."""
        tcins = list(self.world.store.items)
        chosen = self.chance.choice(tcins)
        self._want_more(chosen)
        for tcin in tcins:
            is_there = tcin == chosen or self.chance.random() < 0.3
            self.world.store.set(tcin, shipping="IN_STOCK" if is_there else "OUT_OF_STOCK")
        troubles = self.world.store.shop.troubles
        troubles.clear()
        if self.chance.random() < 0.4:
            troubles.add(self.chance.choice(TROUBLES), times=self.chance.randint(1, 3))

    async def _kill_at_random(self, part: Part) -> bool:
        """Whether it was there to be killed, and an attempt was under way."""
        process = self.process
        assert process is not None
        for _ in range(3):
            if self._under_way() is None:
                self._stir()  # the last one is over, and perhaps nothing is wanted any more
            if await until_true(lambda: self._under_way() is not None, seconds=PATIENCE):
                await self._await_instant()
            await until_true(lambda: find_part(process.pid, part) is not None, seconds=5)
            step, mark = self._under_way(), find_part(process.pid, part)
            if step is not None and mark is not None and end_processes([mark]):
                self.stood = step
                return True
        return False

    async def _await_instant(self) -> None:
        """Any time after the beginning of the attempt, or right after one of its calls."""
        if self.chance.random() < 0.25:
            await asyncio.sleep(self.chance.uniform(0, 6))
            return
        path, so_far = self.chance.choice(CALLS), len(self.world.store.calls)

        def has_come() -> bool:
            return any(call.path.startswith(path) for call in self.world.store.calls[so_far:])

        if await until_true(lambda: has_come() or self._under_way() is None, seconds=SHORT_PATIENCE) and has_come():
            await asyncio.sleep(self.chance.uniform(0, 0.3))

    def _under_way(self) -> str | None:
        """Where the attempt stands that is before its end, if there is one."""
        with contextlib.suppress(sqlite3.OperationalError):
            for (step,) in self.world.rows(_UNDER_WAY):
                return str(step)
        return None

    # ---- the end

    async def _heal(self) -> None:
        """A last life without troubles, in which one more is bought and nothing is left in doubt, nor in the cart."""
        shop, (first, *others) = self.world.store.shop, self.world.store.items
        if self.process is not None:
            await end_process(self.process)
        shop.troubles.clear()
        self._take_own_out()
        self._want_more(first)
        for tcin in others:
            self.world.store.set(tcin, shipping="OUT_OF_STOCK")
        self.world.store.set(first, shipping="IN_STOCK")
        self.process = process = self._start()
        await self.world.until_status(
            lambda _: sum(order.items.get(first, 0) for order in shop.orders) == self.wanted[first],
            seconds=HEALED_WITHIN,
        )
        self.world.store.set(first, shipping="OUT_OF_STOCK")
        await self.world.until_status(
            lambda status: status["slot"] is None and not self._pending() and not shop.cart.lines,
            seconds=HEALED_WITHIN,
        )
        process.terminate()
        await end_process(process, patient=True)
        if process.exitcode != 0:
            self.report.wrong.append(f"the last stop ended with {process.exitcode}")
        await until_true(lambda: not self._left(), seconds=5)
        self._say("processes left running", self._left())

    def _left(self) -> list[str]:
        return find_left(str(self.world.data), self.world.settings["TMPDIR"])

    def _count(self) -> None:
        shop, report = self.world.store.shop, self.report
        report.orders, report.adds, report.presses = len(shop.orders), shop.adds, shop.presses
        bought = Counter[str]()
        for order in shop.orders:
            bought.update(order.items)
        self._say("bought above the wanted number", [one for one, count in bought.items() if count > self.wanted[one]])
        placed = {(order.number, *one) for order in shop.orders for one in order.items.items()}
        known = set(self.world.rows("SELECT order_number, tcin, quantity FROM attempt WHERE step = 'confirmed'"))
        self._say("orders that are not known, or known and never placed", sorted(placed ^ known))
        told = {number for (number,) in self.world.rows(_TOLD_ORDERS)}
        self._say("orders that the journal does not tell", sorted({order.number for order in shop.orders} ^ told))
        report.ended.update(dict(self.world.rows("SELECT step, count(*) FROM attempt WHERE mode = 'live' GROUP BY 1")))
        report.attempts = report.ended.total()
        self._say("things of the owner's thrown out", list(shop.lost))
        if shop.saved.own != SAVED or shop.saved.added:
            report.wrong.append(f"saved for later is {shop.saved.holds}")
        self._say("left in the cart", list(shop.cart.holds))
        self._say("touched, which is the owner's to touch", list(shop.touched))


_UNDER_WAY = "SELECT step FROM attempt WHERE mode = 'live' AND step IN ('opened', 'carted', 'reviewed', 'submitting')"
_TOLD_ORDERS = """
    SELECT DISTINCT json_extract(body, '$.order_number') FROM journal
    WHERE json_extract(body, '$.order_number') IS NOT NULL
"""


def find_part(service: int | None, part: Part) -> Mark | None:
    """The service itself, its driver or its Chromium, where it runs."""
    family = find_family(read_processes(), {service} if service else set())
    return next((mark for mark in family if _is_part(mark, service, part)), None)


def _is_part(mark: Mark, service: int | None, part: Part) -> bool:
    words = read_words(mark.pid)
    match part:
        case Part.SERVICE:
            return mark.pid == service
        case Part.DRIVER:
            return "run-driver" in words
        case Part.CHROMIUM:
            has_profile = any(word.startswith("--user-data-dir=") for word in words)
            return has_profile and not any(word.startswith("--type=") for word in words)


def find_left(*folders: str) -> list[str]:
    """What runs and was started over one of these folders: its environment or its command line names it."""
    names = [folder.encode() for folder in folders]
    found = [pid for pid in read_processes() if pid != os.getpid() and _names(pid, names)]
    return [" ".join(read_words(pid))[:200] for pid in found]


def _names(pid: int, names: list[bytes]) -> bool:
    with contextlib.suppress(OSError):
        parts = (Path("/proc") / str(pid) / part for part in ("environ", "cmdline"))
        return any(name in held for held in (part.read_bytes() for part in parts) for name in names)
    return False


def _serve_with_browser(
    environ: dict[str, str], log: str, die_at: str | None, side: str, kill: str, struck: Event
) -> None:
    os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), sys.stderr.fileno())
    # Driver and Chromium inherit it, so that they can be told from everybody else's.
    os.environ.update(environ)
    tempfile.tempdir = None

    def strike() -> None:
        if (mark := find_part(os.getpid(), Part(kill))) is not None:
            struck.set()
            end_processes([mark])

    serve(environ, fate=Fate(step=die_at, side=side, strike=strike), listed_within=LISTED_WITHIN)


async def run_browser_campaign(folder: Path, *, crashes: int, seed: int) -> BrowserReport:
    """A whole campaign in one data directory, with the audit at its end."""
    shelf = [
        Item(tcin=str(80_000_000 + number), title=f"Toy {number}", price="50.00", purchase_limit=None)
        for number in range(PRODUCTS)
    ]
    # Of its own, so that what is left running can be told; a short name, as Chromium has its sockets there.
    with tempfile.TemporaryDirectory(prefix="sb-") as temporary:
        async with new_world(folder, items=shelf) as world:
            world.settings.update({**ITS_SETTINGS, "TMPDIR": temporary})
            world.watch(*(item.tcin for item in shelf), buy=BuyMode.AUTO, max_price=Decimal("60.00"))
            report = await BrowserCampaign(world, Random(seed)).run(crashes)  # noqa: S311  the instants of a test
            code, printed = await world.command("audit")
            if code != 0:
                report.wrong.append(f"the audit: {printed.strip()}")
            return report
