"""The gate before every purchase. It closes in memory first, so that nothing slow can hold a stop up."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from purchasing.controls import GateMark
from purchasing.model import Attempt

#: In the data directory: the stop stands while it is there.
STOP_FILE = "EMERGENCY_STOP"

_STOPPED_BY = "stopped by "


def stopped_by(who: str) -> str:
    """The reason of a stop: by a person's name, or by what else stopped it."""
    return _STOPPED_BY + who


def who_stopped(why: str) -> str:
    return why.removeprefix(_STOPPED_BY)


#: Called with the reason at the instant when the gate is shut; gives the attempt that this cut short.
CutShort = Callable[[str], Attempt | None]


class Gate:
    """Shut while the owner's stop stands, in memory or as the file. What is stored is read with every decision.

    Every stop changes its mark, one that finds it shut already too: only whoever heard the last one may open it again.
    `last_seq` tells the last `seq` that is known to be on disk. Shut, too, while something else is in the way of
    buying, of which `hindrance` tells: a stop stands, and is lifted, beside that.
    """

    def __init__(
        self,
        file: Path,
        *,
        last_seq: Callable[[], int] | None = None,
        hindrance: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._file = file
        self._last_seq = last_seq
        self._hindrance = hindrance
        self._why: str | None = None
        self._cut: Attempt | None = None
        self._shut_by_file = False
        self._on_shut: list[CutShort] = []
        self._mark = GateMark()
        self._file_seen: tuple[int, ...] | None = None

    def begin_life(self, seq: int) -> None:
        """Have the marks differ from those of every earlier process: `seq` is that of this start."""
        self._mark = GateMark(life=seq)

    @property
    def mark(self) -> GateMark:
        """Looks at the file, as `shut` does."""
        self._look_at_file()
        return self._mark

    def is_at(self, mark: GateMark | None) -> bool:
        """Whether no stop was heard since it had this mark; for any thread, as it doesn't look at the file."""
        return mark == self._mark

    @property
    def shut(self) -> str | None:
        """Why nothing may be bought, else None: a stop, or what else is in the way."""
        return self.stop or self._hindrance()

    @property
    def stop(self) -> str | None:
        """Why buying is stopped, else None. Looks at the file, so that one made by hand counts at once."""
        self._look_at_file()
        return self._why

    def _look_at_file(self) -> None:
        """A file that this process did not leave, or that somebody touched since, is a stop by hand."""
        seen = _identity_of(self._file)
        if seen is None or seen == self._file_seen:
            return
        self._file_seen = seen
        self._shut_by_file = self._shut_by_file or self._why is None
        self.close(f"the file {self._file.name} is there")

    @property
    def has_file(self) -> bool:
        """Whether the stop would outlive the process by its file alone."""
        return self._file.exists()

    @property
    def shut_by_file(self) -> bool:
        """Whether a file made by hand shut it, so that the stop is yet to be stored."""
        return self.stop is not None and self._shut_by_file

    def close(self, why: str) -> Attempt | None:
        """A stop was heard: shut it now; the first reason stays. Never waits, never fails.

        Returns what the shutting found under way, as it was then; for who finds it shut already, too.
        """
        heard_after = None if self._last_seq is None else self._last_seq()
        self._mark = replace(self._mark, stops=self._mark.stops + 1, heard_after=heard_after)
        if self._why is None:
            self._why = why
            cuts = [cut_short(why) for cut_short in self._on_shut]
            self._cut = next((cut for cut in cuts if cut is not None), None)
        return self._cut

    def hold(self, why: str) -> Attempt | None:
        """As `close`, for a stop that was heard before."""
        return self.close(why) if self._why is None else self._cut

    def on_shut(self, cut_short: CutShort) -> None:
        """Have this called with the reason at the instant when the gate is shut."""
        self._on_shut.append(cut_short)

    def leave_file(self) -> None:
        """Make the file that keeps the stop over a restart, for its owner alone. Raises OSError."""
        self._file.touch(mode=0o600)
        with contextlib.suppress(PermissionError):  # somebody else's, and it stops all the same
            self._file.chmod(0o600)
        self._file_seen = _identity_of(self._file)

    def remove_file(self) -> None:
        """The first step to open it. Raises OSError."""
        self._file.unlink(missing_ok=True)
        self._file_seen = None

    def open(self, mark: GateMark) -> bool:
        """Open, unless a stop was heard since it had this mark; whether it is open now."""
        if self.mark != mark:
            return False
        self._why = None
        self._cut = None
        self._shut_by_file = False
        return True


def _identity_of(file: Path) -> tuple[int, ...] | None:
    """Tells a file, and a touch of it, from others; None where there is none."""
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns
