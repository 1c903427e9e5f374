"""Everything that needs Telegram, wired together. It may be away, or never there, without stopping anything else."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import TypeVar
from urllib.parse import urlsplit

from bot.access.browsers import Browsers
from bot.access.first_code import FirstCode, show_code
from bot.access.invitations import Invitations
from bot.access.links import start_link
from bot.access.members import Members
from bot.access.page_address import find_page_address
from bot.access.roles import Access
from bot.background import BackgroundQueue
from bot.charts.folder import CHARTS_FOLDER
from bot.charts.history_answers import HistoryAnswers
from bot.commands.browsing.handlers import BrowsingHandlers
from bot.commands.checks import ManualChecks
from bot.commands.handlers import Handlers
from bot.commands.menus import Menus
from bot.commands.replies import Replies
from bot.commands.requests import Watched
from bot.commands.watchlist_sync import WatchlistSync
from bot.feeds.alert_drafts import AlertDrafts
from bot.feeds.boards import Boards
from bot.feeds.cards import Both, Cards
from bot.feeds.journal_reader import JournalReader
from bot.feeds.messages import Drafter, MessageOutlet
from bot.feeds.news import News
from bot.feeds.personal import PersonalDrafts
from bot.feeds.price_drafts import PriceDrafts
from bot.health import HealthMonitor
from bot.inbox.inbox import Inbox
from bot.telegram.api import TelegramApi
from bot.telegram.outbox import Outbox
from bot.telegram.pictures import Pictures
from bot.telegram.presses import PressAnswers
from config.clock import monotonic, utc_now
from config.database import Database
from config.products import Tcin
from config.settings import Settings, is_loopback
from monitor.poll_plan import PollInterval
from monitor.request_budget import RequestBudget
from monitor.scheduler import Scheduler
from purchasing.checkout.model import PICTURES_FOLDER
from purchasing.checkout.session import SESSION_FILE, SessionFile
from purchasing.control.steering import Steering
from purchasing.coordinator import Coordinator
from purchasing.recovery import Downtime
from purchasing.slot.emergency_stop import Gate
from purchasing.storage.unit_of_work import Storage

FactsT = TypeVar("FactsT")

log = logging.getLogger(__name__)

#: What is wrong with a chat that there is none of.
NO_TOKEN = "no Telegram token is set"  # noqa: S105  it says that there is none
#: An alert that was planned is sent within this, if nothing else takes the processor.
BEHIND_NEWS = timedelta(seconds=0.03)
#: So many presses are answered at once; it leaves connections for messages.
PRESSES_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceParts:
    """What the chat steers and tells of."""

    database: Database
    storage: Storage
    coordinator: Coordinator
    steering: Steering
    watchlist_sync: WatchlistSync
    gate: Gate
    schedule: Scheduler
    health: HealthMonitor
    budget: RequestBudget
    browsers: Browsers
    rng: Random


class Chat:
    def __init__(
        self, settings: Settings, parts: ServiceParts, *, token: str, on_news_told: Callable[[], None]
    ) -> None:
        """`on_news_told` is called when all news of the journal were told, as far as messages can leave at once."""
        self._on_news_told = on_news_told
        telegram = settings.telegram
        access = Access(
            owners=telegram.owners, operators=telegram.operators, viewers=telegram.viewers, groups=telegram.groups
        )
        self._api = TelegramApi(token=token, api_url=telegram.api_url)
        #: Nobody can follow a link into a practice chat.
        self._has_links = not is_loopback(urlsplit(telegram.api_url).hostname or "")
        self._browsers = parts.browsers
        invitations = Invitations(
            storage=parts.storage,
            now=utc_now,
            rng=parts.rng,
            link_of=self.link_of,
            on_revoked=self._browsers.forget,
        )
        self._members = Members(access, database=parts.database, invitations=invitations)
        pictures = Pictures(settings.data_dir / PICTURES_FOLDER, settings.data_dir / CHARTS_FOLDER)
        self._outbox = Outbox(api=self._api, database=parts.database, pictures=pictures, on_moved=self._members.reload)
        # One slow answer must not hold up the others, as each can be given for some seconds only.
        self._taps = BackgroundQueue("taps", at_once=PRESSES_AT_ONCE)
        self._menus, self._checks = BackgroundQueue("menus"), BackgroundQueue("checks")
        self._presses = PressAnswers(api=self._api, background=self._taps)
        menus = Menus(api=self._api, background=self._menus, access=lambda: self._members.access)
        self._history = HistoryAnswers(
            storage=parts.storage,
            queue=parts.steering.queue,
            presses=self._presses,
            data_dir=settings.data_dir,
            zone=settings.timezone,
            now=utc_now,
        )
        handlers = Handlers(
            storage=parts.storage,
            steering=parts.steering,
            watchlist_sync=parts.watchlist_sync,
            members=self._members,
            invitations=invitations,
            menus=menus,
            history=self._history,
            checks=ManualChecks(
                watched=Watched(storage=parts.storage, now=utc_now),
                check_now=lambda: self._checks.put(parts.schedule.check_now),
                is_real_shop=settings.target.is_real,
                budget=parts.budget,
                interval=PollInterval(least=settings.monitor.every_min, most=settings.monitor.every_max),
                now=utc_now,
                monotonic=monotonic,
            ),
            browsing=BrowsingHandlers(
                browsers=parts.browsers, address=find_page_address(settings.http), queue=parts.steering.queue
            ),
            now=utc_now,
        )
        self._inbox = Inbox(
            api=self._api,
            members=self._members,
            gate=parts.gate,
            queue=parts.steering.queue,
            handlers=handlers,
            presses=self._presses,
            menus=menus,
            now=utc_now,
        )
        session = SessionFile(settings.data_dir / SESSION_FILE, site_url=settings.target.site_url)
        link = _link_maker(settings.target.site_url)
        alerts = PersonalDrafts(lambda zone: AlertDrafts(zone=zone, product_link=link), zone=settings.timezone)
        prices = PriceDrafts(product_link=link, zone=settings.timezone)
        replies = Replies(
            zone=settings.timezone,
            access=lambda: self._members.access,
            health=parts.health,
            standing=parts.coordinator.standing,
            session_at=lambda: session.renewed_at,
        )
        boards = Boards(read_access=self._members.read, zone=settings.timezone)
        news = News(alerts=alerts, prices=prices, replies=replies, access=lambda: self._members.access)
        self._first_code = FirstCode(
            members=self._members,
            link_of=self.link_of,
            awaits_name=lambda: self._has_links and self._api.known is None,
            show=partial(show_code, terminal=sys.stderr),
        )
        cards = Cards(read_access=self._members.read)
        self._boards = JournalReader(self._outlet("boards", Both(boards, cards), parts.database))
        self._news = JournalReader(self._outlet("news", news, parts.database), then=self._nudge_those_behind)

    def link_of(self, word: str) -> str | None:
        """The link on which the bot hears this word; None while it is not known what the bot is called."""
        me = self._api.known
        return start_link(me.username, word) if self._has_links and me is not None else None

    def _outlet(self, name: str, drafter: Drafter[FactsT], database: Database) -> MessageOutlet[FactsT]:
        return MessageOutlet(
            name, drafter=drafter, database=database, outbox=self._outbox, presses=self._presses, now=utc_now
        )

    @property
    def trouble(self) -> str | None:
        """Why the chat does badly, if it does."""
        return self._outbox.trouble or self._inbox.trouble or self._inbox.clock_trouble

    @property
    def errors(self) -> Mapping[str, int]:
        """How often calls to Telegram went wrong since the start, by how."""
        return self._api.errors

    @property
    def readers(self) -> tuple[JournalReader, ...]:
        return (self._news, self._boards)

    def may_read(self, user: int) -> bool:
        """Whether this person is let in, by whatever role."""
        return self._members.access.role_of(user) is not None

    def nudge(self) -> None:
        """There may be something new in the journal."""
        self._news.nudge()

    def _nudge_those_behind(self) -> None:
        """Boards, and all others who read, come when what matters is on its way."""
        asyncio.get_running_loop().call_later(BEHIND_NEWS.total_seconds(), self._begin_those_behind)

    def _begin_those_behind(self) -> None:
        self._boards.nudge()
        self._on_news_told()

    async def begin(self, downtime: Downtime) -> None:
        """Let the first owner in by a code, and apply what was asked for before an earlier end."""
        self._inbox.begin(downtime)
        await self._first_code.begin()
        await self._browsers.reload()
        await self._inbox.apply_pending()

    def tasks(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {
            "outbox": self._outbox.run,
            "news": self._news.run,
            "boards": self._boards.run,
            "inbox apply": self._inbox.apply,
            "taps": self._taps.run,
            "menus": self._menus.run,
            "checks": self._checks.run,
            **self._history.tasks(),
            "first code": self._first_code.keep,
            "inbox fetch": self._inbox.fetch,
        }

    async def drain(self) -> None:
        """Tell what is in the journal, and wait until it has left."""
        await self._news.catch_up()
        await self._boards.catch_up()
        await self._outbox.drain()

    async def close(self) -> None:
        await self._history.close()
        await self._api.close()


def _link_maker(site_url: str) -> Callable[[Tcin], str]:
    return lambda tcin: f"{site_url.rstrip('/')}/p/-/A-{tcin}"


@dataclass(slots=True)
class ChatTies:
    """What others ask of the chat, which is wired after them and may be missing."""

    chat: Chat | None = None

    @property
    def trouble(self) -> str | None:
        return NO_TOKEN if self.chat is None else self.chat.trouble

    @property
    def readers(self) -> tuple[JournalReader, ...]:
        return () if self.chat is None else self.chat.readers

    def may_read(self, user: int) -> bool:
        return self.chat is not None and self.chat.may_read(user)

    def link_of(self, word: str) -> str | None:
        return None if self.chat is None else self.chat.link_of(word)
