"""From a cycle's last answer to the alert's arrival at the Bot API server, in turns with a bare call to that server."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.bare_bot import BareBot, bare_bot
from tests.bench.report import Figure, Sample, milliseconds
from tests.bench.service import Commit, read_trace
from tests.bench.stage import BEN, Stage, new_stage, until_cycle
from tests.bench.store_process import tcins_of
from tests.world import ADA

#: Longer than a board waits between two edits: as in life, where checks are further apart, a board is edited right
#: after each of them, and has left the chat's pace alone when the next one brings an alert.
EVERY_S = 6.5
ALLOWED_S = 0.012
ALLOWED_TAIL_S = 0.030
MOST_COMMITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    answered: float
    arrived: float

    @property
    def took(self) -> float:
        return self.arrived - self.answered


async def alert_figures(folder: Path, restocks: int, *, counted: int, products: int = 500) -> list[Figure]:
    """The shipped service is timed; commits are counted in a run of their own, as counting takes time too."""
    return [
        await _delay_figure(folder / "timed", restocks, products),
        await _commit_figure(folder / "counted", counted, products),
    ]


async def _delay_figure(folder: Path, restocks: int, products: int) -> Figure:
    async with new_stage(folder, products, every_s=EVERY_S) as stage, bare_bot(stage.chat, stage.chat_url) as bare:
        await begin(stage, stage.execute())
        await bare.post(BEN.id, "warm-up")
        told, posted = [], []
        for number, tcin in enumerate(tcins_of(restocks)):
            told.append(await restock(stage, tcin))
            posted.append(await _post(stage, bare, f"bare {number}"))
    ours, theirs = Sample([one.took for one in told]), Sample(posted)
    apart, tail = ours.median - theirs.median, ours.percentile(0.99) - theirs.percentile(0.99)
    return Figure(
        name="last answer to alert",
        ours=f"{ours}, {products} products",
        bare=str(theirs),
        apart=f"ours is {milliseconds(apart)} at the median, {milliseconds(tail)} at p99",
        target=f"median under {milliseconds(ALLOWED_S)} over bare, p99 under {milliseconds(ALLOWED_TAIL_S)}",
        met=apart < ALLOWED_S and tail < ALLOWED_TAIL_S,
    )


async def _commit_figure(folder: Path, restocks: int, products: int) -> Figure:
    async with new_stage(folder, products, every_s=EVERY_S) as stage:
        await begin(stage, stage.start_traced())
        told = [await restock(stage, tcin) for tcin in tcins_of(restocks)]
        await stage.stop()
        commits = read_trace(stage.trace).commits
    counts = [_commits_before_sending(one, commits) for one in told]
    return Figure(
        name="commits from answer to send",
        ours=f"{min(counts)} to {max(counts)} (n={len(counts)})",
        target=f"at most {MOST_COMMITS}",
        met=max(counts) <= MOST_COMMITS,
    )


async def begin(stage: Stage, start: Awaitable[None]) -> None:
    """Ada has pressed Start and keeps a board, as people do; the first cycles are not measured."""
    stage.say("/start")
    stage.say("/board")
    await start
    await stage.until_chat(lambda: any(one.pinned for one in stage.messages()))
    await until_cycle(stage, 2)


async def restock(stage: Stage, tcin: str) -> _Told:
    """A product comes in stock while nobody is asking; when the store had answered, and when its alert came."""
    await _quiet(stage)
    stage.store.set(tcin, shipping="IN_STOCK")
    arrived = await stage.alerted(tcin, ADA.id)
    return _Told(answered=stage.store.last_answer_before(arrived), arrived=arrived)


async def _quiet(stage: Stage) -> None:
    """Wait until half of the time between two cycles has gone by."""
    clock = asyncio.get_running_loop().time
    while clock() - stage.store.answers[-1].at < EVERY_S / 2:  # noqa: ASYNC110  a time to come tells nobody
        await asyncio.sleep(0.05)


async def _post(stage: Stage, bare: BareBot, text: str) -> float:
    began = await bare.post(BEN.id, text)
    return next(call.at for call in stage.chat.calls if call.params.get("text") == text) - began


def _commits_before_sending(told: _Told, commits: list[Commit]) -> int:
    """Those that ended after the answer, up to the one that put the message on its way."""
    between = [one for one in commits if told.answered < one.at < told.arrived]
    last = max(place for place, one in enumerate(between) if any(key.startswith("alert:") for key in one.sending))
    return last + 1
