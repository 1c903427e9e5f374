"""Commands that let people in, and take back what they were given."""

from bot.access.invitations import Invitations, hash_of
from bot.access.members import Members
from bot.access.roles import Role
from bot.commands import specs
from bot.commands.arguments import BadArgument
from bot.commands.menus import Menus
from bot.commands.requests import Changes, Request
from purchasing.control.steering import Steering


class MemberHandlers:
    """Whoever's role changed is offered the commands of the new one."""

    def __init__(self, *, members: Members, invitations: Invitations, menus: Menus, steering: Steering) -> None:
        self._members = members
        self._invitations = invitations
        self._menus = menus
        self._steering = steering

    @property
    def changes(self) -> Changes:
        return {
            specs.INVITE: self._invite,
            specs.UNINVITE: self._uninvite,
            specs.REVOKE: self._revoke,
            specs.AUDIT: self._audit,
        }

    async def _invite(self, request: Request) -> None:
        role = next((one for one in Role if one.word == request.args.strip().lower()), None)
        if role is None:
            raise BadArgument(f"say which role: {', '.join(one.word for one in Role)}")
        await self._invitations.invite(
            role,
            by=request.command.person.id,
            command=request.command,
            offers=lambda code: [self._steering.offers.new("Take it back", specs.UNINVITE.name, hash_of(code))],
        )

    async def _uninvite(self, request: Request) -> None:
        await self._invitations.take_code_back(request.args, request.command)

    async def _revoke(self, request: Request) -> None:
        user = request.args.strip()
        if not user.isascii() or not user.isdigit():
            raise BadArgument("send it with a person's number from /users, like /revoke 1002")
        person = int(user[:18])
        stays = self._members.access.listed_role_of(person)
        await self._invitations.revoke(person, request.command, stays=stays)
        await self._members.reload()
        self._menus.offer(person)

    async def _audit(self, request: Request) -> None:
        """It takes its time, in which other commands are applied: it is finished when it is through."""
        person = int(request.command.person.id)
        self._steering.audits.begin(
            request.command, is_wanted=lambda: self._members.access.role_of(person) is Role.OWNER
        )
