"""Who may do what, from where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.access.roles import Access, GroupMove, Role
from tests.builders import utterance

OWNER, OPERATOR, VIEWER, GIVEN, STRANGER = 1, 2, 3, 4, 5
GROUP, MOVED, OTHER = -100, -100200, -300
HOUSE = Access(
    owners=[OWNER],
    operators=[OPERATOR],
    viewers=[VIEWER],
    groups=[GROUP],
    given={GIVEN: Role.OPERATOR},
)


def role(user: int, chat: int | None = None, access: Access = HOUSE) -> Role | None:
    """This person's role where they speak: in private unless a chat is named."""
    return access.role_in(utterance("/status", user=user, chat=user if chat is None else chat, private=chat is None))


@pytest.mark.parametrize(
    ("user", "has"),
    [
        (OWNER, Role.OWNER),
        (OPERATOR, Role.OPERATOR),
        (VIEWER, Role.VIEWER),
        (GIVEN, Role.OPERATOR),
        (STRANGER, None),
    ],
)
def test_a_role_is_the_same_in_private_and_in_a_listed_group(user: int, has: Role | None) -> None:
    assert role(user) is has
    assert role(user, GROUP) is has


@pytest.mark.guards("bot", "nobody has a role in a group that is not listed")
@pytest.mark.parametrize("user", [OWNER, OPERATOR, VIEWER, GIVEN, STRANGER])
def test_nobody_has_a_role_in_a_group_that_is_not_listed(user: int) -> None:
    assert role(user, OTHER) is None


def test_the_id_of_a_group_is_nobodys_id() -> None:
    assert role(GROUP) is None


def test_an_empty_list_means_nobody() -> None:
    assert [role(user, access=Access()) for user in range(10)] == [None] * 10


@pytest.mark.guards("bot", "a moved group is known by its new id alone")
def test_a_group_that_has_moved_is_written_to_by_its_new_id_alone_and_heard_by_both() -> None:
    moved = HOUSE.after([GroupMove(GROUP, MOVED)])
    assert role(OWNER, MOVED, moved) is Role.OWNER
    assert role(OWNER, GROUP, moved) is Role.OWNER
    assert moved.open_groups == [MOVED]
    assert (moved.may_read(GROUP), moved.may_read(MOVED)) == (False, True)


def test_a_group_that_is_not_listed_is_not_let_in_by_a_move() -> None:
    assert HOUSE.after([GroupMove(OTHER, MOVED)]) == HOUSE


@given(*[st.frozensets(st.integers(1, 9))] * 3, st.dictionaries(st.integers(1, 9), st.sampled_from(Role)))
def test_the_highest_of_what_the_settings_and_the_chat_gave_counts(
    owners: frozenset[int], operators: frozenset[int], viewers: frozenset[int], given: dict[int, Role]
) -> None:
    access = Access(owners=owners, operators=operators, viewers=viewers, given=given)
    for user in range(1, 10):
        roles = [
            one
            for one, people in ((Role.OWNER, owners), (Role.OPERATOR, operators), (Role.VIEWER, viewers))
            if user in people
        ]
        roles += [given[user]] if user in given else []
        assert access.role_of(user) == max(roles, default=None)
    assert access.everyone() == {user: held for user in range(1, 10) if (held := access.role_of(user)) is not None}


@pytest.mark.parametrize(
    ("access", "has"),
    [
        (Access(), False),
        (Access(operators=[1], viewers=[2], given={3: Role.OPERATOR}), False),
        (Access(owners=[1]), True),
        (Access(given={1: Role.OWNER}), True),
    ],
)
def test_there_is_an_owner_if_the_settings_or_the_chat_made_one(access: Access, *, has: bool) -> None:
    assert access.has_owner is has


def test_each_role_may_do_what_the_ones_below_it_may() -> None:
    assert Role.OWNER > Role.OPERATOR > Role.VIEWER
