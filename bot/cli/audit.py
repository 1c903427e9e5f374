"""The audit over a database file, beside a running service or without one. It only reads."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bot.schema import VERSION
from config.database import DatabaseFile, DatabaseUnusable
from purchasing.control.audits import catch_up
from purchasing.rules.verify import Audit

Say = Callable[[str], None]


def audit_database(path: Path, *, say: Say) -> int:
    """Say every finding and the sum; how many there were.

    Raises:
        DatabaseUnusable: the file can't be read as ours.
    """
    audit = Audit()
    with DatabaseFile(path, version=VERSION) as file, readable(path):
        file.read(partial(catch_up, audit))
    for finding in audit.findings:
        say(finding)
    say_sum(audit, len(audit.findings), say=say)
    return len(audit.findings)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """What can't be understood is a file that can't be read."""
    try:
        yield
    except (KeyError, ValueError, TypeError) as error:
        raise DatabaseUnusable(f"{path} can't be read: {error}") from error


def say_sum(audit: Audit, findings: int, *, say: Say) -> None:
    numbering, mark = audit.numbering, audit.numbering.mark
    if mark.at is not None:
        say(
            f"without gaps after seq {mark.seq} ({mark.at:%Y-%m-%d}): {mark.dropped} events before it are counts by now"
        )
    say(f"{numbering.events} events, {numbering.cycles} cycles, {audit.attempts} attempts: {findings or 'no'} findings")
