"""What the markers say is printed as it is said, and a marker that says nothing is refused."""

from pathlib import Path

import pytest

from docs.guards import PACKAGES, TESTS, Guard, WrongMarker, find_guards, print_guards

SLOT = '@pytest.mark.guards("purchasing", "one attempt in the slot")\n'
STOP = '@pytest.mark.guards("bot", "a stop is a stop")\n'


def folder_with(folder: Path, **files: str) -> Path:
    """A folder with these files of tests."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(f"import pytest\n\n{text}")
    return folder


def test_the_tests_of_this_house_name_guards_of_every_package() -> None:
    assert {guard.package for guard in find_guards(TESTS)} == set(PACKAGES)


def test_a_guard_is_printed_once_with_all_its_folder_with_the_table_of_its_package(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path,
        test_ledger=f"{SLOT}def test_one(): ...\n\n{STOP}@pytest.mark.timeout(5)\n{SLOT}def test_two(): ...",
        test_words=f"{STOP}async def test_three(): ...",
    )
    assert list(print_guards(folder)) == [
        "| guard of `purchasing/` | missed by |",
        "|---|---|",
        "| one attempt in the slot | `test_ledger.py::test_one`, `test_ledger.py::test_two` |",
        "",
        "| guard of `bot/` | missed by |",
        "|---|---|",
        "| a stop is a stop | `test_ledger.py::test_two`, `test_words.py::test_three` |",
        "",
    ]


def test_what_is_marked_without_a_guard_is_none(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, test_a="@pytest.mark.browser\n@pytest.mark.timeout(5)\ndef test_one(): ...")
    assert find_guards(folder) == []


def test_a_guard_is_known_by_its_package_its_words_and_its_test(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, test_a=f"{SLOT}class TestSlot: ...")
    assert find_guards(folder) == [
        Guard(package="purchasing", law="one attempt in the slot", test="test_a.py::TestSlot")
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"{SLOT}{SLOT}def test_one(): ...", "test_a.py::test_one guards 'one attempt in the slot' twice"),
        (f"{SLOT}def helper(): ...", "test_a.py:3 marks no test"),
        (f"pytestmark = {SLOT[1:]}", "test_a.py:3 marks no test"),
        ("@pytest.mark.guards()\ndef test_one(): ...", "test_a.py:3: a marker names one of"),
        ('@pytest.mark.guards("bot")\ndef test_one(): ...', "test_a.py:3: a marker names one of"),
        ('@pytest.mark.guards("bot", "")\ndef test_one(): ...', "test_a.py:3: a marker names one of"),
        ('@pytest.mark.guards("attic", "dust")\ndef test_one(): ...', "test_a.py:3: a marker names one of"),
        ('@pytest.mark.guards("bot", LAW)\ndef test_one(): ...', "test_a.py:3: a marker names one of"),
        (
            f'{SLOT}def test_one(): ...\n\n@pytest.mark.guards("bot", "one attempt in the slot")\ndef test_two(): ...',
            "test_a.py::test_two: 'one attempt in the slot' stands for another package too",
        ),
    ],
    ids=["twice", "a helper", "a file", "nothing", "no guard", "no words", "no package", "no text", "two packages"],
)
def test_a_marker_that_does_not_say_which_guard_is_refused_with_its_place(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(WrongMarker) as wrong:
        find_guards(folder_with(tmp_path, test_a=text))
    assert str(wrong.value).startswith(why)
