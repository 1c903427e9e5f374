"""How the practice chat misbehaves."""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.chat_model import Refused, too_many


class CutOff(Exception):
    """The connection is cut instead of an answer; `silent` leaves it hanging."""

    def __init__(self, *, silent: bool = False) -> None:
        super().__init__("the practice chat lost this call")
        self.silent = silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """How an answer is lost."""

    #: The method was done, and the bot does not learn of it; else it was not.
    done: bool
    #: The bot is left waiting; else its connection is cut.
    silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongAnswer:
    """What is answered in place of an answer, whatever it is; the method is not done."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Flood:
    """Ends at a loop time, or after so many refusals."""

    until: float | None
    calls: int | None
    retry_after: float

    def refusal(self, now: float) -> Refused | None:
        if self.until is not None:
            return too_many(self.until - now) if now < self.until else None
        self.calls = (self.calls or 0) - 1
        return too_many(self.retry_after) if self.calls >= 0 else None


class ChatFaults:
    """What goes wrong, until it is put right. Flip the attributes and call the methods at any time."""

    def __init__(self, *, now: Callable[[], float], on_change: Callable[[], None]) -> None:
        self._now = now
        self.on_change = on_change
        self._reset()

    def _reset(self) -> None:
        self._down = False
        self._token_refused = False
        #: Seconds that every call takes before anything is done.
        self.slow: float = 0
        #: Every call is answered 502 with an HTML page, as a gateway does.
        self.bad_gateway = False
        self._losses: dict[str, deque[Loss]] = defaultdict(deque)
        #: By method: status, headers and bodies that stand in the place of answers.
        self._answers: dict[str, deque[WrongAnswer]] = defaultdict(deque)
        #: By chat, for all chats, or by method.
        self._floods: dict[int | str | None, _Flood] = {}

    def clear(self) -> None:
        """All is well again."""
        self._reset()
        self.on_change()

    @property
    def down(self) -> bool:
        """Every connection is cut, also of those who wait for updates."""
        return self._down

    @down.setter
    def down(self, value: bool) -> None:
        self._down = value
        self.on_change()

    @property
    def token_refused(self) -> bool:
        """Every call is answered 401, also of those who wait for updates."""
        return self._token_refused

    @token_refused.setter
    def token_refused(self, value: bool) -> None:
        self._token_refused = value
        self.on_change()

    def lose_before(self, method: str, *, calls: int = 1, silent: bool = False) -> None:
        """Cut the next calls of this method off without doing them; `silent` leaves them hanging instead."""
        self._losses[method.lower()].extend([Loss(done=False, silent=silent)] * calls)

    def lose_after(self, method: str, *, calls: int = 1, silent: bool = False) -> None:
        """Do the next calls of this method and lose their answers; `silent` leaves them hanging instead."""
        self._losses[method.lower()].extend([Loss(done=True, silent=silent)] * calls)

    def answer_wrongly(self, method: str, body: bytes, *, calls: int = 1, status: int = 200, **headers: str) -> None:
        """Answer the next calls of this method with this body without doing them; `_` in a header's name is `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._answers[method.lower()].extend([WrongAnswer(body=body, status=status, headers=named)] * calls)

    def flood(
        self, chat_id: int | None, *, seconds: float | None = None, calls: int | None = None, retry_after: float = 1
    ) -> None:
        """Refuse with 429 what goes to this chat (None: to any), for so many seconds or for the next calls."""
        until = None if seconds is None else self._now() + seconds
        self._floods[chat_id] = _Flood(until, 1 if calls is None else calls, retry_after)

    def flood_method(self, method: str, *, calls: int = 1, retry_after: float = 1) -> None:
        """Refuse the next calls of this method with 429, also of those that send nothing."""
        self._floods[method.lower()] = _Flood(None, calls, retry_after)

    @property
    def flooded(self) -> bool:
        """Whether what goes to any chat is refused with 429, until some time."""
        flood = self._floods.get(None)
        return flood is not None and flood.until is not None and self._now() < flood.until

    def check_line(self) -> None:
        """Raise what befalls every call now: `CutOff` or a refusal."""
        if self._down:
            raise CutOff
        if self.bad_gateway:
            raise Refused(502, "Bad Gateway")
        if self._token_refused:
            raise Refused(401, "Unauthorized")

    def take_loss(self, method: str) -> Loss | None:
        """How this call's answer is lost, if it is."""
        losses = self._losses[method.lower()]
        return losses.popleft() if losses else None

    def take_answer(self, method: str) -> WrongAnswer | None:
        """What is answered in place of this call's answer, if anything is."""
        answers = self._answers[method.lower()]
        return answers.popleft() if answers else None

    def check_flood(self, chat_id: int | None) -> None:
        for key in {chat_id, None}:
            self._check(key)

    def check_method(self, method: str) -> None:
        self._check(method.lower())

    def _check(self, key: int | str | None) -> None:
        refusal = self._floods[key].refusal(self._now()) if key in self._floods else None
        if refusal:
            raise refusal
