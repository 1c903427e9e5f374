"""How a soak is judged; `make soak` runs one."""

import pytest

from tests.torture.soak_report import BOUNDS, Sample, early_and_late, logged_errors, out_of_bounds, unpaired


def sample(minute: float, **figures: float) -> Sample:
    usual = {"memory_mb": 90.0, "descriptors": 20, "files": 6, "ahead_mb": 4.0}
    return Sample(at=minute * 60, **{**usual, **figures})  # type: ignore[arg-type]  # figures of both kinds


@pytest.mark.parametrize("name", BOUNDS)
def test_a_figure_above_its_bound_is_found_at_any_time(name: str) -> None:
    most = BOUNDS[name].most
    calm = [sample(minute) for minute in range(30)]
    assert out_of_bounds(calm) == []
    assert out_of_bounds([sample(0, **{name: most + 1}), *calm]) == [f"{name} was {most + 1:.1f}, above {most:g}"]


@pytest.mark.parametrize("name", BOUNDS)
def test_a_figure_that_grows_without_an_end_is_found_though_it_is_below_its_bound(name: str) -> None:
    early, late = 1.0, 1.5 + BOUNDS[name].growth
    grown = [sample(minute, **{name: early if minute < 15 else late}) for minute in range(30)]
    assert out_of_bounds(grown) == [f"{name} grew from {early:.1f} to {late:.1f}"]


def test_what_the_process_grows_by_in_its_first_minute_does_not_count() -> None:
    samples = [sample(0, memory_mb=20), *(sample(minute, memory_mb=90) for minute in range(1, 9))]
    assert early_and_late(samples, "memory_mb") == (90, 90)


@pytest.mark.parametrize("kinds", [[], ["blind", "sighted"], ["blind", "sighted"] * 3])
def test_one_warning_and_one_recovery_a_spell_are_well(kinds: list[str]) -> None:
    assert unpaired(kinds, len(kinds) // 2) == []


@pytest.mark.parametrize(
    ("kinds", "spells"),
    [
        (["blind"], 1),
        (["blind", "blind", "sighted"], 1),
        (["blind", "sighted", "sighted"], 1),
        (["blind", "sighted"], 2),
        (["blind", "sighted", "blind", "sighted"], 1),
        (["sighted", "blind"], 1),
    ],
)
def test_any_other_order_or_number_is_told(kinds: list[str], spells: int) -> None:
    assert len(unpaired(kinds, spells)) == 1


def test_errors_of_the_log_are_counted_by_their_names() -> None:
    log = """\
{"event": "web.listening", "level": "info", "url": "http://127.0.0.1:35405"}
{"event": "journal_reader.broke", "level": "error", "exception": "RuntimeError: {\\"level\\": \\"error\\"}"}
Traceback (most recent call last):
{"event": "poller.trouble", "level": "warning", "kind": "passing"}
{"event": "journal_reader.broke", "level": "error", "name": "boards"}
{"event": "app.ended", "level": "critical"}
"""
    assert logged_errors(log) == {"journal_reader.broke": 2, "app.ended": 1}
