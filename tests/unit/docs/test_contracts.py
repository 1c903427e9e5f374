"""The import contracts hold for what they should: a list that is kept by hand is easily left behind."""

from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[3]
ROOMS = ("bot", "purchasing", "monitor", "config")

#: What imports nothing impure and is no part of the pure core all the same.
NOT_OF_THE_CORE = {
    "config.zones": "reads a list that a package holds",
    "config.imports": "steers the interpreter",
    "bot.charts.drawing": "draws with a library that reads fonts",
    "bot.process_signals": "hears what the kernel tells the process",
    "purchasing.slot.router": "passes on to what buys, and waits for it",
}


def _pure_contract() -> tuple[list[str], list[str]]:
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    pure = contracts["importlinter:contract:pure"]
    return pure["source_modules"].split(), pure["forbidden_modules"].split()


def _is_in(module: str, packages: list[str]) -> bool:
    return any(f"{module}.".startswith(f"{package}.") for package in packages)


def _reached(graph: grimp.ImportGraph, module: str) -> Iterator[str]:
    ahead, seen = [module], {module}
    while ahead:
        for one in graph.find_modules_directly_imported_by(ahead.pop()) - seen:
            seen.add(one)
            ahead.append(one)
            yield one


def test_every_module_that_imports_nothing_impure_is_held_to_it() -> None:
    listed, impure = _pure_contract()
    graph = grimp.build_graph(*ROOMS, include_external_packages=True, cache_dir=None)
    # A package of its own holds a docstring alone.
    modules = [one for one in graph.modules if _is_in(one, [*ROOMS]) and not graph.find_children(one)]
    left_out = {
        one
        for one in modules
        if not _is_in(one, [*listed, *impure]) and not any(_is_in(reached, impure) for reached in _reached(graph, one))
    }
    assert left_out == set(NOT_OF_THE_CORE)
