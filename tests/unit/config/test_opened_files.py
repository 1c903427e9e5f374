"""A database whose files are touched while it is open."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from config.database.opened_files import OpenedFiles


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    (data / "lock").touch()
    return data


@pytest.fixture
def database(data: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(data / "stockbell.db")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE shelf (id INTEGER PRIMARY KEY)")
        yield database


@pytest.fixture
def files(database: sqlite3.Connection, data: Path) -> Iterator[OpenedFiles]:
    files = OpenedFiles(data / "stockbell.db")
    files.note()
    _fill(database, 10)
    assert _trouble(files) is None
    yield files
    files.close()


def _fill(database: sqlite3.Connection, count: int) -> None:
    with database:
        database.execute("DELETE FROM shelf")
        database.executemany("INSERT INTO shelf VALUES (?)", ((number,) for number in range(count)))


def _trouble(files: OpenedFiles) -> str | None:
    files.look()
    return files.trouble


FILES = ["lock", "stockbell.db", "stockbell.db-wal", "stockbell.db-shm"]


@pytest.mark.guards("config", "a database that is touched while it is open is known at once")
@pytest.mark.parametrize("name", FILES)
def test_what_is_moved_away_is_gone_and_what_comes_back_is_the_same(files: OpenedFiles, data: Path, name: str) -> None:
    (data / name).rename(data / "away")
    assert _trouble(files) == f"{name} is gone"
    (data / "away").rename(data / name)
    assert _trouble(files) is None


@pytest.mark.guards("config", "a database that is touched while it is open is known at once")
@pytest.mark.parametrize("name", FILES)
def test_a_copy_in_its_place_is_another_until_the_very_same_is_back(files: OpenedFiles, data: Path, name: str) -> None:
    shutil.copy(data / name, data / "copy")
    (data / name).rename(data / "away")
    (data / "copy").rename(data / name)
    assert _trouble(files) == f"another {name} is in its place"
    (data / "away").rename(data / name)
    assert _trouble(files) is None


@pytest.mark.guards("config", "a database that is touched while it is open is known at once")
@pytest.mark.parametrize("name", ["stockbell.db", "stockbell.db-wal"])
def test_what_was_cut_off_stays_wrong_whatever_is_put_into_it(files: OpenedFiles, data: Path, name: str) -> None:
    held = (data / name).read_bytes()
    os.truncate(data / name, 0)
    assert _trouble(files) == f"{name} was cut off"
    (data / name).write_bytes(held)
    assert _trouble(files) == f"{name} was cut off"


@pytest.mark.guards("config", "a database that is touched while it is open is known at once")
@pytest.mark.parametrize("make_anew", [lambda _: None, Path.mkdir], ids=["gone", "made anew"])
def test_a_directory_that_was_moved_away_is_told_and_back_again_with_what_was_written_meanwhile(
    files: OpenedFiles, database: sqlite3.Connection, data: Path, make_anew: Callable[[Path], None]
) -> None:
    data.rename(data.with_name("away"))
    make_anew(data)
    assert _trouble(files) in {"data is gone", "another data is in its place"}
    _fill(database, 2_000)
    if data.exists():
        data.rmdir()
    data.with_name("away").rename(data)
    assert _trouble(files) is None
    assert database.execute("SELECT count(*) FROM shelf").fetchone() == (2_000,)


def test_a_directory_that_was_removed_stays_gone(files: OpenedFiles, data: Path) -> None:
    shutil.rmtree(data)
    for _ in range(3):  # a directory made next often gets the number of the one that was removed last
        data.mkdir()
        assert _trouble(files) == "another data is in its place"
        data.rmdir()


def test_what_grows_and_is_read_by_others_is_well(files: OpenedFiles, database: sqlite3.Connection, data: Path) -> None:
    for _ in range(3):
        _fill(database, 20_000)
        with closing(sqlite3.connect(f"file:{data / 'stockbell.db'}?mode=ro", uri=True)) as reader:
            assert reader.execute("SELECT count(*) FROM shelf").fetchone() == (20_000,)
        assert _trouble(files) is None


def test_what_is_made_after_the_opening_counts_from_then_on(data: Path) -> None:
    (data / "stockbell.db").touch()
    (data / "lock").unlink()
    files = OpenedFiles(data / "stockbell.db")
    files.note()
    assert _trouble(files) is None
    (data / "lock").touch()
    assert _trouble(files) is None
    (data / "lock").unlink()
    assert _trouble(files) == "lock is gone"
    files.close()


def test_files_that_were_never_opened_are_not_looked_for(tmp_path: Path) -> None:
    assert _trouble(OpenedFiles(tmp_path / "none" / "stockbell.db")) is None
