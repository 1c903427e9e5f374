"""The main job with no account: a practice store, a practice chat, and the service between them."""

import asyncio
import contextlib
import html
import re
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console

from bot.app import build
from config.products import BuyMode, Mode, Product, Tcin
from config.settings import (
    HttpSettings,
    MonitorSettings,
    PurchasingSettings,
    Settings,
    TargetSettings,
    TelegramSettings,
)
from config.watchlist import render_watchlist
from purchasing.checkout.session import SESSION_FILE, SessionFile
from sandbox.chat import Group, News, Person, PracticeChat
from sandbox.demand import Demand
from sandbox.scenario import NoSuchScenario, Scenario, find_scenario, play
from sandbox.shop_panel import ShopPanel
from sandbox.store import PracticeStore


class UnknownScenario(Exception):
    """There is none of this name; the message names those there are."""


ADA = Person(id=1001, first_name="Ada", started=True, role="owner")
BEN = Person(id=1002, first_name="Ben", started=True, role="viewer")
FAMILY = Group(id=-1001234567890, title="Family")

#: Practice purchases of the demo end by this seed: two succeed, the third fails.
LUCK = 11

#: Seconds between two checks, at least and at most: soon enough to be waited for, and what was bought is sold out
#: before the next one, so that a restock is bought once.
PACE_S = 7, 9
#: How soon the page shows what has changed in the shop.
LOOKS_EVERY_S = 0.25
#: How long Stockbell leaves a shop in peace that blocked it.
PAUSE_S = 10
#: The first line of an alert whose purchase has ended.
_ENDED = re.compile(r"PURCHASED|FAILED")

#: How long Ada waits for her command to ask back.
ASKS_WITHIN_S = 15
#: What a command that has to be said twice wants to hear.
_AGAIN = re.compile(r"send (/\S.* [0-9]{4}) within")


@dataclass(frozen=True, slots=True, kw_only=True)
class _World:
    """What there is to practise with."""

    story: Scenario
    store: PracticeStore
    panel: ShopPanel
    chat: PracticeChat
    demand: Demand
    store_url: str
    chat_url: str
    #: Where the service's own page listens.
    page_port: int


async def run_demo(*, scenario: str, console: Console, seconds: float | None = None) -> None:
    """Play the scenario until interrupted, or for so many seconds.

    Raises:
        UnknownScenario: there is none of this name.
    """
    story = _find(scenario)
    with tempfile.TemporaryDirectory(prefix="stockbell-demo-") as folder:
        async with _open_world(story) as world:
            settings = _settings(Path(folder), world)
            app = build(settings, luck=Random(LUCK))  # noqa: S311  practice, not secrets
            _write_watchlist(Path(folder), story)
            if story.in_browser:
                _sign_in(settings, world.store)
            _greet(console, world)
            lines: asyncio.Queue[str] = asyncio.Queue()
            with _background(
                play(story, world.store, on_says=lines.put_nowait),
                _speak(lines, world.chat),
                _print_chat(world.chat.news(), console),
                _show_shop(world),
                *([world.demand.sell(), _tell_purchases(world)] if story.sells_out else []),
                _end_after(seconds, app.end),
            ):
                _say_hello(world.chat)
                await app.run()


@contextlib.asynccontextmanager
async def _open_world(story: Scenario) -> AsyncIterator[_World]:
    store = PracticeStore()
    async with store.serve() as store_url:
        panel = ShopPanel(store, story.items, site=store_url)
        demand = Demand(store, story.tcins, close=panel.close)
        chat = PracticeChat(people=[ADA, BEN], groups=[FAMILY], panel=panel)
        async with chat.serve() as chat_url:
            yield _World(
                story=story,
                store=store,
                panel=panel,
                chat=chat,
                demand=demand,
                store_url=store_url,
                chat_url=chat_url,
                page_port=_find_free_port(),
            )


def _find_free_port() -> int:
    """One that nobody has now: the page is to be told of before it listens, and it waits where somebody takes it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _say_hello(chat: PracticeChat) -> None:
    chat.say(ADA.id, "/start")
    chat.say(ADA.id, "/board")
    chat.say(BEN.id, "/start")
    chat.say(ADA.id, "/start", chat=FAMILY.id)


async def _show_shop(world: _World) -> None:
    """Tell the page of every change in the shop, whoever made it."""
    shown = None
    while True:
        if (now := world.panel.show()) != shown:
            shown = now
            world.chat.tell_overview()
        await asyncio.sleep(LOOKS_EVERY_S)


async def _tell_purchases(world: _World) -> None:
    """Tell the other customers of every purchase that has ended, as Ada's alerts tell of it."""
    async for news in world.chat.news():
        head, _, rest = news.message.text.partition("\n")
        if news.message.from_bot and news.chat_id == ADA.id and _ENDED.search(head):
            for tcin in filter(rest.__contains__, world.story.tcins):
                world.demand.on_bought(tcin)


def _find(scenario: str) -> Scenario:
    try:
        return find_scenario(scenario)
    except NoSuchScenario as error:
        raise UnknownScenario(str(error)) from error


def _settings(folder: Path, world: _World) -> Settings:
    """Nothing is read from the environment: the demo never meets the owner's account."""
    return Settings(
        data_dir=folder,
        telegram=TelegramSettings.model_validate(
            {
                "token": world.chat.token,
                "api_url": world.chat_url,
                "owners": [ADA.id],
                "viewers": [BEN.id],
                "groups": [FAMILY.id],
            }
        ),
        target=TargetSettings(api_url=world.store_url, site_url=world.store_url),
        monitor=MonitorSettings(every_min_s=PACE_S[0], every_max_s=PACE_S[1], circuit_pause_s=PAUSE_S),
        purchasing=PurchasingSettings(mode=Mode.REHEARSE if world.story.in_browser else Mode.SIMULATE),
        http=HttpSettings(port=world.page_port),
    )


def _write_watchlist(folder: Path, story: Scenario) -> None:
    products = [Product(tcin=Tcin(item.tcin), name=html.unescape(item.title), buy=BuyMode.ASK) for item in story.items]
    (folder / "watchlist.toml").write_text(render_watchlist(products))


def _sign_in(settings: Settings, store: PracticeStore) -> None:
    """As `stockbell login` does it, at the practice store."""
    site_url = settings.target.site_url
    session = SessionFile(settings.data_dir / SESSION_FILE, site_url=site_url)
    session.write(store.account.storage_state(site_url))


async def _speak(lines: asyncio.Queue[str], chat: PracticeChat) -> None:
    """What the story has Ada say, and once more where it asks back."""
    while True:
        line = await lines.get()
        news = chat.news()
        chat.say(ADA.id, line)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ASKS_WITHIN_S):
                chat.say(ADA.id, await _question(news, line))


async def _question(news: AsyncIterator[News], line: str) -> str:
    """What the answer to this command asks to be sent."""
    async for one in news:
        again = _AGAIN.search(one.message.text)
        if one.message.from_bot and again is not None and again[1].startswith(line):
            return again[1]
    raise TimeoutError


def _greet(console: Console, world: _World) -> None:
    story, chat_url, store_url = world.story, world.chat_url, world.store_url
    console.print(f"[bold]Stockbell practises[/bold]: {story.story}", soft_wrap=True)
    console.print(f"The practice chat is at [bold link={chat_url}/]{chat_url}/[/bold link] · Ctrl-C ends it")
    console.print(
        "Open it and press Restock: you are Ada, the owner, and may look through Ben's and the family's eyes too.",
        soft_wrap=True,
    )
    if story.in_browser:
        console.print(f"The practice store is at [link={store_url}/]{store_url}/[/link], where Ada is signed in")
    page_url = f"http://127.0.0.1:{world.page_port}"
    console.print(f"The live page of what is watched is at [link={page_url}/]{page_url}/[/link]\n")


async def _print_chat(chat: AsyncIterator[News], console: Console) -> None:
    """Ada's chat on the terminal: new messages whole, edits in one line; the board's edits are left to the page."""
    async for news in chat:
        line = _line_of(news) if news.chat_id == ADA.id else None
        if line is not None:
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _line_of(news: News) -> str | None:
    message = news.message
    speaker = "Stockbell" if message.from_bot else "Ada"
    match news.what:
        case "new":
            body = message.text.replace("\n", "\n    ")
            bell = "" if message.silent or not message.from_bot else " 🔔"
            picture = "(a picture) " if message.file is not None and message.file.kind == "photo" else ""
            return f"{speaker}{bell}: {picture}{body}"
        case "edit" if not message.pinned:
            head, *rest = message.text.split("\n")
            return f"{speaker} (edited): {' · '.join([head, *rest[:1], *rest[2:][-1:]])}"
    return None


@contextlib.contextmanager
def _background(*work: Coroutine[Any, Any, None]) -> Iterator[None]:
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


async def _end_after(seconds: float | None, end: Callable[[], None]) -> None:
    if seconds is not None:
        await asyncio.sleep(seconds)
        end()
