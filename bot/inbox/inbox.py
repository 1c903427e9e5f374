"""Updates from Telegram: fetch, find a stop, skip poison, store commands, acknowledge; and apply, in its own task."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.access.members import Members
from bot.access.origin import Origin, Press
from bot.access.roles import GroupMove, Role, Utterance
from bot.commands.handlers import Handlers
from bot.commands.lists import linked_tcins, with_links
from bot.commands.menus import Menus
from bot.commands.spec import BROKE, LATE
from bot.commands.specs import ADD, DISMISS, LINKS, PRESS, STOP, TEXT, UNKNOWN, is_stop, parse_command
from bot.inbox.updates import move_of, utterance_of
from bot.telegram.answers import update_id_of
from bot.telegram.api import (
    ANSWER,
    POLL,
    Flooded,
    Me,
    OtherPoller,
    TelegramApi,
    TelegramTrouble,
    TokenRefused,
    Unreachable,
)
from bot.telegram.presses import PressAnswers
from bot.text.draft import OFFER
from bot.text.taps.prices import DISMISSAL
from config.clock import Now
from config.database import DatabaseUnusable, WorkRefused
from config.durations import span
from purchasing.commands import Command, NotDone, Person
from purchasing.control.queue import CommandQueue
from purchasing.controls import GateMark
from purchasing.recovery import Downtime
from purchasing.slot.emergency_stop import Gate, stopped_by

log = logging.getLogger(__name__)

#: Pauses after a failed poll; the last one repeats. However long Telegram asks to wait, nobody is unheard for longer.
PAUSES_S = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
#: A poll that is silent for longer than this is given up and made anew.
SILENCE = POLL + 2 * ANSWER
#: Telegram gives no more updates at once.
MOST_UPDATES = 100
#: That people could be heard is noted no more often than this, where there is nothing else to store.
CONTACT_EVERY = timedelta(seconds=10)
#: Clocks that are further apart than this are told of.
CLOCKS_DIFFER = timedelta(seconds=30)
#: Of one message no more products are asked about.
MOST_LINKS = 20
#: Commands that could not be applied are tried again after this.
AGAIN = timedelta(seconds=1)


class Inbox:
    """Two tasks: one fetches and stores, one applies. A crash loses no command and none is applied twice."""

    def __init__(
        self,
        *,
        api: TelegramApi,
        members: Members,
        gate: Gate,
        queue: CommandQueue,
        handlers: Handlers,
        presses: PressAnswers,
        menus: Menus,
        now: Now,
    ) -> None:
        self._api = api
        self._members = members
        self._gate = gate
        self._queue = queue
        self._handlers = handlers
        self._presses = presses
        self._menus = menus
        self._now = now
        self._arrived = asyncio.Event()
        #: When Telegram last answered a poll, on the loop's clock.
        self._in_touch_at = float("inf")
        #: The same on the wall clock, which goes on while the machine sleeps.
        self._in_touch_since: datetime | None = None
        #: When that was last noted on disk.
        self._contact_noted_at = float("-inf")
        #: For how long the service was down before this start, until somebody is heard again.
        self._down = timedelta(0)
        #: Whether all that had waited when this start began was fetched.
        self._caught_up = False
        #: The downtime in which what is fetched next may have waited too.
        self._downtime: Downtime | None = None
        #: Why nothing can be fetched, until something is again.
        self.trouble: str | None = None
        #: How far this machine's clock is from Telegram's, in words, where that is far.
        self.clock_trouble: str | None = None

    # ---- fetching

    async def fetch(self) -> None:
        """Fetch and store until cancelled; Telegram may be away for as long as it likes."""
        failures = 0
        while True:
            try:
                me = await self._greet()
                await self._poll(me)
            except (TelegramTrouble, TimeoutError) as trouble:
                failures = 0 if self.trouble is None else failures + 1
                pause = pause_after(trouble, failures)
                self.trouble = str(trouble) or "Telegram was silent"
                log.warning("inbox.trouble", extra={"why": self.trouble, "again_in_s": pause})
                await asyncio.sleep(pause)

    async def _greet(self) -> Me:
        """Learn who the bot is. What else fails here must not keep a stop from being heard."""
        me = await self._api.me()
        self._menus.offer_general()
        try:
            await self._api.forget_webhook()
        except TokenRefused:
            raise
        except TelegramTrouble as trouble:  # polling tells whether there is one
            log.warning("inbox.webhook_stays", extra={"why": str(trouble)})
        return me

    async def _poll(self, me: Me) -> None:
        offset: int | None = None
        while True:
            async with asyncio.timeout(SILENCE.total_seconds()):
                raws = await self._api.updates(offset=offset)
            numbers = [number for raw in raws if (number := update_id_of(raw)) is not None]
            if raws and not numbers:  # nothing of it can be acknowledged, so that it would come again at once
                raise Unreachable("Telegram's updates can't be read")
            self.trouble, now = None, asyncio.get_running_loop().time()
            downtime = self._downtime_until(now)
            await self.take(raws, me, downtime=downtime)
            if numbers:
                offset = max(numbers) + 1
            self._in_touch_at, self._in_touch_since, self._down = now, self._now(), timedelta(0)
            # Of what waited there may be more than one answer holds.
            self._downtime = downtime if len(raws) == MOST_UPDATES else None
            self._caught_up = self._caught_up or len(raws) < MOST_UPDATES

    def _downtime_until(self, now: float) -> Downtime | None:
        """The downtime in which what was fetched may have waited: buttons don't tell when they were pressed."""
        slept = timedelta(0) if self._in_touch_since is None else self._now() - self._in_touch_since
        away = max(timedelta(seconds=max(0.0, now - self._in_touch_at)), slept)
        return Downtime(away=away, down=self._down) if away > LATE else self._downtime

    def begin(self, before: Downtime) -> None:
        """Say what this start follows on."""
        self._down = before.down
        self._in_touch_at = asyncio.get_running_loop().time() - before.away.total_seconds()
        self._in_touch_since = self._now() - before.away

    async def take(self, raws: Sequence[Any], me: Me, *, downtime: Downtime | None = None) -> None:
        """Close the gate if a stop is among them, then store all commands; only then may they be acknowledged.

        What strangers say costs no transaction, so that nobody's stop waits for it.
        """
        heard = [one for raw in raws if (one := self._hear(raw)) is not None]
        moves = {one for one in heard if isinstance(one, GroupMove)}
        undated = [one for one in heard if isinstance(one, Utterance)]
        utterances = [self._dated(one, downtime) for one in undated]
        self._members.expect(moves)
        marks = [self._mark_at(utterance, me) for utterance in utterances]
        await self._members.follow(moves)
        late = downtime is not None
        commands = [await self._command_of(utterance, me, late=late) for utterance in utterances]
        understood = [
            replace(command, gate_mark=mark)
            for command, mark in zip(commands, marks, strict=True)
            if command is not None
        ]
        await self._store(understood, downtime)
        if understood or late:
            self._arrived.set()
        for utterance, command in zip(utterances, commands, strict=True):
            if self._members.access.role_in(utterance) is not None:
                self._acknowledge(utterance, is_answered=command is not None and not late)

    def _mark_at(self, utterance: Utterance, me: Me) -> GateMark:
        """The gate's mark when this was heard; it is shut at once if this is a stop of someone who may."""
        role = self._members.access.role_in(utterance)
        if role is not None and role >= Role.OPERATOR and is_stop(utterance.text, bot_name=me.username):
            self._gate.close(stopped_by(utterance.name))
        return self._gate.mark

    async def _store(self, commands: Sequence[Command], downtime: Downtime | None) -> None:
        now = asyncio.get_running_loop().time()
        if commands or downtime is not None or now - self._contact_noted_at >= CONTACT_EVERY.total_seconds():
            await self._queue.put(commands, downtime=downtime)
            self._contact_noted_at = now

    def _dated(self, utterance: Utterance, downtime: Downtime | None) -> Utterance:
        """When it was said. What comes in on an unbroken poll did not wait, whatever its date says."""
        now = self._now()
        if utterance.press is not None:
            return utterance
        if self._caught_up and downtime is None:
            self._compare_clocks(now - utterance.at)
            return replace(utterance, at=now)
        is_ahead = utterance.at > now + CLOCKS_DIFFER
        return replace(utterance, at=now - downtime.away) if is_ahead and downtime is not None else utterance

    def _compare_clocks(self, age: timedelta) -> None:
        """An update waited at most since the poll before this one: one of another age tells that the clocks differ."""
        polled = timedelta(seconds=max(0.0, asyncio.get_running_loop().time() - self._in_touch_at))
        ahead = age > polled + CLOCKS_DIFFER
        differ = ahead or age < -CLOCKS_DIFFER
        way = "ahead of" if ahead else "behind"
        before, self.clock_trouble = self.clock_trouble, None
        if differ:
            self.clock_trouble = f"this machine's clock is {span(abs(age))} {way} Telegram's: set it right"
        if differ and before is None:
            log.warning("inbox.clocks_differ", extra={"age_s": age.total_seconds()})

    def _hear(self, raw: Any) -> Utterance | GroupMove | None:
        """Who said what, if a person did, or which group moved; None for all that gets no answer."""
        number = update_id_of(raw)
        if number is None:
            log.warning("inbox.unreadable", extra={"update_id": None})
            return None
        try:
            update = self._api.parse_update(raw)
            return move_of(update) or utterance_of(update, now=self._now)
        except Exception:
            log.exception("inbox.unreadable", extra={"update_id": number})
            return None

    async def _command_of(self, utterance: Utterance, me: Me, *, late: bool) -> Command | None:
        """What is asked for, by someone who may ask; whoever says the right code is let in by it."""
        try:
            await self._members.let_in(utterance)
            role = self._members.access.role_in(utterance)
            return None if role is None else command_of(utterance, role, me, late=late)
        except (DatabaseUnusable, WorkRefused):
            raise  # what can't be stored may not be acknowledged
        except Exception:
            # One that breaks must not hold up the others, of which one may be a stop.
            log.exception("inbox.unreadable", extra={"update_id": utterance.update_id})
            return None

    def _acknowledge(self, utterance: Utterance, *, is_answered: bool) -> None:
        """Let who pressed a button wait a moment for what comes of it; offer the right menu to someone who begins."""
        if utterance.press is not None and is_answered:
            self._presses.hold(utterance.press)
        elif utterance.press is not None:
            self._presses.let_go(utterance.press)
        elif utterance.private and utterance.text.startswith("/start"):
            self._menus.offer(utterance.user)

    # ---- applying

    async def apply(self) -> None:
        """Apply what is stored, in order, until cancelled; what an earlier run left comes first."""
        while True:
            self._arrived.clear()
            try:
                await self.apply_pending()
                await self._queue.sum_up_downtime()
            except Exception:
                log.exception("inbox.not_applied")
                await asyncio.sleep(AGAIN.total_seconds())
                continue
            await self._arrived.wait()

    async def apply_pending(self) -> None:
        """Apply what is stored, in order; a stop that an earlier process heard shuts the gate before all else."""
        pending = await self._queue.pending()
        for command in pending:
            if command.what == STOP.name:
                self._gate.hold(stopped_by(command.person.name))
        for command in pending:
            try:
                await self._handlers.apply(command)
            except Exception:
                # One that breaks must not hold up those behind it, of which one may be a stop.
                log.exception("inbox.command_broke", extra={"key": command.key})
                await self._queue.finish(command, NotDone(why=BROKE))


def pause_after(trouble: Exception, failures: int) -> float:
    """Seconds until the next poll, after so many failures in a row."""
    if isinstance(trouble, Flooded):
        return min(trouble.wait.total_seconds(), PAUSES_S[-1])
    if isinstance(trouble, TokenRefused):
        return PAUSES_S[-1]
    if isinstance(trouble, OtherPoller):
        return PAUSES_S[2]
    return PAUSES_S[min(failures, len(PAUSES_S) - 1)]


def command_of(utterance: Utterance, role: Role, me: Me, *, late: bool = False) -> Command | None:
    """What an utterance asks for; None where it asks this bot for nothing.

    `late` says that it may have waited: nobody was in touch with Telegram before.
    """
    meant = _meaning(utterance, role, me)
    if meant is None:
        return None
    what, args = meant
    pressed, message = utterance.press, utterance.message
    press = None if pressed is None or message is None else Press(id=pressed, message=message, data=utterance.text)
    origin = Origin(
        chat=utterance.chat,
        private=utterance.private,
        thread=utterance.thread,
        role=role,
        late=late and utterance.press is not None,
        about=utterance.about,
        press=press,
    )
    return Command(
        key=f"tg:{me.id}:{utterance.update_id}",
        at=utterance.at,
        person=Person(id=str(utterance.user), name=utterance.name),
        what=what,
        args=args,
        origin=origin.encode(),
    )


def _meaning(utterance: Utterance, role: Role, me: Me) -> tuple[str, str] | None:
    """The name of a command and its arguments."""
    if utterance.forwarded:
        return _links_of(utterance, role)
    if utterance.press is not None and utterance.text.startswith(OFFER):
        return PRESS.name, utterance.text.removeprefix(OFFER)
    if utterance.press is not None and utterance.text.startswith(DISMISSAL):
        return DISMISS.name, utterance.text.removeprefix(DISMISSAL)
    if role >= STOP.role and is_stop(utterance.text, bot_name=me.username):
        return STOP.name, ""
    parsed = parse_command(utterance.text, bot_name=me.username)
    if parsed is None:
        if utterance.press is not None or utterance.text.startswith("/"):
            return None
        text = TEXT.name, with_links(utterance.text, utterance.links)
        return text if utterance.private else _links_of(utterance, role)
    spec = parsed.spec
    if spec is None or spec.role > role or (spec.private and not utterance.private):
        return UNKNOWN.name, parsed.name
    return spec.name, with_links(parsed.args, utterance.links) if spec is ADD else parsed.args


def _links_of(utterance: Utterance, role: Role) -> tuple[str, str] | None:
    """The products of a message that is no command; in a group they are only for who may add them."""
    if not utterance.private and role < ADD.role:
        return None
    tcins = linked_tcins(utterance.links.split())[:MOST_LINKS]
    return (LINKS.name, " ".join(tcins)) if tcins else None
