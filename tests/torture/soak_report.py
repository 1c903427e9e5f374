"""What a soak saw and counted, and whether that is as it should be."""

import contextlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Final

#: So long nothing is judged: the process is still growing to its size.
WARM_UP_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The process and its data directory at one time."""

    #: Seconds since the soak began.
    at: float
    memory_mb: float
    descriptors: int
    files: int
    #: What is written ahead of the database, in MB.
    ahead_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The most that a figure may be, and by how much it may grow once all is warm."""

    most: float
    growth: float


BOUNDS: Final = {
    "memory_mb": Bound(most=150, growth=20),
    "descriptors": Bound(most=64, growth=6),
    "files": Bound(most=16, growth=4),
    "ahead_mb": Bound(most=32, growth=16),
}


@dataclass(slots=True, kw_only=True)
class Report:
    """What was counted; `wrong` is empty if all was as it should be."""

    samples: list[Sample] = field(default_factory=list)
    #: Spells by the fault that began them, and everything else that went wrong around the service.
    spells: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    chat: Counter[str] = field(default_factory=Counter)
    #: Errors in the service's log, by their names.
    errors: Counter[str] = field(default_factory=Counter)
    cycles: int = 0
    commands: int = 0
    warnings: int = 0
    recoveries: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = [
            f"cycles {self.cycles}, commands {self.commands}",
            f"spells {self.spells.total()}: {_said(self.spells)}",
            f"warnings {self.warnings}, recoveries {self.recoveries}",
            f"passing troubles {self.passed.total()}: {_said(self.passed)}",
            f"troubles of the chat {self.chat.total()}: {_said(self.chat)}",
            f"errors logged {self.errors.total()}: {_said(self.errors)}",
        ]
        return "\n".join([*_table(self.samples), "", *counts, *(f"WRONG: {one}" for one in self.wrong)])


def _said(counted: Counter[str]) -> str:
    return ", ".join(f"{count} of {name}" for name, count in sorted(counted.items())) or "none"


def _table(samples: Sequence[Sample]) -> list[str]:
    lines = ["| figure | first | early | late | most | bound | may grow by |", "|---|---|---|---|---|---|---|"]
    for name, bound in BOUNDS.items() if samples else ():
        early, late = early_and_late(samples, name)
        figures = (getattr(samples[0], name), early, late, max(getattr(one, name) for one in samples))
        shown = " | ".join(f"{figure:.1f}" for figure in figures)
        lines.append(f"| {name} | {shown} | {bound.most:g} | {bound.growth:g} |")
    return lines


def early_and_late(samples: Sequence[Sample], name: str) -> tuple[float, float]:
    """The medians of a figure in the first and in the last quarter after the warm-up."""
    warm = [one for one in samples if one.at >= WARM_UP_S] or list(samples)
    quarter = max(1, len(warm) // 4)
    values = [float(getattr(one, name)) for one in warm]
    return median(values[:quarter]), median(values[-quarter:])


def out_of_bounds(samples: Sequence[Sample]) -> list[str]:
    """The figures that were too high, or that grew without an end."""
    found = []
    for name, bound in BOUNDS.items():
        most = max(getattr(one, name) for one in samples)
        early, late = early_and_late(samples, name)
        if most > bound.most:
            found.append(f"{name} was {most:.1f}, above {bound.most:g}")
        if late > early + bound.growth:
            found.append(f"{name} grew from {early:.1f} to {late:.1f}")
    return found


def logged_errors(log: str) -> Counter[str]:
    """The errors in a log of the service, by their names; what is no line of it was printed by somebody else."""
    errors: Counter[str] = Counter()
    for line in log.splitlines():
        with contextlib.suppress(ValueError):
            told = json.loads(line)
            if isinstance(told, dict) and told.get("level") in {"error", "critical"}:
                errors[told["event"].partition(" ")[0]] += 1
    return errors


def unpaired(kinds: Sequence[str], spells: int) -> list[str]:
    """What is wrong with these events, which are to be one warning and one recovery for each of so many spells."""
    wanted = ["blind", "sighted"] * spells
    if list(kinds) == wanted:
        return []
    doubled = sum(one == other for one, other in pairwise(kinds))
    count = Counter(kinds)
    return [f"{spells} spells have {count['blind']} warnings and {count['sighted']} recoveries, {doubled} out of turn"]
