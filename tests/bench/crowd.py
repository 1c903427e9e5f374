"""100 cycles a minute over 200 products into a group whose pace is enforced: refusals, and who waits for whom."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from sandbox.chat import Limits
from tests.bench.report import Figure, Sample
from tests.bench.service import Commit, read_trace
from tests.bench.stage import ROOM, Stage, new_stage, until_cycle
from tests.bench.store_process import tcins_of
from tests.world import ADA

EVERY_S = 0.6
#: One restock and one question in each of these: with the board's edits, about what a group may take.
STEP_S = 10.0
TOO_MANY = 429


async def crowd_figures(folder: Path, steps: int, *, step_s: float = STEP_S, products: int = 200) -> list[Figure]:
    room = {"STOCKBELL_TELEGRAM__GROUPS": f"[{ROOM.id}]"}
    async with new_stage(folder, products, every_s=EVERY_S, groups=[ROOM], settings=room) as stage:
        first = await _begin(stage)
        delays = [await _step(stage, tcin, step_s) for tcin in tcins_of(steps)]
        cycles = await until_cycle(stage, first + 1) - first
        refused = sum(call.status == TOO_MANY for call in stage.chat.calls)
        await stage.stop()
        commits = read_trace(stage.trace).commits
    load = f"{cycles / (steps * step_s) * 60:.0f} cycles a minute for {steps * step_s:.0f} s, {products} products"
    return list(_figures(refused, load, _overtakings(ROOM.id, commits), Sample(delays)))


def _figures(refused: int, load: str, overtakings: Sequence[int], delays: Sample) -> Iterator[Figure]:
    yield Figure(name="429s of a group", ours=f"{refused}; {load}", target="none", met=refused == 0)
    yield Figure(
        name="alerts behind a board or reply",
        ours=f"{sum(map(bool, overtakings))} of {len(overtakings)}",
        target="none",
        met=not any(overtakings),
    )
    yield Figure(name="alert's delay in the group", ours=f"{delays}, the group's pace included")


async def _begin(stage: Stage) -> int:
    stage.chat.limits = Limits()
    stage.say("/start")
    stage.chat.say(ADA.id, "/board", chat=ROOM.id)
    await stage.start_traced()
    return await until_cycle(stage, 2)


async def _step(stage: Stage, tcin: str, step_s: float) -> float:
    """A restock, and a question in the group just before its alert; how long after the answer the alert came."""
    clock = asyncio.get_running_loop().time
    began = clock()
    stage.chat.say(ADA.id, "/status", chat=ROOM.id)
    stage.store.set(tcin, shipping="IN_STOCK")
    arrived = await stage.alerted(tcin, ROOM.id, seconds=90)
    await asyncio.sleep(max(0.0, began + step_s - clock()))
    return arrived - stage.store.first_answer_on(tcin, asked_after=began)


def _overtakings(chat: int, commits: Sequence[Commit]) -> list[int]:
    """For each alert of this chat, how many boards and replies were put on their way while it waited."""
    planned = {key: place for place, one in enumerate(commits) for key in one.planned if _is_alert(key, chat)}
    return [_overtaking(key, chat, commits[place:]) for key, place in planned.items()]


def _overtaking(alert: str, chat: int, commits: Sequence[Commit]) -> int:
    left = next((place for place, one in enumerate(commits) if alert in one.sending), len(commits))
    return sum(_is_lesser(key, chat) for one in commits[:left] for key in one.sending)


def _is_alert(key: str, chat: int) -> bool:
    return key.startswith("alert:") and key.endswith(f":{chat}")


def _is_lesser(key: str, chat: int) -> bool:
    """A board or a reply of this chat; the only one who asks there is Ada, so every reply is its own."""
    return key.startswith("reply:") or (key.startswith("board:") and key.endswith(f":{chat}"))
