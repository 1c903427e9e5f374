"""Who may read over HTTP, and what connections may cost; over real sockets."""

import asyncio
import resource
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import SecretStr

from bot.health import HealthMonitor
from bot.web.connections import BACKLOG, MOST_CONNECTIONS, Bounds
from tests.integration.post import eventually
from tests.integration.visit import TOKEN, Visit, visiting
from tests.world import TROVE, World, new_world

GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
SHORT, LONGER = timedelta(seconds=0.2), timedelta(seconds=60)


class Talkative(HealthMonitor):
    """Says more than any buffer on the way holds."""

    async def status(self) -> dict[str, Any]:
        return {"words": "x" * 20_000_000}


# ---- who may read


KNOWN = ("localhost", "LOCALHOST:8787", "127.0.0.1", "127.0.0.1:1", "[::1]:8787", "[0:0::1]", "Bell.Example:443")
UNKNOWN = (
    "evil.example",
    "localhost.evil.example",
    "evil.example:8787",
    "10.0.0.7",
    "",
    "evil@localhost",
    "localhost/x",
)


@pytest.mark.guards("bot", "who asks for another name is told nothing")
async def test_only_names_of_its_own_are_answered(tmp_path: Path) -> None:
    async with visiting(tmp_path, public_url="https://bell.example/page") as visit:
        known = {host: (await visit.get(host=host)).status_code for host in KNOWN}
        assert known == dict.fromkeys(KNOWN, 200)
        more = ("[localhost]", "[::2]", "localhost:x", ":8787")
        unknown = {host: (await visit.get(host=host)).status_code for host in (*UNKNOWN, *more)}
        assert unknown == dict.fromkeys(unknown, 421)
        others = [(await visit.get(path, host="evil.example")).status_code for path in ("/health", "/nothing")]
        assert others == [421, 421]


async def test_the_address_at_which_it_listens_is_a_name_of_its_own(tmp_path: Path) -> None:
    async with visiting(tmp_path, host="0.0.0.0", token=SecretStr(TOKEN)) as visit:
        known = await visit.get(host="0.0.0.0", authorization=f"Bearer {TOKEN}")
        unknown = await visit.get(host="10.0.0.7", authorization=f"Bearer {TOKEN}")
        assert (known.status_code, unknown.status_code) == (200, 421)


@pytest.mark.guards("bot", "the web side is read by a bearer token alone")
async def test_a_token_is_given_as_bearer(tmp_path: Path) -> None:
    async with visiting(tmp_path, token=SecretStr(TOKEN)) as visit:
        for given in (f"Bearer {TOKEN}", f"bearer {TOKEN}"):
            assert (await visit.get(authorization=given)).status_code == 200
        wrong = ("", TOKEN, f"Basic {TOKEN}", "Bearer", f"Bearer {TOKEN}x", f"Bearer{TOKEN}", f"Token Bearer {TOKEN}")
        for given in wrong:
            answer = await visit.get(authorization=given)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


# ---- what connections may cost


@pytest.mark.guards("bot", "connections to the web port have a bound")
async def test_more_connections_than_there_may_be_are_refused_whether_they_ask_or_not(tmp_path: Path) -> None:
    async with visiting(tmp_path, Bounds(most=4, head=LONGER)) as visit:
        served = [await visit.connect() for _ in range(4)]
        await served[0].say(GET)
        assert await served[0].until_answered() == 503  # unhealthy, as no schedule runs here
        silent, asking = await visit.connect(), await visit.connect()
        assert await silent.until_answered() == 503
        await asking.say(GET)
        assert await asking.until_answered() == 503
        await asyncio.gather(silent.until_closed(), asking.until_closed())
        await served[3].say(GET.replace(b"/health", b"/api/status"))
        assert await served[3].until_answered() == 200
        served[3].writer.close()
        await until_served(visit)


async def until_served(visit: Visit) -> None:
    async def served() -> bool:
        return (await visit.get()).status_code == 200

    await eventually(served)


HALF_A_HEAD = b"GET /health HTTP/1.1\r\nHost: local"
A_BODY = b"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nx"


@pytest.mark.guards("bot", "a head must come within ten seconds")
@pytest.mark.parametrize("words", [b"", HALF_A_HEAD], ids=["nothing", "half"])
async def test_a_head_that_does_not_come_is_not_waited_for(tmp_path: Path, words: bytes) -> None:
    async with visiting(tmp_path, Bounds(head=SHORT, idle=LONGER)) as visit:
        line = await visit.connect()
        await line.say(words)
        await line.until_closed()


@pytest.mark.guards("bot", "a head must come within ten seconds")
async def test_a_head_in_drips_gains_no_time(tmp_path: Path) -> None:
    async with visiting(tmp_path, Bounds(head=SHORT, idle=LONGER)) as visit:
        line = await visit.connect()
        closed = asyncio.create_task(line.until_closed())
        with suppress(ConnectionError):
            while not closed.done():
                await line.say(b"G")
                await asyncio.sleep(0.02)
        await closed


async def test_a_second_head_has_as_long_as_the_first(tmp_path: Path) -> None:
    async with visiting(tmp_path, Bounds(head=SHORT, idle=LONGER)) as visit:
        line = await visit.connect()
        await line.say(GET)
        await line.until_answered()
        await line.say(HALF_A_HEAD)
        await line.until_closed()


@pytest.mark.guards("bot", "an idle connection is closed")
@pytest.mark.parametrize(("words", "more"), [(GET, b""), (A_BODY, b""), (A_BODY, b"y")], ids=["idle", "body", "drips"])
async def test_who_does_nothing_is_not_waited_for(tmp_path: Path, words: bytes, more: bytes) -> None:
    async with visiting(tmp_path, Bounds(head=LONGER, idle=SHORT)) as visit:
        line = await visit.connect()
        await line.say(words)
        await line.until_answered()
        await line.say(more)
        await line.until_closed()


@pytest.mark.guards("bot", "an idle connection is closed")
async def test_who_does_not_read_is_not_waited_for(tmp_path: Path) -> None:
    async with visiting(tmp_path, Bounds(most=1, head=LONGER, idle=SHORT), health=Talkative) as visit:
        line = await visit.connect()
        line.writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio's transports of sockets have it
        await line.say(GET.replace(b"/health", b"/api/status"))
        await until_served(visit)


def test_a_connection_may_last_as_long_as_users_were_promised() -> None:
    assert Bounds() == Bounds(most=128, head=timedelta(seconds=10), idle=timedelta(seconds=30))


@pytest.mark.guards("bot", "connections to the web port leave files for the rest of the service")
async def test_idle_connections_keep_the_service_from_nothing(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world, AsyncExitStack() as lines:
        world.watch(TROVE.tcin)
        await world.start()
        await world.status()
        await fill(world, lines)
        await world.until_asked(more_than=len(world.store.calls) + 5)
        await world.ask("/stop", "Buying is off")
        assert world.log.stat().st_size < 20_000
        assert "out of system resource" not in world.log.read_text()


async def fill(world: World, lines: AsyncExitStack) -> None:
    """Let the service open few files, and hold more connections than that."""
    assert world.process is not None
    files = 256
    resource.prlimit(world.process.pid, resource.RLIMIT_NOFILE, (files, files))
    opened = await asyncio.gather(
        *(asyncio.open_connection("127.0.0.1", world.port) for _ in range(files + 2 * BACKLOG))
    )
    for _, writer in opened:
        lines.callback(writer.close)
    assert psutil.Process(world.process.pid).num_fds() < files


def test_all_connections_and_what_else_is_open_fit_into_the_usual_number_of_files() -> None:
    assert MOST_CONNECTIONS + MOST_CONNECTIONS // 4 + BACKLOG < 256
