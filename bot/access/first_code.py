"""The first owner's way in: a one-time code on the console while there is no owner, as a link and as a QR code."""

import asyncio
import io
import logging
import os
from collections.abc import Callable
from datetime import timedelta
from typing import TextIO

from bot.access.invitations import CODE_HOLDS
from bot.access.members import Members

log = logging.getLogger(__name__)

#: How often it is looked whether another code is needed, and whether it is known by now how the bot is called.
ROUND = timedelta(seconds=5)
#: The same until the bot's name is known: a person waits for the link.
SOON = timedelta(seconds=0.5)

#: Light on dark, whatever colours the terminal has: cameras read it one way round alone.
_LIGHT_ON_DARK, _AS_BEFORE = "\x1b[40;97m", "\x1b[0m"

#: The link on which a code is heard; None while it is not known whose chat it leads to.
LinkOf = Callable[[str], str | None]


class FirstCode:
    """Has a good code on the console while there is no owner; shown again when it becomes a link."""

    def __init__(
        self,
        *,
        members: Members,
        link_of: LinkOf,
        awaits_name: Callable[[], bool],
        show: Callable[[str, str | None], None],
    ) -> None:
        """`awaits_name` tells whether links are only a matter of time; `show` gets a code and its link."""
        self._members = members
        self._link_of = link_of
        self._awaits_name = awaits_name
        self._show = show
        #: The code that is on the console, and whether its link is.
        self._code: str | None = None
        self._is_linked = False

    async def begin(self) -> None:
        """Show a fresh code where one is needed; no earlier one is good any more."""
        self._take(await self._members.first_code())

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep((SOON if self._awaits_name() else ROUND).total_seconds())
            if self._members.access.has_owner:
                self._code = None
            elif (code := await self._members.next_code()) is not None:
                self._take(code)
            elif self._code is not None and not self._is_linked and self._link_of(self._code) is not None:
                self._take(self._code)

    def _take(self, code: str | None) -> None:
        self._code = code
        if code is not None:
            link = self._link_of(code)
            self._is_linked = link is not None
            self._show(code, link)


def show_code(code: str, link: str | None, *, terminal: TextIO) -> None:
    """Tell how to become the owner; with a link a QR code follows, where the console is a terminal that can show it."""
    within = f"within {CODE_HOLDS // timedelta(minutes=1)} minutes"
    if link is None:
        log.warning("no owner yet: send /start %s to the bot %s to become the owner", code, within)
        return
    log.warning(
        "no owner yet: open %s and press Start %s to become the owner, or send /start %s to the bot",
        link,
        within,
        code,
    )
    if terminal.isatty() and (picture := draw_link(link, encoding=terminal.encoding, columns=_columns(terminal))):
        terminal.write(picture)
        terminal.flush()


def draw_link(link: str, *, encoding: str | None, columns: int) -> str | None:
    """The link as a QR code of half blocks; None where a terminal of this encoding and width can't show it."""
    import segno  # noqa: PLC0415  needed at most once in the life of a household

    drawn = io.StringIO()
    segno.make(link, error="l", micro=False).terminal(drawn, compact=True, border=2)
    lines = drawn.getvalue().splitlines()
    try:
        drawn.getvalue().encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return None
    if max(map(len, lines)) > columns:
        return None
    return "".join(f"{_LIGHT_ON_DARK}{line}{_AS_BEFORE}\n" for line in lines)


def _columns(terminal: TextIO) -> int:
    try:
        return os.get_terminal_size(terminal.fileno()).columns
    except (OSError, ValueError):
        return 0
