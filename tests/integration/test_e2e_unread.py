"""What checks tell nothing certain of is told, and named wherever one looks for it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sandbox.chat import Message
from sandbox.store import Item
from tests.world import new_world

LAMP = Item(tcin="90000001", title="Reading lamp")
SOCKS = Item(tcin="90000002", title="Socks", relationship_type="VAP", children=("90000003",))
LARGE = Item(tcin="90000003", title="Socks, size L")
NEW_WORD = Item(tcin="90000004", title="Kite", shipping="SOON", pickup=None)
NOWHERE = "91111111"


async def test_an_unknown_number_a_parent_and_a_new_word_are_told_once_and_named_where_one_looks(
    tmp_path: Path,
) -> None:
    reasons = {
        NOWHERE: "Target knows no product of this number",
        SOCKS.tcin: "it comes in variations",
        NEW_WORD.tcin: "Target uses a new word for its stock: SOON",
    }
    async with new_world(tmp_path, items=[LAMP, SOCKS, LARGE, NEW_WORD]) as world:
        world.watch(LAMP.tcin, *reasons)
        world.say("/start")
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 10)
        status = await world.status()
        why = {one["tcin"]: one["why"] for one in status["products"]}
        assert why.pop(LAMP.tcin) is None
        assert {tcin: reasons[tcin] in why[tcin] for tcin in reasons} == dict.fromkeys(reasons, True)

        def told() -> list[str]:
            return [one.text for one in world.messages() if "I can't read" in one.text]

        await world.until_chat(told)
        in_words = dict(zip(reasons, ("Target doesn't list", "comes in variations", "don't know: SOON"), strict=True))
        assert all(tcin in told()[0] and words in told()[0] for tcin, words in in_words.items())
        health = await world.until_health("nothing certain")
        (reason,) = [one for one in health["reasons"] if "nothing certain" in one]
        assert all(tcin in reason for tcin in reasons)
        await world.until_status(lambda status: status["cycle_id"] >= 15)
        assert len(told()) == 1
        for command in (f"/show {NOWHERE}", f"/why {NOWHERE}", "/list", "/status"):
            reply = await world.ask(command, "")
            assert in_words[NOWHERE] in reply.text

        def resolved() -> list[Message]:
            return [one for one in world.messages() if "can't be bought as such" in one.text]

        await world.until_chat(resolved)
        await world.press(resolved()[0], "Watch Socks, size L", LARGE.tcin)
        await world.until_rows([(1,)], "SELECT count(*) FROM product WHERE tcin = ? AND stock <> 'unknown'", LARGE.tcin)


async def test_what_target_has_not_known_for_long_is_told_put_to_rest_and_comes_back_by_itself(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=[LAMP]) as world:
        world.watch(LAMP.tcin, NOWHERE)
        world.say("/start")
        await world.start()
        await world.until_rows([(1,)], "SELECT count(*) FROM control WHERE value LIKE '%unlisted_since%'")
        await world.stop()
        with closing(sqlite3.connect(world.data / "stockbell.db")) as db, db:
            path = f'$."{NOWHERE}".unlisted_since'
            since = "2026-01-01T00:00:00Z"
            db.execute("UPDATE control SET value = json_set(value, ?, ?) WHERE what = 'remarks'", (path, since))
        await world.start()

        def told(words: str) -> list[Message]:
            return [one for one in world.messages() if words in one.text and NOWHERE in one.text]

        await world.until_chat(lambda: told("Target doesn't list this product any more"))
        cycle = (await world.status())["cycle_id"]
        await world.until_status(lambda status: status["cycle_id"] >= cycle + 3)
        assert NOWHERE not in world.bulk_calls()[-1].tcins
        for command in ("/why", "/show"):
            reply = await world.ask(f"{command} {NOWHERE}", "hasn't listed this number for long")
            assert "I look only every 10 minutes" in reply.text
        world.store.items[NOWHERE] = Item(tcin=NOWHERE, title="Kite", shipping="OUT_OF_STOCK")
        world.say("/refresh")
        await world.until_chat(lambda: told("Target lists this again"))
        await world.until_asked(more_than=len(world.bulk_calls()) + 1)
        assert NOWHERE in world.bulk_calls()[-1].tcins
        assert len(told("Target doesn't list this product any more")) == 1
