"""A backup as one file: a zip archive of what must last, with a list of what is in it and its digests."""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

from config.files import open_regular

DATABASE, WATCHLIST = "stockbell.db", "watchlist.toml"
#: What may be in it. The session at the shop is not: whoever has it is signed in as its owner.
MEMBERS = (DATABASE, WATCHLIST)

#: The list of what is in it.
_MANIFEST = "backup.json"
#: The version of the archive's own form.
_FORM = 1
#: What is read at once.
_PIECE = 1 << 20
#: A list is no longer.
_LONGEST_LIST = 1 << 16


#: What the library says of an archive that is none, or is not whole.
_DAMAGE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    msgspec.MsgspecError,
)


class DamagedBackup(Exception):
    """The archive is not one of ours, or not as it was made. The message says why."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One file of an archive, as it was when that was made."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive holds."""

    made_at: datetime
    #: The program's version.
    program: str
    #: The version of the database's schema.
    schema: int
    #: The last event of its journal.
    last_seq: int
    files: tuple[Member, ...]
    form: int = _FORM


def describe_members(folder: Path) -> tuple[Member, ...]:
    """Those of the files that may be backed up which lie in this folder."""
    return tuple(_describe(folder / name) for name in MEMBERS if (folder / name).exists())


def _describe(path: Path) -> Member:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Member(name=path.name, size=path.stat().st_size, sha256=digest)


def pack(archive: Path, folder: Path, manifest: Manifest) -> None:
    """Write a new archive of these files of the folder, for its owner alone, on disk at its end. Raises OSError."""
    with open(archive, "xb", opener=open_regular) as file:
        with zipfile.ZipFile(file, "w", compression=zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            packed.writestr(_MANIFEST, msgspec.json.encode(manifest))
            for member in manifest.files:
                packed.write(folder / member.name, member.name)
        file.flush()
        os.fsync(file.fileno())


def read_manifest(archive: Path) -> Manifest:
    """What it holds, by its own word.

    Raises:
        DamagedBackup: it is none of ours, or can't be read.
        OSError: there is no such file, or it may not be read.
    """
    try:
        with zipfile.ZipFile(archive) as packed, packed.open(_MANIFEST) as file:
            manifest = msgspec.json.decode(file.read(_LONGEST_LIST), type=Manifest)
    except _DAMAGE as error:
        raise DamagedBackup(f"{archive} is no backup of Stockbell, or is damaged: {error}") from error
    if manifest.form > _FORM:
        raise DamagedBackup(f"{archive} is of a newer Stockbell than this one: update it")
    if not {DATABASE} <= {one.name for one in manifest.files} <= set(MEMBERS):
        raise DamagedBackup(f"{archive} is damaged: its list is not that of a backup")
    return manifest


def unpack(archive: Path, folder: Path) -> Manifest:
    """Put its files into an empty folder, each as it was when the archive was made.

    Raises:
        DamagedBackup: some file is not as it was.
        OSError: it can't be read, or there is no room for it.
    """
    manifest = read_manifest(archive)
    try:
        with zipfile.ZipFile(archive) as packed:
            for member in manifest.files:
                with packed.open(member.name) as source:
                    _put(source, folder, member)
    except _DAMAGE as error:
        raise DamagedBackup(f"{archive} is damaged: {error}") from error
    if wrong := [one.name for one in manifest.files if _describe(folder / one.name) != one]:
        raise DamagedBackup(f"{archive} is damaged: {', '.join(wrong)} in it is not as it was")
    return manifest


def _put(source: IO[bytes], folder: Path, member: Member) -> None:
    """No more than it held when it was made: a small archive may unpack to anything."""
    left = member.size + 1
    with open(folder / member.name, "xb", opener=open_regular) as file:
        while left > 0 and (piece := source.read(min(_PIECE, left))):
            file.write(piece)
            left -= len(piece)
        file.flush()
        os.fsync(file.fileno())


def is_archive(path: Path) -> bool:
    """Whether it looks like one; an older program's copy is a bare database. Raises OSError."""
    return zipfile.is_zipfile(path)


def names(members: Sequence[Member]) -> str:
    return " and ".join(one.name for one in members)
