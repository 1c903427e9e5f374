"""One look at a page in a real Chromium: what `observe.js` tells of small pages, each with one thing in it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from purchasing.checkout.model import Found, Seen
from purchasing.checkout.sight import decode_seen, observing_expression
from tests.builders import A, B

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SECTION = "@web/AddToCart/FulfillmentSection"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(one_browser: Browser) -> AsyncIterator[Page]:
    page = await one_browser.new_page()
    yield page
    await page.close()


async def look(page: Page, html: str) -> Seen:
    await page.set_content(f"<!doctype html><title>Shop</title><body>{html}</body>")
    return decode_seen(await page.evaluate(observing_expression(A)))


async def look_at_button(page: Page, html: str) -> Found:
    return (await look(page, html)).found["place_order"]


def add_button(tcin: str, more: str = "") -> str:
    return f'<button id="addToCartButtonOrTextIdFor{tcin}" {more}>Add to cart</button>'


def section(html: str) -> str:
    return f'<div data-test="{SECTION}">{html}</div>'


def row(tcin: str, quantity: str = "1", more: str = "") -> str:
    options = "".join(f"<option {'selected' if quantity == str(n) else ''}>{n}</option>" for n in range(1, 10))
    return (
        f'<div data-test="cartItem"><a href="/p/thing/-/A-{tcin}"><div data-test="cartItem-title">Thing</div></a>'
        f'<select data-test="cartItem-qty-stepper" aria-label="quantity {quantity}">{options}</select>'
        f'<button data-test="cartItem-deleteBtn">Remove</button>{more}</div>'
    )


def cart(*rows: str) -> str:
    return f'<div data-test="cart-item-groups">{"".join(rows)}</div>'


BUTTON = 'data-test="placeOrderButton"'


class TestAButton:
    async def test_one_that_can_be_clicked(self, page: Page) -> None:
        found = await look_at_button(page, f"<button {BUTTON} aria-label='order'>Place  your\norder</button>")
        assert found == Found(
            selector=0, count=1, visible=True, enabled=True, covered=False, text="Place your order", label="order"
        )

    @pytest.mark.parametrize("style", ["display: none", "visibility: hidden", "width: 0; padding: 0; border: 0"])
    async def test_one_that_is_not_to_be_seen(self, page: Page, style: str) -> None:
        assert not (await look_at_button(page, f"<button {BUTTON} style='{style}'></button>")).visible

    @pytest.mark.parametrize(
        "html",
        [
            f"<button {BUTTON} disabled>Order</button>",
            f"<button {BUTTON} aria-disabled='true'>Order</button>",
            f"<fieldset disabled><button {BUTTON}>Order</button></fieldset>",
            f"<div inert><button {BUTTON}>Order</button></div>",
        ],
    )
    async def test_one_that_is_off(self, page: Page, html: str) -> None:
        assert not (await look_at_button(page, html)).enabled

    async def test_one_under_something_else(self, page: Page) -> None:
        over = "<div style='position: fixed; inset: 0; background: white'></div>"
        assert (await look_at_button(page, f"<button {BUTTON}>Order</button>{over}")).covered

    @pytest.mark.parametrize(
        "html",
        [
            f"<button {BUTTON}><span>Place</span> <b>order</b></button>",
            f"<label>Order <input type='checkbox' {BUTTON} style='pointer-events: none'></label>",
            f"<div style='height: 5000px'></div><button {BUTTON}>Order</button>",
            f"<div style='height: 50px; overflow: auto'><p style='height: 500px'></p><button {BUTTON}>O</button></div>",
        ],
    )
    async def test_what_is_in_it_or_a_scroll_away_covers_nothing(self, page: Page, html: str) -> None:
        assert not (await look_at_button(page, html)).covered

    async def test_the_first_that_is_to_be_seen_counts(self, page: Page) -> None:
        html = f"<button {BUTTON} hidden>Old</button><button {BUTTON}>New</button>"
        found = await look_at_button(page, html)
        assert (found.text, found.count) == ("New", 2)

    async def test_nothing_moves(self, page: Page) -> None:
        html = f"<input autofocus><div style='height: 5000px'></div><button {BUTTON}>Order</button>"
        await look(page, html)
        before = await page.evaluate("[scrollY, document.activeElement.tagName, document.body.innerHTML]")
        decode_seen(await page.evaluate(observing_expression(A)))
        assert await page.evaluate("[scrollY, document.activeElement.tagName, document.body.innerHTML]") == before


class TestMarkers:
    async def test_what_is_not_there_is_left_out(self, page: Page) -> None:
        assert (await look(page, "<p>Nothing</p>")).found == {}

    async def test_a_fallback_says_that_it_is_one(self, page: Page) -> None:
        seen = await look(page, add_button(A))
        assert seen.found["add"].selector == 1

    async def test_tiles_of_other_products_are_never_ours(self, page: Page) -> None:
        tiles = "".join(add_button(tcin) for tcin in (B, f"{A}9", f"9{A}"))
        seen = await look(page, tiles + section(""))
        assert "add" not in seen.found

    async def test_a_way_to_the_stores_is_no_way_to_the_cart(self, page: Page) -> None:
        seen = await look(page, section(add_button(A, 'data-test="showInStockPrimaryButton"')))
        assert "add" not in seen.found
        assert "find_store" in seen.found

    async def test_the_main_button_of_another_product_is_told(self, page: Page) -> None:
        assert "add_other" in (await look(page, section(add_button(B)))).found

    async def test_what_opens_and_shuts_tells_which(self, page: Page) -> None:
        html = (
            '<button aria-expanded="false"><span data-test="cart-order-summary">$10.70 estimated total</span></button>'
        )
        assert (await look(page, html)).found["summary"].value == "false"

    async def test_what_was_typed_is_never_read(self, page: Page) -> None:
        seen = await look(page, '<input id="enter-cvv" value="123"><input id="password" type="password" value="abc">')
        assert {seen.found["cvv"].value, seen.found["cvv"].text, seen.found["password"].value} == {""}


class TestAmountsBesideWords:
    @pytest.mark.parametrize(
        "html",
        [
            "<div><span>Total</span><span>$10.70</span></div>",
            "<div><p>Order total:</p><p><b>$10.70</b></p></div>",
            "<span>$10.70 estimated total</span>",
            "<div><div><span>Subtotal</span><span>$9</span></div><div><span>Total</span><span>$10.70</span></div></div>",
        ],
    )
    async def test_the_total_is_read_beside_its_word(self, page: Page, html: str) -> None:
        found = (await look(page, html)).found["total"]
        assert "$10.70" in found.text
        assert "$9" not in found.text

    @pytest.mark.parametrize(
        "html",
        [
            "<p>Total</p>",
            "<div>Total savings <b>$3.00</b></div>",
            "<div><span>Total</span><span>$10.70</span><span>$12.00</span></div>",
            "<div style='display: none'><span>Total</span><span>$10.70</span></div>",
            "<div data-test='@web/ProductCard/body'><span>Total</span><span>$10.70</span></div>",
        ],
    )
    async def test_nothing_is_read_where_it_is_not_sure(self, page: Page, html: str) -> None:
        assert "total" not in (await look(page, html)).found


class TestTexts:
    async def test_words_over_several_parts_and_with_curly_quotes(self, page: Page) -> None:
        seen = await look(page, "<p>Thanks <b>for</b>\n your order</p><p>You\u2019re in line</p>")
        assert set(seen.texts) == {"thanks", "queue"}

    @pytest.mark.parametrize(
        "html",
        [
            "<p hidden>Your cart is empty</p>",
            "<script>'Your cart is empty'</script>",
            "<noscript>Your cart is empty</noscript>",
            "<div data-test='@web/ProductCard/body'>Your cart is empty</div>",
            "<ul data-test='sfl-cart-item-list'><li>Your cart is empty</li></ul>",
        ],
    )
    async def test_what_nobody_reads_or_is_said_of_others_does_not_count(self, page: Page, html: str) -> None:
        assert (await look(page, html)).texts == ()

    async def test_some_count_only_in_their_place(self, page: Page) -> None:
        assert "out_of_stock" not in (await look(page, "<p>Out of stock</p>")).texts
        assert "out_of_stock" in (await look(page, section("<p>Out of stock</p>"))).texts


class TestDialogs:
    @pytest.mark.parametrize("tag", ['div role="dialog"', 'div aria-modal="true"', "dialog open"])
    async def test_a_dialog_tells_its_text_and_its_markers(self, page: Page, tag: str) -> None:
        button = '<a data-test="addToCartModalViewCartCheckout">View cart</a>'
        (dialog,) = (await look(page, f"<{tag}><h2>Added to cart</h2>{button}</{tag.split(maxsplit=1)[0]}>")).dialogs
        assert (dialog.text, dialog.markers) == ("Added to cart View cart", ("view_cart",))

    async def test_one_that_is_hidden_is_none(self, page: Page) -> None:
        assert (await look(page, '<div role="dialog" hidden>Newsletter</div><dialog>Shut</dialog>')).dialogs == ()

    async def test_a_dialog_within_a_dialog_is_one(self, page: Page) -> None:
        html = '<div role="dialog">Outer <div aria-modal="true">inner</div></div>'
        assert [one.text for one in (await look(page, html)).dialogs] == ["Outer inner"]


class TestTheCart:
    async def test_rows_with_what_they_hold(self, page: Page) -> None:
        more = "<p>Sold and shipped by Target</p>"
        seen = await look(page, cart(row(A, "3"), row(B, more=more)))
        assert [(one.tcin, one.quantity, one.seller, one.title) for one in seen.rows] == [
            (A, 3, None, "Thing"),
            (B, 1, "Target", "Thing"),
        ]

    async def test_what_is_saved_for_later_stands_apart(self, page: Page) -> None:
        seen = await look(page, cart(row(A)) + f'<div data-test="sfl-cart-item-list">{row(B)}</div>')
        assert ([one.tcin for one in seen.rows], [one.tcin for one in seen.saved]) == ([A], [B])
        seen = await look(page, cart(row(B)) + f'<div data-test="sfl-cart-item-list">{row(A)}</div>')
        assert not {"remove", "quantity"} & set(seen.found)

    async def test_a_row_that_leads_to_two_products_or_none_names_none(self, page: Page) -> None:
        other = f'<a href="/p/-/A-{B}">goes well with</a>'
        seen = await look(page, cart(row(A, more=other), '<div data-test="cartItem">A gift</div>'))
        assert [one.tcin for one in seen.rows] == [None, None]

    async def test_the_quantity_of_a_button_is_in_its_label(self, page: Page) -> None:
        html = (
            row(A).replace("<select", "<button").replace('aria-label="quantity 1"', 'aria-label="quantity 4 of thing"')
        )
        assert [one.quantity for one in (await look(page, cart(html))).rows] == [4]

    async def test_ours_is_taken_out_by_its_own_rows_button(self, page: Page) -> None:
        seen = await look(page, cart(row(f"{A[:-1]}"), row(f"{A}1"), row(B)))
        assert "remove" not in seen.found
        seen = await look(page, cart(row(B), row(A)))
        assert (seen.found["remove"].count, seen.found["quantity"].value) == (1, "1")


class TestStrangePages:
    @pytest.mark.parametrize(
        "script",
        [
            "document.body.remove()",
            "document.documentElement.remove()",
            "Object.defineProperty(HTMLElement.prototype, 'innerText', {get() { throw new Error('no') }})",
            "Element.prototype.checkVisibility = () => { throw new Error('no') }",
            "document.elementFromPoint = () => null",
            "document.body.append('\\ud800 half a sign')",
            "document.body.innerHTML = '<form><input name=querySelectorAll><button data-test=placeOrderButton>'",
        ],
    )
    async def test_whatever_the_page_is_the_look_ends(self, one_browser: Browser, script: str) -> None:
        page = await one_browser.new_page()
        await page.set_content(f"<!doctype html><body><button {BUTTON}>Order</button></body>")
        await page.evaluate(f"() => {{ {script} }}")
        decode_seen(await page.evaluate(observing_expression(A)))
        await page.close()

    async def test_a_page_without_end_is_looked_at_in_part(self, page: Page) -> None:
        many = "".join(f'<div role="dialog">{n}</div>' for n in range(300))
        seen = await look(page, many + cart(*(row(A) for _ in range(300))))
        assert (len(seen.dialogs), len(seen.rows)) == (200, 200)
