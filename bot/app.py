"""The composition root: wires the rooms together, and starts and stops them in the order written here."""

import asyncio
import contextlib
import gc
import logging
import os
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from random import Random

from bot.access.browsers import Browsers
from bot.background import keep_running
from bot.chat import Chat, ChatTies, ServiceParts
from bot.commands.checks import LEAST_REFRESH
from bot.commands.questions import ONLY_ASKED
from bot.commands.watchlist_sync import WatchlistSync
from bot.feeds.audit_file import AUDIT_FILES
from bot.feeds.outlets.journal_readers import JournalReaders, build_journal_readers
from bot.health import HealthMonitor
from bot.process_signals import Meaning, ProcessSignals
from bot.schema import MIGRATIONS, TABLES
from bot.service_manager import ServiceManager
from bot.web.metrics.meter import Meter, Sources
from bot.web.metrics.route import metrics_router
from bot.web.page.states import PageTies
from bot.web.parts import WebSide
from config.chance import system_chance
from config.clock import monotonic, utc_now
from config.database import Database, DataDir
from config.products import Mode
from config.settings import Settings
from config.watchlist import WatchlistFile
from monitor.parts import Watching
from monitor.request_budget import RequestBudget
from monitor.scheduler import Scheduler
from monitor.target.client import RedskyShop
from purchasing.checkout.parts import Checkout, build_checkout
from purchasing.control.steering import Steering
from purchasing.coordinator import Coordinator
from purchasing.model import Limits
from purchasing.periodic.parts import build_periodic
from purchasing.ports import Shopper
from purchasing.recovery import NO_BUYER
from purchasing.restored import RESTORED_FILE, RestoreNote
from purchasing.slot.emergency_stop import STOP_FILE, Gate, stopped_by
from purchasing.slot.router import BuyerRouter
from purchasing.slot.settle import LISTED_WITHIN
from purchasing.slot.simulated import SimulatedBuyer
from purchasing.storage.lines import watch_writes
from purchasing.storage.unit_of_work import Storage

log = logging.getLogger(__name__)

#: What an end in the middle of the start waits for the rest of the start.
BEGINNING = timedelta(seconds=5)
#: What a stop waits for an attempt past its button; the whole end takes no longer than 30 s.
FINISHING = timedelta(seconds=20)
#: What a stop waits for a disk.
NOTING = timedelta(seconds=2)
#: What a stop waits for the browser.
BROWSER = timedelta(seconds=5)
#: What a stop waits for messages that are yet to leave.
DRAINING = timedelta(seconds=5)

_ONLY_BY_COMMAND = "practises: live takes effect by /mode live alone"


class App:
    """The whole service over one data directory."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        shoppers: Mapping[Mode, Shopper],
        checkout: Callable[[Storage, Callable[[], bool]], Checkout] | None,
        limits: Limits,
        rng: Random,
    ) -> None:
        self._settings = settings
        self._rng = rng
        self._database = database
        self._ending, self._begun = asyncio.Event(), asyncio.Event()
        self._ties = ChatTies()
        self._stops: set[asyncio.Task[None]] = set()
        self._storage = Storage(database, on_journal=self._nudge, now=utc_now)
        file = settings.data_dir / STOP_FILE
        self._gate = Gate(file, last_seq=lambda: self._storage.last_seq, hindrance=lambda: database.displaced)
        self._budget = RequestBudget(settings.monitor.budget_per_minute, monotonic=monotonic)
        self._checkout = None if checkout is None else checkout(self._storage, self._budget.take)
        if self._checkout is not None:
            shoppers = {Mode.REHEARSE: self._checkout.shopper, Mode.LIVE: self._checkout.shopper, **shoppers}
        self._modes = frozenset(shoppers)
        self._shop = RedskyShop(settings.target, now=utc_now, rng=rng, budget=self._budget)
        self._coordinator = Coordinator(
            storage=self._storage,
            shopper=BuyerRouter(shoppers, on_asked=self._budget.note),
            look=self._shop.look,
            gate=self._gate,
            limits=limits,
            timezone=settings.timezone,
            now=utc_now,
        )
        self._steering = Steering(
            storage=self._storage,
            gate=self._gate,
            modes=self._modes,
            slot=self._coordinator.slot,
            now=utc_now,
            rng=rng,
            why_not_live=_nothing if self._checkout is None else self._checkout.why_not_live,
        )
        self._watchlist_sync = WatchlistSync(
            file=WatchlistFile(settings.data_dir / "watchlist.toml"),
            coordinator=self._coordinator,
            steering=self._steering,
        )
        self._watching = Watching(
            settings,
            shop=self._shop,
            budget=self._budget,
            source=self._coordinator.watchlist,
            on_snapshot=self._coordinator.cycles.take,
            least_asked=LEAST_REFRESH if settings.target.is_real else timedelta(0),
            now=utc_now,
            monotonic=monotonic,
            rng=rng,
        )
        self._journal_readers = build_journal_readers(settings, database=database, storage=self._storage, now=utc_now)
        self._health = HealthMonitor(
            database=database,
            schedule=self._watching.schedule,
            gate=self._gate,
            chat_trouble=lambda: self._ties.trouble,
            file_problems=lambda: self._watchlist_sync.problems,
            outlet_problems=self._journal_readers.problems,
            sync_problems=lambda: self._web.problems,
            paces=lambda: self._watching.poller.paces,
            now=utc_now,
        )
        self._browsers = Browsers(storage=self._storage, now=utc_now, rng=rng, may_read=self._ties.may_read)
        sources = Sources(
            database=database,
            schedule=self._watching.schedule,
            gate=self._gate,
            shop_calls=self._shop.calls,
            chat=lambda: self._chat,
            browser=None if self._checkout is None else self._checkout.browser,
            streams=lambda: self._web.streams.count,
        )
        self._web = WebSide(
            settings.http,
            database=database,
            health=self._health,
            browsers=self._browsers,
            readers=lambda: (*self._journal_readers.readers, *self._ties.readers),
            page=PageTies(standing=self._coordinator.standing, link_of=self._ties.link_of, calls=self._shop.calls),
            routers=[metrics_router(Meter(sources, now=utc_now))],
            now=utc_now,
        )
        self._chat = self._ties.chat = self._wire_chat()

    def _wire_chat(self) -> Chat | None:
        """Without a token there is no chat, and everything else goes on."""
        token = self._settings.telegram.token
        if token is None:
            return None
        parts = ServiceParts(
            database=self._database,
            storage=self._storage,
            coordinator=self._coordinator,
            steering=self._steering,
            watchlist_sync=self._watchlist_sync,
            gate=self._gate,
            schedule=self._watching.schedule,
            health=self._health,
            budget=self._budget,
            browsers=self._browsers,
            rng=self._rng,
        )
        return Chat(self._settings, parts, token=token.get_secret_value(), on_news_told=self._nudge_those_behind)

    def end(self) -> None:
        """Ask the service to stop; `run` returns when it has."""
        self._ending.set()

    def stop_buying(self) -> None:
        """The emergency stop by signal: the gate now, the file and the row as soon as may be."""
        self._gate.close(stopped_by("a signal"))
        stop = asyncio.create_task(self._store_stop(), name="stop by signal")
        self._stops.add(stop)
        stop.add_done_callback(self._stops.discard)

    async def _store_stop(self) -> None:
        try:
            if not self._begun.is_set():  # the file needs no database
                await asyncio.to_thread(self._gate.leave_file)
                await self._begun.wait()
            await self._steering.emergency_stop.stop(by="a signal")
        except Exception:  # the gate is shut all the same, and who watches it stores the stop later
            log.exception("stop.not_stored")

    async def run(self, signals: ProcessSignals | None = None) -> None:
        """Serve until `end` or a signal asks to stop. Signals are heard from here on, if they were not before."""
        with _obeying(signals or _hear_signals(), {Meaning.STOP: self.stop_buying, Meaning.END: self.end}):
            if await self._has_begun():
                # What is there by now stays. Going through it for garbage would halt all, a stop too, for a third of a
                # second.
                gc.collect()
                gc.freeze()
                async with asyncio.TaskGroup() as tasks:
                    running = [
                        tasks.create_task(keep_running(name, task, until=self._ending), name=name)
                        for name, task in self._tasks().items()
                    ]
                    await self._ending.wait()
                    await self._finish(running)
            await self._close()

    # ---- start

    async def _has_begun(self) -> bool:
        """Begin; False where it was to end meanwhile, and the start took too long after that."""
        beginning = asyncio.create_task(self._begin(), name="begin")
        cutting = asyncio.create_task(self._cut_start_short(beginning), name="cut the start short")
        try:
            await beginning
        except asyncio.CancelledError:
            if not self._ending.is_set():
                raise
            return False
        finally:
            cutting.cancel()
        self._begun.set()
        return True

    async def _cut_start_short(self, beginning: asyncio.Task[None]) -> None:
        await self._ending.wait()
        await asyncio.sleep(BEGINNING.total_seconds())
        beginning.cancel()

    async def _begin(self) -> None:
        """Open the database and heal it, then apply what was asked for, then take the watch list's file up."""
        await self._database.open()
        mode, note = _choose_mode(self._settings.purchasing.mode, self._modes)
        restore = RestoreNote(self._settings.data_dir)
        downtime = await self._coordinator.recovery.recover(
            mode=mode, modes=self._modes, version=version("stockbell"), note=note, restore=restore
        )
        self._budget.assume_used(since=downtime.asked_ago)
        if self._chat is not None:
            await self._chat.begin(downtime)
        await self._watchlist_sync.begin()

    def _tasks(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Every task by name, in the order of the start."""
        chat = self._chat.tasks() if self._chat is not None else {}
        return {
            "slot": self._coordinator.slot.run,
            "gate": self._steering.emergency_stop.watch_gate,
            "storage": self._storage.watch_storage,
            "files": self._storage.watch_files,
            "schedule": self._watching.run_schedule,
            **_periodic(self._settings, self._storage, self._journal_readers, self._chat),
            "audits": self._steering.audits.run,
            "details": self._watching.details.run,
            "watchlist": self._watchlist_sync.follow,
            **chat,
            **(self._checkout.tasks() if self._checkout is not None else {}),
            **self._journal_readers.tasks(),
            "service manager": partial(_tell_service_manager, self._watching.schedule, self._ending),
            **self._web.tasks(),
        }

    # ---- end

    async def _finish(self, running: list[asyncio.Task[None]]) -> None:
        """Stop asking, let what is past its button finish, tell what is left to tell, then end every task."""
        log.info("service.stopping")
        self._web.close_streams()  # first of all: an end would wait for who reads
        _cancel(running, {"schedule", "details", "watchlist", "inbox fetch", "inbox apply"})
        await _within(FINISHING, self._coordinator.slot.finish())
        await _within(NOTING, self._coordinator.recovery.note_end())
        if self._chat is not None:
            await _within(DRAINING, self._chat.drain())
        _cancel(running, {task.get_name() for task in running})

    async def _close(self) -> None:
        if self._stops:
            await asyncio.wait(self._stops, timeout=NOTING.total_seconds())
        # Its task has ended, so that nobody writes a line twice.
        await _within(NOTING, self._journal_readers.catch_up())
        await self._shop.aclose()
        if self._checkout is not None:
            await _within(BROWSER, self._checkout.close())
        if self._chat is not None:
            await self._chat.close()
        await self._database.close()

    # ---- ties

    def _nudge(self) -> None:
        """An alert is waited for: whoever else reads comes when the news were told."""
        if self._chat is not None:
            self._chat.nudge()
        else:
            self._nudge_those_behind()

    def _nudge_those_behind(self) -> None:
        self._journal_readers.nudge()
        self._watching.details.wake()
        self._web.nudge()


def build(
    settings: Settings,
    *,
    buyer: Shopper | None = None,
    database: Database | None = None,
    rng: Random | None = None,
    luck: Random | None = None,
    listed_within: timedelta = LISTED_WITHIN,
) -> App:
    """The service as these settings want it. `luck` decides how practice purchases end.

    `buyer` buys in `live` in place of the browser, which is not part of the service then. `listed_within` is how long
    after the press the shop may take to list an order: its no counts only then.
    """
    DataDir(settings.data_dir).create()
    chance = rng or system_chance()
    purchasing = settings.purchasing
    simulated = SimulatedBuyer(takes=purchasing.simulated, success=purchasing.simulated_success, rng=luck or chance)
    shoppers: dict[Mode, Shopper] = {Mode.SIMULATE: simulated}
    if buyer is not None:
        shoppers[Mode.LIVE] = buyer
    limits = replace(_limits(settings), listed_within=listed_within)
    return App(
        settings,
        database=database or open_database(settings),
        shoppers=shoppers,
        checkout=None if buyer is not None else partial(build_checkout, settings, now=utc_now),
        limits=limits,
        rng=chance,
    )


def open_database(settings: Settings, kind: type[Database] = Database) -> Database:
    return kind(
        settings.data_dir / "stockbell.db",
        tables=TABLES,
        migrations=MIGRATIONS,
        on_open=watch_writes,
        traces=(AUDIT_FILES, RESTORED_FILE),
    )


def _choose_mode(asked: Mode, modes: Collection[Mode]) -> tuple[Mode, str | None]:
    """The mode of a first start, and what is to be said of it: live is taken from its owner's word alone."""
    only = _ONLY_BY_COMMAND if asked is Mode.LIVE else None
    note = only if asked in modes else NO_BUYER.format(mode=asked)
    if note is not None:
        log.warning("mode.practises", extra={"asked_for": asked.value})
    return Mode.SIMULATE if asked is Mode.LIVE else asked, note


async def _tell_service_manager(schedule: Scheduler, ending: asyncio.Event) -> None:
    """It has begun, and lives as long as its cycles come when they should."""
    await ServiceManager(os.environ).run(lives=lambda: schedule.healthy, ending=ending)


def _periodic(
    settings: Settings, storage: Storage, journal_readers: JournalReaders, chat: Chat | None
) -> Mapping[str, Callable[[], Awaitable[None]]]:
    readers = (*journal_readers.readers, *(() if chat is None else chat.readers))
    return build_periodic(
        settings, storage=storage, readers=readers, questions=ONLY_ASKED, now=utc_now, monotonic=monotonic
    )


@contextlib.contextmanager
def _obeying(signals: ProcessSignals, obey: Mapping[Meaning, Callable[[], None]]) -> Iterator[None]:
    """Meanwhile what a signal asks for is done on the loop."""
    loop = asyncio.get_running_loop()
    signals.hand_over(lambda meaning: loop.call_soon_threadsafe(obey[meaning]))
    try:
        yield
    finally:
        signals.take_back()


def _nothing() -> str | None:
    """What is missing for `live` where another buyer was handed in."""
    return None


def _limits(settings: Settings) -> Limits:
    purchasing = settings.purchasing
    return Limits(
        deadline=purchasing.deadline,
        cooldown=purchasing.cooldown,
        max_per_window=purchasing.max_per_window,
        max_per_day=purchasing.max_per_day,
        max_spend_per_day=purchasing.max_spend_per_day,
        allowance=purchasing.allowance,
        ask_expires=purchasing.ask_expires,
    )


def _cancel(running: list[asyncio.Task[None]], names: set[str]) -> None:
    for task in running:
        if task.get_name() in names:
            task.cancel()


async def _within(allowed: timedelta, part: Coroutine[None, None, None]) -> None:
    """Wait for a part of the end for no longer than this; whatever becomes of it, the others follow."""
    try:
        async with asyncio.timeout(allowed.total_seconds()):
            await part
    except TimeoutError:
        log.warning("service.end_cut_short", extra={"after_s": allowed.total_seconds()})
    except Exception:
        log.exception("service.end_failed")


def _hear_signals() -> ProcessSignals:
    signals = ProcessSignals()
    signals.hear()
    return signals
