"""The pictures that messages show: read when they are sent, so that nothing stores them twice."""

import asyncio
import logging
from pathlib import Path

from config.files import open_regular

log = logging.getLogger(__name__)

#: Telegram's limit for a picture.
LARGEST_PICTURE = 10 * 2**20


class Pictures:
    """Folders of pictures, of which any may be gone by the time it is wanted."""

    def __init__(self, *folders: Path) -> None:
        """The first of them that holds a name counts."""
        self._folders = folders

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
        within = Path(name).name  # nothing outside the folders, whatever the name says
        paths = [folder / within for folder in self._folders]
        path = next((one for one in paths if one.exists()), paths[0])
        with open(path, "rb", opener=open_regular) as file:
            return file.read(LARGEST_PICTURE + 1)
