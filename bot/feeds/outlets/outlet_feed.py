"""One outlet: told in order, at least once, and marked where it isn't known whether the first message arrived."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Protocol

from bot.feeds.outlets.apprise_service import DeliveryUnknown, OutletTrouble
from bot.feeds.outlets.outlet_news import LateNews, OutletMessage, OutletReader, as_message
from bot.feeds.outlets.outlet_table import OutletRecord, OutletTable
from bot.text.chat.outlets import render_refused
from bot.text.draft import REPEATED
from bot.text.markup import cut, day_time, plain
from config.clock import Now
from config.outlets import OutletAddress
from purchasing.events import Fact, OutletBack, OutletFailed
from purchasing.storage.unit_of_work import Storage, UnitOfWork

log = logging.getLogger(__name__)

#: News that are older are summed up in one message.
OLD = timedelta(hours=1)
#: The wait after the first failure, which doubles up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=15)
#: A first failure may be chance; so many in a row are told.
TOLD_AFTER = 2
#: A message that is refused so often is left out in every second try, and said to be.
LEFT_OUT_AFTER = 3
#: Where nothing is told of so many events, the place is moved all the same.
FAR = 2000
MOST_DOUBLINGS = 10
#: What could not be noted is tried again after this: the message would be sent twice.
AGAIN = timedelta(seconds=1)
#: A subject is cut here.
TITLE = 150


class OutletTransport(Protocol):
    """Hands plain text over to somebody outside."""

    async def send(self, *, title: str, body: str) -> None:
        """Returns once it was taken.

        Raises:
            OutletTrouble: it was not.
            DeliveryUnknown: it may have been.
        """


class OutletFeed:
    """Its place stands in the database, and so does the intent before a message is handed over."""

    def __init__(
        self,
        address: OutletAddress,
        *,
        transport: OutletTransport,
        reader: OutletReader,
        storage: Storage,
        zone: tzinfo,
        now: Now,
        monotonic: Callable[[], float],
    ) -> None:
        self.name = address.name
        self._key = address.key
        self._transport = transport
        self._reader = reader
        self._storage = storage
        self._zone = zone
        self._now = now
        self._monotonic = monotonic
        #: As it stands on disk; None while nobody looked.
        self._record: OutletRecord | None = None
        #: Up to here there is nothing more to tell; on disk only with the next message, as most cycles tell nothing.
        self._seen = 0
        self._failures = 0
        #: The first event of the message that was refused last, and how often it was.
        self._refused: tuple[int, int] = (0, 0)
        self._failing_since: datetime | None = None
        self._not_before = 0.0

    @property
    def problem(self) -> str | None:
        """Since when and why it takes no messages, once that was told."""
        record = self._record
        if record is None or record.failing_since is None:
            return None
        since = day_time(record.failing_since, self._zone)
        return f"{self.name} has not taken my messages since {since}: {record.why}"

    async def tell_next(self) -> bool:
        """Tell the next message, unless it is too early to try again; whether there may be more."""
        if self._monotonic() < self._not_before:
            return False
        record = self._record or await self._begin()
        message = await self._next_message()
        if message is None:
            if self._seen - record.place >= FAR:
                await self._note(replace(record, place=self._seen))
            return False
        in_doubt = record.sending is not None and message.first <= record.sending
        intended = replace(record, sending=max(message.until, record.sending or 0))
        await self._note(intended)
        text = self._text_of(message)
        try:
            await self._transport.send(title=title_of(text), body=body_of(text, repeated=in_doubt))
        except OutletTrouble as trouble:
            self._count_refusal(message, trouble)
            await self._note_trouble(trouble, record=intended if isinstance(trouble, DeliveryUnknown) else record)
            return False
        await self._note_told(message, before=record)
        return True

    def place(self, _unit: UnitOfWork) -> int:
        return 0 if self._record is None else self._seen

    def _text_of(self, message: OutletMessage) -> str:
        """Where it is refused again and again, in turns with words that nobody refuses: what follows must go on."""
        first, refusals = self._refused
        is_left_out = first == message.first and refusals >= LEFT_OUT_AFTER and refusals % 2 == LEFT_OUT_AFTER % 2
        return render_refused(message.at, mode=message.mode, zone=self._zone) if is_left_out else message.text

    def _count_refusal(self, message: OutletMessage, trouble: OutletTrouble) -> None:
        first, refusals = self._refused
        if trouble.may_be_the_text:
            self._refused = (message.first, refusals + 1 if first == message.first else 1)

    def reached(self, _unit: UnitOfWork) -> int | None:
        return None if self._record is None else max(self._seen, self._record.place)

    async def _begin(self) -> OutletRecord:
        """From where it had come; a new one begins now."""

        def work(unit: UnitOfWork) -> OutletRecord:
            table = OutletTable(unit.connection)
            record = table.read(self._key)
            if record is None:
                record = OutletRecord(place=unit.journal.last_seq())
                table.write(self._key, record)
            return record

        self._record = record = await self._storage.read(work)
        self._seen = record.place
        return record

    async def _next_message(self) -> OutletMessage | None:
        """What comes next; all that is old by now together."""
        late, old = LateNews(zone=self._zone), self._now() - OLD
        place = self._seen
        while True:
            ahead = await self._storage.read(partial(self._reader.look, after=place))
            if ahead.last is None:
                return late.message()
            for one in ahead.news:
                if one.at >= old:
                    return late.message() or as_message(one, mode=ahead.mode)
                late.add(one, mode=ahead.mode)
            place = ahead.last
            if not late.count:
                self._seen = place

    # ---- what became of it

    async def _note_told(self, message: OutletMessage, *, before: OutletRecord) -> None:
        """`before` is how it stood when the message was handed over."""
        at, since = self._now(), before.failing_since
        self._failures, self._failing_since, self._seen = 0, None, message.until
        back = None if since is None else OutletBack(outlet=self.name, lasted_s=round((at - since).total_seconds()))
        # Of what lies behind this message it may have been told in one with others.
        sending = before.sending if before.sending is not None and before.sending > message.until else None
        await self._note_surely(OutletRecord(place=message.until, sending=sending, told_at=at), back)

    async def _note_trouble(self, trouble: OutletTrouble, *, record: OutletRecord) -> None:
        """It is told once, and the next try waits."""
        self._failures += 1
        pause = min(FIRST_PAUSE * 2 ** min(self._failures - 1, MOST_DOUBLINGS), LONGEST_PAUSE)
        self._not_before = self._monotonic() + pause.total_seconds()
        since = self._failing_since = self._failing_since or self._now()
        why = str(trouble)
        log.warning("outlet.trouble", extra={"outlet": self.name, "why": why, "again_s": pause.total_seconds()})
        failed = None
        if record.failing_since is not None:
            record = replace(record, why=why)
        elif self._failures >= TOLD_AFTER:
            record = replace(record, failing_since=since, why=why)
            failed = OutletFailed(outlet=self.name, since=since, why=why)
        await self._note_surely(record, failed)

    async def _note_surely(self, record: OutletRecord, fact: Fact | None) -> None:
        """While it can't be written nothing else is told: the message would be sent again and again."""
        while True:
            try:
                return await self._note(record, fact)
            except Exception:
                log.exception("outlet.not_noted", extra={"outlet": self.name})
                await asyncio.sleep(AGAIN.total_seconds())

    async def _note(self, record: OutletRecord, fact: Fact | None = None) -> None:
        def work(unit: UnitOfWork) -> None:
            OutletTable(unit.connection).write(self._key, record)
            if fact is not None:
                unit.journal.append(fact, at=self._now())

        # Nobody is waked for what is no news.
        await (self._storage.read(work) if fact is None else self._storage.write(work))
        self._record = record


def title_of(text: str) -> str:
    """Its first line, as a subject."""
    return cut(plain(text.partition("\n")[0]), TITLE)


def body_of(text: str, *, repeated: bool) -> str:
    """All but the first line, where there is more, and whether it is sent again."""
    rest = text.partition("\n")[2] or text
    return plain(rest + REPEATED if repeated else rest)
