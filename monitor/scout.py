"""Gets to know products that are new: picture, seller, variations. One at a time, so that it costs the shop little."""

import asyncio
import logging
from datetime import timedelta

from monitor.ports import NextStranger, OnDetails, Shop

_log = logging.getLogger(__name__)


class Scout:
    """The slow path beside the cycles: what it learns is kept, and who told something is left alone."""

    def __init__(self, *, shop: Shop, next_stranger: NextStranger, on_details: OnDetails, every: timedelta) -> None:
        self._shop = shop
        self._next_stranger = next_stranger
        self._on_details = on_details
        self._every = every

    async def run(self) -> None:
        """Look at one product every so often, until cancelled."""
        while True:
            await asyncio.sleep(self._every.total_seconds())
            tcin = await self._next_stranger()
            if tcin is None:
                continue
            answer = await self._shop.look(tcin)
            for trouble in answer.troubles:
                _log.info("scout.trouble", extra={"tcin": tcin, "why": trouble.message})
            await self._on_details(answer.readings[tcin])
