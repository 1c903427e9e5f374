"""Commands that change the watch list, and words that name products."""

from bot.access.roles import Role
from bot.commands import specs
from bot.commands.additions import AddRequest, parse_add, parse_amount, parse_mention
from bot.commands.arguments import BadArgument, find_products, is_all, parse_move, parse_set
from bot.commands.requests import Changes, NotSure, Request, Watched
from bot.commands.watchlist_sync import WatchlistSync
from bot.text.markup import first_few, money
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
        wanted = parse_add(request.args)
        if wanted.products and wanted.amounts:
            raise NotSure(_why_unsure(wanted), _without_doubt(wanted))
        await self._watchlist_sync.add(request.command, wanted)

    async def _remove(self, request: Request) -> None:
        lines, refused = find_products(request.args, await self._watched.lines(), about=request.about)
        means_all = is_all(request.args)
        if request.confirmed and lines:
            refused = []  # what others removed since the question was asked is as it was wanted
        if not lines and not refused:
            raise BadArgument("nothing is watched")
        if means_all and not request.confirmed:
            # Those that were asked about, not what is watched when the button is pressed.
            tcins = " ".join(line.tcin for line in lines)
            raise NotSure(f"Remove all {len(lines)} products?", {f"Yes, remove all {len(lines)}": tcins})
        if not lines and request.confirmed:
            raise BadArgument("all of them were removed already")
        await self._watchlist_sync.remove(request.command, lines, refused)

    async def _set(self, request: Request) -> None:
        wishes = parse_set(request.args, await self._watched.lines(), about=request.about)
        if wishes.raised and not request.confirmed:
            named = f"{wishes.line.name_and_title} {wishes.line.tcin}".strip()
            asked = " and ".join(one.what for one in wishes.raised)
            question = f"{asked[:1].upper()}{asked[1:]} for {named}?"
            yes = f"Yes, {' and '.join(one.yes for one in wishes.raised)}"
            # By its number: another one may stand in its place, or fit its words, when the button is pressed.
            raise NotSure(question, {yes: f"{wishes.line.tcin} {wishes.words}"})
        await self._watchlist_sync.set(request.command, wishes)

    async def _move(self, request: Request) -> None:
        line, place = parse_move(request.args, await self._watched.lines(), about=request.about)
        await self._watchlist_sync.move(request.command, line, place)

    async def _undo(self, request: Request) -> None:
        await self._watchlist_sync.undo(request.command, request.edits or WatchlistEdits())

    async def _read_text(self, request: Request) -> None:
        """Words without a command: a link is an offer to watch it, anything else gets a hint."""
        mention = parse_mention(request.args)
        tcins = tuple(product.tcin for product in mention.products)
        if not tcins or request.role < Role.OPERATOR:
            await self._steering.queue.finish(request.command, Mentioned())
            return
        cap = " without a limit" if mention.amounts else ""
        watch = self._steering.offers.new(f"Watch {first_few(tcins)}{cap}", specs.ADD.name, mention.as_args())
        await self._steering.queue.finish(request.command, Mentioned(tcins=tcins), watch)


def _why_unsure(wanted: AddRequest) -> str:
    named = ", ".join(repr(amount) for amount in wanted.amounts)
    return f"Nothing was added yet. Is {named} the most that you would pay? Next time write it like max=49.99"


def _without_doubt(wanted: AddRequest) -> dict[str, str]:
    """What may be meant, each to be chosen by a tap."""
    caps = {parse_amount(amount) for amount in wanted.amounts} - {None}
    capped = {f"Add, at most {money(cap)}": wanted.as_args(f"max={cap}") for cap in sorted(filter(None, caps))}
    return {**capped, "Add without a limit": wanted.as_args()}
