"""Pictures of pages: sent with their words, or the words alone; whatever becomes of the file, nothing is held up."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.telegram.api import TelegramApi
from bot.telegram.pictures import LARGEST_PICTURE
from bot.text.draft import CAPTION_LIMIT, REPEATED, Button, Draft, in_messages
from bot.text.markup import plain
from config.products import Mode
from sandbox.chat_faults import ChatFaults
from sandbox.shop.pictures import draw_parcel
from tests.builders import draft, seconds
from tests.integration.post import GROUP, Post, new_post

YES = ((Button(text="Yes", data="o:1"),),)
PICTURE = draw_parcel("10000001")
NAME = "000007-review.png"
TEXT = "LIVE · <b>the</b> &amp; page"


def photo(text: str = TEXT, **more: Any) -> Draft:
    return draft(text, chat=GROUP.id, photo=NAME, once=True, **more)


def put_picture(post: Post, content: bytes = PICTURE) -> None:
    (post.pictures / NAME).write_bytes(content)


async def test_a_picture_arrives_with_its_words_and_buttons(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        put_picture(post)
        await post.tell(photo(buttons=YES, silent=True))
        await post.settled()
        (message,) = post.messages()
        assert message.file is not None
        assert (message.file.kind, message.file.mime, message.file.content) == ("photo", "image/png", PICTURE)
        assert (message.text, message.html, message.silent) == (plain(TEXT), TEXT, True)
        assert message.buttons[0][0].data == "o:1"


def no_file(_: Path) -> None:
    pass


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def too_large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(LARGEST_PICTURE + 1)


@pytest.mark.guards("bot", "a picture that is gone, unreadable or refused leaves its words to be sent alone")
@pytest.mark.parametrize("make", [no_file, a_folder, a_pipe, too_large, Path.touch], ids=lambda make: make.__name__)
async def test_where_there_is_no_picture_the_words_are_sent_alone(tmp_path: Path, make: Callable[[Path], None]) -> None:
    async with new_post(tmp_path) as post:
        make(post.pictures / NAME)
        await post.tell(photo(buttons=YES))
        await post.settled()
        (message,) = post.messages()
        assert (message.text, message.file, message.buttons[0][0].data) == (plain(TEXT), None, "o:1")
        assert post.calls("sendPhoto") == []


@pytest.mark.guards("bot", "a picture that is gone, unreadable or refused leaves its words to be sent alone")
async def test_what_telegram_does_not_take_as_a_picture_leaves_the_words_alone(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        put_picture(post, b"<html>no picture</html>")
        await post.tell(photo(), draft("LIVE · another", key="reply:2", chat=GROUP.id))
        await post.settled()
        assert [(one.text, one.file) for one in post.messages()] == [(plain(TEXT), None), ("LIVE · another", None)]
        assert await post.states() == ["done", "done"]


@pytest.mark.guards("bot", "nothing outside the folder of pictures is ever sent")
@pytest.mark.parametrize(
    "up", ["../secret.png", "{}/secret.png", "..", "", "\0"], ids=["relative", "absolute", "above", "empty", "zero"]
)
async def test_no_name_leads_out_of_the_folder_of_pictures(tmp_path: Path, up: str) -> None:
    async with new_post(tmp_path) as post:
        (tmp_path / "secret.png").write_bytes(PICTURE)
        await post.tell(draft(TEXT, chat=GROUP.id, photo=up.format(tmp_path)))
        await post.settled()
        assert [one.file for one in post.messages()] == [None]


@pytest.mark.guards("bot", "a picture whose delivery is in doubt is not sent again, its words are")
@pytest.mark.parametrize("lose", [ChatFaults.lose_after, ChatFaults.lose_before], ids=lambda lose: lose.__name__)
async def test_of_a_picture_whose_answer_is_lost_the_words_are_sent_again(
    tmp_path: Path, lose: Callable[[ChatFaults, str], None]
) -> None:
    async with new_post(tmp_path) as post:
        put_picture(post)
        lose(post.chat.faults, "sendPhoto")
        await post.tell(photo())
        await post.settled()
        assert post.texts()[-1] == plain(TEXT + REPEATED)
        assert len(post.calls("sendPhoto")) == 1


@pytest.mark.guards("bot", "a picture that takes too long leaves its words to be sent alone")
async def test_a_picture_that_takes_too_long_leaves_the_words_alone(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        put_picture(post)
        post.api = TelegramApi(token=post.chat.token, api_url=post.url, longest_picture=seconds(0.1))
        await post.end()
        post.new_outbox()
        await post.begin()
        post.chat.faults.slow = 1
        await post.tell(photo())
        await post.settled()
        await post.end()
        await post.api.close()
        (told,) = [one for one in post.messages() if one.file is None]
        assert told.text == plain(TEXT + REPEATED)


async def test_a_picture_is_kept_over_a_restart(tmp_path: Path) -> None:
    async with new_post(tmp_path, begin=False) as post:
        put_picture(post)
        await post.tell(photo())
        post.new_outbox()
        post.start()
        await post.until(lambda: [one.file for one in post.messages() if one.file])
        assert post.texts() == [plain(TEXT)]


async def test_what_was_flooded_is_sent_with_its_picture_later(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        put_picture(post)
        post.chat.faults.flood(GROUP.id, seconds=1)
        await post.tell(photo())
        await post.settled()
        assert [one.file is not None for one in post.messages()] == [True]


def test_a_picture_whose_words_are_too_many_follows_them_without_a_sound() -> None:
    long = f"LIVE · head\n{'x' * CAPTION_LIMIT}"
    words, picture = in_messages(photo(long, buttons=YES), mode=Mode.LIVE)
    assert (words.text, words.photo, words.buttons, words.silent) == (long, None, YES, False)
    assert (picture.text, picture.photo, picture.buttons, picture.silent) == ("LIVE · head", NAME, (), True)
    assert picture.key != words.key
