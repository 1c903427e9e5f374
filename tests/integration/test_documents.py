"""The commands that the documents show, typed as they stand there, in the practice world."""

import asyncio
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from docs.blocks import Block, all_blocks
from tests.world import ROOT, TROVE, World, new_world

#: Seconds that a block of commands may take.
PATIENCE = 120


def blocks_of(group: str) -> list[Block]:
    return [block for block in all_blocks() if block.group == group]


def put_program(folder: Path) -> Path:
    """`stockbell` as it is found on the path of who installed it."""
    folder.mkdir()
    program = folder / "stockbell"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m bot "$@"\n')
    program.chmod(0o755)
    return folder


async def type_in(block: Block, folder: Path, environ: dict[str, str]) -> str:
    """Run it as it stands; what it printed. It must end well."""
    shell = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-eu",
        "-c",
        block.script,
        cwd=folder,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(PATIENCE):
        printed, _ = await shell.communicate()
    assert shell.returncode == 0, f"{block.page}:{block.line}\n{block.script}\n{printed.decode()}"
    return printed.decode()


async def type_all(group: str, world: World, folder: Path) -> None:
    environ = world.environ | {"PATH": f"{world.folder / 'bin'}:{os.environ['PATH']}"}
    for block in blocks_of(group):
        await type_in(block, folder, environ)


@pytest.mark.browser
async def test_what_the_documents_show_beside_a_service_and_after_its_end_can_be_typed(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        put_program(tmp_path / "bin")
        folder = tmp_path / "desk"
        folder.mkdir()
        write(folder / "session.json", world)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        await type_all("world", world, folder)
        await world.until_status(lambda status: status["stopped"])
        assert await world.stop() == 0
        await type_all("restore", world, folder)
        await world.start()
        await world.until_status(lambda status: status["stopped"] and status["cycle_id"] >= 1)


def write(file: Path, world: World) -> None:
    file.write_text(json.dumps(world.store.account.storage_state(world.store_url)))


async def test_the_settings_that_the_documents_write_are_private_and_can_be_read(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("STOCKBELL_")}
    for block in blocks_of("compose"):
        await type_in(block, tmp_path, environ)
        file = tmp_path / ".env"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        # The token in the documents is none, and the one line that is wrong.
        checked = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "check",
            cwd=tmp_path,
            env=environ | {"PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await checked.communicate()
        assert [line.partition(":")[0] for line in printed.decode().splitlines()] == ["STOCKBELL_TELEGRAM__TOKEN"]
        file.unlink()
