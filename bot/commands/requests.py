"""A command that is to be applied now, and what may become of it at once."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.access.origin import Origin
from bot.access.roles import Role
from bot.commands.arguments import BadArgument
from bot.commands.spec import LATE, Spec
from config.clock import Now
from config.durations import span
from config.products import Tcin
from purchasing.commands import Command, WatchlistEdits
from purchasing.model import Line, Overview
from purchasing.storage.unit_of_work import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command to be applied now, with what stands about it by now."""

    command: Command
    spec: Spec
    origin: Origin
    #: It was pressed as the button of an offer, whose edits these are.
    confirmed: bool = False
    edits: WatchlistEdits | None = None

    @property
    def args(self) -> str:
        return self.command.args

    @property
    def role(self) -> Role:
        return self.origin.role

    @property
    def about(self) -> tuple[Tcin, ...]:
        """The products of the message to which this is a reply."""
        return tuple(map(Tcin, self.origin.about))


#: Applies commands that change something: each finishes its own in the transaction of its effect.
Changes = Mapping[Spec, Callable[[Request], Awaitable[None]]]


def check_is_soon(request: Request, *, at: datetime) -> None:
    """For what does harm when it comes late.

    Raises:
        BadArgument: it waited for too long, or nobody knows for how long.
    """
    waited = at - request.command.at
    if waited > LATE:
        raise BadArgument(f"it came {span(waited)} late; send it again if you still want it")
    if request.origin.late:
        raise BadArgument("I was out of touch when you pressed it; press it again if you still want it")


class NotSure(Exception):
    """It is done only when a button is pressed: what is asked, and each label with the arguments that it stands for."""

    def __init__(self, question: str, choices: Mapping[str, str]) -> None:
        super().__init__(question)
        self.question = question
        self.choices = choices


class Watched:
    """What is watched, as it stands when a command is applied."""

    def __init__(self, *, storage: Storage, now: Now) -> None:
        self._storage = storage
        self._now = now

    async def lines(self) -> tuple[Line, ...]:
        """What is watched by the watch list."""
        return tuple(line for line in (await self.overview()).lines if not line.is_drill)

    async def overview(self) -> Overview:
        return await self._storage.read(lambda unit: unit.views.overview(at=self._now()))
