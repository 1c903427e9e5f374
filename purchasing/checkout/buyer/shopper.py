"""The buyer that really buys: a browser in the owner's own session, led from the product's page to the order list."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from config.clock import Now
from config.products import Mode
from purchasing.checkout import pages
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.buyer.cart_notes import CartNote, CartNotes
from purchasing.checkout.buyer.errand import Errand, wanted_of
from purchasing.checkout.buyer.order_list import OrderList, find_order
from purchasing.checkout.buyer.order_reader import TakePicture, read_orders, take_none
from purchasing.checkout.buyer.press import STILL_UNDER_WAY, hear_late, is_unanswered, press, take_back
from purchasing.checkout.buyer.stages import PATIENCE, StageEnded, lead, note_nothing
from purchasing.checkout.buyer.tab import Tab
from purchasing.checkout.buyer.tabs import Tabs
from purchasing.checkout.marker_record import MarkerRecord
from purchasing.checkout.model import Act, Answer, Call, Click, End, Ending, Need, Reached, Stage
from purchasing.checkout.pictures import PagePictures
from purchasing.checkout.witness import is_under_way
from purchasing.errors import BrowserLost, NothingOrdered, OrdersUnreadable, OutcomeUnknown, Refused
from purchasing.model import TARGET, Attempt, Receipt, Review

log = logging.getLogger(__name__)

#: What a call that changes the cart is given to be answered before the cart is cleaned.
ADDITION = timedelta(seconds=8)
#: After one that was not answered, the cart is looked at once more.
LATE_ADDITION = timedelta(seconds=3)

#: The number of an attempt that is made by hand, apart from the journal.
BY_HAND = 0

#: Endings of which a picture tells more than words.
_PICTURED = frozenset({Ending.OWNER_NEEDED, Ending.SIGN_IN, Ending.PAGE_CHANGED, Ending.CART_MISMATCH, Ending.CHANNEL})

#: Told that a page asked for a sign-in, in its words.
OnSignedOut = Callable[[str], Awaitable[None]]


class BrowserShopper:
    """Keeps the contract of `Shopper`."""

    def __init__(
        self,
        *,
        browser: CheckoutBrowser,
        tabs: Tabs,
        pictures: PagePictures,
        notes: CartNotes,
        markers: MarkerRecord,
        on_signed_out: OnSignedOut,
        now: Now,
        patience: timedelta = PATIENCE,
    ) -> None:
        """`patience` is for what a page is to show before the button."""
        self._browser = browser
        self._tabs = tabs
        self._pictures = pictures
        self._notes = notes
        self._markers = markers
        self._on_signed_out = on_signed_out
        self._now = now
        self._patience = patience
        self._errand: Errand | None = None

    # ---- before the button

    async def cart(self, attempt: Attempt) -> None:
        errand = await self._begin(attempt, reads_orders=True)
        await self._take_out_rehearsed(errand.tab, attempt)

        def note(act: Act) -> None:
            """Before the click, so that after a crash it is known whose it is that lies in the cart."""
            if isinstance(act, Click) and act.marker == pages.MarkerName.ADD:
                # A page names a seller where that is somebody else, and is not clicked then.
                errand.seller = TARGET
                self._notes.put(CartNote(attempt=attempt.id, tcin=attempt.tcin, added=True))

        await self._lead(errand.tab, Stage.ADD, attempt, before=note)
        await self._keep_copy(errand.tab, attempt, "cart")

    async def _take_out_rehearsed(self, tab: Tab, attempt: Attempt) -> None:
        """A rehearsal by hand that was killed stands in no journal: only its note tells what it left."""
        if (left := self._notes.get(BY_HAND)) is not None and left.added:
            await self._lead(tab, Stage.CLEAN, replace(attempt, tcin=left.tcin))
            self._notes.drop(BY_HAND)

    async def review(self, attempt: Attempt) -> Review:
        errand = self._errand_of(attempt)
        reached = await self._lead(errand.tab, Stage.REVIEW, attempt)
        is_read = errand.orders is None or errand.orders.done()
        numbers = await self._numbers_before(errand, attempt)
        if not is_read:  # meanwhile the page may have come to say something else
            reached = await self._lead(errand.tab, Stage.REVIEW, attempt)
        errand.button = errand.tab.locate(pages.MarkerName.PLACE_ORDER, 0, tcin=attempt.tcin)
        errand.tells_markers = True
        self._browser.note_account(signed_in=True)
        picture = None
        if attempt.mode is Mode.REHEARSE:
            await self._keep_copy(errand.tab, attempt, "review")
            picture = await self._pictures.keep(errand.tab.page, f"attempt-{attempt.id}-review")
        return Review(
            items=dict(reached.items),
            total=reached.total,
            subtotal=reached.subtotal,
            channel=reached.channel,
            seller=reached.seller or errand.seller,
            orders_before=numbers,
            picture=picture,
        )

    async def _begin(self, attempt: Attempt, *, reads_orders: bool) -> Errand:
        await self._end_errand()
        await self._browser.context()  # before it is in use, so that it may go on in a session that was stored anew
        hold = contextlib.ExitStack()
        hold.enter_context(self._browser.in_use())
        try:
            tab = await self._tabs.take(attempt.tcin)
        except BaseException:
            hold.close()
            raise
        tab.forget_calls()  # what the page called before may be long ago
        orders = None
        if reads_orders:
            keep = partial(self._pictures.keep, name=f"attempt-{attempt.id}-orders")
            reading = self._read_orders(take_picture=keep)
            orders = asyncio.create_task(reading, name="order list before the button")
        self._errand = Errand(attempt=attempt.id, tab=tab, orders=orders, hold=hold)
        return self._errand

    async def _numbers_before(self, errand: Errand, attempt: Attempt) -> tuple[str, ...] | None:
        if errand.orders is None:
            return None
        try:
            return (await errand.orders).numbers
        except OrdersUnreadable as error:
            if attempt.mode is Mode.LIVE:
                why = f"the order list could not be read before the button: {error}"
                raise NothingOrdered(why, picture=error.picture, need=error.need) from error
            return None

    def _errand_of(self, attempt: Attempt) -> Errand:
        if self._errand is None or self._errand.attempt != attempt.id:
            raise NothingOrdered("the browser was begun anew meanwhile")
        return self._errand

    # ---- the button and what follows

    async def submit(self, attempt: Attempt) -> Receipt:
        """See the port. Up to the click nothing is awaited: the message leaves within the call of `click`."""
        errand = self._errand
        if errand is None or errand.attempt != attempt.id or errand.button is None:
            raise OutcomeUnknown("the browser was lost before the button")
        errand.tab.forget_calls()
        try:
            receipt = await press(errand, errand.button, attempt, now=self._now)
        except Refused:
            await self._end_errand()
            raise
        except OutcomeUnknown as doubt:
            picture = await self._picture(errand.tab, attempt, "doubt")
            raise OutcomeUnknown(str(doubt), picture=picture, need=doubt.need) from doubt
        finally:
            # The tab stays open: what is under way in it may still become an order, and is not broken off.
            asyncio.get_running_loop().call_later(STILL_UNDER_WAY.total_seconds(), errand.hold.close)
        self._forget_note(attempt)
        await self._end_errand()
        return receipt

    def take_back(self) -> None:
        if self._errand is not None:
            take_back(self._errand)

    # ---- the cart afterwards

    async def clean(self, attempt: Attempt) -> None:
        note = self._notes.get(attempt.id)
        if note is None or not note.added:
            await self._end_errand()
            return
        # Rehearsals apart from the journal share one number: what an earlier one put in may be another product.
        ours = replace(attempt, tcin=note.tcin)
        try:
            await self._clean(ours)
        except BrowserLost:
            await self._clean(ours, is_told=False)
        self._notes.drop(attempt.id)

    async def _clean(self, attempt: Attempt, *, is_told: bool = True) -> None:
        """`is_told`: the tab would tell of a call that changes the cart and was not answered."""
        if self._errand is None or self._errand.attempt != attempt.id:
            await self._begin(attempt, reads_orders=False)
        errand = self._errand_of(attempt)
        try:
            answered = await self._await_additions(errand.tab) and is_told
            await self._lead(errand.tab, Stage.CLEAN, attempt)
            if not answered:
                # What was sent without an answer may reach the cart after it was looked at.
                await asyncio.sleep(LATE_ADDITION.total_seconds())
                await self._lead(errand.tab, Stage.CLEAN, attempt)
            if attempt.mode is Mode.REHEARSE and errand.tells_markers:
                self._markers.write(errand.tab.shown, at=self._now())
        finally:
            await self._end_errand()

    async def _await_additions(self, tab: Tab) -> bool:
        """Whether the shop has answered every call that changes the cart; waits for it, but not for ever."""

        def additions() -> list[Answer]:
            return [one for one in tab.calls if one.call is Call.CART_ITEMS]

        await tab.until_heard(lambda: not (tab.is_open and any(map(is_under_way, additions()))), within=ADDITION)
        return not any(is_under_way(one) or one.broke for one in additions())

    # ---- the order list

    async def find(self, attempt: Attempt) -> Receipt | None:
        """By the page of the press, where it is still there and its calls have told since, else by the list."""
        errand = self._errand if self._errand is not None and self._errand.attempt == attempt.id else None
        receipt = None if errand is None else hear_late(errand, attempt)
        if receipt is None:
            with self._browser.in_use():
                listing = await self._read_orders()
            receipt = find_order(listing, attempt)
        if receipt is not None:
            self._forget_note(attempt)
            if errand is not None:
                await self._end_errand()
        elif errand is not None and is_unanswered(errand) and await self._tabs.is_alive(errand.tab):
            raise OrdersUnreadable("the shop has not answered the press yet")
        return receipt

    async def _read_orders(self, *, take_picture: TakePicture = take_none) -> OrderList:
        """One reading. Raises OrdersUnreadable."""
        try:
            return await read_orders(self._tabs, now=self._now, take_picture=take_picture)
        except OrdersUnreadable as error:
            if error.need == Need.SIGN_IN:
                await self._note_signed_out(str(error))
            raise

    async def close(self) -> None:
        await self._end_errand()

    # ---- what all of them need

    def _forget_note(self, attempt: Attempt) -> None:
        """An order took it out of the cart. A note that stays does no harm; an order that is not told of does."""
        try:
            self._notes.drop(attempt.id)
        except NothingOrdered as error:
            log.warning("checkout.note_stays", extra={"attempt": attempt.id, "why": str(error)})

    async def _lead(
        self, tab: Tab, stage: Stage, attempt: Attempt, *, before: Callable[[Act], None] = note_nothing
    ) -> Reached:
        try:
            return await lead(tab, stage, wanted_of(attempt), before=before, patience=self._patience)
        except StageEnded as ended:
            end = ended.end
        if end.need is Need.SIGN_IN:
            await self._note_signed_out(end.why)
        if end.ending is Ending.PAGE_CHANGED and self._errand is not None:
            self._errand.tells_markers = True
        raise NothingOrdered(
            _reason(end),
            picture=await self._picture(tab, attempt, end.ending.name.lower()) if end.ending in _PICTURED else None,
            need=end.need or (Need.MARKER if end.ending is Ending.PAGE_CHANGED else None),
        )

    async def _note_signed_out(self, why: str) -> None:
        self._browser.note_account(signed_in=False)
        await self._on_signed_out(why)

    async def _keep_copy(self, tab: Tab, attempt: Attempt, page: str) -> None:
        """Rehearsals keep copies of the pages of which no marker was ever confirmed, until one has found them all."""
        if attempt.mode is Mode.REHEARSE and not self._markers.are_whole:
            await self._pictures.keep_copy(tab.page, f"rehearsal-{page}")

    async def _picture(self, tab: Tab, attempt: Attempt, name: str) -> str | None:
        return await self._pictures.keep(tab.page, f"attempt-{attempt.id}-{name}")

    async def _end_errand(self) -> None:
        errand, self._errand = self._errand, None
        if errand is None:
            return
        with errand.hold:  # a cancelled end lets the browser go, too
            await _end(errand.orders)
            await self._tabs.give_back(errand.tab)


async def _end(task: asyncio.Task[OrderList] | None) -> None:
    if task is None:
        return
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # whoever waited for it has heard of it


def _reason(end: End) -> str:
    if end.ending is Ending.PAGE_CHANGED and end.marker is not None:
        return f"the shop's page changed: {end.why} (marker {end.marker})"
    return end.why
