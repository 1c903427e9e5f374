"""The HTTP session with the shop: connections that stay open, bounds on every answer, and no httpx error let out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from http.cookiejar import CookieJar

import httpx

from config.clock import Now
from monitor.errors import CallRefused, Passing
from monitor.target.replies import Reply, read_retry_after

LARGEST_ANSWER = 8 * 2**20

_MOST_AT_ONCE = 16
_KEEPALIVE_S = 120


class HttpSession:
    """One user agent and one set of cookies over a few connections. To be closed with `aclose`."""

    def __init__(self, *, user_agent: str, timeout: timedelta, now: Now, largest_answer: int = LARGEST_ANSWER) -> None:
        self._timeout_s = timeout.total_seconds()
        self._now = now
        self._largest_answer = largest_answer
        self._clients = _make_clients(user_agent)
        #: The clients that are free; the one used last is taken first, so that few connections are kept busy.
        self._free = asyncio.LifoQueue[httpx.AsyncClient]()
        for client in self._clients:
            self._free.put_nowait(client)

    async def aclose(self) -> None:
        for client in self._clients:
            await client.aclose()

    async def fetch(self, what: str, url: str, *, parameters: str = "", follow_redirects: bool = False) -> Reply:
        """The whole answer, bounded in size, and in time from its asking to its end, not only between its parts.

        `parameters` are sent as the query of the address, and shown in no log and no error: they hold the key.

        Raises:
            Passing: no whole answer came, or none in time.
            CallRefused: it is too large or no HTTP, or the address leads nowhere.
        """
        try:
            async with self._take_client() as client, asyncio.timeout(self._timeout_s):
                request = _build_request(client, url, parameters)
                response = await client.send(request, stream=True, follow_redirects=follow_redirects)
                return await self._read(what, response)
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

    async def _read(self, what: str, response: httpx.Response) -> Reply:
        body = bytearray()
        try:
            async for part in response.aiter_bytes():
                body += part
                if len(body) > self._largest_answer:
                    raise CallRefused(f"{what}: an answer of more than {self._largest_answer} bytes")
        finally:
            await response.aclose()
        wait = read_retry_after(response.headers.get("retry-after"), at=self._now())
        return Reply(status=response.status_code, body=bytes(body), retry_after=wait)


def _make_clients(user_agent: str) -> list[httpx.AsyncClient]:
    """One client for each connection.

    In a pool, calls that begin together are all given the first idle connection, fail but for one and try again, and
    each time every connection is looked at: that cost as much as the calls themselves.
    """
    context, cookies = httpx.create_ssl_context(), CookieJar()
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=_KEEPALIVE_S)
    return [
        httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(verify=context, limits=limits),
            headers={"User-Agent": user_agent},
            cookies=cookies,
            timeout=None,  # noqa: S113  asyncio.timeout bounds the whole of each answer
        )
        for _ in range(_MOST_AT_ONCE)
    ]


def _build_request(client: httpx.AsyncClient, address: str, parameters: str) -> httpx.Request:
    url = httpx.URL(address)
    # The target is what is sent in place of the address, of which httpx shows the whole in its log and its errors.
    target = {"target": b"%b?%b" % (url.raw_path, parameters.encode())} if parameters else {}
    return client.build_request("GET", url, extensions=target)


def _name(error: Exception) -> str:
    return str(error) or type(error).__name__
