"""The files of an open database, known by device and inode: what stands at their paths must still be they.

A database that is deleted, replaced or moved away is written on by whoever has it open, and nobody finds it again. One
that is cut off from below has lost what SQLite relies on.
"""

import os
import stat
from pathlib import Path

from config.database.data_dir import LOCK

#: Device, inode and size; None where there is nothing.
_Stamp = tuple[int, int, int] | None


class OpenedFiles:
    """The directory, its lock, and the files of the database, as they were when it was opened.

    They may grow, and never shrink: SQLite cuts none of them off while it has it open. A few calls of `os.stat`.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._noted: dict[Path, _Stamp] = {}
        self._folder: int | None = None
        self._cut_off: str | None = None
        #: Why they are not those that were opened, as it was looked last, else None.
        self.trouble: str | None = None

    def note(self) -> None:
        """These are they, from now on."""
        database = self._database.resolve()
        folder = self._database.absolute().parent
        ahead = (database.with_name(f"{database.name}{end}") for end in ("-wal", "-shm"))
        paths = (folder, folder / LOCK, database, *ahead)
        self._noted = {path: _stamp(path) for path in paths}
        # While it is held open, no other directory is given its inode.
        self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    def look(self) -> None:
        """Compare; the very same files are well again once they are back."""
        self.trouble = self._cut_off or next((why for path in self._noted if (why := self._why_not(path))), None)

    def _why_not(self, path: Path) -> str | None:
        noted, now = self._noted[path], _stamp(path)
        if noted is None:  # such as a lock, where nobody holds the directory
            self._noted[path] = now
            return None
        if now is None:
            return f"{path.name} is gone"
        if now[:2] != noted[:2]:
            return f"another {path.name} is in its place"
        if now[2] < noted[2]:
            # What was in it is not, whatever its size will be: this is for good.
            self._cut_off = f"{path.name} was cut off"
            return self._cut_off
        self._noted[path] = now
        return None

    def close(self) -> None:
        if self._folder is not None:
            os.close(self._folder)
            self._folder = None


def _stamp(path: Path) -> _Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    # A directory may be of any size.
    return (status.st_dev, status.st_ino, 0 if stat.S_ISDIR(status.st_mode) else status.st_size)
