"""Apprise, which knows some ninety kinds of addresses: imported here alone, and only where there is an outlet.

    OutletTrouble          the message was not taken
      * DeliveryUnknown    it may have arrived all the same

What Apprise says of a call holds addresses: it is heard here, for the reason, and goes nowhere else.
"""

import asyncio
import contextlib
import logging
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from config.outlets import OutletAddress

if TYPE_CHECKING:
    from apprise import Apprise, AppriseAsset

#: A call that takes longer is given up; it may go on, and no other begins before its end.
DEADLINE = timedelta(seconds=30)
#: Of what Apprise says of one call, no more is kept.
_MOST_LINES = 50
#: They tell of requests, with their addresses.
_LIBRARIES_BELOW = ("urllib3", "requests", "requests_oauthlib", "oauthlib")


class OutletTrouble(Exception):
    """The message was not taken, for a reason that holds no address."""

    def __init__(self, why: str, *, may_be_the_text: bool = False) -> None:
        """`may_be_the_text`: another message might be taken."""
        super().__init__(why)
        self.may_be_the_text = may_be_the_text


class DeliveryUnknown(OutletTrouble):
    """The message may have arrived, or may still."""


class AppriseService:
    """One address, told by a thread of its own, as Apprise's libraries block."""

    def __init__(self, address: OutletAddress, *, deadline: timedelta = DEADLINE) -> None:
        self._address = address
        self._deadline = deadline
        self._service: Apprise | None = None
        self._thread: threading.Thread | None = None

    async def send(self, *, title: str, body: str) -> None:
        """Hand a plain text over.

        Raises:
            OutletTrouble: it was not taken.
            DeliveryUnknown: it may have been.
        """
        if self._thread is not None and self._thread.is_alive():
            raise DeliveryUnknown("it still has not answered the message before")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[OutletTrouble | None] = loop.create_future()

        def call() -> None:
            trouble = self._call(title, body)
            with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
                loop.call_soon_threadsafe(_set, answer, trouble)

        # Its end is not waited for by the end of the process, as that of a pool's thread would be.
        self._thread = threading.Thread(target=call, name=self._address.name, daemon=True)
        self._thread.start()
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                trouble = await answer
        except TimeoutError:
            raise DeliveryUnknown(f"it did not answer within {self._deadline.total_seconds():.0f} s") from None
        if trouble is not None:
            raise trouble

    def _call(self, title: str, body: str) -> OutletTrouble | None:
        """What went wrong."""
        self._service = self._service or _load(self._address)
        if self._service is None:
            return OutletTrouble("its address is none that Apprise knows")
        with _listening() as lines:
            try:
                taken = self._service.notify(title=title, body=body, body_format="text")
            except Exception as error:  # noqa: BLE001  some ninety plugins, and what they raise may hold the address
                return DeliveryUnknown(f"Apprise broke ({type(error).__name__})", may_be_the_text=True)
        return None if taken else find_trouble(lines)


def find_unknown(outlets: Iterable[OutletAddress]) -> Iterator[str]:
    """A line for each address that Apprise can do nothing with, by its place and its kind."""
    for one in outlets:
        if _load(one) is None:
            kind = one.url.get_secret_value().partition("://")[0]
            yield f"STOCKBELL_OUTLETS: entry {one.place} ({kind}) is no address that Apprise knows"


def _load(address: OutletAddress) -> "Apprise | None":
    _listener()
    from apprise import Apprise, NotifyFormat, OverflowMode  # noqa: PLC0415  it takes long to import

    url = address.url.get_secret_value()
    try:
        plugin = Apprise.instantiate(url, asset=_asset())
    except Exception:  # noqa: BLE001  as above
        return None
    if plugin is None:
        return None
    if "format=" not in url:
        plugin.notify_format = NotifyFormat.TEXT
    if "overflow=" not in url:
        plugin.overflow_mode = OverflowMode.SPLIT
    service = Apprise(asset=plugin.asset)
    service.add(plugin)
    return service


def _asset() -> "AppriseAsset":
    """Everything happens on the thread that calls: no pool, whose threads an end would wait for, and no log on disk."""
    from apprise import AppriseAsset  # noqa: PLC0415  as above

    return AppriseAsset(
        app_id="Stockbell",
        app_desc="Stockbell",
        image_url_mask="",
        async_mode=False,
        service_timeout=0,
        result_log_disk_size=0,
    )


def _set(answer: "asyncio.Future[OutletTrouble | None]", trouble: OutletTrouble | None) -> None:
    if not answer.done():
        answer.set_result(trouble)


# ---- what Apprise says


_OF_THE_CALL = ("Socket Exception", "Sent ")


class _Listener(logging.Handler):
    """Keeps what is said by the thread that listens."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        lines: list[str] | None = getattr(self.heard, "lines", None)
        if lines is None or len(lines) >= _MOST_LINES:
            return
        with contextlib.suppress(TypeError, ValueError):  # its arguments don't fit its words
            text = record.getMessage()
            # Other lines hold the message itself, which may speak of refusals too.
            if record.levelno >= logging.WARNING or text.startswith(_OF_THE_CALL):
                lines.append(text)


@cache
def _listener() -> _Listener:
    """From now on Apprise and what stands below it write into no log."""
    for name in _LIBRARIES_BELOW:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    listener = _Listener()
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    logger.addHandler(listener)
    return listener


@contextlib.contextmanager
def _listening() -> Iterator[list[str]]:
    heard, lines = _listener().heard, list[str]()
    heard.lines = lines
    try:
        yield lines
    finally:
        heard.lines = None


_STATUS = re.compile(r"error=(\d{3})\b")
#: As mail servers refuse, for the whole or for one recipient.
_REPLY = re.compile(r"\(([45]\d\d), b?['\"]")
_NOT_REACHED = re.compile(
    r"refused\b(?! by)|failed to establish a new connection|name or service not known|name resolution|ConnectTimeout|"
    r"no route to host|network is unreachable|certificate verify failed|getaddrinfo",
    re.IGNORECASE,
)
#: Another server stands before the one that may have taken it.
_PASSED_ON = frozenset({408, 502, 504})
#: As servers answer to what they can't read or find too large, and mail servers to what they won't pass on.
_OF_THE_TEXT = frozenset({400, 406, 413, 414, 415, 422, 550, 552, 554})


def find_trouble(lines: Sequence[str]) -> OutletTrouble:
    """What these lines tell of a message that Apprise counts as not taken."""
    text = "\n".join(lines)
    # Of several recipients some may have it.
    may_have = any(line.startswith("Sent ") for line in lines)
    if status := _STATUS.search(text) or _REPLY.search(text):
        code = int(status[1])
        kind = DeliveryUnknown if may_have or code in _PASSED_ON else OutletTrouble
        return kind(f"it refused the message ({code})", may_be_the_text=code in _OF_THE_TEXT)
    if _NOT_REACHED.search(text):
        return (DeliveryUnknown if may_have else OutletTrouble)("it can't be reached")
    if "timed out" in text:
        return DeliveryUnknown("it did not answer in time")
    return DeliveryUnknown("it did not take the message", may_be_the_text="Socket Exception" not in text)
