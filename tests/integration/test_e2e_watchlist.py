"""The watch list by hand: saved well or badly, half written, gone; and what a removal means for attempt and alert."""

import asyncio
from pathlib import Path
from typing import Any

from sandbox.chat import Message, Person
from sandbox.store import Item
from tests.world import ADA, DRAGON, TROVE, World, new_world

VERA = Person(id=3001, first_name="Vera", started=True)
OTHER = Item(tcin="20000001", title="Another one")
THREE = (TROVE, DRAGON, OTHER)
#: Seconds in which the service may notice that the file is gone, far from those after which that is its owner's wish.
MOMENT = 0.4

BY_HAND = f"""\
# mine

[[product]]  # the best
tcin = "{TROVE.tcin}"   # for me
max_price = 60.00       # no more

# for the children
[[product]]
tcin = "{DRAGON.tcin}"
"""


def _file(world: World) -> Path:
    return world.data / "watchlist.toml"


def _tcins(status: dict[str, Any]) -> list[str]:
    return [one["tcin"] for one in status["products"]]


async def _is_watched(world: World, *tcins: str) -> None:
    await world.until_status(lambda status: _tcins(status) == list(tcins))


async def _cycles(world: World, count: int) -> None:
    """Let so many more cycles pass."""
    wanted = (await world.status())["cycle_id"] + count
    await world.until_status(lambda status: status["cycle_id"] >= wanted)


async def test_a_saved_edit_is_taken_up_at_once_and_what_the_chat_changes_keeps_its_comments(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=THREE) as world:
        world.watch(OTHER.tcin)
        await world.start()
        await _is_watched(world, OTHER.tcin)
        _file(world).write_text(BY_HAND)
        await _is_watched(world, TROVE.tcin, DRAGON.tcin)
        _replace(world, BY_HAND.replace("60.00", "70.00"))
        await world.until_rows([("70.00",)], "SELECT max_price FROM product WHERE tcin = ?", TROVE.tcin)
        await world.ask(f"/add {OTHER.tcin} max=5", "Watching")
        await world.ask(f"/set {TROVE.tcin} max=40", "Changed: max")
        await world.ask(f"/remove {DRAGON.tcin}", "No longer watched")
        text = _file(world).read_text()
        for comment in ("# mine", "# the best", "# for me", "# no more"):
            assert comment in text
        assert "# for the children" not in text
        await _is_watched(world, TROVE.tcin, OTHER.tcin)
        assert (
            world.rows("SELECT max_price FROM product WHERE position = 1") == [("40.00",)] or "max_price = 40" in text
        )


def _replace(world: World, text: str) -> None:
    """Save as editors do: a new file takes the place of the old one."""
    new = world.data / "watchlist.toml~"
    new.write_text(text)
    new.replace(_file(world))


async def test_a_wrong_file_changes_nothing_is_told_to_operators_once_and_stands_in_health(tmp_path: Path) -> None:
    async with new_world(
        tmp_path, items=THREE, people=(ADA, VERA), STOCKBELL_TELEGRAM__VIEWERS=f"[{VERA.id}]"
    ) as world:
        _start_with(world, BY_HAND)
        await world.start()
        await world.ask("/start", "You are owner")
        await world.ask("/start", "You are viewer", person=VERA.id)
        _file(world).write_text(BY_HAND.replace("60.00", '"cheap"'))
        told = await world.answer(ADA.id, "watchlist.toml has a mistake", after=0)
        assert "line 5: max_price must be a positive amount like 49.99" in told.text
        assert not told.silent
        await world.until_health("watchlist.toml: line 5: max_price")
        _file(world).write_text(BY_HAND.replace("60.00", '"cheap"') + "\n")
        refused = await world.ask(f"/add {OTHER.tcin}", "was not done")
        assert "line 5" in refused.text
        health = await world.ask("/health", "not all is well")
        assert "line 5" in health.text
        assert _tcins(await world.status()) == [TROVE.tcin, DRAGON.tcin]
        assert len([one for one in world.messages() if "I go on with the list" in one.text]) == 1
        assert len(world.messages(VERA.id)) == 1
        _file(world).write_text(BY_HAND)
        await world.until_health()
        await world.ask(f"/add {OTHER.tcin}", "Watching")


def _start_with(world: World, text: str) -> None:
    world.data.mkdir(mode=0o700, exist_ok=True)
    _file(world).write_text(text)


async def test_every_kind_of_wrong_is_told_with_its_line_and_changes_nothing(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=THREE) as world:
        _start_with(world, BY_HAND)
        await world.start()
        await _is_watched(world, TROVE.tcin, DRAGON.tcin)
        for wrong, told in (
            (BY_HAND + f'[[product]]\ntcin = "{TROVE.tcin}"\n', "line 11: 94734932 stands in line 4 already"),
            (BY_HAND + '[[product]]\ntcin = "12"\n', "line 11: tcin must be a number of 6 to 10 digits"),
            (BY_HAND + "[[product]]\nname = 'x'\n", "line 10: a product without its tcin"),
            (BY_HAND + "maxprice = 5\n", "line 10: maxprice is not known; did you mean max_price?"),
            (BY_HAND + '[product]\ntcin = "20000001"\n', "line 10"),
            (BY_HAND[:-4], "line 9"),
            ("\x00\x01\x02", "line 1"),
        ):
            _file(world).write_text(wrong)
            await world.until_health(f"watchlist.toml: {told}")
            assert _tcins(await world.status()) == [TROVE.tcin, DRAGON.tcin]
        _file(world).write_bytes(b'# \xff\n[[product]]\ntcin = "20000001"\n')
        await world.until_health("watchlist.toml: line 1: not UTF-8 text")
        assert _tcins(await world.status()) == [TROVE.tcin, DRAGON.tcin]
        _file(world).write_text("\ufeff" + BY_HAND.replace("\n", "\r\n"))
        await world.until_health()
        assert _tcins(await world.status()) == [TROVE.tcin, DRAGON.tcin]


async def test_a_file_that_is_gone_for_a_moment_changes_nothing(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=THREE) as world:
        _start_with(world, BY_HAND)
        await world.start()
        await _is_watched(world, TROVE.tcin, DRAGON.tcin)
        for text in (None, "", "# nothing yet\n"):
            if text is None:
                _file(world).unlink()
            else:
                _file(world).write_text(text)
            await asyncio.sleep(MOMENT)
            assert _tcins(await world.status()) == [TROVE.tcin, DRAGON.tcin]
            _file(world).write_text(BY_HAND)
            await _cycles(world, 2)
        assert world.rows("SELECT count(*) FROM journal WHERE kind = 'watchlist_changed'") == [(1,)]


async def test_a_file_that_stays_empty_is_the_owners_wish(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=THREE) as world:
        _start_with(world, BY_HAND)
        await world.start()
        await _is_watched(world, TROVE.tcin, DRAGON.tcin)
        _file(world).write_text("# nothing any more\n")
        await _is_watched(world)
        await world.until_health("nothing is watched")
        await world.ask(f"/add {TROVE.tcin}", "Watching")
        assert _file(world).read_text().startswith("# nothing any more\n")


async def test_a_file_that_is_wrong_at_a_start_leaves_the_list_last_taken_up(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=THREE) as world:
        _start_with(world, BY_HAND)
        await world.start()
        await world.ask("/start", "You are owner")
        await _is_watched(world, TROVE.tcin, DRAGON.tcin)
        await world.kill()
        _file(world).write_text(BY_HAND + "[[product]]\n")
        calls = len(world.store.calls)
        await world.start()
        await world.until_health("line 10: a product without its tcin")
        assert _tcins(await world.status()) == [TROVE.tcin, DRAGON.tcin]
        await world.answer(ADA.id, "watchlist.toml has a mistake", after=0)
        await world.until_asked(more_than=calls)


async def test_a_file_that_is_wrong_at_the_first_start_watches_nothing_and_says_so(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=THREE) as world:
        _start_with(world, "[[product]\n")
        await world.start()
        await world.until_status(lambda status: status["products"] == [])
        await world.until_health("watchlist.toml: line 1", "nothing is watched")
        _file(world).write_text(BY_HAND)
        await _is_watched(world, TROVE.tcin, DRAGON.tcin)
        await world.until_health()


async def test_a_file_that_is_gone_at_a_start_is_written_anew_from_the_list_last_taken_up(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=THREE) as world:
        _start_with(world, BY_HAND)
        await world.start()
        await _is_watched(world, TROVE.tcin, DRAGON.tcin)
        await world.kill()
        _file(world).unlink()
        await world.start()
        await _is_watched(world, TROVE.tcin, DRAGON.tcin)
        assert DRAGON.tcin in _file(world).read_text()


async def test_a_first_start_without_a_file_leaves_one_to_be_edited(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=THREE) as world:
        await world.start()
        await world.until_health("nothing is watched")
        assert oct(world.data.stat().st_mode & 0o777) == "0o700"
        text = _file(world).read_text()
        assert "[[product]]" in text
        _file(world).write_text(f'{text}\n[[product]]\ntcin = "{TROVE.tcin}"\n')
        await _is_watched(world, TROVE.tcin)


# ---- what a removal means


def _alert_on(world: World, tcin: str) -> Message:
    (alert,) = [one for one in world.alerts() if tcin in one.text]
    return alert


async def test_removing_what_is_in_the_slot_calls_it_off_and_its_alert_says_no_longer_watched(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=THREE, STOCKBELL_PURCHASING__SIMULATED_S="20") as world:
        _start_with(world, BY_HAND)
        await world.start()
        await world.ask("/start", "You are owner")
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: world.alerts("BUYING"))
        _file(world).write_text(BY_HAND.partition("# for the children")[2].removeprefix("\n"))
        await world.until_status(lambda status: status["slot"] is None)
        assert world.rows("SELECT step, why FROM attempt") == [("abandoned", "no longer watched")]
        await world.until_chat(lambda: "No longer watched" in _alert_on(world, TROVE.tcin).text)
        assert "BUYING" not in _alert_on(world, TROVE.tcin).text.partition("\n")[0]
        _file(world).write_text(BY_HAND)
        await world.until_chat(lambda: world.alerts("BUYING"))
        alert = _alert_on(world, TROVE.tcin)
        assert alert.text.count("No longer watched") <= 1
        assert len(world.alerts()) == 1


async def test_disabling_calls_the_attempt_off_too_and_enabling_goes_on_without_a_second_alert(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=THREE, STOCKBELL_PURCHASING__SIMULATED_S="20") as world:
        _start_with(world, BY_HAND)
        await world.start()
        world.store.set(DRAGON.tcin, shipping="IN_STOCK")
        await world.ask("/start", "You are owner")
        await world.until_chat(lambda: world.alerts("BUYING"))
        await world.ask(f"/set {DRAGON.tcin} on=no", "Changed: on")
        await world.until_status(lambda status: status["slot"] is None)
        assert world.rows("SELECT step, why FROM attempt") == [("abandoned", "no longer watched")]
        await world.ask(f"/set {DRAGON.tcin} on=yes", "Changed: on")
        await world.until_status(lambda status: status["slot"])
        assert len(world.alerts()) == 1


async def test_a_removed_product_that_is_added_again_in_stock_is_not_alerted_twice(tmp_path: Path) -> None:
    async with new_world(tmp_path, items=THREE) as world:
        _start_with(world, BY_HAND.replace("[[product]]  # the best", '[[product]]\nbuy = "alert"'))
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.start()
        await world.ask("/start", "You are owner")
        await world.until_chat(lambda: world.alerts("IN STOCK"))
        gone = await world.ask(f"/remove {TROVE.tcin}", "No longer watched")
        await world.until_chat(lambda: "No longer watched" in _alert_on(world, TROVE.tcin).text)
        await world.press(gone, "Undo", "Undone")
        await world.until_chat(lambda: "No longer watched" not in _alert_on(world, TROVE.tcin).text)
        world.store.set(TROVE.tcin, shipping="OUT_OF_STOCK")
        await world.until_chat(lambda: world.alerts("GONE"))
        world.store.set(TROVE.tcin, shipping="IN_STOCK")
        await world.until_chat(lambda: len(world.alerts()) == 2)
