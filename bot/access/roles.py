"""Who may do what, from where. Whoever is not known gets nothing at all."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum


class Role(IntEnum):
    """Each role may do all that the ones before it may."""

    VIEWER = 1
    OPERATOR = 2
    OWNER = 3

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What one person said or pressed, once everything that is nobody's word was left out."""

    update_id: int
    user: int
    name: str
    chat: int
    private: bool
    thread: int | None
    #: The text of the message, or the data of the pressed button.
    text: str
    at: datetime
    #: The id by which a press is answered; None for a message.
    press: str | None = None
    #: The message whose button was pressed, or the message that was said.
    message: int | None = None
    #: The product numbers in the message to which this is a reply.
    about: tuple[str, ...] = ()
    #: All its words and the links that are hidden under them: nothing but links counts of these. They are read only
    #: where somebody known said it, as reading them takes its time.
    links: str = ""
    #: Somebody else's words that this person handed on: only their links count, and there is no text.
    forwarded: bool = False


@dataclass(frozen=True, slots=True)
class GroupMove:
    """A group became a supergroup, which has another id."""

    old: int
    new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The people and groups that are let in."""

    owners: Collection[int] = ()
    operators: Collection[int] = ()
    viewers: Collection[int] = ()
    groups: Collection[int] = ()
    #: Roles given in the chat.
    given: Mapping[int, Role] = field(default_factory=dict)
    #: Groups that became supergroups: the old id to the new one.
    moved: Mapping[int, int] = field(default_factory=dict)

    @property
    def has_owner(self) -> bool:
        return bool(self.owners) or Role.OWNER in self.given.values()

    @property
    def open_groups(self) -> list[int]:
        """The listed groups, by the ids that they have now."""
        return [self.moved.get(group, group) for group in self.groups]

    def after(self, moves: Iterable[GroupMove]) -> "Access":
        """The same once these groups have moved; a move of a group that is not listed is nobody's concern."""
        listed = {move.old: move.new for move in moves if move.old in self.open_groups}
        return replace(self, moved={**self.moved, **listed})

    def knows_group(self, chat: int) -> bool:
        """Whether it is a listed group, by any id that it ever had."""
        return chat in self.groups or chat in self.moved or chat in self.moved.values()

    def everyone(self) -> dict[int, Role]:
        """All people with a role."""
        people = [*self.owners, *self.operators, *self.viewers, *self.given]
        return {user: role for user in people if (role := self.role_of(user)) is not None}

    def may_read(self, chat: int) -> bool:
        """Whether news may go there: to a person with a role, or to a listed group."""
        return self.role_of(chat) is not None or chat in self.open_groups

    def role_of(self, user: int) -> Role | None:
        """The highest of what the settings and the chat gave."""
        roles = [role for role in (self.listed_role_of(user), self.given.get(user)) if role is not None]
        return max(roles, default=None)

    def listed_role_of(self, user: int) -> Role | None:
        """The role by the settings alone, which nobody can take away in the chat."""
        lists = ((Role.OWNER, self.owners), (Role.OPERATOR, self.operators), (Role.VIEWER, self.viewers))
        return next((role for role, people in lists if user in people), None)

    def role_in(self, utterance: Utterance) -> Role | None:
        return self.role_at(utterance.user, chat=utterance.chat, private=utterance.private)

    def role_at(self, user: int, *, chat: int, private: bool) -> Role | None:
        """This person's role there, None where nothing may be answered: a stranger, or a group that is not listed.

        What was said in a group before it moved is said by its old id.
        """
        if not private and self.moved.get(chat, chat) not in self.open_groups:
            return None
        return self.role_of(user)
