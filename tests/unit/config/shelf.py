"""A database of one table, in which numbered things stand under one another."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import sqlalchemy as sa

from config.database import Database

tables = sa.MetaData()
shelf = sa.Table(
    "shelf",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("under", sa.ForeignKey("shelf.id")),
)


@contextlib.asynccontextmanager
async def opened(path: Path, *, read_only: bool = False) -> AsyncIterator[Database]:
    database = Database(path, tables=[tables], read_only=read_only)
    try:
        await database.open()
        yield database
    finally:
        await database.close()


@contextlib.contextmanager
def plain(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def put(number: int, under: int | None = None) -> "Put":
    return Put(number, under)


class Put:
    def __init__(self, number: int, under: int | None) -> None:
        self._row = {"id": number, "under": under}

    def __call__(self, connection: sa.Connection) -> None:
        connection.execute(shelf.insert().values(self._row))


def numbers(connection: sa.Connection) -> list[int]:
    return list(connection.execute(sa.select(shelf.c.id).order_by(shelf.c.id)).scalars())
