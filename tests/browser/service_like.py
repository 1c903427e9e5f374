"""A process that has the checkout's browser as the service has it: `python -m tests.browser.service_like FOLDER`.

It says `ready`, and then, for each line that it is sent, whether the browser works.
"""

import asyncio
import signal
import sys
from pathlib import Path

from config.settings import BrowserSettings
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.session import SESSION_FILE, SessionFile


async def serve(folder: Path) -> None:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: None)  # the service hears them, and ends when it sees fit
    session = SessionFile(folder / SESSION_FILE, site_url="http://127.0.0.1:9")
    browser = CheckoutBrowser(BrowserSettings(), session=session, data_dir=folder)
    page = await (await browser.context()).new_page()
    print("ready", flush=True)  # noqa: T201  this is how it speaks
    while await asyncio.to_thread(sys.stdin.readline):
        print(await page.evaluate("1 + 1"), flush=True)  # noqa: T201  as above
    await browser.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
