"""Says from outside whether an attempt, or the whole service, stands still. Pure: it is shown what is, look by look.

The audit says whether what happened keeps the promises; this says whether anything happens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from config.durations import span
from purchasing.model import Attempt, Step

#: What has not moved for so long stands still.
LONGEST_STILL = timedelta(seconds=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one look shows."""

    #: The attempts that hold the slot.
    holding: Sequence[Attempt]
    #: When something happened last.
    last_at: datetime | None
    #: When the next check is due.
    due: datetime | None
    #: Whether all watching is paused, so that nothing has to happen.
    paused: bool


@dataclass(slots=True)
class Standstill:
    """Looks again and again; each standstill is told once."""

    _told: set[object] = field(default_factory=set)

    def look(self, sight: Sight, *, at: datetime) -> Iterator[str]:
        """What stands still now and did not at the last look."""
        numbers = tuple(one.id for one in sight.holding)
        if len(numbers) > 1 and self._is_new(numbers):
            yield f"attempts {', '.join(map(str, numbers))} hold the one slot at once"
        for one in sight.holding:
            if at - one.moved_at > LONGEST_STILL and self._is_new((one.id, one.step)):
                yield f"attempt {one.id} on {one.tcin} has been {one.step} for {span(at - one.moved_at)}{_advice(one)}"
        last = max((time for time in (sight.last_at, sight.due) if time is not None), default=None)
        if sight.last_at is None or last is None or sight.paused:
            return
        if at - last > LONGEST_STILL and self._is_new(sight.last_at):
            yield f"nothing has happened for {span(at - sight.last_at)}, and no check came when it was due"

    def _is_new(self, what: object) -> bool:
        is_new = what not in self._told
        self._told.add(what)
        return is_new


def _advice(one: Attempt) -> str:
    """What a person can do about it."""
    return ": look at your orders at the shop, then say /settle in the chat" if one.step is Step.UNCONFIRMED else ""
