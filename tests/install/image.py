"""The steps of the Dockerfile, done in roots of their own, and the service in what comes of them, used.

No engine builds it here: what is tried is what the steps do, who it runs as, that its root may be read-only, its health
check, and that process 1 hands its signals on. What only an engine does (layers, its seccomp profile, volumes) is not.
"""

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from docs.blocks import ROOT
from tests.install.dockerfile import Stage, Step, read_dockerfile
from tests.install.root import Root, copy_root, mounted
from tests.install.world import open_outside

Say = Callable[[str], object]

_PYTHON = """
apt-get update -qq
apt-get install --yes --no-install-recommends -qq python3 python3-venv
python3 -m venv --copies /usr/local/python
"""
#: Seconds within which the whole ends.
END_WITHIN = 35


def make_python(root: Root) -> None:
    """What `python:…-slim` has: Python and pip on the path, and what they install as well."""
    root.environ["PATH"] = "/usr/local/bin:/usr/local/python/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    root.run(_PYTHON)


async def build(base: Root, folder: Path, *, only: str, say: Say) -> None:
    """Do the steps of this image and of those that it needs, in a new folder, then start it and use it."""
    shutil.rmtree(folder, ignore_errors=True)
    await asyncio.to_thread(folder.mkdir)
    stages = {stage.name: stage for stage in read_dockerfile(ROOT / "Dockerfile")}
    roots: dict[str, Root] = {}
    for name in _needed(stages, only):
        stage = stages[name]
        roots[name] = copy_root(roots.get(stage.base, base), folder / name)
        say(f"image {name}")
        with mounted(roots[name]):
            await asyncio.to_thread(_do, stage, roots, say)
    service = _merged(stages, only)
    await _use(roots[only], service, say=say)


def _needed(stages: Mapping[str, Stage], only: str) -> list[str]:
    """In their order: those that it begins with, and those that it copies from."""
    needed = {only}
    for name in reversed(list(stages)):
        if name in needed:
            copies = [step.listed()[0] for step in stages[name].steps if step.what == "COPY"]
            needed |= {one.removeprefix("--from=") for one in copies if one.startswith("--from=")}
            needed |= {stages[name].base} & set(stages)
    return [name for name in stages if name in needed]


def _do(stage: Stage, roots: Mapping[str, Root], say: Say) -> None:
    root, cwd, user = roots[stage.name], "/", None
    for step in stage.steps:
        match step.what:
            case "WORKDIR":
                cwd = step.words
                root.run(f"mkdir -p {cwd}")
            case "USER":
                user = None if step.words == "0" else step.words
            case "ENV":
                root.environ |= dict(one.split("=", 1) for one in step.listed())
            case "RUN":
                say(f"  RUN {step.words[:70]}")
                root.run(step.words, cwd=cwd, user=user)
            case "COPY":
                _copy(step, root, roots, cwd)


def _copy(step: Step, root: Root, roots: Mapping[str, Root], cwd: str) -> None:
    *sources, target = step.listed()
    origin = ROOT
    if sources[0].startswith("--from="):
        origin = roots[sources.pop(0).removeprefix("--from=")].path
    there = f"{cwd}/{target}" if not target.startswith("/") else target
    for source in sources:
        name = source.lstrip("/")
        into = there if len(sources) == 1 and not target.endswith("/") else f"{there}/{name}"
        shutil.rmtree(root.path / into.lstrip("/"), ignore_errors=True)
        root.put(origin / name, into)


def _merged(stages: Mapping[str, Stage], name: str) -> Stage:
    """The image with what it takes over from those before it."""
    stage = stages[name]
    if stage.base not in stages:
        return stage
    before = _merged(stages, stage.base)
    return Stage(name=name, base=before.base, steps=[*before.steps, *stage.steps])


async def _use(root: Root, image: Stage, *, say: Say) -> None:
    """Run it as the engine would: its user, its words, a read-only root with /data and /tmp apart; then end it."""
    words = {what: step.listed() for what in ("ENTRYPOINT", "CMD") if (step := image.last(what))}
    user, health = image.last("USER"), image.last("HEALTHCHECK")
    assert user is not None
    assert health is not None
    data = root.path.parent / f"{root.path.name}.data"
    data.mkdir()
    with mounted(root), _read_only(root, data, owner=int(user.words.partition(":")[0])):
        async with open_outside() as outside:
            environ = outside.settings | {"STOCKBELL_TELEGRAM__TOKEN": outside.chat.token}
            log = root.path.parent / f"{root.path.name}.log"
            say("  its start")
            process = root.start(
                [*words["ENTRYPOINT"], *words["CMD"]], cwd="/app", user=user.words, environ=environ, log=log
            )
            try:
                await outside.pair(await _until_said(log, "no owner yet"))
                say("  its health check")
                asked = health.words.partition(" CMD ")[2]
                await asyncio.to_thread(root.run, _as_script(asked), user=user.words, environ=environ, cwd="/app")
                say("  its root is read-only, and what it writes is in /data")
                await asyncio.to_thread(root.run, "touch /app/x", user=user.words, fails=True)
                assert (data / "stockbell.db").exists()
            finally:
                process.terminate()  # tini hands it on
                code = await asyncio.to_thread(process.wait, END_WITHIN)
            assert code == 0, _read(log)[-3000:]


def _as_script(words: str) -> str:
    return " ".join(Step(what="CMD", words=words).listed())


async def _until_said(log: Path, *words: str) -> str:
    """The log, once it holds these words."""
    async with asyncio.timeout(60):
        while not all(one in (text := _read(log)) for one in words):  # noqa: ASYNC110  a file
            await asyncio.sleep(0.1)
    return text


def _read(log: Path) -> str:
    return log.read_text(errors="replace")


@contextlib.contextmanager
def _read_only(root: Root, data: Path, *, owner: int) -> Iterator[None]:
    """The root mounted over itself without writing, with its volume and a /tmp in memory."""
    shutil.chown(data, owner, owner)
    data.chmod(0o700)
    place = str(root.path)
    mounts = [
        ["--bind", place, place],
        ["--bind", str(data), f"{place}/data"],
        ["-t", "tmpfs", "-o", "mode=1777,size=256m", "tmpfs", f"{place}/tmp"],
        ["-o", "remount,bind,ro", place],
    ]
    try:
        for words in mounts:
            subprocess.run(["mount", *words], check=True, capture_output=True)
        yield
    finally:
        for there in (f"{place}/tmp", f"{place}/data", place):
            subprocess.run(["umount", "--lazy", there], check=False, capture_output=True)
