"""What is stored: the database and its journal, the clock beside it, the list, backups, the session and the markers."""

import stat
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bot.cli.audit import audit_database
from bot.cli.backup import read_note
from bot.cli.doctor.diagnosis import Diagnosis
from bot.cli.login import WAYS_IN, open_session
from bot.feeds.audit_file import AUDIT_FILES
from bot.schema import VERSION
from config.database import DatabaseFile, DatabaseUnusable
from config.durations import span
from config.products import Product
from config.settings import Settings
from config.watchlist import WatchlistError, WatchlistFile
from purchasing.checkout.marker_record import MARKERS_FILE, MarkerRecord
from purchasing.storage.unit_of_work import UnitOfWork

#: What others may read of a file, and do with it.
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO
#: A backup that is older is as good as none.
OLD = timedelta(days=30)
#: Of what an audit finds, no more is told.
MOST_TOLD = 3

_DATABASE, _LIST = "stockbell.db", "watchlist.toml"
_BRING_BACK = "bring a backup back with `stockbell restore FILE`, or begin anew with `stockbell run --new`"


def check_database(folder: Path) -> Diagnosis:
    """Whether it is whole, and of which version."""
    path, what = folder / _DATABASE, "database"
    if not path.exists():
        left = next(folder.glob(AUDIT_FILES), None)
        if left is None:
            return Diagnosis(what=what, well=None, detail="there is none yet: it is made at the first start")
        detail = f"it is missing, and {left.name} is of an earlier one"
        return Diagnosis(what=what, well=False, detail=detail, remedy=_BRING_BACK)
    try:
        with DatabaseFile(path, version=VERSION) as file:
            version, verdict = file.version(), file.check()
    except DatabaseUnusable as error:
        return Diagnosis(what=what, well=False, detail=str(error), remedy=_BRING_BACK)
    if verdict != "ok":
        return Diagnosis(what=what, well=False, detail=verdict, remedy=_BRING_BACK)
    if version > VERSION:
        detail = f"its schema has version {version}, newer than {VERSION} of this program"
        return Diagnosis(what=what, well=False, detail=detail, remedy="update Stockbell")
    if version < VERSION:
        detail = f"its schema has version {version}, which the next start brings to {VERSION}, keeping a copy"
        return Diagnosis(what=what, well=None, detail=detail)
    return Diagnosis(what=what, well=True, detail=f"whole, schema version {version}")


def check_journal(folder: Path) -> Diagnosis:
    """Whether it keeps every promise."""
    lines: list[str] = []
    try:
        findings = audit_database(folder / _DATABASE, say=lines.append)
    except DatabaseUnusable as error:
        return Diagnosis(what="journal", well=False, detail=str(error), remedy=_BRING_BACK)
    if not findings:
        return Diagnosis(what="journal", well=True, detail=lines[-1])
    remedy = (
        "stop buying with /stop, keep a backup, and compare with your orders at Target; `stockbell audit` tells all"
    )
    return Diagnosis(what="journal", well=False, detail="; ".join(lines[: min(findings, MOST_TOLD)]), remedy=remedy)


def check_clock(folder: Path, *, at: datetime) -> Diagnosis:
    """Whether it is behind what was written already."""
    try:
        with DatabaseFile(folder / _DATABASE, version=VERSION) as file:
            ahead = file.read(lambda connection: UnitOfWork(connection).clock.ahead(at=at))
    except DatabaseUnusable as error:
        return Diagnosis(what="clock", well=None, detail=str(error))
    if ahead is None:
        return Diagnosis(
            what="clock", well=True, detail=f"{at:%Y-%m-%d %H:%M:%S} UTC, and the journal is not ahead of it"
        )
    detail = f"it is {at:%Y-%m-%d %H:%M:%S} UTC, and the journal goes to {ahead:%Y-%m-%d %H:%M:%S}: nothing is bought"
    remedy = "set it right (timedatectl set-ntp true); if it is right, the owner's /rearm accepts it"
    return Diagnosis(what="clock", well=False, detail=detail, remedy=remedy)


def check_watchlist(folder: Path) -> tuple[Diagnosis, Sequence[Product]]:
    path, what = folder / _LIST, "watch list"
    if not path.exists():
        return Diagnosis(what=what, well=None, detail=f"{path} is made at the first start"), ()
    try:
        products = WatchlistFile(path).read()
    except WatchlistError as error:
        detail = "; ".join(error.problems)
        remedy = f"mend {path}: the list last taken up holds until then"
        return Diagnosis(what=what, well=False, detail=detail, remedy=remedy), ()
    return Diagnosis(what=what, well=True, detail=f"watched: {len(products)}"), products


def check_backup(folder: Path, *, at: datetime) -> Diagnosis:
    """How old the last one is that was made here; where else one may be is not known."""
    note, remedy = read_note(folder), "make one with `stockbell backup FILE`, on another disk"
    if note is None:
        return Diagnosis(what="backup", well=None, detail="none was made yet", remedy=remedy)
    detail = f"the last one was made {span(at - note.at)} ago, {note.file}"
    return Diagnosis(what="backup", well=None if at - note.at > OLD else True, detail=detail, remedy=remedy)


def check_session(settings: Settings, *, at: datetime) -> Diagnosis:
    session, what = open_session(settings), "session"
    if session.renewed_at is None:
        detail = "none is stored; rehearsals and real purchases will need one"
        return Diagnosis(what=what, well=None, detail=detail, remedy=WAYS_IN)
    if why := session.why_not_usable():
        return Diagnosis(what=what, well=False, detail=why, remedy=WAYS_IN)
    if session.path.stat().st_mode & _FOR_OTHERS:
        detail = f"others may read {session.path}"
        return Diagnosis(what=what, well=False, detail=detail, remedy=f"chmod 600 {session.path}")
    if why := _why_lapsed(settings.data_dir, stored_at=session.renewed_at):
        return Diagnosis(what=what, well=False, detail=f"it was found to have lapsed: {why}", remedy=WAYS_IN)
    detail = f"stored {span(at - session.renewed_at)} ago; `stockbell login --check` asks whether it holds"
    return Diagnosis(what=what, well=True, detail=detail)


def _why_lapsed(folder: Path, *, stored_at: datetime) -> str | None:
    """What a service has found; None where it has found nothing against it, or can't be asked."""
    path = folder / _DATABASE
    if not path.exists():
        return None
    try:
        with DatabaseFile(path, version=VERSION) as file:
            return file.read(lambda connection: UnitOfWork(connection).controls.why_lapsed(stored_at=stored_at))
    except DatabaseUnusable:
        return None


def check_markers(folder: Path, *, at: datetime) -> Diagnosis:
    """Whether the shop's pages were as they are known to be, when they were last rehearsed."""
    seen, what = MarkerRecord(folder / MARKERS_FILE).read(), "markers"
    if seen is None:
        remedy = "`stockbell rehearse TCIN` goes up to the button and looks for all of them"
        return Diagnosis(what=what, well=None, detail="never rehearsed", remedy=remedy)
    detail = f"{seen.words()}, {span(at - seen.at)} ago"
    remedy = "the shop's pages have changed; docs/checkout.md says how to mend it"
    return Diagnosis(what=what, well=not seen.missing, detail=detail, remedy=remedy)
