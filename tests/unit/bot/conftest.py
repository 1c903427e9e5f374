from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.telegram import tables
from bot.telegram.messages import ChatRecords
from config.database.sqlite import engine_for
from tests.unit.bot.outlet_house import House, new_house


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sa.Connection]:
    with engine_for(tmp_path / "stockbell.db").begin() as connection:
        tables.metadata.create_all(connection)
        yield connection


@pytest.fixture
def records(connection: sa.Connection) -> ChatRecords:
    return ChatRecords(connection)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with new_house(tmp_path) as made:
        yield made
