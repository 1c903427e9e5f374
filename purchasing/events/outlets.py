"""What happens to the outlets beside the chat."""

from datetime import datetime
from typing import ClassVar

from purchasing.events.kinds import EventKind, Fact


class OutletFailed(Fact, frozen=True, kw_only=True):
    """When an outlet of `STOCKBELL_OUTLETS` did not take messages several times in a row, once until it does again."""

    kind: ClassVar = EventKind.OUTLET_FAILED
    #: Its place in the list and its kind, such as `outlet 2 (ntfy)`.
    outlet: str
    #: When it did not take one for the first time.
    since: datetime
    why: str


class OutletBack(Fact, frozen=True, kw_only=True):
    """When it took a message again after that."""

    kind: ClassVar = EventKind.OUTLET_BACK
    #: Its place in the list and its kind, such as `outlet 2 (ntfy)`.
    outlet: str
    lasted_s: int
