"""The shop, asked by its calls: in chunks, at the same time, and again where one product spoils a chunk."""

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Self
from urllib.parse import urlencode

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
from monitor.target.replies import Reply, read_answer
from monitor.target.session import LARGEST_ANSWER, HttpSession
from monitor.target.shapes import AnswerBody

#: What we are, where the owner names nothing else.
HONEST_USER_AGENT = "Stockbell/0.1 (stock watcher for one household)"
PAUSE_BEFORE_REPEAT = timedelta(seconds=0.5)

_PATH = "/redsky_aggregations/v1/web"

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
        self._session = HttpSession(
            user_agent=user_agent, timeout=settings.timeout, now=now, largest_answer=largest_answer
        )
        self._calls_url = settings.api_url + _PATH
        self._site_url = settings.site_url
        self._keys = ShopKeys(settings.api_keys, fetch_page=self._fetch_page, now=now)
        self._known_words: set[str] = set()
        self._doubts = Doubts()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._session.aclose()

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
            return await self._keys.use(lambda key: self._call_once(call, query, key), page=page)
        except Passing as error:
            if tries == 1 or error.retry_after is not None:
                raise
        await asyncio.sleep(self._pause.total_seconds())
        return await self._call(call, query, tcins, tries=tries - 1)

    async def _call_once(self, call: str, query: Mapping[str, str], key: SecretStr) -> AnswerBody:
        parameters = urlencode({**query, "key": key.get_secret_value()})
        return read_answer(call, await self._session.fetch(call, f"{self._calls_url}/{call}", parameters=parameters))

    async def _fetch_page(self, tcin: Tcin) -> Reply:
        url = f"{self._site_url}/p/-/A-{tcin}"
        return await self._session.fetch_page("product page", url)

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
