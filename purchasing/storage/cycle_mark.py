"""The mark that the last cycle left: its number, and who was asked and certainly read when.

A reading that says what is known writes no row of its own; the one mark tells of all who was seen.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from config.products import Tcin
from purchasing.events import stamp, stamp_or_none, unstamp
from purchasing.model import CycleMark
from purchasing.storage import rows
from purchasing.storage.controls import CYCLE, ControlTable, StoredMark


class CycleMarkTable:
    """Reads and writes of one transaction."""

    def __init__(self, *, controls: ControlTable) -> None:
        self._controls = controls

    def read(self) -> CycleMark:
        stored = self._controls.get(CYCLE)
        if stored is None:
            return CycleMark()
        return CycleMark(
            cycle_id=stored.cycle_id,
            began=rows.time_of(stored.began),
            next_check_at=rows.time_of(stored.next_check_at),
            last_good_at=rows.time_of(stored.last_good_at),
            seen_at=_times_of(stored.seen_at),
            asked_at=_times_of(stored.asked_at),
        )

    def write(self, mark: CycleMark, *, at: datetime) -> None:
        stored = StoredMark(
            cycle_id=mark.cycle_id,
            began=stamp_or_none(mark.began),
            next_check_at=stamp_or_none(mark.next_check_at),
            last_good_at=stamp_or_none(mark.last_good_at),
            seen_at=_by_time(mark.seen_at),
            asked_at=_by_time(mark.asked_at),
        )
        self._controls.put(CYCLE, stored, by="schedule", at=at)


def _by_time(times: Mapping[Tcin, datetime]) -> dict[str, list[Tcin]]:
    """Most were read or asked at a few times, which are written once each."""
    grouped: dict[datetime, list[Tcin]] = {}
    for tcin, at in times.items():
        grouped.setdefault(at, []).append(tcin)
    return {stamp(at): tcins for at, tcins in grouped.items()}


def _times_of(stored: Mapping[str, Iterable[Tcin]]) -> dict[Tcin, datetime]:
    return {tcin: at for text, tcins in stored.items() for at in (unstamp(text),) for tcin in tcins}
