"""What the first version stored of what steers is understood as it was meant."""

from datetime import UTC, datetime
from typing import Any

import pytest

from config.products import Mode, Tcin
from monitor.model import CircuitState
from purchasing.controls import Challenge, LookAgain, NotedDowntime, Pause
from purchasing.storage import controls
from purchasing.storage.controls import ControlKey
from tests.builders import AT, seconds
from tests.unit.purchasing.books import Books

THEN = datetime(2026, 11, 28, 19, 47, 16, 945_000, tzinfo=UTC)
TIME = '"2026-11-28T19:47:16.945Z"'


async def store(books: Books, what: str, value: str) -> None:
    await books.do(lambda unit: unit.controls.drop(ControlKey(what, str)))
    books.damage("INSERT INTO control VALUES (?, ?, '2026-11-28T19:47:16.945Z', '1001')", what, value)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        (controls.MODE, '"live"', Mode.LIVE),
        (controls.STOP, '"stopped by Bea"', "stopped by Bea"),
        (controls.PAUSE, '{"until": null}', Pause(until=None)),
        (controls.PAUSE, f'{{"until": {TIME}}}', Pause(until=THEN)),
        (
            controls.CHALLENGE,
            f'{{"what": "rearm", "by": "1001", "code": "3300", "expires_at": {TIME}}}',
            Challenge(what="rearm", by="1001", code="3300", expires_at=THEN),
        ),
        (controls.DRILL_END, TIME, THEN),
        (controls.CONTACT, TIME, THEN),
        (
            controls.DOWNTIME,
            f'{{"since": {TIME}, "away_s": 135, "down_s": 134, "keys": ["tg:1:7", "tg:1:8"]}}',
            NotedDowntime(since=THEN, away_s=135, down_s=134, keys=("tg:1:7", "tg:1:8")),
        ),
        (controls.LEFT_IN_CART, "[13, 14]", (13, 14)),
        (
            controls.LOOKS_AGAIN,
            f'{{"10000009": {{"at": {TIME}, "wait_s": 600.0}}}}',
            {Tcin("10000009"): LookAgain(at=THEN, wait_s=600.0)},
        ),
    ],
)
async def test_a_stored_control_means_what_it_meant(books: Books, key: ControlKey[Any], text: str, value: Any) -> None:
    await store(books, key.what, text)
    assert await books.do(lambda unit: unit.controls.get(key)) == value


async def test_a_stored_circuit_and_the_mark_of_a_cycle_mean_what_they_meant(books: Books) -> None:
    await store(
        books,
        "circuit",
        f'{{"state": "open", "failures_in_a_row": 3, "open_until": {TIME}, "blind_since": {TIME}, "pause_s": 120.0,'
        ' "why": "the bot wall (403)"}',
    )
    await store(
        books,
        "cycle",
        f'{{"cycle_id": 182, "began": {TIME}, "next_check_at": {TIME}, "last_good_at": {TIME}}}',
    )
    circuit = (await books.do(lambda unit: unit.controls.read(at=AT))).circuit
    assert (circuit.state, circuit.failures_in_a_row, circuit.why) == (CircuitState.OPEN, 3, "the bot wall (403)")
    assert (circuit.open_until, circuit.blind_since, circuit.pause) == (THEN, THEN, seconds(120))
    mark = await books.do(lambda unit: unit.marks.read())
    assert (mark.cycle_id, mark.began, mark.next_check_at, mark.last_good_at) == (182, THEN, THEN, THEN)
