"""`stockbell backup FILE`: all that must last as one file, beside a running service too, opened and checked at once."""

import contextlib
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from bot.cli.archive import DATABASE, WATCHLIST, DamagedBackup, Manifest, describe_members, pack, unpack
from bot.cli.audit import audit_database
from bot.cli.data_dir import NothingChanged
from bot.schema import VERSION
from config.clock import utc_now
from config.database import Connection, DatabaseFile, DatabaseUnusable, copy_database
from config.files import open_regular, replace_private, sync_directory
from purchasing.storage.unit_of_work import UnitOfWork

#: In the data directory: when the last backup was made, for whoever asks whether there is one.
NOTE = "backup.json"
#: A service beside it has the processor first.
_POLITE = 10


class BackupNote(msgspec.Struct, frozen=True, kw_only=True):
    """The last backup that was made of this data directory."""

    at: datetime
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """The backup that was made, and what its audit found."""

    manifest: Manifest
    size: int
    findings: tuple[str, ...]
    #: Why the audit did not look at it, else None.
    not_audited: str | None = None


def back_up(data_dir: Path, target: Path, *, overwrite: bool) -> BackupReport:
    """Write the backup: the target is whole or not there, and what stood there stays where it fails.

    Raises:
        NothingChanged: there is nothing to back up, it can't be read or written, or the target exists.
    """
    database = data_dir / DATABASE
    if not database.exists():
        raise NothingChanged(f"there is no database at {database}")
    if target.is_dir():
        raise NothingChanged(f"{target} is a directory: name a file in it")
    if target.exists() and not overwrite:
        raise NothingChanged(f"{target} exists and is not overwritten; --overwrite does")
    os.nice(_POLITE)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.absolute().parent) as folder:
            report = _make(data_dir, Path(folder) / "new")
            _publish(Path(folder) / "new", target, overwrite=overwrite)
    except OSError as error:
        raise NothingChanged(f"{target} can't be written: {error.strerror or error}") from error
    except (DatabaseUnusable, DamagedBackup) as error:
        raise NothingChanged(str(error)) from error
    with contextlib.suppress(OSError):  # the backup is there all the same
        note = BackupNote(at=report.manifest.made_at, file=str(target.absolute()))
        replace_private(data_dir / NOTE, msgspec.json.encode(note))
    return report


def _make(data_dir: Path, archive: Path) -> BackupReport:
    copied = archive.with_name("copied")
    copied.mkdir(mode=0o700)
    made_at = utc_now()
    copy_database(data_dir / DATABASE, copied / DATABASE)
    _copy_list(data_dir / WATCHLIST, copied / WATCHLIST)
    with DatabaseFile(copied / DATABASE, version=VERSION) as file:
        schema, last_seq = file.version(), file.read(_last_seq, of_any_version=True)
    manifest = Manifest(
        made_at=made_at,
        program=version("stockbell"),
        schema=schema,
        last_seq=last_seq,
        files=describe_members(copied),
    )
    pack(archive, copied, manifest)
    for name in (DATABASE, WATCHLIST):
        (copied / name).unlink(missing_ok=True)
    return _verify(archive, copied)


def _last_seq(connection: Connection) -> int:
    return UnitOfWork(connection).journal.last_seq()


def _copy_list(source: Path, target: Path) -> None:
    try:
        with open(source, "rb", opener=open_regular) as file:
            text = file.read()
    except FileNotFoundError:
        return
    with open(target, "xb", opener=open_regular) as file:
        file.write(text)


def _verify(archive: Path, folder: Path) -> BackupReport:
    """Open what was written, as a restore would."""
    manifest = unpack(archive, folder)
    findings, why_not = check_copy(folder / DATABASE, name=str(archive))
    size = archive.stat().st_size
    return BackupReport(manifest=manifest, size=size, findings=findings, not_audited=why_not)


def check_copy(database: Path, *, name: str) -> tuple[tuple[str, ...], str | None]:
    """What the audit finds in a copy; and why it did not look, where the schema is older than this program's.

    Raises:
        DatabaseUnusable: it is damaged, or of a newer program; `name` is what it is called then.
    """
    with DatabaseFile(database, version=VERSION) as file:
        schema, verdict = file.version(), file.check()
    if verdict != "ok":
        raise DatabaseUnusable(f"{name} is damaged: {verdict}")
    if schema > VERSION:
        raise DatabaseUnusable(f"{name} has version {schema}, newer than {VERSION} of this program: update it")
    if schema < VERSION:
        return (), f"it has version {schema}, which the next start brings to {VERSION}"
    findings: list[str] = []
    count = audit_database(database, say=findings.append)
    return tuple(findings[:count]), None


def _publish(archive: Path, target: Path, *, overwrite: bool) -> None:
    """Put it in its place, in one step."""
    if overwrite:
        archive.replace(target)
    else:
        try:
            target.hardlink_to(archive)
        except FileExistsError as error:
            raise NothingChanged(f"{target} exists and is not overwritten; --overwrite does") from error
        except OSError:  # no such links there, as on many sticks
            archive.rename(target)
    sync_directory(target.absolute().parent)


def read_note(data_dir: Path) -> BackupNote | None:
    """The last backup, as far as it is known."""
    try:
        return msgspec.json.decode((data_dir / NOTE).read_bytes(), type=BackupNote)
    except (OSError, msgspec.MsgspecError):
        return None
