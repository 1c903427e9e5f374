"""The gate before every purchase. It closes in memory first, so that nothing slow can hold a stop up."""

from collections.abc import Callable
from pathlib import Path

from purchasing.model import Attempt

_STOPPED_BY = "stopped by "


def stopped_by(who: str) -> str:
    """The reason of a stop: by a person's name, or by what else stopped it."""
    return _STOPPED_BY + who


def who_stopped(why: str) -> str:
    return why.removeprefix(_STOPPED_BY)


#: Called with the reason at the instant when the gate is shut; gives the attempt that this cut short.
CutShort = Callable[[str], Attempt | None]


class Gate:
    """Shut while the owner's stop stands, in memory or as the file. What is stored is read with every decision."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._why: str | None = None
        self._cut: Attempt | None = None
        self._shut_by_file = False
        self._on_shut: list[CutShort] = []

    @property
    def shut(self) -> str | None:
        """Why nothing may be bought, else None. Looks at the file, so that one made by hand counts at once."""
        if self._why is None and self._file.exists():
            self._shut_by_file = True
            self.close(f"the file {self._file.name} is there")
        return self._why

    @property
    def has_file(self) -> bool:
        """Whether the stop would outlive the process by its file alone."""
        return self._file.exists()

    @property
    def shut_by_file(self) -> bool:
        """Whether a file made by hand shut it, so that the stop is yet to be stored."""
        return self.shut is not None and self._shut_by_file

    def close(self, why: str) -> Attempt | None:
        """Shut it now; the first reason stays. Never waits, never fails.

        Returns what the shutting found under way, as it was then; for who finds it shut already, too.
        """
        if self._why is None:
            self._why = why
            cuts = [cut_short(why) for cut_short in self._on_shut]
            self._cut = next((cut for cut in cuts if cut is not None), None)
        return self._cut

    def on_shut(self, cut_short: CutShort) -> None:
        """Have this called with the reason at the instant when the gate is shut."""
        self._on_shut.append(cut_short)

    def leave_file(self) -> None:
        """Make the file that keeps the stop over a restart. Raises OSError."""
        self._file.touch(mode=0o600)

    def open(self) -> None:
        """Remove the file, then open. Raises OSError, and stays shut, if the file can't be removed."""
        self._file.unlink(missing_ok=True)
        self._why = None
        self._cut = None
        self._shut_by_file = False
