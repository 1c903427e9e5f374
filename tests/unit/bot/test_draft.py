"""How a text becomes messages that Telegram takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.draft import CAPTION_LIMIT, TEXT_LIMIT, Button, amended, file_caption, fit, in_messages
from bot.text.markup import cut, shown_length
from config.products import Mode
from tests import strategies as any_of
from tests.builders import draft

# ---- long texts


def lines(count: int, length: int = 100) -> str:
    return "\n".join(f"{number:03d} " + "<b>&amp;</b>" + "x" * (length - 5) for number in range(count))


def test_a_text_that_fits_is_one_message_as_it_is() -> None:
    one = draft("PRACTICE · short", buttons=((Button(text="Yes", data="o:1"),),), picture="https://shop.example/1.png")
    assert in_messages(one, mode=Mode.SIMULATE) == [one]


@pytest.mark.guards("bot", "a long reply is split at lines, a very long one is a file, each part says its mode")
def test_a_long_text_is_split_at_lines_and_nothing_of_it_is_lost() -> None:
    parts = in_messages(draft(lines(100)), mode=Mode.LIVE)
    assert [part.key for part in parts] == ["reply:1", "reply:1:2", "reply:1:3"]
    texts = [parts[0].text, *(part.text.partition("\n")[2] for part in parts[1:])]
    assert "\n".join(texts) == lines(100)
    assert [part.text.partition("\n")[0] for part in parts[1:]] == ["LIVE · 2 of 3", "LIVE · 3 of 3"]


def test_of_the_parts_the_first_sounds_and_has_the_picture_and_the_last_the_buttons() -> None:
    yes = ((Button(text="Yes", data="o:1"),),)
    whole = draft(lines(100), buttons=yes, picture="https://shop.example/1.png", silent=False)
    parts = in_messages(whole, mode=Mode.SIMULATE)
    assert [part.silent for part in parts] == [False, True, True]
    assert [part.picture for part in parts] == ["https://shop.example/1.png", None, None]
    assert [part.buttons for part in parts] == [(), (), yes]


@pytest.mark.parametrize(("count", "messages_"), [(40, 1), (41, 2), (159, 4)])
def test_only_so_many_messages_as_are_needed(count: int, messages_: int) -> None:
    assert len(in_messages(draft(lines(count, 99)), mode=Mode.SIMULATE)) == messages_


@pytest.mark.guards("bot", "a long reply is split at lines, a very long one is a file, each part says its mode")
@pytest.mark.parametrize("text", [lines(200), "x" * 4500], ids=["many lines", "a line that is too long"])
def test_what_would_be_too_many_messages_is_a_file(text: str) -> None:
    yes = ((Button(text="Yes", data="o:1"),),)
    (one,) = in_messages(draft(text, buttons=yes), mode=Mode.SIMULATE)
    assert (one.file, one.text, one.buttons) == ("stockbell.txt", text, yes)
    (named,) = in_messages(draft(text), mode=Mode.SIMULATE, file="stockbell-log-2026-11-29.txt")
    assert named.file == "stockbell-log-2026-11-29.txt"


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        (
            "PRACTICE · <b>the log</b> &amp; more\none\ntwo",
            "PRACTICE · the log &amp; more\nAll 3 lines are in the file.",
        ),
        ("x" * 4500, "x" * 873 + "…\nAll of it is in the file."),
    ],
)
def test_a_file_is_sent_with_its_first_line_and_how_long_it_is(text: str, caption: str) -> None:
    assert file_caption(text) == caption
    assert shown_length(caption) <= CAPTION_LIMIT


# ---- one message


@given(st.lists(any_of.hostile, max_size=30))
def test_what_has_to_be_one_message_is_cut_at_a_line_and_the_rest_is_counted(texts: list[str]) -> None:
    lines = [cut(text, 1000).replace("<", "").replace("&", "") for text in texts]
    fitted = fit(lines, count=len(lines))
    assert shown_length(fitted) <= TEXT_LIMIT + len("\nand 30 more")
    if fitted != "\n".join(lines):
        kept = fitted.split("\n")[:-1]
        assert kept == lines[: len(kept)]
        assert fitted.endswith(f"and {len(lines) - len(kept)} more")


def test_what_has_no_room_is_not_even_asked_for() -> None:
    lines = iter(["x" * 99] * 500)
    assert fit(lines, count=500).endswith("and 460 more")
    assert len(list(lines)) == 459


# ---- a message whose button was pressed


def test_a_pressed_button_goes_alone_or_with_all_that_answer_the_same() -> None:
    yes, no, other = Button(text="Yes", data="o:1"), Button(text="No", data="o:2"), Button(text="Why?", data="/why 1")
    asked = draft("LIVE · Shall I?", buttons=((yes, no), (other,)))
    alone = amended(asked, data="o:1", along=None, line="✓ Done", buttons=())
    assert (alone.text, alone.buttons) == ("LIVE · Shall I?\n✓ Done", ((no,), (other,)))
    assert amended(asked, data="o:1", along="o:", line=None, buttons=()).buttons == ((other,),)


def test_what_came_of_a_press_stands_below_the_mode_word_where_the_rest_has_no_room() -> None:
    full = draft("LIVE · first\n" + "x" * (TEXT_LIMIT - 20))
    assert (
        amended(full, data="o:1", along=None, line="✓ Undone by Bea", buttons=()).text
        == "LIVE · first\n✓ Undone by Bea"
    )
