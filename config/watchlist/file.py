"""The watch list's file: reading it, changing it, and following what is done to it by hand."""

import asyncio
import contextlib
import logging
import os
import stat
import tempfile
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from datetime import timedelta
from functools import reduce
from pathlib import Path

from watchfiles import awatch
from watchfiles.main import FileChange

from config.files import open_regular, sync_directory
from config.products import Product
from config.watchlist.edits import ensure_present
from config.watchlist.format import WatchlistError, parse_watchlist

log = logging.getLogger(__name__)

#: How long the file must stand unchanged before it is read: an editor may be in the middle of saving it.
SETTLE = timedelta(milliseconds=300)
#: How long it must be missing or without any product before that counts as the owner's wish.
GONE_FOR = timedelta(seconds=2)
#: A change is found after this long even where no notification comes.
LONGEST_WAIT = timedelta(seconds=1)
_STEP_MS = 100
#: No more of a file is read.
LARGEST = 8 * 1024 * 1024
#: A change waits for a file to stand still no longer than so many times.
_MOST_WAITS = 10

#: What tells one state of the file from another; None where there is no file.
_Stamp = tuple[int, ...] | None
_NEVER = object()


class WatchlistGone(WatchlistError):
    """The file is missing, or holds no product: the owner's wish, or a moment in the middle of a save."""


class WatchlistFile:
    """`watchlist.toml`. Its methods block on the disk: call them off the event loop, from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._changing = threading.Lock()
        #: The state that `read` last told of, right or wrong. That nothing is watched is never told of at once.
        self._read_at: _Stamp | object = _NEVER
        #: A state that no save is in the middle of: it stood long enough, or is of our own making.
        self._whole_at: _Stamp | object = _NEVER
        #: Device and inode of its directory, once it was seen.
        self._home: tuple[int, int] | None = None

    def read(self) -> tuple[Product, ...]:
        """The products in their order.

        Raises:
            WatchlistGone: there is no file, or no product in it.
            WatchlistError: it is wrong, or cannot be read.
        """
        stamp = self._stamp()
        self._check_home()
        try:
            products = self._products()
        except WatchlistGone:
            raise
        except WatchlistError:
            self._read_at = stamp
            raise
        self._read_at = stamp
        return products

    def _products(self) -> tuple[Product, ...]:
        text = self._text()
        products = parse_watchlist(text or "")
        if not products:
            self._check_home()
            why = "is missing" if text is None else "holds no product"
            raise WatchlistGone(f"{self.path.name} {why}")
        return products

    def _check_home(self) -> None:
        """That nothing is to be watched is no wish of the owner's where the whole directory is not there.

        Raises:
            WatchlistError: the directory that was there before is not.
        """
        home = _directory(self.path.parent)
        if self._home is None:
            self._home = home
        elif home != self._home:
            raise WatchlistError(f"its directory {self.path.parent.name} is not there any more")

    def change(
        self, edit: Callable[[str], str], *, held: Iterable[Product] = (), settle: timedelta = SETTLE
    ) -> tuple[Product, ...]:
        """Put `edit` of the text in its place, whole or not at all, once nobody is in the middle of saving it.

        Where it is missing or without any product, the products `held` are put into it first. `edit` is repeated if
        somebody saves the file meanwhile. What would be wrong is never written.

        Raises:
            WatchlistError: the file is wrong, or would be afterwards, or cannot be written.
        """
        with self._changing:
            self._check_home()
            while True:
                stamp = self._await_whole(settle)
                text = self._text() or ""
                after = edit(text if parse_watchlist(text) else reduce(ensure_present, held, text))
                products = parse_watchlist(after)
                if after == text or self._put(after, unless_changed_since=stamp):
                    self._whole_at = self._stamp()
                    return products

    def _await_whole(self, settle: timedelta) -> _Stamp:
        stamp = self._stamp()
        for _ in range(_MOST_WAITS):
            if stamp == self._whole_at:
                break
            self._whole_at = stamp
            time.sleep(settle.total_seconds())
            stamp = self._stamp()
        return stamp

    def _text(self) -> str | None:
        """The file's text; line ends stay as they are."""
        try:
            with open(self.path, "rb", opener=open_regular) as file:
                held = file.read(LARGEST + 1)
            if len(held) > LARGEST:
                raise WatchlistError(f"{self.path.name} is larger than {LARGEST:,} bytes, which no list is")
            return held.decode("utf-8-sig")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise WatchlistError(f"line {line}: not UTF-8 text") from error
        except OSError as error:
            raise WatchlistError(f"{self.path.name} cannot be read: {error.strerror}") from error

    def _stamp(self) -> _Stamp:
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return (stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size)

    def _put(self, text: str, *, unless_changed_since: _Stamp) -> bool:
        target = self.path.resolve()  # a link stays a link
        try:
            with _file_beside(target) as (written, descriptor):
                with open(descriptor, "wb", closefd=False) as file:
                    file.write(text.encode())
                os.fsync(descriptor)
                if self._stamp() != unless_changed_since:
                    return False
                written.replace(target)
            sync_directory(target.parent)
        except OSError as error:
            raise WatchlistError(f"{self.path.name} cannot be written: {error.strerror}") from error
        return True

    async def follow(
        self, *, settle: timedelta = SETTLE, gone_for: timedelta = GONE_FOR
    ) -> AsyncGenerator[tuple[Product, ...] | WatchlistError, None]:
        """Give the products, or what is wrong, each time that the file has changed and stood for `settle`.

        Begins with what differs from the last `read` before, so that nothing falls between the two. A file that is
        missing or without any product is given as `()` once it has stood for `gone_for`. The program's own changes
        are given like any other. Close it (`contextlib.aclosing`) where it is left early.
        """
        loop = asyncio.get_running_loop()
        given: _Stamp | object = self._read_at
        stamp, since, needed = given, loop.time(), settle
        async with contextlib.aclosing(_Nudges(self.path)) as nudges:
            while True:
                latest = await asyncio.to_thread(self._stamp)
                if latest != stamp:
                    stamp, since, needed = latest, loop.time(), settle
                stood = timedelta(seconds=loop.time() - since)
                if stamp == given or stood < needed:
                    await nudges.wait(LONGEST_WAIT if stamp == given else min(needed - stood, LONGEST_WAIT))
                    continue
                outcome = await asyncio.to_thread(self._outcome)
                if isinstance(outcome, WatchlistGone) and needed < gone_for:
                    needed = gone_for
                elif await asyncio.to_thread(self._stamp) == stamp:
                    given = self._whole_at = stamp
                    yield _as_given(outcome)

    def still_says(self, content: tuple[Product, ...] | WatchlistError) -> bool:
        """Whether the file says what `follow` gave; where not, `follow` gives it anew."""
        now = _as_given(self._outcome())
        if isinstance(now, WatchlistError) and isinstance(content, WatchlistError):
            return now.problems == content.problems
        return now == content

    def _outcome(self) -> tuple[Product, ...] | WatchlistError:
        try:
            return self._products()
        except WatchlistError as error:
            return error


def _as_given(outcome: tuple[Product, ...] | WatchlistError) -> tuple[Product, ...] | WatchlistError:
    return () if isinstance(outcome, WatchlistGone) else outcome


class _Nudges:
    """Notifications that the file may have changed; they make it quick, and where they fail, waiting is enough.

    The directory is watched, for a watch on the file itself is lost when the file is replaced.
    """

    def __init__(self, path: Path) -> None:
        self._changes: AsyncGenerator[set[FileChange], None] | None = awatch(
            path.parent,
            watch_filter=lambda _, changed: Path(changed).name == path.name,
            recursive=False,
            step=_STEP_MS,
            debounce=2 * _STEP_MS,
        )
        self._next: asyncio.Task[set[FileChange]] | None = None

    async def wait(self, longest: timedelta) -> None:
        if self._changes is None:
            await asyncio.sleep(longest.total_seconds())
            return
        self._next = self._next or asyncio.create_task(_first_of(self._changes), name="watchlist.nudge")
        done, _ = await asyncio.wait({self._next}, timeout=longest.total_seconds())
        if done:
            self._take(self._next)

    def _take(self, ended: "asyncio.Task[set[FileChange]]") -> None:
        self._next = None
        if error := ended.exception():
            log.warning("watchlist.notifications_failed", extra={"why": str(error)})
            self._changes = None

    async def aclose(self) -> None:
        if self._next:
            self._next.cancel()
            await asyncio.wait({self._next})
        if self._changes:
            await self._changes.aclose()


async def _first_of(changes: AsyncGenerator[set[FileChange], None]) -> set[FileChange]:
    return await anext(changes)


def _directory(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino)


@contextlib.contextmanager
def _file_beside(target: Path) -> Iterator[tuple[Path, int]]:
    """A new file in the directory of `target`, with its mode and owner; gone afterwards unless it was renamed."""
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with contextlib.suppress(FileNotFoundError):
            like = target.stat()
            os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
            with contextlib.suppress(PermissionError):
                os.fchown(descriptor, like.st_uid, like.st_gid)
        yield Path(name), descriptor
    finally:
        os.close(descriptor)
        Path(name).unlink(missing_ok=True)
