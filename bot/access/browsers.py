"""Who looks at the live page: one-time links that sign a browser in, and the browsers that are signed in.

Links and cookies are kept here by their hashes alone; a link stands in the answer that brought it, too. All that are
good are known in memory, so that a wrong one costs no transaction.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa

from bot.access import tables
from config.clock import Now
from purchasing.commands import Command, Result
from purchasing.events import stamp, unstamp
from purchasing.storage.unit_of_work import Storage, UnitOfWork

_link, _browser = tables.page_link, tables.browser

#: How long a link may be used, and how long a browser stays signed in.
LINK_HOLDS = timedelta(minutes=5)
BROWSER_HOLDS = timedelta(days=30)
#: Of one person's browsers so many stay signed in, the latest.
MOST_BROWSERS = 20
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#: Some 190 bits.
_LENGTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person's link or browser, by its hash, and until when it is good."""

    hash: str
    user: int
    expires_at: datetime


class Browsers:
    """Nobody else writes of links and browsers but `/revoke`, which says so by `forget`."""

    def __init__(self, *, storage: Storage, now: Now, rng: Random, may_read: Callable[[int], bool]) -> None:
        """`may_read` tells whether a person is let in still."""
        self._storage = storage
        self._now = now
        self._rng = rng
        self._may_read = may_read
        self._links: dict[str, SignedIn] = {}
        self._browsers: dict[str, SignedIn] = {}
        #: Called when somebody was signed out.
        self.on_signed_out: Callable[[], None] = _nothing

    async def reload(self) -> None:
        """Know what is stored."""
        links, browsers = await self._storage.read(lambda unit: BrowserTable(unit.connection).all())
        self._links = {one.hash: one for one in links}
        self._browsers = {one.hash: one for one in browsers}

    async def offer(self, command: Command, result_of: Callable[[str, datetime], Result]) -> None:
        """Make a link for who gave this command, and finish it; `result_of` is handed what signs in, and until when."""
        token, at = self._new_secret(), self._now()
        link = SignedIn(hash=hash_of(token), user=int(command.person.id), expires_at=at + LINK_HOLDS)

        def work(unit: UnitOfWork) -> None:
            BrowserTable(unit.connection).put_link(link, at=at)
            unit.commands.finish(command, result_of(token, link.expires_at), at=at)

        await self._storage.write(work)
        self._links[link.hash] = link

    def is_link(self, token: str) -> bool:
        """Whether it would sign somebody in; nothing is spent by asking."""
        return self._is_good(self._links.get(hash_of(token)))

    async def sign_in(self, token: str) -> str | None:
        """Spend a link, once: the cookie of a browser that is signed in from now on; None for a wrong one."""
        link, at = self._links.pop(hash_of(token), None), self._now()
        if link is None or not self._is_good(link):
            return None
        cookie = self._new_secret()
        browser = SignedIn(hash=hash_of(cookie), user=link.user, expires_at=at + BROWSER_HOLDS)

        def work(unit: UnitOfWork) -> bool:
            return BrowserTable(unit.connection).sign_in(link, browser, at=at)

        if not await self._storage.read(work):
            return None
        await self.reload()
        return cookie

    def find(self, cookie: str) -> SignedIn | None:
        """The browser that has this cookie; None where it is not signed in, or not any more."""
        browser = self._browsers.get(hash_of(cookie))
        return browser if self._is_good(browser) else None

    def is_signed_in(self, browser: SignedIn) -> bool:
        """Whether it still is."""
        return self._is_good(self._browsers.get(browser.hash))

    def forget(self, user: int) -> None:
        """This person was signed out, on disk."""
        self._links = {key: one for key, one in self._links.items() if one.user != user}
        self._browsers = {key: one for key, one in self._browsers.items() if one.user != user}
        self.on_signed_out()

    def _is_good(self, one: SignedIn | None) -> bool:
        return one is not None and self._now() < one.expires_at and self._may_read(one.user)

    def _new_secret(self) -> str:
        return "".join(self._rng.choice(_ALPHABET) for _ in range(_LENGTH))


class BrowserTable:
    """Reads and writes of one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._db = connection

    def all(self) -> tuple[list[SignedIn], list[SignedIn]]:
        """All links, and all browsers."""
        links = self._db.execute(sa.select(_link.c.token_hash.label("hash"), _link.c.user, _link.c.expires_at))
        browsers = self._db.execute(
            sa.select(_browser.c.cookie_hash.label("hash"), _browser.c.user, _browser.c.expires_at)
        )
        return [_signed_in(row) for row in links.mappings()], [_signed_in(row) for row in browsers.mappings()]

    def put_link(self, link: SignedIn, *, at: datetime) -> None:
        """Let this link be good; what ran out is forgotten."""
        self._db.execute(sa.delete(_link).where(_link.c.expires_at <= stamp(at)))
        row = {"token_hash": link.hash, "user": link.user, "expires_at": stamp(link.expires_at)}
        self._db.execute(sa.insert(_link).values(row))

    def sign_in(self, link: SignedIn, browser: SignedIn, *, at: datetime) -> bool:
        """Have this browser signed in for this link, if it still is there; the oldest beyond `MOST_BROWSERS` go."""
        spent = sa.delete(_link).where(_link.c.token_hash == link.hash).returning(_link.c.user)
        if self._db.execute(spent).first() is None:
            return False
        self._db.execute(sa.delete(_browser).where(_browser.c.expires_at <= stamp(at)))
        row = {
            "cookie_hash": browser.hash,
            "user": browser.user,
            "at": stamp(at),
            "expires_at": stamp(browser.expires_at),
        }
        self._db.execute(sa.insert(_browser).values(row))
        latest = sa.select(_browser.c.cookie_hash).where(_browser.c.user == browser.user)
        kept = latest.order_by(_browser.c.at.desc(), _browser.c.cookie_hash).limit(MOST_BROWSERS)
        beyond = sa.and_(_browser.c.user == browser.user, _browser.c.cookie_hash.not_in(kept.scalar_subquery()))
        self._db.execute(sa.delete(_browser).where(beyond))
        return True

    def sign_out(self, user: int) -> int:
        """Let no link and no browser of this person be good any more; how many browsers were signed in."""
        self._db.execute(sa.delete(_link).where(_link.c.user == user))
        gone = self._db.execute(sa.delete(_browser).where(_browser.c.user == user).returning(_browser.c.cookie_hash))
        return len(gone.all())


def _signed_in(row: sa.RowMapping) -> SignedIn:
    return SignedIn(hash=row["hash"], user=row["user"], expires_at=unstamp(row["expires_at"]))


def hash_of(secret: str) -> str:
    """By which alone a link or a cookie is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _nothing() -> None:
    """Nobody is to be told."""
