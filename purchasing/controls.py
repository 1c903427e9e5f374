"""What steers the whole, as it is stored from one moment to the next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from config.products import Mode
from monitor.model import Circuit, CircuitState

#: How long the code of the first answer holds.
CODE_HOLDS = timedelta(seconds=60)


class Blindness(msgspec.Struct, frozen=True, kw_only=True):
    """A time without a check that succeeded, of which people were told; it ends with the next that does."""

    since: datetime
    why: str | None


class Slowness(msgspec.Struct, frozen=True, kw_only=True):
    """Cycles that took too long one after the other."""

    #: When the first of them began.
    since: datetime
    #: So many in a row; no longer counted once people were told.
    slow: int
    #: So many in a row have been quick since people were told.
    quick: int = 0
    is_told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What whoever decides or tells must know, as it stands at a time."""

    mode: Mode
    #: Why nothing may be bought, since the owner said so; None while buying is armed.
    stopped: str | None
    paused_until: datetime | None
    paused: bool
    circuit: Circuit
    #: Whatever its cause; the circuit is one.
    blindness: Blindness | None = None
    #: Why the owner's session at the shop was found to have lapsed; None while it is good, or was never looked at.
    signed_out: str | None = None
    #: Since when checks take longer than they should, where people were told of it.
    slow_since: datetime | None = None

    @property
    def blind_since(self) -> datetime | None:
        return self.circuit.blind_since if self.blindness is None else self.blindness.since

    @property
    def blind_why(self) -> str | None:
        """Why nothing is seen, as far as it is known now."""
        if self.circuit.state is CircuitState.OPEN or self.blindness is None:
            return self.circuit.why
        return self.blindness.why


@dataclass(frozen=True, slots=True, kw_only=True)
class GateMark:
    """Another one after every stop that was heard, and after every start."""

    life: int = 0
    stops: int = 0
    #: The last `seq` known to be on disk when the last stop was heard.
    heard_after: int | None = None


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """The owner paused all watching; for ever where no time is told."""

    until: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.until is None or at < self.until


#: A product that the shop has not known for so long is put to rest.
DELISTED_AFTER = timedelta(hours=24)
#: It is asked for no more often than this then, until the shop knows it again.
REST_EVERY = timedelta(minutes=10)
REST_WORDS = f"{REST_EVERY // timedelta(minutes=1)} minutes"


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """What the last check of a product told beside its stock: why nothing certain, or where else it is in stock."""

    #: In plain words.
    why: str
    #: False where it is in stock on another channel than the wanted one, of which the stock is known.
    unread: bool
    #: The cycle in which it began.
    cycle: int = 0
    #: People were told that nothing certain comes of it.
    is_told: bool = False
    #: Since when the shop has known no such product; None where it said another thing last.
    unlisted_since: datetime | None = None
    #: It was put to rest for that, which was told.
    is_resting: bool = False

    @property
    def words(self) -> str:
        """The reason, and what follows from it."""
        if not self.is_resting:
            return self.why
        return f"{self.why}, and that for long, so that it is asked for every {REST_WORDS} until Target knows it"


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """`what` is to be said again by the same person, with `code`, before `expires_at`."""

    what: str
    #: The person's id.
    by: str
    code: str
    expires_at: datetime
    #: The last time in the journal, where the first answer named it because the clock is behind it.
    ahead: datetime | None = None

    def is_met(self, *, what: str, by: str, code: str | None, at: datetime) -> bool:
        in_time = self.expires_at - CODE_HOLDS <= at <= self.expires_at
        return (self.what, self.by, self.code) == (what, by, code) and in_time


class NotedDowntime(msgspec.Struct, frozen=True, kw_only=True):
    """A time without contact to the people, until what waited through it is dealt with and summed up."""

    since: datetime
    away_s: int
    #: For how long of that nothing was watched.
    down_s: int
    #: The commands that waited.
    keys: tuple[str, ...] = ()


class LookAgain(msgspec.Struct, frozen=True, kw_only=True):
    """When a product whose look told nothing is to be looked at again, and how long it waits for that."""

    at: datetime
    wait_s: float


class SessionState(msgspec.Struct, frozen=True, kw_only=True):
    """What was last found of the owner's session at the shop."""

    #: When it was last good; None where it never was.
    good_at: datetime | None = None
    #: Why it has lapsed since, which was told; None while it is good.
    lapsed: str | None = None


#: What a page told of the cart is believed for so long.
CART_HOLDS = timedelta(hours=1)


class CartState(msgspec.Struct, frozen=True, kw_only=True):
    """What the owner's cart at the shop held when a page last told, of things that are not ours."""

    count: int
    seen_at: datetime

    def things(self, *, at: datetime) -> int:
        """How many are known of at that time."""
        return self.count if at - self.seen_at <= CART_HOLDS else 0
