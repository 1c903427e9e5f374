"""What is unpacked of a body, and what is not."""

import gzip
import zlib
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.http import TooLarge, Unpacker
from tests.builders import pack_spaces

MEGABYTE = 2**20


def unpack(unpacker: Unpacker, *parts: bytes) -> list[bytes]:
    pieces = [piece for part in parts for piece in unpacker.unpack(part)]
    unpacker.end()
    return pieces


@given(
    body=st.binary(max_size=500) | st.integers(0, 1_000_000).map(lambda size: b"stock " * (size // 6)),
    ends=st.lists(st.integers(0, 600)),
)
def test_a_packed_body_is_what_was_packed_wherever_its_parts_begin(body: bytes, ends: list[int]) -> None:
    packed = gzip.compress(body)
    cuts = [0, *sorted(ends), len(packed)]
    parts = [packed[begin:end] for begin, end in pairwise(cuts)]
    assert b"".join(unpack(Unpacker("gzip", most=len(body) + len(packed)), *parts)) == body


@pytest.mark.guards("config", "what a small answer unpacks to is bounded while it is unpacked")
@pytest.mark.parametrize("size", [MEGABYTE + 1, 64 * MEGABYTE])
def test_what_is_too_large_is_unpacked_no_further_than_that(size: int) -> None:
    pieces = list[bytes]()
    with pytest.raises(TooLarge, match=str(MEGABYTE)):
        pieces.extend(Unpacker("gzip", most=MEGABYTE).unpack(pack_spaces(size)))
    assert sum(map(len, pieces)) <= MEGABYTE


def test_the_most_that_is_allowed_comes_in_pieces_between_which_others_have_their_turn() -> None:
    pieces = unpack(Unpacker("gzip", most=8 * MEGABYTE), pack_spaces(8 * MEGABYTE))
    assert sum(map(len, pieces)) == 8 * MEGABYTE
    assert max(map(len, pieces)) <= MEGABYTE // 4


def test_a_plain_body_has_the_same_bound() -> None:
    assert unpack(Unpacker("", most=10), b"12345", b"67890") == [b"12345", b"67890"]
    with pytest.raises(TooLarge):
        unpack(Unpacker("identity", most=10), b"12345", b"678901")


def test_so_has_what_unpacks_to_nothing() -> None:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    nothing = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH) + b"\0\0\0\xff\xff" * 100
    assert b"".join(Unpacker("gzip", most=MEGABYTE).unpack(nothing)) == b""
    with pytest.raises(TooLarge):
        list(Unpacker("gzip", most=len(nothing) - 1).unpack(nothing))


@pytest.mark.guards("config", "an answer that is packed more than once is not unpacked at all")
@pytest.mark.parametrize("coding", ["gzip, gzip", "gzip,deflate", "deflate", "br", "zstd", "gzip, identity", "x" * 999])
def test_what_is_packed_in_another_way_or_twice_is_refused(coding: str) -> None:
    with pytest.raises(httpx.DecodingError, match="packed as"):
        Unpacker(coding, most=MEGABYTE)


@pytest.mark.parametrize("coding", ["GZIP", " x-gzip "])
def test_names_of_the_one_way_are_known(coding: str) -> None:
    assert unpack(Unpacker(coding, most=MEGABYTE), gzip.compress(b"stock")) == [b"stock"]


def test_what_is_not_packed_as_it_says_is_refused() -> None:
    with pytest.raises(httpx.DecodingError):
        unpack(Unpacker("gzip", most=MEGABYTE), b"plain")


def test_what_was_cut_short_is_no_whole_answer() -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="cut short"):
        unpack(Unpacker("gzip", most=MEGABYTE), gzip.compress(b"stock")[:-1])


def test_what_follows_the_end_is_no_part_of_it() -> None:
    assert unpack(Unpacker("gzip", most=MEGABYTE), gzip.compress(b"stock") + b"\0more", b"more") == [b"stock"]


def test_an_answer_without_a_body_is_whole() -> None:
    assert unpack(Unpacker("gzip", most=MEGABYTE)) == []
