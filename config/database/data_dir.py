"""The data directory, and the lock by which one process owns it."""

from pathlib import Path

from filelock import FileLock, Timeout

from config.database.errors import DatabaseUnusable, DataDirHeld


class DataDir:
    """The data directory, created 0700, and the lock that lets one process own it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = FileLock(path / "lock", timeout=0)

    def create(self) -> None:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnusable(f"{self.path} cannot be the data directory: {error.strerror}") from error

    def hold(self) -> None:
        """Own the directory while this object lives; the kernel frees the lock however the process ends.

        Raises:
            DataDirHeld: another process does.
            DatabaseUnusable: there can be no such directory.
        """
        self.create()
        try:
            self._lock.acquire()
        except Timeout as error:
            raise DataDirHeld(f"another instance holds {self.path}") from error

    def release(self) -> None:
        self._lock.release()
