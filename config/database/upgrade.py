"""Brings a file of an older version up to the present one: a copy first, then all or nothing."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from config.database import sqlite
from config.database.errors import DatabaseUnusable

if TYPE_CHECKING:
    from alembic.operations import Operations

log = logging.getLogger(__name__)

#: Changes tables and rows from one version to the next. It runs with foreign keys off, which must hold at the end.
Migration = Callable[["Operations"], None]


def check_version(connection: sa.Connection, path: Path, *, wanted: int, may_upgrade: bool) -> int:
    """The file's version, 0 for one that is new.

    Raises:
        DatabaseUnusable: it is another program's or a newer one's, or an older one's where it may not be changed.
    """
    version = sqlite.version_of(connection, path)
    if version > wanted:
        raise DatabaseUnusable(f"{path} has version {version}, newer than {wanted} of this program: update it")
    if 0 < version < wanted and not may_upgrade:
        raise DatabaseUnusable(f"{path} has version {version}, older than {wanted}: the service's start updates it")
    return version


def upgrade(path: Path, migrations: Sequence[Migration], *, before: int) -> None:
    """Copy the file, which has the version `before`, and take it to the last version in one transaction.

    The n-th migration leads from version n to version n + 1.

    Raises:
        DatabaseUnusable: it can't be copied; nothing was changed.
    """
    version = 1 + len(migrations)
    kept = _keep_copy(path, version)
    log.warning("database.upgrade", extra={"before": before, "after": version, "copy": str(kept)})
    # Imported only when there is something to do: it takes half a second.
    from alembic.migration import MigrationContext  # noqa: PLC0415
    from alembic.operations import Operations  # noqa: PLC0415

    # A table that is made anew would take what refers to it along, were foreign keys on.
    engine = sqlite.engine_for(path, foreign_keys=False)
    try:
        with engine.begin() as connection:
            operations = Operations(MigrationContext.configure(connection))
            for migrate in migrations[before - 1 :]:
                migrate(operations)
            sqlite.check_references(connection)
            sqlite.stamp(connection, version)
    finally:
        engine.dispose()


def _keep_copy(path: Path, version: int) -> Path:
    """The copy beside the file. One that an upgrade which did not end has left is made anew."""
    copy = path.with_name(f"{path.name}.before-{version}")
    unfinished = copy.with_name(f"{copy.name}.part")
    try:
        unfinished.unlink(missing_ok=True)
        sqlite.copy_database(path, unfinished)
        unfinished.replace(copy)
        sqlite.sync_directory(copy.parent)
    except OSError as error:
        raise DatabaseUnusable(f"{copy} could not be written: {error.strerror}") from error
    return copy
