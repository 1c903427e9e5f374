"""What checks tell nothing certain of is told, and named wherever one looks for it."""

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
