"""How a day is judged, and that the clock of its service runs fast; `make torture` runs one."""

import subprocess
import sys

import pytest

from tests.torture.day import BOUNDS, DaySample, find_growth
from tests.world import ROOT


def sample(hour: float, **figures: float) -> DaySample:
    usual = dict.fromkeys(BOUNDS, 4.0)
    return DaySample(at=hour, **{**usual, **figures})  # type: ignore[arg-type]  # figures of both kinds


@pytest.mark.parametrize("name", BOUNDS)
def test_a_figure_above_its_bound_is_found_at_any_hour(name: str) -> None:
    most = BOUNDS[name].most
    calm = [sample(hour) for hour in range(24)]
    assert find_growth(calm) == []
    assert find_growth([sample(0, **{name: most + 1}), *calm]) == [f"{name} was {most + 1:.1f}, above {most:g}"]


@pytest.mark.parametrize("name", BOUNDS)
def test_a_figure_that_grows_without_an_end_is_found_and_what_it_grows_by_at_first_is_not(name: str) -> None:
    growth = BOUNDS[name].growth
    grown = [sample(hour, **{name: 1.0 if hour < 20 else 1.5 + growth}) for hour in range(24)]
    assert find_growth(grown) == [f"{name} grew from 1.0 to {1.5 + growth:.1f}"]
    assert find_growth([sample(0, **{name: 0.1}), *(sample(hour, **{name: 4.0}) for hour in range(3, 24))]) == []


def test_the_clock_of_its_service_runs_fast() -> None:
    script = (
        "import time; from tests.torture import fast_service; fast_service._hasten(3600);"
        "from config.clock import utc_now; a = utc_now(); time.sleep(0.1); print((utc_now() - a).total_seconds() > 300)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
