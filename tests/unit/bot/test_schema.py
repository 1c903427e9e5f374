"""The schema: what a migrated file and a new one have in common, and that no table changes without a migration."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.schema import MIGRATIONS, TABLES, VERSION
from config.database import Connection, Database
from tests.recorded_household import unpack
from tests.schema import describe_schema

DATA = Path(__file__).parent.parent.parent / "data"
OLDER = [path for path in sorted(DATA.glob("version_*")) if path.name != f"version_{VERSION}"]


async def opened(path: Path) -> Path:
    """The file, once a start has made it or brought it up to date."""
    database = Database(path, tables=TABLES, migrations=MIGRATIONS)
    await database.open()
    await database.close()
    return path


def stored_schema(folder: Path) -> list[str]:
    return (folder / "schema.txt").read_text().splitlines()


@pytest.mark.guards("bot", "no table changes without a migration")
async def test_no_table_changes_without_a_migration(tmp_path: Path) -> None:
    """Where this fails, a table was changed: CONTRIBUTING says how. A version that was released never changes."""
    present = await opened(tmp_path / "new.db")
    assert describe_schema(present) == stored_schema(DATA / f"version_{VERSION}")


@pytest.mark.guards("bot", "a database that was brought up to date is as a new one")
@pytest.mark.parametrize("older", OLDER, ids=lambda path: path.name)
async def test_a_file_of_an_older_version_becomes_as_a_new_one_is(tmp_path: Path, older: Path) -> None:
    data = tmp_path / "data"
    unpack(older, data)
    assert describe_schema(data / "stockbell.db") == stored_schema(older)
    migrated, present = await opened(data / "stockbell.db"), await opened(tmp_path / "new.db")
    assert describe_schema(migrated) == describe_schema(present)


def test_every_version_that_was_is_held_here() -> None:
    assert [path.name for path in sorted(DATA.glob("version_*"))] == [f"version_{n}" for n in range(1, VERSION + 1)]


def test_the_service_is_imported_without_alembic() -> None:
    program = "import sys, bot.app; print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# ---- version 2


async def test_which_limits_were_told_of_is_moved_to_its_own_table(tmp_path: Path) -> None:
    data = tmp_path / "data"
    unpack(DATA / "version_1", data)
    before = Database(data / "stockbell.db", tables=TABLES)
    await before.open()
    noted = await before.transact(
        lambda connection: _pairs(connection, "SELECT substr(what, 6), at FROM control WHERE what LIKE 'told %'")
    )
    kept = await before.transact(lambda connection: _pairs(connection, "SELECT what, at FROM control"))
    await before.close()
    after = Database(await opened(data / "stockbell.db"), tables=TABLES, migrations=MIGRATIONS, read_only=True)
    await after.open()
    assert noted
    assert await after.transact(lambda connection: _pairs(connection, "SELECT key, at FROM limit_notice")) == noted
    left = await after.transact(lambda connection: _pairs(connection, "SELECT what, at FROM control"))
    assert left == {(what, at) for what, at in kept if not what.startswith("told ")}
    await after.close()


def _pairs(connection: Connection, sql: str) -> set[tuple[str, str]]:
    return {(first, second) for first, second in connection.exec_driver_sql(sql)}


# ---- version 3


@pytest.mark.parametrize("older", ["version_1", "version_2"])
async def test_attempts_of_before_are_kept_and_were_all_for_shipping(tmp_path: Path, older: str) -> None:
    data = tmp_path / "data"
    unpack(DATA / older, data)
    kept = _attempts(data / "stockbell.db", _KEPT_OF_ATTEMPTS)
    assert kept
    migrated = await opened(data / "stockbell.db")
    assert _attempts(migrated, _KEPT_OF_ATTEMPTS) == kept
    assert set(_attempts(migrated, "channel, orders_before")) == {("shipping", None)}


_KEPT_OF_ATTEMPTS = (
    "id, tcin, window_id, mode, step, quantity, price, max_price, opened_at, moved_at, deadline, why, order_number, "
    "total"
)


def _attempts(path: Path, columns: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(f"SELECT {columns} FROM attempt ORDER BY id").fetchall()  # noqa: S608  columns from above
