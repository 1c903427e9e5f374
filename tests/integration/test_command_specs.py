"""What the Spec of a command says of it is so; over a real file."""

from datetime import UTC
from pathlib import Path

import pytest

from bot.access.roles import Access
from bot.commands import specs
from bot.commands.questions import FactReader
from bot.commands.spec import LATE, AsksBack, Lateness, Spec
from bot.commands.specs import SPECS, UNSPOKEN
from bot.health import HealthMonitor
from config.products import Product
from purchasing.commands import AskedBack, ToConfirm
from purchasing.slot.emergency_stop import Gate
from purchasing.standing import StandingReader
from tests.builders import PRICE, A, limits, seconds
from tests.integration.command_desk import idle_schedule, new_desk

every_spec = pytest.mark.parametrize("spec", [*SPECS, *UNSPOKEN], ids=lambda spec: spec.name)

#: What is not done at its first saying.
GRAVE = {
    specs.REMOVE: "/remove all",
    specs.SET: f"/set {A} max=none",
    specs.REARM: "/rearm",
    specs.MODE: "/mode simulate",
}


@every_spec
async def test_whoever_applies_commands_knows_each_that_changes_something_and_no_other(
    tmp_path: Path, spec: Spec
) -> None:
    async with new_desk(tmp_path) as desk:
        assert desk.handlers.applies(spec) is (spec.is_change or spec.chooses)


@every_spec
async def test_for_each_question_somebody_reads_the_facts_of_its_answer(tmp_path: Path, spec: Spec) -> None:
    async with new_desk(tmp_path) as desk:
        health = HealthMonitor(
            database=desk.database,
            schedule=idle_schedule(desk.clock),
            gate=Gate(tmp_path / "EMERGENCY_STOP"),
            chat_trouble=lambda: None,
            file_problems=tuple,
            now=desk.clock.now,
        )
        standing = StandingReader(limits=limits(), timezone=UTC)
        reader = FactReader(access=Access, health=health, standing=standing)
        assert spec.answering is None or reader.reads(spec.answering.facts)


@pytest.mark.guards("bot", "a grave command is done only on a second word")
@every_spec
async def test_a_command_asks_back_as_its_spec_says(tmp_path: Path, spec: Spec) -> None:
    asks = {AsksBack.BY_BUTTON: AskedBack, AsksBack.BY_CODE: ToConfirm}
    async with new_desk(tmp_path) as desk:
        await desk.coordinator.watchlist.take_up([Product(tcin=A, max_price=PRICE)], by="Ada")
        assert (spec in GRAVE) is (spec.asks_back in asks)
        if spec in GRAVE:
            assert type(await desk.give(GRAVE[spec])) is asks[spec.asks_back]


@pytest.mark.guards("bot", "what does harm when it comes late is refused")
@every_spec
async def test_a_command_that_came_late_is_refused_where_its_spec_says_so(tmp_path: Path, spec: Spec) -> None:
    async with new_desk(tmp_path) as desk:
        waited = await desk.give(f"/{spec.name}", waited=LATE + seconds(1))
        unknown = await desk.give(f"/{spec.name}", late=True)
        soon = await desk.give(f"/{spec.name}", waited=LATE)
        is_refused = spec.lateness is Lateness.SOON_OR_NEVER
        assert ((waited.refusal or "").startswith("it came 2 m 1 s late")) is is_refused
        assert ((unknown.refusal or "").startswith("I was out of touch when you pressed it")) is is_refused
        assert " late; send it again" not in (soon.refusal or "")
