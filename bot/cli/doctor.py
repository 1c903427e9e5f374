"""Looks at everything that the service relies on, and says which assumption does not hold."""

import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.cli.check import check_products
from bot.feeds.audit_file import AUDIT_FILES
from bot.schema import VERSION
from bot.telegram.api import TelegramApi, TelegramTrouble
from config.database import DatabaseFile, DatabaseUnusable
from config.products import Product
from config.settings import Settings
from config.watchlist import WatchlistError, WatchlistFile
from monitor.model import StockState

#: Where a browser may be found.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


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
    """Everything in turn; nothing is written but a file in the data directory that is removed at once."""
    yield _data_dir(settings.data_dir)
    yield _database(settings.data_dir / "stockbell.db")
    watchlist, products = _watchlist(settings.data_dir / "watchlist.toml")
    yield watchlist
    async for finding in _shop(settings, products):
        yield finding
    yield await _telegram(settings)
    yield _browser(settings)


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


def _browser(settings: Settings) -> Diagnosis:
    given = settings.browser.executable
    path = str(given) if given and given.exists() else next(filter(None, map(shutil.which, BROWSERS)), None)
    if given is not None and not given.exists():
        return Diagnosis(what="browser", well=False, detail=f"{given} is not there")
    detail = path or "no Chromium found; rehearsals and real purchases will need one"
    return Diagnosis(what="browser", well=True if path else None, detail=detail)
