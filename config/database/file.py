"""A database that is read by a command of its own, beside the service or without one."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import sqlalchemy as sa

from config.database import sqlite
from config.database.errors import DatabaseLost, DatabaseUnusable
from config.database.upgrade import check_version

T = TypeVar("T")


class DatabaseFile:
    """Opened to read, without a loop and a thread; closed by the end of its `with`."""

    def __init__(self, path: Path, *, version: int) -> None:
        self._path = path
        self._version = version
        self._engine = sqlite.engine_for(path, read_only=True)

    def version(self) -> int:
        """The version that is stamped into it, 0 for an empty one.

        Raises:
            DatabaseUnusable: the file is not ours, or can't be read.
        """
        return self._transact(lambda connection: sqlite.version_of(connection, self._path))

    def read(self, work: Callable[[sa.Connection], T], *, of_any_version: bool = False) -> T:
        """What `work` reads, all of it as it stood at one instant.

        Raises:
            DatabaseUnusable: the file is not ours, has another version, or can't be read.
        """

        def checked(connection: sa.Connection) -> T:
            if not of_any_version:
                check_version(connection, self._path, wanted=self._version, may_upgrade=False)
            return work(connection)

        return self._transact(checked)

    def check(self) -> str:
        """What SQLite finds wrong with the file; "ok" is nothing.

        Raises:
            DatabaseUnusable: it can't be read at all, or holds nothing of ours.
        """

        def checked(connection: sa.Connection) -> str:
            if sqlite.version_of(connection, self._path) == 0:
                raise DatabaseLost(f"{self._path} is empty")
            return sqlite.quick_check(connection)

        return self._transact(checked)

    def _transact(self, work: Callable[[sa.Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except sa.exc.SQLAlchemyError as error:
            raise DatabaseUnusable(f"{self._path} can't be read: {getattr(error, 'orig', error)}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._engine.dispose()
