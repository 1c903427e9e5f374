"""The first start after a restore: it is told once, and nothing is bought on what the backup does not know."""

from datetime import timedelta
from pathlib import Path

import pytest

from config.products import BuyMode, Mode
from purchasing.events import ControlChanged, Restored
from purchasing.recovery import Recovery
from purchasing.restored import RESTORED_FILE, RestoredBackup, RestoreNote
from purchasing.slot.emergency_stop import Gate
from purchasing.storage.controls import STOP
from purchasing.storage.unit_of_work import Storage
from tests.builders import AT, A, product, reading
from tests.unit.purchasing.books import Books, opened

BACKUP = RestoredBackup(restored_at=AT, made_at=AT - timedelta(days=1))


async def start(books: Books, note: RestoreNote) -> Gate:
    """A start of the service; the gate as it is after it."""
    gate = Gate(books.path.with_name("EMERGENCY_STOP"))
    storage = Storage(books.database, on_journal=lambda: None, now=books.clock.now)
    recovery = Recovery(storage=storage, gate=gate, now=books.clock.now)
    await recovery.recover(mode=Mode.SIMULATE, modes=[Mode.SIMULATE], version="1", restore=note)
    return gate


@pytest.mark.guards("purchasing", "nothing is bought after a restore until an owner says so")
async def test_the_first_start_after_a_restore_stops_buying_and_says_which_backup_it_was(books: Books) -> None:
    note = RestoreNote(books.path.parent)
    note.leave(BACKUP)
    gate = await start(books, note)
    assert gate.shut == "stopped by a restore"
    (told,) = await books.facts(Restored)
    assert (told.restored_at, told.backup_at) == (BACKUP.restored_at, BACKUP.made_at)
    assert [(one.what, one.by) for one in await books.facts(ControlChanged)] == [("stop", "a restore")]
    # The next start finds nothing more to tell, and the stop stands until a person lifts it.
    assert (await start(books, note)).shut == "stopped by a restore"
    await books.do(lambda unit: unit.controls.drop(STOP))
    assert (await start(books, note)).shut is None
    assert len(await books.facts(Restored)) == 1


async def test_a_crash_before_the_note_is_taken_away_tells_nothing_twice(books: Books) -> None:
    note = RestoreNote(books.path.parent)
    for _ in range(2):
        note.leave(BACKUP)
        assert (await start(books, note)).shut == "stopped by a restore"
    assert len(await books.facts(Restored)) == 1


@pytest.mark.guards("purchasing", "nothing is bought after a restore until an owner says so")
async def test_a_note_that_cannot_be_read_stops_buying_too(books: Books) -> None:
    note = RestoreNote(books.path.parent)
    leave_half(books.path.with_name(RESTORED_FILE))
    assert (await start(books, note)).shut == "stopped by a restore"
    assert note.read() is None


def leave_half(note: Path) -> None:
    note.write_bytes(b'{"restored_at":')


async def ask(books: Books) -> tuple[int, int]:
    """A restock in which it is asked; the numbers of question and restock window, as buttons bear them."""
    await books.watch(product(A, buy=BuyMode.ASK))
    await books.cycle(reading(A, "IN_STOCK", at=books.at))
    window = await books.do(lambda unit: unit.windows.open_of(A))
    assert window is not None
    made = await books.do(lambda unit: unit.approvals.make(A, window, price=None, at=books.at, expires_at=books.at))
    return made, window


@pytest.mark.guards("purchasing", "a button from before a restore answers no later question")
async def test_a_question_after_a_restore_bears_a_number_that_no_button_in_the_chat_bears(books: Books) -> None:
    number, window = await ask(books)
    note = RestoreNote(books.path.parent)
    note.leave(BACKUP)
    await start(books, note)
    later, same_window = await ask(books)
    assert (later > number + 1000, same_window) == (True, window)


@pytest.mark.guards("purchasing", "a button from before a restore answers no later question")
async def test_nor_one_of_an_earlier_restore_of_a_backup_that_knows_no_restock_yet(tmp_path: Path) -> None:
    numbers = [(1000, 1000)]
    for minute in (1, 2):
        async with opened(tmp_path / f"{minute}.db") as restored:
            restored.clock.go_on(timedelta(minutes=minute))
            note = RestoreNote(tmp_path)
            note.leave(BACKUP)
            await start(restored, note)
            numbers.append(await ask(restored))
    questions, windows = zip(*numbers, strict=True)
    assert (sorted(set(questions)), sorted(set(windows))) == ([*questions], [*windows])
