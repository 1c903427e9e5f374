"""A real Chromium for every test here, and the wish for new pictures."""

import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from config.settings import BrowserSettings
from purchasing.checkout.browser import BrowserBounds, CheckoutBrowser
from purchasing.checkout.session import SessionFile

ROOT = Path(__file__).parents[2]

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AS_ROOT = ["--no-sandbox"]

#: Where several tests run beside each other, so many of these do, each file in one row: a browser needs the processor
#: that the others mostly wait on, and what a file shares it shares.
ROWS = 2

#: Of what the page is to show; a busy machine takes its time.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--picture", action="store_true", help="write the documents' pictures anew, into docs/images")
    parser.addoption("--all-troubles", action="store_true", help="every trouble of the practice store's checkout")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ours = Counter(item.path for item in items if item.path.parent == Path(__file__).parent)
    rows: list[Counter[Path]] = [Counter() for _ in range(ROWS)]
    for path, count in ours.most_common():
        min(rows, key=Counter.total)[path] = count
    row_of = {path: str(number) for number, row in enumerate(rows) for path in row}
    for item in items:
        if item.path in row_of:
            item.add_marker(pytest.mark.xdist_group(f"browser {row_of[item.path]}"))


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where pictures go: with `--picture` to the documents' own."""
    return ROOT / "docs" / "images" if request.config.getoption("--picture", default=False) else tmp_path


@asynccontextmanager
async def launch() -> AsyncIterator[Browser]:
    """For whoever shares one among many tests; its event loop has to be theirs."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for path in map(shutil.which, names) if path), None)
    flags = FLAGS + (AS_ROOT if os.geteuid() == 0 else [])
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found, args=flags, handle_sigint=False, handle_sigterm=False, handle_sighup=False
        )
        yield browser
        await browser.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with launch() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_browser() -> AsyncIterator[Browser]:
    """As `browser`, for all tests of a file."""
    async with launch() as browser:
        yield browser


# ---- the household's own, which serves one house of a file after the other (house.py)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> SessionFile:
    return SessionFile(tmp_path_factory.mktemp("session") / "session.json", site_url="http://127.0.0.1")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def checkout_browser(
    session: SessionFile, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[CheckoutBrowser]:
    """One that is killed is begun anew at once, however often."""
    browser = CheckoutBrowser(
        BrowserSettings(),
        session=session,
        data_dir=tmp_path_factory.mktemp("browser"),
        bounds=BrowserBounds(at_once=timedelta(0)),
    )
    yield browser
    await browser.close()
