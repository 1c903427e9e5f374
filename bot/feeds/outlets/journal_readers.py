"""Whoever reads the journal behind the chat, wired together: the audit log, and the outlets."""

from collections.abc import Awaitable, Callable, Sequence

from bot.feeds.audit_file import AuditLog
from bot.feeds.journal_reader import JournalReader
from bot.feeds.outlets.apprise_service import AppriseService
from bot.feeds.outlets.outlet_feed import OutletFeed
from bot.feeds.outlets.outlet_news import OutletReader
from bot.feeds.outlets.outlet_table import OutletTable
from config.clock import Now, monotonic
from config.database import Database
from config.settings import Settings
from purchasing.storage.unit_of_work import Storage


class JournalReaders:
    """Each has a task of its own, so that none waits for another."""

    def __init__(
        self, settings: Settings, *, audit_log: AuditLog, feeds: Sequence[OutletFeed], storage: Storage
    ) -> None:
        self._keys = frozenset(one.key for one in settings.outlets)
        self._storage = storage
        self._feeds = feeds
        self._audit_log = JournalReader(audit_log)
        self._readers = {feed.name: JournalReader(feed) for feed in feeds}

    @property
    def readers(self) -> tuple[JournalReader, ...]:
        return (self._audit_log, *self._readers.values())

    def problems(self) -> list[str]:
        """Of the outlets that take no messages."""
        return [problem for feed in self._feeds if (problem := feed.problem) is not None]

    def tasks(self) -> dict[str, Callable[[], Awaitable[None]]]:
        outlets = {name: reader.run for name, reader in self._readers.items()}
        return {"audit log": self._audit_log.run, "former outlets": self._forget, **outlets}

    def nudge(self) -> None:
        for reader in self.readers:
            reader.nudge()

    async def catch_up(self) -> None:
        """The last lines of the audit log. Outlets are told after the next start: an end waits for none of them."""
        await self._audit_log.catch_up()

    async def _forget(self) -> None:
        await self._storage.read(lambda unit: OutletTable(unit.connection).forget_others(self._keys))


def build_journal_readers(settings: Settings, *, database: Database, storage: Storage, now: Now) -> JournalReaders:
    site = settings.target.site_url.rstrip("/")
    feeds = [
        OutletFeed(
            one,
            transport=AppriseService(one),
            reader=OutletReader(one.takes, zone=settings.timezone, product_link=lambda tcin: f"{site}/p/-/A-{tcin}"),
            storage=storage,
            zone=settings.timezone,
            now=now,
            monotonic=monotonic,
        )
        for one in settings.outlets
    ]
    audit_log = AuditLog(settings.data_dir / "audit.jsonl", database=database, now=now)
    return JournalReaders(settings, audit_log=audit_log, feeds=feeds, storage=storage)
