"""A crash campaign: the service is killed again and again while the store and the chat misbehave, then all is counted.

The store counts real orders, the chat counts messages, and the audit reads the journal. They must agree: never more
orders than wanted, never two for one attempt, every order known, every command applied exactly once, every restock
window alerted at least once, and never twice unless the message says so.
"""

import asyncio
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from random import Random
from typing import Final

from bot.text.draft import Rank
from config.products import BuyMode, Tcin
from config.watchlist import ensure_value
from sandbox.store import Drop, Faults, Item
from tests.torture.service import Fate, serve
from tests.world import ADA, World, new_world

#: What a message says that was sent again because nobody knew whether it had arrived.
MARK = "sent again"
STEPS = ("opened", "carted", "reviewed", "submitting", "confirmed", "refused", "unconfirmed", "abandoned")
PRODUCTS = 8

SETTINGS: Final = {
    "STOCKBELL_MONITOR__EVERY_MIN_S": "0.15",
    "STOCKBELL_MONITOR__EVERY_MAX_S": "0.25",
    "STOCKBELL_MONITOR__CIRCUIT_PAUSE_S": "0.3",
    "STOCKBELL_TARGET__TIMEOUT_S": "1",
    "STOCKBELL_PURCHASING__DEADLINE_S": "2",
    "STOCKBELL_PURCHASING__COOLDOWN_S": "0",
    "STOCKBELL_PURCHASING__MAX_PER_WINDOW": "1000",
    "STOCKBELL_PURCHASING__MAX_PER_DAY": "100000",
}


def _preloaded() -> ForkServerContext:
    """Processes that begin with everything imported: a thousand of them cost no thousand imports."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.torture.service"])
    return context


@dataclass
class Report:
    """What was counted; `wrong` is empty if nothing was lost and nothing doubled."""

    crashes: int = 0
    deaths: Counter[str] = field(default_factory=Counter)
    commands: int = 0
    orders: int = 0
    attempts: int = 0
    windows: int = 0
    alerts: int = 0
    marked: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        ends = ", ".join(f"{count} {step}" for step, count in sorted(self.deaths.items()))
        told = (
            f"{self.crashes} crashes ({ends}); {self.commands} commands, {self.attempts} live attempts, "
            f"{self.orders} orders, {self.windows} restock windows, {self.alerts} alerts of which {self.marked} are "
            f"marked as sent again"
        )
        return "\n".join([told, *(f"WRONG: {one}" for one in self.wrong)])


@dataclass
class Campaign:
    """One world that goes through many crashes. `chance` decides everything that is not decided by timing."""

    world: World
    chance: Random
    report: Report = field(default_factory=Report)
    said: list[int] = field(default_factory=list)
    processes: ForkServerContext = field(default_factory=_preloaded)
    #: Of each product so many are wanted in all: one at first, now and then one more.
    wanted: Counter[str] = field(default_factory=Counter)

    async def run(self, crashes: int) -> Report:
        self.wanted.update(list(self.world.store.items))
        await self._go_live()
        for _ in range(crashes):
            await self._crash()
        await self._heal()
        self._count()
        return self.report

    async def _go_live(self) -> None:
        """The owner turns it to live, as a person does."""
        self.world.say("/start")
        process = self._start()
        self.world.say("/mode live")
        await self.world.until_chat(lambda: any("/mode live " in one.text for one in self.world.messages()))
        asked = next(one for one in self.world.messages() if "/mode live " in one.text)
        code = asked.text.partition("/mode live ")[2][:4]
        self.world.say(f"/mode live {code}")
        await self.world.until_status(lambda status: status["mode"] == "live")
        await end_process(process)

    def _start(self, *, die_at: str | None = None, side: str = "after") -> ForkServerProcess:
        process = self.processes.Process(
            target=_serve_quietly,
            args=(self.world.environ, str(self.world.log), die_at, side),
            daemon=True,
        )
        process.start()
        return process

    async def _crash(self) -> None:
        """One life: something happens in the shop and in the chat, and then the process is gone."""
        self._want_more(self.chance.choice(list(self.world.store.items)))
        named = self.chance.random() < 0.4
        die_at = self.chance.choice(STEPS) if named else None
        process = self._start(die_at=die_at, side=self.chance.choice(["before", "after"]))
        self._stir()
        # Most lives are counted from the first question to the store, so that a slow machine doesn't end all at birth.
        if named or self.chance.random() < 0.7:
            asked = len(self.world.store.calls)
            await until_true(lambda: len(self.world.store.calls) > asked or process.exitcode is not None, seconds=45)
        lives = 2.5 if named else self.chance.uniform(0.05, 1.2)
        died = await until_true(lambda: process.exitcode is not None, seconds=lives)
        await end_process(process)
        self.report.crashes += 1
        self.report.deaths[f"at {die_at}" if died else "at random"] += 1

    def _want_more(self, tcin: str) -> None:
        """By hand, in the file, while nothing runs: the next start takes it up."""
        self.wanted[tcin] += 1
        file = self.world.data / "watchlist.toml"
        file.write_text(ensure_value(file.read_text(), Tcin(tcin), {"quantity": self.wanted[tcin]}))

    def _stir(self) -> None:
        """Restocks, sell-outs, faults and commands, at random."""
        for item in list(self.world.store.items.values()):
            if self.chance.random() < 0.5:
                self.world.store.set(item.tcin, shipping=self.chance.choice(["IN_STOCK", "OUT_OF_STOCK"]))
        self.world.store.faults = self.chance.choice(_STORE_FAULTS)()
        self.world.chat.faults.clear()
        if self.chance.random() < 0.3:
            self.chance.choice([self._lose_before, self._lose_after, self._flood])()
        if self.chance.random() < 0.5:
            tcin = self.chance.choice(list(self.world.store.items))
            words = [f"/add {50_000_000 + len(self.said)}", f"/set {tcin} max={self.chance.randint(60, 99)}", "/status"]
            self.said.append(self.world.say(self.chance.choice(words)))

    def _lose_before(self) -> None:
        self.world.chat.faults.lose_before("sendMessage", calls=1)

    def _lose_after(self) -> None:
        self.world.chat.faults.lose_after("sendMessage", calls=1)

    def _flood(self) -> None:
        self.world.chat.faults.flood(ADA.id, seconds=0.5)

    async def _heal(self) -> None:
        """A last life without faults, in which everything that is owed is done."""
        self.world.store.faults = Faults()
        self.world.chat.faults.clear()
        # One purchase without trouble, so that every campaign orders; then nothing more, so that it comes to an end.
        first, *others = self.world.store.items
        self._want_more(first)
        process = self._start()
        for tcin in others:
            self.world.store.set(tcin, shipping="OUT_OF_STOCK")
        ordered = len(self.world.store.orders)
        self.world.store.set(first, shipping="IN_STOCK")
        await self.world.until_status(lambda _: len(self.world.store.orders) > ordered, seconds=60)
        self.world.store.set(first, shipping="OUT_OF_STOCK")
        await self.world.until_status(
            lambda status: status["slot"] is None and status["cycle_id"] and not self._pending(), seconds=60
        )
        await self.world.until_chat(lambda: not self._unsent(), seconds=240)
        process.terminate()
        await end_process(process, patient=True)

    def _pending(self) -> int:
        return int(self.world.rows("SELECT count(*) FROM command WHERE state = 'pending'")[0][0])

    def _unsent(self) -> int:
        unsent = "SELECT count(*) FROM message WHERE state IN ('waiting', 'sending', 'uncertain') AND rank < ?"
        return int(self.world.rows(unsent, Rank.ROUND)[0][0])

    # ---- counting

    def _count(self) -> None:
        self._count_orders()
        self._count_commands()
        self._count_alerts()

    def _count_orders(self) -> None:
        orders = self.world.store.orders
        self.report.orders = len(orders)
        by_attempt = Counter(order.attempt for order in orders)
        self._say("attempts that ordered twice", [attempt for attempt, count in by_attempt.items() if count > 1])
        bought = Counter[str]()
        for order in orders:
            bought[order.tcin] += order.quantity
        above = [one for one, count in bought.items() if count > self.wanted[one]]
        self._say("products bought above the wanted number", above)
        confirmed = self.world.rows("SELECT id, order_number FROM attempt WHERE mode = 'live' AND step = 'confirmed'")
        self.report.attempts = int(self.world.rows("SELECT count(*) FROM attempt WHERE mode = 'live'")[0][0])
        known = {str(attempt): number for attempt, number in confirmed}
        placed = {order.attempt: order.number for order in orders}
        self._say("orders that are not known, or known and never placed", sorted(known.items() ^ placed.items()))

    def _count_commands(self) -> None:
        bot = self.world.chat.token.partition(":")[0]
        done = Counter(
            key
            for (key,) in self.world.rows("SELECT json_extract(body, '$.key') FROM journal WHERE kind = 'command_done'")
        )
        self.report.commands = len(self.said)
        wanted = {f"tg:{bot}:{update}" for update in self.said}
        self._say("commands lost", sorted(wanted - done.keys()))
        self._say("commands done twice", [key for key, count in done.items() if count > 1])

    def _count_alerts(self) -> None:
        windows = [window for (window,) in self.world.rows("SELECT id FROM restock_window")]
        shown = self.world.rows("SELECT key FROM message WHERE key LIKE 'alert:%' AND state = 'done'")
        told = {int(key.split(":")[1]) for (key,) in shown}
        self.report.windows = len(windows)
        self._say("restock windows without an alert", sorted(set(windows) - told))
        alerts = self.world.alerts()
        marked = [one for one in alerts if MARK in one.text]
        self.report.alerts, self.report.marked = len(alerts), len(marked)
        unmarked = len(alerts) - len(marked)
        if unmarked > len(windows):
            self.report.wrong.append(f"{unmarked} unmarked alerts for {len(windows)} restock windows")

    def _say(self, what: str, found: list[object] | list[str] | list[int] | list[tuple[str, str]]) -> None:
        if found:
            self.report.wrong.append(f"{what}: {found[:5]}")


def _nothing() -> Faults:
    return Faults()


_STORE_FAULTS = (
    _nothing,
    _nothing,
    _nothing,
    lambda: Faults(drop=Drop.AFTER, only="/practice/orders"),
    lambda: Faults(drop=Drop.BEFORE, only="/practice/orders"),
    lambda: Faults(latency=0.4, only="/practice/orders"),
    lambda: Faults(status=503, times=3),
    lambda: Faults(status=429, times=2),
    lambda: Faults(latency=0.2, jitter=0.3),
    lambda: Faults(partial=0.5),
)


def _serve_quietly(environ: dict[str, str], log: str, die_at: str | None, side: str) -> None:
    os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), sys.stderr.fileno())
    serve(environ, fate=Fate(step=die_at, side=side), live=True)


async def until_true(wanted: Callable[[], bool], *, seconds: float) -> bool:
    """Whether it came true within so long."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not wanted() and loop.time() < end:  # noqa: ASYNC110  the end of a process tells nobody
        await asyncio.sleep(0.01)
    return wanted()


async def end_process(process: ForkServerProcess, *, patient: bool = False) -> None:
    if not patient:
        process.kill()
    await asyncio.to_thread(process.join, 40)


def _shelf() -> list[Item]:
    return [
        Item(tcin=str(80_000_000 + number), title=f"Toy {number}", price="50.00", purchase_limit=None)
        for number in range(PRODUCTS)
    ]


async def run_campaign(folder: Path, *, crashes: int, seed: int) -> Report:
    """A whole campaign in one data directory, with the audit at its end."""
    shelf = _shelf()
    async with new_world(folder, items=shelf) as world:
        world.settings.update(SETTINGS)
        world.watch(*(item.tcin for item in shelf), buy=BuyMode.AUTO, max_price=Decimal("55.00"))
        report = await Campaign(world, Random(seed)).run(crashes)  # noqa: S311  the instants of a test, not secrets
        code, printed = await world.command("audit")
        if code != 0:
            report.wrong.append(f"the audit: {printed.strip()}")
        return report
