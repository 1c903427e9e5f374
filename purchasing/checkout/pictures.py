"""Pictures and copies of pages, for a person to look at: without whose page it is, and only the last few are kept."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

from playwright.async_api import Frame, Locator, Page

from config.clock import Now
from config.files import replace_private
from purchasing.checkout.process.chromium import first_line
from purchasing.checkout.scrub import (
    ADDRESS,
    LARGEST_BLOCK,
    PRIVATE,
    PRIVATE_BLOCKS,
    WORDS,
    find_greeted,
    scrub,
    whole_word,
)

log = logging.getLogger(__name__)

#: So many of each kind stay.
KEPT = 20
_LONGEST = timedelta(seconds=10)
_COVER = "#3f3f46"
_TRIES = 3
#: A page that is larger shows no person anything more.
_LARGEST_COPY = 5_000_000
_GREETS = "[data-test*='AccountLink' i], [data-test*='accountNav' i], [data-test*='account-link' i]"
_BLOCKS = ", ".join(f"[data-test*='{part}' i], [id*='{part}' i]" for part in PRIVATE_BLOCKS)
#: Whatever is typed may be a secret; the number of a list is none.
_TYPED = (
    "input:not([type=button], [type=submit], [type=checkbox], [type=radio]), textarea, "
    "[contenteditable]:not([contenteditable=false])"
)
#: The least parts of a page that greet, with more than the greeting in them.
_FIND_GREETINGS = """() => {
    const [begins, alone] = [/^\\s*(?:hi|hello|hey|welcome back)\\b/i, /^\\W*(?:hi|hello|hey|welcome back)\\W*$/i];
    const walker = document.createTreeWalker(document.body ?? document, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode() !== null && texts.length < 100) {
        if (!begins.test(walker.currentNode.data)) continue;
        let around = walker.currentNode.parentElement;
        while (around?.parentElement && alone.test(around.textContent)) around = around.parentElement;
        if (around !== null) texts.push(around.textContent);
    }
    return texts;
}"""
#: An address does not stand alone: beside it is whose it is. What is ordered is no part of that, and is to be seen.
_AROUND = (
    f"xpath=ancestor-or-self::*[string-length(normalize-space(.)) < {LARGEST_BLOCK} "
    "and not(descendant-or-self::a[contains(@href, '/A-')])][last()]"
)
_RECTANGLES = """elements => elements.map(element => {
    const {x, y, width, height} = element.getBoundingClientRect();
    return [x, y, width, height].map(Math.round).join();
})"""


class PagePictures:
    """A folder of them. Nothing here ever raises: a picture is not worth an attempt."""

    def __init__(self, folder: Path, *, now: Now, kept: int = KEPT) -> None:
        self._folder = folder
        self._now = now
        self._kept = kept

    async def keep(self, page: Page, name: str, *, whole: bool = False) -> str | None:
        """Take a picture of what can be seen, or of the whole page; the name of its file, None where there is none.

        Names, addresses and the digits of cards are covered before it is taken. `name` says of what it is, such as
        `attempt-77-review`.
        """
        return await self._keep(name, "png", lambda: _take(page, whole=whole))

    async def keep_copy(self, page: Page, name: str) -> str | None:
        """Keep the page's HTML, scrubbed; the name of its file, None where there is none."""
        return await self._keep(name, "html", lambda: _copy(page))

    async def _keep(self, name: str, kind: str, take: Callable[[], Awaitable[bytes]]) -> str | None:
        try:
            async with asyncio.timeout(_LONGEST.total_seconds()):
                content = await take()
            return await asyncio.to_thread(self._put, name, kind, content)
        except Exception as error:  # noqa: BLE001  the page may be gone, broken or hang: Playwright raises what it likes
            log.warning("picture.not_taken", extra={"of": name, "kind": kind, "why": first_line(error)})
            return None

    def _put(self, name: str, kind: str, content: bytes) -> str:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        at = self._now()
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "page"
        file = self._folder / f"{at:%Y%m%dT%H%M%S}{at.microsecond // 1000:03d}Z-{slug}.{kind}"
        replace_private(file, content)
        self._forget_older(kind, but=file)
        return file.name

    def _forget_older(self, kind: str, *, but: Path) -> None:
        """By when they were written: a clock may have been set back since an older one got its name."""
        others = [path for path in self._folder.glob(f"*.{kind}") if path != but]
        others.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in others[self._kept - 1 :]:
            path.unlink(missing_ok=True)


class PageMoved(Exception):
    """What is private moved or grew while the picture was taken, each time it was tried."""


async def _take(page: Page, *, whole: bool) -> bytes:
    """A picture during which nothing private moved from under its cover."""
    for _ in range(_TRIES):
        private = await _find_private(page)
        before = await _measure(private)
        content = await page.screenshot(mask=private, mask_color=_COVER, full_page=whole)
        if await _measure(await _find_private(page)) == before:
            return content
    raise PageMoved("the page did not keep still")


async def _copy(page: Page) -> bytes:
    content = await page.content()
    if len(content) > _LARGEST_COPY:
        raise ValueError(f"the page has {len(content):,} letters")
    return (await asyncio.to_thread(scrub, content)).encode()


async def _find_private(page: Page) -> list[Locator]:
    frames = [frame for frame in page.frames if not frame.is_detached()]
    names = await _find_names(frames)
    return [locator for frame in frames for locator in _locate(frame, names)]


async def _find_names(frames: Sequence[Frame]) -> Sequence[str]:
    """The names by which the page greets: in its head, and wherever else a text begins so."""
    names: set[str] = set()
    for frame in frames:
        names.update(find_greeted(await frame.locator(_GREETS).all_text_contents()))
        elsewhere = find_greeted(await frame.evaluate(_FIND_GREETINGS))
        names.update(word for word in elsewhere if word.isalpha() and word not in WORDS)
    return sorted(names)


def _locate(frame: Frame, names: Sequence[str]) -> list[Locator]:
    """What is private in it: by its block's name, by its look, and by the name that the page greets."""
    looks = [
        re.compile(PRIVATE),
        *(re.compile(text, re.IGNORECASE) for text in (*map(whole_word, names), r"^\s*(?:Hi|Hello|Welcome back),")),
    ]
    return [
        frame.locator(f"{_GREETS}, {_BLOCKS}, {_TYPED}"),
        *(frame.get_by_text(look).and_(frame.locator(":not(select)")) for look in looks),
        # Stands in the place of a picture that did not come.
        *(frame.get_by_alt_text(look) for look in looks),
        # Of a list only what is chosen is seen, which is no element of its own.
        *(frame.locator("select", has=frame.locator("option", has_text=look)) for look in looks),
        frame.get_by_text(re.compile(ADDRESS)).locator(_AROUND),
    ]


async def _measure(private: Sequence[Locator]) -> list[list[str]]:
    """Where all of it stands."""
    return [await locator.evaluate_all(_RECTANGLES) for locator in private]
