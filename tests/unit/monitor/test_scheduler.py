"""The schedule on virtual time: the loop's clock is both the monotonic clock and, shifted, the wall clock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from monitor.scheduler import LATE, STUCK, Scheduler
from tests.builders import AT

pytestmark = pytest.mark.looptime

EVERY = 20.0
LEAST = 10.0


class Cycles:
    """Cycles that take their time, each followed by the next after EVERY seconds, and a wall clock that can be set."""

    def __init__(self) -> None:
        self.shift = timedelta(0)
        self.began: list[float] = []
        self.asked_for: list[bool] = []
        self.ended = 0
        self.takes = 1.0
        self.every = EVERY
        self.during: Callable[[], Awaitable[None]] | None = None

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def now(self) -> datetime:
        return AT + timedelta(seconds=self.monotonic()) + self.shift

    async def run_cycle(self, *, asked_for: bool = False) -> datetime:
        began = self.now()
        self.began.append(self.monotonic())
        self.asked_for.append(asked_for)
        if self.during is not None:
            await self.during()
        await asyncio.sleep(self.takes)
        self.ended += 1
        return began + timedelta(seconds=self.every)

    @property
    def waits(self) -> list[float]:
        return [round(later - sooner, 1) for sooner, later in pairwise(self.began)]


@asynccontextmanager
async def running(cycles: Cycles, *, first_in: float = 0, least_asked: float = 0) -> AsyncIterator[Scheduler]:
    schedule = Scheduler(
        cycles.run_cycle,
        now=cycles.now,
        monotonic=cycles.monotonic,
        least_interval=timedelta(seconds=LEAST),
        least_asked=timedelta(seconds=least_asked),
    )
    task = asyncio.create_task(schedule.run(first_at=cycles.now() + timedelta(seconds=first_in)))
    await asyncio.sleep(0)
    try:
        yield schedule
    finally:
        task.cancel()
        await asyncio.wait([task])


async def look_at_health(schedule: Scheduler, *after: float) -> list[bool]:
    health = []
    for seconds in after:
        await asyncio.sleep(seconds)
        health.append(schedule.healthy)
    return health


@pytest.fixture
def cycles() -> Cycles:
    return Cycles()


async def test_the_first_cycle_comes_at_once_and_the_next_when_it_said(cycles: Cycles) -> None:
    async with running(cycles):
        await asyncio.sleep(70)
    assert [round(at) for at in cycles.began] == [0, 20, 40, 60]
    assert not any(cycles.asked_for)


async def test_the_first_cycle_waits_until_its_time(cycles: Cycles) -> None:
    async with running(cycles, first_in=7):
        await asyncio.sleep(10)
    assert [round(at) for at in cycles.began] == [7]


async def test_a_cycle_that_takes_longer_than_its_interval_is_followed_at_once(cycles: Cycles) -> None:
    cycles.takes = 30
    async with running(cycles):
        await asyncio.sleep(100)
    assert cycles.waits == [30, 30, 30]


async def test_cycles_do_not_come_closer_than_the_least_interval(cycles: Cycles) -> None:
    cycles.every = 1
    async with running(cycles):
        await asyncio.sleep(35)
    assert cycles.waits == [10, 10, 10]


async def test_when_the_next_check_comes_can_be_read(cycles: Cycles) -> None:
    async with running(cycles) as schedule:
        await asyncio.sleep(5)
        assert schedule.next_check_at is not None
        assert abs(schedule.next_check_at - (AT + timedelta(seconds=20))) < timedelta(seconds=0.1)


async def test_a_cycle_that_breaks_is_followed_by_the_next(cycles: Cycles, caplog: pytest.LogCaptureFixture) -> None:
    async def break_once() -> None:
        cycles.during = None
        raise OSError("the disk is full")

    cycles.during = break_once
    async with running(cycles) as schedule:
        await asyncio.sleep(35)
        assert schedule.healthy
    assert [round(at) for at in cycles.began] == [0, 10, 30]
    assert "the disk is full" in caplog.text


# ---- the wall clock is set


@pytest.mark.guards("monitor", "a clock that is set back or forth neither stalls the cycles nor has them storm")
@pytest.mark.parametrize("hours", [-9000, -1, 1, 9000])
async def test_setting_the_clock_between_cycles_neither_stalls_nor_storms(cycles: Cycles, hours: float) -> None:
    async with running(cycles) as schedule:
        await asyncio.sleep(25)
        cycles.shift += timedelta(hours=hours)
        await asyncio.sleep(60)
        assert schedule.healthy
    assert all(EVERY <= wait <= EVERY + 2 * LATE.total_seconds() for wait in cycles.waits)
    assert len(cycles.began) == 5


@pytest.mark.guards("monitor", "a clock that is set back or forth neither stalls the cycles nor has them storm")
@pytest.mark.parametrize("hours", [-1, 1])
async def test_setting_the_clock_during_a_cycle_does_not_either(cycles: Cycles, hours: float) -> None:
    async def set_clock() -> None:
        cycles.shift += timedelta(hours=hours)

    cycles.during = set_clock
    async with running(cycles):
        await asyncio.sleep(70)
    assert all(EVERY <= wait <= EVERY + 2 * LATE.total_seconds() for wait in cycles.waits)
    assert len(cycles.began) == 4


# ---- a check that is asked for


async def test_a_check_that_is_asked_for_comes_now_and_the_schedule_goes_on_from_it(cycles: Cycles) -> None:
    async with running(cycles) as schedule:
        await asyncio.sleep(12)
        await schedule.check_now()
        assert cycles.ended == 2
        await asyncio.sleep(30)
    assert [round(at) for at in cycles.began] == [0, 12, 32]
    assert cycles.asked_for == [False, True, False]


@pytest.mark.guards("bot", "by hand the shop is asked at most every 10 s, whatever asks")
async def test_a_check_keeps_the_least_interval(cycles: Cycles) -> None:
    async with running(cycles) as schedule:
        await asyncio.sleep(2)
        await schedule.check_now()
    assert [round(at) for at in cycles.began] == [0, 10]


async def test_checks_asked_for_together_are_one(cycles: Cycles) -> None:
    async with running(cycles) as schedule:
        await asyncio.sleep(12)
        await asyncio.gather(*(schedule.check_now() for _ in range(5)))
    assert [round(at) for at in cycles.began] == [0, 12]


async def test_a_check_asked_for_during_a_cycle_is_another_one_after_it(
    cycles: Cycles, caplog: pytest.LogCaptureFixture
) -> None:
    cycles.takes = 15
    async with running(cycles) as schedule:
        await asyncio.sleep(5)
        await schedule.check_now()
    assert [round(at) for at in cycles.began] == [0, 15]
    assert cycles.asked_for == [False, True]
    assert caplog.text == ""


async def test_a_check_asked_for_during_a_cycle_keeps_its_own_distance_from_it(cycles: Cycles) -> None:
    async with running(cycles, least_asked=13) as schedule:
        await asyncio.sleep(0.5)
        await schedule.check_now()
        await asyncio.sleep(14)
        await schedule.check_now()
    assert [round(at) for at in cycles.began] == [0, 13, 28]


async def test_a_check_that_breaks_does_not_leave_its_caller_waiting(cycles: Cycles) -> None:
    async def break_down() -> None:
        raise OSError("the disk is full")

    async with running(cycles) as schedule:
        await asyncio.sleep(12)
        cycles.during = break_down
        await schedule.check_now()
    assert len(cycles.began) == 2


async def test_a_caller_who_gives_up_takes_the_check_from_nobody_else(cycles: Cycles) -> None:
    async with running(cycles) as schedule:
        await asyncio.sleep(5)
        impatient, patient = (asyncio.create_task(schedule.check_now()) for _ in range(2))
        await asyncio.sleep(1)
        impatient.cancel()
        await patient
    assert cycles.asked_for == [False, True]


async def test_a_check_while_nothing_runs_returns_at_once(cycles: Cycles) -> None:
    schedule = Scheduler(cycles.run_cycle, now=cycles.now, monotonic=cycles.monotonic, least_interval=timedelta(0))
    await schedule.check_now()
    assert cycles.began == []


# ---- the end, and how it is


async def test_the_end_cancels_the_cycle_under_way_and_waits_for_it(
    cycles: Cycles, caplog: pytest.LogCaptureFixture
) -> None:
    cleaned: list[float] = []

    async def clean_up_slowly() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(3)
            cleaned.append(cycles.monotonic())

    cycles.during = clean_up_slowly
    async with running(cycles) as schedule:
        await asyncio.sleep(5)
    assert [round(at) for at in cleaned] == [8]
    assert not schedule.healthy
    assert caplog.text == ""


async def test_the_end_lets_callers_go_and_starts_nothing_more(cycles: Cycles) -> None:
    async with running(cycles) as schedule:
        await asyncio.sleep(5)
        caller = asyncio.create_task(schedule.check_now())
        await asyncio.sleep(1)
    await asyncio.wait_for(caller, timeout=1)
    await schedule.check_now()
    await asyncio.sleep(100)
    assert len(cycles.began) == 1


async def test_it_is_healthy_while_cycles_come_and_end(cycles: Cycles) -> None:
    async with running(cycles) as schedule:
        for _ in range(20):
            await asyncio.sleep(7)
            assert schedule.healthy


async def test_it_is_not_healthy_before_it_runs(cycles: Cycles) -> None:
    schedule = Scheduler(cycles.run_cycle, now=cycles.now, monotonic=cycles.monotonic, least_interval=timedelta(0))
    assert not schedule.healthy


async def test_a_long_pause_between_cycles_is_healthy(cycles: Cycles) -> None:
    cycles.every = 900
    async with running(cycles) as schedule:
        await asyncio.sleep(850)
        assert schedule.healthy


async def test_a_cycle_that_never_ends_is_not_healthy(cycles: Cycles) -> None:
    cycles.takes = 10_000
    async with running(cycles) as schedule:
        health = await look_at_health(schedule, STUCK.total_seconds() - 1, 2)
    assert health == [True, False]


async def test_three_cycles_in_a_row_that_break_are_not_healthy(cycles: Cycles) -> None:
    async def break_down() -> None:
        raise OSError("the disk is full")

    cycles.during = break_down
    async with running(cycles) as schedule:
        health = await look_at_health(schedule, 15, 10)
        cycles.during = None
        health += await look_at_health(schedule, 20)
    assert health == [True, False, True]
