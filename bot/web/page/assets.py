"""The files that the page needs, held in memory: they are few, small, and the same until the next start."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".LICENSE": "text/plain"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    body: bytes
    media_type: str
    #: By which a browser that has it already learns that it is the same.
    etag: str


@cache
def load_assets() -> Mapping[str, Asset]:
    """By their names. Read when the first of them is asked for."""
    return {path.name: _load(path) for path in STATIC.iterdir() if path.suffix in _TYPES}


def _load(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(body=body, media_type=_TYPES[path.suffix], etag=f'"{sha256(body).hexdigest()[:32]}"')


@cache
def page_version() -> str:
    """Of the page and all its files together."""
    parts = [asset.etag for asset in load_assets().values()]
    templates = [path.read_bytes() for path in sorted(TEMPLATES.iterdir())]
    return sha256(b"".join([*map(str.encode, sorted(parts)), *templates])).hexdigest()[:16]
