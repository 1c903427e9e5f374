from pathlib import Path

import pytest

from purchasing.checkout.buyer.cart_notes import CartNote, CartNotes
from purchasing.errors import NothingOrdered
from tests.builders import A, B

NOTE = CartNote(attempt=7, tcin=A, added=True)


def test_a_note_is_there_for_whoever_comes_after_a_crash(tmp_path: Path) -> None:
    CartNotes(tmp_path / "cart.json").put(NOTE)
    assert CartNotes(tmp_path / "cart.json").get(7) == NOTE
    assert (tmp_path / "cart.json").stat().st_mode & 0o777 == 0o600


def test_an_attempt_has_one_note_and_others_keep_theirs(tmp_path: Path) -> None:
    notes, other = CartNotes(tmp_path / "cart.json"), CartNote(attempt=8, tcin=B)
    for note in (NOTE, other, CartNote(attempt=7, tcin=A)):
        notes.put(note)
    assert {note.attempt: note.added for note in notes.read()} == {7: False, 8: False}
    notes.drop(7)
    notes.drop(7)
    assert notes.read() == [other]


def test_without_a_file_nothing_was_ever_done(tmp_path: Path) -> None:
    notes = CartNotes(tmp_path / "cart.json")
    notes.drop(7)
    assert (notes.read(), notes.get(7), (tmp_path / "cart.json").exists()) == ([], None, False)


@pytest.mark.guards(
    "purchasing", "where nobody knows what in the cart is whose, nothing is added and nothing taken out"
)
def test_notes_that_can_t_be_read_bar_what_would_need_them(tmp_path: Path) -> None:
    (tmp_path / "cart.json").write_text("[{")
    notes = CartNotes(tmp_path / "cart.json")
    with pytest.raises(NothingOrdered, match="look into the cart"):
        notes.put(NOTE)
    for act in (notes.get, notes.drop):
        with pytest.raises(NothingOrdered, match="look into the cart"):
            act(7)
