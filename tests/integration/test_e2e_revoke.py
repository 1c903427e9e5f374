"""Whoever is revoked: nothing that they said is done any more, and nothing reaches them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.chat import Group, Message, Person
from tests.world import ADA, DRAGON, TROVE, World, new_world

OLGA = Person(id=4001, first_name="Olga", started=True)
HOME = Group(id=-1001000000001, title="Home")


@asynccontextmanager
async def with_a_guest(folder: Path, *, viewers: str = "[]") -> AsyncGenerator[World]:
    """Ada has let Olga in as operator."""
    async with new_world(folder, people=(ADA, OLGA), STOCKBELL_TELEGRAM__VIEWERS=viewers) as world:
        world.watch(TROVE.tcin)
        await world.start()
        code = (await world.ask("/invite operator", "/start ")).text.partition("/start ")[2][:8]
        await world.ask(f"/start {code}", "You are operator here", person=OLGA.id)
        await world.until_delivered()
        yield world


def _edits(world: World, board: Message) -> int:
    return next(one.edits for one in world.messages(board.chat_id) if one.message_id == board.message_id)


async def test_what_was_said_after_the_revoke_is_not_done_though_both_waited_together(tmp_path: Path) -> None:
    async with with_a_guest(tmp_path) as world:
        await world.stop()
        before = world.last_id(OLGA.id)
        world.say(f"/revoke {OLGA.id}")
        world.chat.say(OLGA.id, f"/remove {TROVE.tcin}")
        world.chat.say(OLGA.id, f"/add {DRAGON.tcin}")
        await world.start()
        await world.ask("/version", "Stockbell")
        assert [one["tcin"] for one in (await world.status())["products"]] == [TROVE.tcin]
        assert [one.text for one in world.messages(OLGA.id) if one.message_id > before] == []


async def test_whoever_is_revoked_has_no_board_and_no_menu_and_is_told_nothing_that_still_waited(
    tmp_path: Path,
) -> None:
    async with with_a_guest(tmp_path) as world:
        await world.ask("/board", "check ", person=OLGA.id)
        await world.until_delivered()
        world.chat.faults.flood(OLGA.id, seconds=120)
        world.chat.say(OLGA.id, "/version")
        unsent = "SELECT key FROM message WHERE chat = ? AND state = 'waiting' AND key LIKE 'reply:%'"
        await world.until_status(lambda _: world.rows(unsent, OLGA.id))
        await world.until_chat(lambda: "stop" in world.menu_of(OLGA.id))
        await world.ask(f"/revoke {OLGA.id}", "is shut out")
        await world.until_chat(lambda: "stop" not in world.menu_of(OLGA.id))
        told = "SELECT chat FROM listener UNION ALL SELECT chat FROM board"
        await world.until_rows([(ADA.id,)], told)
        await world.until_rows([], unsent, OLGA.id)


async def test_a_revoke_says_which_role_stays_by_the_settings(tmp_path: Path) -> None:
    async with with_a_guest(tmp_path, viewers=f"[{OLGA.id}]") as world:
        told = await world.ask(f"/revoke {OLGA.id}", str(OLGA.id))
        assert "By the settings they stay viewer." in told.text
        await world.ask("/start", "You are viewer here", person=OLGA.id)


async def test_the_board_of_who_was_taken_out_of_the_settings_is_kept_up_no_longer(tmp_path: Path) -> None:
    listed = {"STOCKBELL_TELEGRAM__OPERATORS": f"[{OLGA.id}]", "STOCKBELL_TELEGRAM__GROUPS": f"[{HOME.id}]"}
    async with new_world(tmp_path, people=(ADA, OLGA), groups=(HOME,)) as world:
        world.settings |= listed
        world.watch(TROVE.tcin)
        await world.start()
        boards = [
            await world.ask("/board", "check "),
            await world.ask("/board", "check ", person=OLGA.id),
            await world.ask("/board", "check ", chat=HOME.id),
        ]
        await world.until_delivered()
        await world.kill()
        world.settings |= dict.fromkeys(listed, "[]")
        was = [_edits(world, board) for board in boards]
        await world.start()
        await world.until_chat(lambda: _edits(world, boards[0]) >= was[0] + 2)
        assert [_edits(world, board) for board in boards[1:]] == was[1:]
