"""The shop over HTTP: keys, chunks, concurrency and bounds. It decides nothing, and it lets no httpx error out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Self

import httpx
from pydantic import SecretStr

from config.clock import Now
from config.products import Tcin
from config.settings import TargetSettings
from monitor.errors import CallRefused, KeyRefused, Passing, ShopError, Throttled, Walled
from monitor.model import ChunkTrouble, Reading, ShopAnswer
from monitor.target import replies as redsky
from monitor.target.bisection import CallVerdict, Doubts, Group, Search
from monitor.target.replies import ParsedAnswer, Place, Reply

#: What we are, where the owner names nothing else.
HONEST_USER_AGENT = "Stockbell/0.1 (stock watcher for one household)"
#: The key of a product page is good for so long. Refused earlier, it is read again once in that time.
KEY_KEPT = timedelta(hours=6)
#: A page that showed no key is read again after so long: it may have been another page for a moment.
KEYLESS_KEPT = timedelta(minutes=5)
LARGEST_ANSWER = 8 * 2**20
PAUSE_BEFORE_REPEAT = timedelta(seconds=0.5)

_MOST_AT_ONCE = 16
_KEEPALIVE_S = 120
_PATH = "/redsky_aggregations/v1/web"
#: Where a request carries its key until the last moment.
_KEY = "stockbell.key"

_log = logging.getLogger(__name__)


class RedskyShop:
    """Target's stock calls, over one HTTP session with one user agent. To be closed with `aclose`."""

    def __init__(
        self,
        settings: TargetSettings,
        *,
        now: Now,
        rng: Random,
        pause: timedelta = PAUSE_BEFORE_REPEAT,
        largest_answer: int = LARGEST_ANSWER,
    ) -> None:
        self._place = Place(
            store_id=settings.store_id,
            zip=settings.zip,
            state=settings.state,
            latitude=settings.latitude,
            longitude=settings.longitude,
        )
        self._now = now
        self._rng = rng
        self._pause = pause
        self._visitor_id = f"{rng.getrandbits(128):032X}"
        user_agent = rng.choice(settings.user_agents) if settings.user_agents else HONEST_USER_AGENT
        self._wire = _Wire(settings, now=now, user_agent=user_agent, largest_answer=largest_answer)
        self._keys = _Keys(settings.api_keys, wire=self._wire, now=now)
        self._known_words: set[str] = set()
        self._doubts = Doubts()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def ask(self, tcins: Sequence[Tcin]) -> ShopAnswer:
        groups, waiting = self._doubts.plan(tuple(dict.fromkeys(tcins)))
        search = Search(rng=self._rng)
        answers: dict[Group, ShopAnswer] = {}
        level = groups
        while level:
            told = dict(zip(level, await asyncio.gather(*map(self._ask_group, level)), strict=True))
            answers |= {group: answer for group, (_, answer) in told.items()}
            level = search.next_level({group: verdict for group, (verdict, _) in told.items()})
        self._doubts.settle(groups, search)
        kept = (answer for group, answer in answers.items() if group not in search.split)
        return _merge([self._have_wait(waiting), *kept])

    async def probe(self, tcin: Tcin) -> ShopAnswer:
        return await self._settle((tcin,), self._read_bulk((tcin,), tries=1))

    async def look(self, tcin: Tcin) -> ShopAnswer:
        stock, details = await asyncio.gather(
            self._settle((tcin,), self._read_single(redsky.FULFILLMENT, tcin)),
            self._settle((tcin,), self._read_single(redsky.DETAILS, tcin)),
        )
        reading = redsky.add_details(stock.readings[tcin], details.readings[tcin])
        return ShopAnswer(readings={tcin: reading}, troubles=stock.troubles + details.troubles)

    async def _ask_group(self, tcins: Group) -> tuple[CallVerdict, ShopAnswer]:
        try:
            return CallVerdict.ANSWERED, ShopAnswer(readings=await self._read_bulk(tcins))
        except CallRefused as error:
            return CallVerdict.REFUSED, self._failed(tcins, error)
        except (Walled, Throttled) as error:
            return CallVerdict.HALTED, self._failed(tcins, error)
        except ShopError as error:
            return CallVerdict.FAILED, self._failed(tcins, error)

    def _have_wait(self, tcins: Group) -> ShopAnswer:
        return ShopAnswer(readings=redsky.unanswered(tcins, "refused before, to be asked again soon", at=self._now()))

    async def _settle(self, tcins: tuple[Tcin, ...], asking: Awaitable[Mapping[Tcin, Reading]]) -> ShopAnswer:
        try:
            return ShopAnswer(readings=await asking)
        except ShopError as error:
            return self._failed(tcins, error)

    def _failed(self, tcins: tuple[Tcin, ...], error: ShopError) -> ShopAnswer:
        trouble = ChunkTrouble(trouble=error.trouble, message=str(error), tcins=tcins, retry_after=error.retry_after)
        return ShopAnswer(readings=redsky.unanswered(tcins, str(error), at=self._now()), troubles=(trouble,))

    async def _read_bulk(self, tcins: tuple[Tcin, ...], *, tries: int = 2) -> Mapping[Tcin, Reading]:
        query = redsky.bulk_query(tcins, self._place, self._visitor_id)
        body = await self._call(redsky.SUMMARIES, query, tcins, tries=tries)
        return self._note(redsky.parse_summaries(body, asked=tcins, store_id=self._place.store_id, at=self._now()))

    async def _read_single(self, call: str, tcin: Tcin) -> Mapping[Tcin, Reading]:
        query = redsky.single_query(tcin, self._place, self._visitor_id)
        body = await self._call(call, query, (tcin,), tries=2)
        return self._note(redsky.parse_product(call, body, tcin=tcin, store_id=self._place.store_id, at=self._now()))

    async def _call(self, call: str, query: Mapping[str, str], tcins: Sequence[Tcin], *, tries: int) -> object:
        """One call, and once more after what passes by itself, unless the shop said how long to wait."""
        page = self._rng.choice(tcins)
        try:
            return await self._keys.use(lambda key: self._wire.call(call, query, key), page=page)
        except Passing as error:
            if tries == 1 or error.retry_after is not None:
                raise
        await asyncio.sleep(self._pause.total_seconds())
        return await self._call(call, query, tcins, tries=tries - 1)

    def _note(self, parsed: ParsedAnswer) -> Mapping[Tcin, Reading]:
        for word in sorted(parsed.new_words - self._known_words):
            _log.warning("shop.new_word %s", word)
        self._known_words |= parsed.new_words
        return parsed.readings


def _merge(answers: Iterable[ShopAnswer]) -> ShopAnswer:
    """Where two told of one product, the one without trouble counts: it was asked for alone, as a witness."""
    readings: dict[Tcin, Reading] = {}
    troubles: tuple[ChunkTrouble, ...] = ()
    for answer in sorted(answers, key=lambda one: not one.troubles):
        readings.update(answer.readings)
        troubles += answer.troubles
    return ShopAnswer(readings=readings, troubles=troubles)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PageKey:
    #: None where the page showed none.
    key: SecretStr | None
    read_at: datetime

    def holds(self, *, at: datetime) -> bool:
        return timedelta(0) <= at - self.read_at < (KEYLESS_KEPT if self.key is None else KEY_KEPT)


class _Keys:
    """The keys of the settings in their order, and after them the one that the shop's pages show."""

    def __init__(self, given: Sequence[SecretStr], *, wire: "_Wire", now: Now) -> None:
        self._given = tuple(given)
        self._wire = wire
        self._now = now
        #: The place of the key that was taken last; the page's is behind the given ones.
        self._taken = 0
        self._shown: _PageKey | None = None
        #: When the page was last read because its key was refused.
        self._read_again_at: datetime | None = None
        self._reading = asyncio.Lock()

    async def use(self, ask: Callable[[SecretStr], Awaitable[object]], *, page: Tcin) -> object:
        """Ask with the key that was taken last; refused, with each of the others.

        Raises:
            KeyRefused: all were refused, or there is none.
        """
        refusals: list[KeyRefused] = []
        for place in self._places():
            try:
                body = await self._ask_at(place, ask, page)
            except KeyRefused as error:
                refusals.append(error)
            else:
                self._taken = place
                return body
        raise refusals[0]

    def _places(self) -> list[int]:
        count = len(self._given) + 1
        return [(self._taken + step) % count for step in range(count)]

    async def _ask_at(self, place: int, ask: Callable[[SecretStr], Awaitable[object]], page: Tcin) -> object:
        if place < len(self._given):
            return await ask(self._given[place])
        key = await self._page_key(page)
        try:
            return await ask(key)
        except KeyRefused:
            newer = await self._page_key(page, refused=key)
            if newer == key:
                raise
            return await ask(newer)

    async def _page_key(self, tcin: Tcin, *, refused: SecretStr | None = None) -> SecretStr:
        async with self._reading:
            shown = self._shown
            is_refused = refused is not None and shown is not None and shown.key == refused
            reads_again = is_refused and self._may_read_again()
            if shown is None or reads_again or not shown.holds(at=self._now()):
                self._shown = shown = await self._read_page(tcin)
                self._read_again_at = shown.read_at if reads_again else self._read_again_at
        if shown.key is None:
            raise KeyRefused("no key is set, and the product page shows none")
        return shown.key

    def _may_read_again(self) -> bool:
        last = self._read_again_at
        return last is None or not timedelta(0) <= self._now() - last < KEY_KEPT

    async def _read_page(self, tcin: Tcin) -> _PageKey:
        key = redsky.find_key(await self._wire.page(tcin))
        _log.info("shop.key_read found=%s", key is not None)
        return _PageKey(key=SecretStr(key) if key else None, read_at=self._now())


class _Wire:
    """The HTTP session. Each answer is bounded in time as a whole, not only between its parts, and in size."""

    def __init__(self, settings: TargetSettings, *, now: Now, user_agent: str, largest_answer: int) -> None:
        self._api_url = settings.api_url + _PATH
        self._site_url = settings.site_url
        self._timeout = settings.timeout
        self._now = now
        self._largest_answer = largest_answer
        self._places = asyncio.Semaphore(_MOST_AT_ONCE)
        limits = httpx.Limits(
            max_connections=_MOST_AT_ONCE, max_keepalive_connections=_MOST_AT_ONCE, keepalive_expiry=_KEEPALIVE_S
        )
        self._client = httpx.AsyncClient(
            transport=_Keyed(httpx.AsyncHTTPTransport(limits=limits)),
            headers={"User-Agent": user_agent},
            timeout=None,  # noqa: S113  asyncio.timeout bounds the whole of each answer
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def call(self, call: str, query: Mapping[str, str], key: SecretStr) -> object:
        url = f"{self._api_url}/{call}"
        reply = await self._fetch(call, url, params=query, extensions={_KEY: key})
        return redsky.read_json(call, reply)

    async def page(self, tcin: Tcin) -> Reply:
        return await self._fetch("product page", f"{self._site_url}/p/-/A-{tcin}", follow_redirects=True)

    async def _fetch(self, what: str, url: str, **options: Any) -> Reply:
        try:
            async with self._places, asyncio.timeout(self._timeout.total_seconds()):
                return await self._read(what, url, **options)
        except TimeoutError as error:
            raise Passing(f"{what}: no whole answer within {self._timeout.total_seconds():g} s") from error
        except httpx.TransportError as error:
            raise Passing(f"{what}: {_name(error)}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CallRefused(f"{what}: {_name(error)}") from error

    async def _read(self, what: str, url: str, **options: Any) -> Reply:
        async with self._client.stream("GET", url, **options) as response:
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > self._largest_answer:
                    raise CallRefused(f"{what}: an answer of more than {self._largest_answer} bytes")
        wait = redsky.read_retry_after(response.headers.get("retry-after"), at=self._now())
        return Reply(status=response.status_code, body=bytes(body), retry_after=wait)


def _name(error: Exception) -> str:
    return str(error) or type(error).__name__


class _Keyed(httpx.AsyncBaseTransport):
    """Puts the key into the address below httpx, whose log lines and errors show the whole of it."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        extensions = dict(request.extensions)
        key: SecretStr | None = extensions.pop(_KEY, None)
        if key is None:
            return await self._transport.handle_async_request(request)
        url = request.url.copy_add_param("key", key.get_secret_value())
        keyed = httpx.Request(
            request.method, url, headers=request.headers, stream=request.stream, extensions=extensions
        )
        return await self._transport.handle_async_request(keyed)

    async def aclose(self) -> None:
        await self._transport.aclose()
