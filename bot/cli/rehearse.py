"""`stockbell rehearse`: through the shop's pages up to the review, never its button, and what came of it.

It holds the data directory, so that no service buys beside it, and writes nothing into the journal: what it finds is
printed, and shown to the owners in one picture.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from bot.access.invitations import InvitationTable
from bot.access.roles import Access, Role
from bot.cli.login import WAYS_IN, open_session
from bot.process_signals import Meaning, ProcessSignals
from bot.schema import VERSION
from bot.telegram.api import TelegramApi, TelegramTrouble
from bot.telegram.pictures import Pictures
from bot.text.checkout import render_rehearsal
from bot.text.draft import as_caption
from bot.text.markup import plain
from config.clock import monotonic, utc_now
from config.database import DatabaseFile
from config.products import Product, Tcin
from config.settings import Settings
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.buyer.tabs import Tabs
from purchasing.checkout.marker_record import MARKERS_FILE, MarkerRecord
from purchasing.checkout.model import PICTURES_FOLDER, Need
from purchasing.checkout.parts import new_shopper
from purchasing.ports import Buyer
from purchasing.rehearsal import Rehearsal
from purchasing.slot.emergency_stop import STOP_FILE
from purchasing.slot.rehearser import Rehearser
from purchasing.storage.unit_of_work import UnitOfWork

ENDED = "it was ended from outside"
#: What can be done where a service holds the data directory.
BESIDE_A_SERVICE = "a running service rehearses by itself: /mode rehearse in the chat"

OpenBuyer = Callable[[Settings], AbstractAsyncContextManager[Buyer]]


@asynccontextmanager
async def open_checkout(settings: Settings) -> AsyncIterator[Buyer]:
    """The buyer in a real browser, which is ended with it."""
    browser = CheckoutBrowser(settings.browser, session=open_session(settings), data_dir=settings.data_dir)
    tabs = Tabs(browser, site_url=settings.target.site_url)
    shopper = new_shopper(settings, browser, tabs, on_signed_out=_leave_to_outcome, now=utc_now)
    try:
        yield shopper
    finally:
        await shopper.close()
        await browser.close()


async def _leave_to_outcome(why: str) -> None:
    """What came of the rehearsal tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFacts:
    """What a rehearsal needs of what the service has stored."""

    owners: Sequence[int]
    title: str = ""
    #: Why nothing may be bought, else None.
    stopped: str | None = None


def read_stored(settings: Settings, tcin: Tcin) -> StoredFacts:
    """What the database and a stop's file tell.

    Raises:
        DatabaseUnusable: there is a database, and it can't be read, or is of another version.
    """
    owners, path = settings.telegram.owners, settings.data_dir / "stockbell.db"
    by_file = f"{STOP_FILE} lies in {settings.data_dir}" if (settings.data_dir / STOP_FILE).exists() else None
    if not path.exists():
        return StoredFacts(owners=owners, stopped=by_file)

    def work(unit: UnitOfWork) -> StoredFacts:
        given = {grant.user: Role[grant.role.upper()] for grant in InvitationTable(unit.connection).grants()}
        roles = Access(owners=owners, given=given).everyone()
        return StoredFacts(
            owners=[user for user, role in roles.items() if role is Role.OWNER],
            title=unit.products.title_of(tcin),
            stopped=unit.controls.read(at=utc_now()).stopped or by_file,
        )

    with DatabaseFile(path, version=VERSION) as file:
        return file.read(lambda connection: work(UnitOfWork(connection)))


def why_not_now(settings: Settings, stored: StoredFacts) -> str | None:
    """Why none can be made, with what to do; else None."""
    if stored.stopped:
        return f"buying is stopped ({stored.stopped}): /rearm in the chat lifts that"
    why = open_session(settings).why_not_usable()
    return None if why is None else f"nobody is signed in at the shop ({why}): {WAYS_IN}"


async def make_and_show(
    settings: Settings,
    product: Product,
    stored: StoredFacts,
    *,
    signals: ProcessSignals,
    on_stop: Callable[[], None],
    say: Callable[[str], object],
    open_buyer: OpenBuyer = open_checkout,
) -> bool:
    """Rehearse, say what came of it, and send the one picture; whether the review was reached and the cart is clean.

    A signal ends it early, and the cart is cleaned all the same; `on_stop` keeps an emergency stop.
    """
    any_price = "; no limit is set for it, so that any price will do" if product.max_price is None else ""
    say(f"rehearsing {product.tcin}: up to the review page, never its button{any_price}")
    async with open_buyer(settings) as buyer:
        rehearsal = await _rehearse(buyer, product, settings, signals=signals, on_stop=on_stop)
    text = render_rehearsal(rehearsal, stored.title or product.name or "")
    for line in plain(text).split("\n"):
        say(line)
    if rehearsal.need == Need.MARKER and not stored.title:
        say(f"if there is no such product: `stockbell check {product.tcin}` asks Target whether it knows the number")
    if rehearsal.review is not None and (seen := MarkerRecord(settings.data_dir / MARKERS_FILE).read()):
        say(seen.words())
    if rehearsal.picture is not None:
        say(f"picture: {settings.data_dir / PICTURES_FOLDER / rehearsal.picture}")
        async for line in _show_owners(settings, rehearsal.picture, text, stored.owners):
            say(line)
    return rehearsal.review is not None and rehearsal.clean


async def _rehearse(
    buyer: Buyer, product: Product, settings: Settings, *, signals: ProcessSignals, on_stop: Callable[[], None]
) -> Rehearsal:
    loop, purchasing = asyncio.get_running_loop(), settings.purchasing
    rehearser = Rehearser(
        buyer,
        product,
        deadline=purchasing.deadline,
        allowance=purchasing.allowance,
        now=utc_now,
        monotonic=monotonic,
    )

    def obey(meaning: Meaning) -> None:
        if meaning is Meaning.STOP:
            on_stop()
        loop.call_soon_threadsafe(rehearser.call_off, ENDED)

    signals.hand_over(obey)
    try:
        return await rehearser.run()
    finally:
        signals.take_back()


async def _show_owners(settings: Settings, name: str, text: str, owners: Sequence[int]) -> AsyncIterator[str]:
    """Send the picture to each of them, and tell what became of that. No updates are fetched."""
    token = settings.telegram.token
    if token is None:
        return
    picture = await Pictures(settings.data_dir / PICTURES_FOLDER).read(name)
    if picture is None:
        yield "the picture can't be read, so that nobody was sent it"
        return
    api = TelegramApi(token=token.get_secret_value(), api_url=settings.telegram.api_url)
    try:
        for owner in owners:
            try:
                await api.send_photo(owner, picture, caption=as_caption(text), thread=None, buttons=(), silent=False)
            except TelegramTrouble as trouble:
                yield f"the picture was not sent to {owner}: {trouble}"
            else:
                yield f"the picture was sent to {owner}"
    finally:
        await api.close()
