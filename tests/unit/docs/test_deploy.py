"""The files by which it is deployed hold what the documents say of them; what a tool can check, it checks."""

import re
import subprocess
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships no types

from docs.blocks import ROOT
from purchasing.checkout.browser import BrowserBounds
from tests.install.dockerfile import Stage, StepNotKnown, read_dockerfile
from tests.programs import program

UNIT = ROOT / "deploy" / "systemd" / "stockbell.service"
GIBIBYTE = 2**30
#: Bytes of the service itself, at the very most.
SERVICE_HOLDS = 300_000_000
#: What the end of the service may take, by its promise.
END_WITHIN_S = 30


def stages() -> dict[str, Stage]:
    return {stage.name: stage for stage in read_dockerfile(ROOT / "Dockerfile")}


# ---- the image


def test_the_images_are_of_a_version_run_as_no_root_and_pin_all_that_they_install() -> None:
    images = stages()
    assert list(images) == ["wheel", "service", "browser"]
    assert {image.base for image in images.values()} == {"python:3.11-slim-bookworm", "service"}
    for name in ("service", "browser"):
        user = images[name].last("USER")
        assert user is not None
        assert user.words == "10001:10001"
    runs = [step.words for image in images.values() for step in image.steps if step.what == "RUN"]
    fetched = [run for run in runs if re.search(r"pip (install|wheel)", run)]
    assert len(fetched) == 4
    assert all("--require-hashes" in run or "--no-deps" in run for run in fetched)
    assert all("--no-build-isolation" in run or "--no-index" in run for run in fetched if "--no-deps" in run)


def test_process_1_reaps_and_hands_signals_on_and_the_health_check_asks_the_service() -> None:
    service = stages()["service"]
    said = {what: service.last(what) for what in ("ENTRYPOINT", "CMD", "HEALTHCHECK", "VOLUME", "STOPSIGNAL")}
    assert all(said.values())
    words = {what: step.words for what, step in said.items() if step is not None}
    assert words["ENTRYPOINT"] == '["tini", "--", "stockbell"]'
    assert words["HEALTHCHECK"].endswith('CMD ["python", "-m", "bot.web.probe"]')
    assert (words["CMD"], words["VOLUME"], words["STOPSIGNAL"]) == ('["run"]', "/data", "SIGTERM")


def test_what_is_copied_into_the_image_is_let_into_it() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        word
        for stage in stages().values()
        for step in stage.steps
        if step.what == "COPY" and "--from" not in step.words
        for word in step.listed()[:-1]
    }
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def test_an_instruction_that_is_not_known_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a AS b\nRUN one \\\n    && two\nONBUILD RUN three\n")
    with pytest.raises(StepNotKnown, match="ONBUILD"):
        read_dockerfile(tmp_path / "Dockerfile")


# ---- compose


def composed() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return loaded


def test_the_container_has_a_read_only_root_no_capabilities_bounds_and_time_to_end() -> None:
    service = composed()["services"]["stockbell"]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "pids_limit", "tmpfs", "restart"} <= set(service)
    assert int(service["stop_grace_period"].removesuffix("s")) > END_WITHIN_S
    assert service["volumes"] == ["data:/data"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_every_container_is_bounded_and_everything_that_is_mounted_is_there() -> None:
    services = composed()["services"]
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert "mem_limit" in service
        image = service["image"].partition(":")[2]
        assert image not in {"", "latest"}
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            if source.startswith("."):
                assert (ROOT / source).parent.exists(), source
    assert {name for name, service in services.items() if service.get("profiles")} == {"prometheus", "grafana"}


def test_the_browser_s_container_is_the_same_with_more_room() -> None:
    more = yaml.safe_load((ROOT / "deploy" / "compose.browser.yaml").read_text())["services"]
    assert set(more) == {"stockbell"}
    assert more["stockbell"]["build"]["target"] == "browser"
    assert set(more["stockbell"]) == {"build", "image", "shm_size", "mem_limit", "pids_limit"}


def test_the_browser_has_room_to_grow_until_it_is_begun_anew() -> None:
    more = yaml.safe_load((ROOT / "deploy" / "compose.browser.yaml").read_text())["services"]["stockbell"]
    assert (unit()["Service"]["MemoryMax"], more["mem_limit"]) == ("2G", "2g")
    assert BrowserBounds().memory + SERVICE_HOLDS < 2 * GIBIBYTE


# ---- systemd


def unit() -> RawConfigParser:
    parser = RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names are not written small
    parser.read(UNIT)
    return parser


def test_the_unit_is_told_when_it_is_ready_and_that_it_lives_and_gives_it_time_to_end() -> None:
    service = unit()["Service"]
    assert (service["Type"], service["KillMode"]) == ("notify", "mixed")
    assert int(service["WatchdogSec"]) > 120
    assert int(service["TimeoutStopSec"]) > END_WITHIN_S
    assert service["RestartPreventExitStatus"] == "2 3"
    assert service["StateDirectoryMode"] == "0700"


@pytest.mark.torture
@pytest.mark.parametrize("drop_in", [None, "no-browser.conf"])
def test_systemd_reads_the_unit_and_rates_it_well(tmp_path: Path, drop_in: str | None) -> None:
    text = re.sub(r"^ExecStart=.*$", "ExecStart=/bin/true", UNIT.read_text(), flags=re.MULTILINE)
    if drop_in is not None:
        text = f"{text.partition('[Install]')[0]}\n{(UNIT.parent / drop_in).read_text()}"
    file = tmp_path / "stockbell.service"
    file.write_text(text)
    analyze = program("systemd-analyze", package="systemd")
    verified = subprocess.run([analyze, "verify", "--man=no", str(file)], capture_output=True, text=True, check=False)
    complaints = [line for line in verified.stderr.splitlines() if "stockbell.service" in line]
    assert complaints == []
    worst = "25" if drop_in is None else "17"
    rated = subprocess.run(
        [analyze, "security", "--offline=yes", "--no-pager", f"--threshold={worst}", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert rated.returncode == 0, rated.stdout[-400:]
