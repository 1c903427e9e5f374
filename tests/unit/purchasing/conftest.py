from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.builders import A, B
from tests.unit.purchasing.books import Books, opened
from tests.unit.purchasing.coordinator_house import House, house_of
from tests.unit.purchasing.journals import Journal
from tests.unit.purchasing.trips import Trip


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    async with opened(tmp_path / "stockbell.db") as made:
        yield made


@pytest.fixture
def trip() -> Trip:
    return Trip()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Watches A and B; its slot is being served."""
    async with house_of(tmp_path, A, B) as made, made.running():
        yield made


@pytest.fixture
def journal() -> Journal:
    return Journal()
