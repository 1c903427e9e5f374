"""What a scrape tells, read by Prometheus' own parser, and what rules and dashboards ask of it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

DEPLOY = Path(__file__).parent.parent / "deploy"
RULES = DEPLOY / "prometheus" / "stockbell.rules.yml"
DASHBOARD = DEPLOY / "grafana" / "stockbell.json"

#: What whoever scrapes adds.
ADDED_NAMES = frozenset({"up"})
ADDED_LABELS = frozenset({"job", "instance"})
_SELECTOR = re.compile(r"\b(up|(?:stockbell|process)_[a-z0-9_]+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
_GROUPING = re.compile(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)")


@dataclass(frozen=True, slots=True)
class Scrape:
    """The samples of one scrape."""

    values: dict[tuple[str, frozenset[tuple[str, str]]], float]
    #: Of families that have no sample now, too.
    names: frozenset[str]

    def __getitem__(self, name: str) -> float:
        return self.of(name)

    def of(self, name: str, **labels: str) -> float:
        return self.values[name, frozenset(labels.items())]

    def labels(self, name: str) -> dict[str, set[str]]:
        """The labels of this name, each with its values."""
        found: dict[str, set[str]] = {}
        for sample, labels in self.values:
            for label, value in labels if sample == name else ():
                found.setdefault(label, set()).add(value)
        return found


def read_scrape(text: str) -> Scrape:
    families = [*text_string_to_metric_families(text)]
    samples = [sample for family in families for sample in family.samples]
    values = {(one.name, frozenset(one.labels.items())): one.value for one in samples}
    assert len(values) == len(samples), "a series stands twice"
    # The parser leaves out what has no sample.
    declared = set(re.findall(r"^# TYPE (\S+) gauge$", text, re.MULTILINE))
    return Scrape(values, frozenset({name for name, _ in values} | declared))


def rule_queries() -> list[str]:
    return re.findall(r"^ +expr: (.+)$", RULES.read_text(), re.MULTILINE)


def dashboard_queries() -> list[str]:
    dashboard = json.loads(DASHBOARD.read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def find_unknown(query: str, scrape: Scrape) -> Iterator[str]:
    """What a query asks for that no scrape tells: a name, a label, or a value of one."""
    for name, matchers in _SELECTOR.findall(query):
        if name not in scrape.names | ADDED_NAMES:
            yield name
        known = scrape.labels(name)
        for label, how, value in _MATCHER.findall(matchers):
            if label in ADDED_LABELS:
                continue
            if label not in known or (how in {"=", "!="} and value not in known[label]):
                yield f'{name}{{{label}{how}"{value}"}}'
    labels = {label for _, series in scrape.values for label, _ in series} | ADDED_LABELS
    for grouping in _GROUPING.findall(query):
        yield from (label for label in re.split(r",\s*", grouping) if label.strip() not in labels)
