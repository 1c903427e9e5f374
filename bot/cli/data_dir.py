"""What the command line does to a data directory: import an older list, back the database up."""

from pathlib import Path

from bot.schema import VERSION
from config.database import DatabaseFile, DatabaseUnusable, DataDir, copy_database
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


def back_up(database: Path, target: Path) -> None:
    """Copy the database whole, beside a running service too.

    Raises:
        NothingChanged: there is none, it can't be read, or the target exists.
    """
    if not database.exists():
        raise NothingChanged(f"there is no database at {database}")
    if target.exists():
        raise NothingChanged(f"{target} exists and is not overwritten")
    try:
        copy_database(database, target)
    except DatabaseUnusable as error:
        raise NothingChanged(str(error)) from error
