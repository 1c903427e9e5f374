"""Whether all that was told is where the journal is."""

from pathlib import Path
from typing import Any

import pytest

from bot.feeds.audit_file import AuditLog
from bot.feeds.journal_reader import JournalReader
from bot.telegram.messages import ChatRecords
from bot.text.draft import Rank
from bot.web.validation import CYCLES
from purchasing.events import ServiceStopped
from purchasing.model import CycleMark
from purchasing.storage.unit_of_work import UnitOfWork
from tests import facts
from tests.builders import draft, seconds
from tests.integration.post import eventually
from tests.integration.visit import Visit, visiting
from tests.world import TROVE, new_world

#: Who tells what the journal holds, where there is a chat.
ALL = {"alerts", "board", "audit log", "streams"}
STOPPED = facts.fact(ServiceStopped)


class Follower:
    """An outlet that stands where it is put."""

    def __init__(self, name: str, seq: int) -> None:
        self.name = name
        self.seq = seq

    async def tell_next(self) -> bool:
        return False

    def place(self, _unit: UnitOfWork) -> int:
        return self.seq

    def reached(self, _unit: UnitOfWork) -> int:
        return self.seq


async def outlets(visit: Visit) -> dict[str, Any]:
    sync = (await visit.get("/api/validate-sync")).json()
    assert sync["ok"] == all(one["ok"] for one in sync["outlets"])
    return {one["name"]: (one["seq"], one["lag_s"], one["ok"]) for one in sync["outlets"]}


async def test_each_outlet_is_compared_with_the_journal(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        visit.readers.extend(
            JournalReader(Follower(name, seq)) for name, seq in (("news", 3), ("boards", 2), ("mail", 1))
        )
        await visit.write(STOPPED, STOPPED)
        visit.clock.go_on(seconds(20))
        await visit.write(STOPPED)
        visit.clock.go_on(seconds(15))
        assert await outlets(visit) == {
            "alerts": (3, 0, True),
            "board": (2, 15, True),
            "mail": (1, 35, False),
            "streams": (3, 0, True),
        }


async def test_an_outlet_that_is_ahead_is_not_well(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        visit.readers.append(JournalReader(Follower("mail", 4)))
        await visit.write(STOPPED)
        assert (await outlets(visit))["mail"] == (4, 0, False)


async def test_an_outlet_that_has_not_begun_is_left_out(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        log = JournalReader(AuditLog(tmp_path / "audit.jsonl", database=visit.database, now=visit.clock.now))
        visit.readers.append(log)
        await visit.write(STOPPED)
        assert await outlets(visit) == {"streams": (1, 0, True)}
        await log.catch_up()
        assert (await outlets(visit))["audit log"] == (1, 0, True)


async def test_readers_of_the_stream_count_once_they_had_read_all(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        await visit.write(STOPPED)
        listener = await visit.listen("0")
        await listener.until(1)
        await visit.write(STOPPED)
        await listener.until(2)

        async def there() -> bool:
            return bool((await outlets(visit))["streams"] == (2, 0, True))

        await eventually(there)


async def test_an_alert_that_nobody_has_seen_is_behind(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        visit.readers.append(JournalReader(Follower("news", 0)))
        await plan(visit, draft(key="alert:1", rank=Rank.ALERT))
        await plan(visit, draft(key="alert:2", rank=Rank.UPDATE))
        visit.clock.go_on(seconds(29))
        assert (await outlets(visit))["alerts"] == (0, 29, True)
        visit.clock.go_on(seconds(1))
        assert (await outlets(visit))["alerts"] == (0, 30, False)


async def test_a_board_that_is_not_edited_is_behind(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        visit.readers.append(JournalReader(Follower("boards", 0)))
        await plan(visit, draft(key="board:1", rank=Rank.BOARD))
        assert (await outlets(visit))["board"] == (0, 0, True)
        visit.clock.go_on(seconds(40))
        assert (await outlets(visit))["board"] == (0, 40, False)
        await show(visit, "board:1")
        await plan(visit, draft(text="PRACTICE · another", key="board:1", rank=Rank.BOARD))
        assert (await outlets(visit))["board"] == (0, 0, True)


async def plan(visit: Visit, what: Any) -> None:
    at = visit.clock.now()
    await visit.database.transact(lambda connection: ChatRecords(connection).plan(what, at=at, sending=False))


async def show(visit: Visit, key: str) -> None:
    def work(connection: Any) -> None:
        records = ChatRecords(connection)
        message = next(one for one in records.unsent() if one.draft.key == key)
        records.mark_shown(message.id, revision=message.revision, message_id=7)

    await visit.database.transact(work)


@pytest.mark.guards("bot", "the service itself sees that an outlet is not where the journal is")
async def test_the_service_looks_by_itself_after_every_third_cycle(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        mail = Follower("mail", 0)
        visit.readers.append(JournalReader(mail))
        await visit.write(STOPPED)
        visit.clock.go_on(seconds(45))
        await begun(visit)
        await count_cycle(visit, 2)
        await visit.web.check.look()
        assert visit.web.problems == ()
        await count_cycle(visit, 3)
        await until_problems(visit, "the mail is 45 s behind the journal")
        mail.seq = 1
        await count_cycle(visit, 6)
        await until_problems(visit)


async def begun(visit: Visit) -> None:
    async def looked() -> bool:
        return visit.web.check.looked_at == 0

    await eventually(looked)


async def count_cycle(visit: Visit, cycle: int) -> None:
    """So many cycles have been."""

    def work(unit: UnitOfWork) -> None:
        unit.marks.write(CycleMark(cycle_id=cycle), at=visit.clock.now())

    await visit.storage.write(work)


async def until_problems(visit: Visit, *problems: str) -> None:
    async def there() -> bool:
        return tuple(visit.web.problems) == problems

    await eventually(there)


async def test_a_running_service_agrees_with_itself(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= CYCLES + 1)

        async def agrees() -> bool:
            """All have begun, and none is behind."""
            sync = (await world.get("/api/validate-sync")).json()
            return bool(sync["ok"]) and {one["name"] for one in sync["outlets"]} == ALL

        await eventually(agrees)
