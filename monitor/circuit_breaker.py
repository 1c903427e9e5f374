"""When to stop asking and when to try again.

| circuit | the cycle                    | then                                                       |
|---------|------------------------------|------------------------------------------------------------|
| closed  | nothing asked                | as it was                                                  |
| closed  | a certain reading            | closed, nothing counted                                    |
| closed  | failed                       | closed, one more counted; open when there are enough       |
| closed  | a wall in any call           | open                                                       |
| closed  | asked to wait for long       | open                                                       |
| open    | the probe read something     | closed, nothing counted                                    |
| open    | the probe failed or a wall   | open again, for twice as long                              |

In either state the time that the shop asks us to wait is waited; throttled without one, half a pause for each failure.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import Circuit, CircuitState, ShopAnswer, Trouble

LONGEST_PAUSE = timedelta(minutes=15)
#: No wait that the shop asks for is honoured for longer, so that none is stored either.
LONGEST_WAIT = timedelta(hours=24)
#: By how much a clock is set back as a matter of course.
CLOCK_STEP = timedelta(hours=1)
#: Whoever has seen nothing certain for longer than this is blind, whatever the cause, and that is told.
BLIND_AFTER = timedelta(seconds=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerSettings:
    #: Failed cycles in a row that open the circuit.
    failures: int = 3
    #: The first pause; each further one is twice as long, up to LONGEST_PAUSE.
    pause: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingOutcome:
    """How the asking of a cycle went, for the circuit: `failed` as in the snapshot, and the worst of its troubles."""

    failed: str | None = None
    troubles: frozenset[Trouble] = frozenset()
    #: The longest that the shop asked us to wait.
    retry_after: timedelta | None = None

    @property
    def walled(self) -> bool:
        return Trouble.WALLED in self.troubles

    @property
    def blinds(self) -> bool:
        """The shop asked us to wait for so long that what is known grows old."""
        return self.retry_after is not None and self.retry_after > BLIND_AFTER


#: What to tell the owner of, the gravest first.
_GRAVITY = (
    Trouble.WALLED,
    Trouble.KEY_REFUSED,
    Trouble.RETIRED,
    Trouble.THROTTLED,
    Trouble.PASSING,
    Trouble.UNREADABLE,
)


def sum_up(answer: ShopAnswer) -> AskingOutcome:
    """How asking for these went; nothing certain among them is a failure, whatever the reason."""
    gravest = min(answer.troubles, key=lambda one: _GRAVITY.index(one.trouble), default=None)
    reasons = (reading.trouble for reading in answer.readings.values() if reading.trouble is not None)
    why = gravest.message if gravest is not None else next(reasons, "nothing certain in the answer")
    return AskingOutcome(
        failed=None if any(reading.is_certain for reading in answer.readings.values()) else why,
        troubles=frozenset(one.trouble for one in answer.troubles),
        retry_after=max((one.retry_after for one in answer.troubles if one.retry_after is not None), default=None),
    )


def after_cycle(circuit: Circuit, outcome: AskingOutcome, settings: BreakerSettings, *, at: datetime) -> Circuit:
    """Where the circuit stands after a cycle that asked for something; `at` is the time of its last answer."""
    if outcome.failed is None and not outcome.walled and not outcome.blinds:
        return Circuit(open_until=_held_until(outcome, 1, settings, at=at))
    failures = circuit.failures_in_a_row + 1
    opens = outcome.walled or outcome.blinds or failures >= settings.failures
    if circuit.state is CircuitState.OPEN or opens:
        return _opened(circuit, outcome, settings, at=at)
    held_until = _held_until(outcome, failures, settings, at=at)
    return replace(circuit, failures_in_a_row=failures, open_until=held_until, why=outcome.failed)


def _opened(circuit: Circuit, outcome: AskingOutcome, settings: BreakerSettings, *, at: datetime) -> Circuit:
    pause = circuit.pause or settings.pause
    return Circuit(
        state=CircuitState.OPEN,
        failures_in_a_row=circuit.failures_in_a_row + 1,
        open_until=at + max(pause, outcome.retry_after or pause),
        blind_since=circuit.blind_since or at,
        pause=max(settings.pause, min(pause * 2, LONGEST_PAUSE)),
        why=outcome.failed or ("the bot wall" if outcome.walled else "the shop asks us to wait"),
    )


def _held_until(outcome: AskingOutcome, failures: int, settings: BreakerSettings, *, at: datetime) -> datetime | None:
    if outcome.retry_after is not None:
        return at + outcome.retry_after
    return at + settings.pause / 2 * failures if Trouble.THROTTLED in outcome.troubles else None


def rests_until(circuit: Circuit, *, at: datetime) -> datetime | None:
    """Until when nothing may be asked; None where asking is allowed, be it by one probe."""
    if circuit.open_until is None or at >= circuit.open_until:
        return None
    began_ahead = circuit.blind_since is not None and at < circuit.blind_since
    if began_ahead or circuit.open_until - at > LONGEST_WAIT + CLOCK_STEP:
        # The clock was set back, and the stored time says nothing any more: a probe finds out.
        return None
    return circuit.open_until
