"""What we did to the cart, on disk before it was done: after a crash it tells what is ours and what is the owner's."""

from pathlib import Path

import msgspec

from config.files import replace_private
from config.products import Tcin
from purchasing.errors import NothingOrdered


class CartNote(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt and what it did to the cart."""

    attempt: int
    tcin: Tcin
    #: The product was added, or is about to be: before it, the cart held none of it.
    added: bool = False


class CartNotes:
    """A small file of notes, one for each attempt whose traces may still be in the cart."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, attempt: int) -> CartNote | None:
        return next((note for note in self.read() if note.attempt == attempt), None)

    def put(self, note: CartNote) -> None:
        """On disk when it returns. Raises NothingOrdered: it can't be read or written."""
        self._write([*(one for one in self.read() if one.attempt != note.attempt), note])

    def drop(self, attempt: int) -> None:
        notes = self.read()
        kept = [note for note in notes if note.attempt != attempt]
        if len(kept) != len(notes):
            self._write(kept)

    def read(self) -> list[CartNote]:
        """All of them; none where there is no file.

        Raises:
            NothingOrdered: it can't be read, so that nobody knows what in the cart is whose.
        """
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[CartNote])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.MsgspecError) as error:
            why = f"{self._path} can't be read ({error}): look into the cart, then remove the file"
            raise NothingOrdered(why) from error

    def _write(self, notes: list[CartNote]) -> None:
        try:
            replace_private(self._path, msgspec.json.encode(notes))
        except OSError as error:
            raise NothingOrdered(f"{self._path} can't be written: {error.strerror}") from error
