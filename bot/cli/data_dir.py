"""What the command line does to a data directory: import an older list, set what is stored aside."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bot.feeds.audit_file import AUDIT_FILES
from bot.schema import VERSION
from config.database import DatabaseFile, DataDir
from config.products import Product
from config.watchlist import ImportedWatchlist, WatchlistFile, WatchlistGone, ensure_present, import_older
from purchasing.storage.unit_of_work import UnitOfWork


class NothingChanged(Exception):
    """It could not be done, and nothing was changed; the message says why."""


def import_list(source: Path, data_dir: Path) -> ImportedWatchlist:
    """Add the products of an older file to the watch list; what is watched already stays as it is.

    Raises:
        NothingChanged: the file can't be read.
        WatchlistError: it is none of the older forms, or the watch list is wrong.
        DatabaseUnusable: there can be no such data directory, or its database can't be read.
    """
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NothingChanged(f"{source} can't be read: {error}") from error
    imported = import_older(text)

    def edit(held: str) -> str:
        for product in imported.products:
            held = ensure_present(held, product)
        return held

    DataDir(data_dir).create()
    file = WatchlistFile(data_dir / "watchlist.toml")
    file.change(edit, held=_stored(data_dir / "stockbell.db") if _is_gone(file) else ())
    return imported


def _is_gone(file: WatchlistFile) -> bool:
    try:
        file.read()
    except WatchlistGone:
        return True
    return False


def _stored(database: Path) -> tuple[Product, ...]:
    """The list last taken up, which still holds where its file is gone."""
    if not database.exists():
        return ()
    with DatabaseFile(database, version=VERSION) as file:
        return file.read(lambda connection: UnitOfWork(connection).products.watchlist())


#: What is stored, the database first: without it, the rest keeps a start from taking this for a first one.
_STORED = ("stockbell.db", "stockbell.db-*", "stockbell.db.*", AUDIT_FILES)


def move_aside(data_dir: Path, *, at: datetime, more: Sequence[str] = ()) -> Path | None:
    """Move all that was stored into a folder of its own, and give its path; None where there is nothing.

    `more` are other files that go along. The watch list stays if it is none of them, as does a stop's file. Nobody else
    may hold the directory. Raises OSError.
    """
    stored = [path for pattern in (*_STORED, *more) for path in sorted(data_dir.glob(pattern))]
    if not stored:
        return None
    folder = _new_folder(data_dir / f"aside-{at:%Y-%m-%dT%H%M%S}")
    for path in stored:
        path.rename(folder / path.name)
    return folder


def _new_folder(wanted: Path) -> Path:
    """Of this name, or with a number after it: twice in a second is soon done."""
    names = (wanted, *(wanted.with_name(f"{wanted.name}-{number}") for number in range(2, 100)))
    folder = next(name for name in names if not name.exists())
    folder.mkdir(mode=0o700)
    return folder
