"""Ten restocks in one cycle, after a minute of edits: when they are named, and when the last one's alert is there."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.products import BuyMode
from sandbox.chat import BotCall, Limits
from tests.bench.report import Figure
from tests.bench.stage import ROOM, Stage, new_stage, until_cycle
from tests.bench.store_process import tcins_of
from tests.world import ADA, ALERT_WORDS

EVERY_S = 2.0
RESTOCKS = 10
#: In stock long before, and practised on round after round, so that their alerts are edited all the time.
PRACTISED = 5
NAMED_WITHIN_S = 1.0
TOO_MANY = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    name: str
    chat: int
    #: By when the last alert is to be there.
    within_s: float


PLACES = (
    _Place(name="a private chat", chat=ADA.id, within_s=12.0),
    _Place(name="a group", chat=ROOM.id, within_s=25.0),
)


async def many_at_once_figures(folder: Path, *, edited_s: float = 65.0, afterwards_s: float = 45.0) -> list[Figure]:
    settings = {
        "STOCKBELL_TELEGRAM__GROUPS": f"[{ROOM.id}]",
        "STOCKBELL_PURCHASING__SIMULATED_S": "3",
        "STOCKBELL_PURCHASING__SIMULATED_SUCCESS": "0.7",
    }
    products = PRACTISED + RESTOCKS
    async with new_stage(folder, products, every_s=EVERY_S, groups=[ROOM], buy=BuyMode.ASK, settings=settings) as stage:
        tcins = tcins_of(products)
        await _begin(stage, tcins[:PRACTISED])
        await asyncio.sleep(edited_s)
        before, began = len(stage.chat.calls), asyncio.get_running_loop().time()
        restocked = tcins[PRACTISED:]
        for tcin in restocked:
            stage.store.set(tcin, shipping="IN_STOCK")
        await stage.until_chat(
            lambda: all(len(_alerts(stage.chat.calls[before:], one.chat, restocked)) == RESTOCKS for one in PLACES),
            seconds=180,
        )
        await asyncio.sleep(afterwards_s)
        answered = stage.store.first_answer_on(restocked[0], asked_after=began)
        refused = sum(call.status == TOO_MANY for call in stage.chat.calls)
        calls = stage.chat.calls
        figures = [one for place in PLACES for one in _figures(place, calls[before:], restocked, answered)]
        edits = {place.name: _edits_a_minute(calls[:before], place.chat, before=began) for place in PLACES}
        await stage.stop()
    told = ", ".join(f"{count} in {name}" for name, count in edits.items())
    none_refused = Figure(
        name="429s", ours=f"{refused}; edits in the minute before: {told}", target="none", met=refused == 0
    )
    return [*figures, none_refused]


async def _begin(stage: Stage, practised: Sequence[str]) -> None:
    stage.chat.limits = Limits()
    stage.say("/start")
    stage.say("/board")
    stage.chat.say(ADA.id, "/board", chat=ROOM.id)
    await stage.execute()
    await until_cycle(stage, 2)
    for tcin in practised:
        stage.store.set(tcin, shipping="IN_STOCK")


def _figures(place: _Place, calls: Sequence[BotCall], restocked: Sequence[str], answered: float) -> Iterator[Figure]:
    named = _named_at(calls, place.chat, restocked)
    last = max(_alerts(calls, place.chat, restocked)) - answered
    yield Figure(
        name=f"{RESTOCKS} at once, all named in {place.name}",
        ours="never" if named is None else f"{named - answered:.2f} s",
        target=f"{NAMED_WITHIN_S:.0f} s",
        met=named is not None and named - answered <= NAMED_WITHIN_S,
    )
    yield Figure(
        name=f"the last one's alert in {place.name}",
        ours=f"{last:.1f} s",
        target=f"{place.within_s:.0f} s",
        met=last <= place.within_s,
    )


def _named_at(calls: Sequence[BotCall], chat: int, restocked: Sequence[str]) -> float | None:
    """When the message came that names them all; None if none did."""
    texts = ((call.at, str(call.params["text"])) for call in _sent(calls, chat))
    return next((at for at, text in texts if all(tcin in text for tcin in restocked)), None)


def _alerts(calls: Sequence[BotCall], chat: int, restocked: Sequence[str]) -> list[float]:
    """When each alert of these products came."""
    texts = [(call.at, str(call.params["text"])) for call in _sent(calls, chat)]
    return [at for at, text in texts if _is_alert(text) and sum(tcin in text for tcin in restocked) == 1]


def _sent(calls: Sequence[BotCall], chat: int) -> list[BotCall]:
    return [call for call in calls if (call.method, call.chat_id, call.ok) == ("sendMessage", chat, True)]


def _is_alert(text: str) -> bool:
    return any(word in text.partition("\n")[0] for word in ALERT_WORDS)


def _edits_a_minute(calls: Sequence[BotCall], chat: int, *, before: float) -> int:
    return sum(
        (call.method, call.chat_id, call.ok) == ("editMessageText", chat, True) and call.at >= before - 60
        for call in calls
    )
