"""The documents' way to a service, typed in a root of its own: installed, paired, restored, and brought up to date."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from docs.blocks import ROOT, Block, all_blocks
from tests.install.root import Root, mounted
from tests.install.world import Outside, open_outside
from tests.recorded_household import unpack

#: Where who installs it has unpacked it.
UNPACKED = "/root/stockbell"
DATA = "/var/lib/stockbell"
STOCKBELL = "runuser --user=stockbell -- .venv/bin/stockbell"
OLDER = ROOT / "tests" / "data" / "version_3"

Say = Callable[[str], object]


async def install(root: Root, source: Path, *, say: Say) -> None:
    """Do what docs/install.md says, then what docs/operations.md and docs/security.md say of what was installed."""
    root.put(source, UNPACKED)
    _put_service_manager(root)
    with mounted(root):
        async with open_outside() as outside:
            try:
                await _install(root, outside, say=say)
                await _go_on(root, outside, say=say)
                await _upgrade(root, say=say)
                await _restore(root, outside, say=say)
            finally:
                await _type(root, "systemctl stop stockbell")


def _put_service_manager(root: Root) -> None:
    """What stands for systemd, as no root like this one runs it; it needs the Python that the first steps bring."""
    root.put(Path(__file__).with_name("practice_systemctl.py"), "/usr/local/lib/practice_systemctl.py")
    for name in ("systemctl", "journalctl"):
        root.put(Path(__file__).with_name("practice_systemctl.py"), f"/usr/local/lib/{name}")
        root.write(f"/usr/local/bin/{name}", f'#!/bin/sh\nexec python3 /usr/local/lib/{name} "$@"\n', mode=0o755)


def blocks(page: str, group: str) -> list[Block]:
    return [block for block in all_blocks() if (block.page, block.group) == (page, group)]


async def _type(root: Root, script: str, *, cwd: str = "/opt/stockbell") -> str:
    """On a thread, as the practice servers live on this loop."""
    return await asyncio.to_thread(root.run, script, cwd=cwd)


async def _install(root: Root, outside: Outside, *, say: Say) -> None:
    cwd, settings = UNPACKED, "".join(f"{name}={value}\n" for name, value in outside.settings.items())
    for block in blocks("docs/install.md", "install"):
        say(f"{block.page}:{block.line}")
        if "daemon-reload" in block.script:
            # What the documents have no need for: this world's shop and chat are elsewhere.
            await _type(root, f"cat >> .env <<'END'\n{settings}END\n")
        printed = await _type(root, outside.filled_in(block.script), cwd=cwd)
        if "journalctl" in block.script:
            say("pairing by the code in the log")
            await outside.pair(printed)
        cwd = "/opt/stockbell"


async def _go_on(root: Root, outside: Outside, *, say: Say) -> None:
    """The other blocks that are typed beside it; it is paired still after its restart."""
    for page in ("docs/operations.md", "docs/security.md"):
        for block in blocks(page, "install"):
            say(f"{block.page}:{block.line}")
            await _type(root, block.script)
    await outside.say("/status", "Buying: on")
    say("audit")
    assert "no findings" in await _type(root, f"{STOCKBELL} audit")


async def _upgrade(root: Root, *, say: Say) -> None:
    """With the data of the version before, which is set in the place of what there is."""
    say("the data of the version before")
    await _type(root, f"systemctl stop stockbell\n{STOCKBELL} backup /var/lib/stockbell/kept.backup")
    await _type(root, f"mv {DATA} {DATA}.kept")
    with tempfile.TemporaryDirectory() as folder:
        older = Path(folder) / "data"
        unpack(OLDER, older)
        root.put(older, DATA)
    await _type(root, f"chown -R stockbell: {DATA} && chmod 700 {DATA}")
    for block in blocks("docs/operations.md", "upgrade"):
        say(f"{block.page}:{block.line}")
        await _type(root, block.script, cwd=UNPACKED)
    assert "no findings" in await _type(root, f"{STOCKBELL} audit")
    printed = await _type(root, f"ls {DATA}")
    assert "stockbell.db.before-" in printed, printed
    assert "before-upgrade.backup" in printed, printed


async def _restore(root: Root, outside: Outside, *, say: Say) -> None:
    """What was backed up before that is there again: whom it was paired with, and what was watched."""
    say("restore")
    refused = await asyncio.to_thread(
        root.run, f"{STOCKBELL} restore {DATA}.kept/kept.backup", cwd="/opt/stockbell", fails=True
    )
    assert "another instance holds" in refused, refused
    await _type(root, f"systemctl stop stockbell\nchown -R stockbell: {DATA}.kept")
    for block in blocks("docs/operations.md", "restore"):
        script = block.script.replace("stockbell restore", f"{STOCKBELL} restore")
        say(f"{block.page}:{block.line}")
        await _type(root, f"cp {DATA}.kept/kept.backup stockbell.backup\nchown stockbell: stockbell.backup\n{script}")
    await _type(root, "systemctl start stockbell")
    await outside.chat.until(lambda: outside.find("I was restored from a backup"), timeout=60)
    await outside.say("/status", "Buying is off")
    assert "no findings" in await _type(root, f"{STOCKBELL} audit")


def clean_checkout(folder: Path) -> Path:
    """What a stranger unpacks: what is in the repository, as it stands here, and nothing else."""
    there = folder / "stockbell"
    ignored = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache", ".hypothesis", "data", "dist", "tests")
    shutil.copytree(ROOT, there, ignore=ignored)
    return there
