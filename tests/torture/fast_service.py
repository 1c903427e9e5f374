"""The service under a clock that runs so many times as fast: `python -m tests.torture.fast_service SPEED`.

Only what it takes for the time of day is faster; how long it sleeps is not. It is the shipped program but for that.
"""

import asyncio
import os
import sys
from datetime import datetime

import config.clock


def _hasten(speed: float) -> None:
    """Before anything else has asked for the time, as every module takes the one clock by its name."""
    real = config.clock.utc_now
    began = real()

    def fast_now() -> datetime:
        at = began + (real() - began) * speed
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    config.clock.utc_now = fast_now


def main() -> None:
    _hasten(float(sys.argv[1]))
    from bot.app import build  # noqa: PLC0415  after the clock
    from config.logs import set_up_logging  # noqa: PLC0415  as above
    from config.settings import load_settings  # noqa: PLC0415  as above

    set_up_logging()
    asyncio.run(build(load_settings(os.environ)).run())


if __name__ == "__main__":
    main()
