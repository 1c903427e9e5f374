"""Answers to presses: a button's clock stops within a second, with what came of it where that is known by then."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from bot.background import BackgroundQueue
from bot.telegram.api import TelegramApi
from bot.telegram.model import Effect, Plan, Toast
from bot.text.draft import Draft

#: Who pressed a button waits so long for what comes of it; later it is told in a message.
KNOWN_WITHIN = timedelta(seconds=1)
#: What is to be said is on its way to the disk for no longer than this.
SAID_WITHIN = timedelta(seconds=10)


class PressAnswers:
    """Kept in memory alone: a press can be answered for some seconds, and losing its answer costs nothing."""

    def __init__(self, *, api: TelegramApi, background: BackgroundQueue) -> None:
        self._api = api
        self._background = background
        #: The presses that wait for their answer, each with what ends its waiting.
        self._held: dict[str, asyncio.TimerHandle] = {}

    def hold(self, press: str) -> None:
        """Let who pressed it wait for what comes of it."""
        self._wait(press, KNOWN_WITHIN)

    def let_go(self, press: str) -> None:
        """Stop the clock of its button without a word."""
        self._answer(Toast(press=press))

    def choose(self, plan: Plan) -> tuple[Plan, list[Toast]]:
        """What is to be written, and what is to be said once it is: messages take the place of what comes too late."""
        written: list[Draft | Effect] = []
        toasts: list[Toast] = []
        for part in plan:
            if not isinstance(part, Toast):
                written.append(part)
            elif part.press in self._held:
                self._wait(part.press, SAID_WITHIN)
                toasts.append(part)
            else:
                written += part.otherwise
        return written, toasts

    def say(self, toasts: Iterable[Toast]) -> None:
        for toast in toasts:
            self._answer(toast)

    def say_meanwhile(self, press: str, text: str) -> None:
        """Stop the clock of its button with these words, if it still runs: what comes of it takes a while."""
        if press in self._held:
            self._answer(Toast(press=press, text=text))

    def show_sending_picture(self, chat: int, thread: int | None) -> None:
        """The same for who wrote a command: the chat says that a picture is on its way."""
        self._background.put(partial(self._api.show_sending_picture, chat, thread=thread))

    def _wait(self, press: str, longest: timedelta) -> None:
        self._forget(press)
        self._held[press] = asyncio.get_running_loop().call_later(longest.total_seconds(), self.let_go, press)

    def _answer(self, toast: Toast) -> None:
        self._forget(toast.press)
        self._background.put(partial(self._api.answer_press, toast.press, toast.text, alert=toast.alert))

    def _forget(self, press: str) -> None:
        if (timer := self._held.pop(press, None)) is not None:
            timer.cancel()
