"""Prints what the pages tell of commands, settings, files, guards, events and markers, or with `--check` compares it.

A page holds a block between `<!-- name -->` and `<!-- /name -->`; everything around it is written by hand.
"""

import ast
import re
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from configparser import ConfigParser
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bot.commands.spec import AsksBack, Lateness, Spec
from bot.commands.specs import SPECS
from config.settings import NESTING, PREFIX, Settings, known_variables
from docs.events import print_events
from docs.guards import WrongMarker, print_guards
from docs.markers import print_markers, print_texts
from docs.settings_words import MEANS
from docs.shipped import print_licences

ROOT = Path(__file__).parent.parent
ROOMS: Mapping[str, str] = {
    "config": "what the owner says, and what the process is handed",
    "monitor": "watches, and buys nothing",
    "purchasing": "decides, buys at most once, remembers",
    "bot": "tells and listens; the top room, so also the wiring",
    "sandbox": "the outside world for practice, tests and benchmarks",
}

Lines = Iterator[str]


class NoSuchBlock(LookupError):
    """The page holds no block of this name."""


# ---- commands


def print_commands() -> Lines:
    yield "| command | who | what it does |"
    yield "|---|---|---|"
    for spec in SPECS:
        yield f"| {_command(spec)} | {_who(spec)} | {spec.help}{_notes(spec)} |"


def _command(spec: Spec) -> str:
    aliases = "".join(f", `/{alias}`" for alias in spec.aliases)
    return f"`{f'/{spec.name} {spec.usage}'.strip()}`{aliases}"


def _who(spec: Spec) -> str:
    return f"{spec.role.word}, private chat" if spec.private else spec.role.word


def _notes(spec: Spec) -> str:
    notes = {
        "; may ask first": spec.asks_back is AsksBack.BY_BUTTON,
        "; asks for a code": spec.asks_back is AsksBack.BY_CODE,
        "; refused when late": spec.lateness is Lateness.SOON_OR_NEVER,
    }
    return "".join(note for note, is_so in notes.items() if is_so)


# ---- settings


def print_settings() -> Lines:
    defaults = _defaults()
    for group, names in _groups().items():
        yield f"## {group}"
        yield ""
        yield "| variable | default | may be | what it does |"
        yield "|---|---|---|---|"
        for name in names:
            default, wish = defaults[name]
            yield f"| `{name}` | {default} | {wish} | {MEANS[name]} |"
        yield ""


def _groups() -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name in known_variables():
        group, nested, _ = name.removeprefix(PREFIX).partition(NESTING)
        groups.setdefault(group.capitalize() if nested else "The whole", []).append(name)
    return groups


def _defaults() -> dict[str, tuple[str, str]]:
    """Each variable's default and what it may be."""
    told = {
        f"{PREFIX}DATA_DIR": ("`./data`", "a path"),
        f"{PREFIX}TIMEZONE": ("the system's", "a zone's name"),
        f"{PREFIX}OUTLETS": ("`[]`", "a JSON list of addresses"),
    }
    for group, field in Settings.model_fields.items():
        kind = field.annotation
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            continue
        schema = kind.model_json_schema()
        for name, shape in schema["properties"].items():
            whole = shape | schema.get("$defs", {}).get(shape.get("$ref", "").rpartition("/")[2], {})
            wish = "an address" if name.endswith("url") else _say_shape(whole)
            told[f"{PREFIX}{group}{NESTING}{name}".upper()] = (_say_default(whole["default"]), wish)
    return told


def _say_default(value: object) -> str:
    if value is None:
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _say_shape(shape: Mapping[str, Any]) -> str:
    one = next(iter(shape["anyOf"]), {}) if "anyOf" in shape else shape
    if "enum" in one:
        return " or ".join(f"`{word}`" for word in one["enum"])
    if one["type"] == "array":
        return "a JSON list of ids" if one["items"]["type"] == "integer" else "a JSON list of texts"
    if one["type"] in {"number", "integer"}:
        return " ".join(filter(None, ["whole," if one["type"] == "integer" else "", _say_range(one)]))
    words = {"boolean": "`true` or `false`", "string": "text"}
    return {"path": "a path"}.get(one.get("format", ""), words[one["type"]])


def _say_range(shape: Mapping[str, Any]) -> str:
    said = [
        f"{word} {shape[key]:,g}"
        for key, word in (("exclusiveMinimum", "above"), ("minimum", "from"), ("maximum", "to"))
        if key in shape
    ]
    return ", ".join(said).replace(", to", " to")


# ---- files


def print_files() -> Lines:
    pure = _pure_modules()
    for room, what in ROOMS.items():
        yield f"### {room}/: {what}"
        yield ""
        yield "| file | what it does |"
        yield "|---|---|"
        for path in _by_folder(ROOT / room):
            sentence = _first_sentence(path)
            if sentence is not None:
                module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                mark = " **P**" if any(f"{module}.".startswith(f"{name}.") for name in pure) else ""
                file = path.relative_to(ROOT / room).as_posix().removesuffix("__init__.py")
                title = f"**`{file}`**" if file.endswith("/") else f"`{file}`"
                yield f"| {title}{mark} | {sentence} |"
        yield ""


def _by_folder(room: Path) -> list[Path]:
    """The files that lie directly in a folder, then each folder in it, which begins with what it says of itself."""

    def place(path: Path) -> tuple[tuple[str, ...], bool, str]:
        return path.parent.parts, path.name != "__init__.py", path.name

    return sorted(room.rglob("*.py"), key=place)


def _pure_modules() -> frozenset[str]:
    """Modules, and whole packages."""
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    return frozenset(contracts["importlinter:contract:pure"]["source_modules"].split())


def _first_sentence(path: Path) -> str | None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    if docstring is None:
        return None
    paragraph = " ".join(docstring.partition("\n\n")[0].split())
    return re.split(r"(?<=\.)\s", paragraph)[0].rstrip(".").replace("|", "\\|") + "."


# ---- pages

#: Each block by its name: the page that holds it, and what prints it.
BLOCKS: Mapping[str, tuple[str, Callable[[], Lines]]] = {
    "commands": ("README.md", print_commands),
    "settings": ("docs/settings.md", print_settings),
    "files": ("docs/architecture.md", print_files),
    "guards": ("docs/reliability.md", print_guards),
    "events": ("docs/events.md", print_events),
    "licences": ("docs/licences.md", print_licences),
    "markers": ("docs/markers.md", print_markers),
    "texts": ("docs/markers.md", print_texts),
}


def put_block(page: str, name: str, lines: Lines) -> str:
    """The page with this block printed anew."""
    block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    body = "\n".join(lines).strip()
    put, count = block.subn(lambda found: f"{found[1]}\n{body}\n\n{found[2]}", page)
    if count != 1:
        raise NoSuchBlock(f"there is no block {name}")
    return put


def find_stale() -> list[str]:
    """The pages whose block is not what the code says."""
    return [page for name, (page, lines) in BLOCKS.items() if _printed(page, name, lines) != (ROOT / page).read_text()]


def _printed(page: str, name: str, lines: Callable[[], Lines]) -> str:
    return put_block((ROOT / page).read_text(), name, lines())


def main() -> None:
    parser = ArgumentParser(prog="python -m docs.tables", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the pages on disk; exit 1 if one differs")
    try:
        if not parser.parse_args().check:
            for name, (page, lines) in BLOCKS.items():
                (ROOT / page).write_text(_printed(page, name, lines))
        elif stale := find_stale():
            sys.exit(f"out of date: {', '.join(stale)}; run `python -m docs.tables`")
    except WrongMarker as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
