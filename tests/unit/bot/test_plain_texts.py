"""The list of all texts that `make texts` prints."""

from bot.text.draft import Buttons
from bot.text.markup import escape, mode_word
from config.products import Mode
from sandbox.telegram_html import parse_html
from tests.texts import PHONE, SAMPLES, print_texts
from tests.unit.bot.texts import every_render

#: Spoken by a program, or of a program's making, and nothing that a household has to know.
JARGON = ("tcin", "fulfillment", "circuit", "cycle", "unread", "none", "redsky", "429", "403")


def texts_of(name: object) -> list[str]:
    samples: list[str | tuple[str, Buttons]] = list(SAMPLES[name]())  # type: ignore[index]  # a key of it
    return [one if isinstance(one, str) else one[0] for one in samples]


def test_every_function_that_makes_a_text_has_a_plain_sample() -> None:
    assert {one for one in SAMPLES if not isinstance(one, str)} == every_render()
    assert [name for name in SAMPLES if not texts_of(name)] == []


def test_every_sample_is_one_that_telegram_takes_and_begins_with_its_mode() -> None:
    modes = tuple(map(mode_word, Mode))
    for render in every_render():
        for text in texts_of(render):
            shown = parse_html(text).text.removeprefix("Stockbell · ")
            assert shown.startswith(modes) or text.startswith(("Only ", escape("I don't"))), text


def test_no_sample_needs_a_glossary() -> None:
    words = {word: render.__name__ for render in every_render() for text in texts_of(render) for word in text.split()}
    assert {word: where for word, where in words.items() if word.strip(".,:()").lower() in JARGON} == {}


def test_it_is_folded_as_on_a_phone() -> None:
    lines = [line for line in print_texts() if not line.startswith(("=== ", "["))]
    assert max(map(len, lines)) <= PHONE
