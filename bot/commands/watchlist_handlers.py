"""Commands that change the watch list, and words that name products."""

from bot.access.roles import Role
from bot.commands import specs
from bot.commands.arguments import (
    BadArgument,
    find_products,
    mentioned_products,
    parse_add,
    parse_move,
    parse_set,
)
from bot.commands.requests import Changes, NotSure, Request, Watched
from bot.commands.watchlist_sync import WatchlistSync
from purchasing.commands import Mentioned, WatchlistEdits
from purchasing.control.steering import Steering


class WatchlistHandlers:
    """The list itself is written by whoever keeps the file and the stored list as one."""

    def __init__(self, *, watched: Watched, watchlist_sync: WatchlistSync, steering: Steering) -> None:
        self._watched = watched
        self._watchlist_sync = watchlist_sync
        self._steering = steering

    @property
    def changes(self) -> Changes:
        return {
            specs.ADD: self._add,
            specs.REMOVE: self._remove,
            specs.SET: self._set,
            specs.MOVE: self._move,
            specs.UNDO: self._undo,
            specs.TEXT: self._read_text,
        }

    async def _add(self, request: Request) -> None:
        await self._watchlist_sync.add(request.command, parse_add(request.args))

    async def _remove(self, request: Request) -> None:
        lines, refused = find_products(request.args, await self._watched.lines())
        is_all = request.args.strip().lower() == "all"
        if not lines and not refused:
            raise BadArgument("nothing is watched" if is_all else "it needs a TCIN, or all")
        if is_all and not request.confirmed:
            # Those that were asked about, not what is watched when the button is pressed.
            raise NotSure(
                f"this would remove all that is watched, {len(lines)} in number",
                label=f"Yes, remove all {len(lines)}",
                args=" ".join(line.tcin for line in lines),
            )
        await self._watchlist_sync.remove(request.command, lines, refused)

    async def _set(self, request: Request) -> None:
        wishes = parse_set(request.args, await self._watched.lines())
        if wishes.raised and not request.confirmed:
            named = f"{wishes.line.title} {wishes.line.tcin}".strip()
            question = f"this raises {' and '.join(wishes.raised)} for {named}"
            raise NotSure(question, label="Yes, raise it", args=request.args)
        await self._watchlist_sync.set(request.command, wishes)

    async def _move(self, request: Request) -> None:
        line, place = parse_move(request.args, await self._watched.lines())
        await self._watchlist_sync.move(request.command, line, place)

    async def _undo(self, request: Request) -> None:
        await self._watchlist_sync.undo(request.command, request.edits or WatchlistEdits())

    async def _read_text(self, request: Request) -> None:
        """Words without a command: a link is an offer to watch it, anything else gets a hint."""
        tcins = mentioned_products(request.args)
        if not tcins or request.role < Role.OPERATOR:
            await self._steering.queue.finish(request.command, Mentioned())
            return
        watch = self._steering.offers.new(f"Watch {', '.join(tcins)}", specs.ADD.name, " ".join(tcins))
        await self._steering.queue.finish(request.command, Mentioned(tcins=tuple(tcins)), watch)
