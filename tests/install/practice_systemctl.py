"""Stands for systemd in a root where it does not run: `systemctl` and `journalctl`, as far as the documents use them.

It reads the unit and what lies over it, makes the state directory, starts the service as its user with the words of
the unit, listens on the socket for what it says, and ends it by its signal within its time. A start returns once the
service has said that it is ready. It is copied into the root, and so imports nothing but what Python has.
"""

import contextlib
import os
import pwd
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

UNITS = Path("/etc/systemd/system")
RUN, LOG = Path("/run/practice-systemd"), Path("/var/log/practice-journal")


class Section:
    """One section, in which a name may stand several times; an empty value takes back what stood before."""

    def __init__(self) -> None:
        self._values: dict[str, list[str]] = {}

    def add(self, name: str, value: str) -> None:
        self._values[name] = [*self.all(name), value] if value else []

    def all(self, name: str) -> list[str]:
        return self._values.get(name, [])

    def last(self, name: str) -> str:
        return self.all(name)[-1]


def read_unit(name: str) -> Section:
    files = [UNITS / f"{name}.service", *sorted((UNITS / f"{name}.service.d").glob("*.conf"))]
    sections: dict[str, Section] = {}
    current = Section()
    for line in (line.strip() for file in files for line in file.read_text().splitlines()):
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), Section())
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            current.add(key, value)
    return sections["Service"]


def start(name: str) -> int:
    service = read_unit(name)
    user = pwd.getpwnam(service.last("User"))
    state = Path("/var/lib") / service.last("StateDirectory")
    state.mkdir(parents=True, exist_ok=True)
    os.chown(state, user.pw_uid, user.pw_gid)
    state.chmod(int(service.last("StateDirectoryMode"), 8))
    RUN.mkdir(parents=True, exist_ok=True)
    heard = RUN / f"{name}.heard"
    heard.unlink(missing_ok=True)
    if os.fork() == 0:
        os.setsid()
        # Or whoever reads what this prints would wait for the service's end.
        with Path(os.devnull).open("r+b") as nowhere:
            for descriptor in range(3):
                os.dup2(nowhere.fileno(), descriptor)
        watch(name, service, user)
        os._exit(0)
    limit = time.monotonic() + 90  # noqa: TID251
    while time.monotonic() < limit:  # noqa: TID251
        if heard.exists() and "READY=1" in heard.read_text():
            return 0
        if heard.exists() and "ended" in heard.read_text():
            break
        time.sleep(0.1)
    sys.stderr.write(f"{name} did not become ready\n{LOG.read_text()[-2000:]}\n")
    return 1


def watch(name: str, service: Section, user: pwd.struct_passwd) -> None:
    """Begin it, and write down what it says until it has ended."""
    address = str(RUN / f"{name}.socket")
    Path(address).unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(address)
    os.chown(address, user.pw_uid, user.pw_gid)
    listening.settimeout(0.2)
    environ = {"PATH": os.environ["PATH"], "HOME": user.pw_dir, "NOTIFY_SOCKET": address}
    environ["WATCHDOG_USEC"] = str(int(service.last("WatchdogSec")) * 1_000_000)
    for one in service.all("Environment"):
        environ |= dict(pair.split("=", 1) for pair in shlex.split(one))
    bounds = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups", "--no-new-privs"]
    bounds += ["--bounding-set=-all", "--inh-caps=-all"]
    with LOG.open("ab") as log:
        process = subprocess.Popen(
            ["/usr/bin/setpriv", *bounds, "--", *shlex.split(service.last("ExecStart"))],
            cwd=service.last("WorkingDirectory"),
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            umask=int(service.last("UMask"), 8),
        )
    (RUN / f"{name}.pid").write_text(str(process.pid))
    with (RUN / f"{name}.heard").open("a", buffering=1) as heard:
        while process.poll() is None:
            with contextlib.suppress(TimeoutError):
                heard.write(listening.recv(1000).decode() + "\n")
        heard.write(f"ended {process.returncode}\n")


def stop(name: str) -> int:
    pid_file, service = RUN / f"{name}.pid", read_unit(name)
    if not is_running(name):
        return 0
    os.kill(int(pid_file.read_text()), signal.SIGTERM)
    limit = time.monotonic() + int(service.last("TimeoutStopSec"))  # noqa: TID251
    while time.monotonic() < limit:  # noqa: TID251
        if not is_running(name):
            said = (RUN / f"{name}.heard").read_text()
            return 0 if "STOPPING=1" in said and "ended 0" in said else 1
        time.sleep(0.1)
    sys.stderr.write("it did not end in its time\n")
    return 1


def is_running(name: str) -> bool:
    heard = RUN / f"{name}.heard"
    return heard.exists() and "ended" not in heard.read_text()


def main(words: list[str]) -> int:
    if Path(words[0]).name == "journalctl":
        sys.stdout.write(LOG.read_text())
        return 0
    verb, *names = [word for word in words[1:] if not word.startswith("-")]
    name = names[0].removesuffix(".service") if names else ""
    if verb == "daemon-reload":
        return 0
    if verb in ("enable", "start"):
        return start(name)
    if verb == "stop":
        return stop(name)
    if verb == "restart":
        return stop(name) or start(name)
    if verb == "status":
        sys.stdout.write(f"{name}: {'active' if is_running(name) else 'inactive'}\n")
        return 0 if is_running(name) else 3
    sys.stderr.write(f"{verb} is not known here\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
