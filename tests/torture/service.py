"""The service, made to die at a chosen instant and, if wanted, to order for real at the practice store.

It is the shipped program but for two parts that are passed in: a database that ends the process with SIGKILL around the
commit in which an attempt first reaches a named step, and a buyer that orders at the practice store.

    python -m tests.torture.service [--die-at carted] [--side before] [--live]
"""

import argparse
import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from typing import TypeVar

import sqlalchemy as sa

from bot.app import build, open_database
from config.database import Database, DataDir
from config.logs import set_up_logging
from config.settings import Settings, load_settings
from purchasing.tables import attempt
from tests.torture.shopper import HttpShopper

T = TypeVar("T")


class MortalDatabase(Database):
    """Ends the process around the commit that brings an attempt to `die_at`."""

    die_at: str | None = None
    side: str = "after"

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        if self.die_at is None:
            return await super().transact(work)

        def watched(connection: sa.Connection) -> tuple[T, bool]:
            before = self._steps(connection)
            result = work(connection)
            reached = self._steps(connection) - before
            if reached and self.side == "before":
                _die()
            return result, bool(reached)

        result, reached = await super().transact(watched)
        if reached:
            _die()
        return result

    def _steps(self, connection: sa.Connection) -> set[int]:
        found = sa.select(attempt.c.id).where(attempt.c.step == self.die_at)
        return set(connection.execute(found).scalars())


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def serve(environ: Mapping[str, str], *, die_at: str | None = None, side: str = "after", live: bool = False) -> None:
    """Run the service until it ends or dies."""
    settings = load_settings(environ, env_file=None)
    set_up_logging()
    directory = DataDir(settings.data_dir)
    directory.hold()
    database = open_database(settings, MortalDatabase)
    assert isinstance(database, MortalDatabase)
    database.die_at, database.side = die_at, side
    asyncio.run(_run(settings.target.site_url if live else None, settings=settings, database=database))


async def _run(store_url: str | None, *, settings: Settings, database: Database) -> None:
    buyer = HttpShopper(store_url) if store_url else None
    await build(settings, database=database, buyer=buyer).run()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--die-at")
    parser.add_argument("--side", choices=["before", "after"], default="after")
    parser.add_argument("--live", action="store_true")
    chosen = parser.parse_args()
    serve(os.environ, die_at=chosen.die_at, side=chosen.side, live=chosen.live)


if __name__ == "__main__":
    main()
