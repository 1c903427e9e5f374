import re
from pathlib import Path

import pytest

from bot.commands.specs import SPECS
from config.settings import known_variables
from docs.settings_words import MEANS
from docs.tables import BLOCKS, NoSuchBlock, find_stale, print_commands, print_settings, put_block

ROOT = Path(__file__).parents[3]


def test_every_page_on_disk_is_what_the_code_says() -> None:
    assert find_stale() == [], "run `python -m docs.tables`"


def test_every_command_has_its_line_in_the_readme_and_its_words_on_the_page_of_the_chat() -> None:
    lines = list(print_commands())[2:]
    assert len(lines) == len(SPECS)
    told = (ROOT / "docs" / "chat.md").read_text()
    assert [spec.name for spec in SPECS if not re.search(rf"`/{spec.name}\b", told)] == []


def test_every_variable_has_its_line_and_its_sentence_and_no_other_has() -> None:
    listed = [line.split("`")[1] for line in print_settings() if line.startswith("| `STOCKBELL_")]
    assert sorted(listed) == sorted(known_variables())
    assert set(MEANS) == set(known_variables())


def test_a_default_and_a_range_are_those_of_the_settings() -> None:
    lines = {line.split("`")[1]: line for line in print_settings() if line.startswith("| `STOCKBELL_")}
    assert "| `15` | above 0 to 86,400 |" in lines["STOCKBELL_MONITOR__EVERY_MIN_S"]
    assert "| none | whole, from 1 |" in lines["STOCKBELL_MONITOR__BUDGET_PER_MINUTE"]
    assert "| `simulate` | `simulate` or `rehearse` or `live` |" in lines["STOCKBELL_PURCHASING__MODE"]
    assert "| `[]` | a JSON list of ids |" in lines["STOCKBELL_TELEGRAM__OWNERS"]


def test_a_page_without_its_block_is_refused() -> None:
    with pytest.raises(NoSuchBlock, match="settings"):
        put_block("# A page\n", "settings", iter(["a line"]))


def test_a_block_is_put_in_its_place_and_nowhere_else() -> None:
    page = "before\n<!-- commands -->\nold\n<!-- /commands -->\nafter\n"
    put = put_block(page, "commands", iter(["new"]))
    assert put == "before\n<!-- commands -->\n\nnew\n\n<!-- /commands -->\nafter\n"
    assert put_block(put, "commands", iter(["new"])) == put


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    links = [
        (page.name, target)
        for page in pages
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)|src=\"([^\"]+)\"", page.read_text())
        for target in target
        if target and not (page.parent / target).exists()
    ]
    assert links == []
    assert {page for page, _ in BLOCKS.values()} <= {str(page.relative_to(ROOT)) for page in pages}


def test_files_that_a_page_names_are_there() -> None:
    named = re.compile(r"`((?:bot|config|docs|monitor|purchasing|sandbox|tests)/[\w/.]+)`")
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    gone = [
        (page.name, path)
        for page in pages
        for path in named.findall(page.read_text())
        if not (ROOT / path).exists() and "_N" not in path
    ]
    assert gone == []
