from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.purchasing.books import Books, opened
from tests.unit.purchasing.trips import Trip


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    async with opened(tmp_path / "stockbell.db") as made:
        yield made


@pytest.fixture
def trip() -> Trip:
    return Trip()
