"""The drawn pictures as files: an unchanged question finds its own again, and only the last ones are kept."""

import contextlib
import hashlib
import os
import re
from pathlib import Path

import msgspec

from bot.charts.model import Chart
from config.files import replace_private

#: The folder of pictures, in the data directory.
CHARTS_FOLDER = "charts"
#: So many stay.
KEPT = 50
#: What is drawn differently from the same values gets another name.
_STYLE = b"3"
#: Of what is told in a name.
_LEFT_OUT = re.compile(r"[^a-z0-9]+")


def name_of(chart: Chart, *, about: str, days: int) -> str:
    """The name of its file, the same for the same picture."""
    drawn = hashlib.sha256(_STYLE + msgspec.json.encode(chart)).hexdigest()[:16]
    return f"{_LEFT_OUT.sub('-', about.lower())}-{days}d-{drawn}.png"


class ChartFolder:
    """Made when the first picture is put into it."""

    def __init__(self, path: Path, *, kept: int = KEPT) -> None:
        self.path = path
        self._kept = kept

    @property
    def scratch(self) -> Path:
        return self.path / "fonts"

    def prepare(self) -> None:
        """Make what is needed to draw."""
        for folder in (self.path, self.scratch):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def holds(self, name: str) -> bool:
        """Whether it was drawn before; then it counts as the newest."""
        file = self.path / name
        # One that a loss of power left empty is drawn anew.
        if not file.is_file() or not file.stat().st_size:
            return False
        with contextlib.suppress(OSError):
            os.utime(file)
        return True

    def put(self, name: str, content: bytes) -> None:
        file = self.path / name
        replace_private(file, content, on_disk=False)
        others = [path for path in self.path.glob("*.png") if path != file]
        others.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in others[self._kept - 1 :]:
            path.unlink(missing_ok=True)
