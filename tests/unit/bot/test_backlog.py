"""The last events of the journal, encoded once."""

from bot.web.stream.backlog import Frame, HeldEvents, Piece, first_piece


def frames(*seqs: int, size: int = 1) -> list[Frame]:
    return [Frame(seq, str(seq % 10).encode() * size) for seq in seqs]


def test_what_follows_a_place_is_given_in_order() -> None:
    backlog = HeldEvents()
    backlog.take(frames(1, 2, 3))
    assert backlog.after(0) == Piece(b"123", 3)
    assert backlog.after(2) == Piece(b"3", 3)
    assert backlog.after(3) is None


def test_numbers_may_have_gaps() -> None:
    backlog = HeldEvents()
    backlog.restart(4)
    backlog.take(frames(5, 8, 9))
    assert (backlog.begin, backlog.end) == (4, 9)
    assert backlog.after(6) == Piece(b"89", 9)


def test_the_oldest_are_let_go() -> None:
    backlog = HeldEvents(most=3)
    backlog.take(frames(1, 2))
    backlog.take(frames(3, 5, 6))
    assert (backlog.begin, backlog.end) == (2, 6)
    assert backlog.after(backlog.begin) == Piece(b"356", 6)


def test_no_more_bytes_are_held_than_there_may_be() -> None:
    backlog = HeldEvents(most_bytes=25)
    backlog.take(frames(1, 2, 3, size=10))
    assert (backlog.begin, backlog.after(1)) == (1, Piece(b"2" * 10 + b"3" * 10, 3))
    backlog.take(frames(4, size=30))
    assert (backlog.begin, backlog.end, backlog.after(4)) == (4, 4, None)
    backlog.take(frames(5))
    assert backlog.after(4) == Piece(b"5", 5)


def test_a_piece_is_small_but_for_an_event_that_is_large_itself() -> None:
    backlog = HeldEvents()
    backlog.take([*frames(1, 2, size=10), *frames(3, size=50), *frames(4)])
    assert backlog.after(0, most_bytes=20) == Piece(b"1" * 10 + b"2" * 10, 2)
    assert backlog.after(2, most_bytes=20) == Piece(b"3" * 50, 3)


def test_so_is_one_of_older_events() -> None:
    older = [*frames(1, 2, size=10), *frames(3, size=50), *frames(4)]
    assert first_piece(older, most_bytes=20) == Piece(b"1" * 10 + b"2" * 10, 2)
    assert first_piece(older[2:], most_bytes=20) == Piece(b"3" * 50, 3)
    assert first_piece([]) is None


def test_nothing_is_held_after_a_restart() -> None:
    backlog = HeldEvents()
    backlog.take(frames(1, 2))
    backlog.restart(7)
    assert (backlog.begin, backlog.end, backlog.after(7)) == (7, 7, None)
