"""What waits for the bot to fetch it."""

from collections.abc import Collection
from datetime import datetime

from sandbox.chat_model import Json

#: What a bot gets only if it asks for it by name.
_ON_REQUEST = {"chat_member", "message_reaction", "message_reaction_count"}


class Updates:
    """The queue of updates; each stays until a later offset confirms it."""

    def __init__(self, *, start: datetime) -> None:
        #: Numbers grow over restarts of the practice chat, as those of the real one do.
        self._next_id = int(start.timestamp())
        self._waiting: list[Json] = []
        self._allowed: Collection[str] = ()

    def put(self, kind: str, body: Json | str) -> int:
        """Queue an update and return its number. One that the bot does not want gets a number and is dropped."""
        number, self._next_id = self._next_id, self._next_id + 1
        if self._wants(kind):
            self._waiting.append({"update_id": number, kind: body})
        return number

    def _wants(self, kind: str) -> bool:
        return kind in self._allowed if self._allowed else kind not in _ON_REQUEST

    def allow(self, kinds: Collection[str]) -> None:
        """Only these from now on; what waits already stays. An empty list is the default selection."""
        self._allowed = kinds

    def confirm(self, offset: int) -> None:
        """Forget what lies before the offset; a negative one keeps that many from the end."""
        if offset < 0:
            self._waiting = self._waiting[offset:]
        elif offset > 0:
            self._waiting = [update for update in self._waiting if update["update_id"] >= offset]

    def first(self, limit: int) -> list[Json]:
        return self._waiting[:limit]

    def clear(self) -> None:
        self._waiting = []

    def __len__(self) -> int:
        return len(self._waiting)
