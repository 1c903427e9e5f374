"""Whoever is revoked: nothing that they said is done any more, and nothing reaches them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.chat import Person
from tests.world import ADA, DRAGON, TROVE, World, new_world

OLGA = Person(id=4001, first_name="Olga", started=True)


@asynccontextmanager
async def with_a_guest(folder: Path) -> AsyncGenerator[World]:
    """Ada has let Olga in as operator."""
    async with new_world(folder, people=(ADA, OLGA)) as world:
        world.watch(TROVE.tcin)
        await world.start()
        code = (await world.ask("/invite operator", "/start ")).text.partition("/start ")[2][:8]
        await world.ask(f"/start {code}", "You are operator here", person=OLGA.id)
        await world.until_delivered()
        yield world


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
