"""The owner's budget of requests, of the real process against a store that counts."""

from pathlib import Path

from sandbox.store import Item
from tests.world import new_world

PER_MINUTE = 4


async def test_the_shop_gets_no_more_than_the_budget_and_who_asks_by_hand_is_told_until_when(tmp_path: Path) -> None:
    items = [Item(tcin=str(90000001 + number), title=f"Lamp {number}") for number in range(60)]
    async with new_world(tmp_path, items=items, STOCKBELL_MONITOR__BUDGET_PER_MINUTE=str(PER_MINUTE)) as world:
        world.watch(*(one.tcin for one in items))
        world.say("/start")
        await world.start()
        await world.until_asked(more_than=PER_MINUTE - 1)
        world.say("/refresh")
        words = f"/refresh was not done: the budget of {PER_MINUTE} requests a minute is used up until "
        await world.until_chat(lambda: any(words in one.text for one in world.messages()))
        assert len(world.store.calls) == PER_MINUTE
        plan = (await world.status())["plan"]
        assert set(plan) == {one.tcin for one in items}
        reply = await world.ask(f"/why {items[0].tcin}", "as your budget of requests allows")
        assert "Asked about every" in reply.text
