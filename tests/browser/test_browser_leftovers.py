"""What a crash leaves of the browser, and what is ended of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from purchasing.checkout.process.kernel import Mark, find_children, is_running, read_boot, read_process
from purchasing.checkout.process.leftovers import RECORD_FILE, Record, RecordFile
from purchasing.checkout.session import SESSION_FILE
from tests.browser.browsers import new_browser, noted, read_record, until_gone, works
from tests.world import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@contextmanager
def service_like(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.browser.service_like", str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


@pytest.mark.guards("purchasing", "what a crash left running is ended at the next start")
@pytest.mark.parametrize("stopped", [(), ("driver",), ("driver", "Chromium")])
async def test_what_a_killed_service_left_is_ended_at_the_next_start(tmp_path: Path, stopped: tuple[str, ...]) -> None:
    with service_like(tmp_path) as process:
        left = noted(tmp_path, process.pid)
        record = read_record(tmp_path)
        for which in stopped:
            os.kill(left[which].pid, signal.SIGSTOP)
        process.kill()
        process.wait()
    if stopped:
        assert is_running(left["driver"])
    unfinished = tmp_path / f".{SESSION_FILE}.a1b2c3d4"
    unfinished.touch()
    os.utime(unfinished, (1, 1))
    async with new_browser(tmp_path) as browser:
        assert await works(browser)
        await until_gone(*record.processes)
        assert not unfinished.exists()
        assert record.profile is not None
        assert not os.path.exists(record.profile)  # noqa: ASYNC240, PTH110  a test waits for nothing else meanwhile


@pytest.mark.guards("purchasing", "a terminal's Ctrl-C does not reach the browser")
async def test_signals_of_the_terminal_do_not_reach_the_browser(tmp_path: Path) -> None:
    with service_like(tmp_path) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        before = noted(tmp_path, process.pid)
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.killpg(process.pid, name)
            print("works?", file=process.stdin, flush=True)
            assert process.stdout.readline() == "2\n"
        assert all(map(is_running, before.values()))
        process.stdin.close()
        assert process.wait(30) == 0
        await until_gone(*before.values())


@contextmanager
def somebody() -> Iterator[Mark]:
    """A process that has nothing to do with any browser, and its child."""
    with subprocess.Popen(["/bin/sh", "-c", "sleep 1000 & wait"]) as process:
        try:
            while not find_children(process.pid):
                pass
            known = read_process(process.pid)
            assert known is not None
            yield known.mark
        finally:
            for pid in (*find_children(process.pid), process.pid):
                os.kill(pid, signal.SIGKILL)


def note(folder: Path, *processes: Mark, owner: Mark | None = None, boot: str | None = None) -> None:
    record = Record(
        boot=read_boot() if boot is None else boot,
        owner=owner or Mark(pid=os.getpid(), started=1),
        processes=processes,
        profile=str(folder),
    )
    (folder / RECORD_FILE).write_bytes(msgspec.json.encode(record))


@pytest.mark.guards("purchasing", "nobody else's process is ever ended")
def test_a_process_that_has_the_number_alone_is_left_alone(tmp_path: Path) -> None:
    with somebody() as mark:
        note(tmp_path, Mark(pid=mark.pid, started=mark.started - 1))
        RecordFile(tmp_path / RECORD_FILE).end_leftovers()
        assert is_running(mark)
        assert not (tmp_path / RECORD_FILE).exists()


@pytest.mark.guards("purchasing", "nobody else's process is ever ended")
def test_what_another_run_of_the_machine_or_one_that_lives_noted_is_left_alone(tmp_path: Path) -> None:
    with somebody() as mark, somebody() as other:
        for owner, boot in ((None, "another"), (other, None)):
            note(tmp_path, mark, owner=owner, boot=boot)
            RecordFile(tmp_path / RECORD_FILE).end_leftovers()
            assert is_running(mark)
        assert (tmp_path / RECORD_FILE).exists()


def test_what_is_noted_is_ended_with_its_children_and_no_folder_but_a_profile_is_removed(tmp_path: Path) -> None:
    with somebody() as mark:
        (child,) = find_children(mark.pid)
        note(tmp_path, mark)
        RecordFile(tmp_path / RECORD_FILE).end_leftovers()
        while is_running(mark) or read_process(child):
            pass
    assert tmp_path.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"boot": 1}', b'{"processes": [{"pid": "x"}]}', b"\xff"])
def test_a_note_that_can_t_be_read_ends_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / RECORD_FILE).write_bytes(content)
    RecordFile(tmp_path / RECORD_FILE).end_leftovers()
