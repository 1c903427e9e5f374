"""The file for hands is read or told wrong, and changed whole or not at all."""

import os
import stat
import subprocess
import sys
import threading
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
from tests.unit.config.watchlist_files import ONE, SETTLE, TWO, add

# ---- reading


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


# ---- changing


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
