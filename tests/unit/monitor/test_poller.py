import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from config.products import Product, Tcin
from config.settings import MonitorSettings
from monitor.model import Agenda, Circuit, CircuitState, ShopAnswer, Snapshot, Trouble
from monitor.poller import Poller
from monitor.request_budget import RequestBudget
from monitor.restock_hours import REMEMBERED, Likely, Pace
from tests.builders import AT, A, B, agenda, chance, tcins, trouble
from tests.fakes import FakeClock, FakeShop

OPEN, CLOSED = CircuitState.OPEN, CircuitState.CLOSED
SETTINGS = MonitorSettings(every_min_s=15, every_max_s=25, circuit_failures=3, circuit_pause_s=60)


class Diary:
    """Where the snapshots go and the agenda comes from, as in the unit; `closed` takes nothing more."""

    def __init__(self, now: Agenda) -> None:
        self.now = now
        self.snapshots: list[Snapshot] = []
        self.closed = False

    async def read_agenda(self) -> Agenda:
        return self.now

    async def take(self, snapshot: Snapshot) -> None:
        if self.closed:
            raise OSError("no space left on the disk")
        self.snapshots.append(snapshot)
        asked_at = {**self.now.asked_at, **dict.fromkeys(snapshot.asked, snapshot.began)}
        self.now = replace(self.now, circuit=snapshot.circuit, last_cycle_at=snapshot.began, asked_at=asked_at)


class Room:
    """A watch with everything that it needs, and a day to pass."""

    def __init__(self, *watched: Product | Tcin, shop: FakeShop | None = None, per_minute: int | None = None) -> None:
        self.clock = FakeClock()
        self.budget = RequestBudget(per_minute, monotonic=self.clock.monotonic)
        self.shop = shop or FakeShop(now=self.clock.now)
        self.diary = Diary(agenda(*watched))
        #: Of the first product; and since when they were read.
        self.restocks: list[datetime] = []
        self.restocks_read: list[datetime] = []
        self.poller = Poller(
            shop=self.shop,
            read_agenda=self.diary.read_agenda,
            on_snapshot=self.diary.take,
            settings=SETTINGS,
            now=self.clock.now,
            monotonic=self.clock.monotonic,
            rng=chance(),
            budget=self.budget,
            read_restocks=self.read_restocks,
        )

    async def read_restocks(self, since: datetime) -> dict[Tcin, list[datetime]]:
        self.restocks_read.append(since)
        return {A: self.restocks}

    async def pass_cycles(self, count: int) -> datetime:
        """So many cycles, each begun when the one before it said."""
        for _ in range(count):
            at = await self.poller.run_cycle()
            self.clock.go_on(at - self.clock.at)
        return self.clock.at


@pytest.fixture
def room() -> Room:
    made = Room(A, B)
    made.shop.put(A, "IN_STOCK")
    made.shop.put(B, "OUT_OF_STOCK")
    return made


async def test_a_cycle_asks_for_everything_and_hands_the_readings_on(room: Room) -> None:
    await room.poller.run_cycle()
    (snapshot,) = room.diary.snapshots
    assert room.shop.asked == [(A, B)]
    assert snapshot.asked == (A, B)
    assert [snapshot.readings[tcin].shipping.word for tcin in (A, B)] == ["IN_STOCK", "OUT_OF_STOCK"]
    assert (snapshot.began, snapshot.failed, snapshot.circuit) == (AT, None, Circuit())


async def test_the_next_cycle_comes_between_the_least_and_the_longest_pace(room: Room) -> None:
    waits = []
    for _ in range(50):
        began = room.clock.at
        waits.append(((await room.pass_cycles(1)) - began).total_seconds())
    assert min(waits) >= 15
    assert max(waits) <= 25
    assert max(waits) - min(waits) > 7


async def test_when_the_next_check_comes_is_in_the_snapshot(room: Room) -> None:
    assert await room.poller.run_cycle() == room.diary.snapshots[0].next_check_at


@pytest.mark.parametrize(("kind", "least", "most"), [(None, 15, 25), (Trouble.WALLED, 62, 62)])
async def test_setting_the_clock_during_a_cycle_moves_nothing(kind: Trouble | None, least: float, most: float) -> None:
    class SlowShop(FakeShop):
        async def ask(self, tcins: Sequence[Tcin]) -> ShopAnswer:
            slow.clock.go_on(timedelta(seconds=2))
            slow.clock.set_wall_clock(timedelta(hours=-3))
            return await super().ask(tcins)

    slow = Room(A, shop=SlowShop(now=FakeClock().now))
    slow.shop.trouble = None if kind is None else trouble(kind)
    next_at = await slow.poller.run_cycle()
    (snapshot,) = slow.diary.snapshots
    assert snapshot.took == timedelta(seconds=2)
    assert timedelta(seconds=least) <= next_at - AT <= timedelta(seconds=most)


async def test_an_empty_list_makes_an_empty_snapshot_that_is_no_failure() -> None:
    room = Room()
    await room.pass_cycles(5)
    assert [snapshot.asked for snapshot in room.diary.snapshots] == [()] * 5
    assert all(snapshot.failed is None for snapshot in room.diary.snapshots)
    assert room.diary.now.circuit == Circuit()
    assert room.shop.asked == []


async def test_a_cycle_with_nothing_due_neither_counts_nor_clears_failures(room: Room) -> None:
    room.diary.now = agenda(Product(tcin=A, every=timedelta(hours=1)))
    room.shop.trouble = trouble(Trouble.PASSING)
    await room.pass_cycles(3)
    assert [(len(one.asked), one.circuit.failures_in_a_row) for one in room.diary.snapshots] == [(1, 1), (0, 1), (0, 1)]


async def test_paused_nothing_is_asked_and_no_cycle_counted(room: Room) -> None:
    room.diary.now = replace(room.diary.now, paused=True)
    next_at = await room.poller.run_cycle()
    assert (room.shop.asked, room.diary.snapshots) == ([], [])
    assert timedelta(seconds=15) <= next_at - AT <= timedelta(seconds=25)


async def test_a_check_that_a_person_asks_for_is_made_though_paused(room: Room) -> None:
    room.diary.now = replace(room.diary.now, paused=True)
    await room.poller.run_cycle(asked_for=True)
    assert room.shop.asked == [(A, B)]


async def test_a_cycle_without_a_certain_reading_is_handed_on_as_failed(room: Room) -> None:
    room.shop.trouble = trouble(Trouble.PASSING)
    await room.poller.run_cycle()
    (snapshot,) = room.diary.snapshots
    assert snapshot.failed == "it was passing"
    assert set(snapshot.readings) == {A, B}


async def test_three_failed_cycles_stop_the_asking_for_a_minute(room: Room) -> None:
    room.shop.trouble = trouble(Trouble.PASSING)
    await room.pass_cycles(2)
    began = room.clock.at
    assert await room.poller.run_cycle() == began + timedelta(seconds=60)
    assert room.diary.now.circuit.state is OPEN
    room.clock.go_on(timedelta(seconds=59))
    assert await room.poller.run_cycle(asked_for=True) == began + timedelta(seconds=60)
    assert (len(room.shop.asked), room.shop.probed, len(room.diary.snapshots)) == (3, [], 3)


async def test_a_good_probe_closes_the_circuit_and_the_next_cycle_asks_for_all(room: Room) -> None:
    room.shop.trouble = trouble(Trouble.WALLED)
    await room.pass_cycles(1)
    room.shop.trouble = None
    await room.pass_cycles(2)
    assert [(one.asked, one.failed, one.circuit.state) for one in room.diary.snapshots] == [
        ((A, B), "it was walled", OPEN),
        ((A,), None, CLOSED),
        ((A, B), None, CLOSED),
    ]
    assert room.shop.probed == [A]


async def test_failed_probes_come_after_pauses_that_double_up_to_fifteen_minutes(room: Room) -> None:
    room.shop.trouble = trouble(Trouble.WALLED)
    await room.pass_cycles(7)
    waits = [(one.next_check_at - one.began).total_seconds() for one in room.diary.snapshots]
    assert waits == [60, 120, 240, 480, 900, 900, 900]
    assert room.shop.asked == [(A, B)]
    assert room.shop.probed == [A, B, A, B, A, B]


async def test_the_pause_outlives_a_restart(room: Room) -> None:
    room.shop.trouble = trouble(Trouble.WALLED)
    await room.poller.run_cycle()
    after_restart = Room(A, B)
    after_restart.diary.now = room.diary.now
    after_restart.clock.go_on(timedelta(seconds=30))
    assert await after_restart.poller.run_cycle() == AT + timedelta(seconds=60)
    assert after_restart.shop.asked == []


async def test_a_wait_that_the_shop_asks_for_is_waited(room: Room) -> None:
    room.shop.trouble = trouble(Trouble.THROTTLED, retry_after=timedelta(minutes=10))
    assert await room.poller.run_cycle() == AT + timedelta(minutes=10)


async def test_a_snapshot_that_is_not_taken_stops_nothing(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    room.diary.closed = True
    next_at = await room.poller.run_cycle()
    assert next_at > AT
    assert "no space left" in caplog.text


async def test_a_circuit_that_could_not_be_stored_holds_nevertheless(room: Room) -> None:
    room.diary.closed = True
    room.shop.trouble = trouble(Trouble.WALLED)
    await room.poller.run_cycle()
    room.clock.go_on(timedelta(seconds=30))
    assert await room.poller.run_cycle() == AT + timedelta(seconds=60)
    room.clock.go_on(timedelta(seconds=30))
    await room.poller.run_cycle()
    assert (len(room.shop.asked), len(room.shop.probed)) == (1, 1)


@pytest.mark.guards("monitor", "never two cycles at once")
async def test_two_cycles_never_overlap() -> None:
    class CountingShop(FakeShop):
        inside = most = 0

        async def ask(self, tcins: Sequence[Tcin]) -> ShopAnswer:
            self.inside += 1
            self.most = max(self.most, self.inside)
            await asyncio.sleep(0)
            self.inside -= 1
            return await super().ask(tcins)

    shop = CountingShop(now=FakeClock().now)
    room = Room(A, shop=shop)
    await asyncio.gather(*(room.poller.run_cycle(asked_for=True) for _ in range(3)))
    assert (shop.most, len(shop.asked)) == (1, 3)


@pytest.mark.guards("monitor", "an open circuit lets one probe through")
async def test_only_one_probe_is_sent_however_many_ask_at_once(room: Room) -> None:
    room.shop.trouble = trouble(Trouble.WALLED)
    await room.pass_cycles(1)
    await asyncio.gather(*(room.poller.run_cycle(asked_for=True) for _ in range(5)))
    assert room.shop.probed == [A]


async def test_the_first_cycle_keeps_the_least_pace_from_the_last_before_a_restart(room: Room) -> None:
    assert await room.poller.first_at() == AT
    room.diary.now = replace(room.diary.now, last_cycle_at=AT - timedelta(seconds=5))
    assert await room.poller.first_at() == AT + timedelta(seconds=10)


async def test_beyond_the_budget_nothing_is_asked_whoever_asks_until_there_is_room() -> None:
    room = Room(A, per_minute=1)
    room.budget.note()
    room.clock.go_on(timedelta(seconds=10))
    for asked_for in (False, True):
        assert await room.poller.run_cycle(asked_for=asked_for) == room.clock.at + timedelta(seconds=50)
    assert (room.shop.asked, room.diary.snapshots) == ([], [])
    room.clock.go_on(timedelta(seconds=50))
    await room.poller.run_cycle()
    assert room.shop.asked == [(A,)]


async def test_what_the_budget_had_no_room_for_counts_as_not_asked_and_as_no_failure() -> None:
    room = Room(A, B, shop=_ShortOfRoom(now=FakeClock().now))
    room.shop.put(A)
    await room.pass_cycles(1)
    snapshot = room.diary.snapshots[-1]
    assert (snapshot.asked, set(snapshot.readings), snapshot.failed) == ((A,), {A}, None)
    room.shop.trouble = trouble(Trouble.PASSING)
    await room.pass_cycles(1)
    assert room.diary.snapshots[-1].asked == (A,)
    assert room.diary.snapshots[-1].failed is not None


async def test_a_cycle_that_asked_for_nobody_for_want_of_room_moves_no_circuit() -> None:
    room = Room(B, shop=_ShortOfRoom(now=FakeClock().now))
    for _ in range(5):
        await room.pass_cycles(1)
    last = room.diary.snapshots[-1]
    assert (last.asked, last.failed, last.circuit) == ((), None, Circuit())


@pytest.mark.guards("monitor", "what the shop has not known for long makes nobody blind")
async def test_of_what_the_shop_has_not_known_for_long_no_circuit_opens_but_of_a_wall() -> None:
    room = Room(A)
    room.diary.now = replace(room.diary.now, resting=frozenset({A}))
    await room.pass_cycles(5)
    last = room.diary.snapshots[-1]
    assert (last.asked, last.circuit) == ((A,), Circuit())
    assert last.failed is not None
    room.shop.trouble = trouble(Trouble.WALLED)
    await room.pass_cycles(1)
    assert room.diary.snapshots[-1].circuit.state is OPEN
    room.shop.trouble = None
    await room.pass_cycles(1)  # the probe
    assert room.diary.snapshots[-1].circuit.open_until is not None


class _ShortOfRoom(FakeShop):
    """B has none."""

    async def ask(self, tcins: Sequence[Tcin]) -> ShopAnswer:
        return replace(await super().ask(tcins), unasked=frozenset({B}))


async def test_where_others_wait_for_room_a_cycle_leaves_it_to_them() -> None:
    room = Room(A, per_minute=2)
    room.budget.note()
    room.budget.want(1)
    assert await room.poller.run_cycle() > room.clock.at
    assert room.shop.asked == []
    room.budget.want(0)
    await room.poller.run_cycle()
    assert room.shop.asked == [(A,)]


async def test_hours_are_learned_where_the_budget_has_not_room_for_all_and_not_in_every_cycle() -> None:
    room = Room(*tcins(60), per_minute=3)
    room.restocks = [AT - timedelta(days=7 * week, minutes=-10) for week in range(1, 9)]
    for tcin in tcins(60):
        room.shop.put(tcin)
    await room.pass_cycles(8)
    assert room.restocks_read == [AT - REMEMBERED]
    # Once all were asked for, whoever is likely to come back now is asked for in every cycle.
    assert [A in asked for asked in room.shop.asked[3:]] == [True] * 5
    assert sum(B in asked for asked in room.shop.asked[3:]) < 5
    assert room.poller.paces[A] == Pace(every=timedelta(seconds=20), likely=Likely(hour=14, weekday=6))
    assert room.poller.paces[B].likely is None
    room.clock.go_on(timedelta(minutes=10))
    await room.pass_cycles(1)
    assert len(room.restocks_read) == 2


@pytest.mark.parametrize("per_minute", [None, 60])
async def test_where_all_are_asked_in_every_cycle_nothing_is_learned(per_minute: int | None) -> None:
    room = Room(*tcins(60), per_minute=per_minute)
    await room.pass_cycles(2)
    assert (room.restocks_read, room.poller.paces) == ([], {})
