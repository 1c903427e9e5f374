import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from sandbox.faults import Faults
from sandbox.scenario import NoSuchScenario, Scenario, Step, find_scenario, play, scenario_names
from sandbox.store import Item, PracticeStore

TROVE = "94734932"


def a_scenario(*steps: Step, round_s: float | None = None) -> Scenario:
    return Scenario(name="test", story="", items=(Item(tcin=TROVE),), steps=steps, round_s=round_s)


def a_restock(at: float) -> Step:
    return Step(at=at, tcin=TROVE, item={"shipping": "IN_STOCK"})


def a_sellout(at: float) -> Step:
    return Step(at=at, tcin=TROVE, item={"shipping": "OUT_OF_STOCK"})


@pytest.mark.looptime
async def test_things_happen_at_their_time() -> None:
    store = PracticeStore()
    async with asyncio.TaskGroup() as group:
        group.create_task(play(a_scenario(a_restock(8), a_sellout(60)), store))
        await asyncio.sleep(7)
        assert store.items[TROVE].shipping == "OUT_OF_STOCK"
        await asyncio.sleep(2)
        assert store.items[TROVE].shipping == "IN_STOCK"
        await asyncio.sleep(52)
        assert store.items[TROVE].shipping == "OUT_OF_STOCK"


@pytest.mark.looptime
async def test_a_scenario_in_rounds_begins_anew() -> None:
    store = PracticeStore()
    playing = asyncio.create_task(play(a_scenario(a_restock(8), a_sellout(60), round_s=100), store))
    await asyncio.sleep(309)
    assert store.items[TROVE].shipping == "IN_STOCK"
    await asyncio.sleep(52)
    assert store.items[TROVE].shipping == "OUT_OF_STOCK"
    assert not playing.done()
    playing.cancel()


@pytest.mark.looptime
async def test_what_goes_wrong_goes_wrong_in_every_round() -> None:
    store = PracticeStore()
    playing = asyncio.create_task(play(a_scenario(Step(at=1, faults=Faults(status=503, times=1)), round_s=10), store))
    for _ in range(2):
        await asyncio.sleep(5)
        assert store.faults.take("/").status == 503
        assert store.faults.take("/").status is None
        await asyncio.sleep(5)
    playing.cancel()


@pytest.mark.looptime
async def test_the_practice_chat_hears_its_own_part() -> None:
    heard: list[Mapping[str, Any]] = []
    await play(a_scenario(Step(at=3, chat={"status": 429})), PracticeStore(), on_chat=heard.append)
    assert heard == [{"status": 429}]


@pytest.mark.looptime
async def test_what_the_owner_says_is_said_in_its_turn_and_their_things_are_saved_for_later() -> None:
    heard: list[str] = []
    store = PracticeStore()
    story = replace(a_scenario(Step(at=3, says="/mode live"), Step(at=5, says="/stop")), saved={TROVE: 2})
    await play(story, store, on_says=heard.append)
    assert heard == ["/mode live", "/stop"]
    assert store.shop.saved.own == {TROVE: 2}


def test_an_unknown_scenario_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(NoSuchScenario, match="demo"):
        find_scenario("quiet")


def test_the_demo_restocks_soon_and_goes_on_for_ever() -> None:
    demo = find_scenario("demo")
    restocks = [step.at for step in demo.steps if step.item.get("shipping") == "IN_STOCK"]
    assert restocks[0] <= 8
    assert demo.round_s is not None


@pytest.mark.parametrize("name", scenario_names())
def test_steps_are_in_order_and_end_within_the_round(name: str) -> None:
    scenario = find_scenario(name)
    times = [step.at for step in scenario.steps]
    assert scenario.name == name
    assert times == sorted(times)
    assert scenario.round_s is None or times[-1] < scenario.round_s


@pytest.mark.looptime
@pytest.mark.parametrize("name", scenario_names())
async def test_every_scenario_ends_with_a_store_in_good_health(name: str) -> None:
    scenario = find_scenario(name)
    store = PracticeStore()
    playing = asyncio.create_task(play(scenario, store))
    await asyncio.sleep(scenario.steps[-1].at + 1)
    playing.cancel()
    assert store.faults == Faults()
    assert set(store.items) == set(scenario.tcins)


@pytest.mark.looptime
async def test_a_round_of_the_demo_leaves_the_shelf_as_it_was() -> None:
    demo = find_scenario("demo")
    store = PracticeStore()
    playing = asyncio.create_task(play(demo, store))
    await asyncio.sleep((demo.round_s or 0) - 1)
    playing.cancel()
    assert tuple(store.items.values()) == demo.items
