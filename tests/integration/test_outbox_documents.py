"""Long replies: several messages, or a file."""

from pathlib import Path

import pytest

from bot.text.draft import REPEATED, Button, in_messages
from bot.text.markup import plain
from config.products import Mode
from tests.builders import draft
from tests.integration.post import GROUP, new_post

NAME = "stockbell-log-2026-11-29.txt"
YES = ((Button(text="Yes", data="o:1"),),)


def lines(count: int) -> str:
    return "\n".join(
        ["PRACTICE · <b>the</b> &amp; last lines", *(f"{n:04d} " + "&lt;x&gt;" * 20 for n in range(count))]
    )


@pytest.mark.guards("bot", "a long reply is split at lines, a very long one is a file, each part says its mode")
async def test_a_long_reply_arrives_in_messages_that_follow_each_other(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        await post.tell(*in_messages(draft(lines(150), chat=GROUP.id, buttons=YES), mode=Mode.SIMULATE))
        await post.settled()
        first, *others = post.texts()
        told = [first, *(text.partition("\n")[2] for text in others)]
        assert "\n".join(told) == plain(lines(150))
        assert [text.partition("\n")[0] for text in others] == ["PRACTICE · 2 of 3", "PRACTICE · 3 of 3"]
        assert [bool(one.buttons) for one in post.messages()] == [False, False, True]


@pytest.mark.guards("bot", "a long reply is split at lines, a very long one is a file, each part says its mode")
async def test_a_very_long_reply_arrives_as_a_file_with_its_first_line(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        whole = draft(lines(1000), chat=GROUP.id, buttons=YES, silent=True)
        await post.tell(*in_messages(whole, mode=Mode.SIMULATE, file=NAME))
        await post.settled()
        (message,) = post.messages()
        assert message.file is not None
        assert (message.file.name, message.file.mime) == (NAME, "text/plain")
        assert message.file.content.decode() == plain(lines(1000))
        assert (message.text, message.silent) == ("PRACTICE · the & last lines\nAll 1,001 lines are in the file.", True)
        assert message.buttons[0][0].data == "o:1"


async def test_a_file_whose_answer_is_lost_is_sent_again_and_says_so(tmp_path: Path) -> None:
    async with new_post(tmp_path) as post:
        post.chat.faults.lose_after("sendDocument")
        await post.tell(*in_messages(draft(lines(1000), chat=GROUP.id), mode=Mode.SIMULATE))
        await post.settled()
        assert [one.text.endswith(plain(REPEATED).strip()) for one in post.messages()] == [False, True]


async def test_a_file_is_kept_over_a_restart(tmp_path: Path) -> None:
    async with new_post(tmp_path, begin=False) as post:
        await post.tell(*in_messages(draft(lines(1000), chat=GROUP.id), mode=Mode.SIMULATE, file=NAME))
        post.new_outbox()
        post.start()
        await post.until(lambda: [one.file for one in post.messages() if one.file])
        (file,) = [one.file for one in post.messages() if one.file]
        assert (file.name, file.content.decode()) == (NAME, plain(lines(1000)))
