"""Commands that look back. What they ask for takes its time, in which other commands are applied."""

from bot.access.members import Members
from bot.charts.history_answers import HistoryAnswers
from bot.charts.model import Reach
from bot.commands.past.commands import CHART, HISTORY
from bot.commands.past.parsing import parse_look_back
from bot.commands.requests import Changes, Request, Watched
from config.products import Tcin


class PastHandlers:
    """Each is finished when its answer was read or drawn."""

    def __init__(self, *, watched: Watched, history: HistoryAnswers, members: Members) -> None:
        self._watched = watched
        self._answers = history
        self._members = members

    @property
    def changes(self) -> Changes:
        return {HISTORY: self._history, CHART: self._chart}

    async def _history(self, request: Request) -> None:
        tcin, reach = await self._parse(request)
        self._answers.begin_words(
            request.command, tcin, reach, request.origin, is_wanted=lambda: self._is_let_in(request)
        )

    async def _chart(self, request: Request) -> None:
        tcin, reach = await self._parse(request)
        self._answers.begin_picture(
            request.command, tcin, reach, request.origin, is_wanted=lambda: self._is_let_in(request)
        )

    async def _parse(self, request: Request) -> tuple[Tcin | None, Reach]:
        line, reach = parse_look_back(request.args, await self._watched.lines(), about=request.about)
        return None if line is None else line.tcin, reach

    def _is_let_in(self, request: Request) -> bool:
        user, origin = int(request.command.person.id), request.origin
        return self._members.access.role_at(user, chat=origin.chat, private=origin.private) is not None
