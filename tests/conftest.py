"""What every test needs."""

import asyncio

import pytest

#: These take longest, so they are begun first: at the end, all the others would wait for them.
LONGEST = ("tests/torture/", "tests/unit/purchasing/test_coordinator_any.py")

# Where a law is broken, what was asserted is shown with its values.
pytest.register_assert_rewrite("tests.unit.purchasing.lawful_life")

# Plugins ask for an event loop while collecting; without this, the one made for them is never closed and the warning
# about it falls on an innocent test.
asyncio.set_event_loop(None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
