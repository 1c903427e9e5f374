"""How fast messages may leave: sliding windows a little inside Telegram's limits."""

from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class SendWindow:
    """At most `limit` in any `period` seconds, and `gap` seconds from one to the next. All on one monotonic clock."""

    limit: int
    period: float
    gap: float = 0.0
    _sent: deque[float] = field(default_factory=deque)

    def wait(self, now: float, *, spare: int = 0) -> float:
        """Seconds until one more may leave, with `spare` places kept free for what matters more."""
        while self._sent and self._sent[0] <= now - self.period:
            self._sent.popleft()
        usable = max(1, self.limit - spare)
        after_gap = max(0.0, self._sent[-1] + self.gap - now) if self._sent else 0.0
        if len(self._sent) < usable:
            return after_gap
        return max(after_gap, self._sent[len(self._sent) - usable] + self.period - now)

    def note(self, now: float) -> None:
        """One leaves."""
        self._sent.append(now)

    def note_answer(self, now: float) -> None:
        """The last one was answered: it counts from now on, as nobody knows how long it was on its way."""
        if self._sent:
            self._sent[-1] = now


#: Telegram takes about 30 messages a second in all, one a second in any chat, and 20 a minute in a group.
#: The margins are for the way, on which two messages may come nearer to each other.
def overall_window() -> SendWindow:
    return SendWindow(limit=28, period=1.05)


def chat_window(chat: int) -> SendWindow:
    return SendWindow(limit=19, period=61.0, gap=1.05) if is_group(chat) else SendWindow(limit=1, period=1.05)


def is_group(chat: int) -> bool:
    """Groups have negative ids."""
    return chat < 0


#: Places in a group's minute that boards leave to alerts and replies.
GROUP_SPARE = 8


def board_gap(chat: int) -> float:
    """Seconds between two edits of a chat's board."""
    return 10.0 if is_group(chat) else 5.0
