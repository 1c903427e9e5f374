"""A short crash campaign with real orders; `make torture` runs a thousand crashes of the same kind."""

from pathlib import Path

import pytest

from tests.torture.campaign import run_campaign
from tests.torture.shopper import HttpShopper, NotAPracticeStore


@pytest.mark.timeout(400)
async def test_twelve_crashes_with_real_orders_lose_and_double_nothing(tmp_path: Path) -> None:
    report = await run_campaign(tmp_path, crashes=12, seed=3)
    assert report.wrong == []
    assert report.crashes == 12
    assert report.orders > 0


@pytest.mark.guards("purchasing", "the buyer of the tests orders from this machine alone")
@pytest.mark.parametrize("address", ["https://www.target.com", "http://10.0.0.1:80", "http://example.org"])
def test_nothing_but_a_store_on_this_machine_can_be_ordered_from(address: str) -> None:
    with pytest.raises((NotAPracticeStore, ValueError)):
        HttpShopper(address)
