"""The data directory, and the locks by which one process owns it.

One lock is a file in the directory: it goes along when the directory is moved, and holds wherever it is mounted. The
other is a name that the kernel keeps, made from the directory's path: it holds while the directory is gone, when a
second process would make it anew. Both are freed however the process ends. Where there are no such names, as on macOS,
the file alone holds.
"""

import contextlib
import errno
import hashlib
import logging
import socket
import stat
from pathlib import Path

from filelock import FileLock, Timeout

from config.database.errors import DatabaseUnusable, DataDirHeld

log = logging.getLogger(__name__)

#: The lock within the directory.
LOCK = "lock"
#: What others may read of a file, and do with it.
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class DataDir:
    """The data directory, created 0700, and the locks that let one process own it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = FileLock(path / LOCK, timeout=0, mode=0o600)
        self._name: socket.socket | None = None

    def create(self) -> None:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnusable(f"{self.path} cannot be the data directory: {error.strerror}") from error

    def hold(self) -> None:
        """Own the directory while this object lives; the kernel frees the locks however the process ends.

        Raises:
            DataDirHeld: another process does.
            DatabaseUnusable: there can be no such directory, or it can't be written.
        """
        self._hold_name()
        try:
            self.create()
            self._lock.acquire()
        except Timeout as error:
            self.release()
            raise DataDirHeld(f"another instance holds {self.path}") from error
        except DatabaseUnusable:
            self.release()
            raise
        except OSError as error:
            self.release()
            why = f"{self.path} can't be written: {error.strerror}; the user of the service has to own it"
            raise DatabaseUnusable(why) from error

    def _hold_name(self) -> None:
        key = hashlib.sha256(bytes(self.path.resolve())).hexdigest()
        held = socket.socket(socket.AF_UNIX)
        try:
            held.bind(f"\0stockbell-{key}")
        except OSError as error:
            held.close()
            if error.errno == errno.EADDRINUSE:
                raise DataDirHeld(f"another instance holds {self.path}") from error
            log.warning("data_dir.one_lock_alone", extra={"why": str(error)})
        else:
            self._name = held

    def release(self) -> None:
        self._lock.release()
        if self._name is not None:
            self._name.close()
            self._name = None

    def make_private(self, *, but: str) -> None:
        """Take every file in it from others than its owner, except the one of this name, which is for hands."""
        for path in self.path.iterdir():
            with contextlib.suppress(OSError):  # gone meanwhile, or somebody else's
                mode = path.stat().st_mode
                if path.name != but and stat.S_ISREG(mode) and mode & _FOR_OTHERS:
                    path.chmod(stat.S_IMODE(mode) & ~_FOR_OTHERS)
