"""Pictures and copies of pages in a real browser: what is private is covered, whatever the page does."""

import base64
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page

from config.settings import BrowserSettings
from purchasing.checkout.pictures import PagePictures
from purchasing.checkout.process.chromium import Chromium

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

AT = datetime(2026, 11, 22, 14, 3, 22, 418000, UTC)
#: Nothing else on the pages has this colour.
SECRET = "color: rgb(255, 0, 0); background: rgb(255, 0, 0); display: inline-block"
#: How many points of a picture have it.
COUNT = """async data => {
    const image = new Image();
    image.src = "data:image/png;base64," + data;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const points = context.getImageData(0, 0, image.width, image.height).data;
    let count = 0;
    for (let place = 0; place < points.length; place += 4)
        if (points[place] > 200 && points[place + 1] < 60 && points[place + 2] < 60) count++;
    return count;
}"""
FILLING = (
    "<p>By placing an order you agree to our terms. Items in your cart are not reserved until you have paid.</p>" * 3
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page() -> AsyncIterator[Page]:
    chromium = Chromium(BrowserSettings(), on_family=lambda _: None)
    try:
        await chromium.begin()
        context = await chromium.open(None, within=timedelta(seconds=30))
        yield await context.new_page()
    finally:
        await chromium.end(within=timedelta(seconds=3))


def pictures(folder: Path) -> PagePictures:
    return PagePictures(folder / "screenshots", now=lambda: AT)


async def count_secret(page: Page, file: Path) -> int:
    content = base64.b64encode(file.read_bytes()).decode()  # noqa: ASYNC240  a test waits for nothing else meanwhile
    return int(await page.evaluate(COUNT, content))


@pytest.mark.guards("purchasing", "a picture shows no name, address or card")
@pytest.mark.parametrize(
    "body",
    [
        f"<a data-test='@web/AccountLink'><span style='{SECRET}'>Hi, Ada</span></a>",
        f"<a data-test='@web/AccountLink'>Hi, <b style='{SECRET}'>Ada</b></a><h2 style='{SECRET}'>Thanks, Ada!</h2>",
        f"<section><h2>To</h2><p style='{SECRET}'>Grace Hopper</p><p style='{SECRET}'>1 Practice Lane</p></section>",
        f"<div><p style='{SECRET}'>Grace Hopper</p><p><span style='{SECRET}'>Saint Paul, MN 55401</span></p></div>",
        f"<div data-test='shippingAddressSection'><p style='{SECRET}'>Grace</p></div>",
        f"<p style='{SECRET}'>Visa •••• 4242</p><p style='{SECRET}'>Mastercard ending in 4242</p>",
        f"<p style='{SECRET}'>ada@example.com</p><p style='{SECRET}'>(612) 555-0100</p>",
        f"<a data-test='renamed'><span>Hi,</span> <b style='{SECRET}'>Ada</b></a><p style='{SECRET}'>Thanks, Ada</p>",
        f"<a data-test='@web/AccountLink'>Hi, Zoë</a> <p style='{SECRET}'>To Zoë</p> <p style='{SECRET}'>For ZOË.</p>",
        f"<p style='{SECRET}'>12 ANALYTICAL ROW</p><p style='{SECRET}'>3 Peña Street</p>",
        f"<p style='{SECRET}'>Visa *4242</p><p style='{SECRET}'>Mastercard (4242)</p><p style='{SECRET}'>Card 4242</p>",
        f"<select style='{SECRET}'><option>Visa •••• 4242</option><option>Another</option></select>",
        f"<a data-test='@web/AccountLink'>Hi, Ada</a><img style='{SECRET}' src='/gone.png' alt='Photo of Ada'>",
        f"<p contenteditable style='{SECRET}'>Leave it at the door</p>",
        f"<input style='{SECRET}' value='ada'><textarea style='{SECRET}'>Ada</textarea>",
        f"<iframe srcdoc=\"<body style='margin: 0'><p style='{SECRET}'>Visa •••• 4242</p>\"></iframe>",
    ],
)
async def test_what_is_private_is_covered(page: Page, tmp_path: Path, body: str) -> None:
    await page.set_content(body + FILLING, wait_until="load")
    bare = tmp_path / "bare.png"
    await page.screenshot(path=bare)
    assert await count_secret(page, bare) > 500
    name = await pictures(tmp_path).keep(page, "attempt 77: review")
    assert name == "20261122T140322418Z-attempt-77-review.png"
    assert await count_secret(page, tmp_path / "screenshots" / name) == 0


async def test_what_is_nobody_s_stays_to_be_seen(page: Page, tmp_path: Path) -> None:
    said = ("Qty 2", "Total $1,049.99", "Trove", "Hello what can we help you find", "2 items on the way")
    words = "".join(f"<p style='{SECRET}'>{text}</p>" for text in said)
    options = "".join(f"<option>{number}</option>" for number in range(1, 13))
    shown = f"{words}<select style='{SECRET}'>{options}</select><img style='{SECRET}' src='/gone.png' alt='Trove'>"
    await page.set_content(f"{shown}<button style='{SECRET}'>Place your order</button>{FILLING}")
    bare = tmp_path / "bare.png"
    await page.screenshot(path=bare)
    name = await pictures(tmp_path).keep(page, "review")
    assert await count_secret(page, tmp_path / "screenshots" / str(name)) == await count_secret(page, bare)


async def test_what_is_ordered_stays_to_be_seen_beside_an_address(page: Page, tmp_path: Path) -> None:
    address = "<section><h2>To</h2><p>Grace Hopper</p><p>1 Practice Lane</p></section>"
    row = f"<section><a href='/p/-/A-10000001' style='{SECRET}'>Trove</a><p style='{SECRET}'>Qty 2</p></section>"
    await page.set_content(f"<div>{address}{row}</div>{FILLING}")
    bare = tmp_path / "bare.png"
    await page.screenshot(path=bare)
    name = await pictures(tmp_path).keep(page, "review")
    assert await count_secret(page, tmp_path / "screenshots" / str(name)) == await count_secret(page, bare) > 500


@pytest.mark.guards("purchasing", "no picture is taken of what moves from under its cover")
async def test_a_page_whose_private_parts_never_keep_still_has_no_picture(page: Page, tmp_path: Path) -> None:
    moving = f"""<p id='it' style='{SECRET}; position: absolute'>Visa •••• 4242</p>{FILLING}<script>
        let place = 0;
        setInterval(() => {{ document.querySelector("#it").style.left = `${{(place += 7) % 700}}px`; }}, 1);
    </script>"""
    await page.set_content(moving)
    assert await pictures(tmp_path).keep(page, "review") is None
    assert not (tmp_path / "screenshots").exists()


async def test_a_copy_is_scrubbed(page: Page, tmp_path: Path) -> None:
    await page.set_content(f"<a data-test='@web/AccountLink'>Hi, Ada</a><p data-test='x'>Cart</p>{FILLING}")
    name = await pictures(tmp_path).keep_copy(page, "cart")
    assert name == "20261122T140322418Z-cart.html"
    copy = (tmp_path / "screenshots" / name).read_text()
    assert ("Ada" in copy, '<p data-test="x">Cart</p>' in copy) == (False, True)


async def test_the_last_of_each_kind_are_kept_for_their_owner_alone(page: Page, tmp_path: Path) -> None:
    await page.set_content("<p>Cart</p>")
    folder = tmp_path / "screenshots"
    folder.mkdir(mode=0o755)
    kept = PagePictures(folder, now=lambda: AT, kept=3)
    for number in range(5):
        await kept.keep(page, f"number {number:02}")
        await kept.keep_copy(page, f"number {number:02}")
    for kind in ("png", "html"):
        names = sorted(path.stem.rpartition("-")[2] for path in folder.glob(f"*.{kind}"))
        assert names == [f"{number:02}" for number in range(2, 5)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_page_that_is_gone_gives_no_picture_and_raises_nothing(page: Page, tmp_path: Path) -> None:
    other = await page.context.new_page()
    await other.close()
    assert await pictures(tmp_path).keep(other, "gone") is None
    assert await pictures(tmp_path).keep_copy(other, "gone") is None


async def test_a_folder_that_can_t_be_written_gives_no_picture_and_raises_nothing(page: Page, tmp_path: Path) -> None:
    await page.set_content("<p>Cart</p>")
    (tmp_path / "screenshots").write_text("in the way")
    assert await pictures(tmp_path).keep(page, "cart") is None
