"""The shop over HTTP: chunks, concurrency and bounds. It decides nothing, and it lets no httpx error out."""

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any, Self

import httpx
from pydantic import SecretStr

from config.clock import Now
from config.products import Tcin
from config.settings import TargetSettings
from monitor.errors import CallRefused, Passing, ShopError, Throttled, Walled
from monitor.model import ChunkTrouble, Reading, ShopAnswer
from monitor.target.bisection import CallVerdict, Doubts, Group, Search
from monitor.target.keys import ShopKeys
from monitor.target.products import ParsedAnswer, add_details, parse_product, parse_summaries, unanswered
from monitor.target.queries import DETAILS, FULFILLMENT, SUMMARIES, Location, bulk_query, single_query
from monitor.target.replies import Reply, read_answer, read_retry_after
from monitor.target.shapes import AnswerBody

#: What we are, where the owner names nothing else.
HONEST_USER_AGENT = "Stockbell/0.1 (stock watcher for one household)"
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
        self._location = Location(
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
        self._keys = ShopKeys(settings.api_keys, fetch_page=self._wire.page, now=now)
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
            outcomes = dict(zip(level, await asyncio.gather(*map(self._ask_group, level)), strict=True))
            answers |= {group: answer for group, (_, answer) in outcomes.items()}
            level = search.next_level({group: verdict for group, (verdict, _) in outcomes.items()})
        self._doubts.settle(groups, search)
        kept = (answer for group, answer in answers.items() if group not in search.split)
        return _merge([self._have_wait(waiting), *kept])

    async def probe(self, tcin: Tcin) -> ShopAnswer:
        return await self._settle((tcin,), self._read_bulk((tcin,), tries=1))

    async def look(self, tcin: Tcin) -> ShopAnswer:
        stock, details = await asyncio.gather(
            self._settle((tcin,), self._read_single(FULFILLMENT, tcin)),
            self._settle((tcin,), self._read_single(DETAILS, tcin)),
        )
        reading = add_details(stock.readings[tcin], details.readings[tcin])
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
        return ShopAnswer(readings=unanswered(tcins, "refused before, to be asked again soon", at=self._now()))

    async def _settle(self, tcins: tuple[Tcin, ...], asking: Awaitable[Mapping[Tcin, Reading]]) -> ShopAnswer:
        try:
            return ShopAnswer(readings=await asking)
        except ShopError as error:
            return self._failed(tcins, error)

    def _failed(self, tcins: tuple[Tcin, ...], error: ShopError) -> ShopAnswer:
        trouble = ChunkTrouble(trouble=error.trouble, message=str(error), tcins=tcins, retry_after=error.retry_after)
        return ShopAnswer(readings=unanswered(tcins, str(error), at=self._now()), troubles=(trouble,))

    async def _read_bulk(self, tcins: tuple[Tcin, ...], *, tries: int = 2) -> Mapping[Tcin, Reading]:
        query = bulk_query(tcins, self._location, self._visitor_id)
        body = await self._call(SUMMARIES, query, tcins, tries=tries)
        return self._note(parse_summaries(body, asked=tcins, store_id=self._location.store_id, at=self._now()))

    async def _read_single(self, call: str, tcin: Tcin) -> Mapping[Tcin, Reading]:
        query = single_query(tcin, self._location, self._visitor_id)
        body = await self._call(call, query, (tcin,), tries=2)
        return self._note(parse_product(call, body, tcin=tcin, store_id=self._location.store_id, at=self._now()))

    async def _call(self, call: str, query: Mapping[str, str], tcins: Sequence[Tcin], *, tries: int) -> AnswerBody:
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
    """Of two that tell of one product, the one without trouble counts: it was asked for alone, as a witness."""
    readings: dict[Tcin, Reading] = {}
    troubles: tuple[ChunkTrouble, ...] = ()
    for answer in sorted(answers, key=lambda one: not one.troubles):
        readings.update(answer.readings)
        troubles += answer.troubles
    return ShopAnswer(readings=readings, troubles=troubles)


class _Wire:
    """The HTTP session. Each answer is bounded in time as a whole, not only between its parts, and in size."""

    def __init__(self, settings: TargetSettings, *, now: Now, user_agent: str, largest_answer: int) -> None:
        self._api_url = settings.api_url + _PATH
        self._site_url = settings.site_url
        self._timeout = settings.timeout
        self._now = now
        self._largest_answer = largest_answer
        self._free = asyncio.Semaphore(_MOST_AT_ONCE)
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

    async def call(self, call: str, query: Mapping[str, str], key: SecretStr) -> AnswerBody:
        url = f"{self._api_url}/{call}"
        reply = await self._fetch(call, url, params=query, extensions={_KEY: key})
        return read_answer(call, reply)

    async def page(self, tcin: Tcin) -> Reply:
        return await self._fetch("product page", f"{self._site_url}/p/-/A-{tcin}", follow_redirects=True)

    async def _fetch(self, what: str, url: str, **options: Any) -> Reply:
        try:
            async with self._free, asyncio.timeout(self._timeout.total_seconds()):
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
        wait = read_retry_after(response.headers.get("retry-after"), at=self._now())
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
