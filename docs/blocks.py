"""The commands that the documents show: each block of them is run by a test, or says why not, in a comment above it.

`<!-- runs: GROUP -->` names who runs it, `<!-- not run: REASON -->` why nobody does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent

#: Who runs blocks, by the name of the group.
GROUPS = {
    "world": "tests/integration/test_documents.py, beside a running service in the practice world",
    "restore": "the same, once that service has ended",
    "compose": "the same, in a folder of its own",
    "make": "make test itself: its targets are there",
    "install": "tests/install, in a root of its own: make install-test",
    "upgrade": "the same, after it",
}
#: Blocks of commands have one of these names after their fence.
_SHELLS = frozenset({"sh", "bash", "shell", "console"})

_FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>[a-z]*)\n(?P<body>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)
_MARK = re.compile(r"<!-- (?:runs: (?P<group>[a-z]+)|not run: (?P<why>[^>]+?)) -->\s*\Z")


class UnmarkedBlock(ValueError):
    """A block of commands says neither who runs it nor why nobody does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Commands as a document shows them."""

    page: str
    line: int
    script: str
    #: Who runs it; None where nobody does, and then why.
    group: str | None
    why: str | None


def read_blocks(text: str, page: str) -> Iterator[Block]:
    """The blocks of commands of a page, in their order.

    Raises:
        UnmarkedBlock: one of them is not marked, or by a group that nobody runs.
    """
    for found in _FENCE.finditer(text):
        if found["kind"] not in _SHELLS:
            continue
        before = text[: found.start()]
        line = before.count("\n") + 1
        mark = _MARK.search(before)
        if mark is None or (mark["group"] is not None and mark["group"] not in GROUPS):
            raise UnmarkedBlock(f"{page}:{line}: who runs these commands? `<!-- runs: {' | '.join(GROUPS)} -->`")
        script = "".join(one.removeprefix(found["indent"]) for one in found["body"].splitlines(keepends=True))
        yield Block(page=page, line=line, script=script, group=mark["group"], why=mark["why"])


def pages() -> list[Path]:
    """Every document that people read."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def all_blocks() -> list[Block]:
    return [
        block
        for page in pages()
        for block in read_blocks(page.read_text(encoding="utf-8"), page.relative_to(ROOT).as_posix())
    ]
