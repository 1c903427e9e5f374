"""Looks back over the past, in words or in a picture, beside everything else that the service does."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.access.origin import Origin
from bot.access.preference_table import PreferenceTable
from bot.charts.folder import CHARTS_FOLDER, ChartFolder, name_of
from bot.charts.gathered import Past
from bot.charts.gathering import gather
from bot.charts.model import Chart, Reach
from bot.charts.outline import look_back, open_seconds, outline_all, outline_one, round_up, seen_seconds
from bot.charts.renderer import ChartRenderer, NotDrawn
from bot.charts.slow_answers import SlowAnswers
from bot.telegram.presses import PressAnswers
from config.clock import Now, monotonic
from config.database import DatabaseFile, DatabaseUnusable
from config.products import Tcin
from config.zones import zone_name
from purchasing.commands import Charted, Command, NotDone, Result
from purchasing.control.queue import CommandQueue
from purchasing.storage.unit_of_work import Storage

T = TypeVar("T")
_Wanted = Callable[[], bool]

#: Said over the chat to who pressed a button for a picture.
DRAWING = "Drawing…"
#: What is said where pictures can't be drawn.
NO_LIBRARY = "pictures need the extra charts, as docs/chat.md tells; /history says the same in words"


class HistoryAnswers:
    """Two lanes, so that no answer in words waits for a picture."""

    def __init__(
        self,
        *,
        storage: Storage,
        queue: CommandQueue,
        presses: PressAnswers,
        data_dir: Path,
        zone: tzinfo,
        now: Now,
        renderer: ChartRenderer | None = None,
    ) -> None:
        self._storage = storage
        self._presses = presses
        self._zone = zone
        self._now = now
        self._folder = ChartFolder(data_dir / CHARTS_FOLDER)
        self._renderer = renderer or ChartRenderer(scratch=self._folder.scratch)
        self._words, self._pictures = SlowAnswers(queue=queue), SlowAnswers(queue=queue)

    def begin_words(
        self, command: Command, tcin: Tcin | None, reach: Reach, origin: Origin, *, is_wanted: _Wanted
    ) -> None:
        """Have a /history finished."""
        self._words.begin(command, partial(self._look_back, tcin, reach, origin), is_wanted=is_wanted)

    def begin_picture(
        self, command: Command, tcin: Tcin | None, reach: Reach, origin: Origin, *, is_wanted: _Wanted
    ) -> None:
        """Have a /chart finished; whoever asks is told at once that it takes a moment."""
        self._pictures.begin(command, partial(self._chart, tcin, reach, origin), is_wanted=is_wanted)

    def tasks(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {"histories": self._words.run, "charts": self._pictures.run}

    async def close(self) -> None:
        await self._renderer.close()

    # ---- in words

    async def _look_back(self, tcin: Tcin | None, reach: Reach, origin: Origin) -> Result:
        until, clock = self._now(), await self._clock_of(origin.chat)

        def result_of(past: Past) -> Result:
            return look_back(past, reach, tcin, clock=clock)

        try:
            return await self._read(tcin, until - reach.length, until, result_of) or _not_watched(tcin)
        except DatabaseUnusable as error:
            return NotDone(why=f"my journal can't be read: {error}")

    # ---- in a picture

    async def _chart(self, tcin: Tcin | None, reach: Reach, origin: Origin) -> Result:
        if not self._renderer.is_installed:
            return NotDone(why=NO_LIBRARY)
        now, clock = self._now(), await self._clock_of(origin.chat)
        until = round_up(now, reach)

        def outlined(past: Past) -> tuple[Chart, Charted]:
            zone, until_now = zone_name(clock), replace(past, until=now)
            chart = outline_all(past, zone=zone) if tcin is None else outline_one(past, reach, zone=zone, clock=clock)
            return chart, Charted(
                picture=name_of(chart, about=tcin or "all", days=int(reach)),
                tcin=tcin,
                days=int(reach),
                restocks=sum(one.opened_at >= past.since for one in past.windows),
                open_s=open_seconds(until_now),
                seen_s=seen_seconds(until_now, tcin),
            )

        try:
            outline = await self._read(tcin, until - reach.length, until, outlined)
            if outline is None:
                return _not_watched(tcin)
            chart, charted = outline
            await self._have_drawn(chart, charted.picture, origin)
        except DatabaseUnusable as error:
            return NotDone(why=f"my journal can't be read: {error}")
        except (NotDrawn, OSError) as error:
            return NotDone(why=f"I could not draw it: {error}; /history says the same in words")
        return charted

    async def _have_drawn(self, chart: Chart, name: str, origin: Origin) -> None:
        """The file of this name is there afterwards, drawn before or now."""
        if await asyncio.to_thread(self._folder.holds, name):
            return
        self._say_meanwhile(origin)
        await asyncio.to_thread(self._folder.prepare)
        content = await self._renderer.draw(chart)
        await asyncio.to_thread(self._folder.put, name, content)

    def _say_meanwhile(self, origin: Origin) -> None:
        if origin.press is None:
            self._presses.show_sending_picture(origin.chat, origin.thread)
        else:
            self._presses.say_meanwhile(origin.press.id, DRAWING)

    # ---- what both share

    async def _read(self, tcin: Tcin | None, since: datetime, until: datetime, make: Callable[[Past], T]) -> T | None:
        """What is made of the past of one product, or of all; None where that one is not watched.

        Made in the thread that reads: of a year of many products that takes too long for anybody to wait.
        """
        ending = threading.Event()

        def work(file: DatabaseFile) -> T | None:
            past = gather(file, tcin, since=since, until=until, monotonic=monotonic, pause=ending.wait)
            return make(past) if past.lines or tcin is None else None

        try:
            return await self._storage.read_aside(work)
        finally:
            ending.set()  # the thread goes on where this task was cancelled

    async def _clock_of(self, chat: int) -> tzinfo:
        return await self._storage.read(lambda unit: PreferenceTable(unit.connection).of(chat).zone_or(self._zone))


def _not_watched(tcin: Tcin | None) -> NotDone:
    return NotDone(why=f"{tcin} is not watched")
