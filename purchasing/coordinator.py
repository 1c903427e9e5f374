"""What decides and buys, wired together: the cycles feed the one slot, and everything asks the one gate."""

from datetime import tzinfo

from config.clock import Now
from purchasing.cycles import Cycles
from purchasing.model import Limits
from purchasing.ports import Shopper
from purchasing.recovery import Recovery
from purchasing.slot.desk import AttemptDesk, Look
from purchasing.slot.emergency_stop import Gate
from purchasing.slot.worker import SlotWorker
from purchasing.standing import StandingReader
from purchasing.storage.unit_of_work import Storage
from purchasing.watchlist import Watchlist


class Coordinator:
    """The parts by name. Every public method of theirs that writes returns once it is on disk."""

    def __init__(
        self,
        *,
        storage: Storage,
        shopper: Shopper,
        look: Look,
        gate: Gate,
        limits: Limits,
        timezone: tzinfo,
        now: Now,
    ) -> None:
        self.standing = StandingReader(limits=limits, timezone=timezone)
        self.recovery = Recovery(storage=storage, gate=gate, now=now)
        self.cycles = Cycles(
            storage=storage,
            gate=gate,
            standing=self.standing,
            on_decided=lambda: self.slot.on_decided(),  # noqa: PLW0108  it is wired next
            now=now,
        )
        self.slot = SlotWorker(
            storage=storage,
            shopper=shopper,
            desk=AttemptDesk(storage=storage, look=look, orders=shopper, gate=gate, standing=self.standing, now=now),
            cycles=self.cycles,
            limits=limits,
            now=now,
        )
        self.watchlist = Watchlist(storage=storage, call_off=self.slot.call_off, now=now)
        gate.on_shut(self.slot.cut_short)
