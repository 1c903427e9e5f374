"""Counts how the service is built: rooms and floors, sizes, names, and what is read by string keys.

It reads text and imports nothing, so it counts any checkout: `--root` another one, `--before` two side by side. A room
is a module; an arrow is an import of one room by another of the same package; its floors are the rooms of the longest
way along arrows, where rooms that import each other in a circle are one. `--check` fails where a bound is broken.
"""

import ast
import io
import sys
import tokenize
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from docs.string_keys import find_sources, find_string_keys

ROOT = Path(__file__).parent.parent
PACKAGES = ("config", "monitor", "purchasing", "bot")
#: The packages that know events, commands and controls.
OF_EVENTS = frozenset({"purchasing", "bot"})
#: Names that say nothing of what they hold.
VAGUE = frozenset({"told", "found", "said"})

LONG, TOO_LONG = 40, 45
MOST_FLAT, MOST_LINES_OF_FILE, MOST_LINES_OF_CLASS, MOST_TOO_LONG = 16, 450, 250, 3

#: Tokens that are no code.
EMPTY = frozenset(
    {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
)

Arrows = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True, order=True)
class Sized:
    """Something with a size, and where it stands."""

    size: int
    name: str

    def __str__(self) -> str:
        return f"{self.size} ({self.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The rooms of one package and what they import of each other."""

    rooms: int
    arrows: int
    floors: int
    #: Rooms that reach themselves along arrows.
    in_circles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """All figures of one checkout. The lists hold places, as `file:line name`."""

    graphs: Mapping[str, Graph]
    #: The same with every folder of a package as one room.
    by_folder: Mapping[str, Graph]
    flat: Sized
    file: Sized
    type: Sized
    long: tuple[str, ...]
    too_long: tuple[str, ...]
    string_keys: tuple[str, ...]
    doubles: tuple[str, ...]
    was: tuple[str, ...]
    vague: tuple[str, ...]
    lines: int
    lines_of_code: int


# ---- counting


def count(root: Path) -> Shape:
    files = {
        path.relative_to(root): path.read_text(encoding="utf-8")
        for package in PACKAGES
        for path in sorted((root / package).rglob("*.py"))
    }
    trees = {path: ast.parse(text) for path, text in files.items()}
    arrows = {package: find_arrows(trees, package) for package in PACKAGES}
    functions = [one for path, tree in trees.items() for one in _functions(path, tree)]
    return Shape(
        graphs={package: _graph(its_arrows) for package, its_arrows in arrows.items()},
        by_folder={package: _graph(_fold(its_arrows)) for package, its_arrows in arrows.items()},
        flat=max(_flat(files)),
        file=max(Sized(len(text.splitlines()), path.as_posix()) for path, text in files.items()),
        type=max(_types(trees), default=Sized(0, "none")),
        long=tuple(one.name for one in functions if one.size > LONG),
        too_long=tuple(one.name for one in functions if one.size > TOO_LONG),
        string_keys=tuple(_string_keys(trees)),
        doubles=tuple(_doubles(trees)),
        was=tuple(one.name for one in functions if one.name.rpartition(" ")[2].startswith("was_")),
        vague=tuple(_vague(trees)),
        lines=sum(len(text.splitlines()) for text in files.values()),
        lines_of_code=sum(len(_lines_of_code(text, trees[path])) for path, text in files.items()),
    )


def _flat(paths: Iterable[Path]) -> Iterator[Sized]:
    folders = Counter(path.parent.as_posix() for path in paths if path.name != "__init__.py")
    return (Sized(size, f"{folder}/") for folder, size in folders.items())


def _types(trees: Mapping[Path, ast.Module]) -> Iterator[Sized]:
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                yield Sized(_length(node), f"{node.name} in {path.as_posix()}")


def _functions(path: Path, tree: ast.Module) -> Iterator[Sized]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Sized(_length(node), f"{_place(path, node)} {node.name}")


def _length(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _place(path: Path, node: ast.stmt | ast.expr | ast.arg) -> str:
    return f"{path.as_posix()}:{node.lineno}"


def _string_keys(trees: Mapping[Path, ast.Module]) -> Iterator[str]:
    reading = {path: tree for path, tree in trees.items() if path.parts[0] in OF_EVENTS}
    sources = find_sources(reading.values())
    for path, tree in reading.items():
        yield from (f"{path.as_posix()}:{line}" for line in find_string_keys(tree, sources))


def _doubles(trees: Mapping[Path, ast.Module]) -> Iterator[str]:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(_place(path, node))
    return (f"{name} ({', '.join(where)})" for name, where in sorted(places.items()) if len(where) > 1)


def _vague(trees: Mapping[Path, ast.Module]) -> Iterator[str]:
    """A field is none: where it stands in what is stored or sent, its name is no longer ours to choose."""
    for path, tree in trees.items():
        fields = {
            one.target
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
            for one in node.body
            if isinstance(one, ast.AnnAssign)
        }
        for node in ast.walk(tree):
            match node:
                case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) if name in VAGUE and node not in fields:
                    yield f"{_place(path, node)} {name}"


def _lines_of_code(text: str, tree: ast.Module) -> set[int]:
    """The numbers of the lines that hold more than comments, docstrings and nothing."""
    code = {
        line
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in EMPTY
        for line in range(token.start[0], token.end[0] + 1)
    }
    words = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    return code - words


# ---- rooms and arrows


def find_arrows(trees: Mapping[Path, ast.Module], package: str) -> Arrows:
    """What each room of the package imports of it. An `__init__` that imports nothing is no room."""
    modules = {_module(path): (path, tree) for path, tree in trees.items() if path.parts[0] == package}
    arrows = {
        module: {name for name in _imports(path, tree, modules) if name != module}
        for module, (path, tree) in modules.items()
    }
    pointed_at = {name for names in arrows.values() for name in names}
    return {
        module: names
        for module, names in arrows.items()
        if names or module in pointed_at or modules[module][0].name != "__init__.py"
    }


def _module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path, tree: ast.Module, modules: Collection[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                yield from (alias.name for alias in aliases if alias.name in modules)
            case ast.ImportFrom(module=name, names=aliases, level=level):
                above = path.parts[:-level] if level else ()
                source = ".".join([*above, *([name] if name else [])])
                for alias in aliases:
                    module = f"{source}.{alias.name}"
                    yield from (one for one in [module if module in modules else source] if one in modules)


def _fold(arrows: Arrows) -> Arrows:
    """The arrows between folders of the package, and files that lie directly in it."""
    folded: defaultdict[str, set[str]] = defaultdict(set)
    for room, others in arrows.items():
        folder = _folder(room)
        folded[folder] |= {_folder(one) for one in others} - {folder}
    return folded


def _folder(room: str) -> str:
    return ".".join(room.split(".")[:2])


def _graph(arrows: Arrows) -> Graph:
    reach = {room: _reach(room, arrows) for room in arrows}
    circle = {room: min({room, *(one for one in reach[room] if room in reach[one])}) for room in arrows}
    return Graph(
        rooms=len(arrows),
        arrows=sum(map(len, arrows.values())),
        floors=_floors(arrows, circle),
        in_circles=tuple(sorted(room for room in arrows if room in reach[room])),
    )


def _reach(room: str, arrows: Arrows) -> set[str]:
    """All rooms that one gets to from here along arrows; this one only by a circle."""
    reached: set[str] = set()
    ways = [*arrows[room]]
    while ways:
        if (one := ways.pop()) not in reached:
            reached.add(one)
            ways += arrows[one]
    return reached


def _floors(arrows: Arrows, circle: Mapping[str, str]) -> int:
    below: defaultdict[str, set[str]] = defaultdict(set)
    for room, others in arrows.items():
        below[circle[room]] |= {circle[one] for one in others} - {circle[room]}
    height: dict[str, int] = {}
    for one in TopologicalSorter(below).static_order():
        height[one] = 1 + max((height[other] for other in below[one]), default=0)
    return max(height.values(), default=0)


# ---- figures


def rows(shape: Shape) -> Mapping[str, str]:
    """The figures by their names, as they are printed."""
    figures = {
        f"`{package}`, by {what}: rooms, arrows, floors (rooms in circles)": (
            f"{graph.rooms}, {graph.arrows}, {graph.floors} ({len(graph.in_circles)})"
        )
        for package in PACKAGES
        for what, graph in (("file", shape.graphs[package]), ("folder", shape.by_folder[package]))
    }
    return figures | {
        "most files flat in a folder": str(shape.flat),
        "lines of the largest file": str(shape.file),
        "lines of the largest class": str(shape.type),
        f"functions over {LONG} lines": str(len(shape.long)),
        f"functions over {TOO_LONG} lines": str(len(shape.too_long)),
        "string keys on events, commands, controls": str(len(shape.string_keys)),
        "class names that stand twice": str(len(shape.doubles)),
        "methods named `was_…`": str(len(shape.was)),
        "variables named told, found, said": str(len(shape.vague)),
        "lines": f"{shape.lines:,}",
        "lines without comments and docstrings": f"{shape.lines_of_code:,}",
    }


def find_broken(shape: Shape) -> Iterator[str]:
    """The bounds that do not hold, each in a line."""
    if shape.flat.size > MOST_FLAT:
        yield f"more than {MOST_FLAT} files flat in a folder: {shape.flat}"
    if shape.file.size > MOST_LINES_OF_FILE:
        yield f"a file over {MOST_LINES_OF_FILE} lines: {shape.file}"
    if shape.type.size > MOST_LINES_OF_CLASS:
        yield f"a class over {MOST_LINES_OF_CLASS} lines: {shape.type}"
    if len(shape.too_long) > MOST_TOO_LONG:
        yield f"more than {MOST_TOO_LONG} functions over {TOO_LONG} lines: {', '.join(shape.too_long)}"
    for what, places in (
        ("events, commands or controls read by string keys", shape.string_keys),
        ("class names that stand twice", shape.doubles),
        ("methods named was_…", shape.was),
        ("variables named told, found or said", shape.vague),
    ):
        if places:
            yield f"{what}: {', '.join(places)}"


def print_table(now: Shape, before: Shape | None) -> Iterator[str]:
    if before is None:
        yield "| figure | |"
        yield "|---|---|"
        yield from (f"| {name} | {figure} |" for name, figure in rows(now).items())
        return
    yield "| figure | before | now |"
    yield "|---|---|---|"
    was = rows(before)
    yield from (f"| {name} | {was[name]} | {figure} |" for name, figure in rows(now).items())


def print_places(shape: Shape) -> Iterator[str]:
    """Where to look for what the table counts."""
    for graph in (*shape.graphs.values(), *shape.by_folder.values()):
        yield from (f"in a circle: {room}" for room in graph.in_circles)
    yield from (f"over {LONG} lines: {place}" for place in shape.long)
    yield from (f"string key: {place}" for place in shape.string_keys)
    yield from (f"twice: {place}" for place in shape.doubles)
    yield from (f"was_: {place}" for place in shape.was)
    yield from (f"vague: {place}" for place in shape.vague)


def main() -> None:
    parser = ArgumentParser(prog="python -m docs.shape", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout to count")
    parser.add_argument("--before", type=Path, help="another checkout, to be printed beside it")
    parser.add_argument("--places", action="store_true", help="print where each thing stands that is counted")
    parser.add_argument("--check", action="store_true", help="print what breaks a bound; exit 1 if anything does")
    wish = parser.parse_args()
    shape = count(wish.root)
    if wish.check:
        sys.exit("\n".join(find_broken(shape)) or 0)
    before = count(wish.before) if wish.before else None
    lines = print_places(shape) if wish.places else print_table(shape, before)
    sys.stdout.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    main()
