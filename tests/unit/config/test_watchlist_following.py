"""What is saved into the file for hands is told, once it stands."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from config.products import Product
from config.watchlist import WatchlistError, WatchlistFile, WatchlistGone, render_watchlist
from tests.unit.config.watchlist_files import ONE, SETTLE, TWO, add

GONE_FOR = timedelta(milliseconds=1200)
#: Long enough for any machine; a test that waits this long has failed.
PATIENCE_S = 20

Told = tuple[Product, ...] | WatchlistError


@contextlib.asynccontextmanager
async def following(file: WatchlistFile) -> AsyncIterator[AsyncGenerator[Told, None]]:
    async with asyncio.timeout(PATIENCE_S), contextlib.aclosing(file.follow(settle=SETTLE, gone_for=GONE_FOR)) as told:
        yield told


async def test_a_save_is_told(file: WatchlistFile) -> None:
    file.change(add(ONE))
    file.read()
    async with following(file) as told:
        coming = asyncio.ensure_future(anext(told))
        await asyncio.to_thread(file.path.write_text, render_watchlist([TWO]))
        assert await coming == (TWO,)


async def test_a_replaced_file_is_told_again_and_again(file: WatchlistFile) -> None:
    file.change(add(ONE))
    async with following(file) as told:
        assert await anext(told) == (ONE,)
        for products in ((ONE, TWO), (TWO,), (ONE,)):
            spare = file.path.with_suffix(".spare")
            spare.write_text(render_watchlist(products))
            spare.replace(file.path)
            assert await anext(told) == products


async def test_a_wrong_file_is_told_with_what_is_wrong_and_its_repair_is_told_too(file: WatchlistFile) -> None:
    file.change(add(ONE))
    file.read()
    async with following(file) as told:
        file.path.write_text("[[product]]\ntcin = 1\n")
        wrong = await anext(told)
        assert isinstance(wrong, WatchlistError)
        assert wrong.problems == ("line 2: tcin must be a number of 6 to 10 digits, or a product link",)
        file.path.write_text(render_watchlist([TWO]))
        assert await anext(told) == (TWO,)


async def test_what_was_saved_between_reading_and_following_is_told(file: WatchlistFile) -> None:
    file.change(add(ONE))
    file.read()
    file.path.write_text(render_watchlist([TWO]))
    async with following(file) as told:
        assert await anext(told) == (TWO,)


async def test_what_was_read_before_is_not_told_again(file: WatchlistFile) -> None:
    file.change(add(ONE))
    file.read()
    async with following(file) as told:
        coming = asyncio.ensure_future(anext(told))
        done, _ = await asyncio.wait({coming}, timeout=(4 * SETTLE).total_seconds())
        assert not done
        file.change(add(TWO))
        assert await coming == (ONE, TWO)


async def test_a_file_that_stays_away_is_an_empty_list_only_after_its_time(file: WatchlistFile) -> None:
    file.change(add(ONE))
    file.read()
    loop = asyncio.get_running_loop()
    async with following(file) as told:
        began = loop.time()
        file.path.unlink()
        assert await anext(told) == ()
        assert loop.time() - began >= GONE_FOR.total_seconds()


async def test_a_file_without_any_product_is_an_empty_list_only_after_its_time(file: WatchlistFile) -> None:
    file.change(add(ONE))
    file.read()
    loop = asyncio.get_running_loop()
    async with following(file) as told:
        began = loop.time()
        file.path.write_text("# nothing\n")
        assert await anext(told) == ()
        assert loop.time() - began >= GONE_FOR.total_seconds()


async def test_a_file_that_is_away_only_for_a_moment_is_never_told_as_empty(file: WatchlistFile) -> None:
    file.change(add(ONE))
    file.read()
    async with following(file) as told:
        coming = asyncio.ensure_future(anext(told))
        file.path.unlink()
        done, _ = await asyncio.wait({coming}, timeout=(GONE_FOR / 6).total_seconds())
        assert not done
        file.path.write_text(render_watchlist([TWO]))
        assert await coming == (TWO,)


@pytest.mark.guards("config", "a directory that is gone is not an empty list")
@pytest.mark.parametrize("made_anew", [False, True])
async def test_a_directory_that_is_moved_away_is_no_empty_list_and_is_told(tmp_path: Path, made_anew: bool) -> None:  # noqa: FBT001  a parameter
    file = WatchlistFile(tmp_path / "data" / "watchlist.toml")
    await asyncio.to_thread(file.path.parent.mkdir)
    file.change(add(ONE))
    file.read()
    async with following(file) as told:
        away = await asyncio.to_thread(file.path.parent.rename, tmp_path / "away")
        if made_anew:
            await asyncio.to_thread(file.path.parent.mkdir)
        (problem,) = problems_told(await anext(told))
        assert problem == "its directory data is not there any more"
        with pytest.raises(WatchlistError, match="its directory data is not there any more"):
            file.change(add(TWO), held=[ONE])
        if made_anew:
            await asyncio.to_thread(file.path.parent.rmdir)
        await asyncio.to_thread(away.rename, file.path.parent)
        assert await anext(told) == (ONE,)


def problems_told(told: Told) -> tuple[str, ...]:
    assert isinstance(told, WatchlistError)
    return told.problems


async def test_a_file_that_is_missing_from_the_start_is_told_as_empty(file: WatchlistFile) -> None:
    with pytest.raises(WatchlistGone):
        file.read()
    async with following(file) as told:
        assert await anext(told) == ()


@pytest.mark.guards("config", "a file that is being written is not taken up")
async def test_a_file_that_keeps_changing_is_told_only_when_it_stands(file: WatchlistFile) -> None:
    file.change(add(ONE))
    file.read()
    settle = timedelta(seconds=2)
    async with asyncio.timeout(PATIENCE_S), contextlib.aclosing(file.follow(settle=settle)) as told:
        coming = asyncio.ensure_future(anext(told))
        for products in ([TWO], [], [TWO, ONE]):
            file.path.write_text(render_watchlist(products))
            done, _ = await asyncio.wait({coming}, timeout=(settle / 20).total_seconds())
            assert not done
        assert await coming == (TWO, ONE)


async def test_without_notifications_a_change_is_found_all_the_same(tmp_path: Path) -> None:
    file = WatchlistFile(tmp_path / "later" / "watchlist.toml")
    async with following(file) as told:
        assert await anext(told) == ()
        file.path.parent.mkdir()
        file.change(add(ONE))
        assert await anext(told) == (ONE,)


async def test_a_change_behind_a_link_is_found(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "mine.toml"
    real.parent.mkdir()
    real.write_text(render_watchlist([ONE]))
    file = WatchlistFile(tmp_path / "watchlist.toml")
    file.path.symlink_to(real)
    file.read()
    async with following(file) as told:
        real.write_text(render_watchlist([TWO]))
        assert await anext(told) == (TWO,)


async def test_a_busy_neighbour_in_the_directory_neither_hides_nor_makes_news(file: WatchlistFile) -> None:
    file.change(add(ONE))
    file.read()

    async def write_on() -> None:
        while True:
            file.path.with_name("stockbell.db-wal").write_text("x")
            await asyncio.sleep(0.01)

    neighbour = asyncio.create_task(write_on())
    async with following(file) as told:
        coming = asyncio.ensure_future(anext(told))
        done, _ = await asyncio.wait({coming}, timeout=(4 * SETTLE).total_seconds())
        assert not done
        file.change(add(TWO))
        assert await coming == (ONE, TWO)
    neighbour.cancel()


async def test_a_cancelled_follower_ends_at_once_and_leaves_no_task(file: WatchlistFile) -> None:
    file.change(add(ONE))
    file.read()

    async def follow() -> None:
        async with following(file) as told:
            async for _ in told:
                pass

    follower = asyncio.create_task(follow())
    await asyncio.wait({follower}, timeout=0.2)
    follower.cancel()
    await asyncio.wait({follower}, timeout=PATIENCE_S)
    assert follower.cancelled()
    assert asyncio.all_tasks() == {asyncio.current_task()}
