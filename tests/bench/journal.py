"""A journal of a million events: opening it, what is asked of it, and compacting it while cycles run."""

import asyncio
import gc
import sqlite3
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Flag
from time import perf_counter
from typing import TypeVar

from bot.access.origin import Origin
from bot.access.roles import Access, Role
from bot.app import open_database
from bot.charts.gathering import gather
from bot.charts.model import Reach
from bot.charts.outline import look_back
from bot.cli.audit import audit_database
from bot.commands.questions import ONLY_ASKED
from bot.commands.replies import Replies
from bot.health import HealthMonitor
from bot.telegram.messages import ChatRecords
from config.clock import utc_now
from config.database import Connection, Database
from config.products import Mode, Tcin
from config.settings import Settings
from purchasing.commands import Command, Done
from purchasing.coordinator import Coordinator
from purchasing.events import CommandDone, Event, Fact, encode_fact, stamp
from purchasing.periodic.compaction import Compaction
from purchasing.rules.compaction import compacted_before
from purchasing.slot.emergency_stop import Gate
from purchasing.slot.simulated import SimulatedBuyer
from purchasing.standing import StandingReader
from purchasing.storage.compaction.counts import CountTable
from purchasing.storage.compaction.pieces import compact_some
from purchasing.storage.unit_of_work import Storage, UnitOfWork
from tests.bench.report import Figure, Sample, milliseconds
from tests.builders import chance, command, limits, reading, snapshot, tcins
from tests.chronicle import Chronicle, live
from tests.fakes import FakeClock, FakeShop
from tests.integration.command_desk import idle_schedule

T = TypeVar("T")

PRODUCTS, OWNER = 20, 1001
#: Of a life so long, a month of nearly a year, this part is kept whole.
KEPT_PART = 0.1
#: A generous guess of how long a life is that holds so many events: none of them may lie ahead.
EACH_TAKES = timedelta(seconds=22)
AT_ONCE = 10_000
OPENED_WITHIN_S, ANSWERED_WITHIN_S, HELD_UP_S = 2.0, 0.1, 0.05
ASKED = (("why", "1"), ("show", "1"), ("log", "50"), ("orders", "20"), ("version", ""))
#: Of a piece that nobody waits for, in characters.
MUCH = 2_000_000
#: Between two cycles: far less than in a house, so that more of them come upon a piece.
BETWEEN_S = 0.02


async def journal_figures(folder: Path, events: int, *, cycles: int) -> list[Figure]:
    folder.mkdir(parents=True)  # noqa: ASYNC240  nothing else runs yet
    await write_journal(folder, events)
    figures = [_size_figure(folder, events), _audit_figure(folder, "before")]
    async with _house(folder, events) as house:
        figures += [house.opened_figure(), *await _ask(house, "before")]
        figures += await _compact(house, cycles)
        figures += await _ask(house, "after")
    return [*figures, _audit_figure(folder, "after")]


# ---- making it


async def write_journal(folder: Path, count: int) -> None:
    """Written past the service, which would take hours for it, as the service would have written it."""
    database = open_database(Settings(data_dir=folder))
    await database.open()
    chronicle = _tell(folder / "stockbell.db", count)
    await database.transact(lambda connection: chronicle.store(UnitOfWork(connection)))
    await database.close()


def _tell(path: Path, count: int) -> Chronicle:
    rows: list[tuple[str, str, str]] = []
    with closing(sqlite3.connect(path)) as db:
        seq = 0

        def put() -> None:
            db.executemany("INSERT INTO journal (at, kind, body) VALUES (?, ?, ?)", rows)
            rows.clear()

        def tell(told: Fact, at: datetime) -> None:
            nonlocal seq
            seq += 1
            rows.append((stamp(at), told.kind, encode_fact(told)))
            if len(rows) >= AT_ONCE:
                put()

        chronicle = Chronicle(tell, tcins(PRODUCTS), at=utc_now() - count * EACH_TAKES)
        chronicle.begin()
        live(chronicle, chance(), while_=lambda: seq < count)
        put()
        db.commit()
    return chronicle


def _size_figure(folder: Path, events: int) -> Figure:
    size = (folder / "stockbell.db").stat().st_size
    return Figure(name="the journal", ours=f"{events:,} events, {size / 1024 / 1024:.0f} MB")


# ---- the house that has it


@dataclass(slots=True)
class House:
    database: Database
    coordinator: Coordinator
    replies: Replies
    #: How long it took to open it, and to settle what was under way.
    opened_s: float
    keep: timedelta
    #: How long each piece of compaction had the database.
    pieces: list[float] = field(default_factory=list)

    def opened_figure(self) -> Figure:
        return Figure(
            name="opened and recovered",
            ours=f"{self.opened_s:.2f} s",
            target=f"within {OPENED_WITHIN_S:.0f} s",
            met=self.opened_s < OPENED_WITHIN_S,
        )

    async def answer(self, key: str, what: str, args: str) -> float:
        """How long it takes to read for an answer and to write it; how it came to be asked is not of it."""
        origin = Origin(chat=OWNER, private=True, role=Role.OWNER)
        asked = command(key, what, args=args, at=utc_now(), origin=origin.encode())
        event, done = await self.database.transact(lambda connection: _ask_for(UnitOfWork(connection), asked))
        began = perf_counter()
        facts = await self.database.transact(
            lambda connection: self.replies.gather(event, done, UnitOfWork(connection), ChatRecords(connection))
        )
        assert facts is not None
        assert self.replies.draft(facts)
        return perf_counter() - began

    async def look_back(self, tcin: Tcin | None, reach: Reach) -> float:
        until = utc_now()
        began = perf_counter()
        past = await self.database.read_aside(
            lambda file: gather(
                file, tcin, since=until - reach.length, until=until, monotonic=perf_counter, pause=Flag().wait
            )
        )
        assert look_back(past, reach, tcin, clock=UTC).days == reach
        return perf_counter() - began

    async def cycle(self) -> float:
        """A quiet one."""
        at = utc_now()
        began = perf_counter()
        await self.coordinator.cycles.take(
            snapshot(*(reading(tcin, "OUT_OF_STOCK", at=at) for tcin in tcins(PRODUCTS)), at=at)
        )
        return perf_counter() - began


def _ask_for(unit: UnitOfWork, asked: Command) -> tuple[Event, CommandDone]:
    unit.commands.put([asked])
    done = unit.commands.finish(asked, Done(), at=utc_now())
    return unit.journal.last(1)[0], done


@asynccontextmanager
async def _house(folder: Path, events: int) -> AsyncGenerator[House]:
    database = open_database(Settings(data_dir=folder))
    began = perf_counter()
    await database.open()
    try:
        coordinator = Coordinator(
            storage=Storage(database, on_journal=lambda: None, now=utc_now),
            shopper=SimulatedBuyer(takes=timedelta(0), success=1, rng=chance()),
            look=FakeShop(now=utc_now).look,
            gate=Gate(folder / "EMERGENCY_STOP"),
            limits=limits(),
            timezone=UTC,
            now=utc_now,
        )
        await coordinator.recovery.recover(mode=Mode.SIMULATE, modes={Mode.SIMULATE}, version="1")
        opened_s, keep = perf_counter() - began, events * EACH_TAKES * KEPT_PART
        # As the service does when it has begun: going through what stays would halt a cycle for a third of a second.
        gc.collect()
        gc.freeze()
        yield House(database, coordinator, _replies(folder, database), opened_s=opened_s, keep=keep)
    finally:
        gc.unfreeze()
        await database.close()


def _replies(folder: Path, database: Database) -> Replies:
    health = HealthMonitor(
        database=database,
        schedule=idle_schedule(FakeClock()),
        gate=Gate(folder / "EMERGENCY_STOP"),
        chat_trouble=lambda: None,
        file_problems=tuple,
        now=utc_now,
    )
    return Replies(
        zone=UTC,
        access=lambda: Access(owners=[OWNER]),
        health=health,
        standing=StandingReader(limits=limits(), timezone=UTC),
        session_at=lambda: None,
    )


# ---- what is asked of it


async def _ask(house: House, when: str) -> list[Figure]:
    one = tcins(1)[0]
    looked_back = ((None, Reach.WEEK), (one, Reach.WEEK), (one, Reach.YEAR))
    figures = [await _look_back(house, tcin, reach, when) for tcin, reach in looked_back]
    for what, args in ASKED:
        await house.answer(f"{when}:{what}:first", what, args)
        spans = [await house.answer(f"{when}:{what}:{number}", what, args) for number in range(20)]
        figures.append(_answered(f"/{what}, {when}", spans))
    return figures


async def _look_back(house: House, tcin: Tcin | None, reach: Reach, when: str) -> Figure:
    """How long it takes to read what /history tells, as its answer does."""
    spans = [await house.look_back(tcin, reach) for _ in range(11)][1:]
    name = f"/history of {'all' if tcin is None else 'one'} over {reach.word}"
    return _answered(f"{name}, {when}", spans)


def _answered(name: str, spans: Sequence[float]) -> Figure:
    return Figure(
        name=name,
        ours=str(Sample(spans)),
        target=f"each within {milliseconds(ANSWERED_WITHIN_S)}",
        met=max(spans) < ANSWERED_WITHIN_S,
    )


# ---- compacting it


async def _compact(house: House, cycles: int) -> list[Figure]:
    """Cycles without it, cycles with it at its own pace, and then the rest at once."""
    await house.cycle()
    bare = await _cycles(house, cycles)
    compacting = asyncio.create_task(_compaction(house).look())
    ours = await _cycles(house, cycles)
    was_enough = not compacting.done()
    compacting.cancel()
    await asyncio.gather(compacting, return_exceptions=True)
    began = perf_counter()
    before = compacted_before(utc_now(), house.keep)
    while await house.database.transact(lambda connection: _compact_much(connection, before=before)):
        pass
    rest = perf_counter() - began
    mark = await house.database.transact(lambda connection: CountTable(connection).mark())
    held_up = max(ours.seconds) - bare.median
    pieces = Sample(house.pieces)
    return [
        Figure(
            name="cycle while it is compacted",
            ours=f"{ours}, longest {milliseconds(max(ours.seconds))}" + ("" if was_enough else " (it ended before)"),
            bare=f"{bare}, longest {milliseconds(max(bare.seconds))}: without",
            apart=f"the longest is held up for {milliseconds(held_up)}",
            target=f"at most {milliseconds(HELD_UP_S)}",
            met=held_up <= HELD_UP_S,
        ),
        Figure(name="a piece of it", ours=f"{pieces}, longest {milliseconds(max(pieces.seconds))}"),
        Figure(name="all the rest in large pieces", ours=f"{rest:.0f} s; {mark.dropped:,} of {mark.seq:,} dropped"),
    ]


def _compact_much(connection: Connection, *, before: datetime) -> bool:
    """In pieces for which the service would not make its cycles wait."""
    unit = UnitOfWork(connection)
    return compact_some(unit, before=before, read_to=unit.journal.last_seq(), questions=ONLY_ASKED, most=MUCH)


def _compaction(house: House) -> Compaction:
    storage = _TimedStorage(house)
    return Compaction(
        storage=storage,
        keep=house.keep,
        readers=(),
        questions=ONLY_ASKED,
        now=utc_now,
        monotonic=perf_counter,
    )


class _TimedStorage(Storage):
    """Notes how long each unit of work has the database's thread."""

    def __init__(self, house: House) -> None:
        super().__init__(house.database, on_journal=lambda: None, now=utc_now)
        self._pieces = house.pieces
        self._timed = house.database

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        def timed(connection: Connection) -> T:
            began = perf_counter()
            result = work(UnitOfWork(connection))
            self._pieces.append(perf_counter() - began)
            return result

        return await self._timed.transact(timed)


async def _cycles(house: House, count: int) -> Sample:
    spans = []
    for _ in range(count):
        spans.append(await house.cycle())
        await asyncio.sleep(BETWEEN_S)
    return Sample(spans)


def _audit_figure(folder: Path, when: str) -> Figure:
    said: list[str] = []
    began = perf_counter()
    found = audit_database(folder / "stockbell.db", say=said.append)
    return Figure(
        name=f"audit, {when}",
        ours=f"{perf_counter() - began:.1f} s; {'; '.join(said[-2:])}",
        target="no findings",
        met=found == 0,
    )
