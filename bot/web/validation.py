"""Whether all that was told is where the journal is: asked for from outside, and by the service itself."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from bot.feeds.journal_reader import JournalReader
from bot.health import PATIENCE
from bot.telegram.unshown import Unshown, read_unshown
from config.clock import Now
from config.database import Connection, Database, DatabaseUnusable
from config.durations import span
from config.waiting import wait_for_event
from purchasing.events import unstamp
from purchasing.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

#: An outlet that is further behind is not well.
ALLOWED = timedelta(seconds=30)
#: The service looks by itself after so many cycles, however fast they are no more often than this.
CYCLES = 3
LEAST = timedelta(seconds=1)
#: A nudge may be lost.
ROUND = timedelta(seconds=20)

#: What is told by each reader of the journal, where people call it something else.
_CALLED = {"news": "alerts", "boards": "board"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletPlace:
    """How far an outlet has told the journal, and how long ago that was left behind."""

    name: str
    seq: int
    lag: timedelta
    is_well: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    seq: int
    outlets: tuple[OutletPlace, ...]

    @property
    def is_well(self) -> bool:
        return all(outlet.is_well for outlet in self.outlets)

    def encode(self) -> bytes:
        """As JSON."""
        outlets = [
            {"name": one.name, "seq": one.seq, "lag_s": _seconds(one.lag), "ok": one.is_well} for one in self.outlets
        ]
        return msgspec.json.encode({"ok": self.is_well, "seq": self.seq, "outlets": outlets})


class SyncCheck:
    def __init__(
        self,
        *,
        database: Database,
        readers: Callable[[], Sequence[JournalReader]],
        now: Now,
    ) -> None:
        """`readers` are those of the journal that there are now."""
        self._database = database
        self._readers = readers
        self._now = now
        self._nudged = asyncio.Event()
        #: The cycle after which it was looked last; None before the first.
        self.looked_at: int | None = None
        #: Boards that are to be edited: what was shown of each, and since when that is known.
        self._boards: dict[int, tuple[int, datetime]] = {}
        #: What the service itself saw, the last time that it looked.
        self.problems: tuple[str, ...] = ()

    def nudge(self) -> None:
        self._nudged.set()

    async def run(self) -> None:
        """Look after every third cycle, until cancelled."""
        while True:
            try:
                await self.look()
            except (DatabaseUnusable, TimeoutError) as error:
                log.warning("sync.not_checked", extra={"why": str(error) or "the database does not answer"})
            await asyncio.sleep(LEAST.total_seconds())
            await wait_for_event(self._nudged, longest=ROUND)
            self._nudged.clear()

    async def look(self) -> None:
        """Look, if it is time. The first cycle that is seen is none of the three: who begins has yet to catch up.

        Raises:
            TimeoutError, DatabaseUnusable: the journal can't be read.
        """
        cycle_id = await self._cycle_id()
        if self.looked_at is None or cycle_id >= self.looked_at + CYCLES:
            is_first, self.looked_at = self.looked_at is None, cycle_id
            if not is_first:
                self._note(await self.check())

    async def check(self) -> SyncReport:
        """Compare each outlet's place with the journal, in one transaction.

        Raises:
            TimeoutError, DatabaseUnusable: the journal can't be read.
        """
        at, readers = self._now(), self._readers()

        def work(connection: Connection) -> _Places:
            unit = UnitOfWork(connection)
            return _Places(
                seq=unit.journal.last_seq(),
                places=tuple(_places_of(readers, unit)),
                unshown=tuple(read_unshown(connection)),
            )

        read = await self._database.read_within(PATIENCE, work)
        unshown = {"alerts": _alerts_since(read.unshown), "board": self._boards_since(read.unshown, at)}
        outlets = tuple(_judge(place, since=unshown.get(place.name), seq=read.seq, at=at) for place in read.places)
        return SyncReport(seq=read.seq, outlets=outlets)

    def _boards_since(self, unshown: Iterable[Unshown], at: datetime) -> datetime | None:
        """Since when a board reads the same though it is to be edited; None where each moved on, or is as it is to be.

        Between two looks it may have been edited often: what is shown of it tells.
        """
        before = self._boards
        self._boards = {
            one.id: before[one.id]
            if before.get(one.id, (0, at))[0] == one.shown and one.id in before
            else (one.shown, at)
            for one in unshown
            if one.is_board
        }
        return min((since for _, since in self._boards.values()), default=None)

    async def _cycle_id(self) -> int:
        return await self._database.transact(lambda connection: UnitOfWork(connection).marks.read().cycle_id)

    def _note(self, report: SyncReport) -> None:
        behind = tuple(outlet for outlet in report.outlets if not outlet.is_well)
        self.problems = tuple(_problem(outlet) for outlet in behind)
        for outlet in behind:
            more = {"outlet": outlet.name, "place": outlet.seq, "journal": report.seq, "lag_s": _seconds(outlet.lag)}
            log.warning("sync.disagrees", extra=more)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    name: str
    seq: int
    #: When the next event happened, which it has not told; None where it has told all.
    left_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """What one transaction read."""

    seq: int
    places: tuple[_Place, ...]
    unshown: tuple[Unshown, ...]


def _places_of(readers: Iterable[JournalReader], unit: UnitOfWork) -> Iterator[_Place]:
    """Of those that have begun."""
    for reader in readers:
        place = reader.reached(unit)
        if place is not None:
            left = unit.journal.stored_after(place, limit=1)
            name = _CALLED.get(reader.name, reader.name)
            yield _Place(name=name, seq=place, left_at=unstamp(left[0].at) if left else None)


def _alerts_since(unshown: Iterable[Unshown]) -> datetime | None:
    """Since when an alert waits that nobody has seen; what it is edited to later waits for its turn."""
    unseen = [one.planned_at for one in unshown if one.is_alert and not one.shown]
    return min(unseen, default=None)


def _judge(place: _Place, *, since: datetime | None, seq: int, at: datetime) -> OutletPlace:
    behind = [one for one in (place.left_at, since) if one is not None]
    lag = max(at - min(behind), timedelta()) if behind else timedelta()
    # One that is ahead has told what is not in this journal, as after an older backup.
    return OutletPlace(name=place.name, seq=place.seq, lag=lag, is_well=place.seq <= seq and lag < ALLOWED)


def _problem(outlet: OutletPlace) -> str:
    if outlet.lag < ALLOWED:
        return f"{_whose(outlet.name)} ahead of the journal"
    return f"{_whose(outlet.name)} {span(outlet.lag)} behind the journal"


def _whose(name: str) -> str:
    return f"the {name} are" if name.endswith("s") else f"the {name} is"


def _seconds(lag: timedelta) -> float:
    return round(lag.total_seconds(), 1)
