"""A Dockerfile as the steps that it is: as much of its language as ours uses, and nothing is passed over."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

#: What is said of an image and changes no file of it.
_SAYS = frozenset({"VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"})
_DOES = frozenset({"RUN", "COPY", "WORKDIR", "ENV", "USER"})


class StepNotKnown(ValueError):
    """The file says something that this reader does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One instruction and what it is given."""

    what: str
    words: str

    def listed(self) -> list[str]:
        """What is given as a list of words."""
        return list(json.loads(self.words)) if self.words.startswith("[") else shlex.split(self.words)


@dataclass(slots=True, kw_only=True)
class Stage:
    """One image: what it begins with, and its steps."""

    name: str
    base: str
    steps: list[Step] = field(default_factory=list)

    def last(self, what: str) -> Step | None:
        return next((step for step in reversed(self.steps) if step.what == what), None)


def read_dockerfile(path: Path) -> list[Stage]:
    """Its stages in their order.

    Raises:
        StepNotKnown: it holds an instruction that is not known here.
    """
    stages: list[Stage] = []
    for line in _lines(path.read_text(encoding="utf-8")):
        what, _, words = line.partition(" ")
        words = words.strip()
        if what == "FROM":
            base, _, name = words.partition(" AS ")
            stages.append(Stage(name=name, base=base))
        elif what in _SAYS | _DOES and stages:
            stages[-1].steps.append(Step(what=what, words=words))
        else:
            raise StepNotKnown(line)
    return stages


def _lines(text: str) -> Iterator[str]:
    """Whole instructions, without comments."""
    said = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    yield from (line.strip() for line in re.sub(r"\\\n\s*", "", said).splitlines() if line.strip())
