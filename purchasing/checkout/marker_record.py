"""Which markers a rehearsal found at the shop, in a small file: how a changed page is noticed before a drop."""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from config.files import replace_private
from purchasing.checkout.pages import MarkerName

#: In the data directory.
MARKERS_FILE = "markers.json"

#: What every purchase passes on its way to the button, and back out of the cart.
ON_THE_WAY: Final = (
    MarkerName.ACCOUNT,
    MarkerName.ADD,
    MarkerName.CART_GROUPS,
    MarkerName.ROW,
    MarkerName.QUANTITY,
    MarkerName.REMOVE,
    MarkerName.SUBTOTAL,
    MarkerName.CHECKOUT,
    MarkerName.TOTAL,
    MarkerName.PLACE_ORDER,
)


class MarkersSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What the last rehearsal found."""

    at: datetime
    held: tuple[str, ...]
    #: Those that every purchase needs, and that it did not find as far as it came.
    missing: tuple[str, ...]

    def words(self) -> str:
        """In a sentence."""
        held = f"{len(self.held)} markers held"
        return f"{held}, not found: {', '.join(self.missing)}" if self.missing else held


class MarkerRecord:
    """Written anew by each rehearsal that reached the last page, or found that a page had changed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def are_whole(self) -> bool:
        """The last rehearsal that came to an end found all that every purchase needs."""
        seen = self.read()
        return seen is not None and not seen.missing

    def write(self, shown: Collection[str], *, at: datetime) -> MarkersSeen:
        held = tuple(name.value for name in MarkerName if name in shown)
        missing = tuple(name.value for name in ON_THE_WAY if name not in shown)
        seen = MarkersSeen(at=at, held=held, missing=missing)
        replace_private(self._path, msgspec.json.encode(seen))
        return seen

    def read(self) -> MarkersSeen | None:
        """None where there was no rehearsal, or its record can't be read any more."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=MarkersSeen)
        except (OSError, msgspec.MsgspecError):
            return None
