"""A person's hand in the page of the practice chat: types, taps, and reads what comes."""

import re
from dataclasses import dataclass, field

from playwright.async_api import Locator, Page, expect

#: Of a text that nobody understands: names of columns, values of Python, markup that was not read.
JARGON = re.compile(r"\b[a-z]+_[a-z_]+\b|\bNone\b(?! of)|\bTrue\b|\bFalse\b|</?[a-z]+>|&[a-z]+;")


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

    async def press(self, message: Locator, command: str, *, label: str = "") -> None:
        """Press the message's button that says this command and wears this label, and wait until it is answered."""
        button = message.locator(f'.key[data-key*=" {command}"]', has_text=label).first
        self.pressed.add(_kind(await _data(button)))
        await button.click()
        await expect(self.page.locator(".key.busy")).to_have_count(0)

    async def press_for(self, message: Locator, command: str, *, label: str = "") -> Locator:
        """As `press`; the message that the bot writes then."""
        after = await self.last()
        await self.press(message, command, label=label)
        return await self.read(after=after)

    async def read(self, *words: str, after: int) -> Locator:
        """The first message of the bot behind this one that holds these words."""
        message = self.page.locator(".message.bots").filter(has_text=re.compile("(?s).*".join(words)))
        numbers: list[int] = []
        for _ in range(600):
            numbers = [int(one) for one in await message.evaluate_all("all => all.map(one => one.dataset.id)")]
            if new := [number for number in numbers if number > after]:
                return await self._look_at(min(new))
            await self.page.wait_for_timeout(50)
        raise AssertionError(f"no message with {words} after {after}: {numbers}")

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
