import asyncio
import contextlib
import os
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from config.products import Product, Tcin
from config.watchlist import (
    WatchlistError,
    WatchlistFile,
    WatchlistGone,
    ensure_absent,
    ensure_present,
    render_watchlist,
)
from config.watchlist.file import LARGEST

ONE, TWO = Product(tcin=Tcin("111111")), Product(tcin=Tcin("222222"))
SETTLE = timedelta(milliseconds=60)
GONE_FOR = timedelta(milliseconds=1200)
#: Long enough for any machine; a test that waits this long has failed.
PATIENCE_S = 20

Told = tuple[Product, ...] | WatchlistError


@pytest.fixture
def file(tmp_path: Path) -> WatchlistFile:
    return WatchlistFile(tmp_path / "watchlist.toml")


def add(product: Product) -> "AddEdit":
    return AddEdit(product)


class AddEdit:
    def __init__(self, product: Product) -> None:
        self._product = product

    def __call__(self, text: str) -> str:
        return ensure_present(text, self._product)


# --- reading --------------------------------------------------------------------------------------------------------


def test_a_missing_file_and_one_without_any_product_are_told_apart_from_a_wrong_one(file: WatchlistFile) -> None:
    with pytest.raises(WatchlistGone, match=r"^watchlist\.toml is missing$"):
        file.read()
    for text in ("", "# nothing\n"):
        file.path.write_text(text)
        with pytest.raises(WatchlistGone, match=r"^watchlist\.toml holds no product$"):
            file.read()


def test_the_products_are_read_in_their_order(file: WatchlistFile) -> None:
    file.path.write_text(render_watchlist([TWO, ONE]))
    assert file.read() == (TWO, ONE)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(file: WatchlistFile) -> None:
    file.path.write_bytes(b"\xef\xbb\xbf[[product]]\r\ntcin = 111111\r\n")
    assert file.read() == (ONE,)
    assert file.change(add(TWO)) == (ONE, TWO)
    assert file.path.read_bytes() == b'[[product]]\r\ntcin = 111111\r\n\r\n[[product]]\r\ntcin = "222222"\r\n'


def test_bytes_that_are_no_text_are_told_with_their_line(file: WatchlistFile) -> None:
    file.path.write_bytes(b'[[product]]\nname = "\xff"\n')
    with pytest.raises(WatchlistError, match=r"^line 2: not UTF-8 text$"):
        file.read()


def test_what_cannot_be_read_is_told_and_not_taken_for_an_empty_list(file: WatchlistFile) -> None:
    file.path.mkdir()
    with pytest.raises(WatchlistError, match=r"^watchlist\.toml cannot be read: Is a directory$") as caught:
        file.read()
    assert not isinstance(caught.value, WatchlistGone)


@pytest.mark.guards("config", "a file in the data directory is never waited for, and read only so far")
def test_a_pipe_in_the_place_of_the_file_is_told_and_never_waited_for(file: WatchlistFile) -> None:
    os.mkfifo(file.path)
    for act in (file.read, lambda: file.change(add(ONE))):
        with pytest.raises(WatchlistError, match=r"^watchlist\.toml cannot be read: Not a regular file$"):
            act()
    assert stat.S_ISFIFO(file.path.stat().st_mode)


@pytest.mark.guards("config", "a file in the data directory is never waited for, and read only so far")
def test_a_file_without_end_is_told(file: WatchlistFile) -> None:
    with file.path.open("wb") as held:
        held.truncate(LARGEST + 1)
    with pytest.raises(WatchlistError, match=r"^watchlist\.toml is larger than "):
        file.read()


# --- changing -------------------------------------------------------------------------------------------------------


def test_a_change_of_a_missing_file_makes_it_for_its_owner_alone(file: WatchlistFile) -> None:
    assert file.change(add(ONE)) == (ONE,)
    assert file.read() == (ONE,)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_a_change_keeps_mode_and_owner_and_leaves_nothing_beside_the_file(file: WatchlistFile) -> None:
    file.path.write_text(render_watchlist([ONE]))
    file.path.chmod(0o664)
    before = file.path.stat()
    file.change(add(TWO))
    after = file.path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino
    assert list(file.path.parent.iterdir()) == [file.path]


def test_the_last_product_can_be_taken_out(file: WatchlistFile) -> None:
    file.change(add(ONE))
    assert file.change(lambda text: ensure_absent(text, [ONE.tcin])) == ()
    assert "[[product]]\ntcin" not in file.path.read_text()


def test_a_change_that_changes_nothing_leaves_the_file_untouched(file: WatchlistFile) -> None:
    file.change(add(ONE))
    before = file.path.stat()
    assert file.change(add(ONE)) == (ONE,)
    assert file.path.stat() == before


def test_a_wrong_file_is_not_changed(file: WatchlistFile) -> None:
    file.path.write_text("[[product]\n")
    for edit in (add(ONE), lambda _: render_watchlist([ONE])):
        with pytest.raises(WatchlistError, match=r"^line 1: "):
            file.change(edit)
    assert file.path.read_text() == "[[product]\n"


def test_an_outcome_that_would_be_wrong_is_not_written(file: WatchlistFile) -> None:
    file.change(add(ONE))
    before = file.path.read_text()
    with pytest.raises(WatchlistError):
        file.change(lambda text: text + "[[product]]\n")
    assert file.path.read_text() == before


@pytest.mark.guards("config", "a save by hand during a change of the file is not lost")
def test_a_save_by_hand_in_the_middle_of_a_change_is_not_lost(file: WatchlistFile) -> None:
    file.change(add(ONE))
    by_hand = Product(tcin=Tcin("333333"))
    saves = iter([by_hand])

    def edit(text: str) -> str:
        for product in saves:
            file.path.write_text(ensure_present(text, product))
        return ensure_present(text, TWO)

    assert file.change(edit) == (ONE, by_hand, TWO)
    assert file.read() == (ONE, by_hand, TWO)


@pytest.mark.parametrize("text", [None, "", "# mine\n"])
def test_a_change_of_a_file_without_products_begins_with_those_that_are_held(
    file: WatchlistFile, text: str | None
) -> None:
    if text is not None:
        file.path.write_text(text)
    assert file.change(add(TWO), held=[ONE]) == (ONE, TWO)
    assert file.read() == (ONE, TWO)
    assert (text or "") in file.path.read_text()


def test_the_last_product_that_is_held_can_be_taken_out_of_a_missing_file(file: WatchlistFile) -> None:
    assert file.change(lambda text: ensure_absent(text, [ONE.tcin]), held=[ONE]) == ()
    with pytest.raises(WatchlistGone, match="holds no product"):
        file.read()


def test_a_file_with_products_holds_only_its_own(file: WatchlistFile) -> None:
    file.change(add(ONE))
    assert file.change(add(TWO), held=[Product(tcin=Tcin("333333"))]) == (ONE, TWO)


def test_a_change_waits_until_a_save_by_hand_is_whole(file: WatchlistFile) -> None:
    file.change(add(ONE))
    by_hand = Product(tcin=Tcin("333333"))
    whole = render_watchlist([ONE, by_hand])
    file.path.write_text(whole[:-9])
    saving = threading.Timer(SETTLE.total_seconds(), file.path.write_text, [whole])
    saving.start()
    assert file.change(add(TWO), settle=5 * SETTLE) == (ONE, by_hand, TWO)
    saving.join()


def test_changes_from_several_threads_are_all_kept(file: WatchlistFile) -> None:
    products = [Product(tcin=Tcin(str(tcin))) for tcin in range(100_000, 100_020)]
    threads = [threading.Thread(target=file.change, args=(add(product),)) for product in products]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(file.read()) == set(products)


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "mine.toml"
    real.parent.mkdir()
    real.write_text(render_watchlist([ONE]))
    link = tmp_path / "watchlist.toml"
    link.symlink_to(real)
    WatchlistFile(link).change(add(TWO))
    assert link.is_symlink()
    assert WatchlistFile(real).read() == (ONE, TWO)


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WatchlistError, match=r"^watchlist\.toml cannot be written: No such file"):
        WatchlistFile(tmp_path / "none" / "watchlist.toml").change(add(ONE))


@pytest.mark.guards("config", "the watch list's file is whole, also after a kill")
def test_a_process_that_is_killed_while_it_changes_the_file_leaves_the_old_or_the_new_one_whole(
    file: WatchlistFile,
) -> None:
    program = """
import sys
from pathlib import Path
from config.products import Product, Tcin
from config.watchlist import WatchlistFile, ensure_absent, ensure_present
file, one, two = WatchlistFile(Path(sys.argv[1])), Product(tcin=Tcin("111111")), Product(tcin=Tcin("222222"))
file.change(lambda text: ensure_present(text, one))
print("ready", flush=True)
while True:
    file.change(lambda text: ensure_present(text, two))
    file.change(lambda text: ensure_absent(text, [two.tcin]))
"""
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(file.path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            seen = {file.read() for _ in range(50)}
            process.kill()
        assert seen | {file.read()} <= {(ONE,), (ONE, TWO)}


# --- following ------------------------------------------------------------------------------------------------------


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


def test_what_was_told_is_no_longer_said_once_the_file_has_changed(file: WatchlistFile) -> None:
    assert file.still_says(())
    file.path.write_text(render_watchlist([ONE]))
    assert file.still_says((ONE,))
    assert not file.still_says(())
    assert not file.still_says(WatchlistError("line 1: it was wrong"))
    file.path.write_text("[[product]\n")
    with pytest.raises(WatchlistError) as wrong:
        file.read()
    assert file.still_says(wrong.value)
