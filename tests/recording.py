"""Makes a data directory in which a bit of everything has happened, for the tests of upgrades.

    python -m tests.recording FOLDER

plays a made-up household through the service of this commit, between the practice store and the practice chat, and
leaves what it wrote in FOLDER. The last process is killed in the midst of things: a command stored and not applied,
messages not sent, an order in doubt, an ask open.
"""

import argparse
import asyncio
import os
import re
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from bot.app import build, open_database
from config.database import Database, DataDir
from config.logs import set_up_logging
from config.products import DRILL
from config.settings import load_settings
from config.watchlist import render_watchlist
from sandbox.chat import Limits, Message
from sandbox.faults import Drop, Faults, Wall
from sandbox.store import Item
from tests.recorded_household import (
    ABSENT,
    BEA,
    CAL,
    CHILD,
    DEAR,
    FIVE_MINUTES,
    HOME,
    ITEMS,
    KITE,
    LAMP,
    LIVE,
    PEOPLE,
    PUZZLE,
    SETTINGS,
    STRANGE,
    VERA,
    WISHES,
    keep,
)
from tests.torture.shopper import HttpShopper
from tests.world import ADA, DRAGON, TROVE, World, data_of, new_world

T = TypeVar("T")

#: The program as in `LIVE`, which dies as soon as a command is stored that is not applied yet.
LAST = ("tests.recording", "--last-run")


class LastRun(Database):
    """Kills its process right after a commit that leaves a `/move` pending."""

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        def counted(connection: sa.Connection) -> tuple[T, int]:
            result = work(connection)
            left = "SELECT count(*) FROM command WHERE state = 'pending' AND body ->> 'what' = 'move'"
            return result, connection.exec_driver_sql(left).scalar_one()

        result, pending = await super().transact(counted)
        if pending:
            os.kill(os.getpid(), signal.SIGKILL)
        return result


def serve_last_run() -> None:
    settings = load_settings(os.environ, env_file=None)
    set_up_logging()
    directory = DataDir(settings.data_dir)
    directory.hold()
    buyer_url, database = settings.target.site_url, open_database(settings, LastRun)

    async def run() -> None:
        await build(settings, database=database, buyer=HttpShopper(buyer_url)).run()

    asyncio.run(run())


@dataclass
class Play:
    """The household's days, one after another."""

    world: World
    home: int = HOME.id

    async def record(self) -> None:
        await self.practice()
        await self.steer()
        await self.let_people_in()
        await self.drill()
        await self.move_home()
        await self.be_blind()
        await self.be_away()
        await self.buy()
        await self.answer_in_vain()
        await self.buy_in_vain()
        await self.settle()
        await self.crash()
        await self.reach_the_limit_of_the_day()
        await self.end()

    # ---- small acts

    async def cycles(self, count: int = 2) -> None:
        cycle = (await self.world.status())["cycle_id"]
        await self.world.until_status(lambda status: status["cycle_id"] >= cycle + count)

    async def restock(self, *items: Item, **changes: object) -> None:
        for item in items:
            self.world.store.set(item.tcin, **{"shipping": "IN_STOCK", **changes})

    async def sell_out(self, *items: Item) -> None:
        for item in items:
            self.world.store.set(item.tcin, shipping="OUT_OF_STOCK", pickup="UNAVAILABLE")
        await self.world.until_status(
            lambda status: all(
                one["stock"] != "in_stock" for one in status["products"] if one["tcin"] in {i.tcin for i in items}
            )
        )
        await self.cycles(3)
        await self.world.until_status(lambda status: status["slot"] is None)

    async def ended(self, count: int, item: Item, step: str) -> None:
        """Until so many attempts on it have ended in this step."""
        sql = "SELECT count(*) FROM attempt WHERE tcin = ? AND step = ?"
        await self.world.until_status(lambda _: self.world.rows(sql, item.tcin, step)[0][0] >= count)

    async def code_of(self, words: str) -> str:
        asked = await self.world.ask(words, "within 60 s")
        return asked.text.partition(f"{words} ")[2][:4]

    async def choose_mode(self, mode: str) -> None:
        self.world.say(f"/mode {mode} {await self.code_of(f'/mode {mode}')}")
        await self.world.until_status(lambda status: status["mode"] == mode)

    async def rearm(self) -> None:
        await self.world.ask(f"/rearm {await self.code_of('/rearm')}", "Buying is on again")

    async def asked(self, item: Item) -> Message:
        """The newest message about this product that has a Buy button, once it is there."""

        def alerts() -> list[Message]:
            return [
                one
                for one in self.world.messages()
                if item.tcin in one.text and any("Buy" in b.text for row in one.buttons for b in row)
            ]

        await self.world.until_chat(lambda: alerts()[-1])
        return alerts()[-1]

    def press(self, message: Message, label: str) -> None:
        self.world.chat.press(ADA.id, message.message_id, data_of(message, label))

    async def restart(self, *command: str, **settings: str) -> None:
        await self.world.until_delivered()
        await self.world.stop()
        self.world.settings |= settings
        await self.world.execute(*command)
        await self.world.until_status(lambda status: status["cycle_id"] >= 1)

    # ---- the days

    async def practice(self) -> None:
        world = self.world
        await world.execute()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        (code,) = re.findall(r"/start ([A-Z0-9]{8})", world.log.read_text())
        await world.ask(f"/start {code}", "You are owner here")
        await world.ask("/start", "You are operator", person=BEA.id)
        await world.ask("/start", "You are", chat=self.home)
        await world.ask("/board", person=BEA.id)
        await self.restock(TROVE)
        await self.ended(2, TROVE, "confirmed")
        await self.sell_out(TROVE)
        world.store.set(PUZZLE.tcin, pickup="IN_STOCK")
        await world.until_chat(lambda: world.alerts("IN STOCK"))
        await self.restock(DEAR, STRANGE)
        await self.cycles(3)
        await self.sell_out(PUZZLE, DEAR, STRANGE)
        await self.restart(STOCKBELL_PURCHASING__SIMULATED_SUCCESS="0")
        await self.restock(LAMP, DRAGON)
        await self.ended(1, LAMP, "refused")
        await self.ended(1, DRAGON, "refused")
        await self.sell_out(LAMP, DRAGON)
        await self.restart(STOCKBELL_PURCHASING__SIMULATED_SUCCESS="1")

    async def steer(self) -> None:
        world = self.world
        for words in ("/status", "/list", f"/show {TROVE.tcin}", f"/why {DEAR.tcin}", "/slot", "/orders", "/spend"):
            await world.ask(words)
        for words in ("/health", "/log 5", "/version", "/help", "/help add", "/nonsense"):
            await world.ask(words, person=BEA.id)
        added = await world.ask(f"/add https://www.target.com/p/socks/-/A-{CHILD.tcin} max=7.50", "Watching")
        await world.press(added, "Undo", "Undone")
        await world.ask(f"/add {CHILD.tcin}", "Watching", person=BEA.id)
        await world.ask("/add a lamp under 30 dollars")
        asked = await world.ask(f"/set {CHILD.tcin} max=6 qty=2 buy=auto every=3", f"{CHILD.tcin}?")
        await world.press(asked, "Yes, ", CHILD.tcin)
        raised = await world.ask(f"/set {CHILD.tcin} max=60", f"{CHILD.tcin}?")
        await world.press(raised, "Yes, ", CHILD.tcin)
        await world.ask(f"/move {CHILD.tcin} 1", CHILD.tcin, person=BEA.id)
        gone = await world.ask(f"/remove {ABSENT}", "No longer watched")
        await world.press(gone, "Undo", "Undone")
        everything = await world.ask("/remove all", "Remove all ", person=BEA.id)
        await world.press(everything, "Yes", "No longer watched")

        def undone() -> Message:
            shown = next(one for one in world.messages(BEA.id) if one.message_id == everything.message_id)
            return (
                shown if any("Undo" in one.text for row in shown.buttons for one in row) else world.messages(BEA.id)[-1]
            )

        await world.until_chat(lambda: any("Undo" in one.text for row in undone().buttons for one in row))
        world.chat.press(BEA.id, undone().message_id, data_of(undone(), "Undo"))
        await world.until_status(lambda status: len(status["products"]) == len(WISHES) + 1)
        await world.ask("/remove all", "Remove all ")  # a question that nobody answers
        await world.ask(f"/pause {PUZZLE.tcin} 2h", PUZZLE.tcin)
        await world.ask(f"/resume {PUZZLE.tcin}", PUZZLE.tcin, person=BEA.id)
        await world.ask("/pause 1h", "I check nothing")
        await world.ask("/refresh", person=BEA.id)
        await world.ask("/resume", "I am checking again")
        await world.ask("/cancel", "was not done")

    async def let_people_in(self) -> None:
        world = self.world
        for role, person in (("viewer", VERA), ("operator", CAL)):
            invited = await world.ask(f"/invite {role}", "/start ")
            code = re.findall(r"/start ([A-Z0-9]{8})", invited.text)[0]
            world.chat.say(person.id, f"/start {code[::-1]}")
            await world.ask(f"/start {code}", f"You are {role}", person=person.id)
        await world.ask("/start", "You are viewer", person=VERA.id)
        await world.ask("/stop", "for you here", person=VERA.id)
        await world.ask("/users", "Vera")
        for words in ("/alerts blind silent", "/mute 1h", "/quiet 23-7 Europe/Berlin"):
            await world.ask(words, "sound", person=VERA.id)
        await world.ask("/alerts list off", "🚫 list", chat=HOME.id)
        await world.ask(f"/revoke {CAL.id}")
        await world.ask("/invite viewer", "/start ")  # one that nobody takes

    async def drill(self) -> None:
        for count, label in ((1, "Skip"), (2, "Buy")):
            await self.world.ask("/drill", "A drill begins")
            self.press(await self.asked(Item(tcin=DRILL)), label)
            over = "SELECT count(*) FROM journal WHERE kind = 'drill_ended'"
            await self.world.until_rows([(count,)], over)

    async def move_home(self) -> None:
        """And somebody writes nonsense into the watch list meanwhile."""
        world, file = self.world, self.world.data / "watchlist.toml"
        well = file.read_text()
        file.write_text(well + "[[product]]\ntcin = 'no number'\n")
        await world.until_rows([(1,)], "SELECT count(*) FROM journal WHERE kind = 'watchlist_refused'")
        file.write_text(well)
        self.home = world.chat.make_supergroup(HOME.id)
        await world.ask("/status", chat=self.home, person=BEA.id)

    async def be_blind(self) -> None:
        world = self.world
        world.store.faults.wall = Wall.JSON_403
        await world.until_status(lambda status: status["blind_since"])
        world.store.faults = Faults()
        await world.until_rows([(1,)], "SELECT count(*) FROM journal WHERE kind = 'sighted'", seconds=90)
        world.store.faults = Faults(status=503)
        await self.cycles(1)
        world.store.faults = Faults()

    async def be_away(self) -> None:
        """Nobody hears anybody for longer than a while."""
        world = self.world
        world.chat.block(VERA.id)
        await world.ask("/stop", "Buying is off", person=BEA.id)
        await world.until_delivered()
        await world.kill()
        world.chat.unblock(VERA.id)
        world.say("/spend")
        world.say("/refresh")
        await asyncio.sleep(130)
        await world.execute()
        await world.until_rows([(1,)], "SELECT count(*) FROM journal WHERE kind = 'caught_up'")
        await self.rearm()

    async def buy(self) -> None:
        world = self.world
        await self.restart(*LIVE)
        await self.choose_mode("live")
        await self.restock(TROVE)
        alert = await self.asked(TROVE)
        self.press(alert, "Buy")
        await self.ended(3, TROVE, "confirmed")
        await self.sell_out(TROVE)
        await self.restock(LAMP)
        await self.ended(1, LAMP, "confirmed")
        await self.sell_out(LAMP)
        world.store.faults = Faults(drop=Drop.AFTER, only="/practice/orders", times=1)
        await self.restock(KITE)
        await self.ended(1, KITE, "confirmed")
        await world.until_rows([(1,)], "SELECT count(*) FROM journal WHERE kind = 'limit_reached'")  # by the shop's own
        await self.sell_out(KITE)
        asked = await world.ask(f"/set {TROVE.tcin} qty=4", f"{TROVE.tcin}?")
        await world.press(asked, "Yes, ", TROVE.tcin)
        await self.restock(TROVE)
        self.press(await self.asked(TROVE), "Skip")
        await world.until_rows([(1,)], "SELECT count(*) FROM ask WHERE tcin = ? AND answer = 'skip'", TROVE.tcin)
        await self.sell_out(TROVE)

    async def answer_in_vain(self) -> None:
        world = self.world
        await self.restart(*LIVE, STOCKBELL_PURCHASING__ASK_EXPIRES_S="1.5")
        await self.restock(TROVE)
        await world.until_rows([(1,)], "SELECT count(*) FROM ask WHERE tcin = ? AND answer = 'expired'", TROVE.tcin)
        await self.sell_out(TROVE)
        await self.restart(*LIVE, STOCKBELL_PURCHASING__ASK_EXPIRES_S=FIVE_MINUTES)

    async def buy_in_vain(self) -> None:
        world = self.world
        # Dearer than the bulk call says: found by the second look, twice, and then its window has had its attempts.
        await self.restock(DRAGON, price="25.00", price_in_summary=False)
        await self.ended(2, DRAGON, "abandoned")
        await self.cycles(3)
        await self.sell_out(DRAGON)
        world.store.set(DRAGON.tcin, price="14.99", price_in_summary=True)
        # Sold out while the order is on its way.
        world.store.faults = Faults(latency=1, only="/practice/orders", times=1)
        world.store.set(DRAGON.tcin, quantity=0)
        await self.restock(DRAGON)
        await self.ended(2, DRAGON, "refused")
        world.store.set(DRAGON.tcin, quantity=None)
        await self.sell_out(DRAGON)

    async def settle(self) -> None:
        """A yes that waits behind an order in doubt is withdrawn by a stop; the order is settled by hand."""
        world = self.world
        world.store.faults = Faults(status=503, only="/practice/orders")
        await self.restock(DRAGON)
        await world.until_status(lambda status: (status["slot"] or {}).get("step") == "unconfirmed")
        await self.restock(TROVE)
        self.press(await self.asked(TROVE), "Buy")
        await world.until_rows(
            [(1,)], "SELECT count(*) FROM ask WHERE tcin = ? AND answer = 'buy' AND attempt_id IS NULL", TROVE.tcin
        )
        await world.ask("/stop", "Buying is off")
        ((attempt,),) = world.rows("SELECT id FROM attempt WHERE step = 'unconfirmed'")
        await world.ask(f"/settle {attempt} not", f"attempt {attempt}", person=BEA.id)
        world.store.faults = Faults()
        await world.until_status(lambda status: status["slot"] is None)
        await self.sell_out(DRAGON, TROVE)
        await self.rearm()

    async def crash(self) -> None:
        """Killed with something in the cart; then the disk is full for a while."""
        world = self.world
        await world.until_delivered()
        await world.stop()
        await world.execute(*LIVE, "--die-at", "carted")
        await world.until_status(lambda status: status["mode"] == "live")
        await self.restock(DRAGON)
        await world.ended()
        await world.execute(*LIVE)
        await self.ended(3, DRAGON, "abandoned")
        await self.sell_out(DRAGON)
        await world.until_delivered()
        await world.stop()
        await world.execute(*LIVE, "--full-at", "opened")
        await world.until_status(lambda status: status["mode"] == "live")
        await self.restock(DRAGON)
        await world.until_health("nothing can be stored")
        await asyncio.sleep(2.5)  # it is looked at every second
        world.store.set(DRAGON.tcin, shipping="OUT_OF_STOCK")
        assert world.process is not None
        world.process.send_signal(signal.SIGUSR2)
        await world.until_rows([(1,)], "SELECT count(*) FROM journal WHERE kind = 'storage_failed'")
        await self.sell_out(DRAGON)

    async def reach_the_limit_of_the_day(self) -> None:
        world = self.world
        ((bought,),) = world.rows("SELECT count(*) FROM attempt WHERE mode = 'live' AND step = 'confirmed'")
        await self.restart(*LIVE, STOCKBELL_PURCHASING__MAX_PER_DAY=str(bought))
        await self.restock(DRAGON)
        await world.until_rows(
            [(1,)], "SELECT count(*) FROM journal WHERE kind = 'limit_reached' AND body LIKE '%purchases today%'"
        )
        await self.cycles()
        await self.sell_out(DRAGON)

    async def end(self) -> None:
        """Killed in the midst of everything."""
        world = self.world
        await self.restart(*LAST, STOCKBELL_PURCHASING__MAX_PER_DAY="100")
        await world.ask("/board", chat=self.home, person=BEA.id)
        await self.restock(TROVE)
        await self.asked(TROVE)  # stays open
        world.store.set(PUZZLE.tcin, pickup="IN_STOCK")
        await world.ask(f"/pause {STRANGE.tcin}", STRANGE.tcin)
        world.store.faults = Faults(status=503, only="/practice/orders")
        await self.restock(DRAGON)
        await world.until_status(lambda status: (status["slot"] or {}).get("step") == "unconfirmed")
        await world.ask(f"/set {KITE.tcin} qty=6", KITE.tcin, person=BEA.id)
        await self.restock(CHILD)
        await world.until_status(
            lambda status: next(one for one in status["products"] if one["tcin"] == CHILD.tcin)["purchase"] == "queued"
        )
        await asyncio.sleep(3)
        world.chat.limits = Limits()
        for _ in range(4):
            world.say("/version")
        await asyncio.sleep(1)
        world.chat.say(BEA.id, f"/move {KITE.tcin} 1")
        await world.ended()


async def record(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with new_world(Path(folder), items=ITEMS, people=PEOPLE, groups=(HOME,), **SETTINGS) as world:
            world.data.mkdir(mode=0o700)
            (world.data / "watchlist.toml").write_text("# What the household wants\n" + render_watchlist(WISHES))
            await Play(world).record()
            keep(world.data, target)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--last-run", action="store_true")
    chosen = parser.parse_args()
    if chosen.last_run:
        serve_last_run()
    else:
        asyncio.run(record(chosen.folder))


if __name__ == "__main__":
    main()
