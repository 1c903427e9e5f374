"""Leads a tab through one stage: look, decide, do, and again, until the stage is at its goal or can't reach it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from purchasing.checkout.buyer.tab import ClickFailed, Tab, WentElsewhere
from purchasing.checkout.dialogue import next_act
from purchasing.checkout.model import (
    Act,
    Choose,
    Click,
    End,
    Ending,
    Go,
    Observation,
    Ordered,
    PressRefused,
    Reached,
    Stage,
    Wait,
    Wanted,
)
from purchasing.errors import NothingOrdered

log = logging.getLogger(__name__)

#: Between two looks at a page on which nothing can be done yet.
BETWEEN_LOOKS = timedelta(milliseconds=40)
#: A page that has not shown for so long what is waited for has changed, or is broken.
PATIENCE = timedelta(seconds=12)
#: What is waited for only briefly.
MOMENT = timedelta(seconds=2)


def note_nothing(act: Act) -> None:
    """Most stages leave nothing behind that would have to be known after a crash."""


#: A stage that takes more acts goes round in circles.
MOST_ACTS = 30


class StageEnded(Exception):
    """The stage can't reach its goal; `end` says why."""

    def __init__(self, end: End) -> None:
        super().__init__(end.why)
        self.end = end


async def lead(
    tab: Tab,
    stage: Stage,
    wanted: Wanted,
    *,
    before: Callable[[Act], None] = note_nothing,
    patience: timedelta = PATIENCE,
) -> Reached:
    """Take the tab to the stage's goal. `before` is told of each act before it is done.

    `patience` is for each thing that is waited for.

    Raises:
        StageEnded: it can't be reached.
        NothingOrdered: the browser or the page failed.
    """
    while len(wanted.done) < MOST_ACTS:
        act = await _await_act(tab, stage, wanted, before=before, patience=patience)
        match act:
            case Reached():
                return act
            case End():
                raise StageEnded(act)
            case Ordered() | PressRefused():
                raise AssertionError(f"{stage} said {act}")
        log.info("checkout.act", extra={"stage": stage.value, "act": _words(act), "tcin": wanted.tcin})
        wanted = replace(wanted, done=(*wanted.done, _words(act)))
    raise StageEnded(End(ending=Ending.PAGE_CHANGED, why=f"{MOST_ACTS} acts led nowhere, the last: {wanted.done[-1]}"))


async def follow(tab: Tab, wanted: Wanted) -> Ordered | PressRefused:
    """Watch what becomes of the press, for as long as something may; nothing is done on the page.

    Raises:
        StageEnded: it asks for the owner, or it can't be told.
    """
    act = await _await_act(tab, Stage.PRESSED, wanted)
    match act:
        case Ordered() | PressRefused():
            return act
        case End():
            raise StageEnded(act)
    raise AssertionError(f"{act} after the press")


async def _await_act(
    tab: Tab,
    stage: Stage,
    wanted: Wanted,
    *,
    before: Callable[[Act], None] = note_nothing,
    patience: timedelta = PATIENCE,
) -> Act:
    """The next thing that was done, or that ends the stage. `patience` is for each thing that is waited for."""
    clock = asyncio.get_running_loop().time
    since, last = clock(), ""
    while True:
        try:
            observation = await tab.look(wanted.tcin)
            act = next_act(stage, observation, wanted)
            if not isinstance(act, Wait):
                before(act)
                await _do(tab, act, observation)
                return act
            await _uncover(tab, act, observation, wanted)
        except ClickFailed as error:
            # Not there any more, or perhaps clicked all the same: it counts as done, and another look tells.
            log.info("checkout.click_failed", extra={"why": str(error)})
            return act
        except WentElsewhere:
            act = Wait(why="the page is on its way", patiently=stage is Stage.PRESSED)
        longest = MOMENT if act.briefly else patience
        if (awaited := _awaited(act)) != last:
            since, last = clock(), awaited
        elif not act.patiently and clock() - since > longest.total_seconds():
            why = act.why if act.briefly else f"{act.why}, for {longest.seconds} s"
            raise StageEnded(End(ending=act.ending, why=why, need=act.need, marker=act.marker))
        await asyncio.sleep(BETWEEN_LOOKS.total_seconds())


def _awaited(act: Wait) -> str:
    """What is waited for; a dialog's words may count the seconds."""
    return f"{act.need}" if act.briefly else act.why


async def _uncover(tab: Tab, act: Wait, observation: Observation, wanted: Wanted) -> None:
    """What lies under a bar at the edge of the window is brought into its middle."""
    element = None if act.marker is None else observation.seen.found.get(act.marker)
    if act.marker is not None and element is not None and element.visible and element.covered:
        await tab.bring_to_middle(act.marker, element.selector, tcin=wanted.tcin)


async def _do(tab: Tab, act: Act, observation: Observation) -> None:
    match act:
        case Go():
            await tab.go(act)
        case Click():
            await tab.click(act, number=_number(observation, act.marker))
        case Choose():
            await tab.choose(act, number=_number(observation, act.marker))


def _number(observation: Observation, marker: str) -> int:
    element = observation.seen.found.get(marker)
    if element is None:
        raise NothingOrdered(f"{marker} is not on the page")
    return element.selector


def _words(act: Act) -> str:
    match act:
        case Go(address=address):
            return f"go {address}"
        case Click(marker=marker) | Choose(marker=marker):
            return marker
    return type(act).__name__.lower()
