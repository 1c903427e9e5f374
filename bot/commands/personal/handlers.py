"""Commands that change what a chat hears: each for oneself in private, and operators for a group."""

from collections.abc import Callable
from functools import partial

from bot.access.preference_table import PreferenceDesk
from bot.access.preferences import Preferences
from bot.access.roles import Role
from bot.commands import specs
from bot.commands.arguments import BadArgument
from bot.commands.personal.parsing import mute, parse_alerts, parse_mute, parse_quiet
from bot.commands.requests import Changes, Request
from config.clock import Now
from config.zones import zone_names
from purchasing.commands import Done
from purchasing.control.queue import CommandQueue

#: What a choice makes of what was chosen before.
Choice = Callable[[Preferences], Preferences]


class PersonalHandlers:
    """Without an argument none of them changes anything, and its answer tells what stands."""

    def __init__(self, *, preferences: PreferenceDesk, queue: CommandQueue, now: Now) -> None:
        self._preferences = preferences
        self._queue = queue
        self._now = now

    @property
    def changes(self) -> Changes:
        return {
            specs.ALERTS: partial(self._choose, parse=lambda args: parse_alerts(args).put_into),
            specs.MUTE: partial(self._choose, parse=self._parse_mute),
            specs.QUIET: partial(self._choose, parse=lambda args: parse_quiet(args, zones=zone_names()).put_into),
        }

    async def _choose(self, request: Request, *, parse: Callable[[str], Choice]) -> None:
        origin = request.origin
        if not request.args.strip():
            await self._queue.finish(request.command, Done())
            return
        if not origin.private and request.role < Role.OPERATOR:
            raise BadArgument("in a group operators choose this; in the private chat with me everybody does")
        await self._preferences.change(request.command, origin.chat, parse(request.args))

    def _parse_mute(self, args: str) -> Choice:
        lasts = parse_mute(args)
        return partial(mute, until=None if lasts is None else self._now() + lasts)
