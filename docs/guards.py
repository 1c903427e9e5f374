"""Prints the guards and the tests that miss them, from the markers on the tests: nothing of it is kept by hand.

A test that failed when a guard was taken out says so with the package of the guard and the guard in words:
`@pytest.mark.guards("purchasing", "a command is finished once")`. A guard may have many tests, a test many guards.
"""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent.parent / "tests"
MARKER = "pytest.mark.guards"
#: The packages that have guards, in the order of the tables.
PACKAGES = ("purchasing", "bot", "monitor", "config")

Test = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class WrongMarker(ValueError):
    """A marker that says nothing, or something else than the others; says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What one marker says."""

    package: str
    law: str
    #: As `file.py::name`.
    test: str


def print_guards(tests: Path = TESTS) -> Iterator[str]:
    """A table for each package, in the order of the tests."""
    guards = find_guards(tests)
    for package in PACKAGES:
        misses: defaultdict[str, list[str]] = defaultdict(list)
        for guard in guards:
            if guard.package == package:
                misses[guard.law].append(f"`{guard.test}`")
        if misses:
            yield f"| guard of `{package}/` | missed by |"
            yield "|---|---|"
            yield from (f"| {law} | {', '.join(names)} |" for law, names in misses.items())
            yield ""


def find_guards(tests: Path) -> list[Guard]:
    """All guards that the tests in this folder name, in their order.

    Raises:
        WrongMarker: one names no known package or no guard, marks no test, or says twice the same.
    """
    guards = [guard for path in sorted(tests.rglob("test_*.py")) for guard in _guards_in(path)]
    for guard, count in Counter(guards).items():
        if count > 1:
            raise WrongMarker(f"{guard.test} guards {guard.law!r} twice")
    packages: dict[str, str] = {}
    for guard in guards:
        if packages.setdefault(guard.law, guard.package) != guard.package:
            raise WrongMarker(f"{guard.test}: {guard.law!r} stands for another package too")
    return guards


def _guards_in(path: Path) -> Iterator[Guard]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    marked = {
        id(marker): node
        for node in tree.body
        if isinstance(node, Test) and node.name.lower().startswith("test")
        for marker in node.decorator_list
    }
    for marker in _markers(tree):
        place = f"{path.name}:{marker.lineno}"
        if (test := marked.get(id(marker))) is None:
            raise WrongMarker(f"{place} marks no test")
        package, law = _arguments(marker, place)
        yield Guard(package=package, law=law, test=f"{path.name}::{test.name}")


def _markers(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == MARKER:
            yield node


def _arguments(marker: ast.Call, place: str) -> tuple[str, str]:
    match marker:
        case ast.Call(args=[ast.Constant(value=str(package)), ast.Constant(value=str(law))], keywords=[]):
            if package in PACKAGES and law:
                return package, law
    raise WrongMarker(f"{place}: a marker names one of {', '.join(PACKAGES)}, and the guard in words")
