"""The web side, wired together."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import timedelta

from fastapi import APIRouter

from bot.access.browsers import Browsers
from bot.access.page_address import find_page_address
from bot.feeds.journal_reader import JournalReader
from bot.health import HealthMonitor
from bot.web.api import Api
from bot.web.connections import BoundedConnection, Bounds, most_connections
from bot.web.guard import Authenticator
from bot.web.hosts import KnownHosts
from bot.web.page.routes import PageRoutes
from bot.web.page.states import PageStates, PageTies
from bot.web.server import Web
from bot.web.sign_in.routes import SignInRoutes
from bot.web.stream.streams import BEAT, MOST_READERS, Streams
from bot.web.sync import FullSync
from bot.web.validation import SyncCheck
from config.clock import Now
from config.database import Database
from config.settings import HttpSettings

#: Who reads the stream comes after whoever is alerted, so that a look by itself, which may be in front of an alert, is
#: rare.
UNNUDGED = timedelta(seconds=10)


class WebSide:
    """Everything that is served, and the tasks behind it."""

    def __init__(  # noqa: PLR0913  it is all that is served, and each part needs others
        self,
        settings: HttpSettings,
        *,
        database: Database,
        browsers: Browsers,
        health: HealthMonitor,
        readers: Callable[[], Sequence[JournalReader]],
        page: PageTies,
        now: Now,
        routers: Iterable[APIRouter] = (),
        bounds: Bounds | None = None,
        beat: timedelta = BEAT,
        most_readers: int = MOST_READERS,
    ) -> None:
        """`readers` are those of the journal, whom the streams join; `routers` lead to what is served besides."""
        bounds = bounds or Bounds(most=most_connections())
        # Where the system allows few connections, who only looks in must find one too.
        most = min(most_readers, bounds.most * 3 // 4)
        self.streams = Streams(database=database, now=now, beat=beat, most=most, on_reader=self.nudge)
        self._follower = JournalReader(self.streams, longest=UNNUDGED)
        sync = FullSync(database=database, health=health, now=now)
        self.check = SyncCheck(database=database, readers=lambda: (*readers(), self._follower), now=now)
        api = Api(health=health, sync=sync, check=self.check, streams=self.streams)
        states = PageStates(
            database=database,
            health=health,
            sync_problems=lambda: self.problems,
            ties=page,
            now=now,
        )
        hosts = KnownHosts(settings)
        sign_in = SignInRoutes(browsers, hosts=hosts, is_secure=find_page_address(settings).is_secure)
        self._web = Web(
            settings,
            routers=(api.router, sign_in.router, PageRoutes(states).router, *routers),
            hosts=hosts,
            authenticator=Authenticator(settings, browsers),
            bounds=bounds,
        )
        browsers.on_signed_out = self.streams.wake

    def tasks(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {"streams": self._follower.run, "sync check": self.check.run, "web": self._web.run}

    @property
    def problems(self) -> Sequence[str]:
        """Outlets that are not where the journal is."""
        return self.check.problems

    @property
    def connections(self) -> Collection[BoundedConnection]:
        return self._web.connections

    def nudge(self) -> None:
        """There may be something new in the journal, and what is urgent of it was told."""
        self._follower.nudge()
        self.check.nudge()

    def close_streams(self) -> None:
        """The first of an end: who reads would hold it up."""
        self.streams.close()
