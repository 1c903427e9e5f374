"""Opens files that hands may have put there: regular ones alone, so that nothing is ever waited for."""

import errno
import os
import stat
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
