"""Cycles that take too long: when people are told, and when that is over."""

from datetime import timedelta

import msgspec

from monitor.model import Snapshot
from purchasing.controls import Slowness

#: A cycle should take no longer.
SLOW = timedelta(seconds=3)
#: So many slow ones in a row are told, once.
TOLD_AFTER = 10
#: So many quick ones in a row end it: a pace between quick and slow is no news again and again.
OVER_AFTER = 3


def count_slow(before: Slowness | None, snapshot: Snapshot, *, is_blind: bool) -> Slowness | None:
    """How it stands after this cycle, None where nothing is slow.

    What asked for nothing tells nothing of it, and neither does what came while people knew that nothing is seen.
    """
    if is_blind or not snapshot.asked:
        return before
    if snapshot.took > SLOW:
        return _after_slow(before, snapshot)
    if before is None or not before.is_told or before.quick + 1 >= OVER_AFTER:
        return None
    return msgspec.structs.replace(before, quick=before.quick + 1)


def _after_slow(before: Slowness | None, snapshot: Snapshot) -> Slowness:
    if before is None:
        return Slowness(since=snapshot.began, slow=1)
    if before.is_told:
        return msgspec.structs.replace(before, quick=0)
    slow = before.slow + 1
    return msgspec.structs.replace(before, slow=slow, is_told=slow >= TOLD_AFTER)
