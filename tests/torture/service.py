"""The service, made to die at a chosen instant and, if wanted, to order for real at the practice store.

It is the shipped program but for two parts that are passed in: a database that ends the process with SIGKILL around the
commit in which an attempt first reaches a named step, or from then on finds a disk to which no byte can be added until
SIGUSR2 comes, and a buyer that orders at the practice store.

    python -m tests.torture.service [--die-at carted] [--side before] [--full-at carted] [--live]
"""

import argparse
import asyncio
import os
import resource
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import sqlalchemy as sa

from bot.app import build, open_database
from config.database import Database, DataDir
from config.logs import set_up_logging
from config.settings import Settings, load_settings
from purchasing.storage.tables import attempt
from tests.torture.shopper import HttpShopper

T = TypeVar("T")

#: The practice store lists an order at once, but may take it in half a second after the service died.
LISTED_WITHIN = timedelta(seconds=0.8)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fill_disk() -> None:
    """From now on every write to every file of this process fails, as on a full disk; sockets are left alone."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.signal(signal.SIGUSR2, lambda *_: _limit_files(resource.RLIM_INFINITY))
    _limit_files(0)


def _limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What happens around the commit that brings an attempt to `step`."""

    step: str | None = None
    side: str = "after"
    strike: Callable[[], None] = _die


class MortalDatabase(Database):
    """Meets its fate once."""

    fate = Fate()

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        fate = self.fate
        if fate.step is None:
            return await super().transact(work)

        def watched(connection: sa.Connection) -> tuple[T, bool]:
            before = self._steps(connection)
            result = work(connection)
            reached = bool(self._steps(connection) - before)
            if reached and fate.side == "before":
                self._strike()
            return result, reached

        result, reached = await super().transact(watched)
        if reached and fate.side == "after":
            self._strike()
        return result

    def _strike(self) -> None:
        fate, self.fate = self.fate, Fate()
        fate.strike()

    def _steps(self, connection: sa.Connection) -> set[int]:
        found = sa.select(attempt.c.id).where(attempt.c.step == self.fate.step)
        return set(connection.execute(found).scalars())


def serve(
    environ: Mapping[str, str],
    *,
    fate: Fate = Fate(),
    live: bool = False,
    listed_within: timedelta = LISTED_WITHIN,
) -> None:
    """Run the service until it ends or dies; it buys in its browser unless it is `live` over HTTP."""
    settings = load_settings(environ, env_file=None)
    set_up_logging()
    directory = DataDir(settings.data_dir)
    directory.hold()
    database = open_database(settings, MortalDatabase)
    assert isinstance(database, MortalDatabase)
    database.fate = fate
    store_url = settings.target.site_url if live else None
    asyncio.run(_run(store_url, settings=settings, database=database, listed_within=listed_within))


async def _run(store_url: str | None, *, settings: Settings, database: Database, listed_within: timedelta) -> None:
    buyer = HttpShopper(store_url) if store_url else None
    await build(settings, database=database, buyer=buyer, listed_within=listed_within).run()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--die-at")
    parser.add_argument("--full-at")
    parser.add_argument("--side", choices=["before", "after"], default="after")
    parser.add_argument("--live", action="store_true")
    chosen = parser.parse_args()
    strike = fill_disk if chosen.full_at else _die
    fate = Fate(step=chosen.full_at or chosen.die_at, side=chosen.side, strike=strike)
    serve(os.environ, fate=fate, live=chosen.live)


if __name__ == "__main__":
    main()
