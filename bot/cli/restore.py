"""`stockbell restore FILE`: a backup takes the place of what is stored, which is set aside, and buying is stopped.

The order is that of a crash in the middle: the stop and the note for the next start are on disk before anything moves,
and a start that finds no database beside that note begins none.
"""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.access import tables as access
from bot.cli.archive import DATABASE, WATCHLIST, DamagedBackup, Manifest, is_archive, read_manifest, unpack
from bot.cli.backup import NOTE, check_copy
from bot.cli.data_dir import NothingChanged, move_aside
from config.database import DatabaseUnusable, copy_database, empty_tables
from config.files import sync_directory
from purchasing.checkout.parts import CART_FILE
from purchasing.restored import RestoredBackup, RestoreNote
from purchasing.slot.emergency_stop import STOP_FILE

#: In the data directory, while it is under way.
_STAGING = ".restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What was restored, where what was stored is now, and what the audit finds in it."""

    #: None of a bare copy of the database.
    manifest: Manifest | None
    aside: Path | None
    findings: tuple[str, ...]


def check_backup(source: Path) -> None:
    """See whether it is one at all, before anything is touched.

    Raises:
        NothingChanged: it is none, or can't be read.
    """
    try:
        if is_archive(source):
            read_manifest(source)
        elif not source.is_file():
            raise NothingChanged(f"there is no file {source}")
    except OSError as error:
        raise NothingChanged(f"{source} can't be read: {error.strerror or error}") from error
    except DamagedBackup as error:
        raise NothingChanged(str(error)) from error


def restore(source: Path, data_dir: Path, *, at: datetime) -> RestoreReport:
    """Put the backup in the place of what is stored. The caller holds the data directory.

    Raises:
        NothingChanged: it is damaged, of a newer program, or there is no room for it.
    """
    staging = data_dir / _STAGING
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        manifest = _unpack(source, staging)
        findings, _ = check_copy(staging / DATABASE, name=str(source))
        # Who was signed in then may have been shut out since, and a code was perhaps used, or taken back.
        empty_tables(staging / DATABASE, (access.browser.name, access.page_link.name, access.invite.name))
        aside = _swap(staging, data_dir, manifest, at=at)
    except OSError as error:
        raise NothingChanged(f"{source} can't be restored: {error.strerror or error}") from error
    except (DamagedBackup, DatabaseUnusable) as error:
        raise NothingChanged(str(error)) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return RestoreReport(manifest=manifest, aside=aside, findings=findings)


def _unpack(source: Path, staging: Path) -> Manifest | None:
    if is_archive(source):
        return unpack(source, staging)
    try:
        copy_database(source, staging / DATABASE)
    except DatabaseUnusable as error:
        raise DamagedBackup(f"{source} is no backup of Stockbell, or is damaged: {error.__cause__}") from error
    return None


def _swap(staging: Path, data_dir: Path, manifest: Manifest | None, *, at: datetime) -> Path | None:
    (data_dir / STOP_FILE).touch(mode=0o600)
    RestoreNote(data_dir).leave(RestoredBackup(restored_at=at, made_at=None if manifest is None else manifest.made_at))
    listed = [WATCHLIST] if (staging / WATCHLIST).exists() else []
    # What is noted of the cart is of attempts that this database does not know.
    aside = move_aside(data_dir, at=at, more=(*listed, CART_FILE, NOTE))
    for name in (DATABASE, *listed):
        (staging / name).rename(data_dir / name)
    sync_directory(data_dir)
    return aside
