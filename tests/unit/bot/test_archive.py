"""A backup's archive holds what was put into it, or is refused: whatever was done to it since."""

import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.cli.archive import DamagedBackup, Manifest, Member, describe_members, pack, read_manifest, unpack
from bot.cli.data_dir import move_aside
from tests.builders import AT

DATABASE, LIST = b"not really a database" * 1000, b"[[product]]\n"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "held"
    folder.mkdir()
    (folder / "stockbell.db").write_bytes(DATABASE)
    (folder / "watchlist.toml").write_bytes(LIST)
    (folder / "session.json").write_text("a secret")
    manifest = Manifest(made_at=AT, program="0.1.0", schema=4, last_seq=7, files=describe_members(folder))
    pack(tmp_path / "archive", folder, manifest)
    return tmp_path / "archive"


def write_anew(archive: Path, **members: bytes) -> None:
    """Another archive with these members, each of which is sound as the archive sees it."""
    with zipfile.ZipFile(archive, "w") as packed:
        for name, content in members.items():
            packed.writestr(name.replace("_", "."), content)


def listed(archive: Path, **more: Any) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(read_manifest(archive), **more))


def test_what_was_put_in_comes_out_as_it_was_for_its_owner_alone_and_the_session_is_not_in_it(
    archive: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    assert unpack(archive, tmp_path / "out") == read_manifest(archive)
    out = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert out == {"stockbell.db": DATABASE, "watchlist.toml": LIST}
    assert {path.stat().st_mode & 0o777 for path in [archive, *(tmp_path / "out").iterdir()]} == {0o600}


@pytest.mark.guards("bot", "a backup that is damaged, or newer, changes nothing")
@pytest.mark.parametrize("content", [DATABASE.replace(b"not", b"yes", 1), DATABASE + b"more", DATABASE[:-1], b""])
def test_a_member_that_is_not_as_it_was_is_found_though_the_archive_is_sound(
    archive: Path, tmp_path: Path, content: bytes
) -> None:
    manifest = listed(archive)
    write_anew(archive, backup_json=manifest, stockbell_db=content, watchlist_toml=LIST)
    (tmp_path / "out").mkdir()
    with pytest.raises(DamagedBackup, match=r"stockbell\.db in it is not as it was"):
        unpack(archive, tmp_path / "out")
    assert (tmp_path / "out" / "stockbell.db").stat().st_size <= len(DATABASE) + 1


def test_nothing_is_put_anywhere_but_what_a_backup_holds(archive: Path) -> None:
    own = read_manifest(archive).files
    for files in (own[1:], (*own, Member(name="../session.json", size=1, sha256="0")), ()):
        manifest = listed(archive, files=files)
        write_anew(archive, backup_json=manifest, stockbell_db=DATABASE, watchlist_toml=LIST)
        with pytest.raises(DamagedBackup, match="its list is not that of a backup"):
            read_manifest(archive)
        write_anew(archive, backup_json=listed_of(own), stockbell_db=DATABASE, watchlist_toml=LIST)


def listed_of(files: tuple[Member, ...]) -> bytes:
    return msgspec.json.encode(Manifest(made_at=AT, program="0.1.0", schema=4, last_seq=7, files=files))


def test_what_is_set_aside_twice_in_a_second_lies_in_two_folders(tmp_path: Path) -> None:
    asides = []
    for _ in range(3):
        (tmp_path / "stockbell.db").write_bytes(DATABASE)
        asides.append(move_aside(tmp_path, at=AT))
    assert move_aside(tmp_path, at=AT) is None
    assert len(set(asides)) == 3
    assert all(folder is not None and (folder / "stockbell.db").read_bytes() == DATABASE for folder in asides)


def test_an_archive_of_a_newer_form_or_of_another_program_is_told_as_such(archive: Path) -> None:
    manifest = listed(archive, form=2)
    write_anew(archive, backup_json=manifest, stockbell_db=DATABASE)
    with pytest.raises(DamagedBackup, match="of a newer Stockbell"):
        read_manifest(archive)
    write_anew(archive, readme_txt=b"hello")
    with pytest.raises(DamagedBackup, match="is no backup of Stockbell"):
        read_manifest(archive)
