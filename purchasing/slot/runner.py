"""One attempt, carried through the shop step by step: each step is on disk before the next act."""

import asyncio
import logging
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

from config.clock import Now
from config.products import Mode
from purchasing.errors import CalledOff, NothingOrdered, OutcomeUnknown, Refused
from purchasing.model import Attempt, Step, Transition
from purchasing.ports import Buyer
from purchasing.rules.limits import why_not_order
from purchasing.slot.cleaning import clean_cart

log = logging.getLogger(__name__)

TOO_LATE = "its deadline passed before the button"
OLD_LOOK = "the second look is too old"
NO_ORDER_LIST = "the order list could not be read"
NO_CONFIRMATION = "no confirmation came before the deadline"


class Desk(Protocol):
    """What a runner knows and writes down of its attempt: the coordinator's side of it."""

    async def move(self, attempt: Attempt, transition: Transition) -> Attempt:
        """Put a step on disk, with its event, and give the attempt as it stands then."""

    async def why_not_confirmed(self, attempt: Attempt) -> str | None:
        """Why a fresh look at the product does not confirm it, else None."""

    async def why_not_press(self, attempt: Attempt) -> str | None:
        """Why the button must not be pressed now, read from the gate and the limits; else None."""

    def gate_shut(self) -> str | None:
        """Why nothing may be bought now, else None; without waiting for anything."""

    async def why_ordered_before(self, attempt: Attempt) -> str | None:
        """Why an earlier attempt on its product, once in doubt, may have been ordered after all; else None."""

    async def left_in_cart(self) -> list[Attempt]:
        """The earlier attempts of which something may be left in the cart."""

    async def cart_is_clean(self, attempt: Attempt) -> None:
        """Note that nothing of this attempt is left there."""


class _Moment:
    """A moment by both clocks, as neither can be relied on alone: one sleeps with the machine, the other may be set."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._clock = asyncio.get_running_loop().time
        self._wall, self._monotonic = now(), self._clock()

    def age(self) -> timedelta:
        """How long ago it was, by whichever clock says more."""
        return max(self._now() - self._wall, timedelta(seconds=self._clock() - self._monotonic))


class _Deadline:
    """Passed as soon as either clock says so."""

    def __init__(self, attempt: Attempt, now: Now) -> None:
        self._at = attempt.deadline
        self._now = now
        self._clock = asyncio.get_running_loop().time
        left = min(attempt.deadline - now(), attempt.deadline - attempt.opened_at)
        #: By the event loop's clock.
        self.until = self._clock() + max(left, timedelta(0)).total_seconds()

    @property
    def has_passed(self) -> bool:
        return self._clock() >= self.until or self._now() >= self._at


class AttemptRunner:
    """Drives one attempt to its end. Nothing in here ever leads twice to the button."""

    def __init__(
        self,
        attempt: Attempt,
        *,
        buyer: Buyer,
        desk: Desk,
        allowance: Decimal,
        freshness: timedelta,
        now: Now,
    ) -> None:
        """`freshness` is how old the second look may be at the button."""
        self._attempt = attempt
        self._buyer = buyer
        self._desk = desk
        self._allowance = allowance
        self._freshness = freshness
        self._now = now
        #: When the second look was begun, in `live`.
        self._looked: _Moment | None = None
        self._preparing: asyncio.Task[None] | None = None
        #: The press may be on its way.
        self._is_pressing = False
        #: Of the review page.
        self._picture: str | None = None
        self._called_off: str | None = None

    @property
    def attempt(self) -> Attempt:
        return self._attempt

    def call_off(self, why: str) -> None:
        """Give up before the button; past it a press that has not happened yet is taken back, and the rest followed.

        Never waits, and never fails, as a stop comes this way.
        """
        self._called_off = self._called_off or why
        if self._preparing is not None:
            self._preparing.cancel()
        if self._is_pressing:
            try:
                self._buyer.take_back()
            except Exception:  # whatever it is: the gate is shut all the same, and the outcome is followed
                log.exception("attempt.not_taken_back", extra={"attempt": self._attempt.id})

    async def run(self) -> Attempt:
        """Carry the attempt to `confirmed`, `refused`, `unconfirmed`, `abandoned` or `rehearsed`."""
        deadline = _Deadline(self._attempt, self._now)
        try:
            await self._prepare(deadline)
        except NothingOrdered as reason:
            return await self._abandon(reason)
        if self._attempt.mode is Mode.REHEARSE:
            left = await clean_cart(self._buyer, self._attempt)
            rehearsed = Transition(to=Step.REHEARSED, why=left, clean=left is None, picture=self._picture)
            return await self._move(rehearsed)
        done = await self._order(deadline)
        if done.step is Step.REFUSED and await clean_cart(self._buyer, done) is None:
            await self._desk.cart_is_clean(done)
        return done

    async def _prepare(self, deadline: _Deadline) -> None:
        """Everything before the button. Raises NothingOrdered: it failed, ran out of time, or was called off."""
        self._check_going_on(deadline)
        self._preparing = asyncio.create_task(self._cart_and_review(deadline), name="attempt-preparing")
        try:
            async with asyncio.timeout_at(deadline.until):
                await self._preparing
        except TimeoutError as error:
            raise CalledOff(TOO_LATE) from error
        except asyncio.CancelledError:
            if self._called_off is None or _is_cancelled():
                raise
            raise CalledOff(self._called_off) from None
        finally:
            await self._end_preparing()
        self._check_going_on(deadline)

    def _check_going_on(self, deadline: _Deadline) -> None:
        if why := self._called_off or self._desk.gate_shut():
            raise CalledOff(why)
        _check_in_time(deadline)

    async def _end_preparing(self) -> None:
        task, self._preparing = self._preparing, None
        if task is not None and not task.done():
            await _end(task)

    async def _cart_and_review(self, deadline: _Deadline) -> None:
        await self._look_and_cart(deadline)
        await self._move(Transition(to=Step.CARTED))
        _check_in_time(deadline)
        review = await self._buyer.review(self._attempt)
        if why := why_not_order(review, self._attempt, allowance=self._allowance):
            raise NothingOrdered(why, picture=review.picture)
        if self._attempt.mode is Mode.LIVE and review.orders_before is None:
            # Whether this one is placed could not be told afterwards.
            raise NothingOrdered(NO_ORDER_LIST, picture=review.picture)
        if self._looked is not None and self._looked.age() > self._freshness / 2:
            await self._look_again()  # so that it is not too old once both steps are on disk
        self._picture = review.picture
        reviewed = Transition(
            to=Step.REVIEWED, total=review.total, orders_before=review.orders_before, picture=review.picture
        )
        await self._move(reviewed)

    async def _look_and_cart(self, deadline: _Deadline) -> None:
        """The second look and the work on the page side by side; both must end well, and one that fails ends both."""
        looking = asyncio.create_task(self._look_again(), name="attempt-looking")
        carting = asyncio.create_task(self._cart(deadline), name="attempt-carting")
        try:
            await asyncio.wait({looking, carting}, return_when=asyncio.FIRST_EXCEPTION)
            for task in (looking, carting):
                if task.done():
                    task.result()
        finally:
            await _end(looking, carting)

    async def _cart(self, deadline: _Deadline) -> None:
        if self._attempt.mode is Mode.LIVE and (why := await self._desk.why_ordered_before(self._attempt)):
            raise NothingOrdered(why)
        await self._take_out_what_was_left()
        _check_in_time(deadline)
        await self._buyer.cart(self._attempt)

    async def _look_again(self) -> None:
        """The second look. Raises NothingOrdered: it does not confirm the product."""
        if self._attempt.mode is not Mode.LIVE:
            return
        self._looked = _Moment(self._now)
        if why := await self._desk.why_not_confirmed(self._attempt):
            raise NothingOrdered(why)
        if self._look_is_old:
            raise NothingOrdered(OLD_LOOK)

    @property
    def _look_is_old(self) -> bool:
        return self._looked is not None and self._looked.age() > self._freshness

    async def _take_out_what_was_left(self) -> None:
        """An earlier attempt may have ended without cleaning up after itself, by a crash too."""
        if self._attempt.mode is Mode.SIMULATE:
            return
        for before in await self._desk.left_in_cart():
            if why := await clean_cart(self._buyer, before):
                raise NothingOrdered(f"attempt {before.id} may have left something: {why}")
            await self._desk.cart_is_clean(before)

    async def _order(self, deadline: _Deadline) -> Attempt:
        await self._move(Transition(to=Step.SUBMITTING))
        # The gate is asked last and without an await before the press, so that no stop can slip in between: one comes
        # before the question, or finds the press on its way and takes it back.
        forbidden = await self._desk.why_not_press(self._attempt)
        if why := forbidden or self._why_too_late(deadline) or self._called_off or self._desk.gate_shut():
            return await self._move(Transition(to=Step.UNCONFIRMED, why=f"the button was not pressed: {why}"))
        return await self._move(await self._press(deadline))

    async def _press(self, deadline: _Deadline) -> Transition:
        """Press the button, before anything is waited for, and tell what came of it."""
        self._is_pressing = True
        try:
            async with asyncio.timeout_at(deadline.until):
                receipt = await self._buyer.submit(self._attempt)
        except Refused as reason:
            return Transition(to=Step.REFUSED, why=str(reason), picture=reason.picture, need=reason.need)
        except OutcomeUnknown as error:
            why = str(error) or NO_CONFIRMATION
            return Transition(to=Step.UNCONFIRMED, why=why, picture=error.picture, need=error.need)
        except TimeoutError as error:
            return Transition(to=Step.UNCONFIRMED, why=str(error) or NO_CONFIRMATION)
        finally:
            self._is_pressing = False
        return Transition(to=Step.CONFIRMED, receipt=receipt)

    def _why_too_late(self, deadline: _Deadline) -> str | None:
        if deadline.has_passed:
            return "its deadline passed"
        return OLD_LOOK if self._look_is_old else None

    async def _abandon(self, reason: NothingOrdered) -> Attempt:
        left = await clean_cart(self._buyer, self._attempt)
        why = f"{reason}; {left}" if left else str(reason)
        abandoned = Transition(to=Step.ABANDONED, why=why, clean=left is None, picture=reason.picture, need=reason.need)
        return await self._move(abandoned)

    async def _move(self, transition: Transition) -> Attempt:
        writing = asyncio.ensure_future(self._desk.move(self._attempt, transition))
        try:
            self._attempt = await asyncio.shield(writing)
        except asyncio.CancelledError:
            # The write goes on; what follows must know the step that is on disk, not the one before it.
            self._attempt = await writing
            raise
        return self._attempt


def _check_in_time(deadline: _Deadline) -> None:
    """Asked after whatever may have taken long: the machine may have slept in it. Raises CalledOff."""
    if deadline.has_passed:
        raise CalledOff(TOO_LATE)


async def _end(*tasks: asyncio.Task[None]) -> None:
    """Cancel what is still running of these and wait for its end; what comes of it then is of no interest."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # taken note of, or it would be logged as lost


def _is_cancelled() -> bool:
    """Whether this task itself is to end, rather than one that it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
