"""What every test needs."""

import asyncio

# Plugins ask for an event loop while collecting; without this, the one made for them is never closed and the warning
# about it falls on an innocent test.
asyncio.set_event_loop(None)
