"""Commands that steer watching and buying."""

from datetime import timedelta

from bot.commands import specs
from bot.commands.arguments import (
    BadArgument,
    find_product,
    is_all,
    parse_answer,
    parse_only,
    parse_pause,
    parse_settle,
    parse_skip,
)
from bot.commands.checks import ManualChecks
from bot.commands.requests import Changes, Request, Watched, check_is_soon
from bot.telegram.messages import ChatRecords
from config.clock import Now
from config.products import Mode
from monitor.model import CircuitState
from purchasing.commands import Done, LogCleared, NotDone
from purchasing.control.steering import Steering
from purchasing.events import Control
from purchasing.model import ApprovalAnswer
from purchasing.storage.unit_of_work import Storage, UnitOfWork

#: A drill that nobody answers ends after this.
DRILL_HOLDS = timedelta(minutes=5)

#: Of these people are reminded again and again.
SNOOZED = (Control.PAUSE, Control.STOP)


class SteeringHandlers:
    """One command, one call below."""

    def __init__(
        self, *, storage: Storage, watched: Watched, steering: Steering, checks: ManualChecks, now: Now
    ) -> None:
        self._storage = storage
        self._watched = watched
        self._steering = steering
        self._checks = checks
        self._now = now

    @property
    def changes(self) -> Changes:
        return {
            specs.PAUSE: self._pause,
            specs.RESUME: self._resume,
            specs.REFRESH: self._refresh,
            specs.STOP: self._stop,
            specs.REARM: self._rearm,
            specs.MODE: self._choose_mode,
            specs.CANCEL: self._cancel,
            specs.BUY: self._buy,
            specs.SKIP: self._skip,
            specs.DISMISS: self._dismiss,
            specs.SETTLE: self._settle,
            specs.DRILL: self._drill,
            specs.CLEARLOG: self._clear_log,
        }

    async def _pause(self, request: Request) -> None:
        if (one := parse_only(request.args)) is not None:
            check_is_soon(request, at=self._now())  # it ends the pause of all others
            alone = find_product(one, await self._watched.lines())
            await self._steering.pauses.pause_only(request.command, alone.tcin)
            await self._checks.check_if_not_too_soon()
            return
        line, span = parse_pause(request.args, await self._watched.lines(), about=request.about)
        until = None if span is None else self._now() + span
        await self._steering.pauses.pause(request.command, tcin=line.tcin if line else None, until=until)

    async def _resume(self, request: Request) -> None:
        is_for_all = not request.args or is_all(request.args)
        line = None if is_for_all else find_product(request.args, await self._watched.lines())
        await self._steering.pauses.resume(request.command, tcin=line.tcin if line else None)
        await self._checks.check_if_not_too_soon()

    async def _refresh(self, request: Request) -> None:
        overview = await self._watched.overview()
        if overview.controls.circuit.state is CircuitState.OPEN:
            raise BadArgument(f"the shop is not asked for now: {overview.controls.circuit.why}")
        if self._checks.is_too_soon(overview):
            raise BadArgument("I checked less than 10 s ago")
        if (until := self._checks.over_budget_until(overview)) is not None:
            refusal = NotDone(why=self._checks.budget_words, until=until)
            await self._steering.queue.finish(request.command, refusal)
            return
        await self._steering.queue.finish(request.command, Done())
        self._checks.begin()

    async def _stop(self, request: Request) -> None:
        await self._steering.emergency_stop.stop(by=request.command.person.name, command=request.command)

    async def _rearm(self, request: Request) -> None:
        await self._steering.emergency_stop.rearm(request.command, code=request.args or None)

    async def _choose_mode(self, request: Request) -> None:
        word, _, code = request.args.partition(" ")
        word = word.lower()
        if word not in set(Mode):
            raise BadArgument(f"say which mode: {', '.join(Mode)}")
        await self._steering.mode.choose(Mode(word), request.command, code=code.strip() or None)

    async def _buy(self, request: Request) -> None:
        lines = (await self._watched.overview()).lines
        approval, line, window = parse_answer(request.args, lines, about=request.about)
        tcin, answer = line.tcin if line else None, ApprovalAnswer.BUY
        await self._steering.approvals.answer(request.command, answer, approval=approval, tcin=tcin, window=window)

    async def _skip(self, request: Request) -> None:
        skip = parse_skip(request.args, (await self._watched.overview()).lines, about=request.about)
        approvals, command = self._steering.approvals, request.command
        if skip.lift:
            check_is_soon(request, at=self._now())  # something may be bought again
        if skip.line is None:
            await approvals.answer(command, ApprovalAnswer.SKIP, approval=skip.approval)
        else:
            await approvals.skip(command, skip.line.tcin, window=skip.window, lift=skip.lift)

    async def _dismiss(self, request: Request) -> None:
        if request.args in SNOOZED:
            await self._steering.pauses.snooze(request.command, Control(request.args))
        else:
            # A price is told once, and again only when it is lower: that it was heard is all there is to note.
            await self._steering.queue.finish(request.command, Done())

    async def _settle(self, request: Request) -> None:
        attempt, bought = parse_settle(request.args)
        await self._steering.attempt.settle(request.command, attempt, bought=bought)

    async def _drill(self, request: Request) -> None:
        await self._steering.drill.start(request.command, holds=DRILL_HOLDS)
        await self._checks.check_if_not_too_soon()

    async def _clear_log(self, request: Request) -> None:
        """Hide what the log shows in this chat so far, or with the button show again what was hidden before."""
        chat, command, at = request.origin.chat, request.command, self._now()

        def work(unit: UnitOfWork) -> None:
            records = ChatRecords(unit.connection)
            if request.confirmed:
                unit.commands.finish(command, LogCleared(is_hidden=False), at=at)
                records.hide_log(chat, until=int(request.args))
                return
            again = self._steering.offers.new("Show them again", command.what, str(records.log_hidden_until(chat)))
            unit.commands.finish(command, LogCleared(is_hidden=True), offers=[again], at=at)
            records.hide_log(chat, until=unit.journal.last_seq())

        await self._storage.write(work)

    async def _cancel(self, request: Request) -> None:
        await self._steering.attempt.cancel(request.command)
