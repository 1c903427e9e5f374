"""What waits for one chat, and what of it leaves next. The outbox gives the time and does the sending."""

from dataclasses import dataclass, field

from bot.telegram.model import Message
from bot.telegram.rate_limits import ROUND_GAP_S, ChatLimits, idle_gap
from bot.text.draft import Rank

#: Pauses while Telegram can't be reached; the last one repeats.
PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
#: A little more than the wait that Telegram asks for, so that the next try does not come on its very end.
FLOOD_MARGIN_S = 0.1

#: What may wait, as the next of its kind makes it needless.
_NEWEST_WINS = frozenset({Rank.ROUND, Rank.BOARD})
#: What an alert is drafted as.
_ALERTS = frozenset({Rank.ALERT, Rank.ROUND})


@dataclass(slots=True)
class Lane:
    """One message leaves at a time, so that order is kept and two edits never race. All on one monotonic clock."""

    chat: int
    limits: ChatLimits
    waiting: dict[int, Message] = field(default_factory=dict)
    blocked_until: float = 0.0
    failures: int = 0
    #: From when on something of this rank may leave again, where newer wins and there is time.
    idle_until: dict[Rank, float] = field(default_factory=dict)
    #: When the alerts that were lately edited may tell of a further round of practice.
    round_at: dict[int, float] = field(default_factory=dict)
    #: Nothing newer comes, so that nothing waits for it.
    is_ending: bool = False
    #: A message is on its way.
    is_sending: bool = False

    # ---- what leaves next

    def free_ranks(self, now: float) -> frozenset[Rank]:
        """A new message of these would leave at once: nothing is on its way or more urgent, and nothing holds it."""
        if self.is_sending or now < self.blocked_until:
            return frozenset()
        first = self.first(now)
        urgent = [rank for rank in Rank if first is None or rank < first.rank]
        held = {Rank.ROUND} | {rank for rank, until in self.idle_until.items() if now < until}
        return frozenset(rank for rank in urgent if rank not in held and self.limits.wait(now, rank) <= 0)

    def first(self, now: float) -> Message | None:
        """What should leave next: by rank, then in the order of planning, of what is due."""
        due = [one for one in self.waiting.values() if self._due_at(one) <= now]
        return min(due, key=lambda one: (one.rank, one.id), default=None)

    def _due_at(self, message: Message) -> float:
        """Boards and rounds of practice wait for what is newer, which takes their place."""
        if self.is_ending or message.rank not in _NEWEST_WINS:
            return 0.0
        own = self.round_at.get(message.id, 0.0) if message.rank is Rank.ROUND else 0.0
        return max(own, self.idle_until.get(message.rank, 0.0))

    def is_ready(self, now: float) -> bool:
        """Whether something would leave as soon as there is a place for it among all chats."""
        return not self.is_sending and bool(self.first(now)) and self.wait(now) <= 0

    def urgency(self, now: float) -> Rank:
        first = self.first(now)
        return Rank.BOARD if first is None else first.rank

    def wait(self, now: float) -> float:
        """Seconds until something may leave."""
        first = self.first(now)
        if first is None:
            return max(0.0, min((self._due_at(one) - now for one in self.waiting.values()), default=0.0))
        return max(self.blocked_until - now, self.limits.wait(now, first.rank), 0.0)

    # ---- what happened

    def take(self, message: Message, now: float) -> None:
        """It leaves."""
        del self.waiting[message.id]
        self.limits.note(now, message.rank)
        if message.rank in _NEWEST_WINS:
            self.idle_until[message.rank] = now + idle_gap(self.chat)
        if message.draft.rank in _ALERTS:
            self.round_at = {alert: at for alert, at in self.round_at.items() if at > now}
            self.round_at[message.id] = now + ROUND_GAP_S
        self.is_sending = True

    def note_answer(self, now: float) -> None:
        """Telegram answered, in whichever way, or nobody did."""
        self.limits.note_answer(now)

    def note_flood(self, seconds: float, now: float) -> None:
        """Telegram wants nothing more for this chat for so long, and had no patience with a burst."""
        self.blocked_until = now + seconds + FLOOD_MARGIN_S
        self.limits.note_refusal(now, wait=seconds)

    def note_failure(self, now: float) -> None:
        """Telegram itself does badly, not only this chat."""
        self.blocked_until = now + PAUSES_S[min(self.failures, len(PAUSES_S) - 1)]
        self.failures += 1


def lane_for(chat: int) -> Lane:
    return Lane(chat=chat, limits=ChatLimits(chat))
