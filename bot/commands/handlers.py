"""One command, one call below, one outcome stored. The reply is planned from that outcome."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import msgspec

from bot.access.invitations import Invitations
from bot.access.members import Members
from bot.access.origin import Origin, decode_origin
from bot.access.roles import Role
from bot.commands import specs
from bot.commands.arguments import (
    BadArgument,
    find_product,
    find_products,
    mentioned_products,
    parse_add,
    parse_answer,
    parse_move,
    parse_pause,
    parse_set,
    parse_settle,
)
from bot.commands.menus import Menus
from bot.commands.spec import LATE, Lateness, Spec
from bot.commands.specs import spec_of
from bot.commands.watchlist_sync import WatchlistSync
from config.clock import Monotonic, Now
from config.products import Mode
from monitor.model import CircuitState
from purchasing.commands import (
    AskedBack,
    Command,
    CommandOutcome,
    Done,
    Mentioned,
    NotDone,
    Offer,
    Result,
    WatchlistEdits,
)
from purchasing.control.steering import Steering
from purchasing.model import ApprovalAnswer, Line, Overview
from purchasing.storage.unit_of_work import Storage

#: The shop itself is asked by hand no more often than this.
LEAST_REFRESH = timedelta(seconds=10)

#: A drill that nobody answers ends after this.
DRILL_HOLDS = timedelta(minutes=5)

#: Asks for one check now, without waiting for it.
CheckNow = Callable[[], None]


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


class NotSure(Exception):
    """It is done only when a button is pressed: what that would do, its label, and the arguments that it stands for."""

    def __init__(self, question: str, *, label: str, args: str) -> None:
        super().__init__(question)
        self.question = question
        self.label = label
        self.args_then = args


class ManualChecks:
    """Checks that a person asks for, no sooner after the last one than `least`."""

    def __init__(self, check_now: CheckNow, *, least: timedelta, now: Now, monotonic: Monotonic) -> None:
        self._check_now = check_now
        self._least = least
        self._now = now
        self._monotonic = monotonic
        #: When one was last asked for, which is stored only when it has ended.
        self._asked_at = float("-inf")

    def is_too_soon(self, overview: Overview) -> bool:
        began = overview.mark.began
        just_asked = began is not None and timedelta(0) <= self._now() - began < self._least
        return just_asked or self._monotonic() - self._asked_at < self._least.total_seconds()

    def begin(self) -> None:
        self._asked_at = self._monotonic()
        self._check_now()


class Handlers:
    """Applies stored commands. Each is finished in the transaction of its effect, so that none is applied twice."""

    def __init__(
        self,
        *,
        storage: Storage,
        steering: Steering,
        watchlist_sync: WatchlistSync,
        members: Members,
        invitations: Invitations,
        menus: Menus,
        check_now: CheckNow,
        is_real_shop: bool,
        now: Now,
        monotonic: Monotonic,
    ) -> None:
        self._storage = storage
        self._steering = steering
        self._watchlist_sync = watchlist_sync
        self._members = members
        self._invitations = invitations
        self._menus = menus
        least = LEAST_REFRESH if is_real_shop else timedelta(0)
        self._checks = ManualChecks(check_now, least=least, now=now, monotonic=monotonic)
        self._now = now
        self._changes: Mapping[Spec, Callable[[Request], Awaitable[None]]] = {
            specs.ADD: self._add,
            specs.REMOVE: self._remove,
            specs.SET: self._set,
            specs.MOVE: self._move,
            specs.UNDO: self._undo,
            specs.TEXT: self._read_text,
            specs.PAUSE: self._pause,
            specs.RESUME: self._resume,
            specs.REFRESH: self._refresh,
            specs.STOP: self._stop,
            specs.REARM: self._rearm,
            specs.MODE: self._choose_mode,
            specs.CANCEL: self._cancel,
            specs.BUY: partial(self._answer, answer=ApprovalAnswer.BUY),
            specs.SKIP: partial(self._answer, answer=ApprovalAnswer.SKIP),
            specs.SETTLE: self._settle,
            specs.DRILL: self._drill,
            specs.INVITE: self._invite,
            specs.REVOKE: self._revoke,
            specs.PRESS: self._press,
        }

    def applies(self, spec: Spec) -> bool:
        """Whether this command changes something, and it is known how."""
        return spec in self._changes

    async def apply(self, command: Command) -> None:
        """Apply and finish it, with the role that its speaker has now: since it was said it may have been taken away.

        What can't be done is finished with the reason.
        """
        origin = None if command.origin is None else decode_origin(command.origin)
        role = None if origin is None else self._role_now(command, origin)
        if origin is None or role is None:
            # Who is not let in any more gets no answer: without an origin there is nowhere to write it to.
            await self._refuse(replace(command, origin=None), "its speaker is not let in any more")
            return
        origin = msgspec.structs.replace(origin, role=role)
        command = replace(command, origin=origin.encode())
        spec = spec_of(command.what)
        if spec is None:
            await self._refuse(command, "this version knows no such command")
            return
        await self._apply(Request(command=command, spec=spec, origin=origin))

    async def _apply(self, request: Request) -> None:
        try:
            await self._change(request)
        except BadArgument as error:
            await self._refuse(request.command, str(error))
        except NotSure as unsure:
            sure = self._steering.offers.new(unsure.label, request.spec.name, unsure.args_then)
            await self._finish(request.command, AskedBack(question=unsure.question), sure)

    async def _change(self, request: Request) -> None:
        if request.spec.role > request.role:
            raise BadArgument("your role does not allow it any more")
        if request.spec.lateness is Lateness.SOON_OR_NEVER:
            self._check_is_soon(request)
        change = self._changes.get(request.spec)
        if change is None:  # a question: its answer is read when it is written
            await self._finish(request.command, Done())
        else:
            await change(request)

    def _check_is_soon(self, request: Request) -> None:
        waited = self._now() - request.command.at
        if waited > LATE:
            raise BadArgument(f"it is {waited.total_seconds():.0f} s old; say it again if you still want it")
        if request.origin.late:
            raise BadArgument("it came after a time without contact; press it again if you still want it")

    def _role_now(self, command: Command, origin: Origin) -> Role | None:
        user = int(command.person.id)
        return self._members.access.role_at(user, chat=origin.chat, private=origin.private)

    async def _refuse(self, command: Command, why: str) -> None:
        await self._finish(command, NotDone(why=why))

    async def _finish(self, command: Command, result: Result, *offers: Offer) -> None:
        await self._steering.queue.finish(command, CommandOutcome(result=result, offers=offers))

    async def _lines(self) -> tuple[Line, ...]:
        """What is watched by the watch list."""
        return tuple(line for line in await self._all_lines() if not line.is_drill)

    async def _all_lines(self) -> tuple[Line, ...]:
        return (await self._overview()).lines

    async def _overview(self) -> Overview:
        return await self._storage.read(lambda unit: unit.views.overview(at=self._now()))

    # ---- the watch list

    async def _add(self, request: Request) -> None:
        await self._watchlist_sync.add(request.command, parse_add(request.args))

    async def _remove(self, request: Request) -> None:
        lines, refused = find_products(request.args, await self._lines())
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
        wishes = parse_set(request.args, await self._lines())
        if wishes.raised and not request.confirmed:
            named = f"{wishes.line.title} {wishes.line.tcin}".strip()
            question = f"this raises {' and '.join(wishes.raised)} for {named}"
            raise NotSure(question, label="Yes, raise it", args=request.args)
        await self._watchlist_sync.set(request.command, wishes)

    async def _move(self, request: Request) -> None:
        line, place = parse_move(request.args, await self._lines())
        await self._watchlist_sync.move(request.command, line, place)

    async def _undo(self, request: Request) -> None:
        await self._watchlist_sync.undo(request.command, request.edits or WatchlistEdits())

    async def _read_text(self, request: Request) -> None:
        """Words without a command: a link is an offer to watch it, anything else gets a hint."""
        tcins = mentioned_products(request.args)
        if not tcins or request.role < Role.OPERATOR:
            await self._finish(request.command, Mentioned())
            return
        watch = self._steering.offers.new(f"Watch {', '.join(tcins)}", specs.ADD.name, " ".join(tcins))
        await self._finish(request.command, Mentioned(tcins=tuple(tcins)), watch)

    # ---- watching and buying

    async def _pause(self, request: Request) -> None:
        line, span = parse_pause(request.args, await self._lines())
        until = None if span is None else self._now() + span
        await self._steering.pauses.pause(request.command, tcin=line.tcin if line else None, until=until)

    async def _resume(self, request: Request) -> None:
        line = find_product(request.args, await self._lines()) if request.args else None
        await self._steering.pauses.resume(request.command, tcin=line.tcin if line else None)
        await self._check_if_not_too_soon()

    async def _refresh(self, request: Request) -> None:
        overview = await self._overview()
        if overview.controls.circuit.state is CircuitState.OPEN:
            raise BadArgument(f"the shop is not asked for now: {overview.controls.circuit.why}")
        if self._checks.is_too_soon(overview):
            raise BadArgument("the shop was asked less than 10 s ago")
        await self._finish(request.command, Done())
        self._checks.begin()

    async def _check_if_not_too_soon(self) -> None:
        """Check now, or leave it to the next cycle; where all is paused nothing is asked."""
        overview = await self._overview()
        if not overview.controls.paused and not self._checks.is_too_soon(overview):
            self._checks.begin()

    async def _stop(self, request: Request) -> None:
        await self._steering.emergency_stop.stop(by=request.command.person.name, command=request.command)

    async def _rearm(self, request: Request) -> None:
        await self._steering.emergency_stop.rearm(request.command, code=request.args or None)

    async def _choose_mode(self, request: Request) -> None:
        word, _, code = request.args.partition(" ")
        if word not in set(Mode):
            raise BadArgument(f"the modes are {', '.join(Mode)}")
        await self._steering.mode.choose(Mode(word), request.command, code=code.strip() or None)

    async def _answer(self, request: Request, *, answer: ApprovalAnswer) -> None:
        approval, line = parse_answer(request.args, await self._all_lines())
        tcin = line.tcin if line else None
        await self._steering.approvals.answer(request.command, answer, approval=approval, tcin=tcin)

    async def _settle(self, request: Request) -> None:
        attempt, bought = parse_settle(request.args)
        await self._steering.attempt.settle(request.command, attempt, bought=bought)

    async def _drill(self, request: Request) -> None:
        await self._steering.drill.start(request.command, holds=DRILL_HOLDS)
        await self._check_if_not_too_soon()

    async def _cancel(self, request: Request) -> None:
        await self._steering.attempt.cancel(request.command)

    # ---- people and buttons

    async def _invite(self, request: Request) -> None:
        role = next((one for one in Role if one.word == request.args.strip().lower()), None)
        if role is None:
            raise BadArgument(f"the roles are {', '.join(one.word for one in Role)}")
        await self._invitations.invite(role, by=request.command.person.id, command=request.command)

    async def _revoke(self, request: Request) -> None:
        user = request.args.strip()
        if not user.isascii() or not user.isdigit():
            raise BadArgument("it needs the id of a person, as /users shows it")
        person = int(user[:18])
        stays = self._members.access.listed_role_of(person)
        await self._invitations.revoke(person, request.command, stays=stays)
        await self._members.reload()
        self._menus.offer(person)

    async def _press(self, request: Request) -> None:
        """Do what the pressed button stands for, if the role allows it."""
        command, role = request.command, request.role
        offer = await self._steering.offers.take(command.args, command, may=lambda what: _may_take(what, role))
        if offer is None:
            return
        command = replace(command, what=offer.what, args=offer.args)
        await self._apply(
            replace(request, command=command, spec=specs.BY_WHAT[offer.what], confirmed=True, edits=offer.edits)
        )


def _may_take(what: str, role: Role) -> bool:
    """Whether this role may do what an offer stands for."""
    spec = spec_of(what)
    return spec is not None and spec.role <= role
