"""The owner's session at the shop, in `session.json`: a Playwright storage state.

Whoever has its cookies is signed in as the owner: they are never printed, and the file is for its owner alone.
"""

import contextlib
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from config.files import open_regular, replace_private
from config.logs import hide_from_logs

log = logging.getLogger(__name__)

#: In the data directory.
SESSION_FILE = "session.json"
#: Far above any session, and far below what hurts.
LARGEST = 20_000_000

#: No writing takes so long.
_WRITING = timedelta(minutes=1)
#: Of the year 9999; a browser knows no later one.
_LAST_SECOND = 253_402_300_799

Stamp = tuple[int, int, int] | None


class SessionUnusable(Exception):
    """It is not there, or is no session; the message says what is wrong, and holds nothing of a cookie's value."""


class StoredCookie(msgspec.Struct, kw_only=True):
    """A cookie, as far as a browser refuses the whole session over it; whatever else it carries is kept as it is."""

    name: str
    value: str
    domain: str
    path: str
    #: In seconds since 1970; -1 where it ends with the browser.
    expires: Annotated[float, Meta(ge=-1, le=_LAST_SECOND)] = -1
    httpOnly: bool = False  # noqa: N815  Playwright's name
    secure: bool = False
    sameSite: Literal["Strict", "Lax", "None"] = "Lax"  # noqa: N815  Playwright's name


class StoredEntry(msgspec.Struct, kw_only=True):
    name: str
    value: str


class StoredOrigin(msgspec.Struct, kw_only=True):
    origin: str
    #: Playwright's name.
    localStorage: tuple[StoredEntry, ...] = ()  # noqa: N815


class _State(msgspec.Struct, kw_only=True):
    """What must be there; Playwright itself takes more."""

    cookies: tuple[StoredCookie, ...]
    origins: tuple[StoredOrigin, ...] = ()


State = dict[str, Any]
"""A whole Playwright storage state."""


class SessionFile:
    """The file of one session of one shop, replaced as a whole and for its owner alone."""

    def __init__(self, path: Path, *, site_url: str) -> None:
        self.path = path
        self._host = urlsplit(site_url).hostname or ""

    def read(self) -> State:
        """The session as it is stored.

        Raises:
            SessionUnusable: there is none, or it is not well-formed.
        """
        return self._parse(_read(self.path), self.path)

    def write(self, state: State) -> None:
        """Store a session in its place.

        Raises:
            OSError: it can't be written; what was there stays.
        """
        replace_private(self.path, msgspec.json.format(msgspec.json.encode(state), indent=1))

    def remove_unfinished(self, *, at: datetime) -> None:
        """Remove what writings that were cut off have left: it is as good as the session itself."""
        for path in self.path.parent.glob(f".{self.path.name}.*"):
            with contextlib.suppress(OSError):
                if at - datetime.fromtimestamp(path.stat().st_mtime, UTC) > _WRITING:
                    path.unlink()

    def take_from(self, source: Path) -> State:
        """Store the session of another file; nothing is changed where it is none.

        Raises:
            SessionUnusable: it can't be read, is no storage state, or holds no cookie of the shop.
            OSError: it can't be written.
        """
        state = self.check(source)
        self.write(state)
        return state

    def check(self, source: Path) -> State:
        """The session of another file.

        Raises:
            SessionUnusable: it can't be read, is no storage state, or holds no cookie of the shop.
        """
        state = self._parse(_read(source), source)
        if not self.knows_shop(state):
            raise SessionUnusable(f"{source} holds no cookie of {self._host}: sign in there first, then export again")
        return state

    def knows_shop(self, state: State) -> bool:
        """Whether it holds a cookie that the shop would be sent."""
        return any(_covers(cookie["domain"], self._host) for cookie in state["cookies"])

    def why_not_usable(self) -> str | None:
        """Why nobody can be signed in with it; None if somebody may be: only the shop knows."""
        try:
            state = self.read()
        except SessionUnusable as error:
            return str(error)
        return None if self.knows_shop(state) else f"{self.path} holds no cookie of {self._host}"

    @property
    def renewed_at(self) -> datetime | None:
        """When it was last written; None where there is none."""
        try:
            return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
        except OSError:
            return None

    @property
    def stamp(self) -> Stamp:
        """Another one after each writing, whoever wrote."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return (status.st_ino, status.st_mtime_ns, status.st_size)

    def _parse(self, held: bytes, path: Path) -> State:
        try:
            state: State = msgspec.json.decode(held, type=dict[str, Any])
            held_cookies = msgspec.convert(state, _State).cookies
        except msgspec.ValidationError as error:
            raise SessionUnusable(f"{path} is no Playwright storage state: {error}") from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise SessionUnusable(f"{path} is no JSON") from None  # the error itself may quote what is there
        hide_from_logs(cookie.value for cookie in held_cookies)
        return state


def _read(path: Path) -> bytes:
    try:
        with open(path, "rb", opener=open_regular) as file:
            held = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise SessionUnusable(f"there is no {path}") from None
    except OSError as error:
        raise SessionUnusable(f"{path} can't be read: {error.strerror}") from error
    if len(held) > LARGEST:
        raise SessionUnusable(f"{path} is larger than {LARGEST:,} bytes, which no session is")
    return held


def _covers(domain: str, host: str) -> bool:
    """Whether a cookie of this domain is sent to this host."""
    domain, host = domain.lower(), host.lower()
    return host == domain.lstrip(".") or (domain.startswith(".") and host.endswith(domain))
