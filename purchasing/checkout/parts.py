"""The checkout, wired together: one browser, its tabs, and who buys in it."""

from collections.abc import Awaitable, Callable, Mapping

from config.clock import Now
from config.settings import Settings
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.buyer.cart_notes import CartNotes
from purchasing.checkout.buyer.shopper import BrowserShopper, OnSignedOut
from purchasing.checkout.buyer.tabs import MayLoad, Tabs
from purchasing.checkout.marker_record import MARKERS_FILE, MarkerRecord
from purchasing.checkout.model import PICTURES_FOLDER
from purchasing.checkout.pictures import PagePictures
from purchasing.checkout.session import SESSION_FILE, SessionFile
from purchasing.checkout.watch.page_looks import PageLooks
from purchasing.checkout.watch.page_watch import PageWatch
from purchasing.checkout.watch.session_record import SessionRecord
from purchasing.storage.unit_of_work import Storage

#: In the data directory.
CART_FILE = "cart.json"
#: What whoever is told of that can do.
SIGN_IN = "run stockbell login on the computer that I run on"


class Checkout:
    """The parts by name."""

    def __init__(
        self, settings: Settings, *, looks: PageLooks, record: SessionRecord, may_load: MayLoad, now: Now
    ) -> None:
        self.session = SessionFile(settings.data_dir / SESSION_FILE, site_url=settings.target.site_url)
        self.browser = CheckoutBrowser(settings.browser, session=self.session, data_dir=settings.data_dir)
        self.tabs = Tabs(self.browser, site_url=settings.target.site_url, may_load=may_load)
        self.shopper = new_shopper(settings, self.browser, self.tabs, on_signed_out=record.note_expired, now=now)
        self._watch = PageWatch(
            browser=self.browser,
            tabs=self.tabs,
            wanted=looks.wanted,
            on_page=looks.take,
            on_signed_in=record.note_good,
            on_signed_out=record.note_expired,
            most=settings.browser.sessions,
            look_every=settings.monitor.second_look,
            may_load=may_load,
        )

    def tasks(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        return {"browser": self.browser.run, "pages": self._watch.run}

    def why_not_live(self) -> str | None:
        """What is missing for purchases in `live`, in plain words; else None."""
        why = self.session.why_not_usable()
        return None if why is None else f"nobody is signed in at Target ({why}): {SIGN_IN}"

    async def close(self) -> None:
        await self.shopper.close()
        await self.browser.close()


def new_shopper(
    settings: Settings, browser: CheckoutBrowser, tabs: Tabs, *, on_signed_out: OnSignedOut, now: Now
) -> BrowserShopper:
    """Who buys in this browser, with the files that it keeps in the data directory."""
    return BrowserShopper(
        browser=browser,
        tabs=tabs,
        pictures=PagePictures(settings.data_dir / PICTURES_FOLDER, now=now),
        notes=CartNotes(settings.data_dir / CART_FILE),
        markers=MarkerRecord(settings.data_dir / MARKERS_FILE),
        on_signed_out=on_signed_out,
        now=now,
    )


def build_checkout(settings: Settings, storage: Storage, may_load: MayLoad, *, now: Now) -> Checkout:
    """The checkout over what is stored. `may_load` takes room for a page that is looked at and not bought on."""
    looks, record = PageLooks(storage=storage, now=now), SessionRecord(storage=storage, now=now)
    return Checkout(settings, looks=looks, record=record, may_load=may_load, now=now)
