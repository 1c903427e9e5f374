"""The HTTP session with the shop: connections that stay open, bounds on every answer, and no httpx error let out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from config.clock import Now
from config.http import MOST_BYTES, accepting, bounded
from monitor.errors import CallRefused, Passing
from monitor.target.replies import Reply, read_retry_after

LARGEST_ANSWER = 8 * 2**20
LARGEST_PAGE = 16 * 2**20

#: What is larger is read one at a time, so that many at once don't fill the memory. The shop's answers are smaller.
_ORDINARY = 2**20
_MOST_AT_ONCE = 16
_LONGEST_COOKIE = 4096
_MOST_COOKIES = 100
#: Redirections from the address of a page to the page.
_MOST_HOPS = 5
_KEEPALIVE_S = 120


class HttpSession:
    """One user agent and one set of cookies over a few connections. To be closed with `aclose`."""

    def __init__(self, *, user_agent: str, timeout: timedelta, now: Now, largest_answer: int = LARGEST_ANSWER) -> None:
        self._timeout_s = timeout.total_seconds()
        self._now = now
        self._large = asyncio.Lock()
        self._clients = _make_clients(user_agent, largest_answer)
        #: The clients that are free; the one used last is taken first, so that few connections are kept busy.
        self._free = asyncio.LifoQueue[httpx.AsyncClient]()
        for client in self._clients:
            self._free.put_nowait(client)

    async def aclose(self) -> None:
        for client in self._clients:
            await client.aclose()

    async def fetch(self, what: str, url: str, *, parameters: str = "") -> Reply:
        """The whole answer, bounded in size, and in time from its asking to its end, not only between its parts.

        `parameters` are sent as the query of the address, and shown in no log and no error: they hold the key.

        Raises:
            Passing: no whole answer came, or none in time.
            CallRefused: it is too large, packed as nobody asked for or no HTTP, or the address leads nowhere.
        """
        return await self._fetch(what, url, parameters=parameters)

    async def fetch_page(self, what: str, url: str, *, on_hop: Callable[[], None]) -> Reply:
        """As `fetch`, for a page, to which the address leads over no more than a few others.

        `on_hop` is called before each of these is asked for, and may raise.
        """
        return await self._fetch(what, url, most=LARGEST_PAGE, hops=_MOST_HOPS, on_hop=on_hop)

    async def _fetch(
        self,
        what: str,
        url: str,
        *,
        parameters: str = "",
        most: int | None = None,
        hops: int = 0,
        on_hop: Callable[[], None] | None = None,
    ) -> Reply:
        try:
            async with self._take_client() as client, asyncio.timeout(self._timeout_s):
                response = await client.send(_build_request(client, url, parameters, most), stream=True)
                while hops and response.next_request is not None:
                    # Left unread: the library would keep what every redirection holds.
                    await response.aclose()
                    hops -= 1
                    if on_hop is not None:
                        on_hop()
                    response = await client.send(response.next_request, stream=True)
                return await self._read(response)
        except TimeoutError as error:
            raise Passing(f"{what}: no whole answer within {self._timeout_s:g} s") from error
        except httpx.TransportError as error:
            raise Passing(f"{what}: {_name(error)}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CallRefused(f"{what}: {_name(error)}") from error

    @asynccontextmanager
    async def _take_client(self) -> AsyncIterator[httpx.AsyncClient]:
        client = await self._free.get()
        try:
            yield client
        finally:
            self._free.put_nowait(client)

    async def _read(self, response: httpx.Response) -> Reply:
        body = bytearray()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(response.aclose)
            async for part in response.aiter_raw():
                if len(body) <= _ORDINARY < len(body) + len(part):
                    await stack.enter_async_context(self._large)
                body += part
        wait = read_retry_after(response.headers.get("retry-after"), at=self._now())
        return Reply(status=response.status_code, body=bytes(body), retry_after=wait)


def _make_clients(user_agent: str, largest_answer: int) -> list[httpx.AsyncClient]:
    """One client for each connection.

    In a pool, calls that begin together are all given the first idle connection, fail but for one and try again, and
    each time every connection is looked at: that cost as much as the calls themselves.
    """
    context, cookies = httpx.create_ssl_context(), CookieJar(_FewCookies())
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=_KEEPALIVE_S)
    return [
        httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(verify=context, limits=limits),
            headers={"User-Agent": user_agent, **accepting()},
            event_hooks=bounded(most=largest_answer),
            cookies=cookies,
            timeout=None,  # noqa: S113  asyncio.timeout bounds the whole of each answer
        )
        for _ in range(_MOST_AT_ONCE)
    ]


class _FewCookies(DefaultCookiePolicy):
    """Keeps as much as any honest shop sets: what is kept is sent with every call, and grows for ever else."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: set[tuple[str, str, str]] = set()

    def set_ok(self, cookie: Cookie, request: Any) -> bool:
        key = (cookie.domain, cookie.path, cookie.name)
        if len(cookie.value or "") + sum(map(len, key)) > _LONGEST_COOKIE or not super().set_ok(cookie, request):
            return False
        if len(self._kept) < _MOST_COOKIES:
            self._kept.add(key)
        return key in self._kept


def _build_request(client: httpx.AsyncClient, address: str, parameters: str, most: int | None) -> httpx.Request:
    url = httpx.URL(address)
    # The target is what is sent in place of the address, of which httpx shows the whole in its log and its errors.
    target = {"target": b"%b?%b" % (url.raw_path, parameters.encode())} if parameters else {}
    bound = {} if most is None else {MOST_BYTES: most}
    return client.build_request("GET", url, extensions={**target, **bound})


def _name(error: Exception) -> str:
    return str(error) or type(error).__name__
