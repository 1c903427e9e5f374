"""`python -m tests.torture.soak --minutes 30`: the real service while everything around it fails, in random order.

The practice store and the practice chat misbehave in every way they can. Memory, descriptors and files stay within
bounds, and each spell in which the shop can't be seen has exactly one warning and one recovery: in the journal, among
the messages that were planned, and in the chat. Exit code 1 where that is not so. It reads /proc: Linux alone.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random
from typing import Final

from bot.text.draft import Rank
from monitor.circuit_breaker import LONGEST_PAUSE
from sandbox.chat import Limits
from sandbox.chat_faults import ChatFaults
from sandbox.store import Drop, Faults, Item, Packing, Wall
from tests.torture.soak_report import Report, Sample, logged_errors, out_of_bounds, unpaired
from tests.world import ADA, BULK, World, new_world

PRODUCTS = tuple(str(80_000_000 + number) for number in range(5))
#: Seconds between two looks at the process.
EVERY_S = 5.0
#: Nothing that passes takes so long: a spell of a minute makes pauses of a minute, and the machine may be busy.
PATIENCE_S = 300.0
#: What a message says that was sent again because nobody knew whether it had arrived.
MARK = "sent again"
#: Errors of the log that tell of what came from outside; any other tells that something of ours broke.
EXPECTED_ERRORS = frozenset({"inbox.unreadable"})
WARNING, RECOVERY = "PRACTICE · ⚠️ ", "PRACTICE · I can see Target again"

SETTINGS: Final = {
    "STOCKBELL_MONITOR__CIRCUIT_PAUSE_S": "0.5",
    "STOCKBELL_MONITOR__SECOND_LOOK_MIN": "1",
    "STOCKBELL_TARGET__TIMEOUT_S": "4",
    "STOCKBELL_PURCHASING__SIMULATED_SUCCESS": "0.7",
}


# ---- what goes wrong


def _date() -> str:
    """A Retry-After as an HTTP date, three seconds from now."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True)  # noqa: TID251  a real server's clock


#: After these nothing of the shop is seen any more.
BLINDING: Final[Mapping[str, Callable[[], Faults]]] = {
    **{f"wall {wall}": lambda wall=wall: Faults(wall=wall) for wall in Wall},  # type: ignore[misc]  # bound per turn
    **{f"status {code}": lambda code=code: Faults(status=code) for code in (401, 410, 429, 500, 502, 503)},  # type: ignore[misc]  # as above
    "429, 0 s": lambda: Faults(status=429, retry_after=0),
    "429, 0.7 s": lambda: Faults(status=429, retry_after="0.7"),
    "429, 2e0 s": lambda: Faults(status=429, retry_after="2e0"),
    "429, a date": lambda: Faults(status=429, retry_after=_date()),
    "503, 2 s": lambda: Faults(status=503, retry_after=2),
    "hang": lambda: Faults(hang=True),
    "slower than the time-out": lambda: Faults(latency=8),
    "cut before": lambda: Faults(drop=Drop.BEFORE),
    "cut after": lambda: Faults(drop=Drop.AFTER),
    "cut-off JSON": lambda: Faults(rubbish=True),
    "nothing but partial": lambda: Faults(partial=1),
    "packed twice": lambda: Faults(packing=Packing.TWICE),
    "a bomb": lambda: Faults(packing=Packing.BOMB),
    "broken packing": lambda: Faults(packing=Packing.BROKEN),
}
#: Through these enough is seen.
PASSING: Final[Mapping[str, Callable[[], Faults]]] = {
    "slow": lambda: Faults(latency=0.1, jitter=0.5),
    "half partial": lambda: Faults(partial=0.3),
    "one without fulfillment": lambda: Faults(bare_tcins=PRODUCTS[:1]),
    "one that breaks the call": lambda: Faults(refuse_tcins=PRODUCTS[1:2]),
    "packed": lambda: Faults(packing=Packing.GZIP),
    "one 503": lambda: Faults(status=503, only=BULK, times=1),
    "one answer lost": lambda: Faults(drop=Drop.AFTER, only=BULK, times=1),
    "one 429, 1 s": lambda: Faults(status=429, retry_after=1, only=BULK, times=1),
    "one cut-off JSON": lambda: Faults(rubbish=True, only=BULK, times=1),
}
#: Each counts as the circuit's longest pause: they have a service of their own, which waits that long.
ENDLESS_WAITS = ("inf", "nan", "-1", "1e300", "999999999", "soon")

GARBAGE = (
    b"",
    b"<html>Bad Gateway</html>",
    b'{"result": true}',
    b'{"ok": true, "result": [{}]}',
    b'{"ok": true, "result": 7}',
    b'{"ok": true, "result": [{"update_id": "x", "message": []}]}',
    b'\xff\xfe{"ok"',
    b"[" * 20_000,
)
QUESTIONS = ("/status", "/health", "/list", "/board", "/log 30", "hello", "/show 1", "/why 2")
METHODS = ("getUpdates", "sendMessage", "editMessageText", "sendPhoto", "answerCallbackQuery", "getMe")


def _misbehave(faults: ChatFaults, chance: Random) -> str:
    """Have the practice chat do something wrong; what it is called."""
    method, calls = chance.choice(METHODS), chance.randint(1, 3)
    match chance.choice(
        ("before", "after", "silent", "garbage", "status", "flood", "flood one", "flood method", "down")
    ):
        case "before":
            faults.lose_before(method, calls=calls)
            return "lost before"
        case "after":
            faults.lose_after(method, calls=calls)
            return "lost after"
        case "silent":
            faults.lose_after(method, silent=True)
            return "left hanging"
        case "garbage":
            faults.answer_wrongly(method, chance.choice(GARBAGE), calls=calls)
            return "garbage"
        case "status":
            faults.answer_wrongly(method, chance.choice(GARBAGE), status=chance.choice((500, 502, 504)), calls=calls)
            return "5xx"
        case "flood":
            faults.flood(None, seconds=chance.uniform(0.5, 2))
            return "429 for all"
        case "flood one":
            faults.flood(ADA.id, seconds=chance.uniform(0.5, 2))
            return "429 for one"
        case "flood method":
            faults.flood_method(method, calls=calls, retry_after=chance.choice((0, 1, 2)))
            return "429 for a method"
    faults.down = True
    return "down"


# ---- the soak


@dataclass
class Soak:
    """One world, in which something is always wrong. `chance` decides everything that timing does not."""

    world: World
    chance: Random
    report: Report = field(default_factory=Report)
    said: list[int] = field(default_factory=list)

    async def run(self, *, seconds: float) -> Report:
        clock = asyncio.get_running_loop().time
        began = clock()
        await self.world.until_status(lambda status: status["cycle_id"] >= 1)
        sampling = asyncio.create_task(self._sample(began), name="samples")
        try:
            while clock() - began < seconds:
                await self._one_trouble()
            await self._heal()
        finally:
            sampling.cancel()
            await asyncio.wait({sampling})
        self._count()
        self.report.wrong += out_of_bounds(self.report.samples)
        code = await self.world.stop()
        if code != 0:
            self.report.wrong.append(f"the service ended with {code}")
        code, told = await self.world.command("audit")
        if code != 0:
            self.report.wrong.append(f"the audit: {told.strip()[-500:]}")
        return self.report

    async def _one_trouble(self) -> None:
        self._stir_shop()
        self._stir_chat()
        await (self._go_blind() if self.chance.random() < 0.6 else self._pass())
        self.world.chat.faults.clear()
        await asyncio.sleep(self.chance.uniform(0.2, 2))

    async def _go_blind(self) -> None:
        """One spell, which may have several causes one after another."""
        name = self.chance.choice(list(BLINDING))
        self.report.spells[name] += 1
        self.world.store.faults = BLINDING[name]()
        await self._until(f"blind of {name}", lambda status: status["blind_since"])
        while self.chance.random() < 0.4:
            await asyncio.sleep(self.chance.uniform(0.2, 2))
            self.world.store.faults = BLINDING[self.chance.choice(list(BLINDING))]()
        await asyncio.sleep(self.chance.uniform(0.2, 2))
        self.world.store.faults = Faults()
        await self._until(f"seeing after {name}", lambda status: status["blind_since"] is None)

    async def _pass(self) -> None:
        name = self.chance.choice(list(PASSING))
        self.report.passed[name] += 1
        self.world.store.faults = PASSING[name]()
        await asyncio.sleep(self.chance.uniform(1.5, 5))
        self.world.store.faults = Faults()
        if (await self.world.status())["blind_since"] is not None:
            self.report.wrong.append(f"it went blind of {name}")
            await self._until(f"seeing after {name}", lambda status: status["blind_since"] is None)

    async def _until(self, what: str, wanted: Callable[[Mapping[str, object]], object]) -> None:
        try:
            await self.world.until_status(wanted, seconds=PATIENCE_S)
        except AssertionError as error:
            raise NeverCame(f"it never was {what}: {error}") from error

    def _stir_shop(self) -> None:
        for tcin in PRODUCTS:
            if self.chance.random() < 0.15:
                self.world.store.set(tcin, shipping=self.chance.choice(["IN_STOCK", "OUT_OF_STOCK"]))

    def _stir_chat(self) -> None:
        if self.chance.random() < 0.7:
            self.report.chat[_misbehave(self.world.chat.faults, self.chance)] += 1
        if self.chance.random() < 0.5:
            words = (
                "/status",
                "/health",
                "/list",
                f"/show {PRODUCTS[0]}",
                f"/why {PRODUCTS[0]}",
                "/board",
                "hello",
                "/log 30",
            )
            self.said.append(self.world.say(self.chance.choice(words)))

    async def _heal(self) -> None:
        """All that is owed is done."""
        self.world.store.faults = Faults()
        self.world.chat.faults.clear()
        for tcin in PRODUCTS:
            self.world.store.set(tcin, shipping="OUT_OF_STOCK")
        await self._until("at rest", lambda status: not (status["blind_since"] or status["slot"] or self._undone()))
        await self.world.until_chat(lambda: not self._unsent(), seconds=3 * PATIENCE_S)

    def _times_done(self) -> Counter[int]:
        done = "SELECT json_extract(body, '$.key') FROM journal WHERE kind = 'command_done'"
        return Counter(int(key.rpartition(":")[2]) for (key,) in self.world.rows(done))

    def _undone(self) -> list[int]:
        """Those said and not done yet: after a failure the chat may be asked for them only half a minute later."""
        times = self._times_done()
        return [one for one in self.said if not times[one]]

    def _unsent(self) -> int:
        unsent = "SELECT count(*) FROM message WHERE state IN ('waiting', 'sending', 'uncertain') AND rank < ?"
        return int(self.world.rows(unsent, Rank.ROUND)[0][0])

    # ---- looking

    async def _sample(self, began: float) -> None:
        while True:
            self.report.samples.append(self._look(began))
            await asyncio.sleep(EVERY_S)

    def _look(self, began: float) -> Sample:
        process, ahead = self.world.process, self.world.data / "stockbell.db-wal"
        assert process is not None
        system = Path("/proc") / str(process.pid)
        resident = int((system / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return Sample(
            at=asyncio.get_running_loop().time() - began,
            memory_mb=resident / 2**20,
            descriptors=len(list((system / "fd").iterdir())),
            files=sum(one.is_file() for one in self.world.data.rglob("*")),
            ahead_mb=ahead.stat().st_size / 2**20 if ahead.exists() else 0,
        )

    # ---- counting

    def _count(self) -> None:
        self.report.cycles = self._rows_of("cycle_completed")
        self._count_commands()
        self._count_warnings()
        self._count_errors()

    def _count_errors(self) -> None:
        self.report.errors = logged_errors(self.world.log.read_text())
        if broke := sorted(self.report.errors.keys() - EXPECTED_ERRORS):
            self.report.wrong.append(f"errors that nothing from outside explains: {broke}")

    def _rows_of(self, kind: str) -> int:
        return int(self.world.rows("SELECT count(*) FROM journal WHERE kind = ?", kind)[0][0])

    def _count_commands(self) -> None:
        self.report.commands = len(self.said)
        if lost := self._undone():
            self.report.wrong.append(f"commands lost: {lost[:5]}")
        if doubled := [one for one, count in self._times_done().items() if count > 1]:
            self.report.wrong.append(f"commands done twice: {doubled[:5]}")

    def _count_warnings(self) -> None:
        """Of each spell, in the journal, among what was planned, and in the chat."""
        events = self.world.rows("SELECT seq, kind FROM journal WHERE kind IN ('blind', 'sighted') ORDER BY seq")
        self.report.wrong += unpaired([kind for _, kind in events], self.report.spells.total())
        kept = self.world.rows("SELECT key FROM message WHERE key LIKE 'notice:%' AND state = 'done'")
        told = Counter(int(key.split(":")[1]) for (key,) in kept)
        if untold := [seq for seq, _ in events if told[seq] != 1]:
            self.report.wrong.append(f"events that were not told once: {untold[:5]}")
        self.report.warnings = self._count_messages(WARNING, [kind for _, kind in events].count("blind"))
        self.report.recoveries = self._count_messages(RECOVERY, [kind for _, kind in events].count("sighted"))

    def _count_messages(self, words: str, wanted: int) -> int:
        """How many there are in the chat, without those that say that they may have been there before."""
        messages = [one for one in self.world.messages() if words in one.text]
        unmarked = sum(MARK not in one.text for one in messages)
        if not unmarked <= wanted <= len(messages):
            self.report.wrong.append(f"{len(messages)} messages, {unmarked} of them new, tell {words!r} {wanted} times")
        return wanted


class NeverCame(Exception):
    """The service did not do in time what it was waited for."""


async def soak(folder: Path, *, seconds: float, seed: int) -> Report:
    """The whole soak in one data directory."""
    async with new_world(folder, items=_shelf()) as world:
        world.settings.update(SETTINGS)
        world.chat.limits = Limits()
        world.watch(*PRODUCTS)
        world.say("/start")
        await world.execute()
        it = Soak(world, Random(seed))  # noqa: S311  the order of a test, no secrets
        try:
            return await it.run(seconds=seconds)
        except NeverCame as error:
            it.report.wrong += [str(error), *out_of_bounds(it.report.samples)]
            return it.report


def _shelf() -> list[Item]:
    return [Item(tcin=tcin, title=f"Toy {tcin}", price="50.00", shipping="OUT_OF_STOCK") for tcin in PRODUCTS]


async def wait_endlessly(folder: Path, *, seconds: float, wait: str) -> list[str]:
    """A store asks once to wait for ever: that is one warning, and one recovery once the longest pause is over."""
    async with new_world(folder, items=_shelf()) as world:
        world.settings.update(SETTINGS)
        world.watch(*PRODUCTS)
        world.say("/start")
        await world.execute()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        world.store.faults = Faults(status=429, retry_after=wait, only=BULK, times=1)
        await world.until_status(lambda status: status["blind_since"])
        await asyncio.sleep(seconds)
        kinds = [kind for (kind,) in world.rows("SELECT kind FROM journal WHERE kind IN ('blind', 'sighted')")]
        wanted = ["blind", "sighted"] if seconds > LONGEST_PAUSE.total_seconds() + 30 else ["blind"]
        return [] if kinds == wanted else [f"asked to wait {wait!r}, it told {kinds} in {seconds:.0f} s"]


async def _run(folder: Path, *, seconds: float, seed: int) -> Report:
    folders = [folder / name for name in ("faults", "waits")]
    for one in folders:
        one.mkdir()
    wait = Random(seed).choice(ENDLESS_WAITS)  # noqa: S311  as above
    both: tuple[Awaitable[Report], Awaitable[list[str]]] = (
        soak(folders[0], seconds=seconds, seed=seed),
        wait_endlessly(folders[1], seconds=seconds, wait=wait),
    )
    report, wrong = await asyncio.gather(*both)
    report.wrong += wrong
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stockbell-soak-") as folder:
        report = asyncio.run(_run(Path(folder), seconds=chosen.minutes * 60, seed=chosen.seed))
    print(f"soak of {chosen.minutes:g} minutes, seed {chosen.seed}\n\n{report}")  # noqa: T201  this is what it is for
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
