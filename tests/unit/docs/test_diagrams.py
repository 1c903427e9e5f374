import subprocess
import sys
from pathlib import Path

from docs.diagrams import PAGE, is_current, page
from purchasing.rules.state_machine import PRODUCT, STEPS

ROOT = Path(__file__).parents[3]


def test_the_page_on_disk_is_what_the_tables_say() -> None:
    assert PAGE.read_text() == page()
    assert is_current()


def test_every_arrow_is_drawn_once_and_no_other() -> None:
    steps, states = (set(drawn.splitlines()) for drawn in page().split("```mermaid")[1:])
    for lines, table in ((steps, STEPS), (states, PRODUCT)):
        arrows = {line.strip() for line in lines if "-->" in line and "[*]" not in line}
        assert arrows == {f"{before} --> {after}" for before, after_all in table.items() for after in after_all}


def test_a_page_that_is_out_of_date_is_one_clear_line_until_it_is_printed_anew(tmp_path: Path) -> None:
    house = house_with_page(tmp_path, "# Something old\n")
    stale = run(house, "--check")
    assert stale.returncode == 1
    assert stale.stderr == "docs/states.md is out of date: run `python -m docs.diagrams`\n"
    assert run(house).returncode == 0
    assert (house / "docs" / "states.md").read_text() == page()
    assert run(house, "--check").returncode == 0


def house_with_page(folder: Path, text: str) -> Path:
    """A copy of the generator beside the real rooms, with this as its page."""
    (folder / "docs").mkdir()
    for name in ("__init__.py", "diagrams.py"):
        (folder / "docs" / name).write_text((ROOT / "docs" / name).read_text())
    (folder / "docs" / "states.md").write_text(text)
    for room in ("purchasing", "monitor", "config"):
        (folder / room).symlink_to(ROOT / room)
    return folder


def run(where: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "docs.diagrams", *words], cwd=where, capture_output=True, text=True, check=False
    )
