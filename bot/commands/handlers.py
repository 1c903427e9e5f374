"""One command, one call below, one outcome stored. The reply is planned from that outcome."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.access.members import Members
from bot.access.roles import Role
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
from bot.commands.specs import find_spec
from bot.commands.watchlist_sync import WatchlistSync
from config.clock import Monotonic, Now
from config.products import Mode
from monitor.model import CircuitState
from purchasing.control.steering import Steering
from purchasing.coordinator import Coordinator
from purchasing.model import ApprovalAnswer, Command, Line, Outcome, Overview
from purchasing.storage.unit_of_work import Storage

#: Commands that do more harm than good when they come late, and how late is too late.
SOON_OR_NEVER = frozenset({"rearm", "resume", "mode", "refresh", "buy"})
TOO_LATE = timedelta(seconds=120)
#: The shop itself is asked by hand no more often than this.
LEAST_REFRESH = timedelta(seconds=10)

#: A drill that nobody answers ends after this.
DRILL_HOLDS = timedelta(minutes=5)

#: Asks for one check now, without waiting for it.
CheckNow = Callable[[], None]


class Handlers:
    """Applies stored commands. Each is finished in the transaction of its effect, so that none is applied twice."""

    def __init__(
        self,
        *,
        storage: Storage,
        coordinator: Coordinator,
        steering: Steering,
        watchlist_sync: WatchlistSync,
        members: Members,
        menus: Menus,
        check_now: CheckNow,
        is_real_shop: bool,
        now: Now,
        monotonic: Monotonic,
    ) -> None:
        self._storage = storage
        self._coordinator = coordinator
        self._steering = steering
        self._watchlist_sync = watchlist_sync
        self._members = members
        self._menus = menus
        self._check_now = check_now
        self._least_refresh = LEAST_REFRESH if is_real_shop else timedelta(0)
        self._now = now
        self._monotonic = monotonic
        #: When a check was last asked for, which is stored only when it has ended.
        self._checked_at = float("-inf")
        self._changes: Mapping[str, Callable[[Command], Awaitable[None]]] = {
            "add": self._add,
            "remove": self._remove,
            "set": self._set,
            "move": self._move,
            "undo": self._watchlist_sync.undo,
            "text": self._read_text,
            "pause": self._pause,
            "resume": self._resume,
            "refresh": self._refresh,
            "stop": self._stop,
            "rearm": self._rearm,
            "mode": self._choose_mode,
            "cancel": self._steering.cancel,
            "buy": partial(self._answer, answer=ApprovalAnswer.BUY),
            "skip": partial(self._answer, answer=ApprovalAnswer.SKIP),
            "settle": self._settle,
            "drill": self._drill,
            "invite": self._invite,
            "revoke": self._revoke,
            "press": self._press,
        }

    async def apply(self, command: Command) -> None:
        """Apply and finish it. What can't be done is finished with the reason."""
        try:
            await self._apply(command)
        except BadArgument as error:
            await self._refuse(command, str(error))

    async def _apply(self, command: Command) -> None:
        """Apply it with the role that this person has now: since it was said it may have been taken away."""
        role = self._role_now(command)
        if role is None:
            await self._refuse_unsaid(command)
            return
        command = replace(command, body={**command.body, "role": int(role)})
        what = command.body["what"]
        if not _may_say(what, role):
            raise BadArgument("your role does not allow it any more")
        late = self._now() - command.at
        if what in SOON_OR_NEVER and late > TOO_LATE:
            raise BadArgument(f"it is {late.total_seconds():.0f} s old; say it again if you still want it")
        change = self._changes.get(what)
        if change is None:  # a question: its answer is read when it is written
            await self._steering.answer(command, Outcome())
        else:
            await change(command)

    def _role_now(self, command: Command) -> Role | None:
        said = command.body
        return self._members.access.role_at(said["user"], chat=said["chat"], private=said["private"])

    async def _refuse_unsaid(self, command: Command) -> None:
        """Who is not let in any more gets no answer; without a chat there is none to write it to."""
        nowhere = {name: value for name, value in command.body.items() if name != "chat"}
        await self._refuse(replace(command, body=nowhere), "its speaker is not let in any more")

    async def _refuse(self, command: Command, why: str) -> None:
        await self._steering.answer(command, Outcome(accepted=False, why=why))

    async def _lines(self) -> tuple[Line, ...]:
        """What is watched by the watch list."""
        return tuple(line for line in await self._all_lines() if not line.is_drill)

    async def _all_lines(self) -> tuple[Line, ...]:
        return (await self._overview()).lines

    async def _overview(self) -> Overview:
        return await self._storage.read(lambda unit: unit.views.overview(at=self._now()))

    # ---- the watch list

    async def _add(self, command: Command) -> None:
        await self._watchlist_sync.add(command, parse_add(command.body["args"]))

    async def _remove(self, command: Command) -> None:
        lines, refused = find_products(command.body["args"], await self._lines())
        is_all = command.body["args"].strip().lower() == "all"
        if not lines and not refused:
            raise BadArgument("nothing is watched" if is_all else "it needs a TCIN, or all")
        if is_all and not _is_confirmed(command):
            # Those that were asked about, not what is watched when the button is pressed.
            asked = " ".join(line.tcin for line in lines)
            sure = self._steering.new_offer(f"Yes, remove all {len(lines)}", "remove", asked)
            why = f"this would remove all that is watched, {len(lines)} in number"
            await self._steering.answer(command, Outcome(accepted=False, why=why, offers=(sure,)))
            return
        await self._watchlist_sync.remove(command, lines, refused)

    async def _set(self, command: Command) -> None:
        request = parse_set(command.body["args"], await self._lines())
        if request.raised and not _is_confirmed(command):
            sure = self._steering.new_offer("Yes, raise it", "set", command.body["args"])
            named = f"{request.line.title} {request.line.tcin}".strip()
            why = f"this raises {' and '.join(request.raised)} for {named}"
            await self._steering.answer(command, Outcome(accepted=False, why=why, offers=(sure,)))
            return
        await self._watchlist_sync.set(command, request)

    async def _move(self, command: Command) -> None:
        line, place = parse_move(command.body["args"], await self._lines())
        await self._watchlist_sync.move(command, line, place)

    async def _read_text(self, command: Command) -> None:
        """Words without a command: a link is an offer to watch it, anything else gets a hint."""
        tcins = mentioned_products(command.body["args"])
        if not tcins or command.body["role"] < Role.OPERATOR:
            await self._steering.answer(command, Outcome())
            return
        watch = self._steering.new_offer(f"Watch {', '.join(tcins)}", "add", " ".join(tcins))
        await self._steering.answer(command, Outcome(result={"tcins": tcins}, offers=(watch,)))

    # ---- watching and buying

    async def _pause(self, command: Command) -> None:
        line, span = parse_pause(command.body["args"], await self._lines())
        until = None if span is None else self._now() + span
        await self._steering.pause(command, tcin=line.tcin if line else None, until=until)

    async def _resume(self, command: Command) -> None:
        args = command.body["args"]
        line = find_product(args, await self._lines()) if args else None
        await self._steering.resume(command, tcin=line.tcin if line else None)
        await self._check_if_not_too_soon()

    async def _refresh(self, command: Command) -> None:
        overview = await self._overview()
        if overview.controls.circuit.state is CircuitState.OPEN:
            raise BadArgument(f"the shop is not asked for now: {overview.controls.circuit.why}")
        if self._is_too_soon(overview):
            raise BadArgument("the shop was asked less than 10 s ago")
        await self._steering.answer(command, Outcome())
        self._check()

    async def _check_if_not_too_soon(self) -> None:
        """Check now, or leave it to the next cycle; where all is paused nothing is asked."""
        overview = await self._overview()
        if not overview.controls.paused and not self._is_too_soon(overview):
            self._check()

    def _is_too_soon(self, overview: Overview) -> bool:
        began = overview.mark.began
        just_asked = began is not None and timedelta(0) <= self._now() - began < self._least_refresh
        return just_asked or self._monotonic() - self._checked_at < self._least_refresh.total_seconds()

    def _check(self) -> None:
        self._checked_at = self._monotonic()
        self._check_now()

    async def _stop(self, command: Command) -> None:
        await self._steering.stop(by=command.body["name"], command=command)

    async def _rearm(self, command: Command) -> None:
        await self._steering.rearm(command, code=command.body["args"] or None)

    async def _choose_mode(self, command: Command) -> None:
        word, _, code = command.body["args"].partition(" ")
        if word not in set(Mode):
            raise BadArgument(f"the modes are {', '.join(Mode)}")
        await self._steering.choose_mode(Mode(word), command, code=code.strip() or None)

    async def _answer(self, command: Command, *, answer: ApprovalAnswer) -> None:
        if answer is ApprovalAnswer.BUY and command.body.get("late"):
            raise BadArgument("it came after a time without contact; press it again if you still want it")
        approval, line = parse_answer(command.body["args"], await self._all_lines())
        await self._steering.answer_approval(command, answer, approval=approval, tcin=line.tcin if line else None)

    async def _settle(self, command: Command) -> None:
        attempt, bought = parse_settle(command.body["args"])
        await self._steering.settle(command, attempt, bought=bought)

    async def _drill(self, command: Command) -> None:
        await self._steering.drill(command, holds=DRILL_HOLDS)
        await self._check_if_not_too_soon()

    # ---- people and buttons

    async def _invite(self, command: Command) -> None:
        role = command.body["args"].strip().lower()
        if role not in {one.word for one in Role}:
            raise BadArgument(f"the roles are {', '.join(one.word for one in Role)}")
        await self._steering.open_door(role, by=command.by, command=command)

    async def _revoke(self, command: Command) -> None:
        user = command.body["args"].strip()
        if not user.isascii() or not user.isdigit():
            raise BadArgument("it needs the id of a person, as /users shows it")
        person = int(user[:18])
        stays = self._members.access.listed_role_of(person)
        await self._steering.revoke(person, command, stays=stays.word if stays is not None else None)
        await self._members.reload()
        self._menus.offer(person)

    async def _press(self, command: Command) -> None:
        """Do what the pressed button stands for, if the role allows it."""
        role = Role(command.body["role"])
        offer = await self._steering.take_offer(command.body["args"], command, may=lambda what: _may_take(what, role))
        if offer is None:
            return
        meant = {"what": offer.what, "args": offer.args, "facts": offer.facts, "confirmed": True}
        await self.apply(replace(command, body={**command.body, **meant}))


def _may_say(what: str, role: Role) -> bool:
    """Whether this role may still say it; what is no command by name is judged by what it leads to."""
    return find_spec(what, role=Role.OWNER) is None or find_spec(what, role=role) is not None


def _may_take(what: str, role: Role) -> bool:
    """Whether this role may do what an offer stands for; an undo is no command, and for whoever may change the list."""
    return role >= Role.OPERATOR if what == "undo" else find_spec(what, role=role) is not None


def _is_confirmed(command: Command) -> bool:
    return bool(command.body.get("confirmed"))
