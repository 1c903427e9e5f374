"""A person's hand in the page of the practice chat: types, taps, and reads what comes."""

import re
from dataclasses import dataclass, field

from playwright.async_api import Locator, Page, expect

#: Of a text that nobody understands: names of columns, values of Python, markup that was not read.
JARGON = re.compile(r"\b[a-z]+_[a-z_]+\b|\bNone\b(?! of)|\bTrue\b|\bFalse\b|</?[a-z]+>|&[a-z]+;")


_PAUSE_MS = 50
_TRIES = 600
#: A note of the page may come before a message or a change.
_TRIES_AFTER_A_TOAST = 30
_NO_TOASTS = "document.querySelectorAll('.toast').forEach((note) => note.remove())"
_SAYS = """one => [...one.querySelectorAll(".words, .key")].map((part) => part.innerText).join("\\n")"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Works in the chat that is open. Whatever comes is looked at: it has to be readable, and to fit."""

    page: Page
    #: The commands that were typed.
    said: set[str] = field(default_factory=set)
    #: By their kind: the buttons that were seen, and those that were pressed.
    seen: set[str] = field(default_factory=set)
    pressed: set[str] = field(default_factory=set)

    async def type(self, words: str, *expected: str) -> Locator:
        """Write it, and give the first message that the bot writes after it and that holds what is expected."""
        self.said.add(words.split(maxsplit=1)[0].removeprefix("/"))
        after = await self.last()
        await self.page.get_by_label("Message", exact=True).fill(words)
        await self.page.keyboard.press("Enter")
        return await self.read(*expected, after=after)

    async def tap(self, word: str, *expected: str) -> Locator:
        """As `type`, by a key below the chat."""
        after = await self.last()
        await self.page.get_by_role("group", name="Keyboard").get_by_role("button", name=word).click()
        return await self.read(*expected, after=after)

    async def reply(self, to: Locator, words: str) -> Locator:
        await to.hover()
        await to.get_by_role("button", name="Reply").click()
        await expect(self.page.locator("#replying-to")).to_be_visible()
        return await self.type(words)

    async def refresh(self, message: Locator, command: str) -> None:
        """Press what draws the message anew, which may look as before."""
        button = message.locator(f'.key[data-key*=" {command}"]', has_text="Refresh")
        self.pressed.add(_kind(await _data(button)))
        await button.click()
        await expect(self.page.locator(".key.busy")).to_have_count(0)
        await self._look_at(await self.number(message))

    async def press(self, message: Locator, command: str, *, label: str = "") -> Locator:
        """Press the message's button that says this command and wears this label.

        What answers it: the message that the bot writes then, or this one, changed or with a note of the page.
        """
        button = message.locator(f'.key[data-key*=" {command}"]', has_text=label).first
        self.pressed.add(_kind(await _data(button)))
        await self.page.evaluate(_NO_TOASTS)
        after, before = await self.last(), await message.evaluate(_SAYS)
        await button.click()
        await expect(self.page.locator(".key.busy")).to_have_count(0)
        for tried in range(_TRIES):
            if number := await self._next(after):
                return await self._look_at(number)
            is_toasted = tried > _TRIES_AFTER_A_TOAST and await self.page.locator(".toast").count()
            if is_toasted or await message.evaluate(_SAYS) != before:
                return await self._look_at(await self.number(message))
            await self.page.wait_for_timeout(_PAUSE_MS)
        raise AssertionError(f"nothing answers {command} {label}")

    async def read(self, *words: str, after: int) -> Locator:
        """The first message of the bot behind this one that holds these words."""
        for _ in range(_TRIES):
            if number := await self._next(after, *words):
                return await self._look_at(number)
            await self.page.wait_for_timeout(_PAUSE_MS)
        raise AssertionError(f"no message with {words} after {after}")

    async def _next(self, after: int, *words: str) -> int | None:
        messages = self.page.locator(".message.bots").filter(has_text=re.compile(".*".join(words), re.DOTALL))
        numbers = await messages.evaluate_all("all => all.map(one => Number(one.dataset.id))")
        return min((number for number in numbers if number > after), default=None)

    async def number(self, message: Locator) -> int:
        return int(await message.get_attribute("data-id") or 0)

    async def _look_at(self, number: int) -> Locator:
        message = self.page.locator(f".message[data-id='{number}']")
        text = await message.locator(".words").inner_text()
        assert text.strip() or await message.locator("img").count(), f"message {number} says nothing"
        assert (found := JARGON.search(text)) is None, f"{found} in: {text}"
        assert await message.evaluate(_FITS), f"does not fit: {text}"
        keys = await message.locator(".key[data-key]").evaluate_all("all => all.map(one => one.dataset.key)")
        self.seen.update(_kind(key.partition(" ")[2]) for key in keys)
        return message

    async def last(self) -> int:
        numbers = await self.page.locator(".message").evaluate_all("all => all.map(one => Number(one.dataset.id))")
        return max(numbers, default=0)


_FITS = (
    """one => [one, ...one.querySelectorAll('.words, .key')].every(part => part.scrollWidth <= part.clientWidth + 1)"""
)


async def _data(button: Locator) -> str:
    return (await button.get_attribute("data-key") or "").partition(" ")[2]


def _kind(data: str) -> str:
    """The command that a button says; of an offer, that it is one."""
    return data.split(maxsplit=1)[0] if data.startswith("/") else data.partition(":")[0]
