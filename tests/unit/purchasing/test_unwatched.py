"""When a product was not watched: never said to have been watched when it was not, nor the other way round."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from config.products import Tcin
from purchasing.events import Control, ControlChanged, Event, Fact, WatchlistChanged, stamp
from purchasing.past import Gap
from purchasing.rules.unwatched import EVER, gaps_between_hours, unwatched_gaps
from tests.builders import AT, A, B
from tests.facts import fact

HOUR = timedelta(hours=1)


def at(hours: float) -> datetime:
    return AT + hours * HOUR


def events(*told: tuple[float, Fact]) -> list[Event]:
    return [Event(seq=place, at=at(hours), fact=one) for place, (hours, one) in enumerate(told, start=1)]


def listed(*tcins: Tcin) -> Fact:
    return fact(WatchlistChanged, order=tcins)


def paused(tcin: Tcin | None = None, *, until: float | None = None) -> Fact:
    value = True if until is None else stamp(at(until))
    return ControlChanged(what=Control.PAUSE, value=value, by="Ada", tcin=tcin)


def resumed(tcin: Tcin | None = None) -> Fact:
    return ControlChanged(what=Control.PAUSE, value=False, by="Ada", tcin=tcin)


def gaps(told: list[Event], tcin: Tcin) -> list[Gap]:
    return unwatched_gaps(told, [A, B])[tcin]


LISTED = (0, listed(A, B))


def test_before_it_stood_on_the_list_and_while_it_was_off_it_nothing_is_known() -> None:
    told = events((0, listed(B)), (1, listed(A, B)), (2, listed(B, A)), (5, listed(B)), (7, listed(A, B)))
    assert gaps(told, A) == [Gap(began=EVER, ended=at(1)), Gap(began=at(5), ended=at(7))]
    assert gaps(told, B) == [Gap(began=EVER, ended=at(0))]
    assert gaps(told[:4], A)[-1] == Gap(began=at(5), ended=None)


def test_a_pause_is_one_until_it_ends_by_itself_or_by_a_word() -> None:
    told = events(LISTED, (1, paused(A)), (2, resumed(A)), (3, paused(A, until=5)))
    assert gaps(told, A)[1:] == [Gap(began=at(1), ended=at(2)), Gap(began=at(3), ended=at(5))]
    assert gaps(told, B)[1:] == []


def test_a_pause_that_is_lengthened_or_cut_short_lasts_as_long_as_was_said_last() -> None:
    told = events(LISTED, (1, paused(A, until=9)), (2, paused(A)), (4, resumed(A)))
    assert gaps(told, A)[1:] == [Gap(began=at(1), ended=at(2)), Gap(began=at(2), ended=at(4))]
    over = events(LISTED, (1, paused(A, until=2)), (6, resumed(A)))
    assert gaps(over, A)[1:] == [Gap(began=at(1), ended=at(2))]


def test_a_pause_of_all_is_one_of_each_and_a_stop_of_buying_is_none() -> None:
    stop = ControlChanged(what=Control.STOP, value=True, by="Ada")
    told = events(LISTED, (1, paused()), (2, stop), (3, resumed(A)), (4, resumed()))
    assert gaps(told, A)[1:] == gaps(told, B)[1:] == [Gap(began=at(1), ended=at(4))]


@given(st.frozensets(st.integers(0, 30)), st.integers(0, 59), st.integers(60, 29 * 60))
def test_hours_that_were_never_watched_are_told_and_no_other(watched: frozenset[int], since: int, length: int) -> None:
    began = datetime(2026, 11, 22, tzinfo=UTC)
    first, last = began + timedelta(minutes=since), began + timedelta(minutes=since + length)
    told = list(gaps_between_hours({began + hour * HOUR for hour in watched}, first, last))
    for minute in range(since, since + length, 20):
        moment = began + timedelta(minutes=minute)
        is_gap = any(one.began <= moment and (one.ended is None or moment < one.ended) for one in told)
        assert is_gap == (minute // 60 not in watched)
    assert all(first <= one.began and one.ended is not None and one.ended <= last for one in told)
