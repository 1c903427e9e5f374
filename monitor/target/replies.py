"""What kind of answer came back: one that can be read, or the error that says what to do about it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.circuit_breaker import LONGEST_PAUSE, LONGEST_WAIT
from monitor.errors import CallRefused, KeyRefused, Misasked, Passing, Retired, ShopError, Throttled, Walled
from monitor.target.shapes import AnswerBody, NotJson, decode, list_messages

_LONGEST_QUOTE = 300
#: The shop is believed when it asks for no more than this.
#: A date that is this little in the past is one of now, by another clock.
_CLOCKS_DIFFER = timedelta(minutes=5)
_KEY = re.compile(rb'\\?"apiKey\\?"\s*:\s*\\?"([0-9a-f]{40})\\?"')
_BLOCK_APP = re.compile(rb'"appId"\s*:\s*"PX')
_CHALLENGE = re.compile(rb"px-captcha|Press (?:&amp;|&) Hold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back over the wire."""

    status: int
    body: bytes
    retry_after: timedelta | None = None


def read_answer(call: str, reply: Reply) -> AnswerBody:
    """The answer where it may hold something of use: a 200, a partial 206, or a 404 that names products.

    Raises:
        ShopError: of the kind that says what to do about it.
    """
    if (error := _find_error(call, reply)) is not None:
        raise error
    try:
        return decode(reply.body)
    except NotJson as error:
        raise _refused(call, reply.status, "an answer that is not JSON") from error


def _find_error(call: str, reply: Reply) -> ShopError | None:
    status, wait = reply.status, reply.retry_after
    if _shows_wall(reply):
        return Walled(f"{call}: the bot wall ({status})", retry_after=wait)
    match status:
        case 200 | 206 | 404:
            return None
        case 400 if not reply.body.strip():
            return Misasked(f"{call}: a required parameter is missing (400)")
        case _ if 300 <= status < 400:
            return Misasked(f"{call}: sent elsewhere ({status})")
        case 401:
            return KeyRefused(f"{call}: the key was refused (401)")
        case 410:
            return Retired(f"{call}: the call no longer exists (410)")
        case 429:
            return Throttled(f"{call}: throttled (429)", retry_after=wait)
        case 502 | 503 | 504:
            return Passing(f"{call}: not available now ({status})", retry_after=wait)
    return _refused(call, status, _quote_body(reply.body))


def _shows_wall(reply: Reply) -> bool:
    body = reply.body
    if reply.status in {403, 435} or b"captchaRelativeURL" in body:
        return True
    if b"blockScript" in body and _BLOCK_APP.search(body):
        return True
    # A gateway's own page of a 5xx or 429 is HTML too, and no wall.
    return reply.status in {200, 206, 404} and body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _refused(call: str, status: int, what: str) -> CallRefused:
    return CallRefused(f"{call}: {what} ({status})" if what else f"{call}: refused ({status})")


def _quote_body(body: bytes) -> str:
    try:
        return quote_errors(decode(body))
    except NotJson:
        return ""


def quote_errors(body: AnswerBody) -> str:
    """The shop's own words on what went wrong."""
    return "; ".join(list_messages(body))[:_LONGEST_QUOTE] or "an answer without data"


def read_retry_after(text: str | None, *, at: datetime) -> timedelta | None:
    """Seconds or an HTTP date, of at most a day; None where there is none.

    What is longer, endless, in the past or no time at all was meant as some pause: the longest of the circuit's.
    """
    if text is None:
        return None
    wait = _read_wait(text, at=at)
    return wait if wait is not None and timedelta(0) <= wait <= LONGEST_WAIT else LONGEST_PAUSE


def _read_wait(text: str, *, at: datetime) -> timedelta | None:
    try:
        return timedelta(seconds=float(text))
    except OverflowError:
        return None
    except ValueError:
        return _wait_until(text, at=at)


def _wait_until(text: str, *, at: datetime) -> timedelta | None:
    try:
        until = parsedate_to_datetime(text)
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - at
    except (ValueError, OverflowError):
        return None
    return timedelta(0) if -_CLOCKS_DIFFER <= wait < timedelta(0) else wait


def find_key(reply: Reply) -> str | None:
    """The key that a product page shows, also one in a string within a script.

    Raises:
        ShopError: instead of the page came the wall, or nothing that can be used.
    """
    if match := _KEY.search(reply.body):
        return match[1].decode()
    if reply.status in {403, 435} or _CHALLENGE.search(reply.body):
        raise Walled(f"product page: the bot wall ({reply.status})", retry_after=reply.retry_after)
    if reply.status == 429:
        raise Throttled("product page: throttled (429)", retry_after=reply.retry_after)
    if reply.status != 200:
        raise Passing(f"product page: no page ({reply.status})", retry_after=reply.retry_after)
    return None
