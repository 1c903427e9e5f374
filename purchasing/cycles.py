"""A cycle: gather what stands, decide purely, apply it in one transaction with one event."""

from collections.abc import Callable

from config.clock import Now
from monitor.model import Snapshot
from purchasing.drill import close_drill, join_drill
from purchasing.rules.decide import decide, decide_on_free_slot
from purchasing.slot.emergency_stop import Gate
from purchasing.standing import StandingReader
from purchasing.storage.unit_of_work import Storage, UnitOfWork


class Cycles:
    """Decides what each snapshot means, and who follows on a freed slot. What it decided is on disk when it returns."""

    def __init__(
        self,
        *,
        storage: Storage,
        gate: Gate,
        standing: StandingReader,
        on_decided: Callable[[], None],
        now: Now,
    ) -> None:
        self._storage = storage
        self._gate = gate
        self._standing = standing
        self._on_decided = on_decided
        self._now = now
        self._whole_stock = True

    async def take(self, snapshot: Snapshot) -> None:
        """Decide what a cycle means and write it: one transaction, one event."""
        at, gate_shut = self._now(), self._gate.shut

        def work(unit: UnitOfWork) -> None:
            standing = self._standing.read(unit, gate_shut=gate_shut, at=at)
            news = join_drill(snapshot, standing, at=at)
            decision = decide(news, standing, at=at)
            unit.cycles.commit(news, decision, standing, at=at, whole_stock=self._whole_stock)
            close_drill(unit, decision, standing, at=at)

        await self._storage.write(work)
        self._whole_stock = False
        self._on_decided()

    async def follow(self) -> None:
        """Start what is next on the last readings, without asking the shop."""
        at, gate_shut = self._now(), self._gate.shut

        def work(unit: UnitOfWork) -> None:
            standing = self._standing.read(unit, gate_shut=gate_shut, at=at)
            unit.cycles.commit_follow(decide_on_free_slot(standing, at=at), standing, at=at)

        await self._storage.write(work)
