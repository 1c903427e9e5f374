"""What was started is written down, so that whoever comes after a crash can end it."""

import logging
import os
import shutil
import tempfile
from pathlib import Path

import msgspec

from config.files import open_regular, replace_private
from purchasing.checkout.process.kernel import (
    Mark,
    end_processes,
    find_ancestors,
    find_family,
    is_running,
    read_boot,
    read_process,
    read_processes,
    read_words,
)

log = logging.getLogger(__name__)

#: In the data directory.
RECORD_FILE = "browser.json"
_LARGEST = 1_000_000
_PROFILE_FLAG, _PROFILE_NAME = "--user-data-dir=", "playwright_chromiumdev_profile-"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What one process started."""

    #: This run of the machine.
    boot: str
    owner: Mark
    processes: tuple[Mark, ...] = ()
    #: The folder that Playwright made for the browser, and removes only in an orderly end.
    profile: str | None = None


class RecordFile:
    """The file of what runs for us."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: Record | None = None

    def write(self, processes: tuple[Mark, ...], *, profile: str | None) -> None:
        """Note what runs for this process. What can't be written is logged: the browser works without it."""
        me = read_process(os.getpid())
        if me is None:
            return
        record = Record(boot=read_boot(), owner=me.mark, processes=processes, profile=profile)
        if record == self._written:
            return
        try:
            replace_private(self._path, msgspec.json.encode(record))
        except OSError as error:
            log.warning("browser.not_noted", extra={"why": str(error)})
        else:
            self._written = record

    def clear(self) -> None:
        """Nothing runs for this process any more."""
        self._written = None
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("browser.not_noted", extra={"why": str(error)})

    def end_leftovers(self) -> None:
        """End what is noted and still runs, unless whoever started it runs too."""
        record = self._read()
        if record is None:
            return
        if record.boot != read_boot() or not record.boot:
            self.clear()
            return
        if record.owner.pid != os.getpid() and is_running(record.owner):
            return
        if ended := end_family(record.processes):
            log.warning("browser.leftovers_ended", extra={"processes": ended})
        remove_profile(record.profile)
        self.clear()

    def _read(self) -> Record | None:
        try:
            with open(self._path, "rb", opener=open_regular) as file:
                return msgspec.json.decode(file.read(_LARGEST), type=Record)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            log.warning("browser.note_unreadable", extra={"why": str(error)})
            return None


def end_family(marks: tuple[Mark, ...]) -> int:
    """End these, where they still run, and all that they started; how many there were.

    Nothing that this process came of is ever among them, whatever a file says: its family would be the whole machine.
    """
    processes = read_processes()
    roots = {mark.pid for mark in marks if (held := processes.get(mark.pid)) and held.mark == mark}
    family = find_family(processes, roots - find_ancestors(processes, os.getpid()))
    if any(mark.pid == os.getpid() for mark in family):
        log.error("browser.not_ended", extra={"why": "it holds this very process"})
        return 0
    return end_processes(family)


def find_profile(pid: int) -> str | None:
    """The folder that Playwright made for this browser."""
    words = (word for word in read_words(pid) if word.startswith(_PROFILE_FLAG))
    return next((word.removeprefix(_PROFILE_FLAG) for word in words), None)


def remove_profile(profile: str | None) -> None:
    """Remove such a folder, and never another one."""
    if profile is None:
        return
    path = Path(profile)
    if path.name.startswith(_PROFILE_NAME) and path.parent == Path(tempfile.gettempdir()):
        shutil.rmtree(path, ignore_errors=True)
