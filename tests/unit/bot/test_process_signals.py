"""Signals are kept until somebody is there to obey, and obeyed once."""

import os
import signal
from collections.abc import Iterator

import pytest

from bot.process_signals import Meaning, ProcessSignals

HEARD = (signal.SIGUSR1, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in HEARD}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def signals() -> ProcessSignals:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    hearing = ProcessSignals()
    hearing.hear()
    return hearing


def send(*numbers: signal.Signals) -> None:
    for number in numbers:
        os.kill(os.getpid(), number)


def test_what_is_heard_before_anybody_obeys_is_handed_over_in_order_and_once(signals: ProcessSignals) -> None:
    obeyed: list[Meaning] = []
    send(signal.SIGUSR1, signal.SIGTERM)
    assert signals.end_asked
    signals.hand_over(obeyed.append)
    assert obeyed == [Meaning.STOP, Meaning.END]
    send(signal.SIGINT)
    assert obeyed == [Meaning.STOP, Meaning.END, Meaning.END]
    signals.take_back()
    signals.hand_over(obeyed.append)
    assert len(obeyed) == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_each_of_these_asks_for_an_end(signals: ProcessSignals, number: signal.Signals) -> None:
    send(number)
    assert signals.end_asked


@pytest.mark.guards("bot", "a stop by a signal is kept also when no service is there to obey it")
def test_a_stop_is_left_in_the_file_before_and_after_the_service_but_not_by_what_the_service_obeyed(
    signals: ProcessSignals,
) -> None:
    left: list[str] = []
    send(signal.SIGUSR1)
    signals.leave_stops(lambda: left.append("before"))
    assert left == ["before"]
    signals.hand_over(lambda _: None)
    send(signal.SIGUSR1)
    assert left == ["before"]
    signals.take_back()
    signals.leave_stops(lambda: left.append("after"))
    assert left == ["before"]
    send(signal.SIGUSR1)
    assert left == ["before", "after"]


def test_a_hang_up_that_was_to_be_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    hearing = ProcessSignals()
    hearing.hear()
    send(signal.SIGHUP)
    assert not hearing.end_asked
