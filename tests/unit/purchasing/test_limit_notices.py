"""Which limits were told of, on disk, and that they weigh on nothing else."""

from datetime import datetime, timedelta

import pytest

from config.products import Mode
from purchasing.storage.limit_notices import KEPT
from tests.builders import AT
from tests.unit.purchasing.books import Books

DAY = "per_day:2026-11-22"


async def note(books: Books, *keys: str, at: datetime = AT) -> list[bool]:
    return await books.do(lambda unit: [unit.cycles.notices.note(key, at=at) for key in keys])


async def test_a_reached_limit_is_new_once(books: Books) -> None:
    assert await note(books, DAY, DAY, "spend:2026-11-22:94734932") == [True, False, True]
    assert await note(books, DAY) == [False]


@pytest.mark.parametrize(
    ("key", "is_kept"),
    [
        (DAY, False),
        ("spend:2026-11-22:94734932", False),
        ("per_window:94734932:2026-11-22T14:03:22+00:00", False),
        ("quantity:94734932:1", True),
        ("household:94734932:2", True),
    ],
)
async def test_what_is_bound_to_a_day_or_a_restock_is_forgotten_long_after_it(
    books: Books, key: str, *, is_kept: bool
) -> None:
    await note(books, key)
    await note(books, "quantity:1:1", at=AT + KEPT)
    assert await note(books, key) == [False]
    await note(books, "quantity:2:1", at=AT + KEPT + timedelta(milliseconds=1))
    assert await note(books, key) == [not is_kept]


async def test_what_steers_is_read_without_reading_anything_else(books: Books) -> None:
    """However much stands beside it."""
    await books.set_mode(Mode.SIMULATE)
    books.damage("INSERT INTO control VALUES ('anything else', 'no JSON at all', '', '')")
    assert (await books.do(lambda unit: unit.controls.read(at=AT))).mode is Mode.SIMULATE
