from collections.abc import Collection
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.products import Tcin
from monitor.target.bisection import MOST_DOUBTED, MOST_SPLITS, WITNESSES, CallVerdict, Doubts, Group, Search
from monitor.target.queries import MOST_TCINS
from tests.builders import chance, tcins

ALL = tcins(28)


class Round:
    """One round of asking a shop that refuses each call that names a culprit; what it read, and what it asked."""

    def __init__(
        self, doubts: Doubts, culprits: Collection[Tcin], asked: Group = ALL, rng: Random | None = None
    ) -> None:
        groups, self.waiting = doubts.plan(asked)
        search = Search(rng=rng or chance())
        self.levels: list[list[Group]] = []
        self.read: set[Tcin] = set()
        level = groups
        while level:
            self.levels.append(level)
            verdicts = {group: _judge(group, culprits) for group in level}
            self.read.update(*(group for group, verdict in verdicts.items() if verdict is CallVerdict.ANSWERED))
            level = search.next_level(verdicts)
        doubts.settle(groups, search)

    @property
    def calls(self) -> int:
        return sum(map(len, self.levels))


def _judge(group: Group, culprits: Collection[Tcin]) -> CallVerdict:
    return CallVerdict.ANSWERED if set(group).isdisjoint(culprits) else CallVerdict.REFUSED


@pytest.mark.guards("monitor", "one product's trouble hides no other: the search for who makes whole calls fail")
def test_a_culprit_is_found_and_everybody_else_is_read() -> None:
    culprit = ALL[17]
    doubts = Doubts()
    assert Round(doubts, {culprit}).read == {*ALL} - {culprit}
    assert Round(doubts, {culprit}).calls == 2


def test_culprits_in_every_quarter_do_not_blind_the_watch() -> None:
    culprits = {ALL[0], ALL[8], ALL[15], ALL[22]}
    doubts = Doubts()
    for _ in range(2):
        last = Round(doubts, culprits)
    assert last.read == {*ALL} - culprits


def test_a_shop_that_refuses_everything_is_left_alone_soon_and_blames_nobody() -> None:
    doubts = Doubts()
    first = Round(doubts, ALL)
    assert first.calls == 1 + 2 + WITNESSES
    assert Round(doubts, ()).levels == [[ALL]]


def test_what_was_not_split_in_time_is_asked_for_apart_in_the_next_round() -> None:
    many = tcins(112)
    culprits = {*many[::9]}
    doubts = Doubts()
    first = Round(doubts, culprits, many)
    assert first.read < {*many} - culprits
    for _ in range(9):
        last = Round(doubts, culprits, many)
    assert last.read == {*many} - culprits
    assert {group for group in last.levels[0] if len(group) == 1} <= {(tcin,) for tcin in culprits}


def test_of_very_many_culprits_some_wait_and_each_has_its_turn() -> None:
    culprits = {*ALL[::2]} | {*ALL[:16]}
    doubts = Doubts()
    for _ in range(9):
        Round(doubts, culprits)
    rounds = [Round(doubts, culprits) for _ in range(2)]
    assert all(one.calls == 1 + MOST_DOUBTED and one.waiting for one in rounds)
    assert {tcin for one in rounds for group in one.levels[0][1:] for tcin in group} == culprits


def test_a_culprit_that_answers_again_is_asked_for_with_the_others() -> None:
    doubts = Doubts()
    Round(doubts, {ALL[3]})
    Round(doubts, ())
    assert Round(doubts, ()).levels == [[ALL]]


def test_a_culprit_that_is_not_due_stays_remembered() -> None:
    doubts = Doubts()
    Round(doubts, {ALL[3]})
    Round(doubts, (), ALL[10:])
    assert (ALL[3],) in Round(doubts, {ALL[3]}).levels[0]


@pytest.mark.parametrize("verdict", [CallVerdict.FAILED, CallVerdict.HALTED])
def test_a_trouble_that_is_nobodys_doing_is_not_searched(verdict: CallVerdict) -> None:
    assert Search(rng=chance()).next_level({ALL: verdict}) == []


def test_a_shop_that_halts_us_ends_the_search() -> None:
    verdicts = {ALL[:9]: CallVerdict.ANSWERED, ALL[9:18]: CallVerdict.REFUSED, ALL[18:]: CallVerdict.HALTED}
    search = Search(rng=chance())
    assert search.next_level(verdicts) == []
    assert search.left == [ALL[9:18]]


@given(count=st.integers(1, 120), share=st.floats(0, 0.6), seed=st.integers(0, 99))
def test_every_search_comes_to_the_culprits_standing_alone(count: int, share: float, seed: int) -> None:
    asked, rng, doubts = tcins(count), chance(seed), Doubts()
    culprits = {*rng.sample(asked, k=min(int(count * share), count - 1))}
    read: set[Tcin] = set()
    for _ in range(40):
        last = Round(doubts, culprits, asked, rng)
        read = last.read
        chunks = -(-count // MOST_TCINS)
        assert last.calls <= chunks + MOST_DOUBTED + 2 * MOST_SPLITS + WITNESSES
    assert read == {*asked} - culprits
    assert {group for group in last.levels[0] if not read.issuperset(group)} <= {(tcin,) for tcin in culprits}
