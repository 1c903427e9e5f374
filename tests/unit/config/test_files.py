import os
import stat
from pathlib import Path

import pytest

from config.files import open_regular, replace_private


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    with open(tmp_path / "new", "a", encoding="utf-8", opener=open_regular) as file:
        file.write("line\n")
    assert (tmp_path / "new").read_text() == "line\n"
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


@pytest.mark.guards("config", "a file in the data directory is never waited for, and read only so far")
@pytest.mark.parametrize("mode", ["rb", "ab"])
def test_a_pipe_is_refused_to_read_and_to_write(tmp_path: Path, mode: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with (
        pytest.raises(OSError, match=r"Not a regular file|No such device"),
        open(tmp_path / "pipe", mode, opener=open_regular),
    ):
        pass


def test_a_directory_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), open(tmp_path, "rb", opener=open_regular):
        pass


def test_what_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), open(tmp_path / "none", "rb", opener=open_regular):
        pass


def test_a_file_is_replaced_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "session.json"
    file.write_text("something longer than what comes")
    file.chmod(0o644)
    replace_private(file, b"new")
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"new", 0o600)
    assert [one.name for one in tmp_path.iterdir()] == ["session.json"]


def test_what_can_t_be_replaced_stands(tmp_path: Path) -> None:
    folder = tmp_path / "session.json"
    folder.mkdir()
    with pytest.raises(IsADirectoryError):
        replace_private(folder, b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["session.json"]
