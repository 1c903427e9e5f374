"""What a person may steer, wired together. The watch list is the coordinator's."""

from collections.abc import Collection
from random import Random

from config.clock import Now
from config.products import Mode
from purchasing.control.approvals import Approvals
from purchasing.control.attempts import AttemptControl
from purchasing.control.audits import Audits
from purchasing.control.confirmation import Confirmation
from purchasing.control.drill import Drill
from purchasing.control.mode import ModeSwitch, WhyNotLive
from purchasing.control.offers import Offers
from purchasing.control.pause import Pauses
from purchasing.control.queue import CommandQueue
from purchasing.control.stop import EmergencyStop
from purchasing.slot.emergency_stop import Gate
from purchasing.slot.worker import SlotWorker
from purchasing.storage.unit_of_work import Storage


class Steering:
    """The parts by name. Each of them finishes a command in the transaction of its effect."""

    def __init__(
        self,
        *,
        storage: Storage,
        gate: Gate,
        modes: Collection[Mode],
        slot: SlotWorker,
        now: Now,
        rng: Random,
        why_not_live: WhyNotLive = lambda: None,
    ) -> None:
        """`why_not_live` is asked before `live` is chosen and again when that is confirmed."""
        confirmation = Confirmation(storage=storage, now=now, rng=rng)
        self.queue = CommandQueue(storage=storage, now=now)
        self.offers = Offers(storage=storage, now=now, rng=rng)
        self.emergency_stop = EmergencyStop(storage=storage, gate=gate, confirmation=confirmation, now=now)
        self.mode = ModeSwitch(
            storage=storage, modes=modes, confirmation=confirmation, now=now, why_not_live=why_not_live
        )
        self.pauses = Pauses(storage=storage, now=now)
        self.approvals = Approvals(
            storage=storage, gate=gate, on_answered=slot.on_answered, call_off=slot.call_off, now=now
        )
        self.attempt = AttemptControl(storage=storage, slot=slot, now=now)
        self.audits = Audits(storage=storage, queue=self.queue, now=now)
        self.drill = Drill(storage=storage, now=now)
