"""A household that buys at the practice store in a real Chromium: everything but Telegram, in one process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from config.clock import utc_now
from config.database import Database
from config.products import BuyMode, Mode, Product, Tcin
from config.settings import TargetSettings
from monitor.model import Snapshot
from monitor.target.client import RedskyShop
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.buyer.cart_notes import CartNotes
from purchasing.checkout.buyer.shopper import BrowserShopper
from purchasing.checkout.buyer.stages import PATIENCE
from purchasing.checkout.buyer.tabs import Tabs
from purchasing.checkout.marker_record import MarkerRecord
from purchasing.checkout.pictures import PagePictures
from purchasing.checkout.session import SessionFile
from purchasing.coordinator import Coordinator
from purchasing.events import Fact
from purchasing.model import Attempt, Limits, Step
from purchasing.slot.emergency_stop import Gate
from purchasing.slot.router import BuyerRouter
from purchasing.storage import tables
from purchasing.storage.controls import MODE
from purchasing.storage.lines import watch_writes
from purchasing.storage.unit_of_work import Storage
from sandbox.store import PracticeStore
from tests.builders import limits

#: An attempt stands at one of these when its way through the browser is over.
OVER = frozenset(
    {Step.CONFIRMED, Step.REFUSED, Step.UNCONFIRMED, Step.ABANDONED, Step.REHEARSED},
)
FactT = TypeVar("FactT", bound=Fact)

#: Only a test that fails waits so long.
LONG = 100


@dataclass(kw_only=True)
class House:
    store: PracticeStore
    url: str
    folder: Path
    storage: Storage
    coordinator: Coordinator
    gate: Gate
    browser: CheckoutBrowser
    shopper: BrowserShopper
    tabs: Tabs
    shop: RedskyShop
    signed_out: list[str]
    #: Set whenever something was written.
    news: asyncio.Event

    async def watch(self, tcin: str, *, mode: Mode = Mode.LIVE, **wishes: Any) -> None:
        wanted = Product(tcin=Tcin(tcin), **{"buy": BuyMode.AUTO, "max_price": Decimal("60.00"), **wishes})
        await self.storage.write(lambda unit: unit.products.take_up([wanted], by="Ada", at=utc_now()))
        await self.storage.write(lambda unit: unit.controls.put(MODE, mode, by="Ada", at=utc_now()))

    async def see(self, tcin: str) -> float:
        """A cycle that asks the store for this product; when its answer was there, on the event loop's clock."""
        began = utc_now()
        answer = await self.shop.ask([Tcin(tcin)])
        answered_at = asyncio.get_running_loop().time()
        assert not answer.troubles
        await self.coordinator.cycles.take(
            Snapshot(
                began=began,
                took=timedelta(seconds=0.1),
                asked=(Tcin(tcin),),
                readings=answer.readings,
                failed=None,
                next_check_at=began + timedelta(hours=1),
            )
        )
        return answered_at

    async def last_attempt(self) -> Attempt:
        attempts = await self.storage.read(lambda unit: unit.attempts.last(1))
        assert attempts, "no attempt was opened"
        return attempts[0]

    async def facts(self, kind: type[FactT]) -> list[FactT]:
        """All that the journal tells of this kind, in order."""
        events = await self.storage.read(lambda unit: unit.journal.after(0, limit=10_000))
        return [event.fact for event in events if isinstance(event.fact, kind)]

    async def buy(self, tcin: str, **wishes: Any) -> Attempt:
        """Watch it, see it, and give the attempt as it stands when the browser is done with it."""
        await self.watch(tcin, **wishes)
        await self.see(tcin)
        return await self.until(*OVER)

    async def until_cart(self, holds: Mapping[str, int]) -> None:
        """Until the shop's cart holds just this."""
        async with asyncio.timeout(LONG):
            while self.store.shop.cart.holds != holds:  # noqa: ASYNC110  a cart tells nobody
                await asyncio.sleep(0.05)

    async def until(self, *steps: Step) -> Attempt:
        async with asyncio.timeout(LONG):
            while True:
                self.news.clear()
                attempt = await self.last_attempt()
                if attempt.step in steps:
                    return attempt
                await self.news.wait()


@asynccontextmanager
async def house_at(
    store: PracticeStore,
    browser: CheckoutBrowser,
    session: SessionFile,
    folder: Path,
    *,
    patience: timedelta = PATIENCE,
    hindrance: Callable[[], str | None] = lambda: None,
    **its_limits: Any,
) -> AsyncIterator[House]:
    """Signed in at this store, with the slot being served. The browser may serve one house after another.

    `hindrance` is asked whenever the gate is.
    """
    usual: Limits = limits(cooldown=timedelta(0), max_per_window=10**6, **its_limits)
    signed_out: list[str] = []
    news = asyncio.Event()

    async def note_lapse(why: str) -> None:
        signed_out.append(why)

    async with store.serve() as url:
        session.write(store.account.storage_state(url))
        database = Database(folder / "stockbell.db", tables=[tables.metadata], on_open=watch_writes)
        await database.open()
        storage = Storage(database, on_journal=news.set, now=utc_now)
        gate = Gate(folder / "EMERGENCY_STOP", last_seq=lambda: storage.last_seq, hindrance=hindrance)
        target = TargetSettings.model_validate(
            {"api_url": url, "site_url": url, "api_keys": [store.api_key], "timeout_s": 5}
        )
        shop = RedskyShop(target, now=utc_now, rng=Random(1))  # noqa: S311  no secrets
        tabs = Tabs(browser, site_url=url)
        shopper = BrowserShopper(
            browser=browser,
            tabs=tabs,
            pictures=PagePictures(folder / "screenshots", now=utc_now),
            notes=CartNotes(folder / "cart.json"),
            markers=MarkerRecord(folder / "markers.json"),
            on_signed_out=note_lapse,
            now=utc_now,
            patience=patience,
        )
        coordinator = Coordinator(
            storage=storage,
            shopper=BuyerRouter({Mode.LIVE: shopper, Mode.REHEARSE: shopper}),
            look=shop.look,
            gate=gate,
            limits=usual,
            timezone=UTC,
            now=utc_now,
        )
        await coordinator.recovery.recover(mode=Mode.SIMULATE, modes=set(Mode), version="1")
        slot = asyncio.create_task(coordinator.slot.run(), name="slot")
        try:
            yield House(
                store=store,
                url=url,
                folder=folder,
                storage=storage,
                coordinator=coordinator,
                gate=gate,
                browser=browser,
                shopper=shopper,
                tabs=tabs,
                shop=shop,
                signed_out=signed_out,
                news=news,
            )
        finally:
            slot.cancel()
            await asyncio.wait({slot})
            await shopper.close()
            await shop.aclose()
            await database.close()
