"""Knows who is let in: the roles of the settings, those given in the chat, and groups that became supergroups."""

from dataclasses import replace

import sqlalchemy as sa

from bot.access import Access, Role, Utterance
from bot.store import Store
from config.database import Database
from purchasing.ledger import Ledger
from purchasing.steering import Steering


class Doorkeeper:
    """`access` is what holds now; `reload` after anything that changes it."""

    def __init__(self, settings: Access, *, database: Database, steering: Steering) -> None:
        self._settings = settings
        self._database = database
        self._steering = steering
        self.access = settings

    async def reload(self) -> None:
        def work(connection: sa.Connection) -> Access:
            return self.read(Ledger(connection), Store(connection))

        self.access = await self._database.transact(work)

    def read(self, ledger: Ledger, store: Store) -> Access:
        """What holds in this transaction, for whoever may not miss what was written just before."""
        given = {grant.user: Role[grant.role.upper()] for grant in ledger.doors.grants()}
        return replace(self._settings, given=given, moved=store.moved_groups())

    async def let_in(self, utterance: Utterance) -> None:
        """Try a `/start CODE`: it may give a first role or a higher one. Nothing at all is said if it is wrong."""
        word, _, code = utterance.text.strip().partition(" ")
        if not utterance.private or word != "/start" or not code or utterance.press is not None:
            return
        has = self.access.role_of(utterance.user)
        await self._steering.try_door(
            code,
            user=utterance.user,
            name=utterance.name,
            said_at=utterance.at,
            may=lambda role: has is None or Role[role.upper()] > has,
        )
        await self.reload()

    async def first_code(self) -> str | None:
        """A code for the first owner, while there is none."""
        await self.reload()
        if self.access.has_owner:
            return None
        return await self._steering.open_door(Role.OWNER.word, by="console")
