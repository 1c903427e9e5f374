"""After a restore: what was bought since the backup is not known, so that nothing is bought until an owner says so."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from config.files import replace_private
from purchasing.events import ApprovalWithdrawn, Control, ControlChanged, Restored
from purchasing.slot.emergency_stop import stopped_by
from purchasing.storage.controls import FIRST_NUMBER, STOP
from purchasing.storage.unit_of_work import UnitOfWork

#: In the data directory, from a restore until the next start.
RESTORED_FILE = "restored.json"
#: More questions and restock windows than there are between a backup and its restore, where the clock tells nothing.
FAR_AHEAD = 10_000
#: Who stopped buying.
BY = "a restore"


class RestoredBackup(msgspec.Struct, frozen=True, kw_only=True):
    """Which backup was restored, and when."""

    restored_at: datetime
    #: None where the backup does not tell.
    made_at: datetime | None


class RestoreNote:
    """What a restore leaves for the next start, which takes it away once all of it is stored."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / RESTORED_FILE

    def leave(self, backup: RestoredBackup) -> None:
        """Raises OSError."""
        replace_private(self._path, msgspec.json.encode(backup))

    def read(self) -> RestoredBackup | None:
        """None where nothing was restored. One that can't be read means a restore all the same."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=RestoredBackup)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError):
            return RestoredBackup(restored_at=datetime.min.replace(tzinfo=UTC), made_at=None)

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)


def stop_after_restore(unit: UnitOfWork, backup: RestoredBackup, *, at: datetime) -> None:
    """Say that it was restored and stop buying, once for each restore; no button that is in a chat answers anything."""
    last = unit.journal.last_of(Restored)
    if last is not None and last[0].restored_at == backup.restored_at:
        return
    seq = unit.journal.last_seq()
    unit.journal.append(Restored(restored_at=backup.restored_at, backup_at=backup.made_at, last_seq=seq), at=at)
    for one in unit.approvals.withdraw(by=BY, at=at):
        unit.journal.append(ApprovalWithdrawn(approval=one.id, tcin=one.tcin, window=one.window), at=at)
    unit.approvals.expire_all(at=at)
    _skip_numbers(unit, at=at)
    if unit.controls.get(STOP) is None:
        unit.controls.put(STOP, stopped_by(BY), by=BY, at=at)
        unit.journal.append(ControlChanged(what=Control.STOP, value=True, by=BY, cut=None), at=at)


def _skip_numbers(unit: UnitOfWork, *, at: datetime) -> None:
    """Number what buttons name far ahead: the chat may hold some with numbers that were given out and are not known.

    Fewer are given out than seconds pass, so that the time, as a number, is beyond all that were given out before it,
    since an earlier restore too.
    """
    last = max(unit.approvals.last_number(), unit.windows.last_number())
    unit.controls.put(FIRST_NUMBER, max(last + FAR_AHEAD, int(at.timestamp())), by=BY, at=at)
