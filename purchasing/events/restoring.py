"""What happens once a backup was restored."""

from datetime import datetime
from typing import ClassVar

from purchasing.events.kinds import EventKind, Fact


class Restored(Fact, frozen=True, kw_only=True):
    """At the first start after a restore: what happened since the backup is not known here, and buying is stopped."""

    kind: ClassVar = EventKind.RESTORED
    #: When it was restored.
    restored_at: datetime
    #: When the backup was made; null where it does not tell.
    backup_at: datetime | None
    #: Its last event.
    last_seq: int
