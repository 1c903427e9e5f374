"""Who is told of what happens."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.access.roles import Access, Role
from bot.telegram.rate_limits import is_group


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    chat: int
    role: Role
    thread: int | None = None

    @property
    def may_answer(self) -> bool:
        """In a group somebody may; whoever presses there is judged by their own role."""
        return is_group(self.chat) or self.role >= Role.OPERATOR


def recipients_of(access: Access, listeners: Mapping[int, int | None]) -> list[Recipient]:
    """Everyone with a role who has pressed Start, and the listed groups."""
    people = [(chat, access.role_of(chat)) for chat in listeners]
    known = [Recipient(chat=chat, role=role) for chat, role in people if role is not None]
    groups = [Recipient(chat=one, role=Role.VIEWER, thread=listeners.get(one)) for one in access.open_groups]
    return known + groups
