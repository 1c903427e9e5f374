"""What is outside: the shop, Telegram, the outlets, and the browser."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

from bot.cli.check import check_products
from bot.cli.doctor.diagnosis import Diagnosis
from bot.cli.login import new_browser
from bot.feeds.outlets.outlet_table import OutletTable
from bot.schema import VERSION
from bot.telegram.api import TelegramApi, TelegramTrouble, TokenRefused
from config.database import DatabaseFile, DatabaseUnusable
from config.durations import span
from config.outlets import OutletAddress, OutletNews
from config.products import Product
from config.settings import Settings
from monitor.model import StockState
from purchasing.checkout.process.chromium import find_chromium
from purchasing.errors import BrowserLost, NoScreen

#: As many as go into one call.
_ASKED = 28


async def check_shop(settings: Settings, products: Sequence[Product]) -> AsyncIterator[Diagnosis]:
    """One round of asking; each trouble of the shop is an assumption that broke."""
    if not products:
        detail, remedy = "nothing is watched that could be asked for", "add a product with /add in the chat"
        yield Diagnosis(what="shop", well=None, detail=detail, remedy=remedy)
        return
    result = await check_products(settings, products[:_ASKED])
    for trouble in result.troubles:
        remedy = "see under `blind` in docs/troubleshooting.md"
        yield Diagnosis(what="shop", well=False, detail=trouble, remedy=remedy)
    uncertain = [tcin for tcin, stock in result.stocks.items() if stock.state is StockState.UNKNOWN]
    detail = f"{len(result.stocks) - len(uncertain)} of {len(result.stocks)} read in {result.took_ms} ms"
    named = f", not {', '.join(uncertain)}" if uncertain else ""
    remedy = "`stockbell check` tells why of each"
    yield Diagnosis(what="shop", well=not uncertain, detail=detail + named, remedy=remedy)


async def check_telegram(settings: Settings) -> Diagnosis:
    what, token = "Telegram", settings.telegram.token
    if token is None:
        remedy = "make a bot with @BotFather in Telegram and put its token there"
        return Diagnosis(what=what, well=False, detail="STOCKBELL_TELEGRAM__TOKEN is not set", remedy=remedy)
    api = TelegramApi(token=token.get_secret_value(), api_url=settings.telegram.api_url)
    try:
        me = await api.me()
    except TokenRefused as error:
        remedy = "@BotFather shows the right token under /mybots: put it into STOCKBELL_TELEGRAM__TOKEN"
        return Diagnosis(what=what, well=False, detail=str(error), remedy=remedy)
    except TelegramTrouble as error:
        remedy = "look at this machine's network; watching goes on meanwhile, and nothing that was to be said is lost"
        return Diagnosis(what=what, well=False, detail=str(error), remedy=remedy)
    finally:
        await api.close()
    return Diagnosis(what=what, well=True, detail=f"this token is @{me.username}")


def check_outlet(address: OutletAddress, folder: Path, *, at: datetime) -> Diagnosis:
    """What the service last saw of it: nobody is written to by a look."""
    record, database = None, folder / "stockbell.db"
    with contextlib.suppress(DatabaseUnusable):
        if database.exists():
            with DatabaseFile(database, version=VERSION) as file:
                record = file.read(lambda connection: OutletTable(connection).read(address.key))
    remedy = "/drill in the chat tells of a practice restock"
    if record is not None and record.failing_since is not None:
        detail = f"took no messages for {span(at - record.failing_since)}: {record.why}"
        remedy = "look at its address in STOCKBELL_OUTLETS; it is tried again by itself"
        return Diagnosis(what=address.name, well=False, detail=detail, remedy=remedy)
    takes = f"takes {', '.join(one for one in OutletNews if one in address.takes)}"
    if record is None or record.told_at is None:
        return Diagnosis(what=address.name, well=None, detail=f"{takes}; nothing was told to it yet", remedy=remedy)
    detail = f"{takes}; took its last message {span(at - record.told_at)} ago"
    return Diagnosis(what=address.name, well=True, detail=detail)


async def check_browser(settings: Settings) -> Diagnosis:
    """It is begun once: one that is there may still not start."""
    path, what = find_chromium(settings.browser), "browser"
    if path is not None and not path.exists():
        remedy = "see STOCKBELL_BROWSER__EXECUTABLE"
        return Diagnosis(what=what, well=False, detail=f"{path} is not there", remedy=remedy)
    try:
        async with new_browser(settings, headless=settings.browser.headless) as browser:
            await browser.context()
            begun = f"version {browser.version}{'' if browser.is_sandboxed else ', without a sandbox of its own'}"
    except NoScreen as error:
        return Diagnosis(what=what, well=False, detail=str(error), remedy="leave out STOCKBELL_BROWSER__HEADLESS")
    except BrowserLost as error:
        if path is None:
            detail = "no Chromium found; rehearsals and real purchases will need one"
            return Diagnosis(what=what, well=None, detail=detail, remedy="apt-get install chromium, or `make setup`")
        remedy = "start it by hand to see what it misses; the shared memory in /dev/shm may be too small"
        return Diagnosis(what=what, well=False, detail=f"{path}: {error}", remedy=remedy)
    return Diagnosis(what=what, well=True, detail=f"{path or 'of Playwright'} starts, {begun}")
