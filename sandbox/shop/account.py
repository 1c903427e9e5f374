"""The one account of the practice shop, and who is signed in to it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from sandbox.clock import clock

COOKIE = "accessToken"


class Account:
    """Whoever holds a session's token is the owner, until it ends. Every page that is loaded gives a new one."""

    def __init__(self, *, name: str = "Ada", email: str = "ada@example.com", password: str = "practice") -> None:  # noqa: S107  made up
        self.name = name
        self.email = email
        self.password = password
        #: How long a token lives; holds for those that are given from now on.
        self.lifetime = timedelta(hours=4)
        #: How often a page gave a new one.
        self.renewals = 0
        self._ends: dict[str, datetime] = {}

    def sign_in(self) -> str:
        """The token of a new session."""
        token = token_hex(16)
        self._ends[token] = clock() + self.lifetime
        return token

    def knows(self, cookies: Mapping[str, str]) -> bool:
        """Whether these cookies are those of somebody who is signed in."""
        end = self._ends.get(cookies.get(COOKIE, ""))
        return end is not None and clock() < end

    def renew(self) -> str:
        """The token that a loaded page gives to who is signed in; the one before lives on to its end."""
        self.renewals += 1
        return self.sign_in()

    def sign_out(self) -> None:
        """End every session."""
        self._ends.clear()

    def storage_state(self, url: str) -> dict[str, Any]:
        """A new session at the shop of this address, in the form in which Playwright stores one."""
        token = self.sign_in()
        cookie = {
            "name": COOKIE,
            "value": token,
            "domain": urlsplit(url).hostname,
            "path": "/",
            "expires": self._ends[token].timestamp(),
            "httpOnly": True,
            "secure": False,
            "sameSite": "Lax",
        }
        return {"cookies": [cookie], "origins": []}
