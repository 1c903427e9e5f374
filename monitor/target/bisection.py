"""The search for the products that make whole calls fail. It asks nothing itself: verdicts go in, groups come out.

A level is a set of groups that are asked for at the same time; the next one is chosen when all verdicts are in, so
that it never depends on which answer came first.

| what is known             | the next level                                                               |
|---------------------------|------------------------------------------------------------------------------|
| some call has succeeded   | both halves of every refused group, up to MOST_SPLITS                        |
| none, at first            | both halves of the smallest refused group                                    |
| none, after that          | a few single products, by chance: the witnesses                              |
| none of them answers      | none: the shop itself is the likelier culprit, and nobody is remembered      |
| the shop halted us        | none                                                                         |
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import chain
from random import Random

from config.products import Tcin
from monitor.target.queries import split_evenly, split_in_two

#: Products that are asked for in one call.
Group = tuple[Tcin, ...]

#: Of one search, and so of one cycle; each costs two calls.
MOST_SPLITS = 12
WITNESSES = 3
#: Doubted groups that are asked for in one cycle; the others wait their turn.
MOST_DOUBTED = 12


class CallVerdict(StrEnum):
    ANSWERED = "answered"
    #: An error or an unreadable answer: one product of the group may be to blame.
    REFUSED = "refused"
    #: Any other trouble, which says nothing of the products.
    FAILED = "failed"
    #: The wall, or throttled: nothing more is to be asked now.
    HALTED = "halted"


class Search:
    """One search, begun by a round of calls."""

    def __init__(self, *, rng: Random) -> None:
        self._rng = rng
        #: A call succeeded, so that refusals are the products' doing.
        self.proven = False
        #: Groups that gave way to their halves.
        self.split: set[Group] = set()
        #: The other groups that were refused.
        self._refused: dict[Group, None] = {}
        self._levels_in_doubt = 0
        #: It ended for want of room: what it has left is remembered, though nothing may be proven.
        self.is_cut_short = False

    def cut_short(self, verdicts: Mapping[Group, CallVerdict], unasked: Iterable[Group]) -> None:
        """End it here, with groups of the level that there was no room to ask for."""
        self.is_cut_short = True
        self._note(verdicts)
        self._refused |= dict.fromkeys(unasked)

    def next_level(self, verdicts: Mapping[Group, CallVerdict]) -> list[Group]:
        """What to ask for after these verdicts; nothing ends the search."""
        self._note(verdicts)
        if CallVerdict.HALTED in verdicts.values():
            return []
        whole = sorted((group for group in self._refused if len(group) > 1), key=len)
        if self.proven:
            return self._halve(whole[: MOST_SPLITS - len(self.split)])
        self._levels_in_doubt += 1
        match self._levels_in_doubt:
            case 1:
                return self._halve(whole[:1])
            case 2:
                return self._call_witnesses(whole)
        return []

    def _note(self, verdicts: Mapping[Group, CallVerdict]) -> None:
        self.proven = self.proven or CallVerdict.ANSWERED in verdicts.values()
        self._refused |= dict.fromkeys(group for group, verdict in verdicts.items() if verdict is CallVerdict.REFUSED)

    @property
    def left(self) -> list[Group]:
        """The groups that stay refused: culprits alone, and what there was no time to split."""
        alone = {group[0]: None for group in self._refused if len(group) == 1}
        rests = (tuple(tcin for tcin in group if tcin not in alone) for group in self._refused if len(group) > 1)
        return [*((tcin,) for tcin in alone), *filter(None, rests)]

    def _halve(self, groups: Iterable[Group]) -> list[Group]:
        halves = list[Group]()
        for group in groups:
            del self._refused[group]
            self.split.add(group)
            halves += split_in_two(group)
        return halves

    def _call_witnesses(self, groups: Iterable[Group]) -> list[Group]:
        tcins = list(chain.from_iterable(groups))
        return [(tcin,) for tcin in self._rng.sample(tcins, k=min(WITNESSES, len(tcins)))]


class Doubts:
    """What searches have left: groups that are each asked for in a call of their own until they answer."""

    def __init__(self) -> None:
        self._groups: list[Group] = []

    def plan(self, tcins: Sequence[Tcin]) -> tuple[list[Group], Group]:
        """The groups to ask for now, and the products that wait their turn. Undecided groups go before culprits."""
        wanted = set(tcins)
        doubted = [group for one in self._groups if (group := tuple(tcin for tcin in one if tcin in wanted))]
        doubted.sort(key=len, reverse=True)
        known = set(chain.from_iterable(doubted))
        trusted = split_evenly([tcin for tcin in tcins if tcin not in known])
        return trusted + doubted[:MOST_DOUBTED], tuple(chain.from_iterable(doubted[MOST_DOUBTED:]))

    def settle(self, asked: Iterable[Group], search: Search) -> None:
        """Remember what the search has left of the groups that were asked for; nothing if it proved nothing.

        One that was cut short is gone on with in the next cycle, by groups of their own.
        """
        if not search.proven and not search.is_cut_short:
            return
        done = set(chain.from_iterable(asked))
        kept = (tuple(tcin for tcin in group if tcin not in done) for group in self._groups)
        self._groups = [*filter(None, kept), *search.left]
