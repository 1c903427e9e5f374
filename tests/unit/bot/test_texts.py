"""Whatever people and shops say: every text is one that Telegram takes, and one that tells what it has to."""

import re
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commands.specs import PRESS, SPECS, UNSPOKEN
from bot.text import alerts, board
from bot.text.draft import REPEATED, Button, Draft, Rank, file_caption, in_messages
from bot.text.markup import mode_word, plain
from config.products import Mode
from purchasing.model import Restock
from sandbox.telegram_html import parse_html, utf16_length
from tests import strategies as any_of
from tests.builders import A
from tests.unit.bot.said import Render, Said
from tests.unit.bot.texts import TEXTS, every_render
from tests.unit.bot.texts_of_changes import RESULTS
from tests.world import ALERT_WORDS

TEXT_LIMIT, CAPTION_LIMIT, DATA_LIMIT = 4096, 1024, 64

#: Never split: they are sent as they are.
EDITED_OR_URGENT = {
    alerts.render_alert,
    alerts.render_outcome,
    alerts.render_unconfirmed,
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
    assert {*RESULTS, PRESS} == {spec for spec in (*SPECS, *UNSPOKEN) if spec.is_change}


@pytest.mark.guards("bot", "words of others are escaped, cut, on one line, without signs that turn or hide text")
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
            assert 0 < utf16_length(shown(file_caption(one.text) + REPEATED)) <= CAPTION_LIMIT
            assert plain(one.text).encode()
    for row in said.buttons:
        assert all(one.text.strip() and (one.is_word or _is_pressed(one)) for one in row)


def _is_pressed(button: Button) -> bool:
    return 0 < len((button.data or button.url or "").encode()) <= DATA_LIMIT


@pytest.mark.guards("bot", "an alert's first line has one of its words, no other text has any")
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
    assert render is alerts.render_alert or words_in(text) == []


@pytest.mark.guards("bot", "an alert's first line has one of its words, no other text has any")
@often
@given(said=TEXTS[alerts.render_alert])
def test_the_first_line_of_an_alert_holds_exactly_one_of_its_words(said: Said) -> None:
    first, _, rest = shown(said.text).partition("\n")
    assert len(words_in(first)) == 1
    assert words_in(rest) == []


@often
@given(restock=any_of.restocks(A))
def test_an_alert_of_practice_begins_with_practice(restock: Restock) -> None:
    practice = replace(restock, attempts=tuple(replace(one, mode=Mode.SIMULATE) for one in restock.attempts))
    text = alerts.render_alert(practice, mode=Mode.SIMULATE, zone=UTC)
    assert shown(text).startswith("PRACTICE · ")
