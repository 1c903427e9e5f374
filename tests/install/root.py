"""A Debian of its own, made by debootstrap: what is typed in it finds nothing but what it was given."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

#: What a machine needs to reach its packages, of this machine: the lists, their keys, proxies and certificates.
_AS_HERE = (
    "etc/apt/sources.list",
    "etc/apt/sources.list.d",
    "etc/apt/apt.conf.d",
    "etc/apt/auth.conf.d",
    "etc/apt/keyrings",
    "etc/apt/trusted.gpg.d",
    "etc/pip.conf",
    "etc/resolv.conf",
    "etc/hosts",
    "etc/ssl/certs/ca-certificates.crt",
    "usr/local/share/ca-certificates",
    "usr/share/keyrings",
)
_OF_PACKAGES = ("PIP_", "SSL_", "REQUESTS_CA", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class StepFailed(Exception):
    """What was typed did not end well; the message holds what it printed."""


class Root:
    """One root directory, and what is run in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environ: dict[str, str] = {}

    def run(
        self,
        script: str,
        *,
        cwd: str = "/",
        user: str | None = None,
        environ: Mapping[str, str] | None = None,
        fails: bool = False,
    ) -> str:
        """Type it into a shell; what it printed.

        Raises:
            StepFailed: it ended otherwise than it should.
        """
        words = ["chroot", *([f"--userspec={user}"] if user else []), str(self.path)]
        inner = f"cd {cwd}\n{script}"
        done = subprocess.run(
            [*words, "/bin/sh", "-eu", "-c", inner],
            env=self._environ(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if (done.returncode != 0) is not fails:
            raise StepFailed(f"exit code {done.returncode} of\n{script}\n{done.stdout[-6000:]}")
        return done.stdout

    def start(
        self, words: Sequence[str], *, cwd: str, user: str, environ: Mapping[str, str], log: Path
    ) -> subprocess.Popen[bytes]:
        """A process in it, of which the output goes into a file."""
        with log.open("ab") as file:
            return subprocess.Popen(
                ["chroot", f"--userspec={user}", str(self.path), "/usr/bin/env", f"--chdir={cwd}", *words],
                env=self._environ(environ),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def _environ(self, more: Mapping[str, str] | None) -> dict[str, str]:
        of_packages = {name: value for name, value in os.environ.items() if name.startswith(_OF_PACKAGES)}
        return {
            "PATH": _PATH,
            "HOME": "/root",
            "DEBIAN_FRONTEND": "noninteractive",
            **of_packages,
            **self.environ,
            **(more or {}),
        }

    def put(self, source: Path, place: str) -> None:
        """Copy a file or a folder of this machine into it."""
        there = self.path / place.lstrip("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, there, dirs_exist_ok=True, symlinks=True)
        else:
            shutil.copy2(source, there)

    def write(self, place: str, text: str, *, mode: int = 0o644) -> None:
        there = self.path / place.lstrip("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(text)
        there.chmod(mode)


def make_root(path: Path) -> Root:
    """The least Debian that there is, of this machine's release and from where this machine has its packages.

    Raises:
        StepFailed: debootstrap did not make it.
    """
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    suite = release["VERSION_CODENAME"].strip('"')
    command = ["debootstrap", "--variant=minbase", "--include=ca-certificates", suite, str(path)]
    mirror = _mirror()
    done = subprocess.run(
        [*command, *([mirror] if mirror else [])],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StepFailed(f"debootstrap: {done.stdout[-3000:]}")
    root = Root(path)
    for name in _AS_HERE:
        if (here := Path("/") / name).exists():
            root.put(here.resolve() if here.is_symlink() else here, name)
    return root


def _mirror() -> str | None:
    """Where this machine has its packages from, as its own lists say."""
    lists = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    for line in (line for file in lists if file.is_file() for line in file.read_text().splitlines()):
        words = line.split()
        if words[:1] == ["deb"]:
            return next(word for word in words[1:] if "://" in word)
        if words[:1] == ["URIs:"]:
            return words[1]
    return None


@contextmanager
def mounted(root: Root) -> Iterator[Root]:
    """With what programs expect of a kernel, taken away again at the end."""
    kinds = {"proc": "proc", "dev": "/dev", "dev/shm": "/dev/shm"}
    done: list[Path] = []
    try:
        for place, source in kinds.items():
            there = root.path / place
            there.mkdir(parents=True, exist_ok=True)
            how = ["-t", "proc", "proc"] if source == "proc" else ["--bind", source]
            subprocess.run(["mount", *how, str(there)], check=True, capture_output=True)
            done.append(there)
        yield root
    finally:
        for there in reversed(done):
            subprocess.run(["umount", "--lazy", str(there)], check=False, capture_output=True)


def copy_root(root: Root, path: Path) -> Root:
    """Another one that is the same."""
    subprocess.run(["cp", "--archive", "--reflink=auto", str(root.path), str(path)], check=True)
    copied = Root(path)
    copied.environ = dict(root.environ)
    return copied
