"""How many requests the shop gets in a minute. Pure: it is told the time, on one monotonic clock.

A request counts from its beginning until a minute after its end, so that the shop, which sees it somewhere in between,
never sees more in any minute than it may, however long each is on its way.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from monitor.errors import Passing

MINUTE = timedelta(seconds=60)
#: Looks at new products take no more than this part of the budget from the cycles, and neither do looks at pages.
PART_OF_OTHERS = 1 / 3
#: Whoever waits for room for one that goes another way asks for it again before that.
ASKED_AGAIN_WITHIN = timedelta(seconds=15)
#: Room where nothing is set.
_ENDLESS = 10**9


class OverBudget(Passing):
    """The owner's budget allows no further request now."""

    def __init__(self) -> None:
        super().__init__("the budget of this minute is used up")


class RequestBudget:
    """At most `per_minute` requests in any minute, of those that ask for room; the urgent ones count and need none."""

    def __init__(self, per_minute: int | None, *, monotonic: Callable[[], float]) -> None:
        self.per_minute = per_minute
        #: So many are waited for by whoever looks at single products.
        self._looks_wanted = 0
        #: Until when one more is waited for, that goes another way: whoever waits for it asks again before.
        self._take_wanted_until = float("-inf")
        #: Before that none is allowed again, so that a page that fails again and again leaves most to the cycles.
        self._next_take = float("-inf")
        self._monotonic = monotonic
        self._under_way = 0
        #: When each of the others ended, the oldest first.
        self._ended: deque[float] = deque()

    @property
    def room(self) -> int:
        """So many requests may be begun now; less than none where urgent ones went beyond."""
        if self.per_minute is None:
            return _ENDLESS
        self._forget()
        return self.per_minute - self._under_way - len(self._ended)

    @property
    def wanted(self) -> int:
        """So many are waited for by others than cycles, which would take all that becomes free and leave them room."""
        return self._looks_wanted + (self._monotonic() < self._take_wanted_until)

    @property
    def room_of_cycles(self) -> int:
        return self.room - self.wanted

    def want(self, calls: int) -> None:
        """Whoever looks at single products waits for so many from now on."""
        self._looks_wanted = 0 if self.per_minute is None else self.fitting(calls)

    def fitting(self, calls: int) -> int:
        """No more of these than may ever be begun at once."""
        return calls if self.per_minute is None else min(calls, self.per_minute)

    def wait(self, calls: int = 1) -> timedelta:
        """Until so many may be begun at once, if nothing else is begun until then."""
        missing = self.fitting(calls) - self.room
        if missing <= 0:
            return timedelta(0)
        if missing > len(self._ended):  # it depends on what is under way, which may end at any time
            return MINUTE
        return timedelta(seconds=self._ended[missing - 1] - self._monotonic()) + MINUTE

    def note(self) -> None:
        """One that went another way, which nobody refuses."""
        if self.per_minute is not None:
            self._ended.append(self._monotonic())

    def take(self) -> bool:
        """Note one that goes another way, where there is room for it; else cycles leave it room for a while.

        No more of these than their part of the budget.
        """
        if self.per_minute is None:
            return True
        at, has_room = self._monotonic(), self.room > 0
        if at < self._next_take:
            return False
        if has_room:
            self.note()
            self._next_take = at + MINUTE.total_seconds() / self.per_minute / PART_OF_OTHERS
        self._take_wanted_until = float("-inf") if has_room else at + ASKED_AGAIN_WITHIN.total_seconds()
        return has_room

    def assume_used(self, *, since: timedelta | None) -> None:
        """All of it was used so long ago, if ever: what came before a restart is not known."""
        if self.per_minute is not None and since is not None and since < MINUTE:
            self._ended.extend([self._monotonic() - max(0.0, since.total_seconds())] * self.per_minute)

    def permit(self, calls: int, *, urgent: bool = False) -> "Permit":
        """The right to begin so many, for which there must be room unless they are urgent; they count at once."""
        self._under_way += calls
        return Permit(self, held=calls, urgent=urgent)

    def begin(self) -> None:
        self._under_way += 1

    def end(self) -> None:
        self._under_way -= 1
        self.note()

    def give_back(self, calls: int) -> None:
        """So many that were counted are never made."""
        self._under_way -= calls

    def _forget(self) -> None:
        past = self._monotonic() - MINUTE.total_seconds()
        while self._ended and self._ended[0] <= past:
            self._ended.popleft()


class Permit:
    """The right to ask. What it takes beyond what it holds needs room, unless it is urgent."""

    def __init__(self, budget: RequestBudget, *, held: int, urgent: bool) -> None:
        self._budget = budget
        self._held = held
        self._urgent = urgent

    @property
    def has_room(self) -> bool:
        """Whether one more would be allowed."""
        return self._urgent or self._held > 0 or self._budget.room > 0

    @contextmanager
    def request(self) -> Iterator[Callable[[], None]]:
        """Around one request. What it yields is called before each further one to which the shop sends us on.

        Raises:
            OverBudget: there is no room for it; by what is yielded, too.
        """
        begun = 0

        def begin() -> None:
            nonlocal begun
            # Where a page takes two requests and the budget is one, it could never be read.
            self._begin(needs_room=not begun or self._budget.fitting(2) > 1)
            begun += 1

        begin()
        try:
            yield begin
        finally:
            for _ in range(begun):
                self._budget.end()

    def _begin(self, *, needs_room: bool) -> None:
        if self._held > 0:
            self._held -= 1
        elif self.has_room or not needs_room:
            self._budget.begin()
        else:
            raise OverBudget

    def close(self) -> None:
        """What was not used is free again."""
        self._budget.give_back(self._held)
        self._held = 0
