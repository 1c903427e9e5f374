"""Refuses what the bot sends too fast, as Telegram does.

What is known of Telegram's rules, and how surely:
  * One chat takes about one message a second. "We may allow short bursts that go over this limit, but eventually you'll
    begin receiving 429 errors" (Telegram's FAQ for bots). How many a short burst holds is told nowhere.
  * A group takes at most 20 messages a minute (FAQ); nothing is said of bursts over that.
  * Edits and new messages share these limits (Telegram's developers, in issues 2592 and 3034 of tdlib/td), answers to
    a pressed button have none (issue 648 of tdlib/telegram-bot-api).
  * All chats together take about 30 messages a second (FAQ).
  * Beyond that nothing is promised: the rules differ by chat and by message, and change.
"""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.chat_model import Limits, too_many


@dataclass(slots=True)
class _Chat:
    """What one chat has taken. It has as many places as a burst holds, and wins them back one by one."""

    #: Places that are taken, as of `counted_at`.
    taken: float = 0.0
    counted_at: float = 0.0
    minute: deque[float] = field(default_factory=deque)
    #: Until then it was told to wait.
    closed_until: float = 0.0


class FloodControl:
    """Counts what was sent and refuses what comes too fast."""

    def __init__(self, *, now: Callable[[], float]) -> None:
        self._now = now
        self._chats: dict[int, _Chat] = defaultdict(_Chat)
        self._second: deque[float] = deque()

    def check(self, limits: Limits, chat_id: int) -> None:
        """Count one sending.

        Raises:
            Refused: it is one too many, or comes before the end of the wait that was told; it does not count.
        """
        now, chat = self._now(), self._chats[chat_id]
        wait = max(chat.closed_until - now, self._wait(limits, chat_id, now))
        if wait > 0:
            refusal = too_many(wait)
            chat.closed_until = max(chat.closed_until, now + refusal.parameters["retry_after"])
            raise refusal
        chat.taken += 1
        chat.minute.append(now)
        self._second.append(now)

    def _wait(self, limits: Limits, chat_id: int, now: float) -> float:
        chat, waits = self._chats[chat_id], [0.0]
        if limits.per_chat_per_second is not None:
            won_back = (now - chat.counted_at) * limits.per_chat_per_second
            chat.taken, chat.counted_at = max(0.0, chat.taken - won_back), now
            waits.append((chat.taken + 1 - limits.per_chat_burst) / limits.per_chat_per_second)
        if limits.per_group_per_minute is not None and chat_id < 0:
            waits.append(_wait_for_place(chat.minute, limits.per_group_per_minute, 60.0, now))
        if limits.overall_per_second is not None:
            waits.append(_wait_for_place(self._second, limits.overall_per_second, 1.0, now))
        return max(waits)


def _wait_for_place(sent: deque[float], most: int, period: float, now: float) -> float:
    while sent and sent[0] <= now - period:
        sent.popleft()
    return sent[0] + period - now if len(sent) >= most else 0.0
