"""Commands that change the watch list, and words that name products."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.commands import specs
from bot.commands.additions import AddRequest, parse_add, parse_amount, parse_mention
from bot.commands.arguments import BadArgument, SetRequest, find_products, is_all, parse_move, parse_set
from bot.commands.requests import Changes, NotSure, Request, Watched, check_is_soon
from bot.commands.watchlist_sync import WatchlistSync
from bot.text.markup import money
from bot.text.picks import UNNAMED
from config.clock import Now
from config.products import BuyMode, Tcin
from purchasing.commands import Done, Mentioned, WatchlistEdits
from purchasing.control.steering import Steering

#: A group is asked about the same product no oftener.
ASKED_AGAIN = timedelta(minutes=10)
#: Of so many questions it is remembered when they were asked.
MOST_REMEMBERED = 1000


class WatchlistHandlers:
    """The list itself is written by whoever keeps the file and the stored list as one."""

    def __init__(self, *, watched: Watched, watchlist_sync: WatchlistSync, steering: Steering, now: Now) -> None:
        self._watched = watched
        self._watchlist_sync = watchlist_sync
        self._steering = steering
        self._now = now
        self._asked = AskedInGroups()

    @property
    def changes(self) -> Changes:
        return {
            specs.ADD: self._add,
            specs.REMOVE: self._remove,
            specs.SET: self._set,
            specs.MOVE: self._move,
            specs.UNDO: self._undo,
            specs.TEXT: self._read_text,
            specs.LINKS: self._read_links,
            specs.DECLINE: self._decline,
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
        if _lets_more_happen(wishes) and (request.confirmed or request.origin.press is not None):
            check_is_soon(request, at=self._now())
        if wishes.raised and not (request.confirmed or _names_what_it_raises(request, wishes)):
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
        mentioned = await self._sort(request, [product.tcin for product in mention.products])
        cap = " without a limit" if mention.amounts else ""
        await self._ask_about(request, mentioned, args=mention.as_args(), cap=cap)

    async def _read_links(self, request: Request) -> None:
        """Links that nobody said a command with: in private as words are, in a group each product now and then."""
        mentioned = await self._sort(request, list(map(Tcin, request.args.split())))
        if not request.origin.private:
            mentioned = Mentioned(tcins=self._asked.fresh_of(mentioned.tcins, request), may_add=mentioned.may_add)
            if not mentioned.tcins or not mentioned.may_add:
                # Nobody spoke to the bot there, so that it has nothing to say.
                await self._steering.queue.finish(replace(request.command, origin=None), mentioned)
                return
        await self._ask_about(request, mentioned, args=" ".join(mentioned.tcins))
        self._asked.note(mentioned.tcins, request)

    async def _sort(self, request: Request, tcins: Sequence[Tcin]) -> Mentioned:
        watched = {line.tcin for line in await self._watched.lines()}
        return Mentioned(
            tcins=tuple(tcin for tcin in tcins if tcin not in watched),
            there=tuple(tcin for tcin in tcins if tcin in watched),
            may_add=request.role >= specs.ADD.role,
        )

    async def _ask_about(self, request: Request, mentioned: Mentioned, *, args: str, cap: str = "") -> None:
        if not mentioned.tcins or not mentioned.may_add:
            await self._steering.queue.finish(request.command, mentioned)
            return
        count = len(mentioned.tcins)
        watch = f"Watch all {count}{cap}" if count > 1 else f"Watch{cap}"
        await self._steering.queue.finish(
            request.command,
            mentioned,
            self._steering.offers.new(watch, specs.ADD.name, args),
            self._steering.offers.new("No", specs.DECLINE.name),
        )

    async def _decline(self, request: Request) -> None:
        await self._steering.queue.finish(request.command, Done())


class AskedInGroups:
    """Which products each group was asked about of late; in memory alone, for forgetting it costs one more question."""

    def __init__(self) -> None:
        self._asked: dict[tuple[int, Tcin], datetime] = {}

    def fresh_of(self, tcins: Iterable[Tcin], request: Request) -> tuple[Tcin, ...]:
        """Those of which the chat of this request was not asked within the time."""
        chat, before = request.origin.chat, request.command.at - ASKED_AGAIN
        return tuple(tcin for tcin in tcins if self._asked.get((chat, tcin), before) <= before)

    def note(self, tcins: Iterable[Tcin], request: Request) -> None:
        """The chat of this request is asked about these."""
        for tcin in tcins:
            self._asked.pop((request.origin.chat, tcin), None)
            self._asked[request.origin.chat, tcin] = request.command.at
        while len(self._asked) > MOST_REMEMBERED:
            del self._asked[next(iter(self._asked))]


def _lets_more_happen(wishes: SetRequest) -> bool:
    """Whether more could be spent than before, or without asking."""
    before, wanted = wishes.line.product.buy, wishes.wanted.buy
    return bool(wishes.raised) or (wanted is BuyMode.AUTO and before is not BuyMode.AUTO)


def _names_what_it_raises(request: Request, wishes: SetRequest) -> bool:
    """Whether a button was pressed that names the limit which it raises, as "Pay up to $15" does.

    One with which a product is picked names no limit, and none names how many are bought.
    """
    press = request.origin.press
    is_more = wishes.wanted.quantity > wishes.line.product.quantity
    return press is not None and not press.data.startswith(f"/{specs.SET.name}{UNNAMED}") and not is_more


def _why_unsure(wanted: AddRequest) -> str:
    named = ", ".join(repr(amount) for amount in wanted.amounts)
    return f"Nothing was added yet. Is {named} the most that you would pay? Next time write it like max=49.99"


def _without_doubt(wanted: AddRequest) -> dict[str, str]:
    """What may be meant, each to be chosen by a tap."""
    caps = {parse_amount(amount) for amount in wanted.amounts} - {None}
    capped = {f"Add, at most {money(cap)}": wanted.as_args(f"max={cap}") for cap in sorted(filter(None, caps))}
    return {**capped, "Add without a limit": wanted.as_args()}
