"""How fast messages may leave: a little inside Telegram's limits, so far as these are known.

Telegram's FAQ for bots tells of about one message a second in a chat, over which "short bursts" may go, of 20 a minute
in a group, and of about 30 a second in all; its developers say that edits count as messages do. How long a short burst
is, nobody tells. The margins are for the way, on which two messages may come nearer to each other.
"""

from collections import deque
from dataclasses import dataclass, field

from bot.text.draft import Rank

#: Seconds in which a chat takes one more message.
GAP_S = 1.05
#: Places beyond the first that a chat has after a rest: so many more leave at once.
BURST = 3
#: How long a refusal closes the burst, at first and at most; each that follows doubles it.
FIRST_CLOSURE_S, LONGEST_CLOSURE_S = 60.0, 3600.0
#: Places are won back as fractions: so much less is still a whole one.
_ROUNDING = 1e-6


@dataclass(slots=True)
class SendWindow:
    """At most `limit` in any `period` seconds. All on one monotonic clock."""

    limit: int
    period: float
    _sent: deque[float] = field(default_factory=deque)

    def wait(self, now: float, *, spare: int = 0) -> float:
        """Seconds until one more may leave, with `spare` places kept free for what matters more."""
        while self._sent and self._sent[0] <= now - self.period:
            self._sent.popleft()
        usable = max(1, self.limit - spare)
        if len(self._sent) < usable:
            return 0.0
        return max(0.0, self._sent[len(self._sent) - usable] + self.period - now)

    def note(self, now: float) -> None:
        """One leaves."""
        self._sent.append(now)

    def note_answer(self, now: float) -> None:
        """The last one was answered: it counts from now on, as nobody knows how long it was on its way."""
        if self._sent:
            self._sent[-1] = now


@dataclass(slots=True)
class BurstBucket:
    """The places of one chat: each that is taken comes back after `GAP_S`.

    Who may burst takes whichever is free. Whatever else leaves only when all are, so that the burst stands ready at any
    time. A refusal closes the burst: one place is left, for everybody, until it opens again.
    """

    _places: float = BURST + 1.0
    _counted_at: float = 0.0
    _closed_until: float = float("-inf")
    _closure_s: float = 0.0

    def wait(self, now: float, *, may_burst: bool) -> float:
        """Seconds until one may leave."""
        self._win_back(now)
        missing = (1.0 if may_burst else self._capacity(now)) - self._places
        return missing * GAP_S if missing > _ROUNDING else 0.0

    def note(self, now: float) -> None:
        """One leaves."""
        self._win_back(now)
        self._places -= 1.0

    def note_answer(self, now: float) -> None:
        """The last one was answered: nothing was won back while it was on its way, as nobody knows for how long."""
        self._counted_at = now

    def note_refusal(self, now: float, *, wait: float) -> None:
        """Telegram wants nothing for so long: it took the burst, or all else, for too much."""
        again = now < self._closed_until + LONGEST_CLOSURE_S
        self._closure_s = min(2 * self._closure_s, LONGEST_CLOSURE_S) if again else FIRST_CLOSURE_S
        self._closed_until = now + wait + self._closure_s

    def _capacity(self, now: float) -> float:
        return 1.0 if now < self._closed_until else BURST + 1.0

    def _win_back(self, now: float) -> None:
        self._places = min(self._capacity(now), self._places + (now - self._counted_at) / GAP_S)
        self._counted_at = now


#: In a group, 11 messages that matter find their places within 25 s, whatever was edited before: not more than
#: `OTHERS - FOR_REPLIES` edits left in the last 37 s, and all that left before is forgotten 24 s later.
GROUP_LIMIT, GROUP_PERIOD_S = 19, 61.0
OTHERS, OTHERS_PERIOD_S = 11, 37.0
#: Of the places of others, edits and boards leave so many to replies.
FOR_REPLIES = 3
#: Of a group's minute, others leave so many places to what matters, however much is asked and answered.
FOR_WHAT_MATTERS = 4


class ChatLimits:
    """What one chat takes, and of what rank. All on one monotonic clock."""

    def __init__(self, chat: int) -> None:
        self._burst = BurstBucket()
        self._minute = SendWindow(limit=GROUP_LIMIT, period=GROUP_PERIOD_S) if is_group(chat) else None
        self._others = SendWindow(limit=OTHERS, period=OTHERS_PERIOD_S)
        self._last_matters = False

    def wait(self, now: float, rank: Rank) -> float:
        """Seconds until a message of this rank may leave."""
        matters = may_burst(rank)
        gap = self._burst.wait(now, may_burst=matters)
        if self._minute is None:
            return gap
        if matters:
            return max(gap, self._minute.wait(now))
        spare = 0 if rank <= Rank.REPLY else FOR_REPLIES
        others = self._others.wait(now, spare=spare)
        return max(gap, others, self._minute.wait(now, spare=FOR_WHAT_MATTERS))

    def note(self, now: float, rank: Rank) -> None:
        """One leaves."""
        self._last_matters = may_burst(rank)
        self._burst.note(now)
        for window in self._windows():
            window.note(now)

    def note_answer(self, now: float) -> None:
        """The last one was answered: it counts from now on, as nobody knows how long it was on its way."""
        self._burst.note_answer(now)
        for window in self._windows():
            window.note_answer(now)

    def note_refusal(self, now: float, *, wait: float) -> None:
        """Telegram wants nothing for so long."""
        self._burst.note_refusal(now, wait=wait)

    def _windows(self) -> list[SendWindow]:
        """Those in which the last message counts."""
        if self._minute is None:
            return []
        return [self._minute] if self._last_matters else [self._minute, self._others]


def may_burst(rank: Rank) -> bool:
    """Stops, what else a person must know, and alerts that nobody has seen."""
    return rank <= Rank.ALERT


def overall_window() -> SendWindow:
    return SendWindow(limit=28, period=1.05)


def is_group(chat: int) -> bool:
    """Groups have negative ids."""
    return chat < 0


#: An alert is not edited for a further round of practice before it has stood for so long.
ROUND_GAP_S = 30.0


def idle_gap(chat: int) -> float:
    """Seconds between two edits of a chat's board, and between two that tell of rounds of practice.

    The two together fit into what a group has for edits, so that neither crowds the other out.
    """
    return 10.0 if is_group(chat) else 5.0
