"""Knows who is let in: the roles of the settings, those given in the chat, and groups that became supergroups."""

from collections.abc import Collection
from dataclasses import replace
from typing import TypeVar

from bot.access.invitations import CONSOLE, Invitations, InvitationTable
from bot.access.origin import product_of_link
from bot.access.roles import Access, GroupMove, Role, Utterance
from bot.telegram.messages import ChatRecords
from config.database import Connection, Database
from purchasing.storage.unit_of_work import UnitOfWork

T = TypeVar("T")


class Members:
    """`access` is what holds now; `reload` after anything that changes it."""

    def __init__(self, settings: Access, *, database: Database, invitations: Invitations) -> None:
        self._settings = settings
        self._database = database
        self._invitations = invitations
        self.access = settings

    async def reload(self) -> None:
        def work(connection: Connection) -> Access:
            return self.read(UnitOfWork(connection), ChatRecords(connection))

        self.access = await self._database.transact(work)
        await self._invitations.reload()

    def read(self, unit: UnitOfWork, records: ChatRecords) -> Access:
        """What holds in this transaction, for whoever may not miss what was written just before."""
        given = {grant.user: Role[grant.role.upper()] for grant in InvitationTable(unit.connection).grants()}
        return replace(self._settings, given=given, moved=records.moved_groups())

    def expect(self, moves: Collection[GroupMove]) -> None:
        """Know groups by their new ids at once, before anything is stored: a stop may have been said there."""
        self.access = self.access.after(moves)

    async def follow(self, moves: Collection[GroupMove]) -> None:
        """Have all that belongs to these groups follow them, if they are listed; of others nothing is read."""
        moves = [move for move in moves if self.access.knows_group(move.old)]
        if not moves:
            return

        def work(connection: Connection) -> None:
            records = ChatRecords(connection)
            groups = self.read(UnitOfWork(connection), records).open_groups
            for move in moves:
                if move.old in groups:
                    records.move_chat(move.old, move.new)

        await self._database.transact(work)
        await self.reload()

    async def let_in(self, utterance: Utterance) -> None:
        """Try a `/start CODE`: it may give a first role or a higher one. Nothing at all is said if it is wrong.

        A word that names a product is no code, so that a link to one costs nobody a try.
        """
        word, _, code = utterance.text.strip().partition(" ")
        if not utterance.private or word != "/start" or not code or utterance.press is not None:
            return
        if product_of_link(code) is not None:
            return
        has = self.access.role_of(utterance.user)
        if await self._invitations.try_code(code, utterance, may=lambda role: has is None or Role[role.upper()] > has):
            await self.reload()

    async def first_code(self) -> str | None:
        """A code for the first owner, while there is none; no earlier one is good any more."""
        await self.reload()
        if self.access.has_owner:
            await self._invitations.take_back(by=CONSOLE)
            return None
        return await self._invitations.invite(Role.OWNER, by=CONSOLE)

    async def next_code(self) -> str | None:
        """A code for the first owner in place of one that ran out, while there is none."""
        if self.access.has_owner or await self._invitations.is_open(by=CONSOLE):
            return None
        return await self.first_code()
