"""How readers of the stream are woken, and from where they want to read on."""

import asyncio
from itertools import pairwise

import pytest

from bot.web.stream.streams import SLICE, Asked, parse_asked, wake_slowly


@pytest.mark.guards("bot", "readers of the stream are woken a few at a time")
async def test_whatever_else_is_to_be_done_comes_between_readers() -> None:
    sleepers = [asyncio.Event() for _ in range(50)]
    waking = asyncio.create_task(wake_slowly(sleepers))
    counts = [0]
    while not waking.done():
        await asyncio.sleep(0)
        counts.append(sum(one.is_set() for one in sleepers))
    steps = [after - before for before, after in pairwise(counts)]
    assert (max(steps), counts[-1]) == (SLICE, 50)


@pytest.mark.parametrize(
    ("header", "after", "asked"),
    [
        (None, None, Asked()),
        ("7", None, Asked(place=7)),
        (None, "0", Asked(place=0)),
        ("7", "3", Asked(place=7)),
        ("", "3", Asked(place=3)),
        ("007", None, Asked(place=7)),
        ("x", "3", Asked(is_wrong=True)),
        ("7\n8", None, Asked(is_wrong=True)),
        (None, "", Asked(is_wrong=True)),
        (None, "+7", Asked(is_wrong=True)),
    ],
)
def test_the_header_counts_before_the_address(header: str | None, after: str | None, asked: Asked) -> None:
    assert parse_asked(header, after) == asked
