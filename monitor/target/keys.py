"""The keys that the shop's calls need: those of the settings in their order, and after them the one on its pages."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import SecretStr

from config.clock import Now
from monitor.errors import KeyRefused
from monitor.request_budget import OverBudget
from monitor.target.replies import Reply, find_key
from monitor.target.shapes import AnswerBody

#: The key of a product page is good for so long. Refused earlier, it is read again once in that time.
KEY_KEPT = timedelta(hours=6)
#: A page that showed no key is read again after so long: it may have been another page for a moment.
KEYLESS_KEPT = timedelta(minutes=5)

#: One call with this key.
Ask = Callable[[SecretStr], Awaitable[AnswerBody]]
#: Fetches the page of some product.
FetchPage = Callable[[], Awaitable[Reply]]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageKey:
    """What a product page showed, and when."""

    #: None where it showed none.
    key: SecretStr | None
    read_at: datetime

    def holds(self, *, at: datetime) -> bool:
        return timedelta(0) <= at - self.read_at < (KEYLESS_KEPT if self.key is None else KEY_KEPT)


class ShopKeys:
    """Asks with a key that is accepted, and fails over where one is refused."""

    def __init__(self, listed: Sequence[SecretStr], *, now: Now) -> None:
        self._listed = tuple(listed)
        self._now = now
        #: Which key was accepted last; the page's is behind the listed ones.
        self._accepted = 0
        self._shown: PageKey | None = None
        #: When the page was last read because its key was refused.
        self._read_again_at: datetime | None = None
        self._reading = asyncio.Lock()

    async def use(self, ask: Ask, *, fetch_page: FetchPage) -> AnswerBody:
        """Ask with the key that was accepted last; refused, with each of the others.

        Raises:
            KeyRefused: all were refused, or there is none.
        """
        refusals: list[KeyRefused] = []
        for number in self._order():
            try:
                body = await self._ask_with(number, ask, fetch_page)
            except KeyRefused as error:
                refusals.append(error)
            except OverBudget as error:
                # Begun with the next time: a small budget would never come to it.
                self._accepted = number
                if not refusals:
                    raise
                raise refusals[0] from error
            else:
                self._accepted = number
                return body
        raise refusals[0]

    def _order(self) -> list[int]:
        count = len(self._listed) + 1
        return [(self._accepted + step) % count for step in range(count)]

    async def _ask_with(self, number: int, ask: Ask, fetch_page: FetchPage) -> AnswerBody:
        if number < len(self._listed):
            return await ask(self._listed[number])
        key = await self._page_key(fetch_page)
        try:
            return await ask(key)
        except KeyRefused:
            newer = await self._page_key(fetch_page, refused=key)
            if newer == key:
                raise
            return await ask(newer)

    async def _page_key(self, fetch_page: FetchPage, *, refused: SecretStr | None = None) -> SecretStr:
        async with self._reading:
            shown = self._shown
            is_refused = refused is not None and shown is not None and shown.key == refused
            reads_again = is_refused and self._may_read_again()
            if reads_again:
                # From now on, though there may be no room in the budget for the page.
                self._shown, self._read_again_at = None, self._now()
            if shown is None or reads_again or not shown.holds(at=self._now()):
                self._shown = shown = await self._read_page(fetch_page)
        if shown.key is None:
            raise KeyRefused("no key is set, and the product page shows none")
        return shown.key

    def _may_read_again(self) -> bool:
        last = self._read_again_at
        return last is None or not timedelta(0) <= self._now() - last < KEY_KEPT

    async def _read_page(self, fetch_page: FetchPage) -> PageKey:
        key = find_key(await fetch_page())
        _log.info("shop.key_read", extra={"shown": key is not None})
        return PageKey(key=SecretStr(key) if key else None, read_at=self._now())
