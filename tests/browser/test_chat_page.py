"""The practice chat's page in a real browser: the test plays the bot by the Bot API and the person by the page."""

import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from sandbox.chat import Group, Person, PracticeChat
from tests.integration.bot_calls import Bot, bot_of

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>'


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


#: One dark point.
PICTURE = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0\0\0\0"))
    + chunk(b"IEND", b"")
)


@pytest.fixture
def chat() -> PracticeChat:
    return PracticeChat(
        people=[Person(id=1001, first_name="Ada"), Person(id=1002, first_name="Bob", started=True)],
        groups=[Group(id=-100123, title="Family")],
    )


@pytest.fixture
async def bot(chat: PracticeChat) -> AsyncIterator[Bot]:
    async with bot_of(chat) as bot:
        yield bot


@pytest.fixture
async def page(browser: Browser, bot: Bot) -> AsyncIterator[Page]:
    """The page as a desktop shows it; whatever it complains of fails the test."""
    complaints: list[str] = []
    page = await browser.new_page(viewport={"width": 1200, "height": 800})
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    await page.goto(site_of(bot))
    yield page
    assert complaints == []


def site_of(bot: Bot) -> str:
    return bot.url.partition("/bot")[0]


async def start(page: Page, chat: PracticeChat) -> None:
    await page.get_by_role("button", name="Start", exact=True).click()
    await chat.until(lambda: chat.messages(1001))


async def send(bot: Bot, text: str, **more: Any) -> None:
    await bot.call("sendMessage", **({"chat_id": 1001, "text": text, "parse_mode": "HTML"} | more))


async def test_start_reaches_the_bot_and_its_answer_is_shown_with_its_markup(
    chat: PracticeChat, bot: Bot, page: Page
) -> None:
    await start(page, chat)
    (update,) = await bot.updates(timeout=5)
    assert update["message"]["text"] == "/start"
    await send(bot, "<b>Welcome</b>, Ada. Try /status")
    bubble = page.locator(".message.bots")
    await expect(bubble.locator(".words")).to_have_text("Welcome, Ada. Try /status")
    await expect(bubble.locator("b")).to_have_text("Welcome")
    await bubble.get_by_role("button", name="/status").click()
    await chat.until(lambda: chat.messages(1001)[-1].text == "/status")


async def test_an_edit_changes_the_bubble_in_place(chat: PracticeChat, bot: Bot, page: Page) -> None:
    await start(page, chat)
    await send(bot, "IN STOCK")
    await send(bot, "something later")
    await expect(page.locator(".message.bots .words")).to_have_text(["IN STOCK", "something later"])
    await bot.call("editMessageText", chat_id=1001, message_id=2, text="BUYING")
    await expect(page.locator(".message.bots .words")).to_have_text(["BUYING", "something later"])
    await expect(page.locator("#m1001-2 .edited")).to_have_text("edited")
    await bot.call("deleteMessage", chat_id=1001, message_id=2)
    await expect(page.locator(".message.bots .words")).to_have_text(["something later"])


async def test_a_press_reaches_the_bot_and_its_answer_the_person(chat: PracticeChat, bot: Bot, page: Page) -> None:
    await start(page, chat)
    await bot.updates(offset=-1)
    await send(bot, "Buy it?", reply_markup={"inline_keyboard": [[{"text": "Buy", "callback_data": "buy:1"}]]})
    await page.get_by_role("button", name="Buy", exact=True).click()
    query = (await bot.updates(timeout=5))[-1]["callback_query"]
    assert (query["data"], query["from"]["id"], query["message"]["message_id"]) == ("buy:1", 1001, 2)
    await expect(page.locator(".key.busy")).to_have_count(1)
    await bot.call("answerCallbackQuery", callback_query_id=query["id"], text="On its way")
    await expect(page.locator(".toast")).to_have_text("On its way")
    await expect(page.locator(".key.busy")).to_have_count(0)


async def test_the_pinned_board_stands_above_and_follows_its_edits(chat: PracticeChat, bot: Bot, page: Page) -> None:
    await start(page, chat)
    await expect(page.locator("#pinned")).to_be_hidden()
    await send(bot, "<b>Board</b>\nCycle 1", disable_notification=True)
    await bot.call("pinChatMessage", chat_id=1001, message_id=2)
    await expect(page.locator("#pinned-jump")).to_have_text("BoardCycle 1")
    await bot.call("editMessageText", chat_id=1001, message_id=2, text="Board\nCycle 2")
    await expect(page.locator("#pinned-jump")).to_have_text("BoardCycle 2")
    await page.get_by_title("Show all of it").click()
    await expect(page.locator("#pinned-full .words")).to_have_text("Board\nCycle 2")
    await bot.call("unpinChatMessage", chat_id=1001, message_id=2)
    await expect(page.locator("#pinned")).to_be_hidden()


async def test_hostile_words_stay_words_wherever_they_stand(chat: PracticeChat, bot: Bot, page: Page) -> None:
    await start(page, chat)
    button = {"inline_keyboard": [[{"text": HOSTILE, "callback_data": "x"}]]}
    await send(bot, HOSTILE, parse_mode="", reply_markup=button)
    await bot.call("pinChatMessage", chat_id=1001, message_id=2)
    await expect(page.locator(".message.bots .words")).to_have_text(HOSTILE)
    await expect(page.locator("#pinned-jump b")).to_have_text(HOSTILE)
    await expect(page.locator("#m1001-2 .key")).to_have_text(HOSTILE)
    await expect(page.locator(".chat[aria-current] .chat-last")).to_have_text(HOSTILE)
    await expect(page.locator("#messages img, #pinned img, #chats img, body script")).to_have_count(0)
    assert await page.title() == "Practice chat"


async def test_loud_and_silent_messages_are_told_apart_and_other_chats_count(
    chat: PracticeChat, bot: Bot, page: Page
) -> None:
    await start(page, chat)
    await send(bot, "loud")
    await send(bot, "silent", disable_notification=True)
    await expect(page.locator("#m1001-2 .loud svg")).to_have_accessible_name("With sound")
    await expect(page.locator("#m1001-3 .silent svg")).to_have_accessible_name("Without sound")
    await send(bot, "elsewhere", chat_id=1002)
    await send(bot, "elsewhere again", chat_id=1002, disable_notification=True)
    await send(bot, "quiet", chat_id=-100123, disable_notification=True)
    await expect(page.locator(".badge")).to_have_text(["2", "1"])
    await expect(page.locator(".badge.quiet")).to_have_text(["1"])
    await expect(page).to_have_title("(3) Practice chat")
    await page.get_by_role("button", name="Bob").click()
    await expect(page.locator(".message .words")).to_have_text(["elsewhere", "elsewhere again"])
    await expect(page.locator(".badge")).to_have_text(["1"])


async def test_the_menu_behind_the_slash_is_used_by_keyboard(chat: PracticeChat, bot: Bot, page: Page) -> None:
    await start(page, chat)
    commands = [("status", "How things stand"), ("slot", "The purchase"), ("help", "What there is")]
    await bot.call("setMyCommands", commands=[{"command": name, "description": what} for name, what in commands])
    await page.get_by_label("Message", exact=True).fill("/s")
    await expect(page.get_by_role("option")).to_have_text(["/statusHow things stand", "/slotThe purchase"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await chat.until(lambda: chat.messages(1001)[-1].text == "/slot")
    await page.keyboard.type("plain words")
    await page.keyboard.press("Enter")
    await chat.until(lambda: chat.messages(1001)[-1].text == "plain words")


async def test_pictures_are_shown_and_files_can_be_saved(
    chat: PracticeChat, bot: Bot, page: Page, tmp_path: Path
) -> None:
    await start(page, chat)
    await bot.upload("sendPhoto", "photo", "chart.png", PICTURE, chat_id=1001, caption="the chart")
    await bot.upload("sendDocument", "document", "page.html", HOSTILE.encode(), chat_id=1001)
    picture = page.locator("#m1001-2 img")
    await expect(picture).to_have_js_property("naturalWidth", 1)
    await picture.click()
    await expect(page.locator("#picture-image")).to_be_visible()
    await page.keyboard.press("Escape")
    async with page.expect_download() as started:
        await page.get_by_role("link", name="page.html").click()
    await (await started.value).save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == HOSTILE.encode()


async def test_the_panel_breaks_the_chat_and_mends_it(chat: PracticeChat, bot: Bot, page: Page) -> None:
    await start(page, chat)
    await page.get_by_role("button", name="Practice", exact=True).click()
    await page.get_by_label("Wrong token").check()
    await chat.until(lambda: chat.faults.token_refused)
    assert await bot.refusal("getMe") == "Unauthorized"
    await page.get_by_label("Wrong token").uncheck()
    await chat.until(lambda: not chat.faults.token_refused)
    await bot.call("getMe")
    await page.get_by_label("This chat blocks the bot").check()
    await expect(page.locator("#welcome-title")).to_have_text("The bot is blocked")
    assert "blocked" in await bot.refusal("sendMessage", chat_id=1001, text="a")
    await page.get_by_role("button", name="Restart").click()
    await expect(page.get_by_label("Message", exact=True)).to_be_visible()


async def test_a_phone_shows_the_list_then_one_chat(chat: PracticeChat, bot: Bot, browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    await page.goto(site_of(bot))
    await expect(page.locator("#talk")).to_be_hidden()
    await page.get_by_role("button", name="Family").click()
    await expect(page.locator("#sidebar")).to_be_hidden()
    await page.get_by_label("Who writes").select_option("Bob")
    await page.get_by_label("Message", exact=True).fill("/status")
    await page.get_by_title("Send").click()
    await chat.until(lambda: chat.messages(-100123)[0].sender == Person(id=1002, first_name="Bob", started=True))
    await page.get_by_title("All chats").click()
    await expect(page.locator(".chat-last").last).to_have_text("/status")
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
