"""The owner's session at the shop, for the command line: signing in by hand, importing one, asking whether it holds.

None of it holds the data directory; a running service takes up what is stored here.
"""

import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from config.database import DatabaseUnusable, DataDir
from config.settings import Settings
from purchasing.checkout.browser import CheckoutBrowser
from purchasing.checkout.session import SESSION_FILE, SessionFile, SessionUnusable
from purchasing.checkout.sign_in import ask_whether_signed_in, wait_for_person
from purchasing.errors import BrowserLost, NoScreen

WAYS_IN = "run `stockbell login`, or `stockbell login --import FILE` on a machine without a screen"
_ELSEWHERE = (
    "run `stockbell login` on a computer that has one, and store the session.json that it makes there with "
    "`stockbell login --import FILE` here"
)
_MADE_BY = "`stockbell login` on a computer with a screen stores one, session.json"
_DOCTOR = "`stockbell doctor` tells what is wrong"
#: The variables by which a program finds the screen.
_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginResult:
    """How it went, in a line for a person."""

    well: bool
    line: str


_NO_SCREEN = LoginResult(well=False, line=f"there is no screen here to sign in on: {_ELSEWHERE}")


class NotASession(Exception):
    """What was to be imported is none; the message says why, and nothing was changed."""


def open_session(settings: Settings) -> SessionFile:
    return SessionFile(settings.data_dir / SESSION_FILE, site_url=settings.target.site_url)


def import_session(source: Path, settings: Settings) -> LoginResult:
    """Store the session of a file that a browser exported.

    Raises:
        NotASession: it is none of the shop, or can't be stored.
    """
    session = open_session(settings)
    try:
        session.check(source)
        DataDir(settings.data_dir).create()
        session.take_from(source)
    except SessionUnusable as error:
        raise NotASession(f"{error}; {_MADE_BY}") from error
    except DatabaseUnusable as error:
        raise NotASession(str(error)) from error
    except OSError as error:
        raise NotASession(f"{session.path} can't be written: {error.strerror}") from error
    return LoginResult(
        well=True, line=f"stored in {session.path}; `stockbell login --check` asks the shop whether it holds"
    )


async def check_session(settings: Settings) -> LoginResult:
    """Ask the shop, in a browser without a window, whether the stored session holds; if so it is stored as renewed."""
    session = open_session(settings)
    if why := session.why_not_usable():
        return LoginResult(well=False, line=f"{why}: {WAYS_IN}")
    is_renewed, before = False, session.stamp
    try:
        async with new_browser(settings, headless=True) as browser, browser.using() as context:
            answer = await ask_whether_signed_in(context, site_url=settings.target.site_url)
            if answer:
                # A service that stored another one meanwhile has renewed it, too.
                is_renewed = await browser.store_session() or session.stamp != before
    except BrowserLost as error:
        return LoginResult(well=False, line=f"{error}; {_DOCTOR}")
    if answer is None:
        line = f"the shop did not show whether you are signed in: try again later, or {WAYS_IN}"
        return LoginResult(well=False, line=line)
    if not answer:
        return LoginResult(well=False, line=f"the session has lapsed: {WAYS_IN}")
    lost = "" if is_renewed else f", but {session.path} could not be written: the session was not renewed"
    return LoginResult(well=True, line=f"you are signed in{lost}")


async def sign_in(settings: Settings, environ: Mapping[str, str], *, say: Callable[[str], object]) -> LoginResult:
    """Open a window at the shop's sign-in, wait for a person, and store the session."""
    if sys.platform == "linux" and not any(environ.get(name) for name in _SCREENS):
        return _NO_SCREEN
    session = open_session(settings)
    try:
        DataDir(settings.data_dir).create()
        async with new_browser(settings, headless=False) as browser, browser.using() as context:
            say("a window opens: sign in there, and it closes by itself")
            if not await wait_for_person(context, site_url=settings.target.site_url):
                return LoginResult(well=False, line="the window was closed before anybody had signed in")
            stored = await browser.store_session(by_hand=True)
    except NoScreen:
        return _NO_SCREEN
    except BrowserLost as error:
        return LoginResult(well=False, line=f"{error}; {_DOCTOR}")
    except DatabaseUnusable as error:
        return LoginResult(well=False, line=str(error))
    if not stored:
        return LoginResult(well=False, line=f"you are signed in, but {session.path} could not be written")
    return LoginResult(well=True, line=f"you are signed in; the session is stored in {session.path}")


@asynccontextmanager
async def new_browser(settings: Settings, *, headless: bool) -> AsyncGenerator[CheckoutBrowser]:
    """A browser of its own; what is noted of it is not where a service notes what it started."""
    with TemporaryDirectory(prefix="stockbell-") as folder:
        browser = CheckoutBrowser(
            settings.browser.model_copy(update={"headless": headless}),
            session=open_session(settings),
            data_dir=Path(folder),
        )
        try:
            yield browser
        finally:
            await browser.close()
