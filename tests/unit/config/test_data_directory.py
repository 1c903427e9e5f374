"""The data directory is for its owner alone, and is held by one process at a time."""

import contextlib
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.database import DatabaseUnusable, DataDir, DataDirHeld

HOLD = """
import sys
from pathlib import Path
from config.database import DataDir, DataDirHeld
directory = DataDir(Path(sys.argv[1]))
try:
    directory.hold()
except DataDirHeld as error:
    sys.exit(str(error))
print("held", flush=True)
sys.stdin.read()
"""


def test_the_data_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    directory = DataDir(tmp_path / "deep" / "data")
    directory.create()
    directory.create()
    assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700


def test_a_file_in_the_place_of_the_data_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(DatabaseUnusable, match="cannot be the data directory"):
        DataDir(tmp_path / "data").hold()


def test_a_data_directory_that_can_t_be_written_is_told_with_who_has_to_own_it(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()  # stands for what is another user's: to root all is open
    directory = DataDir(tmp_path)
    with pytest.raises(DatabaseUnusable, match=r"can't be written: .*; the user of the service has to own it"):
        directory.hold()
    (tmp_path / "lock").rmdir()
    directory.hold()  # the failed try holds nothing
    directory.release()


@contextlib.contextmanager
def another_process_that_holds(path: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.mark.guards("config", "one process holds the data directory")
def test_a_second_process_cannot_hold_the_directory(tmp_path: Path) -> None:
    ours = DataDir(tmp_path)
    ours.hold()
    theirs = subprocess.run([sys.executable, "-c", HOLD, str(tmp_path)], capture_output=True, text=True, check=False)
    ours.release()
    assert (theirs.returncode, theirs.stderr) == (1, f"another instance holds {tmp_path}\n")


def test_we_cannot_hold_what_a_second_process_holds(tmp_path: Path) -> None:
    with another_process_that_holds(tmp_path), pytest.raises(DataDirHeld, match=str(tmp_path)):
        DataDir(tmp_path).hold()


@pytest.mark.guards("config", "one process holds the data directory")
def test_what_a_second_process_holds_is_held_while_it_is_gone_and_is_not_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "data"
    with another_process_that_holds(path):
        shutil.rmtree(path)
        for way in (path, tmp_path / "data" / ".." / "data"):
            with pytest.raises(DataDirHeld, match="another instance holds"):
                DataDir(way).hold()
        assert not path.exists()


@pytest.mark.guards("config", "one process holds the data directory")
def test_what_a_second_process_holds_is_held_wherever_it_was_moved(tmp_path: Path) -> None:
    with another_process_that_holds(tmp_path / "data"):
        (tmp_path / "data").rename(tmp_path / "elsewhere")
        with pytest.raises(DataDirHeld, match="another instance holds"):
            DataDir(tmp_path / "elsewhere").hold()


@pytest.mark.guards("config", "files that hold what is known are for their owner alone")
def test_files_that_others_could_read_are_made_private_and_the_one_for_hands_stays(tmp_path: Path) -> None:
    for name in ("stockbell.db", "stockbell.db-wal", "audit.jsonl", "EMERGENCY_STOP", "watchlist.toml"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o664)
    (tmp_path / "screenshots").mkdir(mode=0o755)
    DataDir(tmp_path).make_private(but="watchlist.toml")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir() if path.is_file()}
    assert modes.pop("watchlist.toml") == 0o664
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "screenshots").stat().st_mode) == 0o755


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_directory_is_free_again_however_its_holder_ended(tmp_path: Path, how: signal.Signals) -> None:
    with another_process_that_holds(tmp_path) as holder:
        holder.send_signal(how)
        holder.wait()
        ours = DataDir(tmp_path)
        ours.hold()
        ours.release()


def test_a_released_directory_can_be_held_again(tmp_path: Path) -> None:
    ours, theirs = DataDir(tmp_path), DataDir(tmp_path)
    ours.hold()
    ours.release()
    theirs.hold()
    theirs.release()
