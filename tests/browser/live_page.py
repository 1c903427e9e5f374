"""The live page as a test sees it: what stands on it, and how it is opened."""

import asyncio
from typing import Any, Literal

from playwright.async_api import BrowserContext, Page, expect

from tests.world import LONG, World

#: Puts what stands on the page into a value, as a reader would copy it.
READ = """() => {
  const words = (node, name) => node.querySelector(`[data-text="${name}"]`).textContent;
  return {
    seq: Number(document.body.dataset.seq),
    cycle_id: Number(document.body.dataset.cycle),
    mode: document.body.dataset.mode,
    products: [...document.querySelectorAll("[data-list=products] > li")].map((row) => ({
      tcin: words(row, "tcin"),
      title: words(row, "title"),
      stock: row.dataset.stock,
      purchase: row.dataset.purchase,
      price: words(row, "price"),
      why: words(row, "why"),
      seen_at: row.querySelector("time").getAttribute("datetime") || null,
    })),
    slot: document.querySelector("[data-if=slot]").hidden
      ? null
      : words(document, "slot.tcin"),
    next_check_at: document.querySelector(".countdown").getAttribute("datetime"),
    last_good_check_at: document.querySelector("[data-time=last_good_check_at]").getAttribute("datetime"),
  };
}"""

#: Notes of every change of the page what stands on it then: how many products, their states, what the tile says.
NOTE = """() => {
  window.noted = [];
  new MutationObserver(() => {
    const rows = [...document.querySelectorAll("[data-list=products] > li")];
    const signs = new Set(rows.map((row) => `${row.dataset.stock} ${row.querySelector(".pill").textContent}`));
    const tile = document.querySelector("[data-text=stock]").textContent;
    window.noted.push({ signs: [...signs], tile, cycle: document.body.dataset.cycle });
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
}"""

#: Notes of what the page says of its contact, whenever that changes.
NOTE_SIGNS = """() => {
  window.signs = [];
  const words = document.getElementById("sign-words");
  new MutationObserver(() => window.signs.push(words.textContent))
    .observe(words, { subtree: true, childList: true, characterData: true });
}"""

#: When the page says that it is stale, by the clock: whoever looks from outside comes up to a second later.
STALE_AT = """() => new Promise((tell) => new MutationObserver(() => {
  if (document.body.dataset.contact === "stale") tell(Date.now());
}).observe(document.body, { attributes: true }))"""

#: A browser whose clock is so many milliseconds off.
SHIFT = """(by) => {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...parts) { super(...(parts.length ? parts : [Real.now() + by])); }
    static now() { return Real.now() + by; }
  };
}"""

Colours = Literal["light", "dark"]


class Complaints(list[str]):
    """What a page complained of: a script that broke, a policy that was broken."""

    def listen(self, page: Page) -> Page:
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("console", lambda message: self.append(message.text) if "Content Security" in message.text else None)
        return page


def address(world: World) -> str:
    return f"http://127.0.0.1:{world.port}/"


def looks(width: int, colours: Colours) -> dict[str, Any]:
    """A browser of this width, by day or by night."""
    size = {"width": width, "height": 900}
    return {"viewport": size, "color_scheme": colours, "device_scale_factor": 2}


async def open_live(context: BrowserContext, world: World) -> Page:
    """The page, once its script has put the first state onto it."""
    page = await context.new_page()
    await page.goto(address(world))
    await expect(page.locator("body[data-filled]")).to_be_attached()
    return page


async def until_equal(page: Page, world: World) -> dict[str, Any]:
    """Until the page and the full sync are of the same event; both, the page's in the full sync's words."""
    while True:
        full = (await world.get("/api/full-sync")).json()
        await until(page, "seq => Number(document.body.dataset.seq) >= seq", full["seq"])
        shown = await page.evaluate(READ)
        if shown["seq"] == full["seq"]:
            return {"page": shown, "full": full}


async def until(page: Page, wanted: str, arg: object) -> None:
    """Ask the page until this function is true of it. Playwright's own way needs a policy that is less strict."""
    async with asyncio.timeout(LONG):
        while not await page.evaluate(wanted, arg):  # noqa: ASYNC110  nothing tells of it
            await asyncio.sleep(0.02)
