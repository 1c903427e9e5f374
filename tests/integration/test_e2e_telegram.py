"""Telegram in trouble: away, refusing, flooding, losing answers. Watching goes on, and what is told is told once."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from config.products import BuyMode
from sandbox.chat import Group, Kind, Message, Person
from sandbox.chat_model import Limits
from tests.world import ADA, DRAGON, TROVE, World, new_world

BEA = Person(id=1002, first_name="Bea", started=True)
CAL = Person(id=1003, first_name="Cal", started=True)
GROUP = Group(id=-7, title="Home", kind=Kind.GROUP)
REPEATED = "sent again"
#: So that a product in stock is not practised over and over.
SELDOM = {"STOCKBELL_MONITOR__EVERY_MIN_S": "5", "STOCKBELL_MONITOR__EVERY_MAX_S": "5"}


def household(folder: Path, **settings: str) -> AbstractAsyncContextManager[World]:
    settings = {"STOCKBELL_TELEGRAM__OWNERS": f"[{ADA.id}, {BEA.id}, {CAL.id}]", **settings}
    return new_world(folder, items=(TROVE, DRAGON), people=(ADA, BEA, CAL), groups=(GROUP,), **settings)


async def _started(world: World, *people: Person) -> None:
    for person in people:
        await world.ask("/start", "You are owner", person=person.id)


def _on(world: World, person: int, *words: str) -> list[Message]:
    """The messages that hold all these words."""
    return [one for one in world.messages(person) if all(word in one.text for word in words)]


# ---- away


async def test_with_telegram_away_at_the_start_watching_and_practising_go_on_and_all_is_told_later(
    tmp_path: Path,
) -> None:
    async with household(tmp_path, STOCKBELL_PURCHASING__SIMULATED_S="0.3", **SELDOM) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await _started(world, ADA)
        await world.until_delivered()
        await world.kill()
        world.chat.faults.down = True
        world.say("/status")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.until_rows([("confirmed",)], "SELECT step FROM attempt WHERE id = 1")
        health = await world.until_health("Telegram: ")
        assert health["status"] == "degraded"
        assert (await world.get("/health")).status_code == 200
        world.chat.faults.clear()
        await world.until_chat(lambda: world.alerts() and _on(world, ADA.id, "Buying: on"))
        await world.until_chat(lambda: _on(world, ADA.id, "attempt 1", "Bought 1 for"))
        await world.until_health()
        assert len(world.alerts()) == 1


async def test_what_happens_while_telegram_is_away_is_told_once_when_it_is_back(tmp_path: Path) -> None:
    async with household(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin, buy=BuyMode.ALERT)
        await world.start()
        await _started(world, ADA, BEA)
        world.chat.faults.down = True
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_rows([(1,)], "SELECT count(*) FROM restock_window")
        world.store.set(DRAGON.tcin, shipping="IN_STOCK")
        await world.until_rows([(2,)], "SELECT count(*) FROM restock_window")
        await world.until_health("Telegram: ")
        world.chat.faults.clear()
        for person in (ADA, BEA):
            for item in (TROVE, DRAGON):
                told = await world.answer(person.id, "IN STOCK", item.tcin, after=0)
                assert not told.silent
        await world.until_delivered()
        for person in (ADA, BEA):
            assert len(_on(world, person.id, TROVE.tcin)) == len(_on(world, person.id, DRAGON.tcin)) == 1


async def test_what_a_bad_gateway_kept_back_is_told_once(tmp_path: Path) -> None:
    async with household(tmp_path) as world:
        world.watch(TROVE.tcin, buy=BuyMode.ALERT)
        await world.start()
        await _started(world, ADA)
        world.chat.faults.bad_gateway = True
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_health("Telegram: ")
        world.chat.faults.clear()
        await world.answer(ADA.id, "IN STOCK", after=0)
        await world.until_delivered()
        assert len(world.alerts()) == 1


async def test_a_token_that_is_refused_stops_nothing_but_the_chat_and_is_never_shown(tmp_path: Path) -> None:
    async with household(tmp_path) as world:
        world.chat.faults.token_refused = True
        world.watch(TROVE.tcin)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.until_rows([("confirmed",)], "SELECT step FROM attempt WHERE id = 1")
        await world.until_health("Telegram refuses the token")
        assert world.chat.token not in world.log.read_text()
        assert world.chat.token.partition(":")[2] not in world.log.read_text()


async def test_without_a_token_there_is_no_chat_and_all_else_goes_on(tmp_path: Path) -> None:
    async with household(tmp_path, STOCKBELL_TELEGRAM__TOKEN="") as world:
        world.watch(TROVE.tcin)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.until_rows([("confirmed",)], "SELECT step FROM attempt WHERE id = 1")
        await world.until_health("no Telegram token is set")
        (world.data / "watchlist.toml").write_text(f'[[product]]\ntcin = "{DRAGON.tcin}"\n')
        await world.until_status(lambda status: [one["tcin"] for one in status["products"]] == [DRAGON.tcin])
        assert world.chat.calls == []
        assert await world.stop() == 0


async def test_a_webhook_that_somebody_set_is_taken_away_again(tmp_path: Path) -> None:
    async with household(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await _started(world, ADA)
        world.chat.webhook = "https://example.invalid/hook"
        world.say("/version")
        await world.until_chat(lambda: world.chat.webhook == "")
        world.chat.say(BEA.id, "/version")
        await world.until_chat(lambda: _on(world, ADA.id, "running for") and _on(world, BEA.id, "running for"))


# ---- lost answers


async def test_an_alert_whose_answer_is_lost_is_sent_again_and_says_so_and_none_is_lost(tmp_path: Path) -> None:
    async with household(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin, buy=BuyMode.ALERT)
        await world.start()
        await _started(world, ADA)
        world.chat.faults.lose_after("sendMessage")
        world.chat.faults.lose_after("sendPhoto")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: len(_on(world, ADA.id, TROVE.tcin)) == 2)
        first, second = _on(world, ADA.id, TROVE.tcin)
        assert (REPEATED in first.text, REPEATED in second.text) == (False, True)
        world.chat.faults.clear()
        world.chat.faults.lose_before("sendMessage")
        world.chat.faults.lose_before("sendPhoto")
        world.store.set(DRAGON.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: _on(world, ADA.id, DRAGON.tcin))
        await world.until_delivered()
        assert [REPEATED in one.text for one in _on(world, ADA.id, DRAGON.tcin)] == [True]


ALERT = "SELECT state FROM message WHERE key = 'alert:1:1001'"


async def test_an_alert_that_was_written_and_not_sent_before_a_kill_arrives_once_after_it(tmp_path: Path) -> None:
    async with household(tmp_path) as world:
        world.watch(TROVE.tcin, buy=BuyMode.ALERT)
        await world.start()
        await _started(world, ADA)
        world.chat.faults.flood(ADA.id, seconds=120)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_rows([("waiting",)], ALERT)
        await world.kill()
        assert _on(world, ADA.id, TROVE.tcin) == []
        world.chat.faults.clear()
        await world.start()
        await world.until_chat(lambda: _on(world, ADA.id, TROVE.tcin))
        await world.until_delivered()
        assert [REPEATED in one.text for one in _on(world, ADA.id, TROVE.tcin)] == [False]


async def test_an_alert_that_was_on_its_way_at_a_kill_arrives_after_it_and_says_that_it_may_be_the_second(
    tmp_path: Path,
) -> None:
    async with household(tmp_path) as world:
        world.watch(TROVE.tcin, buy=BuyMode.ALERT)
        await world.start()
        await _started(world, ADA)
        await world.until_delivered()
        world.chat.faults.lose_after("sendMessage", silent=True)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: _on(world, ADA.id, TROVE.tcin))
        assert world.rows(ALERT) == [("sending",)]
        await world.kill()
        world.chat.faults.clear()
        await world.start()
        await world.until_chat(lambda: len(_on(world, ADA.id, TROVE.tcin)) == 2)
        await world.until_delivered()
        assert [REPEATED in one.text for one in _on(world, ADA.id, TROVE.tcin)] == [False, True]


async def test_an_edit_whose_answer_is_lost_is_made_again_and_seen_once(tmp_path: Path) -> None:
    async with household(tmp_path) as world:
        world.watch(TROVE.tcin, buy=BuyMode.ALERT)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await _started(world, ADA)
        await world.until_chat(lambda: world.alerts("IN STOCK"))
        for method in ("editMessageText", "editMessageCaption"):
            world.chat.faults.lose_before(method)
            world.chat.faults.lose_after(method)
        world.store.set(TROVE.tcin, shipping="OUT_OF_STOCK")
        await world.until_chat(lambda: world.alerts("GONE"))
        await world.until_delivered()
        assert len(world.alerts()) == 1
        assert REPEATED not in world.alerts()[0].text


async def test_a_fetch_whose_answer_is_lost_applies_each_command_once(tmp_path: Path) -> None:
    async with household(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await _started(world, ADA)
        world.chat.faults.lose_after("getUpdates", calls=2)
        world.say(f"/add {DRAGON.tcin}")
        await world.answer(ADA.id, "Watching", after=0)
        await world.ask("/version", "Stockbell", person=BEA.id)
        assert len(_on(world, ADA.id, "Watching")) == 1
        assert _on(world, ADA.id, "Watched already") == []


async def test_a_command_is_applied_once_though_it_is_fetched_again_after_a_kill(tmp_path: Path) -> None:
    async with household(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await _started(world, ADA)
        world.say(f"/add {DRAGON.tcin}")
        await world.until_rows([(1,)], "SELECT count(*) FROM command WHERE json_extract(body, '$.what') = 'add'")
        await world.kill()
        await world.start()
        await world.answer(ADA.id, "Watching", after=0)
        await world.ask("/version", "Stockbell", person=BEA.id)
        await world.until_delivered()
        unmarked = [one for one in _on(world, ADA.id, "Watching") if REPEATED not in one.text]
        assert len(unmarked) == 1
        assert _on(world, ADA.id, "Watched already") == []


# ---- pace


async def test_a_flooded_chat_waits_alone(tmp_path: Path) -> None:
    async with household(tmp_path) as world:
        world.watch(TROVE.tcin, buy=BuyMode.ALERT)
        await world.start()
        await _started(world, ADA, BEA)
        world.chat.faults.flood(ADA.id, seconds=6)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.answer(BEA.id, "IN STOCK", after=0)
        assert world.alerts() == []
        await world.answer(ADA.id, "IN STOCK", after=0)
        await world.until_delivered()
        refused = [call for call in world.chat.calls if call.status == 429]
        assert len(refused) <= 2


async def test_many_answers_keep_to_telegrams_pace_and_none_is_lost(tmp_path: Path) -> None:
    async with household(tmp_path, STOCKBELL_TELEGRAM__GROUPS=f"[{GROUP.id}]") as world:
        world.chat.limits = Limits()
        world.watch(TROVE.tcin)
        await world.start()
        for _ in range(4):
            for person in (ADA, BEA, CAL):
                world.chat.say(person.id, "/version")
            world.chat.say(ADA.id, "/version", chat=GROUP.id)
        chats = (ADA.id, BEA.id, CAL.id, GROUP.id)
        await world.until_chat(lambda: all(len(_on(world, chat, "running for")) == 4 for chat in chats))
        assert [call.chat_id for call in world.chat.calls if call.status == 429] == []


async def test_a_stop_is_answered_before_what_waits(tmp_path: Path) -> None:
    async with household(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await _started(world, ADA)
        for _ in range(5):
            world.say("/version")
        world.say("/stop")
        await world.until_chat(lambda: _on(world, ADA.id, "Buying is off"))
        assert len(_on(world, ADA.id, "running for")) < 5


# ---- those who can't be written to


@pytest.mark.guards("bot", "who comes back after a block gets the alert of an open restock anew")
async def test_who_blocked_the_bot_stops_nobody_else_and_is_told_again_after_start(tmp_path: Path) -> None:
    async with household(tmp_path) as world:
        world.watch(TROVE.tcin, DRAGON.tcin, buy=BuyMode.ALERT)
        await world.start()
        await _started(world, ADA, BEA)
        world.chat.block(ADA.id)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.answer(BEA.id, "IN STOCK", TROVE.tcin, after=0)
        await world.until_delivered()
        world.chat.unblock(ADA.id)
        world.store.set(DRAGON.tcin, shipping="IN_STOCK")
        await world.answer(BEA.id, "IN STOCK", DRAGON.tcin, after=0)
        await world.ask("/start", "You are owner")
        for item in (TROVE, DRAGON):
            told = await world.answer(ADA.id, "IN STOCK", item.tcin, after=0)
            assert not told.silent
        world.store.set(TROVE.tcin, shipping="OUT_OF_STOCK")
        await world.until_chat(lambda: _on(world, ADA.id, "GONE", TROVE.tcin))
        await world.until_health()
        assert len(_on(world, ADA.id, TROVE.tcin)) == 1


async def test_a_group_that_became_a_supergroup_is_followed(tmp_path: Path) -> None:
    async with household(tmp_path, STOCKBELL_TELEGRAM__GROUPS=f"[{GROUP.id}]") as world:
        world.watch(TROVE.tcin, DRAGON.tcin, buy=BuyMode.ALERT)
        await world.start()
        await world.ask("/start", "You are owner", chat=GROUP.id)
        new = world.chat.make_supergroup(GROUP.id)
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: _on(world, new, "IN STOCK", TROVE.tcin))
        await world.ask("/version", "Stockbell", chat=new)
        await world.until_delivered()
        await world.kill()
        await world.start()
        world.store.set(DRAGON.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: _on(world, new, "IN STOCK", DRAGON.tcin))
        assert len(_on(world, new, TROVE.tcin)) == 1
