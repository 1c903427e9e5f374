"""How often the shop itself is asked by hand; over a real file."""

from pathlib import Path

import pytest

from bot.commands.checks import LEAST_REFRESH
from purchasing.commands import NotDone
from tests.builders import A, seconds, tcins
from tests.integration.command_desk import new_desk

MOMENT = seconds(0.5)


@pytest.mark.guards("bot", "by hand the shop is asked at most every 10 s, whatever asks")
async def test_of_many_refreshes_at_once_one_asks_and_the_others_are_told_why_not(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        told = [await desk.say("/refresh") for _ in range(3)]
        assert told == [None, *["I checked less than 10 s ago"] * 2]
        assert desk.checks == 1
        desk.clock.go_on(LEAST_REFRESH)
        assert await desk.say("/refresh") is None
        assert desk.checks == 2


@pytest.mark.parametrize("text", ["/resume", "/drill"])
async def test_what_checks_too_soon_is_done_and_the_check_is_left_to_the_next_cycle(tmp_path: Path, text: str) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.say("/refresh")
        desk.clock.go_on(MOMENT)
        assert await desk.say(text) is None
        assert desk.checks == 1


@pytest.mark.guards("bot", "by hand the shop is asked at most every 10 s, whatever asks")
@pytest.mark.parametrize("text", ["/resume", "/drill", "/refresh"])
async def test_a_check_too_soon_after_a_cycle_of_the_schedule_is_none(tmp_path: Path, text: str) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.cycle()
        desk.clock.go_on(LEAST_REFRESH - MOMENT)
        await desk.say(text)
        assert desk.checks == 0
        desk.clock.go_on(MOMENT)
        await desk.say("/refresh")
        assert desk.checks == 1


@pytest.mark.guards("bot", "while all is paused, only `/refresh` asks")
async def test_while_all_is_paused_only_a_refresh_asks(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.watch(A)
        await desk.say("/pause")
        await desk.say(f"/resume {A}")
        await desk.say("/drill")
        assert desk.checks == 0
        await desk.say("/refresh")
        assert desk.checks == 1


@pytest.mark.guards("bot", "a refresh beyond the budget of requests is refused with the time at which it is allowed")
async def test_a_refresh_beyond_the_budget_is_refused_until_the_budget_allows_it(tmp_path: Path) -> None:
    async with new_desk(tmp_path, per_minute=6) as desk:
        await desk.watch(*tcins(40))  # two calls
        with desk.budget.permit(5).request():
            desk.clock.go_on(seconds(5))
        desk.clock.go_on(seconds(20))
        refused = await desk.give("/refresh")
        assert refused == NotDone(
            why="the budget of 6 requests a minute is used up", until=desk.clock.now() + seconds(40)
        )
        assert desk.checks == 0
        desk.clock.go_on(seconds(40))
        assert await desk.say("/refresh") is None
        assert desk.checks == 1


async def test_a_budget_that_never_has_room_for_all_lets_a_refresh_ask_for_as_many_as_a_cycle_would(
    tmp_path: Path,
) -> None:
    async with new_desk(tmp_path, per_minute=3) as desk:
        await desk.watch(*tcins(84))  # three calls, while each cycle makes one
        for _ in range(2):
            desk.budget.note()
        assert await desk.say("/refresh") is None
        assert desk.checks == 1


@pytest.mark.parametrize("text", ["/resume", "/drill"])
async def test_beyond_the_budget_the_check_is_left_to_the_next_cycle(tmp_path: Path, text: str) -> None:
    async with new_desk(tmp_path, per_minute=1) as desk:
        desk.budget.note()
        assert await desk.say(text) is None
        assert desk.checks == 0


async def test_many_resumes_in_a_row_check_once(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        for _ in range(5):
            assert await desk.say("/resume") is None
            desk.clock.go_on(MOMENT)
        assert desk.checks == 1


@pytest.mark.parametrize("hours", [-5, 5])
async def test_a_clock_that_was_set_lets_no_check_come_sooner_and_none_wait_long(tmp_path: Path, hours: float) -> None:
    async with new_desk(tmp_path) as desk:
        await desk.cycle()
        desk.clock.go_on(LEAST_REFRESH)
        await desk.say("/refresh")
        desk.clock.set_wall_clock(seconds(hours * 3600))
        assert await desk.say("/refresh") is not None
        desk.clock.go_on(LEAST_REFRESH)
        assert await desk.say("/refresh") is None
