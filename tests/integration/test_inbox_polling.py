"""What the inbox does when Telegram is away or refuses it, and how it knows what waited meanwhile."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.inbox.inbox import MOST_UPDATES
from purchasing.recovery import Downtime
from tests.integration.bot_calls import Bot
from tests.integration.inbox_desk import OWNER, fetching, new_desk, origin_of
from tests.integration.post import eventually


@pytest.mark.guards("bot", "a webhook that was left behind is taken away")
async def test_a_webhook_that_somebody_left_behind_is_taken_away(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        desk.chat.webhook = "https://elsewhere.example"
        desk.chat.say(OWNER.id, "/status")
        async with fetching(desk):
            assert await desk.until_heard() == ["status"]


async def test_the_inbox_waits_out_a_flood(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        desk.chat.faults.flood_method("getUpdates", retry_after=2)
        desk.chat.say(OWNER.id, "/status")
        async with fetching(desk):
            assert await desk.until_heard() == ["status"]
        refused, answered = [call.at for call in desk.chat.calls if call.method == "getUpdates"][:2]
        assert answered - refused >= 2


async def test_what_was_said_while_telegram_was_away_is_heard_afterwards(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.until_heard()
        desk.chat.faults.down = True

        async def troubled() -> bool:
            return desk.inbox.trouble is not None

        await eventually(troubled)
        desk.chat.say(OWNER.id, "/status")
        desk.chat.faults.clear()
        assert await desk.until_heard() == ["version", "status"]
        assert desk.inbox.trouble is None


@pytest.mark.parametrize("refused", [True, False], ids=["a wrong token", "another program that polls"])
async def test_what_keeps_the_inbox_from_fetching_is_told(tmp_path: Path, *, refused: bool) -> None:
    async with new_desk(tmp_path) as desk, httpx.AsyncClient() as client:
        await desk.until_heard()
        if refused:
            desk.chat.faults.token_refused = True
            desk.chat.say(OWNER.id, "/version")  # a poll that has begun already ends by it

        async def told() -> bool:
            if not refused:  # the inbox may just be between two polls
                await Bot(f"{desk.url}/bot{desk.chat.token}", client).answer("getUpdates", timeout=0)
            said = "Telegram refuses the token" if refused else "another program polls with this token"
            return desk.inbox.trouble == said

        await eventually(told)


# ---- what waited


@pytest.mark.guards("bot", "what waited through a downtime is late, however many answers it fills")
async def test_all_that_waited_through_a_downtime_is_late_however_many_answers_it_fills(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        desk.inbox.begin(Downtime(away=timedelta(seconds=121), down=timedelta()))
        for _ in range(MOST_UPDATES + 1):
            desk.chat.press(OWNER.id, 1, "/buy #1")
        running = asyncio.create_task(desk.inbox.fetch())
        assert len(await desk.until_heard()) == MOST_UPDATES + 1
        desk.chat.press(OWNER.id, 1, "/buy #2")
        await desk.until_heard()
        running.cancel()
        await asyncio.wait({running})
        late = [origin_of(one).late for one in await desk.stored() if one.what == "buy"]
        assert late == [True] * (MOST_UPDATES + 1) + [False]


@pytest.mark.guards("bot", "what comes in on an unbroken poll did not wait, whatever its date says")
@pytest.mark.parametrize(("ahead", "way"), [(timedelta(hours=3), "ahead of"), (timedelta(hours=-3), "behind")])
async def test_what_comes_in_on_an_unbroken_poll_did_not_wait_and_clocks_that_differ_are_told(
    tmp_path: Path, ahead: timedelta, way: str
) -> None:
    async with new_desk(tmp_path) as desk:
        desk.clock.at = datetime.now(UTC).replace(microsecond=0) + ahead  # noqa: TID251  Telegram's clock is the real one
        await desk.until_heard()
        desk.chat.say(OWNER.id, "/resume")
        await desk.until_heard()
        *_, resume, _ = await desk.stored()
        assert (resume.what, resume.at) == ("resume", desk.clock.at)
        assert re.search(rf"clock is (2 h 59 m|3 h).* {way} Telegram's", desk.inbox.clock_trouble or "")
        desk.clock.at = datetime.now(UTC)  # noqa: TID251  as above
        await desk.until_heard()  # a clock that was set on may as well be a machine that slept
        await desk.until_heard()
        assert desk.inbox.clock_trouble is None


@pytest.mark.guards("bot", "what was said while the machine slept waited")
async def test_what_was_said_while_the_machine_slept_waited(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        desk.clock.at = datetime.now(UTC)  # noqa: TID251  Telegram's clock is the real one
        await desk.until_heard()
        desk.chat.say(OWNER.id, "/resume")
        desk.clock.at += timedelta(hours=1)  # the monotonic clock stands still in a sleep
        await desk.until_heard()
        *_, resume, _ = await desk.stored()
        assert resume.what == "resume"
        assert timedelta(minutes=59) < desk.clock.at - resume.at < timedelta(minutes=61)
