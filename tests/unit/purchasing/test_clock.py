"""A clock that was years ahead once: nothing is bought by one that is behind it, until the owner accepts that one."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from config.products import BuyMode, Mode
from purchasing.commands import Clocks, Offer, ToConfirm
from purchasing.control.confirmation import WRONG_CODE
from purchasing.events import Control, ControlChanged, CycleCompleted, Sighted, stamp
from purchasing.model import ApprovalAnswer, Step
from purchasing.storage.controls import CHALLENGE, DRILL_END
from purchasing.storage.unit_of_work import UnitOfWork
from tests.builders import AT, A, B, limits, product, seconds
from tests.facts import fact
from tests.unit.purchasing.books import Books
from tests.unit.purchasing.coordinator_house import House, house_of
from tests.unit.purchasing.test_rearm import House as ArmingHouse
from tests.unit.purchasing.test_rearm import stopped_house

YEARS = timedelta(days=3650)
SECOND = seconds(1)


# ---- the owner's two steps


@pytest.fixture
async def arming(tmp_path: Path) -> AsyncIterator[ArmingHouse]:
    """Buying is stopped, and the journal is ten years ahead of the clock."""
    async with stopped_house(tmp_path) as house:
        await write_at(house.books, AT + YEARS)
        yield house


async def write_at(books: Books, at: datetime) -> None:
    await books.do(lambda unit: unit.journal.append(fact(Sighted), at=at))


async def ahead(books: Books) -> datetime | None:
    return await books.do(lambda unit: unit.clock.ahead(at=books.at))


async def armings(books: Books) -> list[datetime | None]:
    """What was passed over at each arming."""
    return [one.passed_over for one in await books.facts(ControlChanged) if one.what is Control.REARM]


async def first_answer(house: ArmingHouse) -> ToConfirm:
    said = await house.heard("rearm")
    await house.control.rearm(said, code=None)
    done = await house.books.do(lambda unit: unit.commands.get(said.key))
    assert done is not None
    assert isinstance(done.result, ToConfirm)
    return done.result


async def test_the_first_answer_names_both_clocks_and_accepts_none(arming: ArmingHouse) -> None:
    told = await first_answer(arming)
    assert told.clocks == Clocks(journal=AT + YEARS, present=AT)
    assert (await ahead(arming.books), await armings(arming.books)) == (AT + YEARS, [])


async def test_the_code_accepts_the_present_clock_and_an_event_marks_it(arming: ArmingHouse) -> None:
    told = await first_answer(arming)
    done = await arming.rearm(await arming.heard("rearm"), told.code)
    assert done is not None
    assert done.refusal is None
    assert (await ahead(arming.books), await armings(arming.books)) == (None, [AT + YEARS])


@pytest.mark.guards("purchasing", "only a clock that the first answer named is accepted")
async def test_a_clock_that_goes_wrong_between_the_two_is_not_accepted(tmp_path: Path) -> None:
    async with stopped_house(tmp_path) as house:
        told = await first_answer(house)
        assert told.clocks is None
        await write_at(house.books, AT + YEARS)
        await house.rearm(await house.heard("rearm"), told.code)
        assert (await ahead(house.books), await armings(house.books)) == (AT + YEARS, [None])


async def test_a_clock_that_came_right_by_itself_is_not_marked_as_accepted(arming: ArmingHouse) -> None:
    told = await first_answer(arming)
    await arming.books.do(lambda unit: unit.clock.accept(by="Bea", at=AT))
    await arming.rearm(await arming.heard("rearm"), told.code)
    assert await armings(arming.books) == [None]


async def test_a_clock_that_is_set_back_once_more_is_wrong_once_more(arming: ArmingHouse) -> None:
    told = await first_answer(arming)
    await arming.rearm(await arming.heard("rearm"), told.code)
    arming.books.clock.set_wall_clock(-timedelta(hours=1))
    assert await ahead(arming.books) == AT


@pytest.mark.guards("purchasing", "the code of the first answer holds for 60 s")
@pytest.mark.parametrize("by", [seconds(61), -SECOND])
async def test_a_code_of_another_time_confirms_nothing(tmp_path: Path, by: timedelta) -> None:
    async with stopped_house(tmp_path) as house:
        code = await house.code()
        house.books.clock.set_wall_clock(by)
        done = await house.rearm(await house.heard("rearm"), code)
        assert done is not None
        assert (done.refusal, await armings(house.books)) == (WRONG_CODE, [])


@pytest.mark.guards("purchasing", "the code of the first answer holds for 60 s")
async def test_a_code_holds_to_the_end_of_its_time(tmp_path: Path) -> None:
    async with stopped_house(tmp_path) as house:
        code = await house.code()
        house.books.clock.go_on(seconds(60))
        await house.rearm(await house.heard("rearm"), code)
        assert await armings(house.books) == [None]
        assert await house.books.do(lambda unit: unit.controls.get(CHALLENGE)) is None


# ---- what was written ahead


@asynccontextmanager
async def years_ahead(folder: Path, buy: BuyMode = BuyMode.AUTO) -> AsyncIterator[House]:
    """Live, and the clock is ten years ahead."""
    async with house_of(folder, product(A, buy=buy), product(B, buy=buy), mode=Mode.LIVE) as house:
        house.books.clock.set_wall_clock(YEARS)
        yield house


async def accept(house: House) -> None:
    """The clock is put right, and accepted."""
    house.books.clock.set_wall_clock(-YEARS)
    await house.books.do(lambda unit: unit.clock.accept(by="Ada", at=house.books.at))


async def why_not(house: House) -> list[str]:
    """Why nothing of it was bought in the last cycle."""
    return [one.why for one in (await house.books.facts(CycleCompleted))[-1].purchases.skipped]


async def test_a_purchase_from_ahead_holds_the_next_up_for_the_cooldown_and_not_for_years(tmp_path: Path) -> None:
    async with years_ahead(tmp_path) as house, house.running():
        await house.see(A)
        await house.until("confirmed")
        await accept(house)
        await house.see(B)
        assert await why_not(house) == ["the cooldown after the last purchase takes 5 m more"]
        house.books.clock.go_on(seconds(300))
        await house.see(B)
        await house.until("confirmed", "confirmed")


@pytest.mark.guards("purchasing", "what was bought by a clock that was ahead counts as bought when that is accepted")
async def test_a_purchase_from_ahead_counts_on_the_day_of_the_acceptance_and_on_no_other(tmp_path: Path) -> None:
    async with years_ahead(tmp_path) as house, house.running():
        await house.see(A)
        await house.until("confirmed")
        await accept(house)
        today = house.books.at.replace(hour=0, minute=0, second=0)

        def bought_on(day: datetime) -> Callable[[UnitOfWork], int]:
            return lambda unit: unit.attempts.usage(day_began=day).bought_today

        assert await house.books.do(bought_on(today)) == 1
        assert await house.books.do(bought_on(today + timedelta(days=1))) == 0


async def test_what_failed_ahead_is_ready_again_after_the_cooldown(tmp_path: Path) -> None:
    async with years_ahead(tmp_path) as house, house.running():
        house.buyer.total = 10 * limits().allowance + 1000
        await house.see(A)
        await house.until("abandoned")
        await accept(house)
        house.books.clock.go_on(seconds(301))
        await house.see(A)
        await house.until("abandoned", "abandoned")


async def test_an_attempt_in_doubt_from_ahead_keeps_the_time_that_it_had(tmp_path: Path) -> None:
    async with years_ahead(tmp_path) as house:
        await house.see(A)
        await house.books.go(Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.UNCONFIRMED)
        await accept(house)
        it = await house.books.do(lambda unit: unit.attempts.slot())
        assert it is not None
        assert (it.opened_at, it.deadline - it.opened_at) == (house.books.at, limits().deadline)


@pytest.mark.guards("purchasing", "no question, yes or button from before the clock was accepted holds")
@pytest.mark.parametrize("answer", [None, ApprovalAnswer.BUY])
async def test_no_question_and_no_yes_from_ahead_holds(tmp_path: Path, answer: ApprovalAnswer | None) -> None:
    async with years_ahead(tmp_path, buy=BuyMode.ASK) as house:
        await house.see(A)
        if answer is not None:
            await house.books.do(
                lambda unit: unit.approvals.answer(
                    unit.approvals.last_of(1) or pytest.fail("nobody was asked"), answer, by="Ada", at=house.books.at
                )
            )
        await accept(house)
        for _ in range(2):
            house.books.clock.go_on(SECOND)
            await house.see(A)
        assert (house.steps(), await why_not(house)) == ([], ["nobody answered in time; /buy still can"])


async def test_a_drill_from_ahead_ends(tmp_path: Path) -> None:
    async with years_ahead(tmp_path) as house:
        await house.books.do(lambda unit: unit.controls.put(DRILL_END, house.books.at, by="Ada", at=house.books.at))
        await accept(house)
        assert await house.books.do(lambda unit: unit.controls.get(DRILL_END)) == house.books.at


HELD_TO = (
    "product.since",
    "product.reset_at",
    "restock_window.opened_at",
    "restock_window.closed_at",
    "attempt.opened_at",
    "attempt.moved_at",
    "ask.expires_at",
    "offer.expires_at",
)


@pytest.mark.guards("purchasing", "no question, yes or button from before the clock was accepted holds")
@pytest.mark.parametrize("place", HELD_TO)
async def test_no_time_that_decides_about_buying_is_left_ahead(tmp_path: Path, place: str) -> None:
    table, column = place.split(".")
    async with house_of(tmp_path, product(A, buy=BuyMode.ASK), mode=Mode.LIVE) as house:
        await house.see(A)
        offer = Offer(token="t1", label="Undo", what="remove", args=A, expires_at=AT)
        await house.books.do(lambda unit: unit.offers.put([offer]))
        house.books.damage(
            "INSERT INTO attempt (tcin, mode, step, quantity, opened_at, moved_at, deadline, channel)"
            " SELECT tcin, 'live', 'confirmed', 1, made_at, made_at, made_at, 'shipping' FROM ask"
        )
        far = stamp(house.books.at + YEARS)
        house.books.damage(f"UPDATE {table} SET {column} = ?", far)  # noqa: S608  names of ours
        await house.books.do(lambda unit: unit.clock.accept(by="Ada", at=house.books.at))
        assert house.books.rows(f"SELECT DISTINCT {column} FROM {table}") == [(stamp(house.books.at),)]  # noqa: S608
