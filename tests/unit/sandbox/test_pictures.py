import struct
import zlib

from sandbox.scenario import find_scenario
from sandbox.shop.pictures import draw_parcel, picture_of


def test_a_picture_is_a_whole_png_of_320_by_320() -> None:
    chunks = dict(read_chunks(draw_parcel("94734932")))
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == (320, 320)
    assert len(zlib.decompress(chunks[b"IDAT"])) == 320 * (1 + 320)


def test_two_products_look_different() -> None:
    assert draw_parcel("94734932") != draw_parcel("93954435")


def test_every_product_of_the_demo_has_a_picture_of_its_own() -> None:
    for tcin in find_scenario("demo").tcins:
        assert picture_of(tcin) != draw_parcel(tcin)
    assert picture_of("10000001") == draw_parcel("10000001")


def read_chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    chunks, at = [], 8
    while at < len(png):
        [length] = struct.unpack_from(">I", png, at)
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", png, at + 8 + length) == (zlib.crc32(kind + data),)
        chunks.append((kind, data))
        at += 12 + length
    return chunks
