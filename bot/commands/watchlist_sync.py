"""Keeps the watch list's file and the stored list as one: hand edits are taken up, commands write the file first."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from functools import reduce

from bot.commands.additions import AddRequest
from bot.commands.arguments import SetRequest
from bot.commands.specs import UNDO
from bot.text.cards import MOST_CARDS
from config.products import Product, Tcin
from config.watchlist import (
    WatchlistError,
    WatchlistFile,
    WatchlistGone,
    ensure_absent,
    ensure_place,
    ensure_present,
    ensure_value,
    render_watchlist,
)
from purchasing.commands import (
    Added,
    Command,
    CommandOutcome,
    NotDone,
    Offer,
    PlaceChanged,
    PlacedProduct,
    RefusedWord,
    Removed,
    Undone,
    WatchlistEdits,
    WishesChanged,
)
from purchasing.control.steering import Steering
from purchasing.coordinator import Coordinator
from purchasing.events import WatchlistRefused
from purchasing.model import Line

log = logging.getLogger(__name__)

Edit = Callable[[str], str]


#: The fields of a product that say what is wanted of it, and the key of the file for one that has another name there.
WISHES = frozenset({"name", "max_price", "quantity", "buy", "channel", "every", "enabled"})
_KEYS = {"every": "every_s"}


class WatchlistSync:
    """The file is the truth for hands, the stored list for everybody else.

    A command is on disk as pending before it gets here; it writes the file by an edit that may be repeated, and is
    finished in the transaction that takes the file up. A crash in between repeats an edit that changes nothing.
    """

    def __init__(self, *, file: WatchlistFile, coordinator: Coordinator, steering: Steering) -> None:
        self._file = file
        self._coordinator = coordinator
        self._steering = steering
        self._turn = asyncio.Lock()
        #: What is wrong with the file, line by line; empty while it is well.
        self.problems: tuple[str, ...] = ()

    async def begin(self) -> None:
        """Take the file up at start. A wrong one changes nothing: the list last taken up holds."""
        async with self._turn:
            try:
                products = await asyncio.to_thread(self._file.read)
            except WatchlistGone:
                await self._restore()
            except WatchlistError as error:
                await self._refuse(error)
            else:
                await self._take_up(products)

    async def _restore(self) -> None:
        """Write the missing file from the stored list, so that there is something to edit by hand."""
        stored = await self._coordinator.watchlist.stored()
        try:
            await asyncio.to_thread(self._file.change, lambda text: text or render_watchlist(stored))
        except WatchlistError as error:
            await self._refuse(error)

    async def follow(self) -> None:
        """Take up what hands change, until cancelled."""
        async for content in self._file.follow():
            async with self._turn:
                if not await asyncio.to_thread(self._file.still_says, content):
                    continue  # a command was quicker, and what the file says now is told in its turn
                if isinstance(content, WatchlistError):
                    await self._refuse(content)
                else:
                    await self._take_up(content)

    async def _take_up(self, products: tuple[Product, ...]) -> None:
        self.problems = ()
        await self._coordinator.watchlist.take_up(products, by="the file")

    async def _refuse(self, error: WatchlistError) -> None:
        if error.problems == self.problems:
            return
        self.problems = error.problems
        log.warning("watchlist.wrong", extra={"problems": list(error.problems)})
        await self._coordinator.watchlist.note(WatchlistRefused(problems=error.problems))

    # ---- commands

    async def add(self, command: Command, request: AddRequest) -> None:
        """Watch what is asked for; what is watched already stays as it is."""
        async with self._turn:
            before = {product.tcin for product in await self._coordinator.watchlist.stored()}
            wanted = [product.tcin for product in request.products]
            added = tuple(tcin for tcin in wanted if tcin not in before)
            there = tuple(tcin for tcin in wanted if tcin in before)
            result = Added(added=added, there=there, refused=request.refused)
            # Each of a few products has a card of its own, with an undo of its own.
            apart = [(tcin,) for tcin in added] if len(added) <= MOST_CARDS else [added]
            undo = tuple(self._undo(absent=tcins) for tcins in apart)

            def edit(text: str) -> str:
                return reduce(ensure_present, request.products, text)

            await self._change(command, edit, CommandOutcome(result=result, offers=undo))

    async def remove(self, command: Command, lines: Sequence[Line], refused: Sequence[RefusedWord]) -> None:
        """Watch these no longer; what is known of them stays, for when they are added again."""
        async with self._turn:
            removed = tuple(line.tcin for line in lines)
            outcome = CommandOutcome(
                result=Removed(removed=removed, refused=tuple(refused)),
                offers=(self._undo(present=await self._placed(removed)),) if removed else (),
            )
            await self._change(command, lambda text: ensure_absent(text, removed), outcome)

    async def set(self, command: Command, request: SetRequest) -> None:
        """Change what the owner wants of a product."""
        async with self._turn:
            tcin, values = request.line.tcin, file_values(request.wanted, request.fields)
            outcome = CommandOutcome(
                result=WishesChanged(tcin=tcin, keys=tuple(sorted(values))),
                offers=(self._undo(present=await self._placed([tcin], fields=tuple(sorted(request.fields)))),),
            )
            await self._change(command, lambda text: ensure_value(text, tcin, values), outcome)

    async def move(self, command: Command, line: Line, place: int) -> None:
        """Give a product another place, counted from 1."""
        async with self._turn:
            count = len(await self._coordinator.watchlist.stored())
            outcome = CommandOutcome(
                result=PlaceChanged(tcin=line.tcin, place=place, of=count),
                offers=(self._undo(present=await self._placed([line.tcin], fields=())),),
            )
            await self._change(command, lambda text: ensure_place(text, line.tcin, place), outcome)

    async def undo(self, command: Command, edits: WatchlistEdits) -> None:
        """Bring back what the change took, and no more: what others changed since stays. Take out what was added."""
        async with self._turn:
            watched = {product.tcin for product in await self._coordinator.watchlist.stored()}
            lost = [
                one.product.tcin for one in edits.present if one.fields is not None and one.product.tcin not in watched
            ]
            if lost:
                why = f"{', '.join(lost)} is not watched any more"
                await self._steering.queue.finish(command, NotDone(why=why, about=tuple(lost)))
                return

            def edit(text: str) -> str:
                text = ensure_absent(text, edits.absent)
                for one in edits.present:
                    if one.fields is not None or one.product.tcin not in watched:
                        text = _bring_back(text, one)
                return text

            result = Undone(absent=edits.absent, present=tuple(one.product.tcin for one in edits.present))
            await self._change(command, edit, CommandOutcome(result=result))

    async def _placed(
        self, tcins: Collection[Tcin], *, fields: tuple[str, ...] | None = None
    ) -> tuple[PlacedProduct, ...]:
        """These products as they are wanted now: all of it, these wishes of them, or with no fields their places."""
        listed = enumerate(await self._coordinator.watchlist.stored(), start=1)
        return tuple(
            PlacedProduct(place=None if fields else place, product=one, fields=fields)
            for place, one in listed
            if one.tcin in tcins
        )

    def _undo(self, *, absent: tuple[Tcin, ...] = (), present: tuple[PlacedProduct, ...] = ()) -> Offer:
        return self._steering.offers.new("Undo", UNDO.name, edits=WatchlistEdits(absent=absent, present=present))

    async def _change(self, command: Command, edit: Edit, outcome: CommandOutcome) -> None:
        held = await self._coordinator.watchlist.stored()  # what a file that is gone for a moment held
        try:
            products = await asyncio.to_thread(self._file.change, edit, held=held)
        except WatchlistGone:
            products = ()  # the last product was taken out
        except WatchlistError as error:
            why = "watchlist.toml is wrong, nothing was changed: " + "; ".join(error.problems)
            await self._steering.queue.finish(command, NotDone(why=why))
            return
        self.problems = ()
        await self._coordinator.watchlist.take_up(products, by=command.person.id, finish=(command, outcome))


def _bring_back(text: str, before: PlacedProduct) -> str:
    product, fields = before.product, WISHES if before.fields is None else before.fields
    text = ensure_present(text, product)
    text = ensure_value(text, product.tcin, file_values(product, fields)) if fields else text
    return text if before.place is None else ensure_place(text, product.tcin, before.place)


def file_values(product: Product, fields: Collection[str] = WISHES) -> dict[str, object]:
    """These fields of a product as the keys and values of the file; None takes a key out."""
    values = {
        "name": product.name,
        "max_price": product.max_price,
        "quantity": product.quantity,
        "buy": product.buy,
        "channel": product.channel,
        "every": None if product.every is None else product.every.total_seconds(),
        "enabled": product.enabled,
    }
    return {_KEYS.get(field, field): value for field, value in values.items() if field in fields}
