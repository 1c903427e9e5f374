import stat
from pathlib import Path

import pytest

from purchasing.slot.emergency_stop import Gate


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "EMERGENCY_STOP"


def test_a_gate_is_open_until_it_is_closed_and_keeps_its_first_reason(file: Path) -> None:
    assert Gate(file).shut is None
    gate = Gate(file)
    gate.close("stopped by Ada")
    gate.close("stopped by Bob")
    assert gate.shut == "stopped by Ada"


def test_a_file_made_by_hand_shuts_it_and_is_told_of_as_such(file: Path) -> None:
    assert not Gate(file).shut_by_file
    gate = Gate(file)
    file.touch()
    assert gate.shut_by_file
    assert gate.shut == "the file EMERGENCY_STOP is there"


def test_a_file_that_our_own_stop_left_is_not_taken_for_one_made_by_hand(file: Path) -> None:
    gate = Gate(file)
    gate.close("stopped by Ada")
    gate.leave_file()
    assert file.exists()
    assert not gate.shut_by_file


def test_deleting_the_file_by_hand_opens_nothing(file: Path) -> None:
    gate = Gate(file)
    file.touch()
    assert gate.shut
    file.unlink()
    assert gate.shut == "the file EMERGENCY_STOP is there"


def test_opening_takes_the_file_away(file: Path) -> None:
    gate = Gate(file)
    file.touch()
    assert gate.shut_by_file
    gate.remove_file()
    assert gate.open(gate.mark)
    assert not file.exists()
    assert (gate.shut, gate.shut_by_file) == (None, False)


def test_where_the_file_can_t_be_removed_it_stays_shut(file: Path) -> None:
    gate = Gate(file)
    gate.close("stopped by Ada")
    file.mkdir()
    with pytest.raises(OSError, match="EMERGENCY_STOP"):
        gate.remove_file()
    assert gate.shut == "stopped by Ada"


def test_who_listens_is_told_once_for_each_closing(file: Path) -> None:
    gate, heard = Gate(file), list[str]()

    def hear(why: str) -> None:
        heard.append(why)

    gate.on_shut(hear)
    gate.close("stopped by Ada")
    gate.close("stopped by Bob")
    gate.remove_file()
    assert gate.open(gate.mark)
    file.touch()
    assert gate.shut
    assert gate.shut
    assert heard == ["stopped by Ada", "the file EMERGENCY_STOP is there"]


@pytest.mark.guards("purchasing", "only who knows of the last stop opens the gate")
def test_only_who_knows_of_the_last_stop_opens_it(file: Path) -> None:
    gate = Gate(file)
    marks = [gate.mark]
    for who in ("Ada", "Bob"):
        gate.close(f"stopped by {who}")
        marks.append(gate.mark)
    assert len(set(marks)) == 3
    assert [gate.open(mark) for mark in marks] == [False, False, True]
    assert gate.shut is None


def test_a_stop_that_was_heard_before_is_no_other_one(file: Path) -> None:
    gate = Gate(file)
    gate.close("stopped by Ada")
    mark = gate.mark
    gate.hold("stopped by Ada")
    gate.leave_file()
    assert gate.mark == mark
    file.unlink()
    file.touch()
    assert gate.mark != mark


def test_what_else_is_in_the_way_shuts_it_and_is_no_stop(file: Path) -> None:
    ways: list[str | None] = ["stockbell.db is gone"]
    gate = Gate(file, hindrance=lambda: ways[-1])
    assert (gate.shut, gate.stop, gate.shut_by_file) == ("stockbell.db is gone", None, False)
    gate.close("stopped by Ada")
    ways.append(None)
    assert (gate.shut, gate.stop) == ("stopped by Ada", "stopped by Ada")
    assert gate.open(gate.mark)
    assert gate.shut is None
    ways.append("stockbell.db is gone")
    assert gate.open(gate.mark)
    assert gate.shut == "stockbell.db is gone"


def test_a_file_made_by_hand_is_its_owner_s_alone_once_the_stop_is_taken_up(file: Path) -> None:
    file.touch(mode=0o644)
    Gate(file).leave_file()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
