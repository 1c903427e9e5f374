"""The shop, asked by its calls: in chunks, at the same time, and again where one product spoils a chunk."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import chain, product
from random import Random
from typing import Self
from urllib.parse import urlencode

from pydantic import SecretStr

from config.clock import Now
from config.products import Tcin
from config.settings import TargetSettings
from monitor.errors import CallRefused, Passing, ShopError, Throttled, Walled
from monitor.model import ChunkTrouble, Reading, ShopAnswer, Trouble
from monitor.request_budget import OverBudget, Permit, RequestBudget
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

#: How a call is counted that brought an answer.
OK = "ok"
#: A product's page, where a key is read; whatever it shows, it came.
PAGE = "product_page"
#: All that is asked.
CALLS = (SUMMARIES, FULFILLMENT, DETAILS, PAGE)
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
        budget: RequestBudget | None = None,
    ) -> None:
        self._budget = budget or RequestBudget(None, monotonic=lambda: 0.0)
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
        self._keys = ShopKeys(settings.api_keys, now=now)
        self._known_words: set[str] = set()
        self._doubts = Doubts()
        #: How often each call was made and what came back, since the start: OK, or what the error asks for.
        self.calls: Counter[tuple[str, str]] = Counter(dict.fromkeys(product(CALLS, (OK, *Trouble)), 0))
        #: Of cycles that had no room for all of their calls: in the how manieth each product was last asked for.
        self._turns: dict[Tcin, int] = {}
        self._turn = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._session.aclose()

    async def ask(self, tcins: Sequence[Tcin]) -> ShopAnswer:
        planned, waiting = self._doubts.plan(tuple(dict.fromkeys(tcins)))
        groups, left_out = self._take_turns(planned)
        search = Search(rng=self._rng)
        answers: dict[Group, ShopAnswer] = {}
        level = groups
        while level:
            level, unasked = self._fitting(level)
            outcomes = dict(zip(level, await self._ask_groups(level), strict=True))
            answers |= {group: answer for group, (_, answer) in outcomes.items()}
            answers |= {group: known for group in unasked if (known := self._as_refused(group, search, answers))}
            verdicts = {group: verdict for group, (verdict, _) in outcomes.items()}
            if unasked:
                search.cut_short(verdicts, unasked)
                break
            level = search.next_level(verdicts)
        self._doubts.settle(groups, search)
        kept = (answer for group, answer in answers.items() if group not in search.split)
        return _merge([self._have_wait(waiting), *map(self._leave_out, left_out), *kept])

    async def probe(self, tcin: Tcin) -> ShopAnswer:
        with closing(self._budget.permit(1)) as permit:
            return await self._settle((tcin,), self._read_bulk((tcin,), permit, tries=1))

    async def look(self, tcin: Tcin, *, urgent: bool = True) -> ShopAnswer:
        held = 2 if urgent else max(0, min(2, self._budget.room))
        with closing(self._budget.permit(held, urgent=urgent)) as permit:
            stock, details = await asyncio.gather(
                self._settle((tcin,), self._read_single(FULFILLMENT, tcin, permit)),
                self._settle((tcin,), self._read_single(DETAILS, tcin, permit)),
            )
        reading = add_details(stock.readings[tcin], details.readings[tcin])
        return ShopAnswer(readings={tcin: reading}, troubles=stock.troubles + details.troubles)

    def _take_turns(self, groups: list[Group]) -> tuple[list[Group], list[Group]]:
        """As many of these as there is room for, and the others: whoever was left out comes first the next time."""
        room = max(0, self._budget.room_of_cycles)
        if len(groups) <= room:
            return groups, []
        ordered = sorted(groups, key=lambda group: min(self._turns.get(tcin, 0) for tcin in group))
        self._turn += 1
        self._turns |= dict.fromkeys(chain.from_iterable(ordered[:room]), self._turn)
        return ordered[:room], ordered[room:]

    def _fitting(self, level: list[Group]) -> tuple[list[Group], list[Group]]:
        room = max(0, self._budget.room_of_cycles)
        return level[:room], level[room:]

    async def _ask_groups(self, level: list[Group]) -> list[tuple[CallVerdict, ShopAnswer]]:
        """Each has the right to one request, from now on."""
        permits = [self._budget.permit(1) for _ in level]
        try:
            return await asyncio.gather(*map(self._ask_group, level, permits))
        finally:
            for permit in permits:
                permit.close()

    async def _ask_group(self, tcins: Group, permit: Permit) -> tuple[CallVerdict, ShopAnswer]:
        try:
            return CallVerdict.ANSWERED, ShopAnswer(readings=await self._read_bulk(tcins, permit))
        except CallRefused as error:
            return CallVerdict.REFUSED, self._failed(tcins, error)
        except OverBudget:
            return CallVerdict.HALTED, self._leave_out(tcins)
        except (Walled, Throttled) as error:
            return CallVerdict.HALTED, self._failed(tcins, error)
        except ShopError as error:
            return CallVerdict.FAILED, self._failed(tcins, error)

    def _as_refused(self, group: Group, search: Search, answers: Mapping[Group, ShopAnswer]) -> ShopAnswer | None:
        """What the whole met, for a part of it for which there was no room. None where the whole tells it itself."""
        if any(group[0] in one for one in answers if one not in search.split):
            return None
        wholes = (one for one in search.split if group[0] in one)
        (trouble,) = answers[min(wholes, key=len)].troubles
        readings = unanswered(group, trouble.message, at=self._now())
        return ShopAnswer(readings=readings, troubles=(replace(trouble, tcins=group),))

    def _leave_out(self, group: Group) -> ShopAnswer:
        readings = unanswered(group, str(OverBudget()), at=self._now())
        return ShopAnswer(readings=readings, unasked=frozenset(group))

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

    async def _read_bulk(self, tcins: tuple[Tcin, ...], permit: Permit, *, tries: int = 2) -> Mapping[Tcin, Reading]:
        query = bulk_query(tcins, self._location, self._visitor_id)
        body = await self._call(SUMMARIES, query, tcins, permit, tries=tries)
        return self._note(parse_summaries(body, asked=tcins, store_id=self._location.store_id, at=self._now()))

    async def _read_single(self, call: str, tcin: Tcin, permit: Permit) -> Mapping[Tcin, Reading]:
        query = single_query(tcin, self._location, self._visitor_id)
        body = await self._call(call, query, (tcin,), permit, tries=2)
        return self._note(parse_product(call, body, tcin=tcin, store_id=self._location.store_id, at=self._now()))

    async def _call(
        self, call: str, query: Mapping[str, str], tcins: Sequence[Tcin], permit: Permit, *, tries: int
    ) -> AnswerBody:
        """One call, and once more after what passes by itself, unless the shop said how long to wait."""
        page = self._rng.choice(tcins)
        try:
            return await self._keys.use(
                lambda key: self._call_once(call, query, key, permit),
                fetch_page=lambda: self._fetch_page(page, permit),
            )
        except Passing as error:
            if tries == 1 or error.retry_after is not None or not permit.has_room:
                raise
            met = error
        await asyncio.sleep(self._pause.total_seconds())
        try:
            return await self._call(call, query, tcins, permit, tries=tries - 1)
        except OverBudget:
            raise met from None

    async def _call_once(self, call: str, query: Mapping[str, str], key: SecretStr, permit: Permit) -> AnswerBody:
        parameters = urlencode({**query, "key": key.get_secret_value()})
        with permit.request(), self._counted(call):
            reply = await self._session.fetch(call, f"{self._calls_url}/{call}", parameters=parameters)
            return read_answer(call, reply)

    @contextmanager
    def _counted(self, call: str) -> Iterator[None]:
        """Around one call and the reading of its answer."""
        try:
            yield
        except ShopError as error:
            self.calls[call, error.trouble] += 1
            raise
        self.calls[call, OK] += 1

    async def _fetch_page(self, tcin: Tcin, permit: Permit) -> Reply:
        with permit.request() as one_more:
            url = f"{self._site_url}/p/-/A-{tcin}"
            with self._counted(PAGE):
                return await self._session.fetch_page("product page", url, on_hop=one_more)

    def _note(self, parsed: ParsedAnswer) -> Mapping[Tcin, Reading]:
        for word in sorted(parsed.new_words - self._known_words):
            _log.warning("shop.new_word", extra={"word": word})
        self._known_words |= parsed.new_words
        return parsed.readings


def _merge(answers: Iterable[ShopAnswer]) -> ShopAnswer:
    """Of two that tell of one product, the one without trouble counts: it was asked for alone, as a witness."""
    readings: dict[Tcin, Reading] = {}
    troubles: tuple[ChunkTrouble, ...] = ()
    unasked = frozenset[Tcin]()
    for answer in sorted(answers, key=lambda one: not one.troubles):
        readings.update(answer.readings)
        troubles += answer.troubles
        unasked |= answer.unasked
    return ShopAnswer(readings=readings, troubles=troubles, unasked=unasked)
