"""Looks at everything that the service relies on, and says which assumption does not hold."""

import contextlib
import stat
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.cli.check import check_products
from bot.cli.login import WAYS_IN, new_browser, open_session
from bot.feeds.audit_file import AUDIT_FILES
from bot.feeds.outlets.outlet_table import OutletTable
from bot.schema import VERSION
from bot.telegram.api import TelegramApi, TelegramTrouble
from config.clock import utc_now
from config.database import DatabaseFile, DatabaseUnusable
from config.durations import span
from config.outlets import OutletAddress, OutletNews
from config.products import Product
from config.settings import Settings
from config.watchlist import WatchlistError, WatchlistFile
from monitor.model import StockState
from purchasing.checkout.marker_record import MARKERS_FILE, MarkerRecord
from purchasing.checkout.process.chromium import find_chromium
from purchasing.errors import BrowserLost

#: What others may read of a file, and do with it.
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One assumption; `well` is None where it could not be looked at, and that does no harm."""

    what: str
    well: bool | None
    detail: str

    def __str__(self) -> str:
        sign = {True: "well", False: "WRONG", None: "not looked at"}[self.well]
        return f"{self.what}: {sign}: {self.detail}"


async def diagnose(settings: Settings) -> AsyncIterator[Diagnosis]:
    """Everything in turn; nothing is written that is not removed at once."""
    yield _data_dir(settings.data_dir)
    yield _database(settings.data_dir / "stockbell.db")
    watchlist, products = _watchlist(settings.data_dir / "watchlist.toml")
    yield watchlist
    async for finding in _shop(settings, products):
        yield finding
    yield await _telegram(settings)
    for outlet in settings.outlets:
        yield _outlet(outlet, settings.data_dir / "stockbell.db")
    yield await _browser(settings)
    yield _session(settings)
    yield _markers(settings.data_dir / MARKERS_FILE)


def _data_dir(path: Path) -> Diagnosis:
    if not path.exists():
        return Diagnosis(what="data directory", well=None, detail=f"{path} is made at the first start")
    probe = path / ".doctor"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        return Diagnosis(what="data directory", well=False, detail=f"{path} can't be written: {error.strerror}")
    return Diagnosis(what="data directory", well=True, detail=f"{path} can be written")


def _database(path: Path) -> Diagnosis:
    if not path.exists():
        left = next(path.parent.glob(AUDIT_FILES), None)
        detail = "there is none yet" if left is None else f"it is missing, and {left.name} is of an earlier one"
        return Diagnosis(what="database", well=None if left is None else False, detail=detail)
    try:
        with DatabaseFile(path, version=VERSION) as file:
            verdict = file.check()
    except DatabaseUnusable as error:
        return Diagnosis(what="database", well=False, detail=str(error))
    return Diagnosis(what="database", well=verdict == "ok", detail=verdict)


def _watchlist(path: Path) -> tuple[Diagnosis, Sequence[Product]]:
    if not path.exists():
        return Diagnosis(what="watch list", well=None, detail=f"{path} is made at the first start"), ()
    try:
        products = WatchlistFile(path).read()
    except WatchlistError as error:
        return Diagnosis(what="watch list", well=False, detail="; ".join(error.problems)), ()
    return Diagnosis(what="watch list", well=True, detail=f"watched: {len(products)}"), products


async def _shop(settings: Settings, products: Sequence[Product]) -> AsyncIterator[Diagnosis]:
    """One round of asking; each trouble of the shop is an assumption that broke."""
    if not products:
        yield Diagnosis(what="shop", well=None, detail="nothing is watched that could be asked for")
        return
    result = await check_products(settings, products[:28])
    for trouble in result.troubles:
        yield Diagnosis(what="shop", well=False, detail=trouble)
    uncertain = [tcin for tcin, stock in result.stocks.items() if stock.state is StockState.UNKNOWN]
    detail = f"{len(result.stocks) - len(uncertain)} of {len(result.stocks)} read in {result.took_ms} ms"
    yield Diagnosis(
        what="shop", well=not uncertain, detail=detail + (f", not {', '.join(uncertain)}" if uncertain else "")
    )


async def _telegram(settings: Settings) -> Diagnosis:
    if settings.telegram.token is None:
        return Diagnosis(what="Telegram", well=False, detail="STOCKBELL_TELEGRAM__TOKEN is not set")
    api = TelegramApi(token=settings.telegram.token.get_secret_value(), api_url=settings.telegram.api_url)
    try:
        me = await api.me()
    except TelegramTrouble as error:
        return Diagnosis(what="Telegram", well=False, detail=str(error))
    finally:
        await api.close()
    return Diagnosis(what="Telegram", well=True, detail=f"this token is @{me.username}")


def _outlet(address: OutletAddress, database: Path) -> Diagnosis:
    """What the service last saw of it: nobody is written to by a look."""
    record = None
    with contextlib.suppress(DatabaseUnusable):
        if database.exists():
            with DatabaseFile(database, version=VERSION) as file:
                record = file.read(lambda connection: OutletTable(connection).read(address.key))
    if record is not None and record.failing_since is not None:
        since = span(utc_now() - record.failing_since)
        return Diagnosis(what=address.name, well=False, detail=f"took no messages for {since}: {record.why}")
    takes = f"takes {', '.join(one for one in OutletNews if one in address.takes)}"
    if record is None or record.told_at is None:
        detail = f"{takes}; nothing was told to it yet: /drill in the chat tells of a practice restock"
        return Diagnosis(what=address.name, well=None, detail=detail)
    detail = f"{takes}; took its last message {span(utc_now() - record.told_at)} ago"
    return Diagnosis(what=address.name, well=True, detail=detail)


async def _browser(settings: Settings) -> Diagnosis:
    """It is begun once: one that is there may still not start."""
    path = find_chromium(settings.browser)
    if path is not None and not path.exists():
        return Diagnosis(what="browser", well=False, detail=f"{path} is not there: see STOCKBELL_BROWSER__EXECUTABLE")
    try:
        async with new_browser(settings, headless=True) as browser:
            await browser.context()
            version = browser.version
    except BrowserLost as error:
        if path is None:
            detail = "no Chromium found; rehearsals and real purchases will need one: `make setup` tries to install it"
            return Diagnosis(what="browser", well=None, detail=detail)
        return Diagnosis(what="browser", well=False, detail=f"{path}: {error}")
    return Diagnosis(what="browser", well=True, detail=f"{path or 'of Playwright'} starts, version {version}")


def _session(settings: Settings) -> Diagnosis:
    session = open_session(settings)
    if session.renewed_at is None:
        detail = f"none is stored; rehearsals and real purchases will need one: {WAYS_IN}"
        return Diagnosis(what="session", well=None, detail=detail)
    if why := session.why_not_usable():
        return Diagnosis(what="session", well=False, detail=f"{why}: {WAYS_IN}")
    if session.path.stat().st_mode & _FOR_OTHERS:
        return Diagnosis(what="session", well=False, detail=f"others may read {session.path}: chmod 600 it")
    detail = f"stored {span(utc_now() - session.renewed_at)} ago; `stockbell login --check` asks whether it holds"
    return Diagnosis(what="session", well=True, detail=detail)


def _markers(path: Path) -> Diagnosis:
    """Whether the shop's pages were as they are known to be, when they were last rehearsed."""
    seen = MarkerRecord(path).read()
    if seen is None:
        detail = "never rehearsed: `stockbell rehearse TCIN` goes up to the button and looks for all of them"
        return Diagnosis(what="markers", well=None, detail=detail)
    detail = f"{seen.words()}, {span(utc_now() - seen.at)} ago"
    if seen.missing:
        detail = f"{detail}: the shop's pages have changed; docs/checkout.md says how to mend it"
    return Diagnosis(what="markers", well=not seen.missing, detail=detail)
