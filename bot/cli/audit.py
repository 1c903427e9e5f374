"""The audit over a database file, beside a running service or without one. It only reads."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bot.schema import VERSION
from config.database import DatabaseFile, DatabaseUnusable
from purchasing.control.audits import catch_up
from purchasing.rules.verify import Audit

#: Seconds between two looks when following.
ROUND_S = 1.0


def audit_database(path: Path, *, follow: bool, say: Callable[[str], None]) -> int:
    """Say every finding and the sum; how many there were.

    Raises:
        DatabaseUnusable: the file can't be read as ours.
    """
    audit, shown = Audit(), 0
    with DatabaseFile(path, version=VERSION) as file:
        while True:
            try:
                file.read(partial(catch_up, audit))
            except (KeyError, ValueError, TypeError) as error:
                raise DatabaseUnusable(f"{path} can't be read: {error}") from error
            for finding in audit.findings[shown:]:
                say(finding)
            shown = len(audit.findings)
            if not follow:
                break
            time.sleep(ROUND_S)
    numbering, mark = audit.numbering, audit.numbering.mark
    if mark.at is not None:
        say(
            f"without gaps after seq {mark.seq} ({mark.at:%Y-%m-%d}): {mark.dropped} events before it are counts by now"
        )
    say(f"{numbering.events} events, {numbering.cycles} cycles, {audit.attempts} attempts: {shown or 'no'} findings")
    return shown
