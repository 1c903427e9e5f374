"""Whatever happens, in whatever order: restocks, taps, stops, crashes, full disks, clocks that are set, odd shops.

The shop checks the laws at the instant when its button is pressed, and the audit reads the whole journal at the end.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from config.database import DatabaseUnusable
from config.products import BuyMode, Mode, Product, Tcin
from purchasing.errors import NothingOrdered, OrdersUnreadable, OutcomeUnknown, Refused
from purchasing.model import ApprovalAnswer, Step
from purchasing.rules.verify import Audit
from purchasing.storage.controls import CHALLENGE, MODE
from tests.builders import AT, A, B, C, product, reading, seconds, snapshot
from tests.fakes import Hold
from tests.unit.purchasing.lawful_life import CAP, LIMITS, Life

WATCHED = (
    product(A, max_price=CAP, quantity=2),
    product(B, buy=BuyMode.ASK, max_price=None),
    product(C, max_price=CAP),
)
products = st.sampled_from([A, B, C])
prices = st.sampled_from([Decimal("40.00"), Decimal("50.00"), Decimal("50.01"), None])
acts = st.sampled_from(["cart", "review", "press", "submit", "submit", "clean"])
troubles = st.sampled_from(["well", "well", "hangs", "fails", "breaks"])
words = st.sampled_from(["IN_STOCK", "IN_STOCK", "OUT_OF_STOCK", "A_NEW_WORD"])

LIFE = settings(stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


class AnyLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="stockbell-any-")
        self.life = Life(Path(self._folder.name))

    @initialize(mode=st.sampled_from([Mode.LIVE, Mode.LIVE, Mode.LIVE, Mode.SIMULATE, Mode.REHEARSE]))
    def begin(self, mode: Mode) -> None:
        self.life.do(self.life.coordinator.watchlist.take_up(WATCHED, by="Ada"))
        self.life.do(self.life.storage.write(lambda unit: unit.controls.put(MODE, mode, by="Ada", at=AT)))

    # ---- the shop

    @rule(told=st.lists(st.tuples(products, words, prices), min_size=1, max_size=3, unique_by=lambda one: one[0]))
    def a_cycle(self, told: list[tuple[Tcin, str, Decimal | None]]) -> None:
        life = self.life
        news = snapshot(*(reading(tcin, word, at=life.now(), price=price) for tcin, word, price in told), at=life.now())
        try:
            life.do(life.coordinator.cycles.take(news))
        except DatabaseUnusable:
            assert life.database.full

    @rule(price=st.sampled_from([Decimal("40.00"), Decimal("40.00"), Decimal("50.00"), Decimal("50.01")]))
    def another_price(self, price: Decimal) -> None:
        self.life.shop.price = price

    @rule(
        tcin=products,
        told=st.sampled_from([{}, {}, {"marketplace": True}, {"price": None}, {"shipping": "OUT_OF_STOCK"}]),
    )
    def what_a_second_look_finds(self, tcin: Tcin, told: dict[str, Any]) -> None:
        self.life.look[tcin] = told

    @rule(act=acts, trouble=troubles, is_dead=st.booleans())
    def a_mood_of_the_shop(self, act: str, trouble: str, *, is_dead: bool) -> None:
        shop = self.life.shop
        self.what_hung_goes_on()
        shop._holds.clear()  # noqa: SLF001
        shop.troubles.clear()
        shop.line_is_dead = is_dead
        fails = {"submit": Refused("sold out"), "clean": NothingOrdered("signed out")}
        match trouble:
            case "hangs":
                shop._holds[act] = Hold()  # noqa: SLF001
            case "fails":
                shop.troubles[act] = fails.get(act, NothingOrdered("the button is grey"))
            case "breaks":
                shop.troubles[act] = OutcomeUnknown("blank") if act == "submit" else ZeroDivisionError("a mistake")

    @rule()
    def what_hung_goes_on(self) -> None:
        for hold in self.life.shop._holds.values():  # noqa: SLF001  as nothing in a fake ends by itself
            hold.let_go.set()
        self.life.do(asyncio.sleep(0))

    @rule(times=st.integers(1, 3))
    def an_order_list_that_can_t_be_read(self, times: int) -> None:
        self.life.shop.orders.troubles = [OrdersUnreadable("signed out")] * times

    @rule(after=st.sampled_from([0.0, 20.0, 59.0]))
    def an_order_list_that_shows_orders_late(self, after: float) -> None:
        self.life.shop.orders.listed_after = after

    # ---- time, disk and process

    @rule(span=st.sampled_from([0.0, 0.5, 3.0, 21.0, 31.0, 61.0, 130.0, 400.0]))
    def time_passes(self, span: float) -> None:
        self.life.do(asyncio.sleep(span))

    @rule(by=st.sampled_from([0, 0, 0, -7200, -10, -3, 3, 10, 86_400]))
    def the_clock_is_set(self, by: int) -> None:
        self.life.set_forth += seconds(by)
        self.life.clock_was_set = True

    @rule(full=st.sampled_from([False, False, False, True]))
    def the_disk_fills_up_or_is_cleared(self, *, full: bool) -> None:
        self.life.database.full = full

    @rule()
    def it_is_killed_and_started(self) -> None:
        self.life.kill()
        self.life.begin()

    @precondition(lambda self: not self.life.database.full)
    @rule()
    def it_ends_in_order_and_is_started(self) -> None:
        self.a_mood_of_the_shop("cart", "well", is_dead=False)
        self.life.do(self.life.coordinator.slot.finish())
        self.life.kill()
        self.life.begin()

    # ---- people

    @rule(answer=st.sampled_from([ApprovalAnswer.BUY, ApprovalAnswer.BUY, ApprovalAnswer.SKIP]))
    def b_is_answered(self, answer: ApprovalAnswer) -> None:
        life = self.life
        life.say(answer, lambda command: life.steering.approvals.answer(command, answer, tcin=B))

    @rule(by_hand=st.booleans(), is_false_alarm=st.sampled_from([True, True, False]))
    def a_stop(self, *, by_hand: bool, is_false_alarm: bool) -> None:
        life = self.life
        if by_hand:
            (life.folder / "EMERGENCY_STOP").touch()
        else:
            life.gate.close("stopped by Ada")
            life.say("stop", lambda command: life.steering.emergency_stop.stop(by="Ada", command=command))
        assert life.gate.shut is not None
        if is_false_alarm:
            life.do(asyncio.sleep(3))
            life.database.full = False
            self.it_is_armed_again()

    @rule()
    def it_is_armed_again(self) -> None:
        life = self.life
        life.say("rearm", lambda command: life.steering.emergency_stop.rearm(command, code=None))
        challenge = life.read(lambda unit: unit.controls.get(CHALLENGE))
        code = challenge.code if challenge else None
        life.say("rearm", lambda command: life.steering.emergency_stop.rearm(command, code=code))

    @rule(mode=st.sampled_from([Mode.LIVE, Mode.LIVE, Mode.SIMULATE, Mode.REHEARSE]))
    def another_mode(self, mode: Mode) -> None:
        life = self.life
        life.say("mode", lambda command: life.steering.mode.choose(mode, command, code=None))
        challenge = life.read(lambda unit: unit.controls.get(CHALLENGE))
        code = challenge.code if challenge else None
        life.say("mode", lambda command: life.steering.mode.choose(mode, command, code=code))

    @rule()
    def cancelled(self) -> None:
        self.life.say("cancel", self.life.steering.attempt.cancel)

    @rule()
    def settled_by_who_looked(self) -> None:
        life = self.life
        slot = life.read(lambda unit: unit.attempts.slot())
        if slot is not None and slot.step is Step.UNCONFIRMED:
            bought = slot.id in life.shop.orders.placed
            life.say("settle", lambda command: life.steering.attempt.settle(command, slot.id, bought=bought))

    @rule(
        tcin=products,
        price=prices,
        mood=st.tuples(acts, troubles, st.booleans()),
        span=st.sampled_from([0.0, 1.0, 1.0, 1.0, 130.0]),
        late=st.sampled_from([0.0, 59.0]),
        slip=st.sampled_from(["nothing", "nothing", "a stop", "a file", "a list"]),
        then=st.sampled_from(["nothing", "nothing", "a kill", "a stop", "a cancel", "a full disk"]),
    )
    def a_restock_with_nothing_in_its_way(
        self,
        tcin: Tcin,
        price: Decimal | None,
        mood: tuple[str, str, bool],
        span: float,
        late: float,
        slip: str,
        then: str,
    ) -> None:
        """But what the shop is in the mood for, the limits, and what comes next."""
        life = self.life
        life.database.full = False
        self.more_is_wanted()
        self.it_is_armed_again()
        self.another_mode(Mode.LIVE)
        life.do(asyncio.sleep(LIMITS.cooldown.total_seconds() + 1))
        life.shop.price = min(price or CAP, CAP)
        self.a_mood_of_the_shop(*mood[:2], is_dead=mood[2])
        self.an_order_list_that_shows_orders_late(late)
        slips: dict[str, Callable[[], object]] = {
            "a stop": lambda: life.gate.close("stopped by Ada"),
            "a file": (life.folder / "EMERGENCY_STOP").touch,
            "a list": life.want_nothing,
        }
        life.slip = slips.get(slip)
        self.a_cycle([(tcin, "IN_STOCK", price)])
        if tcin == B:
            self.b_is_answered(ApprovalAnswer.BUY)
        life.do(asyncio.sleep(span))
        match then:
            case "a kill":
                self.it_is_killed_and_started()
            case "a stop":
                life.gate.close("stopped by Ada")
                self.what_hung_goes_on()
                self.a_stop(by_hand=False, is_false_alarm=True)
            case "a cancel":
                self.cancelled()
            case "a full disk":
                self.the_disk_fills_up_or_is_cleared(full=True)
        life.do(asyncio.sleep(span))

    @rule(
        late=st.sampled_from([1.0, 20.0, 59.0]),
        trouble=st.sampled_from(["hangs", "breaks"]),
        then=st.sampled_from(["nothing", "a kill", "a stop"]),
    )
    def an_order_in_doubt_that_is_listed_late(self, late: float, trouble: str, then: str) -> None:
        mood = ("submit", trouble, False)
        self.a_restock_with_nothing_in_its_way(A, CAP, mood, span=1.0, late=late, slip="nothing", then=then)
        self.life.do(asyncio.sleep(LIMITS.deadline.total_seconds() + 130))

    @rule()
    def a_stop_while_a_press_is_on_its_way(self) -> None:
        mood = ("press", "hangs", False)
        self.a_restock_with_nothing_in_its_way(A, CAP, mood, span=1.0, late=0.0, slip="nothing", then="a stop")

    @rule(
        tcin=st.sampled_from([A, C]),
        times=st.integers(2, 7),
        more=st.booleans(),
        # Of the cheaper, the number of a day's purchases is reached first, of the other what is spent.
        price=st.sampled_from([Decimal("20.00"), Decimal("50.00")]),
    )
    def a_busy_day(self, tcin: Tcin, times: int, price: Decimal, *, more: bool) -> None:
        """It is sold out and back again and again, in windows of its own; more of it may be wanted each time."""
        life = self.life
        life.database.full, life.shop.price = False, price
        self.a_mood_of_the_shop("cart", "well", is_dead=False)
        self.it_is_armed_again()
        self.another_mode(Mode.LIVE)
        for _ in range(times):
            if more:
                self.more_is_wanted()
            for word in ("OUT_OF_STOCK", "OUT_OF_STOCK", "IN_STOCK"):
                self.a_cycle([(tcin, word, price)])
            life.do(asyncio.sleep(LIMITS.cooldown.total_seconds() + 1))

    @rule()
    def more_is_wanted(self) -> None:
        life, sold = self.life, Counter[Tcin]()
        for one in life.shop.sold.values():
            sold[one.tcin] += one.quantity
        more = [replace(one, quantity=max(one.quantity, sold[one.tcin] + 1)) for one in WATCHED]
        self.watch(more)

    def watch(self, wanted: Sequence[Product]) -> None:
        try:
            self.life.do(self.life.coordinator.watchlist.take_up(wanted, by="Ada"))
        except DatabaseUnusable:
            assert self.life.database.full

    @rule(
        kept=st.sets(products, min_size=1),
        quantity=st.integers(1, 3),
        cap=st.sampled_from([Decimal("40.00"), CAP]),
        buy=st.sampled_from([BuyMode.AUTO, BuyMode.AUTO, BuyMode.ALERT]),
    )
    def another_list(self, kept: set[Tcin], quantity: int, cap: Decimal, buy: BuyMode) -> None:
        of_a = product(A, max_price=cap, quantity=quantity, buy=buy)
        self.watch([one for one in (of_a, *WATCHED[1:]) if one.tcin in kept])

    # ---- what always holds

    @invariant()
    def no_law_was_broken_at_the_button(self) -> None:
        assert self.life.broken == []

    @invariant()
    def no_attempt_was_ever_pressed_twice(self) -> None:
        assert max(self.life.shop.pressed.values(), default=1) == 1

    @invariant()
    def what_is_said_of_orders_is_so(self) -> None:
        for one in self.life.read(lambda unit: unit.attempts.all()):
            if one.mode is not Mode.LIVE:
                continue
            if one.step is Step.CONFIRMED:
                assert one.id in self.life.shop.orders.placed
            if one.step in {Step.ABANDONED, Step.REFUSED}:
                assert one.id not in self.life.shop.sold

    def teardown(self) -> None:
        life = self.life
        life.database.full = False
        life.kill()
        life.do(life.database.open())
        audit = Audit()
        for event in life.read(lambda unit: unit.journal.after(0, limit=10_000)):
            audit.take(event)
        audit.compare(life.read(lambda unit: unit.attempts.all()), life.read(lambda unit: unit.products.order()))
        # A clock that was set makes a deadline look passed that was kept on the monotonic clock.
        told = [one for one in audit.findings if not (life.clock_was_set and "although its deadline was" in one)]
        assert told == []
        life.do(life.database.close())
        life.loop.close()
        self._folder.cleanup()


def _lives(examples: int) -> Any:
    """A test case of so many random lives; one of its own, as its settings are."""

    class Lives(AnyLife):
        pass

    case = Lives.TestCase
    case.settings = settings(LIFE, max_examples=examples)
    return case


# A law that is broken takes long to be told in its shortest way.
TestAnyLife = pytest.mark.timeout(900)(_lives(15))
TestManyLives = pytest.mark.torture(pytest.mark.timeout(3600)(_lives(150)))
