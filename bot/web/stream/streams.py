"""The journal's events to all who read them over the stream.

No reader has a queue: each has its place, and is given what follows it as fast as it reads. The last events are held
encoded for all of them; who is further behind is served from the database, one piece at a time over all readers, so
that they never keep it from its work.
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count

import msgspec
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from starlette.types import Receive, Scope, Send

from bot.web.stream.backlog import MOST_EVENTS, Frame, HeldEvents, Piece, first_piece
from config.clock import Now
from config.database import Connection, Database, DatabaseUnusable
from config.waiting import wait_for_event
from purchasing.events import StoredEvent, stamp
from purchasing.storage.compaction.counts import CountTable
from purchasing.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

#: A sign of life comes so often where nothing else does.
BEAT = timedelta(seconds=10)
#: So many instants there are for the signs of life of those who wait for the same event.
SPREAD = 32
#: So many read at the same time, which leaves connections for everybody else; others are to ask again after a while.
MOST_READERS = 96
AGAIN_S = 10
#: So many events are read from the database at once.
AT_ONCE = 50
#: So many readers are woken at once, so that whatever else is to be done comes in between.
SLICE = 4

_NUMBER = re.compile(r"[0-9]{1,18}")


class TooManyReaders(Exception):
    """There are as many as there may be."""


class ServiceEnding(Exception):
    """The service ends, and no stream is opened any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """From where somebody wants to read on, and how signs of life are to look."""

    #: The last event that it has, 0 for none; None is from now on.
    place: int | None = None
    #: It named something that is no place.
    is_wrong: bool = False
    #: Signs of life as events, which scripts in a page can see.
    beats: bool = False


def parse_asked(last_event_id: str | None, after: str | None, *, beats: bool = False) -> Asked:
    """The header counts before the address, as a browser sends it when it comes back to the same address."""
    words = last_event_id or after
    if words is None:
        return Asked(beats=beats)
    if _NUMBER.fullmatch(words):
        return Asked(place=int(words), beats=beats)
    return Asked(is_wrong=True, beats=beats)


@dataclass(slots=True, eq=False, kw_only=True)
class StreamReader:
    """One who reads."""

    asked: Asked
    #: Whether it may still read.
    is_welcome: Callable[[], bool]
    #: The last event that was handed to its connection.
    place: int
    #: After so long without an event it is sent a sign of life.
    beat: timedelta
    #: Whether it is to be told that nobody can go on from where it was.
    is_reset: bool
    #: Whether it was at the end of the journal once; before that it is behind for no fault of ours.
    is_live: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Stream(EventSourceResponse):
    """What is answered to a reader; it reads for as long as this is sent."""

    def __init__(self, reader: StreamReader, reading: "Reading", follow: AsyncIterator[bytes]) -> None:
        # A proxy may keep nothing back.
        super().__init__(follow, headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        self._reader = reader
        self._reading = reading

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._reading(self._reader):
            await super().__call__(scope, receive, send)


Reading = Callable[[StreamReader], contextlib.AbstractContextManager[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """Where the journal ends, and before which place nobody can go on without a gap."""

    last: int
    whole_from: int


class Streams:
    """An outlet whose places are its readers': it follows the journal while anybody reads."""

    name = "streams"

    def __init__(
        self,
        *,
        database: Database,
        now: Now,
        on_reader: Callable[[], None],
        beat: timedelta = BEAT,
        most: int = MOST_READERS,
    ) -> None:
        """`on_reader` is called when somebody begins to read."""
        self._database = database
        self._on_reader = on_reader
        self._now = now
        self._beat = beat
        self._most = most
        self._readers: set[StreamReader] = set()
        self._backlog = HeldEvents()
        #: Nobody has read for a while, so that the backlog may be far behind.
        self._has_slept = True
        self._is_closed = False
        self._numbers = count()
        self._older = asyncio.Semaphore(1)

    @property
    def count(self) -> int:
        """How many read."""
        return len(self._readers)

    # ---- the journal

    async def tell_next(self) -> bool:
        if not self._readers or self._is_closed:
            return False
        place = await self._database.transact(self._find_begin) if self._has_slept else self._backlog.end
        if self._has_slept:
            self._has_slept = False
            if place > self._backlog.end:
                self._backlog.restart(place)
        frames = await self._database.transact(partial(_read, place=self._backlog.end))
        self._backlog.take(frames)
        if frames:
            await wake_slowly([reader.woken for reader in self._readers if reader.place < self._backlog.end])
        return bool(frames)

    def place(self, unit: UnitOfWork) -> int:
        """That of the slowest of those that had once read all there was; the end of the journal where there is none.

        Called on the database's thread.
        """
        places = [reader.place for reader in tuple(self._readers) if reader.is_live]
        return min(places) if places else unit.journal.last_seq()

    def reached(self, unit: UnitOfWork) -> int:
        return self.place(unit)

    def _find_begin(self, connection: Connection) -> int:
        return UnitOfWork(connection).journal.place_before_last(MOST_EVENTS)

    def wake(self) -> None:
        """Have all look whether they may go on."""
        for reader in self._readers:
            reader.woken.set()

    def close(self) -> None:
        """End every stream, and open none any more."""
        self._is_closed = True
        self.wake()

    # ---- readers

    async def open(self, asked: Asked, *, is_welcome: Callable[[], bool]) -> Stream:
        """A stream from there on.

        Raises:
            TooManyReaders, ServiceEnding: not now.
        """
        if self._is_closed:
            raise ServiceEnding
        if len(self._readers) >= self._most:
            raise TooManyReaders
        ends = await self._database.transact(_read_ends)
        place = ends.last if asked.place is None else asked.place
        is_reset = asked.is_wrong or place > ends.last or 0 < place < ends.whole_from
        # Those who wait for the same event are not all sent their signs of life in the same instant.
        beat = self._beat * (1 - next(self._numbers) % SPREAD / SPREAD / 4)
        reader = StreamReader(
            asked=asked, is_welcome=is_welcome, place=ends.last if is_reset else place, beat=beat, is_reset=is_reset
        )
        return Stream(reader, self._reading, self._follow(reader))

    @contextlib.contextmanager
    def _reading(self, reader: StreamReader) -> Iterator[None]:
        if not self._readers:
            self._has_slept = True
        self._readers.add(reader)
        self._on_reader()
        try:
            yield
        finally:
            self._readers.discard(reader)

    async def _follow(self, reader: StreamReader) -> AsyncIterator[bytes]:
        place = reader.place
        yield _reset(place) if reader.is_reset else self._sign(reader)
        while not self._is_closed and reader.is_welcome():
            reader.woken.clear()
            try:
                piece = await self._next(reader, place)
            except DatabaseUnusable as error:
                # It comes back to where it was, as from every other break.
                log.warning("stream.broken_off", extra={"why": str(error)})
                return
            if piece is not None:
                yield piece.text
                reader.place = place = piece.place
                continue
            reader.is_live = True
            if not await wait_for_event(reader.woken, longest=reader.beat):
                yield self._sign(reader)

    async def _next(self, reader: StreamReader, place: int) -> Piece | None:
        if not self._has_slept and place >= self._backlog.begin:
            return self._backlog.after(place)
        async with self._older:
            frames, ends = await self._database.transact(partial(_read_older, place=place))
        if 0 < place < ends.whole_from and reader.asked.place != 0:
            return Piece(_reset(ends.last), ends.last)
        return first_piece(frames)

    def _sign(self, reader: StreamReader) -> bytes:
        if not reader.asked.beats:
            return KEEPALIVE_COMMENT
        beat = msgspec.json.encode({"server_time": stamp(self._now()), "seq": reader.place}).decode()
        return format_sse_event(event="beat", data_str=beat)


async def wake_slowly(sleepers: Sequence[asyncio.Event]) -> None:
    """A few at a time: what they do then takes a while, and an alert that comes meanwhile goes in between."""
    for number, woken in enumerate(sleepers, 1):
        woken.set()
        if number % SLICE == 0:
            await asyncio.sleep(0)


def _reset(place: int) -> bytes:
    """What is told who can't go on from where it was: to read everything anew; it goes on from here."""
    return format_sse_event(event="reset", data_str=f'{{"seq":{place}}}', id=str(place))


def _frame(event: StoredEvent) -> Frame:
    return Frame(event.seq, format_sse_event(event=event.kind, data_str=event.line(), id=str(event.seq)))


def _read(connection: Connection, *, place: int) -> list[Frame]:
    return [_frame(event) for event in UnitOfWork(connection).journal.stored_after(place, limit=AT_ONCE)]


def _read_ends(connection: Connection) -> _Ends:
    journal, mark = UnitOfWork(connection).journal, CountTable(connection).mark()
    # What was compacted has gaps where something was dropped, and nobody can tell which of it a reader has.
    whole_from = max(mark.seq if mark.dropped else 0, journal.first_seq() - 1)
    return _Ends(last=journal.last_seq(), whole_from=whole_from)


def _read_older(connection: Connection, *, place: int) -> tuple[list[Frame], _Ends]:
    return _read(connection, place=place), _read_ends(connection)
