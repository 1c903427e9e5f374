"""One command, one call below, one outcome stored. The reply is planned from that outcome."""

from dataclasses import replace

import msgspec

from bot.access.invitations import Invitations
from bot.access.members import Members
from bot.access.origin import Origin, decode_origin
from bot.access.preference_table import PreferenceDesk
from bot.access.roles import Role
from bot.charts.history_answers import HistoryAnswers
from bot.commands import specs
from bot.commands.arguments import BadArgument, NoneNamed, NothingSaid
from bot.commands.browsing.handlers import BrowsingHandlers
from bot.commands.checks import ManualChecks
from bot.commands.member_handlers import MemberHandlers
from bot.commands.menus import Menus
from bot.commands.past.handlers import PastHandlers
from bot.commands.personal.handlers import PersonalHandlers
from bot.commands.requests import Changes, NotSure, Request, Watched, check_is_soon
from bot.commands.spec import Lateness, Spec
from bot.commands.specs import spec_of
from bot.commands.steering_handlers import SteeringHandlers
from bot.commands.watchlist_handlers import WatchlistHandlers
from bot.commands.watchlist_sync import WatchlistSync
from config.clock import Now
from purchasing.commands import AskedBack, Command, Done, NotDone, ToChoose, ToPick
from purchasing.control.steering import Steering
from purchasing.storage.unit_of_work import Storage


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
        history: HistoryAnswers,
        checks: ManualChecks,
        browsing: BrowsingHandlers,
        now: Now,
    ) -> None:
        self._steering = steering
        self._members = members
        self._now = now
        watched = Watched(storage=storage, now=now)
        self._changes: Changes = {
            **WatchlistHandlers(watched=watched, watchlist_sync=watchlist_sync, steering=steering, now=now).changes,
            **SteeringHandlers(storage=storage, watched=watched, steering=steering, checks=checks, now=now).changes,
            **PersonalHandlers(
                preferences=PreferenceDesk(storage=storage, now=now), queue=steering.queue, now=now
            ).changes,
            **MemberHandlers(members=members, invitations=invitations, menus=menus, steering=steering).changes,
            **browsing.changes,
            **PastHandlers(watched=watched, history=history, members=members).changes,
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
        except NoneNamed as unnamed:
            await self._steering.queue.finish(request.command, ToPick(words=unnamed.words, rest=unnamed.rest))
        except NothingSaid as unsaid:
            await self._steering.queue.finish(request.command, ToChoose(tcin=unsaid.line.tcin, rest=unsaid.rest))
        except BadArgument as error:
            await self._refuse(request.command, str(error))
        except NotSure as unsure:
            named = request.spec.name
            offers = [self._steering.offers.new(label, named, args) for label, args in unsure.choices.items()]
            await self._steering.queue.finish(request.command, AskedBack(question=unsure.question), *offers)

    async def _change(self, request: Request) -> None:
        if request.spec.role > request.role:
            raise BadArgument("your role does not allow it any more")
        if request.spec.lateness is Lateness.SOON_OR_NEVER:
            check_is_soon(request, at=self._now())
        change = self._changes.get(request.spec)
        if change is None:  # a question: its answer is read when it is written
            await self._steering.queue.finish(request.command, Done())
        else:
            await change(request)

    def _role_now(self, command: Command, origin: Origin) -> Role | None:
        user = int(command.person.id)
        return self._members.access.role_at(user, chat=origin.chat, private=origin.private)

    async def _refuse(self, command: Command, why: str) -> None:
        await self._steering.queue.finish(command, NotDone(why=why))

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
