"""Looks back over the past, in words or in a picture, beside everything else that the service does."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path

from bot.access.origin import Origin
from bot.access.preference_table import PreferenceTable
from bot.charts.folder import CHARTS_FOLDER, ChartFolder, name_of
from bot.charts.gathered import Past
from bot.charts.gathering import gather
from bot.charts.model import Reach
from bot.charts.outline import look_back, open_seconds, outline_all, outline_one, round_up
from bot.charts.painter import NotDrawn, Painter
from bot.charts.slow_answers import SlowAnswers
from bot.telegram.presses import PressAnswers
from config.clock import Now, monotonic
from config.database import DatabaseUnusable
from config.products import Tcin
from purchasing.commands import Charted, Command, NotDone, Result
from purchasing.control.queue import CommandQueue
from purchasing.storage.unit_of_work import Storage

_Wanted = Callable[[], bool]

#: Said over the chat to who pressed a button for a picture.
DRAWING = "Drawing…"
#: What is said where pictures can't be drawn.
NO_LIBRARY = "pictures need the extra charts, as docs/chat.md tells; /history says the same in words"


class Historian:
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
        painter: Painter | None = None,
    ) -> None:
        self._storage = storage
        self._presses = presses
        self._zone = zone
        self._now = now
        self._folder = ChartFolder(data_dir / CHARTS_FOLDER)
        self._painter = painter or Painter(scratch=self._folder.scratch)
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
        await self._painter.close()

    # ---- in words

    async def _look_back(self, tcin: Tcin | None, reach: Reach, origin: Origin) -> Result:
        until = self._now()
        try:
            past = await self._gather(tcin, until - reach.length, until)
            longer = max(reach, Reach.MONTH)
            whole = past if reach is longer else await self._gather(None, until - longer.length, until, of=tcin)
        except DatabaseUnusable as error:
            return NotDone(why=f"my journal can't be read: {error}")
        if tcin is not None and not past.lines:
            return NotDone(why=f"{tcin} is not watched")
        return look_back(past, whole, reach, tcin, clock=await self._clock_of(origin.chat))

    # ---- in a picture

    async def _chart(self, tcin: Tcin | None, reach: Reach, origin: Origin) -> Result:
        if not self._painter.is_installed:
            return NotDone(why=NO_LIBRARY)
        now = self._now()
        until = round_up(now, reach)
        try:
            past = await self._gather(tcin, until - reach.length, until)
        except DatabaseUnusable as error:
            return NotDone(why=f"my journal can't be read: {error}")
        if tcin is not None and not past.lines:
            return NotDone(why=f"{tcin} is not watched")
        try:
            picture = await self._picture(past, tcin, reach, origin)
        except (NotDrawn, OSError) as error:
            return NotDone(why=f"I could not draw it: {error}; /history says the same in words")
        restocks = sum(one.opened_at >= past.since for one in past.windows)
        return Charted(
            picture=picture,
            tcin=tcin,
            days=int(reach),
            restocks=restocks,
            open_s=open_seconds(replace(past, until=now)),
        )

    async def _picture(self, past: Past, tcin: Tcin | None, reach: Reach, origin: Origin) -> str:
        """The name of its file, drawn before or now."""
        clock = await self._clock_of(origin.chat)
        zone = str(clock)
        chart = outline_all(past, zone=zone) if tcin is None else outline_one(past, reach, zone=zone, clock=clock)
        name = name_of(chart, about=tcin or "all", days=int(reach))
        if await asyncio.to_thread(self._folder.holds, name):
            return name
        self._say_meanwhile(origin)
        await asyncio.to_thread(self._folder.prepare)
        content = await self._painter.draw(chart)
        await asyncio.to_thread(self._folder.put, name, content)
        return name

    def _say_meanwhile(self, origin: Origin) -> None:
        if origin.press is None:
            self._presses.show_sending_picture(origin.chat, origin.thread)
        else:
            self._presses.say_meanwhile(origin.press.id, DRAWING)

    # ---- what both share

    async def _gather(self, tcin: Tcin | None, since: datetime, until: datetime, *, of: Tcin | None = None) -> Past:
        """The past of one product with its readings, or of all, or `of` one without them."""
        ending = threading.Event()
        try:
            return await self._storage.read_aside(
                lambda file: gather(
                    file, tcin, only=of, since=since, until=until, monotonic=monotonic, pause=ending.wait
                )
            )
        finally:
            ending.set()  # the thread goes on where this task was cancelled

    async def _clock_of(self, chat: int) -> tzinfo:
        return await self._storage.read(lambda unit: PreferenceTable(unit.connection).of(chat).zone_or(self._zone))
