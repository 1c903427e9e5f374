"""The practice shop in a real Chromium: whoever buys there in a browser is counted rightly by the shop itself."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from config.products import Tcin
from purchasing.checkout.pages import Phrase
from purchasing.checkout.sight import decode_seen, observing_expression
from sandbox.shop.troubles import DEMAND_TEXTS, Trouble
from sandbox.store import Item, PracticeStore
from tests.browser.conftest import PATIENCE_MS

TROVE, PLUSH = "94734932", "89471066"

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture
def store() -> PracticeStore:
    return PracticeStore(
        [
            Item(tcin=TROVE, title="Illumineer&#39;s Trove", price="49.99", shipping="IN_STOCK", pickup="IN_STOCK"),
            Item(tcin=PLUSH, title="Otter Plush", price="24.99", pickup="IN_STOCK"),
        ]
    )


@pytest_asyncio.fixture(loop_scope="module")
async def page(store: PracticeStore, one_browser: Browser) -> AsyncIterator[Page]:
    """A page of somebody who is signed in."""
    async with store.serve() as url:
        context = await one_browser.new_context(base_url=url, storage_state=store.account.storage_state(url))  # type: ignore[arg-type]  # a TypedDict in the form of a dict
        yield await context.new_page()
        await context.close()


async def until(holds: Callable[[], bool]) -> None:
    """What pages report of themselves comes a moment later than what they show."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while not holds():  # noqa: ASYNC110  the shop tells nobody that it was told
            await asyncio.sleep(0.02)


async def add_by_shipping(page: Page, tcin: str = TROVE) -> None:
    await page.goto(f"/p/-/A-{tcin}")
    await page.locator('[data-test="fulfillment-cell-shipping"]').click()
    await page.locator(f"#addToCartButtonOrTextIdFor{tcin}").click()
    await expect(page.locator("[data-test*=addToCartSuccess]").first).to_be_visible()


async def test_a_purchase_by_hand_is_one_add_one_press_and_one_order(store: PracticeStore, page: Page) -> None:
    await add_by_shipping(page)
    assert store.shop.cart.holds == {TROVE: 1}
    await page.locator("[data-test=addToCartModalViewCartCheckout]").click()
    await page.locator("[data-test=checkout-button]").click()
    await page.locator("[data-test=placeOrderButton]").click()
    await expect(page.get_by_text("Thanks for your order")).to_be_visible()
    [order] = store.shop.orders
    assert await page.locator("[data-test=order-number]").inner_text() == f"#{order.number}"
    assert (order.items, order.lines[0].channel, str(order.total)) == ({TROVE: 1}, "shipping", "52.99")
    assert (store.shop.adds, store.shop.presses, store.shop.cart.holds) == (1, 1, {})
    await until(lambda: store.shop.clicks["placeOrderButton"] == 1)
    await page.goto("/orders")
    await expect(page.get_by_text(order.number)).to_be_visible()
    store.shop.arrange(Trouble.ORDERS_NEWER_CALL, TROVE)
    async with page.expect_response("**/post_orders/v1/orders/history?**"):
        await page.reload()
    await expect(page.get_by_text(order.number)).to_be_visible()


async def test_pickup_is_preselected_and_says_so_in_its_label(store: PracticeStore, page: Page) -> None:
    await page.goto(f"/p/-/A-{TROVE}")
    section = page.get_by_role("region", name="Fulfillment")
    await expect(section.get_by_label("pickup - selected - 1 of 3 - In stock")).to_be_visible()
    await expect(section.get_by_label("shipping - not selected - 3 of 3 - In stock")).to_be_visible()
    await page.locator(f"#addToCartButtonOrTextIdFor{TROVE}").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert [line.channel for line in store.shop.cart] == ["pickup"]


@pytest.mark.parametrize(
    ("item", "button"),
    [
        ({"shipping": "IN_STOCK", "pickup": "UNAVAILABLE"}, "[data-test=shippingButton]:enabled"),
        ({"shipping": "OUT_OF_STOCK", "pickup": "IN_STOCK"}, "[data-test=orderPickupButton]:enabled"),
        ({"shipping": "PRE_ORDER_SELLABLE", "pickup": "UNAVAILABLE"}, "[data-test=preorderButton]:enabled"),
        ({"shipping": "PRE_ORDER_UNSELLABLE", "pickup": "UNAVAILABLE"}, "[data-test=preorderButton]:disabled"),
    ],
)
async def test_the_page_shows_by_its_marks_what_can_be_bought(
    store: PracticeStore, page: Page, item: dict[str, str], button: str
) -> None:
    store.set(TROVE, **item)
    await page.goto(f"/p/-/A-{TROVE}")
    section = page.locator('[data-test="@web/AddToCart/FulfillmentSection"]')
    await expect(section.locator(f"#addToCartButtonOrTextIdFor{TROVE}{button}")).to_be_visible()


async def test_a_tile_of_another_product_that_is_in_stock_carries_that_ones_button(
    store: PracticeStore, page: Page
) -> None:
    await page.goto(f"/p/-/A-{TROVE}")
    await page.locator(f".others #addToCartButtonOrTextIdFor{PLUSH}").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert store.shop.cart.holds == {PLUSH: 1}
    await until(lambda: store.shop.clicks == {f"addToCartButtonOrTextIdFor{PLUSH}": 1})


async def test_a_product_stands_among_enabled_buttons_of_six_others(store: PracticeStore, page: Page) -> None:
    store.set(TROVE, shipping="OUT_OF_STOCK", pickup="UNAVAILABLE")
    await page.goto(f"/p/-/A-{TROVE}")
    await expect(page.locator("[data-test=outOfStockMessage]")).to_be_visible()
    assert await page.locator("[id^=addToCartButtonOrTextIdFor]:enabled").count() >= 6
    assert await page.locator(f"#addToCartButtonOrTextIdFor{TROVE}").count() == 0


async def test_what_was_added_twice_can_be_set_down_in_the_cart_whose_summary_is_shut(
    store: PracticeStore, page: Page
) -> None:
    store.shop.own_in(store.shop.cart, {PLUSH: 1})
    store.shop.own_in(store.shop.saved, {TROVE: 1})
    await add_by_shipping(page)
    await add_by_shipping(page)
    await page.goto("/cart")
    groups = page.locator("[data-test=cart-item-groups]")
    ours = groups.locator("[data-test=cartItem]", has=page.locator(f'a[href*="A-{TROVE}"]'))
    await expect(ours.locator("select")).to_have_attribute("aria-label", "quantity, 2 selected")
    await expect(page.locator("[data-test=cartItem]")).to_have_count(3)
    await ours.locator("select").select_option("1")
    await expect(ours.locator("select")).to_have_attribute("aria-label", "quantity, 1 selected")
    await groups.locator("[data-test=cartItem]", has_text="Plush").get_by_text("Save for later").click()
    await expect(groups.locator("[data-test=cartItem]")).to_have_count(1)
    summary = page.locator("button:has([data-test=cart-order-summary])")
    await expect(page.locator("[data-test=cart-summary-subTotal]")).to_have_count(0)
    await summary.click()
    await expect(page.locator("[data-test=cart-summary-subTotal]")).to_have_text("$49.99")
    assert (store.shop.cart.holds, store.shop.saved.holds) == ({TROVE: 1}, {TROVE: 1, PLUSH: 1})
    assert not store.shop.lost


async def test_who_is_signed_out_is_sent_to_sign_in(store: PracticeStore, page: Page) -> None:
    store.account.sign_out()
    await page.goto(f"/p/-/A-{TROVE}")
    await expect(page.locator('[data-test="@web/AccountLink"]')).to_have_text("Sign in")
    await page.goto("/checkout")
    await page.fill("#username", store.account.email)
    await page.fill("#password", store.account.password)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/cart")
    await expect(page.locator('[data-test="@web/AccountLink"]')).to_have_text("Hi, Ada")
    await until(lambda: store.shop.typed["password"] > 0)


# In trouble


async def press(page: Page) -> None:
    await page.goto("/checkout")
    await page.locator("[data-test=placeOrderButton]").click()


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble.CHECKOUT_BUTTON_REBUILT,
        Trouble.CHECKOUT_BUTTON_HIDDEN,
        Trouble.CHECKOUT_BUTTON_MOVED,
        Trouble.CHECKOUT_BUTTON_COVERED,
    ],
)
async def test_a_button_that_goes_away_under_the_pointer_gets_no_click(
    store: PracticeStore, page: Page, trouble: Trouble
) -> None:
    store.shop.arrange(trouble, TROVE)
    store.shop.cart.put(TROVE)
    await press(page)
    button = page.locator("[data-test=placeOrderButton]")
    # It is back in its place, and a second click is one.
    await expect(button).to_be_visible()
    await expect(button).to_have_css("transform", "none")
    await button.click()
    await expect(page.get_by_text("Thanks for your order")).to_be_visible()
    await until(lambda: store.shop.clicks["placeOrderButton"] == 1)
    assert (store.shop.presses, len(store.shop.orders)) == (1, 1)


async def test_one_click_is_sent_again_by_the_browser_and_orders_once(store: PracticeStore, page: Page) -> None:
    store.shop.arrange(Trouble.PRESS_REPEATED, TROVE)
    store.shop.cart.put(TROVE)
    await press(page)
    await expect(page.get_by_text("There are no items in your cart")).to_be_visible()
    await until(lambda: store.shop.clicks["placeOrderButton"] == 1)
    assert (store.shop.presses, len(store.shop.orders)) == (2, 1)


async def test_one_click_whose_answer_is_lost_puts_it_into_the_cart_twice(store: PracticeStore, page: Page) -> None:
    store.shop.arrange(Trouble.ADD_REPEATED, TROVE)
    await add_by_shipping(page)
    assert (store.shop.adds, store.shop.cart.holds) == (2, {TROVE: 2})


async def test_a_failed_add_says_so_in_a_dialog_that_leads_to_the_cart_too(store: PracticeStore, page: Page) -> None:
    store.shop.arrange(Trouble.ADD_SOLD_OUT, TROVE)
    await page.goto(f"/p/-/A-{TROVE}")
    await page.locator(f"#addToCartButtonOrTextIdFor{TROVE}").click()
    dialog = page.get_by_role("dialog", name="Item not added to cart")
    await expect(dialog.locator("[data-test=addToCartModalViewCartCheckout]")).to_be_visible()
    assert store.shop.cart.holds == {}


@pytest.mark.parametrize("text", DEMAND_TEXTS)
async def test_what_is_said_of_demand_can_be_any_of_its_texts(store: PracticeStore, page: Page, text: str) -> None:
    store.shop.arrange(Trouble.CHECKOUT_DEMAND_INLINE, TROVE)
    store.shop.demand = text
    store.shop.cart.put(TROVE)
    await page.goto("/checkout")
    await expect(page.get_by_role("alert")).to_contain_text(text)
    await expect(page.locator("[data-test=placeOrderButton]")).to_have_count(0)
    assert Phrase.BUSY in decode_seen(await page.evaluate(observing_expression(Tcin(TROVE)))).texts


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (Trouble.CHECKOUT_CVV, "Enter the CVV"),
        (Trouble.CHECKOUT_PIN, "Confirm your PIN"),
        (Trouble.CHECKOUT_PASSWORD, "Enter your password"),
        (Trouble.CHECKOUT_ADDRESS, "Verify your address"),
        (Trouble.CHECKOUT_NO_PAYMENT, "Add a payment method"),
        (Trouble.CHECKOUT_CHALLENGE, "Press & Hold to confirm you are a human"),
    ],
)
async def test_what_the_owner_alone_can_answer_is_asked(
    store: PracticeStore, page: Page, trouble: Trouble, words: str
) -> None:
    store.shop.arrange(trouble, TROVE)
    store.shop.cart.put(TROVE)
    await page.goto("/checkout")
    await expect(page.get_by_text(words).first).to_be_visible()
    assert store.shop.touched == {}


async def test_whoever_touches_the_challenge_or_types_a_secret_is_found_out(store: PracticeStore, page: Page) -> None:
    store.shop.arrange(Trouble.CART_CHALLENGE, TROVE)
    store.shop.arrange(Trouble.CHECKOUT_CVV, TROVE)
    store.shop.cart.put(TROVE)
    await page.goto("/cart")
    await page.locator("#px-captcha").click()
    await page.goto("/checkout")
    await page.locator("#enter-cvv").fill("123")
    await until(lambda: store.shop.touched == {"px-captcha": 1, "enter-cvv": 1})


async def test_marks_and_texts_can_have_other_names_on_every_page(store: PracticeStore, page: Page) -> None:
    store.shop.renamed = {
        "addToCartButtonOrTextIdFor": "buyBoxButtonFor",
        "cartItem": "basketRow",
        "Hi, ": "Hello, ",
        "Save for later": "Keep for later",
    }
    store.shop.cart.put(PLUSH, channel="pickup")
    await page.goto(f"/p/-/A-{TROVE}")
    await expect(page.locator(f"#buyBoxButtonFor{TROVE}")).to_be_visible()
    await expect(page.locator('[data-test="@web/AccountLink"]')).to_have_text("Hello, Ada")
    await page.goto("/cart")
    await expect(page.locator("[data-test=basketRow]")).to_have_count(1)
    await expect(page.get_by_role("button", name=re.compile("Keep for later"))).to_be_visible()
    assert await page.locator("[data-test=cartItem]").count() == 0
    # Another mark that begins in the same way keeps its own name.
    assert await page.locator("[data-test=cartItem-title]").count() == 1
