import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import timezone as fixed
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest

from config.database import DatabaseUnusable
from config.products import BuyMode, Channel, Mode, Product, Tcin
from monitor.model import Trouble
from purchasing.coordinator import Coordinator
from purchasing.errors import NothingOrdered, OrdersUnreadable, OutcomeUnknown
from purchasing.events import AttemptMoved, CycleCompleted, Disagreement, OrderFound, ServiceStarted, Skipped
from purchasing.model import ApprovalAnswer, Limits, Receipt, Step
from purchasing.slot.emergency_stop import Gate
from purchasing.slot.worker import AGAIN
from purchasing.storage.controls import STOP
from purchasing.storage.unit_of_work import Storage, UnitOfWork
from tests.builders import AT, PRICE, A, B, C, limits, product, reading, seconds, snapshot, trouble
from tests.fakes import FakeBuyer, FakeShop, Hold
from tests.unit.purchasing.books import Books, opened

T = TypeVar("T")

CARTED, REVIEWED, SUBMITTING, UNCONFIRMED = Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.UNCONFIRMED
STEPS_BEFORE = {"opened": (), "carted": (CARTED,), "reviewed": (CARTED, REVIEWED)}


class FillingDisk(Storage):
    """The way to a database whose disk may become full."""

    full = False

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        def checked(unit: UnitOfWork) -> T:
            before = unit.journal.last_seq()
            result = work(unit)
            if self.full and unit.journal.last_seq() != before:
                raise DatabaseUnusable("database or disk is full")
            return result

        return await super().write(checked)


class House:
    """A coordinator over a real file, with a buyer who does as he is told."""

    def __init__(self, books: Books, its_limits: Limits, timezone: tzinfo = UTC) -> None:
        self.books = books
        self.buyer = FakeBuyer()
        self.shop = FakeShop(now=books.clock.now)
        for one in (A, B, C):
            self.shop.stock[one] = reading(one, "IN_STOCK", price=PRICE, marketplace=False)
        self.gate = Gate(books.path.with_name("EMERGENCY_STOP"), hindrance=lambda: books.database.displaced)
        self.storage = FillingDisk(books.database, on_journal=self._hear, now=books.clock.now)
        self.news = asyncio.Event()
        #: Told, at the instant when a step is on disk, of that step.
        self.on_step: Callable[[str], object] = lambda _step: None
        self.coordinator = Coordinator(
            storage=self.storage,
            shopper=self.buyer,
            look=self.shop.look,
            gate=self.gate,
            limits=its_limits,
            timezone=timezone,
            now=books.clock.now,
        )

    def _hear(self) -> None:
        self.news.set()
        if steps := self.steps():
            self.on_step(steps[-1])

    async def see(self, *tcins: Tcin) -> None:
        """A cycle that reads these as in stock."""
        at = self.books.at
        await self.coordinator.cycles.take(
            snapshot(*(reading(one, "IN_STOCK", at=at, price=PRICE) for one in tcins), at=at)
        )

    def steps(self) -> list[str]:
        """The step of each attempt, as it is on disk."""
        return [step for (step,) in self.books.rows("SELECT step FROM attempt ORDER BY id")]

    def why(self) -> str:
        (why,) = self.books.rows("SELECT why FROM attempt ORDER BY id DESC LIMIT 1")[0]
        return str(why)

    async def until(self, *steps: str) -> None:
        """Until these are the steps of all attempts."""
        await self.until_true(lambda: self.steps() == list(steps))

    async def until_true(self, wanted: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not wanted():
                self.news.clear()
                await self.news.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(self.coordinator.slot.run(), name="slot")
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait({task})


@asynccontextmanager
async def house_of(
    path: Path,
    *watched: Product | Tcin,
    mode: Mode = Mode.SIMULATE,
    its_limits: Limits | None = None,
    timezone: tzinfo = UTC,
) -> AsyncIterator[House]:
    async with opened(path / "stockbell.db") as books:
        house = House(books, its_limits or limits(), timezone)
        await house.coordinator.recovery.recover(mode=mode, modes=set(Mode), version="1")
        await books.watch(*watched)
        yield house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Watches A and B; its slot is being served."""
    async with house_of(tmp_path, A, B) as made, made.running():
        yield made


# ---- the way to the order


async def test_a_restock_is_bought(house: House) -> None:
    await house.see(A)
    await house.until("confirmed")
    assert await house.books.states() == {A: "purchased", B: "ready"}
    assert house.buyer.acts == ["cart", "review", "submit"]


async def test_each_step_is_on_disk_before_its_act(house: House) -> None:
    seen: list[tuple[str, list[str]]] = []
    house.buyer.on_act = lambda act: seen.append((act, house.steps()))
    await house.see(A)
    await house.until("confirmed")
    assert seen == [("cart", ["opened"]), ("review", ["carted"]), ("submit", ["submitting"])]


async def test_the_queue_follows_when_the_slot_is_freed_without_asking_the_shop(house: House) -> None:
    await house.see(A, B)
    await house.until("confirmed", "confirmed")
    assert await house.books.states() == {A: "purchased", B: "purchased"}
    assert len(await house.books.facts(CycleCompleted)) == 1


async def test_checks_go_on_during_an_attempt_and_no_second_one_starts(house: House) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    await house.see(A, B)
    await house.see(B)
    assert house.steps() == ["opened"]
    assert await house.books.states() == {A: "attempting", B: "queued"}
    hold.let_go.set()
    await house.until("confirmed", "confirmed")


async def test_cycles_that_come_together_open_one_attempt_and_are_numbered_without_gaps(house: House) -> None:
    house.buyer.hold("cart")
    await asyncio.gather(*(house.see(A, B) for _ in range(20)))
    assert house.steps() == ["opened"]
    cycles = [cycle.cycle_id for cycle in await house.books.facts(CycleCompleted)]
    assert cycles == list(range(1, 21))


async def test_a_rehearsal_never_comes_to_the_button(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, mode=Mode.REHEARSE) as house, house.running():
        await house.see(A)
        await house.until("rehearsed")
        await house.see(A)
        assert (house.steps(), house.buyer.presses) == (["rehearsed"], 0)
        assert await house.books.states() == {A: "ready"}


async def test_the_first_cycle_after_a_start_tells_all_products_and_the_next_the_changed_ones(house: House) -> None:
    await house.coordinator.cycles.take(snapshot())
    await house.coordinator.cycles.take(snapshot())
    told = [sorted(cycle.stock) for cycle in await house.books.facts(CycleCompleted)]
    assert told == [[A, B], []]


async def test_what_was_bought_today_counts_until_the_midnight_of_the_owner(tmp_path: Path) -> None:
    bounds, new_york = limits(max_per_day=1, cooldown=seconds(0)), fixed(timedelta(hours=-5))
    async with house_of(tmp_path, A, B, mode=Mode.LIVE, its_limits=bounds, timezone=new_york) as house, house.running():
        midnight = datetime(2026, 11, 23, 5, tzinfo=UTC)
        house.books.clock.at = midnight - timedelta(minutes=30)
        await house.see(A)
        await house.until("confirmed")
        house.books.clock.at = midnight - timedelta(minutes=1)
        await house.see(B)
        assert house.steps() == ["confirmed"]
        house.books.clock.at = midnight
        await house.see(B)
        await house.until("confirmed", "confirmed")


# ---- the deadline


async def test_at_the_deadline_before_the_button_it_is_abandoned_and_the_cart_cleaned(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, its_limits=limits(deadline=seconds(0.05))) as house, house.running():
        house.buyer.hold("review")
        await house.see(A)
        await house.until("abandoned")
        assert house.why() == "its deadline passed before the button"
        assert (house.buyer.acts[-1], house.buyer.cart_holds, house.buyer.presses) == ("clean", {}, 0)
        assert await house.books.states() == {A: "failed"}


async def test_at_the_deadline_past_the_button_it_holds_the_slot_until_the_order_list_tells(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, B, its_limits=limits(deadline=seconds(2))) as house, house.running():
        house.buyer.hold("submit")
        passed: list[str] = []
        house.on_step = passed.append
        await house.see(A)
        await house.until("confirmed")
        assert passed[-2:] == ["unconfirmed", "confirmed"]
        assert (house.why(), house.buyer.presses) == ("found in the order list", 1)


async def test_an_unconfirmed_attempt_lets_nobody_into_the_slot(house: House) -> None:
    house.buyer.troubles["submit"] = OutcomeUnknown("the page went blank")
    house.buyer.orders.hold = Hold()
    await house.see(A, B)
    await house.buyer.orders.hold.reached.wait()
    await house.see(A, B)
    assert house.steps() == ["unconfirmed"]
    assert await house.books.states() == {A: "unconfirmed", B: "queued"}
    assert house.buyer.presses == 1


# ---- the stop


async def test_a_stop_calls_off_what_is_being_prepared(house: House) -> None:
    hold = house.buyer.hold("review")
    await house.see(A, B)
    await hold.reached.wait()
    cut = house.gate.close("stopped by Ada")
    assert cut is not None
    assert house.gate.close("stopped by Bob") == cut
    assert (cut.tcin, cut.step) == (A, CARTED)
    await house.until("abandoned")
    assert (house.why(), house.buyer.presses, house.buyer.cart_holds) == ("stopped by Ada", 0, {})
    await house.see(A, B)
    assert house.steps() == ["abandoned"]
    assert await house.books.states() == {A: "ready", B: "ready"}


@pytest.mark.guards("purchasing", "the gate and the limits are asked once more before the button")
async def test_a_stop_between_the_disk_and_the_button_presses_nothing(house: House) -> None:
    house.on_step = lambda step: house.gate.close("stopped by Ada") if step == "submitting" else None
    await house.see(A)
    await house.until("refused")
    assert house.why() == "the button was not pressed: stopped by Ada; the order list has no such order"
    assert (house.buyer.presses, house.buyer.orders.asked) == (0, 1)


@pytest.mark.guards("purchasing", "nothing is bought while the database is not the one that was opened")
async def test_a_database_that_is_touched_between_the_disk_and_the_button_has_nothing_pressed(house: House) -> None:
    lock = house.books.path.with_name("lock")
    lock.touch()
    await house.storage.look_at_files()
    house.on_step = lambda step: lock.unlink() if step == "submitting" else None
    await house.see(A)
    await house.until("refused")
    assert house.why().startswith("the button was not pressed: lock is gone")
    assert house.buyer.presses == 0


@pytest.mark.guards("purchasing", "nothing is bought while the database is not the one that was opened")
async def test_while_the_database_is_not_the_one_that_was_opened_nothing_starts(house: House) -> None:
    lock = house.books.path.with_name("lock")
    lock.touch()
    await house.storage.look_at_files()
    lock.rename(lock.with_name("away"))
    await house.storage.look_at_files()
    await house.see(A)
    assert house.steps() == []
    lock.with_name("away").rename(lock)
    await house.storage.look_at_files()
    await house.see(A)
    await house.until("confirmed")


async def test_a_file_made_by_hand_between_the_disk_and_the_button_presses_nothing(house: House) -> None:
    file = house.books.path.with_name("EMERGENCY_STOP")
    house.on_step = lambda step: file.touch() if step == "submitting" else None
    await house.see(A)
    await house.until("refused")
    assert house.why().startswith("the button was not pressed: the file EMERGENCY_STOP is there")
    assert house.buyer.presses == 0


async def test_a_file_made_by_hand_that_a_cycle_finds_calls_off_what_is_being_prepared(house: House) -> None:
    asyncio.get_running_loop().set_debug(True)  # a call from another thread is an error then
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    house.books.path.with_name("EMERGENCY_STOP").touch()
    await house.see(B)
    await house.until("abandoned")
    assert house.why() == "the file EMERGENCY_STOP is there"
    assert await house.books.states() == {A: "failed", B: "ready"}


async def test_past_the_button_a_stop_lets_it_come_to_its_outcome(house: House) -> None:
    hold = house.buyer.hold("submit")
    await house.see(A)
    await hold.reached.wait()
    house.gate.close("stopped by Ada")
    hold.let_go.set()
    await house.until("confirmed")


async def test_a_stop_that_stands_outlives_the_process(tmp_path: Path) -> None:
    async with house_of(tmp_path, A) as house:
        await house.storage.write(lambda unit: unit.controls.put(STOP, "stopped by Ada", by="Ada", at=house.books.at))
    async with house_of(tmp_path, A) as house, house.running():
        assert house.gate.shut == "stopped by Ada"
        await house.see(A)
        (cycle,) = await house.books.facts(CycleCompleted)
        assert cycle.purchases.skipped == (Skipped(tcin=A, why="stopped by Ada"),)


async def test_a_stop_on_disk_alone_bars_too(house: House) -> None:
    await house.storage.write(lambda unit: unit.controls.put(STOP, "stopped by Ada", by="Ada", at=house.books.at))
    await house.see(A)
    assert house.steps() == []


# ---- what goes wrong


@pytest.mark.parametrize(("act", "trouble"), [("cart", ZeroDivisionError()), ("review", RuntimeError("torn"))])
async def test_a_buyer_that_breaks_before_the_button_frees_the_slot(house: House, act: str, trouble: Exception) -> None:
    house.buyer.troubles[act] = trouble
    await house.see(A, B)
    await house.until("abandoned", "abandoned")
    assert (house.why(), house.buyer.presses) == ("it broke, the log says how", 0)


async def test_a_buyer_that_breaks_past_the_button_is_never_asked_again(house: House) -> None:
    house.buyer.troubles["submit"] = RuntimeError("torn")
    await house.see(A)
    await house.until("confirmed")
    assert (house.why(), house.buyer.presses) == ("found in the order list", 1)


async def test_a_press_that_never_reached_the_shop_is_refused_by_the_order_list(house: House) -> None:
    house.buyer.line_is_dead = True
    house.buyer.troubles["submit"] = OutcomeUnknown("the network is gone")
    await house.see(A)
    await house.until("refused")
    assert house.why() == "the network is gone; the order list has no such order"
    assert await house.books.states() == {A: "failed", B: "ready"}


async def test_what_the_shop_would_not_sell_as_wanted_is_abandoned_and_says_why(house: House) -> None:
    house.buyer.total = Decimal("57.50")
    await house.see(A)
    await house.until("abandoned")
    assert house.why() == "the total 57.50 is above 57.49, the cap with its allowance"


async def test_an_act_is_never_repeated_after_a_full_disk(tmp_path: Path) -> None:
    async with house_of(tmp_path, A) as house:
        house.buyer.on_act = lambda act: setattr(house.storage, "full", act == "cart")
        await house.see(A)
        async with house.running() as running:
            with pytest.raises(DatabaseUnusable, match="disk is full"):
                await running
        house.storage.full = False
        async with house.running():
            await house.until("abandoned")
        assert house.buyer.acts == ["cart"]


# ---- the watch list during an attempt


@pytest.mark.parametrize("kept", [[], [product(A, enabled=False)]], ids=["removed", "disabled"])
async def test_a_product_that_is_no_longer_wanted_takes_its_attempt_with_it(house: House, kept: list[Product]) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    await house.coordinator.watchlist.take_up([*kept, product(B)], by="Ada")
    await house.until("abandoned")
    assert (house.why(), house.buyer.presses) == ("no longer watched", 0)


async def test_a_change_of_the_list_that_does_not_touch_the_attempt_lets_it_go_on(house: House) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    await house.coordinator.watchlist.take_up([product(C), product(A, max_price=Decimal(50))], by="Ada")
    hold.let_go.set()
    await house.until("confirmed")


async def test_a_product_that_is_now_wanted_another_way_takes_its_attempt_with_it(house: House) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    await house.coordinator.watchlist.take_up([product(A, channel=Channel.PICKUP), product(B)], by="Ada")
    await house.until("abandoned")
    assert (house.why(), house.buyer.presses) == ("it is now wanted by pickup", 0)


async def test_past_its_button_a_removed_product_is_followed(house: House) -> None:
    hold = house.buyer.hold("submit")
    await house.see(A)
    await hold.reached.wait()
    await house.coordinator.watchlist.take_up([product(B)], by="Ada")
    hold.let_go.set()
    await house.until("confirmed")


@pytest.mark.guards("purchasing", "the gate and the limits are asked once more before the button")
async def test_a_cap_that_was_lowered_meanwhile_is_kept_at_the_button(house: House) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    await house.coordinator.watchlist.take_up([product(A, max_price=Decimal(20))], by="Ada")
    hold.let_go.set()
    await house.until("refused")
    assert house.why().startswith("the button was not pressed: price 49.99 is above the cap 20")
    assert house.buyer.presses == 0


# ---- the end and the next start


async def test_finishing_calls_off_what_is_before_its_button(house: House) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A, B)
    await hold.reached.wait()
    await house.coordinator.slot.finish()
    assert (house.steps(), house.why()) == (["abandoned"], "the service is stopping")


async def test_finishing_waits_for_the_outcome_of_what_is_past_its_button(house: House) -> None:
    hold = house.buyer.hold("submit")
    await house.see(A, B)
    await hold.reached.wait()
    finishing = asyncio.create_task(house.coordinator.slot.finish())
    hold.let_go.set()
    await finishing
    assert house.steps() == ["confirmed"]


async def test_once_finishing_no_attempt_begins(tmp_path: Path) -> None:
    async with house_of(tmp_path, A) as house:
        await house.see(A)
        async with house.running() as running:
            await asyncio.sleep(0)  # it is reading who is in the slot
            await house.coordinator.slot.finish()
            await running
        assert (house.steps(), house.buyer.acts) == (["abandoned"], [])


@pytest.mark.parametrize("step", STEPS_BEFORE)
async def test_a_crash_before_submitting_is_abandoned(tmp_path: Path, step: str) -> None:
    async with house_of(tmp_path, A) as house:
        await house.see(A)
        await house.books.go(*STEPS_BEFORE[step])
    async with house_of(tmp_path, A) as house, house.running():
        assert house.steps() == ["abandoned"]
        assert house.why() == f"the service ended while it was {step}"
        assert await house.books.states() == {A: "failed"}
        assert house.buyer.acts == []


@pytest.mark.parametrize(("ordered", "outcome"), [(True, "confirmed"), (False, "refused")])
@pytest.mark.parametrize("last", [SUBMITTING, UNCONFIRMED])
async def test_a_crash_past_submitting_is_settled_by_the_order_list_and_never_repeated(
    tmp_path: Path, last: Step, *, ordered: bool, outcome: str
) -> None:
    async with house_of(tmp_path, A) as house:
        await house.see(A)
        way = [CARTED, REVIEWED, SUBMITTING, UNCONFIRMED]
        await house.books.go(*way[: way.index(last) + 1])
    async with house_of(tmp_path, A, B) as house:
        assert house.steps() == ["unconfirmed"]
        await house.see(A, B)
        assert house.steps() == ["unconfirmed"]
        if ordered:
            house.buyer.orders.placed[1] = Receipt(order_number="912-1", total=PRICE)
        house.buyer.hold("cart")
        async with house.running():
            await house.until(outcome, "opened")
        assert house.buyer.presses == 0
        if ordered:
            assert house.books.rows("SELECT order_number, total FROM attempt WHERE id = 1") == [("912-1", "49.99")]


async def test_a_start_says_so_before_anything_else(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, mode=Mode.REHEARSE) as house:
        (first, *_) = await house.books.events()
        assert first.fact == ServiceStarted(mode=Mode.REHEARSE, version="1")


async def test_the_mode_of_the_settings_is_that_of_the_first_start_alone(tmp_path: Path) -> None:
    for asked in (Mode.REHEARSE, Mode.SIMULATE):
        async with house_of(tmp_path, A, mode=asked) as house:
            last = (await house.books.facts(ServiceStarted))[-1]
            assert last.mode is Mode.REHEARSE


async def test_the_agenda_is_what_the_ledger_holds(house: House) -> None:
    assert [one.tcin for one in (await house.coordinator.watchlist.agenda()).products] == [A, B]
    assert [one.tcin for one in await house.coordinator.watchlist.stored()] == [A, B]


async def test_a_cart_that_can_t_be_cleaned_frees_the_slot_and_is_told(house: House) -> None:
    house.buyer.troubles = {"review": NothingOrdered("signed out"), "clean": NothingOrdered("signed out")}
    await house.see(A)
    await house.until("abandoned")
    (*_, moved) = await house.books.facts(AttemptMoved)
    assert moved.why == "signed out; the cart could not be cleaned: signed out"


@pytest.mark.guards("purchasing", "an attempt that is called off before it was taken up never gets to the shop")
async def test_what_is_called_off_between_its_commit_and_its_runner_never_gets_to_the_shop(tmp_path: Path) -> None:
    async with house_of(tmp_path, A) as house:
        await house.see(A)
        house.coordinator.slot.call_off("cancelled by Ada", attempt=await house.books.slot())
        async with house.running():
            await house.until("abandoned")
        assert (house.why(), house.buyer.acts) == ("cancelled by Ada", ["clean"])


async def test_a_product_removed_between_its_commit_and_its_runner_never_gets_to_the_shop(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, B) as house:
        await house.see(A)
        await house.coordinator.watchlist.take_up([product(B)], by="Ada")
        async with house.running():
            await house.until("abandoned")
        assert (house.why(), house.buyer.acts) == ("no longer watched", ["clean"])


@pytest.mark.guards("purchasing", "after a doubt, the order list is read once more before the product's next attempt")
async def test_an_order_that_the_list_shows_late_counts_as_bought_and_is_told_once(tmp_path: Path) -> None:
    bounds = limits(cooldown=seconds(0), listed_within=seconds(0))
    async with house_of(tmp_path, A, B, mode=Mode.LIVE, its_limits=bounds) as house, house.running():
        house.buyer.line_is_dead = True
        house.buyer.troubles["submit"] = OutcomeUnknown("the page went blank")
        await house.see(A)
        await house.until("refused")
        house.buyer.orders.placed[1] = Receipt(order_number="912-1", total=PRICE)
        house.buyer.line_is_dead = False
        await house.see(A)
        await house.until("refused", "abandoned")
        assert (house.why(), house.buyer.presses) == ("attempt 1 was ordered after all: order 912-1", 1)
        for _ in range(2):
            await house.see(A)
        assert house.steps() == ["refused", "abandoned"]
        (cycle,) = (await house.books.facts(CycleCompleted))[-1:]
        assert cycle.purchases.skipped == (Skipped(tcin=A, why="1 of 1 wanted were bought"),)
        (found,) = await house.books.facts(OrderFound)
        assert found == OrderFound(attempt=1, tcin=A, order_number="912-1", total=PRICE)
        usage = (await house.books.do(house.books.standing)).usage
        assert (usage.bought_today, usage.spent_today) == (1, PRICE)


@pytest.mark.guards("purchasing", "after a doubt, the order list is read once more before the product's next attempt")
async def test_what_is_in_doubt_is_known_after_a_restart_and_holds_its_own_product_alone(tmp_path: Path) -> None:
    bounds = limits(cooldown=seconds(0), listed_within=seconds(0))
    async with house_of(tmp_path, A, B, mode=Mode.LIVE, its_limits=bounds) as house:
        await house.see(A)
        await house.books.go(CARTED, REVIEWED, SUBMITTING, UNCONFIRMED, Step.REFUSED)
    async with house_of(tmp_path, A, B, mode=Mode.LIVE, its_limits=bounds) as house, house.running():
        house.buyer.orders.troubles = [OrdersUnreadable("signed out")]
        await house.see(A, B)
        await house.until("refused", "abandoned", "confirmed")
        assert house.buyer.orders.asked == 1
        ended = [moved.why for moved in await house.books.facts(AttemptMoved) if moved.to is Step.ABANDONED]
        assert ended == ["the order list could not be read once more about attempt 1: signed out"]
        await house.see(A)
        await house.until("refused", "abandoned", "confirmed", "confirmed")
        assert (house.buyer.orders.asked, await house.books.facts(OrderFound)) == (2, [])


@pytest.mark.guards("purchasing", "a yes is good for one attempt")
async def test_a_yes_is_good_for_one_attempt_alone(tmp_path: Path) -> None:
    bounds, asks = limits(cooldown=seconds(0)), product(A, buy=BuyMode.ASK)
    async with house_of(tmp_path, asks, mode=Mode.LIVE, its_limits=bounds) as house, house.running():
        house.buyer.troubles["review"] = NothingOrdered("the button is grey")
        await house.see(A)
        await house.books.do(_say_buy)
        await house.see(A)
        await house.until("abandoned")
        for _ in range(3):
            await house.see(A)
        assert house.steps() == ["abandoned"]


def _say_buy(unit: UnitOfWork) -> None:
    (ask,) = unit.approvals.of_open_windows().values()
    assert unit.approvals.answer(ask, ApprovalAnswer.BUY, by="Ada", at=AT)


async def test_only_a_stop_counts_as_having_cut_an_attempt_short(house: House) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    house.coordinator.slot.call_off("cancelled by Ada")
    await house.until("abandoned")
    await house.coordinator.cycles.take(snapshot())
    assert house.gate.close("stopped by Ada") is None


async def test_while_an_outcome_can_t_be_written_the_order_list_is_not_asked_without_a_pause(house: House) -> None:
    clock = asyncio.get_running_loop().time
    house.buyer.troubles["submit"] = OutcomeUnknown("the page went blank")
    house.on_step = lambda step: setattr(house.storage, "full", step == "unconfirmed")
    await house.see(A)
    await house.until("unconfirmed")
    began = clock()
    for _ in range(50):
        await house.books.slot()
    assert house.buyer.orders.asked <= 2 + (clock() - began) / AGAIN.total_seconds()


# ---- the second look and the cart


async def test_a_second_look_that_finds_another_seller_ends_a_live_attempt_and_is_remembered(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, mode=Mode.LIVE) as house, house.running():
        house.shop.stock[A] = reading(A, "IN_STOCK", price=PRICE, marketplace=True)
        await house.see(A)
        await house.until("abandoned")
        assert (house.why(), house.buyer.presses) == ("a second look found a marketplace seller", 0)
        (disagreement,) = await house.books.facts(Disagreement)
        assert disagreement == Disagreement(tcin=A, attempt=1, why="a second look found a marketplace seller")
        house.books.clock.go_on(timedelta(hours=1))
        await house.see(A)
        (barred,) = (await house.books.facts(CycleCompleted))[-1].purchases.skipped
        assert (house.steps(), barred.why) == (["abandoned"], "sold by a marketplace seller")


async def test_a_second_look_that_is_not_answered_buys_nothing_and_is_no_disagreement(tmp_path: Path) -> None:
    async with house_of(tmp_path, A, mode=Mode.LIVE) as house, house.running():
        house.shop.trouble = trouble(Trouble.WALLED)
        await house.see(A)
        await house.until("abandoned")
        assert (house.why(), house.buyer.presses) == ("a second look told nothing certain: it was walled", 0)
        assert await house.books.facts(Disagreement) == []


@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.REHEARSE])
async def test_after_a_crash_before_the_button_the_next_attempt_takes_out_what_was_left(
    tmp_path: Path, mode: Mode
) -> None:
    async with house_of(tmp_path, A, B, mode=mode) as house:
        await house.see(A)
        await house.books.go(CARTED)
    async with house_of(tmp_path, A, B, mode=mode) as house, house.running():
        house.buyer.cart_holds[A] = 1
        await house.see(B)
        await house.until("abandoned", "confirmed" if mode is Mode.LIVE else "rehearsed")
        assert house.buyer.acts[:2] == ["clean", "cart"]
        assert await house.books.do(lambda unit: unit.attempts.left_in_cart()) == []


@pytest.mark.guards("purchasing", "what earlier attempts left is remembered, each of them, and taken out first")
async def test_a_cart_that_stays_unclean_is_remembered_for_every_attempt_that_left_something(tmp_path: Path) -> None:
    bounds = limits(cooldown=seconds(0))
    async with house_of(tmp_path, A, B, mode=Mode.LIVE, its_limits=bounds) as house, house.running():
        house.buyer.troubles = {"review": NothingOrdered("signed out"), "clean": NothingOrdered("signed out")}
        await house.see(A)
        await house.until("abandoned")
        await house.see(B)
        await house.until("abandoned", "abandoned")
        left = await house.books.do(lambda unit: unit.attempts.left_in_cart())
        assert [one.id for one in left] == [1, 2]


@pytest.mark.guards("purchasing", "spend counts what the review page would charge")
async def test_a_spend_limit_counts_what_the_review_page_would_charge(tmp_path: Path) -> None:
    bounds = limits(max_spend_per_day=Decimal("50.00"), cooldown=seconds(0))
    async with house_of(tmp_path, A, mode=Mode.LIVE, its_limits=bounds) as house, house.running():
        house.buyer.total = Decimal("53.49")
        await house.see(A)
        await house.until("unconfirmed")
        assert house.why() == "the button was not pressed: 53.49 spent today would be above 50.00"
        assert house.buyer.presses == 0


@pytest.mark.guards("purchasing", "past midnight an attempt is held to the limits of the day on which it counts")
async def test_past_midnight_an_attempt_is_held_to_the_limits_of_its_own_day(tmp_path: Path) -> None:
    bounds = limits(max_spend_per_day=Decimal("50.00"), cooldown=seconds(0))
    async with house_of(tmp_path, A, mode=Mode.LIVE, its_limits=bounds) as house, house.running():
        midnight = datetime(2026, 11, 24, tzinfo=UTC)
        house.books.clock.at = midnight - seconds(5)
        house.buyer.total = Decimal("53.49")
        hold = house.buyer.hold("review")
        await house.see(A)
        await hold.reached.wait()
        house.books.clock.at = midnight + seconds(5)
        hold.let_go.set()
        await house.until("unconfirmed")
        assert house.why() == "the button was not pressed: 53.49 spent today would be above 50.00"
        assert house.buyer.presses == 0


@pytest.mark.guards("purchasing", "`alert` ends an attempt that is under way")
async def test_a_product_that_is_now_for_alerts_only_takes_its_attempt_with_it(house: House) -> None:
    hold = house.buyer.hold("cart")
    await house.see(A)
    await hold.reached.wait()
    await house.coordinator.watchlist.take_up([product(A, buy=BuyMode.ALERT), product(B)], by="Ada")
    await house.until("abandoned")
    assert (house.why(), house.buyer.presses) == ("it is now watched for alerts only", 0)


@pytest.mark.guards("purchasing", "nothing is bought while the clock is behind the journal")
async def test_nothing_is_bought_while_the_clock_is_behind_the_journal(tmp_path: Path) -> None:
    async with house_of(tmp_path, A) as house:
        now = house.books.at
        house.books.clock.at = now + timedelta(hours=1)
        await house.coordinator.cycles.take(snapshot(at=house.books.at))
        house.books.clock.at = now
        await house.see(A)
        assert house.steps() == []
        (barred,) = (await house.books.facts(CycleCompleted))[-1].purchases.skipped
        assert barred.why == "the clock is 1 h behind the journal"
        house.books.clock.at = now + timedelta(hours=1)
        await house.see(A)
        assert house.steps() == ["opened"]
