"""The figures of a house of a few made-up rooms are those that one counts by hand."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from docs.shape import MOST_FLAT, MOST_LINES_OF_CLASS, MOST_LINES_OF_FILE, Graph, Shape, Sized, count, find_broken, rows

ROOT = Path(__file__).parents[3]


def house(folder: Path, files: Mapping[str, str]) -> Path:
    """A checkout that holds these files and nothing else."""
    for name, text in {"bot/__init__.py": "", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def shape_of(folder: Path, files: Mapping[str, str]) -> Shape:
    return count(house(folder, files))


# ---- rooms, arrows, floors


@pytest.mark.parametrize(
    ("files", "graph"),
    [
        ({"bot/a.py": "", "bot/b.py": ""}, Graph(rooms=2, arrows=0, floors=1, in_circles=())),
        (
            {"bot/a.py": "from bot.b import x\nfrom bot.c import y", "bot/b.py": "import bot.c", "bot/c.py": ""},
            Graph(rooms=3, arrows=3, floors=3, in_circles=()),
        ),
        (
            {"bot/a.py": "from bot import b", "bot/b.py": "from bot.c import x", "bot/c.py": "from bot.b import x"},
            Graph(rooms=3, arrows=3, floors=2, in_circles=("bot.b", "bot.c")),
        ),
        (
            {"bot/a.py": "from . import b\nfrom .b import x\nfrom .text import y", "bot/b.py": "", "bot/text.py": ""},
            Graph(rooms=3, arrows=2, floors=2, in_circles=()),
        ),
        (
            {"bot/a.py": "def late():\n    from bot.b import x", "bot/b.py": "import os\nfrom monitor.c import z"},
            Graph(rooms=2, arrows=1, floors=2, in_circles=()),
        ),
    ],
    ids=["apart", "a way of three", "a circle is one floor", "relative", "late, and of other packages"],
)
def test_floors_are_the_rooms_of_the_longest_way(tmp_path: Path, files: Mapping[str, str], graph: Graph) -> None:
    assert shape_of(tmp_path, files).graphs["bot"] == graph


def test_the_door_of_a_folder_is_a_room_if_it_imports_or_is_imported(tmp_path: Path) -> None:
    files = {
        "bot/a.py": "from bot.text import render",
        "bot/text/__init__.py": "from bot.text.draft import render",
        "bot/text/draft.py": "",
        "bot/web/__init__.py": '"""The web side."""',
    }
    assert shape_of(tmp_path, files).graphs["bot"] == Graph(rooms=3, arrows=2, floors=3, in_circles=())


def test_a_folder_is_one_room_among_the_files_beside_it(tmp_path: Path) -> None:
    files = {
        "bot/app.py": "from bot.text.alerts import a\nfrom bot.text.draft import b",
        "bot/text/alerts.py": "from bot.text.draft import b",
        "bot/text/draft.py": "",
    }
    shape = shape_of(tmp_path, files)
    assert shape.graphs["bot"] == Graph(rooms=3, arrows=3, floors=3, in_circles=())
    assert shape.by_folder["bot"] == Graph(rooms=2, arrows=1, floors=2, in_circles=())


# ---- sizes


def test_files_are_flat_where_they_lie_in_the_same_folder(tmp_path: Path) -> None:
    files = {"bot/a.py": "", "bot/text/a.py": "", "bot/text/b.py": "", "bot/text/__init__.py": ""}
    assert shape_of(tmp_path, files).flat == Sized(2, "bot/text/")


def test_the_largest_file_and_class_and_the_long_functions_are_found(tmp_path: Path) -> None:
    body = "    x = 1\n"
    files = {
        "bot/a.py": "class A:\n" + body * 60,
        "monitor/b.py": "def just():\n" + body * 39 + "async def over():\n" + body * 40 + "def far():\n" + body * 45,
    }
    shape = shape_of(tmp_path, files)
    assert shape.file == Sized(127, "monitor/b.py")
    assert shape.type == Sized(61, "A in bot/a.py")
    assert shape.long == ("monitor/b.py:41 over", "monitor/b.py:82 far")
    assert shape.too_long == ("monitor/b.py:82 far",)


def test_comments_docstrings_and_empty_lines_are_no_code(tmp_path: Path) -> None:
    head = '"""A room.\n\nIt is small."""\n\n# why\nx = [\n    1,\n]\n'
    function = 'def f(\n    a,\n):\n    """Says."""\n    return """\n\n"""\n'
    shape = shape_of(tmp_path, {"bot/a.py": head + function})
    assert (shape.lines, shape.lines_of_code) == (8 + 7, 3 + 6)


# ---- names


def test_names_that_stand_twice_are_found_over_all_packages_but_not_inside_a_class(tmp_path: Path) -> None:
    files = {
        "bot/a.py": "class Move: ...\nclass Other:\n    class Inner: ...",
        "monitor/b.py": "class Move: ...\nclass More:\n    class Inner: ...",
    }
    assert shape_of(tmp_path, files).doubles == ("Move (monitor/b.py:1, bot/a.py:1)",)


def test_names_that_say_too_little_are_found_wherever_they_are_given(tmp_path: Path) -> None:
    text = "def was_told(self, said):\n    told = [found for found in said]\n    return told, self.was_shown()\n"
    shape = shape_of(tmp_path, {"bot/a.py": text})
    assert shape.was == ("bot/a.py:1 was_told",)
    assert sorted(shape.vague) == ["bot/a.py:1 said", "bot/a.py:2 found", "bot/a.py:2 told"]


def test_a_field_may_be_called_as_it_is_stored(tmp_path: Path) -> None:
    text = "class Seen:\n    found: int = 0\n    def look(self):\n        found: int = 1\n        return found\n"
    assert shape_of(tmp_path, {"bot/a.py": text}).vague == ("bot/a.py:4 found",)


def test_string_keys_are_counted_where_events_and_commands_are_known(tmp_path: Path) -> None:
    read = "def read(body: Json): return body['tcin']"
    files = {"bot/a.py": read, "purchasing/b.py": read, "monitor/c.py": read}
    assert shape_of(tmp_path, files).string_keys == ("purchasing/b.py:1", "bot/a.py:1")


# ---- what is printed


def test_a_house_within_its_bounds_breaks_none(tmp_path: Path) -> None:
    assert list(find_broken(shape_of(tmp_path, {"bot/a.py": "def far():\n" + "    x = 1\n" * 50}))) == []


@pytest.mark.parametrize(
    ("files", "broken"),
    [
        ({f"bot/a{number}.py": "" for number in range(MOST_FLAT + 1)}, "files flat"),
        ({"bot/a.py": "x = 1\n" * (MOST_LINES_OF_FILE + 1)}, "a file over"),
        ({"bot/a.py": "class A:\n" + "    x = 1\n" * MOST_LINES_OF_CLASS}, "a class over"),
        ({"bot/a.py": "".join(f"def f{n}():\n" + "    x = 1\n" * 50 for n in range(4))}, "functions over"),
        ({"bot/a.py": "def read(body: Json): return body['tcin']"}, "string keys"),
        ({"bot/a.py": "class A: ...", "monitor/a.py": "class A: ..."}, "stand twice"),
        ({"bot/a.py": "def was_shown(): ..."}, "was_"),
        ({"bot/a.py": "told = 1"}, "told, found or said"),
    ],
)
def test_a_bound_that_is_broken_is_told_with_its_place(tmp_path: Path, files: Mapping[str, str], broken: str) -> None:
    lines = list(find_broken(shape_of(tmp_path, files)))
    assert len(lines) == 1
    assert broken in lines[0]
    assert "bot/" in lines[0]


def test_another_checkout_is_counted_and_two_are_printed_side_by_side(tmp_path: Path) -> None:
    old = house(tmp_path / "old", {"bot/a.py": "def was_shown(): ..."})
    new = house(tmp_path / "new", {"bot/a.py": "def mark_shown(): ...\n"})
    table = run("--root", str(new), "--before", str(old)).stdout.splitlines()
    assert table[0] == "| figure | before | now |"
    assert "| methods named `was_…` | 1 | 0 |" in table
    assert len(table) == 2 + len(rows(count(new)))
    assert run("--root", str(new), "--check").returncode == 0
    refused = run("--root", str(old), "--check")
    assert (refused.returncode, refused.stderr) == (1, "methods named was_…: bot/a.py:1 was_shown\n")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "docs.shape", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
