import os

import pytest

from purchasing.checkout.process.kernel import (
    Mark,
    Process,
    end_processes,
    find_ancestors,
    find_children,
    find_family,
    is_running,
    measure_memory,
    read_process,
)
from purchasing.checkout.process.leftovers import end_family


def a_process(pid: int, parent: int, session: int = 0, started: int = 0) -> Process:
    return Process(mark=Mark(pid=pid, started=started or pid), parent=parent, session=session)


def family(*roots: int, processes: list[Process]) -> list[int]:
    return [mark.pid for mark in find_family({one.mark.pid: one for one in processes}, roots)]


def test_a_family_is_everything_that_came_of_its_roots_the_oldest_first() -> None:
    processes = [
        a_process(1, 0),
        a_process(20, 1, started=5),
        a_process(10, 20),
        a_process(11, 10),
        a_process(12, 1),
        a_process(13, 12),
    ]
    assert family(20, processes=processes) == [20, 10, 11]


def test_what_was_orphaned_in_a_session_that_the_family_began_belongs_to_it() -> None:
    processes = [
        a_process(1, 0),
        a_process(10, 1, session=10),
        a_process(11, 1, session=10),
        a_process(12, 1, session=1),
    ]
    assert family(10, processes=processes) == [10, 11]


def test_a_root_that_does_not_run_has_no_family() -> None:
    assert family(10, processes=[a_process(1, 0), a_process(11, 10, session=10)]) == []


def test_a_line_of_ancestors_leads_to_the_first_of_all() -> None:
    processes = {one.mark.pid: one for one in (a_process(5, 1), a_process(6, 5), a_process(7, 6), a_process(8, 5))}
    assert find_ancestors(processes, 7) == {7, 6, 5, 1}
    assert find_ancestors({9: a_process(9, 9)}, 9) == {9, 1}


@pytest.mark.guards("purchasing", "nothing that the service came of is ever ended")
def test_a_family_that_holds_this_process_is_never_ended() -> None:
    me = read_process(os.getpid())
    assert me is not None
    assert end_family((me.mark,)) == 0


def test_this_process_is_known_by_number_and_start_alone() -> None:
    me = read_process(os.getpid())
    assert me is not None
    assert is_running(me.mark)
    assert os.getpid() in find_children(me.parent)
    assert not is_running(Mark(pid=me.mark.pid, started=me.mark.started + 1))
    assert measure_memory([me.mark]) > 1_000_000


def test_what_does_not_run_is_unknown_and_holds_nothing() -> None:
    nobody = Mark(pid=2**22 + 1, started=1)
    assert read_process(nobody.pid) is None
    assert (measure_memory([nobody]), end_processes([nobody])) == (0, 0)
