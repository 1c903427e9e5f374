"""The pictures that messages show: read when they are sent, so that nothing stores them twice."""

import asyncio
import logging
from pathlib import Path

from config.files import open_regular

log = logging.getLogger(__name__)

#: Telegram's limit for a picture.
LARGEST_PICTURE = 10 * 2**20


class Pictures:
    """A folder of pictures, of which any may be gone by the time it is wanted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def read(self, name: str) -> bytes | None:
        """The picture of this name; None where there is none that can be sent."""
        try:
            content = await asyncio.to_thread(self._read, name)
        except (OSError, ValueError) as error:  # a name with a zero in it is none
            log.warning("picture.unreadable", extra={"picture": name, "why": str(error)})
            return None
        if not 0 < len(content) <= LARGEST_PICTURE:
            log.warning("picture.not_sent", extra={"picture": name, "why": "it is empty, or too large for Telegram"})
            return None
        return content

    def _read(self, name: str) -> bytes:
        path = self._folder / Path(name).name  # nothing outside the folder, whatever the name says
        with open(path, "rb", opener=open_regular) as file:
            return file.read(LARGEST_PICTURE + 1)
