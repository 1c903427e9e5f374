"""The page of the events, as it is printed from their types."""

import msgspec
import pytest

from docs import events
from docs.events import NoMeaning, print_events
from purchasing.events import EventKind


def test_every_kind_has_its_section_with_when_it_is_written() -> None:
    lines = list(print_events())
    for kind in EventKind:
        place = lines.index(f"## `{kind}`")
        assert lines[place + 2].startswith(("At ", "When ", "After "))


@pytest.mark.parametrize(
    "row",
    [
        "| `stock.*.price` | amount or null | In dollars. |",
        "| `purchases.started[].completes_by` | time | Its deadline. |",
        "| `asks` | object | The questions whether to buy that changed, by their restock windows. |",
        "| `answer` | `buy`, `skip` or `expired` | What was said. |",
        "| `cut` | object or null, or left out | What a stop cut short",
        "| `tcin` | product number, or left out | The one product that a pause is about. |",
        "| `role` | text or null | Null where it was taken away. |",
        "| `priced` | list of whole numbers | The restock windows",
    ],
)
def test_a_field_is_told_by_its_name_in_the_json_its_type_and_its_meaning(row: str) -> None:
    assert any(line.startswith(row) for line in print_events())


class Unexplained(msgspec.Struct, frozen=True):
    """When something happened."""

    whatever: int


def test_a_field_without_a_meaning_is_refused() -> None:
    with pytest.raises(NoMeaning, match=r"Unexplained\.whatever"):
        list(events.print_fields(Unexplained))
