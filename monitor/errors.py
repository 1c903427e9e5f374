"""What may go wrong when the shop is asked, by what one should do about it.

ShopError
 * Passing       the network, a time-out, 502, 503 or 504: once more after a pause, then count it
 * Throttled     429: ask less, and not before `retry_after`
 * Walled        the bot wall: stop asking and tell the owner
 * KeyRefused    401: the next key
 * CallRefused   an error or an unreadable answer: one product may be to blame, so ask for fewer at once
 * Misasked      400 without a word (a parameter is missing) or a redirection: no smaller question mends it
 * Retired       410: the call no longer exists
"""

from datetime import timedelta
from typing import ClassVar

from monitor.model import Trouble


class ShopError(Exception):
    """The shop gave no answer that can be used; the message says which and why in plain words."""

    trouble: ClassVar[Trouble] = Trouble.UNREADABLE

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        #: How long the shop asked us to wait.
        self.retry_after = retry_after


class Passing(ShopError):
    trouble = Trouble.PASSING


class Throttled(ShopError):
    trouble = Trouble.THROTTLED


class Walled(ShopError):
    trouble = Trouble.WALLED


class KeyRefused(ShopError):
    trouble = Trouble.KEY_REFUSED


class CallRefused(ShopError):
    trouble = Trouble.UNREADABLE


class Misasked(ShopError):
    trouble = Trouble.UNREADABLE


class Retired(ShopError):
    trouble = Trouble.RETIRED
