"""Every command of the documents is run by somebody, or says why not; and none names what there is not."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from bot.cli.main import cli
from docs.blocks import GROUPS, ROOT, UnmarkedBlock, all_blocks, pages, read_blocks

_INLINE = re.compile(r"`(?:\.venv/bin/)?stockbell ([a-z]+)((?: --[a-z-]+)*)")
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")


def test_a_block_says_who_runs_it_or_why_nobody_does() -> None:
    blocks = all_blocks()
    assert {block.group for block in blocks if block.group} == set(GROUPS)
    assert all(len((block.why or "").split()) > 3 for block in blocks if block.group is None)


@pytest.mark.parametrize("mark", ["", "<!-- runs: somebody -->\n", "<!-- runs: world -->\nAnd then:\n"])
def test_a_block_that_nobody_runs_is_found(mark: str) -> None:
    with pytest.raises(UnmarkedBlock, match=r"page\.md:"):
        list(read_blocks(f"Words.\n\n{mark}```sh\nstockbell run\n```\n", "page.md"))


def test_a_block_in_a_list_is_read_without_its_indent_and_other_kinds_are_none() -> None:
    page = "1. So:\n\n   <!-- runs: world -->\n   ```sh\n   a\n     b\n   ```\n\n```ini\nA=b\n```\n"
    (block,) = read_blocks(page, "page.md")
    assert (block.script, block.line, block.group) == ("a\n  b\n", 4, "world")


@pytest.mark.parametrize("page", pages(), ids=lambda path: path.name)
def test_every_command_that_a_page_names_is_one(page: Path) -> None:
    verbs = get_command(cli).commands  # type: ignore[attr-defined]  # it is a group
    for verb, options in _INLINE.findall(page.read_text(encoding="utf-8")):
        assert verb in verbs, f"stockbell {verb}"
        known = {one for parameter in verbs[verb].params for one in parameter.opts}
        assert set(options.split()) <= known, f"stockbell {verb}{options}"


@pytest.mark.parametrize("page", pages(), ids=lambda path: path.name)
def test_every_link_within_the_documents_leads_to_a_page_and_its_heading(page: Path) -> None:
    for target, heading in _LINK.findall(page.read_text(encoding="utf-8")):
        there = page if not target else (page.parent / target).resolve()
        assert there.exists(), target
        if heading and there.suffix == ".md":
            assert heading in _headings(there), f"{target}#{heading}"


def _headings(page: Path) -> set[str]:
    """As they are linked to."""
    lines = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).strip().replace(" ", "-") for line in lines}


def test_the_documents_of_an_installation_are_there() -> None:
    names = {page.name for page in (ROOT / "docs").glob("*.md")}
    assert {"install.md", "going-live.md", "operations.md", "troubleshooting.md", "security.md"} <= names
