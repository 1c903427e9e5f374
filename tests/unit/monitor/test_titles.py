"""By which title a product is told."""

import pytest

from monitor.model import title_or_name


@pytest.mark.parametrize(
    ("title", "name", "told"),
    [
        ("Trove", "Mine", "Trove"),
        (None, "Mine", "Mine"),
        ("", "Mine", "Mine"),
        (" \u200b ", "Mine", "Mine"),
        ("Trove", None, "Trove"),
        (None, None, ""),
    ],
)
def test_the_owners_name_stands_until_the_shop_told_a_title_that_can_be_seen(
    title: str | None, name: str | None, told: str
) -> None:
    assert title_or_name(title, name) == told
