"""The journal as a stream, over real sockets."""

import asyncio
import json
import socket
from pathlib import Path

import pytest

from bot.web.connections import USER_TIMEOUT, Bounds
from purchasing.events import CommandDone, ServiceStopped
from purchasing.rules.compaction import Compacted
from purchasing.rules.tally import Tally
from purchasing.storage.compaction.counts import CountTable
from tests import facts
from tests.builders import chance, seconds
from tests.integration.post import eventually
from tests.integration.visit import Listener, Visit, end, visiting

STOPPED = facts.fact(ServiceStopped)


async def some(visit: Visit, count: int) -> None:
    await visit.write(*[STOPPED] * count)


# ---- from where it is read on


async def test_each_event_stands_there_as_in_the_journal(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        await visit.write(STOPPED, facts.fact(CommandDone))
        listener = await visit.listen("0")
        heard = await listener.until(2)
        stored = await visit.storage.read(lambda unit: unit.journal.stored_after(0))
        assert [(one.id, one.kind, one.data) for one in heard] == [
            (str(event.seq), event.kind, event.line()) for event in stored
        ]
        assert json.loads(heard[0].data)["seq"] == 1
        assert b"content-type: text/event-stream" in listener.head.lower()
        assert b"cache-control: no-store" in listener.head.lower()


async def test_who_names_no_event_reads_from_now_on(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        await some(visit, 3)
        listener = await visit.listen()
        await visit.until_read_by(1)
        await some(visit, 1)
        assert [one.id for one in await listener.until(1)] == ["4"]


async def test_the_header_counts_before_the_address(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        await some(visit, 3)
        by_address = await visit.listen(path="/api/stream?after=1")
        by_header = await visit.listen("2", path="/api/stream?after=1")
        assert [one.id for one in await by_address.until(2)] == ["2", "3"]
        assert [one.id for one in await by_header.until(1)] == ["3"]


@pytest.mark.guards("bot", "who can't go on reading without a gap is told once to begin anew")
@pytest.mark.parametrize(
    "words", ["4", "99999999999999999999999", "x", "-1", "1.0", "\u0661".encode().decode("latin-1")]
)
async def test_who_names_what_is_no_place_is_told_once_to_begin_anew(tmp_path: Path, words: str) -> None:
    async with visiting(tmp_path) as visit:
        await some(visit, 3)
        listener = await visit.listen(words)
        await visit.until_read_by(1)
        await some(visit, 1)
        assert [(one.kind, one.id) for one in await listener.until(2)] == [("reset", "3"), ("service_stopped", "4")]


async def test_an_address_that_names_nothing_is_no_place_either(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        listener = await visit.listen(path="/api/stream?after=")
        assert [(one.kind, one.id) for one in await listener.until(1)] == [("reset", "0")]


@pytest.mark.guards("bot", "who can't go on reading without a gap is told once to begin anew")
async def test_nobody_goes_on_within_what_was_compacted(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        await some(visit, 6)
        await compact(visit, to=4, dropped=(2, 3))
        within, at_the_mark, all_that_is_left = [await visit.listen(place) for place in ("1", "4", "0")]
        assert [(one.kind, one.id) for one in await within.until(1)] == [("reset", "6")]
        assert [one.id for one in await at_the_mark.until(2)] == ["5", "6"]
        assert [one.id for one in await all_that_is_left.until(4)] == ["1", "4", "5", "6"]


async def test_what_was_compacted_and_lost_nothing_is_read_on(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        await some(visit, 4)
        await compact(visit, to=3, dropped=())
        assert [one.id for one in await (await visit.listen("1")).until(3)] == ["2", "3", "4"]


async def test_nobody_goes_on_before_the_oldest_event(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        await some(visit, 5)
        await visit.storage.write(lambda unit: unit.journal.drop([1, 2, 3]))
        before, at_it = await visit.listen("2"), await visit.listen("3")
        assert [(one.kind, one.id) for one in await before.until(1)] == [("reset", "5")]
        assert [one.id for one in await at_it.until(2)] == ["4", "5"]


async def compact(visit: Visit, *, to: int, dropped: tuple[int, ...]) -> None:
    def work(unit: object) -> None:
        unit.journal.drop(dropped)  # type: ignore[attr-defined]
        mark = Compacted(seq=to, at=visit.clock.now(), dropped=len(dropped))
        CountTable(unit.connection).put(mark, Tally())  # type: ignore[attr-defined]

    await visit.storage.write(work)


# ---- without a gap, without a repeat


@pytest.mark.guards("bot", "a reader of the stream misses nothing and gets nothing twice")
@pytest.mark.parametrize(
    ("events", "cuts"),
    [pytest.param(1000, 50, marks=pytest.mark.torture), (150, 12)],
    ids=["long", "short"],
)
async def test_whatever_byte_it_is_cut_at_each_event_is_read_once(tmp_path: Path, events: int, cuts: int) -> None:
    rng = chance(events)
    async with visiting(tmp_path) as visit:
        writing = asyncio.create_task(write_slowly(visit, events))
        ids: list[int] = []
        done = 0
        while len(ids) < events:
            listener = await visit.listen(str(ids[-1]) if ids else "0")
            left = rng.randrange(1, 120 * events // cuts) if done < cuts else 10**9
            while left > 0 and len(ids) + len(listener.ids) < events:
                left -= await listener.take(min(left, 700))
            listener.hang_up()
            ids += listener.ids
            done += 1
        await writing
        assert ids == list(range(1, events + 1))
        assert done > cuts, "it was cut too seldom"


async def write_slowly(visit: Visit, events: int) -> None:
    for _ in range(events):
        await some(visit, 1)


async def test_two_readers_read_the_same_bytes(tmp_path: Path) -> None:
    """One of them is served from the database, and the other from what is held."""
    async with visiting(tmp_path) as visit:
        await some(visit, 1200)
        old = await visit.listen("0")
        await visit.until_read_by(1)
        await old.until(1200)
        both = [await visit.listen("0"), await visit.listen("150")]
        await some(visit, 30)
        for listener, count in zip([old, *both], (1230, 1230, 1080), strict=True):
            await listener.until(count)
        assert old.heard == both[0].heard
        assert old.heard[150:] == both[1].heard


@pytest.mark.guards("bot", "a slow reader of the stream keeps nobody waiting and nothing in memory")
async def test_a_slow_reader_holds_nobody_up_and_misses_nothing(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        slow, quick = await visit.listen("0"), await visit.listen("0")
        long = facts.fact(CommandDone, why="x" * 100_000)
        slow.line.writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio's transports of sockets have it
        for _ in range(10):
            await visit.write(*[long] * 20)
            await quick.until(len(quick.heard) + 20)
        assert max(buffered(visit)) < 400_000, "20 MB were told"
        slow.line.writer.transport.resume_reading()  # type: ignore[attr-defined]
        await slow.until(200)
        assert slow.ids == quick.ids == list(range(1, 201))


def buffered(visit: Visit) -> list[int]:
    """How many bytes wait in each connection of the server."""
    return [one.transport.get_write_buffer_size() for one in visit.web.connections]


# ---- how long it is read


async def test_a_reader_that_leaves_is_noticed_though_nothing_happens(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        listener = await visit.listen()
        await visit.until_read_by(1)
        listener.hang_up()
        await visit.until_read_by(0)


@pytest.mark.guards("bot", "an open stream is not cut as idle")
async def test_an_open_stream_is_no_idle_connection(tmp_path: Path) -> None:
    bounds = Bounds(head=seconds(0.1), idle=seconds(0.1))
    async with visiting(tmp_path, bounds, beat=seconds(0.05)) as visit:
        listener = await visit.listen()
        while listener.comments < 10:
            await listener.take()
            assert not listener.has_ended
        await some(visit, 1)
        await listener.until(1)


async def test_signs_of_life_are_events_for_who_wants_them_so(tmp_path: Path) -> None:
    async with visiting(tmp_path, beat=seconds(0.05)) as visit:
        await some(visit, 2)
        listener = await visit.listen("1", path="/api/stream?beat=true")
        first, second, third = (await listener.until(3))[:3]
        assert (first.kind, first.id, second.kind, third.kind) == ("beat", None, "service_stopped", "beat")
        assert json.loads(third.data)["seq"] == 2
        assert listener.comments == 0


@pytest.mark.guards("bot", "who is gone without a word is not written to for ever")
async def test_a_dead_peer_is_given_up(tmp_path: Path) -> None:
    async with visiting(tmp_path, Bounds(idle=seconds(7))) as visit:
        await visit.listen()
        await visit.until_read_by(1)
        sockets = [one.transport.get_extra_info("socket") for one in visit.web.connections]
        assert [longest_unacknowledged(one) for one in sockets] == [None if USER_TIMEOUT is None else 7000]


def longest_unacknowledged(one: socket.socket) -> int | None:
    """In milliseconds; None where the system knows no such bound."""
    return None if USER_TIMEOUT is None else one.getsockopt(socket.IPPROTO_TCP, USER_TIMEOUT)


async def test_there_are_only_so_many_readers(tmp_path: Path) -> None:
    async with visiting(tmp_path, most_readers=2) as visit:
        held = [await visit.listen(), await visit.listen()]
        await visit.until_read_by(2)
        refused = await visit.get("/api/stream")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        held[0].hang_up()
        await visit.until_read_by(1)
        assert (await visit.listen()).status == 200


async def test_at_an_end_streams_are_closed_and_none_is_opened(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        listeners: list[Listener] = [await visit.listen() for _ in range(5)]
        await visit.until_read_by(5)
        visit.web.close_streams()
        await asyncio.gather(*(listener.until_ended() for listener in listeners))
        assert (await visit.get("/api/stream")).status_code == 503
        assert (await visit.get("/api/status")).status_code == 200

        async def gone() -> bool:
            return not [one for one in visit.web.connections if one.flow.write_paused]

        await eventually(gone)


async def test_an_end_waits_for_no_reader_that_reads_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with visiting(tmp_path) as visit:
        slow = await visit.listen("0")
        slow.line.writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio's transports of sockets have it
        long = facts.fact(CommandDone, why="x" * 100_000)
        await visit.write(*[long] * 200)

        async def stuck() -> bool:
            return any(one.flow.write_paused for one in visit.web.connections)

        await eventually(stuck)
        await end(visit.web, visit.running)
    assert "exceeded" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_journal_that_cant_be_read_is_told_so(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        listener = await visit.listen("0")
        await visit.until_read_by(1)
        await visit.database.transact(lambda connection: connection.exec_driver_sql("DROP TABLE journal"))
        for path in ("/api/stream", "/api/full-sync", "/api/validate-sync"):
            answer = await visit.get(path)
            assert (answer.status_code, "detail" in answer.json()) == (503, True)
        visit.web.nudge()
        listener.hang_up()


# ---- everything at once


async def test_a_full_sync_tells_the_status_and_the_last_events(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        await some(visit, 60)
        sync = (await visit.get("/api/full-sync")).json()
        assert sync["seq"] == 60
        assert [event["seq"] for event in sync["recent"]] == list(range(11, 61))
        assert sync["status"] == (await visit.get("/api/status")).json()
        assert sync["server_time"].endswith("Z")
