"""The processes that belong to the browser: which they are, what they hold in memory, and their certain end.

A process is known by its number and the instant of its start, as the kernel counts it since the machine began: a number
alone may be somebody else's by now, and names are nobody's. Where there is no `/proc`, as on macOS, nothing is known,
and nothing is ever ended.
"""

import contextlib
import os
import signal
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import msgspec

_PROC = Path("/proc")
#: Where the fields of `/proc/<pid>/stat` stand behind the name, which may hold anything.
_STATE, _PARENT, _SESSION, _STARTED = 0, 1, 3, 19
_ENDED = "ZX"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One process, for as long as the machine runs."""

    pid: int
    #: In the kernel's ticks since the machine began.
    started: int


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """What the kernel tells of a process that runs."""

    mark: Mark
    parent: int
    #: The number of the process that began its session.
    session: int


def read_process(pid: int) -> Process | None:
    """What is known of it; None where it does not run, or has ended and only waits for its parent to notice."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    if fields[_STATE] in _ENDED:
        return None
    return Process(
        mark=Mark(pid=pid, started=int(fields[_STARTED])), parent=int(fields[_PARENT]), session=int(fields[_SESSION])
    )


def read_processes() -> dict[int, Process]:
    """Every process that runs, by its number."""
    try:
        pids = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal()]
    except OSError:
        return {}
    return {pid: process for pid in pids if (process := read_process(pid))}


def find_family(processes: Mapping[int, Process], roots: Collection[int]) -> list[Mark]:
    """These, their children and children's children, and the sessions that they began; the oldest first."""
    family = {pid for pid in roots if pid in processes}
    while True:
        more = {
            pid
            for pid, process in processes.items()
            if pid not in family and (process.parent in family or process.session in family)
        }
        if not more:
            return sorted((processes[pid].mark for pid in family), key=lambda mark: mark.started)
        family |= more


def find_ancestors(processes: Mapping[int, Process], pid: int) -> set[int]:
    """The process itself, its parent, and so on to the first of all."""
    line = {1}
    while pid in processes and pid not in line:
        line.add(pid)
        pid = processes[pid].parent
    return line


def find_children(parent: int) -> set[int]:
    return {pid for pid, process in read_processes().items() if process.parent == parent}


def read_words(pid: int) -> list[str]:
    """The words of its command line; none where it does not run any more."""
    try:
        return (_PROC / str(pid) / "cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return []


def is_running(mark: Mark) -> bool:
    """Whether it is this process that runs under its number."""
    process = read_process(mark.pid)
    return process is not None and process.mark == mark


def measure_memory(marks: Iterable[Mark]) -> int:
    """The bytes that these hold together; what they share is counted once."""
    return sum(_measure(mark.pid) for mark in marks)


def _measure(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except PermissionError:  # what is in a sandbox lets nobody look into it
        return _measure_own(pid)
    except OSError:  # gone meanwhile
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _measure_own(pid: int) -> int:
    """What it holds and shares with nobody, about."""
    try:
        _, resident, shared, *_ = map(int, (_PROC / str(pid) / "statm").read_text().split())
    except (OSError, ValueError):
        return 0
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE")


def end_processes(marks: Iterable[Mark]) -> int:
    """End each of these that still runs, at once; how many there were."""
    return sum(_end(mark) for mark in marks)


def _end(mark: Mark) -> bool:
    """The number is held while it is compared, so that nobody else's process can come to have it in between."""
    try:
        held = os.pidfd_open(mark.pid)
    except OSError:
        return False
    try:
        if not is_running(mark):
            return False
        signal.pidfd_send_signal(held, signal.SIGKILL)
    except OSError:
        return False
    finally:
        os.close(held)
    return True


def read_boot() -> str:
    """What tells this run of the machine from others: the kernel's ticks begin anew with each."""
    with contextlib.suppress(OSError):
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    return ""
