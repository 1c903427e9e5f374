"""Checks of the shop that are asked for by hand, no more often than the shop may be asked."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.commands.requests import Watched
from config.clock import Monotonic, Now
from monitor.poll_plan import PollInterval, calls_by_hand
from monitor.request_budget import RequestBudget
from purchasing.model import Overview

#: The shop itself is asked by hand no more often than this.
LEAST_REFRESH = timedelta(seconds=10)

#: Asks for one check now, without waiting for it.
CheckNow = Callable[[], None]


class ManualChecks:
    """Remembers when a check was last asked for, as that is stored only when the check has ended."""

    def __init__(
        self,
        *,
        watched: Watched,
        check_now: CheckNow,
        is_real_shop: bool,
        budget: RequestBudget,
        interval: PollInterval,
        now: Now,
        monotonic: Monotonic,
    ) -> None:
        self._budget = budget
        self._interval = interval
        self._watched = watched
        self._check_now = check_now
        self._least = LEAST_REFRESH if is_real_shop else timedelta(0)
        self._now = now
        self._monotonic = monotonic
        self._checked_at = float("-inf")

    async def check_if_not_too_soon(self) -> None:
        """Check now, or leave it to the next cycle; where all is paused nothing is asked."""
        overview = await self._watched.overview()
        may_be_asked = not overview.controls.paused and self.over_budget_until(overview) is None
        if may_be_asked and not self.is_too_soon(overview):
            self.begin()

    def is_too_soon(self, overview: Overview) -> bool:
        began = overview.mark.began
        just_asked = began is not None and timedelta(0) <= self._now() - began < self._least
        return just_asked or self._monotonic() - self._checked_at < self._least.total_seconds()

    def over_budget_until(self, overview: Overview) -> datetime | None:
        """When the owner's budget of requests allows a check; None where it does now."""
        per_minute = self._budget.per_minute
        if per_minute is None:
            return None
        asked = sum(one.product.enabled and not one.paused for one in overview.lines)
        wait = self._budget.wait(calls_by_hand(asked, self._interval, per_minute) + self._budget.wanted)
        return self._now() + wait if wait > timedelta(0) else None

    @property
    def budget_words(self) -> str:
        return f"the budget of {self._budget.per_minute} requests a minute is used up"

    def begin(self) -> None:
        self._checked_at = self._monotonic()
        self._check_now()
