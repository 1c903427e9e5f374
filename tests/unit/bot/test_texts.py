"""Whatever people and shops say: every text is one that Telegram takes, and one that tells what it has to."""

import re
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commands import answers
from bot.text import board
from bot.text import draft as messages
from bot.text.draft import REPEATED, Button, Draft, Rank, caption_of, in_messages, mode_word, plain
from config.products import Mode
from purchasing.model import Episode
from sandbox.telegram_html import parse_html, utf16_length
from tests import strategies as any_of
from tests.builders import A, draft
from tests.unit.bot.texts import RESULTS, TEXTS, Render, Said, every_render
from tests.world import ALERT_WORDS

TEXT_LIMIT, CAPTION_LIMIT, DATA_LIMIT = 4096, 1024, 64

#: Never split: they are sent as they are.
EDITED_OR_URGENT = {
    messages.render_alert,
    messages.render_outcome,
    messages.render_unconfirmed,
    board.render_board,
}

every_text = pytest.mark.parametrize("render", TEXTS, ids=lambda render: render.__name__)
often = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def shown(html: str) -> str:
    """What Telegram shows of it, in the one line in which titles and numbers are looked for."""
    return parse_html(html).text


def drafts(said: Said) -> list[Draft]:
    whole = Draft(key="reply:1", chat=1001, text=said.text, rank=Rank.REPLY, buttons=said.buttons)
    return in_messages(whole, mode=said.mode)


def words_in(line: str) -> list[str]:
    return [word for word in ALERT_WORDS if re.search(rf"\b{word}\b", line)]


def test_every_function_that_makes_a_text_is_tried() -> None:
    assert set(TEXTS) == every_render()


def test_every_change_that_has_words_of_its_own_is_tried() -> None:
    assert set(RESULTS) == set(answers.CHANGES)


@every_text
@often
@given(data=st.data())
def test_any_text_is_one_that_telegram_takes(render: Render, data: st.DataObject) -> None:
    said = data.draw(TEXTS[render])
    made = drafts(said)
    assert render not in EDITED_OR_URGENT or (len(made), made[0].file) == (1, None)
    for one in made:
        if one.file is None:
            assert 0 < utf16_length(shown(one.text + REPEATED)) <= TEXT_LIMIT
        else:
            assert 0 < utf16_length(shown(caption_of(one.text) + REPEATED)) <= CAPTION_LIMIT
            assert plain(one.text).encode()
    for row in said.buttons:
        assert all(one.text.strip() and 0 < len((one.data or "").encode()) <= DATA_LIMIT for one in row)


@every_text
@often
@given(data=st.data())
def test_any_text_tells_its_mode_and_its_products_and_leaves_the_words_of_alerts_to_alerts(
    render: Render, data: st.DataObject
) -> None:
    said = data.draw(TEXTS[render])
    heads = [shown(one.text).removeprefix("Stockbell · ") for one in drafts(said)]
    assert all(head.startswith(mode_word(said.mode)) for head in heads)
    text = shown(said.text)
    assert [tcin for tcin in said.tcins if tcin not in text] == []
    assert [title for title in said.titles if title not in text] == []
    assert render is messages.render_alert or words_in(text) == []


@often
@given(said=TEXTS[messages.render_alert])
def test_the_first_line_of_an_alert_holds_exactly_one_of_its_words(said: Said) -> None:
    first, _, rest = shown(said.text).partition("\n")
    assert len(words_in(first)) == 1
    assert words_in(rest) == []


@often
@given(episode=any_of.episodes(A))
def test_an_alert_of_practice_begins_with_practice(episode: Episode) -> None:
    practice = replace(episode, attempts=tuple(replace(one, mode=Mode.SIMULATE) for one in episode.attempts))
    text = messages.render_alert(practice, mode=Mode.SIMULATE, zone=UTC, link="https://shop.example")
    assert shown(text).startswith("PRACTICE · ")


# ---- long texts


def lines(count: int, length: int = 100) -> str:
    return "\n".join(f"{number:03d} " + "<b>&amp;</b>" + "x" * (length - 5) for number in range(count))


def test_a_text_that_fits_is_one_message_as_it_is() -> None:
    one = draft("PRACTICE · short", buttons=((Button(text="Yes", data="o:1"),),), picture="https://shop.example/1.png")
    assert in_messages(one, mode=Mode.SIMULATE) == [one]


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


@pytest.mark.parametrize("text", [lines(200), "x" * 4500], ids=["many lines", "a line that is too long"])
def test_what_would_be_too_many_messages_is_a_file(text: str) -> None:
    yes = ((Button(text="Yes", data="o:1"),),)
    (one,) = in_messages(draft(text, buttons=yes), mode=Mode.SIMULATE)
    assert (one.file, one.text, one.buttons) == ("stockbell.txt", text, yes)
