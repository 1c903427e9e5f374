"""How a code from the console, or an invitation, lets people in."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.access.invitations import CODE_HOLDS, CONSOLE, TRIES
from bot.access.roles import Access, Role
from sandbox.chat import Person, PracticeChat
from tests.builders import seconds
from tests.integration.inbox_desk import (
    LISTED,
    OPERATOR,
    OWNER,
    STRANGER,
    UNASKED,
    VIEWER,
    Desk,
    in_private,
    new_desk,
    origin_of,
)


async def in_reply_to(desk: Desk, text: str, person: Person = STRANGER, **more: Any) -> list[str]:
    """What is stored after this person said it."""
    desk.chat.say(person.id, text, **more)
    return await desk.until_heard()


async def a_code(desk: Desk) -> str:
    """A one-time code as the service's console shows it."""
    code = await desk.members.first_code()
    assert code is not None
    return code


@asynccontextmanager
async def ownerless(folder: Path) -> AsyncIterator[tuple[Desk, str]]:
    """A service that only knows an operator, who can speak but not let in; and the code for its first owner."""
    async with new_desk(folder, Access(operators=[OWNER.id], groups=[LISTED.id])) as desk:
        yield desk, await a_code(desk)


async def test_the_code_on_the_console_lets_the_first_owner_in_and_greets(tmp_path: Path) -> None:
    async with ownerless(tmp_path) as (desk, code):
        assert await in_reply_to(desk, f"/start {code}") == ["start"]
        assert desk.members.access.role_of(STRANGER.id) is Role.OWNER
        assert await desk.members.first_code() is None


async def test_a_code_is_read_in_any_case(tmp_path: Path) -> None:
    async with ownerless(tmp_path) as (desk, code):
        await in_reply_to(desk, f"/start {code.lower()} ")
        assert desk.members.access.role_of(STRANGER.id) is Role.OWNER


async def test_a_wrong_code_gets_silence(tmp_path: Path) -> None:
    async with ownerless(tmp_path) as (desk, _):
        assert await in_reply_to(desk, "/start ABCD2345") == []
        assert desk.members.access.role_of(STRANGER.id) is None
        assert desk.done <= UNASKED


@pytest.mark.guards("bot", "five wrong codes bar who said them")
@pytest.mark.parametrize(("wrong", "role"), [(4, Role.OWNER), (5, None)])
async def test_five_wrong_codes_bar_who_said_them(tmp_path: Path, wrong: int, role: Role | None) -> None:
    async with ownerless(tmp_path) as (desk, code):
        for _ in range(wrong):
            desk.chat.say(STRANGER.id, "/start ABCD2345")
        await in_reply_to(desk, f"/start {code}")
        assert desk.members.access.role_of(STRANGER.id) is role


@pytest.mark.guards("bot", "a wrong code costs its sender alone")
async def test_wrong_codes_void_nobodys_invitation(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        code = await desk.invitations.invite(Role.OPERATOR, by=str(OWNER.id))
        for _ in range(2 * TRIES):
            desk.chat.say(STRANGER.id, "/start ABCD2345")
        assert await in_reply_to(desk, f"/start {code}", VIEWER) == ["start"]
        assert desk.members.access.role_of(VIEWER.id) is Role.OPERATOR


async def test_a_code_of_an_earlier_run_is_good(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        code = await desk.invitations.invite(Role.OPERATOR, by=str(OWNER.id))
    async with new_desk(tmp_path) as desk:
        await desk.members.reload()
        assert await in_reply_to(desk, f"/start {code}") == ["start"]


@pytest.mark.guards("bot", "strangers cost no transaction")
async def test_what_strangers_say_and_do_costs_no_transaction(tmp_path: Path) -> None:
    async with new_desk(tmp_path, begin=False) as desk:
        await desk.invitations.invite(Role.OPERATOR, by=str(OWNER.id))
        me = await desk.api.me()
        before = desk.database.transactions
        for number in range(300):
            stranger = Person(id=5000 + number, first_name="Mallory")
            said = (
                in_private(stranger, text=f"/start WRONG{number}"),
                in_private(stranger, text="stop"),
                in_private(stranger, migrate_to_chat_id=-number),
            )
            await desk.inbox.take([{"update_id": number, **one} for one in said], me)
        # Only that people could be heard is noted now and then.
        assert desk.database.transactions - before < 30


@pytest.mark.guards("bot", "a code holds for ten minutes")
@pytest.mark.parametrize(("late", "role"), [(timedelta(), Role.OWNER), (timedelta(seconds=1), None)])
async def test_a_code_runs_out(tmp_path: Path, late: timedelta, role: Role | None) -> None:
    async with ownerless(tmp_path) as (desk, code):
        desk.clock.go_on(CODE_HOLDS + late)
        await in_reply_to(desk, f"/start {code}")
        assert desk.members.access.role_of(STRANGER.id) is role


async def test_whoever_is_let_in_is_offered_the_commands_of_their_role(tmp_path: Path) -> None:
    async with ownerless(tmp_path) as (desk, code):
        desk.chat.say(STRANGER.id, f"/start {code}")
        await desk.chat.until(lambda: "rearm" in str([call.params for call in desk.chat.calls]))


async def test_a_code_raises_a_role(tmp_path: Path) -> None:
    async with ownerless(tmp_path) as (desk, code):
        assert await in_reply_to(desk, f"/start {code}", OWNER) == ["start"]
        assert desk.members.access.role_of(OWNER.id) is Role.OWNER
        assert [origin_of(one).role for one in await desk.stored()] == [Role.OWNER] * 2


async def test_a_code_that_would_raise_nobody_is_left_for_whom_it_is_meant(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        code = await desk.invitations.invite(Role.OPERATOR, by=str(OWNER.id))
        assert await in_reply_to(desk, f"/start {code}", OPERATOR) == ["start"]
        assert await in_reply_to(desk, f"/start {code}") == ["start", "version", "start"]
        assert [desk.members.access.role_of(one.id) for one in (OPERATOR, STRANGER)] == [Role.OPERATOR] * 2


async def test_a_code_works_once(tmp_path: Path) -> None:
    async with ownerless(tmp_path) as (desk, code):
        await in_reply_to(desk, f"/start {code}")
        assert await in_reply_to(desk, f"/start {code}", VIEWER) == ["start", "version"]
        assert desk.members.access.role_of(VIEWER.id) is None


@pytest.mark.guards("bot", "a code counts in a start of one's own, in private")
@pytest.mark.parametrize(
    "act",
    [
        lambda chat, code: chat.say(STRANGER.id, f"/start {code}", chat=LISTED.id),
        lambda chat, code: chat.say(STRANGER.id, f"/start {code}", forwarded=True),
        lambda chat, code: chat.press(STRANGER.id, 1, f"/start {code}"),
        lambda chat, code: chat.say(STRANGER.id, f"/help {code}"),
        lambda chat, code: chat.say(STRANGER.id, code),
    ],
    ids=["in a group", "forwarded", "pressed", "another command", "bare"],
)
async def test_a_code_counts_only_in_a_start_of_ones_own_in_private(
    tmp_path: Path, act: Callable[[PracticeChat, str], object]
) -> None:
    async with ownerless(tmp_path) as (desk, code):
        act(desk.chat, code)
        assert await desk.until_heard() == []
        assert desk.members.access.role_of(STRANGER.id) is None


async def test_with_an_owner_in_the_settings_there_is_no_code(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        assert await desk.members.first_code() is None


async def test_an_owner_in_the_settings_ends_the_code_of_an_earlier_start(tmp_path: Path) -> None:
    async with new_desk(tmp_path) as desk:
        code = await desk.invitations.invite(Role.OWNER, by=CONSOLE)
        assert await desk.members.first_code() is None
        assert await in_reply_to(desk, f"/start {code}") == []


@pytest.mark.parametrize(
    ("tries", "late", "is_fresh"),
    [(2 * TRIES, timedelta(), False), (0, CODE_HOLDS + seconds(1), True)],
    ids=["others said wrong ones", "run out"],
)
async def test_a_code_that_is_good_no_longer_is_followed_by_a_fresh_one(
    tmp_path: Path, tries: int, late: timedelta, *, is_fresh: bool
) -> None:
    async with ownerless(tmp_path) as (desk, _):
        for _ in range(tries):
            desk.chat.say(STRANGER.id, "/start ABCD2345")
        await desk.until_heard()
        desk.clock.go_on(late)
        fresh = await desk.members.next_code()
        assert (fresh is not None) is is_fresh
