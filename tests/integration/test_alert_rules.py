"""The alerting rules, by Prometheus' own tools."""

import asyncio
import json
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.exposition import RULES, dashboard_queries
from tests.integration.post import eventually
from tests.programs import program
from tests.world import TROVE, new_world, reserve_port

CASES = Path(__file__).parents[1] / "data" / "prometheus" / "rules_test.yml"


@pytest.mark.torture
def test_the_rules_are_well_formed_and_alert_when_they_should() -> None:
    promtool = program("promtool", package="prometheus")
    config = ("check", "config", "--syntax-only", str(RULES.with_name("prometheus.yml")))
    for words in (config, ("check", "rules", str(RULES)), ("test", "rules", CASES.name)):
        done = subprocess.run([promtool, *words], cwd=CASES.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.torture
async def test_a_real_prometheus_scrapes_the_service_and_its_rules_can_be_evaluated(tmp_path: Path) -> None:
    prometheus = program("prometheus", package="prometheus")
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.status()
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "scrape_configs": [{"job_name": "stockbell", "static_configs": [{"targets": [f"127.0.0.1:{world.port}"]}]}],
            "rule_files": [str(RULES)],
        }
        (tmp_path / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
        with reserve_port() as reserved:
            port = int(reserved.getsockname()[1])
        process = await asyncio.create_subprocess_exec(
            prometheus,
            f"--config.file={tmp_path / 'prometheus.yml'}",
            f"--storage.tsdb.path={tmp_path / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}",
            stderr=asyncio.subprocess.DEVNULL,
        )
        api = f"http://127.0.0.1:{port}/api/v1"
        try:
            async with httpx.AsyncClient(trust_env=False) as client:

                async def has_scraped() -> bool:
                    try:
                        answer = await client.get(f"{api}/query", params={"query": "stockbell_build_info"})
                    except httpx.TransportError:
                        return False
                    return bool(answer.is_success and answer.json()["data"]["result"])

                async def has_evaluated() -> bool:
                    groups = (await client.get(f"{api}/rules")).json()["data"]["groups"]
                    return {rule["health"] for group in groups for rule in group["rules"]} == {"ok"}

                async def is_told(alert: str) -> bool:
                    alerts = (await client.get(f"{api}/alerts")).json()["data"]["alerts"]
                    return alert in {one["labels"]["alertname"] for one in alerts}

                await eventually(has_scraped)
                await eventually(has_evaluated)
                for asked in dashboard_queries():
                    answer = await client.get(f"{api}/query", params={"query": asked.replace("$instance", ".+")})
                    assert answer.is_success, f"{asked}: {answer.text}"
                assert not await is_told("StockbellCircuitOpen")
                world.store.faults.status = 403
                await eventually(lambda: is_told("StockbellCircuitOpen"))
                assert await world.stop() == 0
                await eventually(lambda: is_told("StockbellDown"))
        finally:
            process.terminate()
            await process.wait()
