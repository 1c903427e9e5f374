"""What a picture costs: its own time and memory, and whether an alert is later while one is drawn."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox.chat import Message, Person
from tests.bench.report import Figure, Sample, milliseconds
from tests.bench.stage import Stage, new_stage, until_cycle
from tests.bench.store_process import tcins_of
from tests.world import ADA

EVERY_S = 2.0
FIRST_WITHIN_S = 5.0
#: An alert during a drawing may take so many times as long as one without; a process that is begun takes a moment.
ALLOWED = 1.2
WORKER = "bot.charts.worker"
REACHES = ("1d", "7d", "30d", "365d")
#: They look at pictures, each in a chat of an own pace: a message a second would leave the process idle.
VIEWERS = tuple(Person(id=3001 + number, first_name=f"Viewer{number}", started=True) for number in range(4))
#: After it a chat may be sent something at once.
PACE_S = 1.2


async def drawing_figures(folder: Path, alerts: int, *, pictures: int, products: int = 200) -> list[Figure]:
    viewers = {"STOCKBELL_TELEGRAM__VIEWERS": f"[{', '.join(str(one.id) for one in VIEWERS)}]"}
    async with new_stage(folder, products, every_s=EVERY_S, people=VIEWERS, settings=viewers) as stage:
        stage.say("/start")
        await stage.execute()
        await until_cycle(stage, 2)
        own = await _own_figures(stage, pictures)
        return [*own, await _paired_figure(stage, alerts)]


# ---- one picture


async def _own_figures(stage: Stage, pictures: int) -> list[Figure]:
    first = await _time(stage, tcins_of(1)[0], "7d")
    drawn = [await _time(stage, tcin, reach) for tcin, reach in _questions(pictures)]
    kept = [await _time(stage, tcin, reach) for tcin, reach in _questions(pictures)]
    memory = [one.memory_full_info().pss for one in _workers(stage)]
    return [
        Figure(
            name="first picture, from question to chat",
            ours=f"{first:.2f} s, the process is begun for it",
            target=f"within {FIRST_WITHIN_S:.0f} s",
            met=first < FIRST_WITHIN_S,
        ),
        Figure(name="another one", ours=str(Sample(drawn))),
        Figure(
            name="the same question again",
            ours=str(Sample(kept)),
            bare=f"{Sample(drawn)}: drawn",
            apart=f"{Sample(kept).median / Sample(drawn).median:.2f} times",
        ),
        Figure(name="memory of the process that draws", ours=f"{sum(memory) / 2**20:.0f} MB"),
    ]


def _questions(count: int) -> list[tuple[str, str]]:
    """Each another picture than all others."""
    return [(tcins_of(100)[50 + number // len(REACHES)], REACHES[number % len(REACHES)]) for number in range(count)]


async def _time(stage: Stage, tcin: str, reach: str) -> float:
    await asyncio.sleep(PACE_S)
    began = asyncio.get_running_loop().time()
    await _picture(stage, VIEWERS[0], tcin, reach)
    return asyncio.get_running_loop().time() - began


async def _picture(stage: Stage, person: Person, tcin: str, reach: str) -> Message:
    answer = await stage.ask(f"/chart {tcin} {reach}", tcin, person=person.id)
    assert answer.file is not None, answer.text
    return answer


def _workers(stage: Stage) -> list[psutil.Process]:
    assert stage.process is not None
    return [one for one in psutil.Process(stage.process.pid).children(recursive=True) if WORKER in one.cmdline()]


# ---- an alert beside it


@dataclass(slots=True)
class _Viewers:
    """Look at pictures without end, each another one."""

    stage: Stage
    pictures: int = 0
    is_asking: bool = False
    #: How long he asked, and for how long of it the process that draws was at work.
    asked_s: float = 0.0
    drawn_s: float = 0.0

    @asynccontextmanager
    async def asking(self) -> AsyncGenerator[None]:
        clock, self.is_asking = asyncio.get_running_loop().time, True
        asked = [asyncio.create_task(self._ask(one)) for one in VIEWERS]
        began, worked = clock(), self._work()
        try:
            yield
        finally:
            self.asked_s += clock() - began
            self.drawn_s += self._work() - worked
            # What is still drawn would be beside the next alert too.
            self.is_asking = False
            await asyncio.gather(*asked)

    async def _ask(self, person: Person) -> None:
        while self.is_asking:
            number, self.pictures = self.pictures, self.pictures + 1
            tcin = tcins_of(200)[100 + number // len(REACHES) % 100]
            await _picture(self.stage, person, tcin, REACHES[number % len(REACHES)])

    def _work(self) -> float:
        return sum(one.cpu_times().user + one.cpu_times().system for one in _workers(self.stage))


async def _paired_figure(stage: Stage, alerts: int) -> Figure:
    viewers, during, without = _Viewers(stage), list[float](), list[float]()
    restocked = iter(tcins_of(2 * alerts + 1)[1:])
    for _ in range(alerts):
        without.append(await _alert(stage, next(restocked)))
        async with viewers.asking():
            during.append(await _alert(stage, next(restocked)))
    beside, alone, share = Sample(during), Sample(without), viewers.drawn_s / viewers.asked_s
    return Figure(
        name="last answer to alert while one is drawn",
        ours=f"{beside}; {viewers.pictures} asked for, the process drew for {share:.0%} of the time",
        bare=f"{alone}: without",
        apart=f"{beside.median / alone.median:.2f} times, {milliseconds(beside.median - alone.median)} more",
        target=f"at most {ALLOWED} times at the median",
        met=beside.median < ALLOWED * alone.median,
    )


async def _alert(stage: Stage, tcin: str) -> float:
    """A product comes in stock; how long after the store's last answer its alert came."""
    stage.store.set(tcin, shipping="IN_STOCK")
    arrived = await stage.alerted(tcin, ADA.id)
    return arrived - stage.store.last_answer_before(arrived)
