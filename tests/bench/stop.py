"""From the arrival of a batch whose last update is a stop to the closed gate, while everything else is slow."""

import asyncio
from pathlib import Path

from sandbox.chat import PracticeChat
from tests.bench.bare_bot import BareBot, bare_bot
from tests.bench.report import Figure, Sample, milliseconds
from tests.bench.service import REOPENED_AFTER_S, read_trace
from tests.bench.stage import BEN, Stage, new_stage, until_cycle
from tests.world import ADA

BATCH = 100
#: Of the batch, so many are commands too; the others are talk of a stranger.
COMMANDS = 10
ALLOWED_S = 0.050
FLOOD_S = 30


async def stop_figures(folder: Path, rounds: int) -> list[Figure]:
    """The service and a bare poller of a second chat, in turns."""
    other = PracticeChat(people=[ADA, BEN])
    async with (
        new_stage(folder, 50, every_s=1, settings={"STOCKBELL_TARGET__TIMEOUT_S": "3600"}) as stage,
        other.serve() as url,
        bare_bot(other, url) as bare,
    ):
        await _make_everything_slow(stage)
        said, fetched = [], []
        for _ in range(rounds):
            stage.chat.faults.flood(ADA.id, seconds=FLOOD_S)
            said.append(await _say_batch(stage))
            fetched.append(await _fetch_bare(other, bare))
        await stage.stop()
        shut = read_trace(stage.trace).shut_at
    # Applied once more after it was opened again, the same stop closes the gate again: the first time counts.
    ours = Sample([min(at for at in shut if at >= before) - before for before in said])
    return [_figure(ours, Sample(fetched))]


def _figure(ours: Sample, bare: Sample) -> Figure:
    worst = ours.percentile(0.99)
    return Figure(
        name="stop to closed gate",
        ours=str(ours),
        bare=f"{bare}: fetched and parsed",
        apart=f"ours is {milliseconds(ours.median - bare.median)} at the median",
        target=f"p99 under {milliseconds(ALLOWED_S)}",
        met=worst < ALLOWED_S,
    )


async def _make_everything_slow(stage: Stage) -> None:
    """A reply waits out a flood, and a call to the store is never answered."""
    stage.say("/start")
    await stage.start_traced("--reopen")
    await until_cycle(stage, 2)
    stage.store.faults.hang = True
    stage.chat.faults.flood(ADA.id, seconds=FLOOD_S)
    stage.say("/status")
    await asyncio.sleep(2)


async def _say_batch(stage: Stage) -> float:
    """Put the batch where the service's poll finds it at once; the time at which its last update was there."""
    said = _say(stage.chat)
    await asyncio.sleep(2 * REOPENED_AFTER_S)  # until its commands are done and the gate is open again
    return said


async def _fetch_bare(chat: PracticeChat, bare: BareBot) -> float:
    await bare.begin_poll()
    await asyncio.sleep(0.1)
    said = _say(chat)
    count, parsed = await bare.end_poll()
    assert count == BATCH
    return parsed - said


def _say(chat: PracticeChat) -> float:
    for number in range(BATCH - COMMANDS - 1):
        chat.say(BEN.id, f"good morning {number}")
    for _ in range(COMMANDS):
        chat.say(ADA.id, "/status")
    chat.say(ADA.id, "/stop")
    return asyncio.get_running_loop().time()
