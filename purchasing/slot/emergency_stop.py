"""The gate before every purchase. It closes in memory first, so that nothing slow can hold a stop up."""

from collections.abc import Callable
from pathlib import Path

_STOPPED_BY = "stopped by "


def stopped_by(who: str) -> str:
    """The reason of a stop: by a person's name, or by what else stopped it."""
    return _STOPPED_BY + who


def who_stopped(why: str) -> str:
    return why.removeprefix(_STOPPED_BY)


class Gate:
    """Shut while the owner's stop stands, in memory or as the file. What is stored is read with every decision."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._why: str | None = None
        self._shut_by_file = False
        self._on_shut: list[Callable[[str], None]] = []

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

    def close(self, why: str) -> None:
        """Shut it now. Never waits, never fails; the first reason stays."""
        if self._why is not None:
            return
        self._why = why
        for tell in self._on_shut:
            tell(why)

    def on_shut(self, tell: Callable[[str], None]) -> None:
        """Have `tell` called with the reason at the instant when the gate is closed."""
        self._on_shut.append(tell)

    def leave_file(self) -> None:
        """Make the file that keeps the stop over a restart. Raises OSError."""
        self._file.touch(mode=0o600)

    def open(self) -> None:
        """Remove the file, then open. Raises OSError, and stays shut, if the file can't be removed."""
        self._file.unlink(missing_ok=True)
        self._why = None
        self._shut_by_file = False
