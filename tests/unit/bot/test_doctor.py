"""What the doctor says of files and machine: each wrong has its remedy, and what can't be looked at is no wrong."""

import http.server
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from bot.cli.backup import NOTE, BackupNote
from bot.cli.doctor.diagnosis import Diagnosis
from bot.cli.doctor.machine import LEAST_ROOM, check_data_dir, check_disk, check_web
from bot.cli.doctor.stored import (
    check_backup,
    check_clock,
    check_database,
    check_journal,
    check_session,
    check_watchlist,
)
from bot.cli.login import open_session
from bot.schema import VERSION
from config.clock import utc_now
from config.settings import HttpSettings, Settings
from purchasing.controls import SessionState
from purchasing.events import ServiceStarted
from purchasing.storage.controls import SESSION
from tests.builders import AT
from tests.facts import fact
from tests.unit.purchasing.books import Books, opened


def is_wrong(finding: Diagnosis, *words: str) -> bool:
    """It is told as a wrong, in these words, with what mends it."""
    text = str(finding)
    return (
        finding.well is False and bool(finding.remedy) and finding.remedy in text and all(one in text for one in words)
    )


def test_a_finding_tells_its_remedy_unless_all_is_well() -> None:
    def line(well: bool | None) -> str:  # noqa: FBT001  it is the one thing that differs
        return str(Diagnosis(what="disk", well=well, detail="5 MB free", remedy="make room"))

    assert line(well=True) == "disk: well: 5 MB free"
    assert line(well=False) == "disk: WRONG: 5 MB free; make room"
    assert line(well=None) == "disk: not looked at: 5 MB free; make room"


def test_a_data_directory_is_to_be_written_by_its_owner_and_looked_into_by_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert check_data_dir(folder).well is None
    folder.mkdir(mode=0o700)
    assert check_data_dir(folder).well
    assert list(folder.iterdir()) == []
    folder.chmod(0o755)
    assert is_wrong(check_data_dir(folder), "others may look into", f"chmod 700 {folder}")
    (tmp_path / "file").touch()
    assert is_wrong(check_data_dir(tmp_path / "file"), "can't be written", "chown")


def test_the_disk_is_that_of_a_directory_which_is_yet_to_be_made(tmp_path: Path) -> None:
    assert str(check_disk(tmp_path / "not" / "yet")).startswith("disk: well: ")
    assert LEAST_ROOM == 100_000_000


async def test_a_database_is_whole_missing_older_newer_or_damaged(tmp_path: Path) -> None:
    folder, file = tmp_path / "data", tmp_path / "data" / "stockbell.db"
    folder.mkdir()
    assert check_database(folder).well is None
    (folder / "audit.jsonl").touch()
    assert is_wrong(check_database(folder), "missing", "audit.jsonl", "restore FILE")
    async with opened(file):
        stamp(file, VERSION)
    assert str(check_database(folder)) == f"database: well: whole, schema version {VERSION}"
    for version, well in ((VERSION - 1, None), (VERSION + 1, False)):
        stamp(file, version)
        assert (check_database(folder).well, f"version {version}" in str(check_database(folder))) == (well, True)
    file.write_bytes(b"this is no database" * 100)
    assert is_wrong(check_database(folder), "restore FILE")


def stamp(file: Path, version: int) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()


async def test_a_clock_behind_the_journal_and_a_promise_that_is_broken_are_told(tmp_path: Path) -> None:
    async with opened(tmp_path / "stockbell.db") as books:
        stamp(books.path, VERSION)
        await start(books)
        assert check_clock(tmp_path, at=AT).well
        assert is_wrong(check_clock(tmp_path, at=AT - timedelta(days=1)), "/rearm", "timedatectl")
        assert check_journal(tmp_path).well
        books.damage("UPDATE journal SET seq = 7")
        assert is_wrong(check_journal(tmp_path), "/stop", "stockbell audit")


async def test_a_session_that_the_service_found_to_have_lapsed_is_told_until_another_is_stored(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    session = open_session(settings)
    session.write({"cookies": [{"name": "a", "value": "b", "domain": ".target.com", "path": "/"}], "origins": []})
    assert check_session(settings, at=utc_now()).well
    async with opened(tmp_path / "stockbell.db") as books:
        stamp(books.path, VERSION)
        lapsed = SessionState(lapsed="the shop asks to sign in")
        await books.do(lambda unit: unit.controls.put(SESSION, lapsed, by="session", at=utc_now()))
    assert is_wrong(check_session(settings, at=utc_now()), "the shop asks to sign in", "stockbell login")
    session.write(session.read())
    assert check_session(settings, at=utc_now()).well


async def start(books: Books) -> None:
    await books.do(lambda unit: unit.journal.append(fact(ServiceStarted), at=AT))


def test_a_mistake_in_the_watch_list_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "watchlist.toml").write_text("[[product]]\ntcin = 1\n")
    finding, products = check_watchlist(tmp_path)
    assert (is_wrong(finding, "line 2", "watchlist.toml"), products) == (True, ())


def test_the_age_of_the_last_backup_is_told_and_an_old_one_is_no_wrong(tmp_path: Path) -> None:
    assert "stockbell backup FILE" in str(check_backup(tmp_path, at=AT))
    (tmp_path / NOTE).write_bytes(msgspec.json.encode(BackupNote(at=AT, file="/mnt/copy")))
    assert str(check_backup(tmp_path, at=AT + timedelta(days=2))) == (
        "backup: well: the last one was made 2 d ago, /mnt/copy"
    )
    assert check_backup(tmp_path, at=AT + timedelta(days=31)).well is None


@pytest.mark.parametrize(
    ("answer", "well", "words"),
    [
        ({"status": "healthy", "reasons": []}, True, "it runs, and is healthy"),
        ({"status": "degraded", "reasons": ["paused"]}, None, "is degraded: paused"),
        ({"status": "unhealthy", "reasons": ["no schedule"]}, False, "is unhealthy: no schedule"),
        ("<p>another program</p>", False, "is not answered by Stockbell"),
    ],
)
def test_the_service_is_asked_where_it_should_answer(answer: object, *, well: bool | None, words: str) -> None:
    with answering(answer) as port:
        finding = check_web(HttpSettings(port=port))
    assert (finding.well, words in str(finding)) == (well, True), str(finding)
    assert check_web(HttpSettings(port=port)).well is None


@contextmanager
def answering(answer: object) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer.encode() if isinstance(answer, str) else json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            """Into no log."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            serving.join()
