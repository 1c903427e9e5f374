"""Everything that watches, wired together: cycles and their schedule, and looks at single products."""

from datetime import timedelta
from random import Random

from config.clock import Monotonic, Now
from config.settings import Settings
from monitor.details import DetailsReader
from monitor.poller import Poller
from monitor.ports import OnSnapshot, Shop, WatchSource
from monitor.request_budget import RequestBudget
from monitor.scheduler import Scheduler


class Watching:
    """The parts by name."""

    def __init__(
        self,
        settings: Settings,
        *,
        shop: Shop,
        budget: RequestBudget,
        source: WatchSource,
        on_snapshot: OnSnapshot,
        least_asked: timedelta,
        now: Now,
        monotonic: Monotonic,
        rng: Random,
    ) -> None:
        """`least_asked` is the least time between a cycle and one that is asked for."""
        self.poller = Poller(
            shop=shop,
            read_agenda=source.agenda,
            on_snapshot=on_snapshot,
            settings=settings.monitor,
            now=now,
            monotonic=monotonic,
            rng=rng,
            budget=budget,
            read_restocks=source.restocks,
            zone=settings.timezone,
        )
        self.details = DetailsReader(
            shop=shop,
            next_new=source.next_stranger,
            next_unpriced=source.next_unpriced,
            on_details=source.learn,
            every=settings.monitor.every_min,
            budget=budget,
        )
        self.schedule = Scheduler(
            self.poller.run_cycle,
            now=now,
            monotonic=monotonic,
            least_interval=timedelta(seconds=0.1),
            least_asked=least_asked,
        )

    async def run_schedule(self) -> None:
        await self.schedule.run(first_at=await self.poller.first_at())
