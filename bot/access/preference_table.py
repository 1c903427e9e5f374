"""What was chosen in each chat, as it is stored, and how it is changed."""

from collections.abc import Callable, Mapping

import msgspec
import sqlalchemy as sa

from bot.access.preferences import USUAL, Preferences
from bot.telegram import tables
from config.clock import Now
from config.database import Connection, put_row
from purchasing.commands import Command, Done
from purchasing.events import stamp
from purchasing.storage.unit_of_work import Storage, UnitOfWork

_preference = tables.preference

# Built once, as building takes longer than running: an alert waits for it.
_ALL = sa.select(_preference.c.chat, _preference.c.body)
_OF = sa.select(_preference.c.body).where(_preference.c.chat == sa.bindparam("of_chat"))


class PreferenceTable:
    """Reads and writes of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def all(self) -> Mapping[int, Preferences]:
        """What was chosen, by chat; most choose nothing."""
        return {chat: _decode(body) for chat, body in self._db.execute(_ALL)}

    def of(self, chat: int) -> Preferences:
        body = self._db.execute(_OF, {"of_chat": chat}).scalar()
        return USUAL if body is None else _decode(body)

    def put(self, chat: int, chosen: Preferences, command: Command, *, at: str) -> None:
        row = {"chat": chat, "body": msgspec.json.encode(chosen).decode(), "at": at, "by": command.person.name}
        put_row(self._db, _preference, row)


def _decode(body: str) -> Preferences:
    return msgspec.json.decode(body, type=Preferences)


class PreferenceDesk:
    """Changes what was chosen."""

    def __init__(self, *, storage: Storage, now: Now) -> None:
        self._storage = storage
        self._now = now

    async def change(self, command: Command, chat: int, change: Callable[[Preferences], Preferences]) -> None:
        """Change what holds in this chat, and finish the command; its answer tells what holds from now on."""

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            table = PreferenceTable(unit.connection)
            table.put(chat, change(table.of(chat)), command, at=stamp(at))
            unit.commands.finish(command, Done(), at=at)

        await self._storage.write(work)
