"""The doctor's round: every assumption in turn, from the machine to the shop."""

from collections.abc import AsyncIterator

from bot.cli.doctor.diagnosis import Diagnosis
from bot.cli.doctor.machine import check_data_dir, check_disk, check_settings, check_web
from bot.cli.doctor.outside import check_browser, check_outlet, check_shop, check_telegram
from bot.cli.doctor.stored import (
    check_backup,
    check_clock,
    check_database,
    check_journal,
    check_markers,
    check_session,
    check_watchlist,
)
from config.clock import utc_now
from config.settings import Settings


async def diagnose(settings: Settings) -> AsyncIterator[Diagnosis]:
    """Everything in turn; nothing is written that is not removed at once."""
    folder, at = settings.data_dir, utc_now()
    yield check_settings(settings)
    yield check_data_dir(folder)
    yield check_disk(folder)
    database = check_database(folder)
    yield database
    if database.well:
        yield check_journal(folder)
        yield check_clock(folder, at=at)
    watchlist, products = check_watchlist(folder)
    yield watchlist
    yield check_backup(folder, at=at)
    yield check_web(settings.http)
    async for finding in check_shop(settings, products):
        yield finding
    yield await check_telegram(settings)
    for outlet in settings.outlets:
        yield check_outlet(outlet, folder, at=at)
    yield await check_browser(settings)
    yield check_session(settings, at=at)
    yield check_markers(folder, at=at)
