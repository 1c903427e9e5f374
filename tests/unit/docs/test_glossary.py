"""The glossary's words are the code's."""

import re
from importlib import import_module
from pathlib import Path

GLOSSARY = Path(__file__).parents[3] / "docs" / "glossary.md"
ROOMS = "config|monitor|purchasing|bot"


def _is_there(name: str) -> bool:
    """Whether this is a module, or what stands at the end of one."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            found = getattr(found, part, None)
        return found is not None
    return False


def test_every_name_that_the_glossary_gives_is_one_of_the_code() -> None:
    names = re.findall(rf"`((?:{ROOMS})\.[\w.]+)`", GLOSSARY.read_text())
    assert len(names) > 40
    assert [name for name in names if not _is_there(name)] == []
