"""The command that leads to the live page: a link that signs one browser in, once."""

from datetime import datetime

from bot.access.browsers import Browsers
from bot.access.page_address import PageAddress
from bot.commands.arguments import BadArgument
from bot.commands.browsing.commands import WEB
from bot.commands.requests import Changes, Request
from purchasing.commands import PageLinked
from purchasing.control.queue import CommandQueue

#: What a link's path begins with, where the web side hears it.
SIGN_IN = "/sign-in/"


class BrowsingHandlers:
    def __init__(self, *, browsers: Browsers, address: PageAddress, queue: CommandQueue) -> None:
        self._browsers = browsers
        self._address = address
        self._queue = queue

    @property
    def changes(self) -> Changes:
        return {WEB: self._lead}

    async def _lead(self, request: Request) -> None:
        address = self._address
        if address.url is None:
            raise BadArgument(address.missing or "nobody knows where the page is")
        page = PageLinked(url=f"{address.url}/", only_here=address.only_here)
        if not address.needs_sign_in:
            await self._queue.finish(request.command, page)
            return

        def linked(token: str, until: datetime) -> PageLinked:
            return PageLinked(url=f"{address.url}{SIGN_IN}{token}", until=until, only_here=address.only_here)

        await self._browsers.offer(request.command, linked)
