"""Opens files that hands may have put there, and writes whole ones that are for their owner alone."""

import errno
import os
import stat
import tempfile
from pathlib import Path


def open_regular(path: str | Path, flags: int) -> int:
    """As `os.open`, with 0600 for a new file: the opener of what lies in the data directory.

    Raises:
        OSError: it can't be opened, or is something else, such as a pipe to which nobody may ever write.
    """
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY, 0o600)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise OSError(errno.EINVAL, "Not a regular file", str(path))


def replace_private(path: Path, content: bytes, *, on_disk: bool = True) -> None:
    """Write a whole file, 0600, on disk when this returns; whoever reads meanwhile finds the old one or the new.

    What can be made anew need not be `on_disk`: waiting for the disk has others wait for it too.

    Raises:
        OSError: it could not be written, and the old one stands.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if on_disk:
                os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
    if on_disk:
        sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Put on disk which files it holds."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
