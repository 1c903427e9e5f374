"""Who was let in from the chat: roles given there, and the one-time codes that give them."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa

from bot.access import tables
from bot.access.browsers import BrowserTable
from bot.access.origin import product_of_link
from bot.access.roles import Role, Utterance
from config.clock import Now
from config.database import put_row
from purchasing.commands import Command, Done, Invited, NotDone, Offer, Revoked
from purchasing.events import AccessChanged, stamp, unstamp
from purchasing.storage.unit_of_work import Storage, UnitOfWork

_grant, _invite = tables.grant, tables.invite

#: How long a code holds, and how many wrong ones a person may say within that time.
CODE_HOLDS = timedelta(minutes=10)
TRIES = 5
#: Of so many people it is remembered how many wrong codes they said.
MOST_REMEMBERED = 10_000
#: Who makes the codes for the first owner.
CONSOLE = "console"
#: Without letters and digits that look alike.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH = 8


#: What is told of a code that nobody can use any more.
NO_CODE = "it was used or taken back already, or has run out"
#: What a revoking person is told who named somebody whose role was not given in the chat.
NO_ROLE = "nobody of that number got a role in the chat; roles of the settings are changed there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    user: int
    role: str
    name: str
    #: The id of the person whose invitation gave it, or the console.
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a code gives, and the id of the person who made it, or the console."""

    role: str
    by: str


def new_code(rng: Random) -> str:
    """One that can't be guessed, and that stands for nothing else in a link."""
    while True:
        code = "".join(rng.choice(_ALPHABET) for _ in range(_LENGTH))
        if product_of_link(code.lower()) is None:
            return code


def _none(_code: str) -> tuple[Offer, ...]:
    return ()


class WrongCodes:
    """How many wrong codes each person said of late; in memory alone, for forgetting it gives away five tries."""

    def __init__(self) -> None:
        #: How many, and when the first of them.
        self._of: dict[int, tuple[int, datetime]] = {}

    def are_too_many(self, user: int, *, at: datetime) -> bool:
        count, since = self._of.get(user, (0, at))
        return count >= TRIES and at < since + CODE_HOLDS

    def note(self, user: int, *, at: datetime) -> None:
        """This person said one."""
        count, since = self._of.pop(user, (0, at))
        self._of[user] = (count + 1, since) if at < since + CODE_HOLDS else (1, at)
        if len(self._of) > MOST_REMEMBERED:
            del self._of[next(iter(self._of))]


class Invitations:
    """Makes codes, lets in by them, and takes back what they gave; each with its event, in one transaction.

    Nobody else writes codes, so that a wrong one is known without a look at the disk.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        now: Now,
        rng: Random,
        link_of: Callable[[str], str | None] = lambda _code: None,
        on_revoked: Callable[[int], None] = lambda _user: None,
    ) -> None:
        """`link_of` tells the link on which a code is heard, None while there can't be one.

        `on_revoked` is called when somebody's browsers were signed out.
        """
        self._storage = storage
        self._link_of = link_of
        self._on_revoked = on_revoked
        self._now = now
        self._rng = rng
        self._wrong = WrongCodes()
        #: The hashes of the codes that may be good, and when each runs out.
        self._open: dict[str, datetime] = {}

    async def reload(self) -> None:
        """Know the codes that are stored."""
        self._open = await self._storage.read(lambda unit: InvitationTable(unit.connection).open_codes())

    async def invite(
        self, role: Role, *, by: str, command: Command | None = None, offers: Callable[[str], Collection[Offer]] = _none
    ) -> str:
        """A one-time code that gives this role; `offers` are made with the answer that tells it."""
        code, at = new_code(self._rng), self._now()

        def work(unit: UnitOfWork) -> None:
            InvitationTable(unit.connection).invite(code, role.word, by=by, at=at)
            if command is not None:
                invited = Invited(code=code, role=role.word, link=self._link_of(code), until=at + CODE_HOLDS)
                unit.commands.finish(command, invited, offers=offers(code), at=at)

        await self._storage.write(work)
        self._open[hash_of(code)] = at + CODE_HOLDS
        return code

    async def try_code(self, code: str, utterance: Utterance, *, may: Callable[[str], bool]) -> bool:
        """Give the role that the code holds to who says it, if they may have it; whether it was given.

        A wrong code costs its sender one of five tries and nobody anything else: no code, and no transaction.
        """
        at, user = self._now(), utterance.user
        if self._wrong.are_too_many(user, at=at):
            return False
        if not self._is_known(code, at=at):
            self._wrong.note(user, at=at)
            return False

        def work(unit: UnitOfWork) -> bool:
            invitations = InvitationTable(unit.connection)
            invitation = invitations.try_code(code, at=at, may=may)
            if invitation is None:
                return False
            invitations.grant(user, invitation.role, name=utterance.name, by=invitation.by, at=at)
            joined = AccessChanged(
                user=user, name=utterance.name, role=invitation.role, by=str(user), invited_by=invitation.by
            )
            unit.journal.append(joined, at=at)
            return True

        return await self._storage.write(work)

    def _is_known(self, code: str, *, at: datetime) -> bool:
        expires_at = self._open.get(hash_of(code))
        return expires_at is not None and at <= expires_at

    async def revoke(self, user: int, command: Command, *, stays: Role | None) -> None:
        """Take a role given in the chat away, and sign all browsers of this person out.

        `stays` is the role that this person has besides, if any.
        """

        def work(unit: UnitOfWork) -> None:
            at = self._now()
            name = InvitationTable(unit.connection).revoke(user)
            browsers = BrowserTable(unit.connection).sign_out(user)
            if name is None and not browsers:
                unit.commands.finish(command, NotDone(why=NO_ROLE), at=at)
                return
            if name is not None:
                unit.journal.append(AccessChanged(user=user, name=name, role=None, by=command.person.id), at=at)
            role = None if stays is None else stays.word
            result = Revoked(user=user, stays=role, name=name, browsers=browsers)
            unit.commands.finish(command, result, at=at)

        await self._storage.write(work)
        self._on_revoked(user)

    async def take_code_back(self, code_hash: str, command: Command) -> None:
        """Let one code be good no more, if nobody has used it."""

        def work(unit: UnitOfWork) -> None:
            is_gone = InvitationTable(unit.connection).take_code_back(code_hash, at=self._now())
            unit.commands.finish(command, Done() if is_gone else NotDone(why=NO_CODE), at=self._now())

        await self._storage.write(work)
        self._open.pop(code_hash, None)

    async def take_back(self, *, by: str) -> None:
        """Let no code that was made by this one be good any more."""
        await self._storage.read(lambda unit: InvitationTable(unit.connection).take_back(by=by))
        await self.reload()

    async def is_open(self, *, by: str) -> bool:
        """Whether a code that was made by this one is still good."""
        return await self._storage.read(lambda unit: InvitationTable(unit.connection).is_open(by=by, at=self._now()))


class InvitationTable:
    """Reads and writes of one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._db = connection

    def grants(self) -> list[Grant]:
        granted = self._db.execute(sa.select(_grant).order_by(_grant.c.user))
        return [Grant(**{**row, "at": unstamp(row["at"])}) for row in granted.mappings()]

    def grant(self, user: int, role: str, *, name: str, by: str, at: datetime) -> None:
        row = {"user": user, "role": role, "name": name, "by": by, "at": stamp(at)}
        put_row(self._db, _grant, row)

    def revoke(self, user: int) -> str | None:
        """Take a role given in the chat away, and tell the name of who had it; None where there was none."""
        return self._db.execute(sa.delete(_grant).where(_grant.c.user == user).returning(_grant.c.name)).scalar()

    def invite(self, code: str, role: str, *, by: str, at: datetime) -> None:
        """Let whoever says this code first have the role. Codes that ran out are forgotten, the console has one."""
        self._db.execute(sa.delete(_invite).where(_invite.c.expires_at < stamp(at)))
        if by == CONSOLE:
            self.take_back(by=CONSOLE)
        row = {
            "code_hash": hash_of(code),
            "role": role,
            "by": by,
            "expires_at": stamp(at + CODE_HOLDS),
        }
        self._db.execute(sa.insert(_invite).values(row))

    def take_back(self, *, by: str) -> None:
        """Let no code that was made by this one be good any more."""
        self._db.execute(sa.delete(_invite).where(_invite.c.by == by))

    def take_code_back(self, code_hash: str, *, at: datetime) -> bool:
        """Let one code be good no more; whether it still was."""
        right = sa.and_(_open_at(at), _invite.c.code_hash == code_hash)
        return self._db.execute(sa.delete(_invite).where(right)).rowcount == 1

    def is_open(self, *, by: str, at: datetime) -> bool:
        """Whether a code that was made by this one is still good."""
        return self._db.execute(sa.select(_invite).where(_invite.c.by == by, _open_at(at))).first() is not None

    def open_codes(self) -> dict[str, datetime]:
        """The hashes of all codes that were not used, and when each runs out."""
        return {row.code_hash: unstamp(row.expires_at) for row in self._db.execute(sa.select(_invite))}

    def try_code(self, code: str, *, at: datetime, may: Callable[[str], bool]) -> "Invitation | None":
        """What the code gives, once; None for a wrong one.

        A right one whose role this person may not have is kept for somebody else. One of the console gives a role that
        nobody has, so that of two who say one there is one owner.
        """
        is_taken = sa.exists().where(_grant.c.role == _invite.c.role)
        holds = sa.or_(_invite.c.by != CONSOLE, sa.not_(is_taken))
        right = sa.and_(_open_at(at), holds, _invite.c.code_hash == hash_of(code))
        row = self._db.execute(sa.select(_invite.c.role, _invite.c.by).where(right)).first()
        if row is None or not may(row.role):
            return None
        self._db.execute(sa.delete(_invite).where(right))
        return Invitation(role=row.role, by=row.by)


def _open_at(at: datetime) -> sa.ColumnElement[bool]:
    return _invite.c.expires_at >= stamp(at)


def hash_of(code: str) -> str:
    """By which alone a code is kept."""
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()
