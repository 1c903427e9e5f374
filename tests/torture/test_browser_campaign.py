"""A few kills in a browser's live purchases; `python -m tests.torture --browser` makes hundreds of the same kind."""

from pathlib import Path

import pytest

from tests.torture.browser_campaign import run_browser_campaign


@pytest.mark.browser
@pytest.mark.timeout(500)
async def test_each_part_killed_in_a_live_purchase_loses_and_doubles_nothing(tmp_path: Path) -> None:
    report = await run_browser_campaign(tmp_path, crashes=3, seed=4)
    assert report.wrong == []
    assert report.crashes == 3
    assert report.orders > 0
