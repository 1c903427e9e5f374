"""What this machine gives: the settings, a directory to write into, room on its disk, and an address to listen on."""

import os
import shutil
import stat
from pathlib import Path

from bot.cli.doctor.diagnosis import Diagnosis
from bot.web.probe import ask_health, health_url
from config.settings import HttpSettings, Settings

#: With less room nothing is sure to be stored.
LEAST_ROOM = 100_000_000
#: What others may do with the directory.
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MB = 1_000_000


def check_settings(settings: Settings) -> Diagnosis:
    """That they can be read is known by now: wrong ones end every command."""
    whom = len(settings.telegram.owners)
    owners = (
        f"{whom} owner{'' if whom == 1 else 's'} named" if whom else "no owner named: the first is let in by a code"
    )
    file = Path(".env")
    source = (
        f"from {file.absolute()} and the environment" if file.exists() else "from the environment, as there is no .env"
    )
    return Diagnosis(what="settings", well=True, detail=f"read {source}; {owners}")


def check_data_dir(path: Path) -> Diagnosis:
    what = "data directory"
    if not path.exists():
        return Diagnosis(what=what, well=None, detail=f"{path} is made at the first start")
    probe = path / ".doctor"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        remedy = "run this as the user of the service, or give the directory to that user with chown -R"
        return Diagnosis(what=what, well=False, detail=f"{path} can't be written: {error.strerror}", remedy=remedy)
    if path.stat().st_mode & _FOR_OTHERS:
        return Diagnosis(what=what, well=False, detail=f"others may look into {path}", remedy=f"chmod 700 {path}")
    foreign = sorted(one.name for one in path.iterdir() if one.stat().st_uid != os.geteuid())
    if foreign:
        whose = f"{', '.join(foreign[:3])} in {path} {'is' if len(foreign) == 1 else 'are'} another user's"
        remedy = "give all of it to the user of the service with chown -R"
        return Diagnosis(what=what, well=False, detail=whose, remedy=remedy)
    return Diagnosis(what=what, well=True, detail=f"{path} can be written, and nobody else looks into it")


def check_disk(path: Path) -> Diagnosis:
    there = next(one for one in (path, *path.absolute().parents) if one.exists())
    usage = shutil.disk_usage(there)
    detail = f"{usage.free // _MB:,} MB free of {usage.total // _MB:,} MB"
    remedy = "make room: what can't be stored is not bought, and a backup needs room for a copy"
    return Diagnosis(what="disk", well=usage.free >= LEAST_ROOM, detail=detail, remedy=remedy)


def check_web(http: HttpSettings) -> Diagnosis:
    """Whether a service answers where it should."""
    url = health_url(http)
    answer = ask_health(http)
    if answer is None:
        return Diagnosis(
            what="service", well=None, detail=f"nobody answers at {url}", remedy="start it with `stockbell run`"
        )
    if "status" not in answer:
        remedy = "another program has this port, or another token is set: see STOCKBELL_HTTP__PORT and __TOKEN"
        return Diagnosis(what="service", well=False, detail=f"{url} is not answered by Stockbell", remedy=remedy)
    status, reasons = answer["status"], "; ".join(answer.get("reasons", ()))
    detail = f"it runs, and is {status}{f': {reasons}' if reasons else ''}"
    well = {"healthy": True, "degraded": None}.get(status, False)
    return Diagnosis(what="service", well=well, detail=detail, remedy="see docs/troubleshooting.md")
