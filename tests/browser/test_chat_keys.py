"""Keys, links and the shop of the practice chat's page in a real browser: the test plays the bot and the person."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Page, expect

from sandbox.chat import Group, Person, PracticeChat
from sandbox.shop_panel import ShopPanel
from sandbox.store import Item, PracticeStore
from tests.integration.bot_calls import Bot, bot_of

pytestmark = pytest.mark.browser

ADA = Person(id=1001, first_name="Ada", started=True, role="owner")
BEN = Person(id=1002, first_name="Ben", started=True, role="viewer")
FAMILY = Group(id=-100123, title="Family")
TROVE = Item(tcin="94734932", title="Illumineer&#39;s Trove", price="49.99")
CARS = Item(tcin="90655213", title="Racers", shipping="PRE_ORDER_UNSELLABLE", street_date="2030-03-01")
KEYS = {
    "keyboard": [["📊 Status", "📋 List"], ["⏸ Pause"]],
    "resize_keyboard": True,
    "input_field_placeholder": "Paste a link to a product",
}
DESKTOP, PHONE = 1280, 390


@dataclass(frozen=True, slots=True)
class House:
    """The chat, the bot in it and the shop beside it."""

    chat: PracticeChat
    store: PracticeStore
    bot: Bot

    @property
    def site(self) -> str:
        return self.bot.url.partition("/bot")[0]

    async def send(self, text: str, **more: object) -> None:
        await self.bot.call("sendMessage", **({"chat_id": ADA.id, "text": text, "parse_mode": "HTML"} | more))


@pytest.fixture
async def house() -> AsyncIterator[House]:
    store = PracticeStore([TROVE, CARS])
    async with store.serve() as url:
        panel = ShopPanel(store, store.items.values(), site=url)
        chat = PracticeChat(people=[ADA, BEN], groups=[FAMILY], panel=panel)
        async with bot_of(chat) as bot:
            yield House(chat, store, bot)


@asynccontextmanager
async def opened(browser: Browser, address: str, *, width: int) -> AsyncIterator[Page]:
    """The page at this width; whatever it complains of fails the test, and so does a width that it does not keep."""
    complaints: list[str] = []
    page = await browser.new_page(viewport={"width": width, "height": 844})
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    await page.goto(address)
    yield page
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert complaints == []
    await page.close()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
async def page(request: pytest.FixtureRequest, browser: Browser, house: House) -> AsyncIterator[Page]:
    async with opened(browser, house.site, width=request.param) as page:
        yield page


async def test_a_key_writes_its_words_and_can_be_folded_away(house: House, page: Page) -> None:
    keys = page.get_by_role("group", name="Keyboard")
    await expect(keys).to_be_hidden()
    await house.send("Your keys", reply_markup=KEYS)
    await expect(page.get_by_placeholder("Paste a link to a product")).to_be_visible()
    await keys.get_by_role("button", name="📋 List").click()
    await house.chat.until(lambda: house.chat.messages(ADA.id)[-1].text == "📋 List")
    await page.get_by_title("Keyboard").click()
    await expect(keys).to_be_hidden()
    await page.get_by_title("Keyboard").click()
    await expect(keys.get_by_role("button", name="📋 List")).to_be_visible()
    await house.send("No keys", reply_markup={"remove_keyboard": True})
    await expect(keys).to_be_hidden()
    await expect(page.get_by_title("Keyboard")).to_be_hidden()


async def test_a_link_button_leads_to_another_tab_and_a_person_nowhere(house: House, page: Page) -> None:
    button = {"inline_keyboard": [[{"text": "Open at Target", "url": f"{house.site}/page/static/bell.svg"}]]}
    await house.send('<a href="tg://user?id=1002">Ben</a> asks', reply_markup=button)
    words = page.locator(".message.bots .words")
    await expect(words).to_have_text("Ben asks")
    await expect(words.get_by_role("link")).to_have_count(0)
    link = page.get_by_role("link", name="Open at Target")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    async with page.context.expect_page() as other:
        await link.click()
    await expect(await other.value).to_have_url(f"{house.site}/page/static/bell.svg")


async def test_a_link_to_the_bot_is_opened_by_whoever_is_chosen(house: House, page: Page) -> None:
    await house.send("Hand on https://t.me/stockbell_practice_bot?start=abc-123")
    await page.locator(".message.bots").get_by_role("button", name="start=abc-123").click()
    await page.get_by_role("dialog").get_by_role("button", name="Ben").click()
    await house.chat.until(lambda: house.chat.messages(BEN.id)[-1].text == "/start abc-123")
    await expect(page.locator("#talk-note")).to_contain_text("Ben")


async def test_a_link_to_a_product_is_opened_by_who_taps_it(house: House, page: Page) -> None:
    button = {"text": "The trove", "url": "https://t.me/stockbell_practice_bot?start=p94734932"}
    await house.send("Look", reply_markup={"inline_keyboard": [[button]]})
    await page.get_by_role("button", name="The trove").click()
    await house.chat.until(lambda: house.chat.messages(ADA.id)[-1].text == "/start p94734932")


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
async def test_the_address_may_carry_a_code_which_is_said_once(house: House, browser: Browser, width: int) -> None:
    async with opened(browser, f"{house.site}/?start=abc&as={BEN.id}", width=width) as page:
        await house.chat.until(lambda: house.chat.messages(BEN.id))
        await page.reload()
        await expect(page.locator("#chats")).to_be_attached()
        await house.send("later", chat_id=BEN.id)
    assert [one.text for one in house.chat.messages(BEN.id)] == ["/start abc", "later"]


async def open_store(page: Page) -> None:
    button = page.get_by_role("button", name="Store", exact=True)
    if await button.get_attribute("aria-expanded") == "false":
        await button.click()


async def test_a_visitor_restocks_sells_out_and_changes_a_price(house: House, page: Page) -> None:
    await open_store(page)
    card = page.get_by_role("listitem").filter(has_text="Illumineer's Trove")
    await expect(card.locator("img")).to_have_js_property("complete", value=True)
    assert await card.locator("img").evaluate("image => image.naturalWidth") > 0
    await expect(card.get_by_role("status")).to_have_text("Sold out")
    await card.get_by_role("button", name="Restock").click()
    await expect(card.get_by_role("status")).to_have_text("In stock")
    assert house.store.items[TROVE.tcin].shipping == "IN_STOCK"
    await card.get_by_role("button", name="Sell out").click()
    await expect(card.get_by_role("status")).to_have_text("Sold out")
    await card.get_by_title("in the chat").click()
    await house.chat.until(lambda: house.chat.messages(ADA.id)[-1].text == f"/start p{TROVE.tcin}")
    await card.get_by_role("button", name="Raise the price").click()
    price = card.get_by_role("textbox", name="Price of")
    await expect(price).to_have_value("$50.99")
    await price.fill("12.5")
    await price.press("Enter")
    await expect(price).to_have_value("$12.50")
    assert house.store.items[TROVE.tcin].price == "12.50"


async def test_the_wall_is_put_up_and_taken_down_and_what_befalls_telegram_is_folded_away(
    house: House, page: Page
) -> None:
    await open_store(page)
    wall = page.get_by_role("switch", name="The shop blocks checks")
    await wall.check()
    await house.chat.until(lambda: house.store.faults.wall)
    await wall.uncheck()
    await house.chat.until(lambda: house.store.faults.wall is None)
    slow = page.get_by_role("switch", name="Slow")
    await expect(slow).to_be_hidden()
    await page.get_by_text("Make Telegram misbehave").click()
    await slow.check()
    await house.chat.until(lambda: house.chat.faults.slow)


async def test_a_card_follows_what_the_shop_does_by_itself_and_keeps_what_is_being_typed(
    house: House, page: Page
) -> None:
    await open_store(page)
    card = page.get_by_role("listitem").filter(has_text="Racers")
    await expect(card.get_by_role("status")).to_have_text("Preorder closed")
    price = card.get_by_role("textbox", name="Price of")
    await price.fill("30")
    house.store.set(CARS.tcin, shipping="PRE_ORDER_SELLABLE", price="21.00")
    house.chat.tell_overview()
    await expect(card.get_by_role("status")).to_have_text("Preorder open")
    await expect(price).to_have_value("30")
    await expect(price).to_be_focused()


async def test_on_a_phone_the_store_is_a_sheet_below_the_chat(house: House, browser: Browser) -> None:
    async with opened(browser, house.site, width=PHONE) as page:
        sheet = page.get_by_role("complementary", name="Store")
        await expect(sheet).to_be_hidden()
        await page.get_by_role("button", name="Store", exact=True).click()
        await house.send("IN STOCK")
        above = await page.locator(".message.bots").last.bounding_box()
        below = await sheet.bounding_box()
        assert above is not None
        assert below is not None
        assert above["y"] + above["height"] <= below["y"] + 1
        await page.mouse.move(195, below["y"] + 12)
        await page.mouse.down()
        await page.mouse.move(195, below["y"] + 250, steps=5)
        await page.mouse.up()
        await expect(sheet).to_be_hidden()
        await page.get_by_role("button", name="Store", exact=True).press("Enter")
        await page.keyboard.press("Escape")
        await expect(sheet).to_be_hidden()
        await expect(page.get_by_role("button", name="Store", exact=True)).to_be_focused()


async def test_one_looks_through_the_eyes_of_a_viewer_and_presses_in_the_group_as_them(
    house: House, page: Page
) -> None:
    assert page.viewport_size is not None
    if page.viewport_size["width"] == PHONE:
        await page.get_by_title("All chats").click()
    await expect(page.get_by_role("button", name="Ben viewer")).to_be_visible()
    await page.get_by_role("button", name="Family").click()
    await house.send(
        "IN STOCK",
        chat_id=FAMILY.id,
        reply_markup={"inline_keyboard": [[{"text": "Skip", "callback_data": "skip:1"}]]},
    )
    await page.get_by_label("Who writes").select_option("Ben")
    await page.get_by_role("button", name="Skip").click()
    query = (await house.bot.updates(timeout=5))[-1]["callback_query"]
    assert query["from"]["id"] == BEN.id
    await house.bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Only owners", show_alert=True)
    await expect(page.get_by_role("dialog")).to_contain_text("Only owners")
    await page.get_by_role("button", name="OK").click()


async def test_all_times_are_of_one_clock(house: House, browser: Browser) -> None:
    """That of the machine, not that of the browser."""
    page = await browser.new_page(timezone_id="Asia/Tokyo", locale="en-US")
    await page.goto(house.site)
    await house.send("now")
    message = house.chat.messages(ADA.id)[-1]
    told = f"{message.at.astimezone():%H:%M}"
    await expect(page.locator(".message.bots time")).to_have_text(told)
    await expect(page.locator(".chat[aria-current] time")).to_have_text(told)
