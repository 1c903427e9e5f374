"""The main job with no account: a practice store, a practice chat, and the service between them."""

import asyncio
import contextlib
import html
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import partial
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
from sandbox.chat import News, PanelAction, Person, PracticeChat
from sandbox.scenario import NoSuchScenario, Scenario, find_scenario, play
from sandbox.store import PracticeStore


class UnknownScenario(Exception):
    """There is none of this name; the message names those there are."""


ADA = Person(id=1001, first_name="Ada", started=True)

#: Practice purchases of the demo end by this seed: two succeed, the third fails.
LUCK = 11

#: Seconds between two cycles, at least: soon enough to be waited for, and a purchase is over before the next one.
PACE_S = 4

#: How long Ada waits for her command to ask back.
ASKS_WITHIN_S = 15
#: What a command that has to be said twice wants to hear.
_AGAIN = re.compile(r"send (/\S.* [0-9]{4}) within")


async def run_demo(*, scenario: str, console: Console, seconds: float | None = None) -> None:
    """Play the scenario until interrupted, or for so many seconds.

    Raises:
        UnknownScenario: there is none of this name.
    """
    story = _find(scenario)
    store = PracticeStore()
    lines: asyncio.Queue[str] = asyncio.Queue()
    chat = PracticeChat(people=[ADA], panel=_panel(store, story))
    with tempfile.TemporaryDirectory(prefix="stockbell-demo-") as folder:
        async with store.serve() as store_url, chat.serve() as chat_url:
            settings = _settings(Path(folder), store_url, chat_url, story)
            app = build(settings, luck=Random(LUCK))  # noqa: S311  practice, not secrets
            _write_watchlist(Path(folder), story)
            if story.in_browser:
                _sign_in(settings, store)
            _greet(console, story, chat_url=chat_url, store_url=store_url)
            with _background(
                play(story, store, on_says=lines.put_nowait),
                _speak(lines, chat),
                _print_chat(chat.news(), console),
                _end_after(seconds, app.end),
            ):
                chat.say(ADA.id, "/start")
                chat.say(ADA.id, "/board")
                await app.run()


def _find(scenario: str) -> Scenario:
    try:
        return find_scenario(scenario)
    except NoSuchScenario as error:
        raise UnknownScenario(str(error)) from error


def _settings(folder: Path, store_url: str, chat_url: str, story: Scenario) -> Settings:
    """Nothing is read from the environment: the demo never meets the owner's account."""
    return Settings(
        data_dir=folder,
        telegram=TelegramSettings.model_validate(
            {"token": PracticeChat().token, "api_url": chat_url, "owners": [ADA.id]}
        ),
        target=TargetSettings(api_url=store_url, site_url=store_url),
        monitor=MonitorSettings(every_min_s=PACE_S, every_max_s=PACE_S + 2),
        purchasing=PurchasingSettings(mode=Mode.REHEARSE if story.in_browser else Mode.SIMULATE),
        http=HttpSettings(port=0),
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


def _greet(console: Console, story: Scenario, *, chat_url: str, store_url: str) -> None:
    console.print(f"[bold]Stockbell practises[/bold]: {story.story}", soft_wrap=True)
    console.print(f"The practice chat is at [bold link={chat_url}/]{chat_url}/[/bold link] · Ctrl-C ends it")
    if story.in_browser:
        console.print(f"The practice store is at [link={store_url}/]{store_url}/[/link], where Ada is signed in")
    console.print(
        "There you are Ada, the owner: write /list, press a button, or play the shop from the panel.\n", soft_wrap=True
    )


async def _print_chat(chat: AsyncIterator[News], console: Console) -> None:
    """The chat on the terminal: new messages whole, edits in one line; the board's edits are left to the page."""
    async for news in chat:
        line = _line_of(news)
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


def _panel(store: PracticeStore, story: Scenario) -> list[PanelAction]:
    """Buttons on the chat's page by which a visitor plays the shop."""
    actions = []
    for item in story.items:
        title = html.unescape(item.title)
        for label, word in (("Restock", "IN_STOCK"), ("Sell out", "OUT_OF_STOCK")):
            actions.append(PanelAction(f"{label} {title}", partial(store.set, item.tcin, shipping=word)))
    return actions


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
