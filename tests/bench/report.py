"""What a benchmark reports: each figure beside its bare baseline from the same run."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table

#: Wide enough for the whole table, also where it goes into a file.
WIDTH = 170


@dataclass(frozen=True, slots=True)
class Sample:
    """Measured spans in seconds, at least one."""

    seconds: Sequence[float]

    @property
    def median(self) -> float:
        return median(self.seconds)

    def percentile(self, share: float) -> float:
        """The nearest rank: a value that was really measured."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    def __str__(self) -> str:
        spans = (self.median, self.percentile(0.95), self.percentile(0.99))
        return " / ".join(f"{span * 1000:.1f}" for span in spans) + f" ms (n={len(self.seconds)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. Spans are median / p95 / p99."""

    name: str
    ours: str
    #: The same without us, measured in turns with ours.
    bare: str = ""
    #: The difference or ratio of the two.
    apart: str = ""
    target: str = ""
    #: None where there is no target.
    met: bool | None = None


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def print_figures(title: str, figures: Sequence[Figure]) -> None:
    table = Table("figure", "ours", "bare", "apart", "target", "met", title=title, title_justify="left")
    for one in figures:
        table.add_row(one.name, one.ours, one.bare, one.apart, one.target, _word(met=one.met))
    Console(width=WIDTH).print(table)


def _word(*, met: bool | None) -> str:
    return "" if met is None else ("yes" if met else "NO")
