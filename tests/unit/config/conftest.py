from pathlib import Path

import pytest

from config.watchlist import WatchlistFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a database may be."""
    return tmp_path / "stockbell.db"


@pytest.fixture
def file(tmp_path: Path) -> WatchlistFile:
    return WatchlistFile(tmp_path / "watchlist.toml")
