"""The service as a real process between a practice store and a practice chat."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bot.text.draft import Rank
from config.products import Product, Tcin
from config.watchlist import render_watchlist
from sandbox.chat import Group, Message, Person, PracticeChat
from sandbox.chat_model import Refused
from sandbox.store import Call, Item, PracticeStore
from tests.served import ServedProcess, serve

ROOT = Path(__file__).parent.parent
ADA = Person(id=1001, first_name="Ada", started=True)
TROVE = Item(tcin="94734932", title="Illumineer&#39;s Trove", price="49.99")
DRAGON = Item(tcin="93954435", title="Ember the Dragon", price="14.99")


#: What the path of a cycle's calls begins with.
BULK = "/redsky_aggregations/v1/web/product_summary"
RUN = ("bot", "run")
NO_KEEPING = httpx.Limits(max_keepalive_connections=0)
#: Seconds after which what was waited for does not come: only a test that fails waits so long.
LONG = 45


def data_of(message: Message, label: str) -> str:
    """What the button that holds this label sends when it is pressed."""
    return next(button.data or "" for row in message.buttons for button in row if label in button.text)


def reserve_port() -> socket.socket:
    """A port that no other program is given as long as this is open, and on which one may listen all the same."""
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved


@dataclass
class World:
    """One data directory, one store, one chat, and the service that is started, killed and started again."""

    folder: Path
    store: PracticeStore
    chat: PracticeChat
    store_url: str
    chat_url: str
    settings: dict[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | ServedProcess | None = None
    log: Path = field(init=False)
    #: The service's port, also while no service runs.
    _reserved: socket.socket = field(default_factory=reserve_port)
    #: Made once, for making one costs more than a hundred questions; it keeps no connection over a restart.
    _client: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=5, limits=NO_KEEPING))

    def __post_init__(self) -> None:
        self.log = self.folder / "service.log"

    @property
    def port(self) -> int:
        return int(self._reserved.getsockname()[1])

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("STOCKBELL_")}
        return kept | {
            "STOCKBELL_DATA_DIR": str(self.data),
            "STOCKBELL_TIMEZONE": "UTC",
            "STOCKBELL_TELEGRAM__TOKEN": self.chat.token,
            "STOCKBELL_TELEGRAM__API_URL": self.chat_url,
            "STOCKBELL_TELEGRAM__OWNERS": f"[{ADA.id}]",
            "STOCKBELL_TARGET__API_URL": self.store_url,
            "STOCKBELL_TARGET__SITE_URL": self.store_url,
            "STOCKBELL_MONITOR__EVERY_MIN_S": "0.3",
            "STOCKBELL_MONITOR__EVERY_MAX_S": "0.5",
            "STOCKBELL_PURCHASING__SIMULATED_S": "0.6",
            "STOCKBELL_PURCHASING__SIMULATED_SUCCESS": "1",
            "STOCKBELL_HTTP__PORT": str(self.port),
            **self.settings,
        }

    # ---- the process

    async def start(self, *command: str) -> None:
        """Begin a module with these words, `bot run` if there are none, with its imports done."""
        words = command or RUN
        self.process = await asyncio.to_thread(serve, *words, environ=self.environ, output=self.log, errors=self.log)

    async def execute(self, *command: str) -> None:
        """As `start`, from the interpreter on, as people do: what is measured, and what tells of the interpreter."""
        words = command or RUN
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *words, cwd=ROOT, env=self.environ, stdout=log, stderr=log
            )

    async def close(self) -> None:
        """Kill what still runs."""
        await self._client.aclose()
        if self.process is not None:
            await self.kill()
        self._reserved.close()

    async def kill(self) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM, and the exit code."""
        assert self.process is not None
        self.process.terminate()
        async with asyncio.timeout(LONG):
            return await self.process.wait()

    async def ended(self) -> int:
        """Wait for an end that comes by itself."""
        assert self.process is not None
        async with asyncio.timeout(LONG):
            return await self.process.wait()

    async def command(self, *words: str) -> tuple[int, str]:
        """Run `stockbell` with these words; its exit code and what it printed."""
        code, told, complained = await self.streams(*words)
        return code, told + complained

    async def streams(self, *words: str) -> tuple[int, str, str]:
        """As `command`, with the two outputs apart."""
        with TemporaryDirectory(dir=self.folder) as folder:
            output, errors = Path(folder, "output"), Path(folder, "errors")
            done = await asyncio.to_thread(serve, "bot", *words, environ=self.environ, output=output, errors=errors)
            async with asyncio.timeout(60):
                code = await done.wait()
            return code, *await asyncio.to_thread(lambda: (output.read_text(), errors.read_text()))

    # ---- what is seen

    def watch(self, *tcins: str, **wishes: Any) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        products = [Product(tcin=Tcin(tcin), **wishes) for tcin in tcins]
        (self.data / "watchlist.toml").write_text(render_watchlist(products))

    def say(self, text: str) -> int:
        return self.chat.say(ADA.id, text)

    async def ask(
        self,
        text: str,
        *words: str,
        person: int = ADA.id,
        chat: int | None = None,
        thread: int | None = None,
        seconds: float = LONG,
    ) -> Message:
        """This person says it; the first message of the bot after it, in that chat, that holds all these words."""
        where = person if chat is None else chat
        after = self.last_id(where)
        self.chat.say(person, text, chat=chat, thread=thread)
        return await self.answer(where, *words, after=after, seconds=seconds)

    async def press(
        self, message: Message, label: str, *words: str, person: int | None = None, seconds: float = LONG
    ) -> Message:
        """This person, or whose chat it is, presses the button that holds this label; what first holds these words.

        A new message, the same one once it was edited, or a toast, as a message that stands nowhere.
        """
        chat, after = message.chat_id, self.last_id(message.chat_id)
        edits = next((one.edits for one in self.messages(chat) if one.message_id == message.message_id), 0)
        _, query = self.chat.ask(person or chat, message.message_id, data_of(message, label), chat=chat)

        def answers() -> list[Message]:
            toasts = [one.text for one in self.chat.callback_answers if one.query_id == query]
            told = [replace(message, message_id=0, text=text, buttons=()) for text in toasts if text]
            shown = self.messages(chat)
            edited = [one for one in shown if one.message_id == message.message_id and one.edits > edits]
            return [*told, *edited, *(one for one in shown if one.message_id > after)]

        return await self._first_of(answers, *words, chat=chat, seconds=seconds)

    async def answer(self, chat: int, *words: str, after: int, seconds: float = LONG) -> Message:
        """The bot's first message of a higher number that holds all these words, once it is there."""

        def answers() -> list[Message]:
            return [one for one in self.messages(chat) if one.message_id > after]

        return await self._first_of(answers, *words, chat=chat, seconds=seconds)

    async def _first_of(self, answers: Callable[[], list[Message]], *words: str, chat: int, seconds: float) -> Message:
        def found() -> Message | None:
            return next((one for one in answers() if all(word in one.text for word in words)), None)

        try:
            await self.chat.until(found, timeout=seconds)
        except TimeoutError:
            shown = "\n".join(repr(one.text) for one in self.chat.messages(chat))
            raise AssertionError(
                f"no answer with {words} in chat {chat}, which shows:\n{shown}\n{self.tail()}"
            ) from None
        answer = found()
        assert answer is not None
        return answer

    def last_id(self, chat: int) -> int:
        """The number of the last message that this chat shows, 0 where it is empty or nobody has been there yet."""
        try:
            return max((one.message_id for one in self.chat.messages(chat)), default=0)
        except Refused:
            return 0

    def messages(self, person: int = ADA.id) -> list[Message]:
        """What the bot wrote."""
        return [message for message in self.chat.messages(person) if message.from_bot]

    def menu_of(self, chat: int) -> set[str]:
        """The commands that the bot last offered in this chat."""
        given = [call.params for call in self.chat.calls if call.method.lower() == "setmycommands" and call.ok]
        scoped = [one for one in given if json.loads(one.get("scope", "{}")).get("chat_id") == chat]
        return {one["command"] for one in json.loads(scoped[-1]["commands"])} if scoped else set()

    def keys_of(self, chat: int) -> tuple[tuple[str, ...], ...]:
        """The words that the bot last put below this chat."""
        sent = [call.params for call in self.chat.calls if call.method.lower() == "sendmessage" and call.ok]
        markups = [json.loads(one.get("reply_markup") or "{}") for one in sent if str(one.get("chat_id")) == str(chat)]
        keys = [one["keyboard"] for one in markups if "keyboard" in one]
        return tuple(tuple(key["text"] for key in row) for row in keys[-1]) if keys else ()

    def alerts(self, *words: str) -> list[Message]:
        """The bot's messages whose first line holds one of the alert's words."""
        wanted = words or ALERT_WORDS
        return [one for one in self.messages() if any(word in one.text.partition("\n")[0] for word in wanted)]

    async def get(self, path: str) -> httpx.Response:
        host = self.settings.get("STOCKBELL_HTTP__HOST", "127.0.0.1")
        return await self._client.get(f"http://{host}:{self.port}{path}")

    async def status(self) -> dict[str, Any]:
        """As it is now, or as soon as the service answers: the chat may have spoken before the web side listens."""
        return await self.until_status(lambda status: "cycle_id" in status)

    async def until_status(
        self, wanted: Callable[[dict[str, Any]], object], *, seconds: float = LONG
    ) -> dict[str, Any]:
        """Ask until the status is as wanted; fails with the last one that was had."""
        return await self._until_told("/api/status", wanted, seconds=seconds)

    async def until_health(self, *words: str, seconds: float = LONG) -> dict[str, Any]:
        """Ask until the reasons of /health hold all these words; without any, until there is no reason left."""

        def wanted(health: dict[str, Any]) -> bool:
            reasons = "\n".join(health["reasons"])
            return all(word in reasons for word in words) and bool(words) == bool(reasons)

        return await self._until_told("/health", wanted, seconds=seconds)

    async def until_reasons(self, *reasons: str) -> None:
        """Ask until /health gives exactly these reasons."""
        await self._until_told("/health", lambda health: health["reasons"] == list(reasons), seconds=LONG)

    async def _until_told(
        self, path: str, wanted: Callable[[dict[str, Any]], object], *, seconds: float
    ) -> dict[str, Any]:
        last: object = None
        try:
            async with asyncio.timeout(seconds):
                while True:
                    try:
                        last = (await self.get(path)).json()
                    except httpx.HTTPError as error:
                        last = error
                    if isinstance(last, dict) and wanted(last):
                        return last
                    assert self.process is None or self.process.returncode is None, f"it has ended\n{self.tail()}"
                    await asyncio.sleep(0.03)
        except TimeoutError:
            raise AssertionError(f"{path} never was as wanted; last: {last}\n{self.tail()}") from None

    async def until_chat(self, wanted: Callable[[], object], *, seconds: float = LONG) -> None:
        try:
            await self.chat.until(wanted, timeout=seconds)
        except TimeoutError as error:
            raise AssertionError(f"{error}\n{self.tail()}") from None

    async def until_asked(self, *, more_than: int, seconds: float = LONG) -> Call:
        """The first call of the store after so many, once it has come."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    if len(self.store.calls) > more_than:
                        return self.store.calls[more_than]
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"the store was asked no more than {more_than} times\n{self.tail()}") from None

    async def until_called(self, path: str, *, after: int = 0) -> Call:
        """The first call at this path after so many calls in all: the store has it, whether it was answered or not."""
        while not (call := await self.until_asked(more_than=after)).path.startswith(path):
            after += 1
        return call

    def bulk_calls(self) -> list[Call]:
        """The store's calls that a cycle makes; single products are looked at in between."""
        return [call for call in self.store.calls if call.path.startswith(BULK)]

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.data / 'stockbell.db'}?mode=ro", uri=True)) as db:
            return db.execute(sql, values).fetchall()

    async def until_rows(self, wanted: list[tuple[Any, ...]], sql: str, *values: object, seconds: float = LONG) -> None:
        """Ask the database, once there is one, until it answers so."""
        found: object = None
        try:
            async with asyncio.timeout(seconds):
                while True:
                    try:
                        found = self.rows(sql, *values)
                    except sqlite3.OperationalError as error:
                        found = error
                    if found == wanted:
                        return
                    await asyncio.sleep(0.03)
        except TimeoutError:
            raise AssertionError(f"the rows never were as wanted; last: {found}\n{self.tail()}") from None

    async def until_attempts(self, count: int) -> None:
        """Until so many attempts were opened, at least."""
        await self.until_rows([(1,)], "SELECT count(*) >= ? FROM attempt", count)

    async def until_delivered(self) -> None:
        """Until the service knows of all its messages that they arrived: a kill before that has them sent again.

        But for rounds of practice, which wait for newer ones.
        """
        unsent = "SELECT key FROM message WHERE state IN ('waiting', 'sending', 'uncertain') AND rank <> ?"
        await self.until_rows([], unsent, Rank.ROUND)

    def tail(self) -> str:
        return self.log.read_text()[-3000:] if self.log.exists() else ""


ALERT_WORDS = ("IN STOCK", "BUYING", "PURCHASED", "FAILED", "UNCONFIRMED", "ABOVE CAP", "GONE")


@asynccontextmanager
async def new_world(
    folder: Path,
    *,
    items: Iterable[Item] = (TROVE, DRAGON),
    people: Sequence[Person] = (ADA,),
    groups: Sequence[Group] = (),
    **settings: str,
) -> AsyncGenerator[World]:
    """A store, a chat and an empty data directory; what still runs at the end is killed."""
    store, chat = PracticeStore(items), PracticeChat(people=people, groups=groups)
    async with store.serve() as store_url, chat.serve() as chat_url:
        world = World(folder, store, chat, store_url, chat_url, settings=settings)
        try:
            yield world
        finally:
            await world.close()
