"""How people and products come in: links in groups and forwards, invitations; and the books, and the log."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.chat import Group, Message, Person
from tests.world import ADA, DRAGON, TROVE, World, new_world

OLGA = Person(id=4001, first_name="Olga <b>", started=True)
VERA = Person(id=3001, first_name="Vera", started=True)
STRANGER = 6001
HOME = Group(id=-1001000000001, title="Home")
LINK = f"https://www.target.com/p/-/A-{DRAGON.tcin}"
PHOTO = [{"file_id": "p", "file_unique_id": "p", "width": 90, "height": 90, "file_size": 900}]


def _ids(*people: Person) -> str:
    return json.dumps([one.id for one in people])


def _photo(person: Person, caption: str, *, chat: int | None = None, **more: Any) -> dict[str, Any]:
    """A photo with words under it."""
    where = {"id": person.id, "type": "private"} if chat is None else {"id": chat, "type": "supergroup"}
    speaker = {"id": person.id, "is_bot": False, "first_name": person.first_name}
    message = {"message_id": 500, "date": 1_800_000_000, "chat": where, "from": speaker}
    return {"message": message | {"photo": PHOTO, "caption": caption} | more}


def _labels(message: Message) -> list[str]:
    return [button.text for row in message.buttons for button in row]


async def test_a_link_in_a_group_is_asked_about_once_and_watched_by_who_may(tmp_path: Path) -> None:
    async with new_world(
        tmp_path,
        people=(ADA, OLGA, VERA),
        groups=(HOME,),
        STOCKBELL_TELEGRAM__OPERATORS=_ids(OLGA),
        STOCKBELL_TELEGRAM__VIEWERS=_ids(VERA),
        STOCKBELL_TELEGRAM__GROUPS=json.dumps([HOME.id]),
    ) as world:
        world.watch(TROVE.tcin)
        await world.start()
        said = world.chat.say
        for words in (DRAGON.tcin, "any news?", f"https://www.target.com/p/-/A-{TROVE.tcin}"):
            said(OLGA.id, words, chat=HOME.id)
        said(STRANGER, LINK, chat=HOME.id)
        said(VERA.id, LINK, chat=HOME.id)
        asked = await world.ask(f"look: {LINK}", person=OLGA.id, chat=HOME.id)
        assert asked.text == f"PRACTICE · Shall I watch product {DRAGON.tcin}?"
        assert (asked.silent, _labels(asked)) == (True, ["Watch", "No"])
        said(OLGA.id, LINK, chat=HOME.id)
        world.chat.deliver(_photo(OLGA, LINK, chat=HOME.id))
        world.chat.press(STRANGER, asked.message_id, asked.buttons[0][0].data or "", chat=HOME.id)
        await world.press(asked, "Watch", "role does not allow it", person=VERA.id)
        await world.press(asked, "Watch", DRAGON.tcin, person=OLGA.id)
        await world.until_status(lambda status: len(status["products"]) == 2)
        assert len([one for one in world.messages(HOME.id) if "Shall I watch product" in one.text]) == 1


async def test_of_a_forwarded_post_its_link_alone_is_asked_about(tmp_path: Path) -> None:
    async with new_world(tmp_path, people=(ADA, VERA), STOCKBELL_TELEGRAM__VIEWERS=_ids(VERA)) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        for words in ("stop", "/stop", f"/add {DRAGON.tcin}", f"/remove {TROVE.tcin}", DRAGON.tcin, "hello"):
            world.chat.say(ADA.id, words, forwarded=True)
        world.chat.say(STRANGER, LINK, forwarded=True)
        channel = {"id": -1001000000077, "type": "channel", "title": "Restocks"}
        origin = {"type": "channel", "date": 1_800_000_000, "chat": channel, "message_id": 7}
        world.chat.deliver(_photo(ADA, f"/stop {LINK}", forward_origin=origin))
        asked = await world.answer(ADA.id, f"Shall I watch product {DRAGON.tcin}?", after=0)
        assert len(world.messages()) == 1
        world.chat.say(VERA.id, LINK, forwarded=True)
        told = await world.answer(VERA.id, DRAGON.tcin, after=0)
        assert told.text.endswith("is not watched; an operator can add it.")
        assert told.buttons == ()
        await world.press(asked, "No", "✓ Not watched")
        status = await world.status()
        assert (status["stopped"], len(status["products"])) == (False, 1)
        assert world.messages(STRANGER) == []


async def test_a_stop_under_a_picture_stops(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        world.chat.deliver(_photo(ADA, "STOP!"))
        await world.until_status(lambda status: status["stopped"])


async def test_who_joins_is_welcomed_by_name_and_told_of_to_the_owners(tmp_path: Path) -> None:
    async with new_world(tmp_path, people=(ADA, OLGA)) as world:
        world.watch(TROVE.tcin)
        await world.start()
        taken_back = await world.ask("/invite viewer", "You are invited")
        assert "You may look at everything here" in taken_back.text
        await world.press(taken_back, "Take it back", "lets nobody in any more")
        await world.press(taken_back, "Take it back", "used this button already")
        invitation = await world.ask("/invite operator", "for 10 minutes, until")
        old, code = (re.findall(r"/start (\w{8})", one.text)[0] for one in (taken_back, invitation))
        world.chat.say(OLGA.id, f"/start {old}")
        after = world.last_id(ADA.id)
        welcome = await world.ask(f"/start {code}", "Welcome! Ada let you in.", person=OLGA.id)
        assert "change what is watched" in welcome.text
        news = await world.answer(ADA.id, "Olga <b> has joined as operator, invited by Ada", after=after)
        assert [one.type for one in news.entities if one.type == "text_link"] == ["text_link"]
        again = await world.ask(f"/start {code}", "You are operator", person=OLGA.id)
        assert "Welcome" not in again.text
        await world.press(news, "Take it away", f"{OLGA.id} is shut out")


async def test_the_owner_has_the_books_gone_through_and_clears_the_log(tmp_path: Path) -> None:
    async with new_world(tmp_path, people=(ADA, VERA), STOCKBELL_TELEGRAM__VIEWERS=_ids(VERA)) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.until_status(lambda status: status["cycle_id"] >= 1)
        await _is_only_for_owners(world)
        clean = await world.ask("/audit", "My books add up")
        assert "of the shop" in clean.text
        cleared = await world.ask("/clearlog", "The log begins anew here")
        assert "Older lines are hidden here" in (await world.ask("/log", "What happened last")).text
        assert "Older lines" not in (await world.ask("/log all", "What happened last")).text
        await world.press(cleared, "Show them again", "are shown again")
        assert "Older lines" not in (await world.ask("/log 50", "What happened last")).text


async def _is_only_for_owners(world: World) -> None:
    await world.ask("/audit", "for you here", person=VERA.id)
    await world.ask("/clearlog", "for you here", person=VERA.id)


async def test_a_long_answer_is_a_file_of_plain_text_named_for_what_it_is(tmp_path: Path) -> None:
    viewers = json.dumps(list(range(7000, 7600)))
    async with new_world(tmp_path, people=(ADA,), STOCKBELL_TELEGRAM__VIEWERS=viewers) as world:
        world.watch(TROVE.tcin)
        await world.start()
        told = await world.ask("/users", "Who may do what")
        assert told.file is not None
        assert re.fullmatch(r"stockbell-users-\d{4}-\d\d-\d\d\.txt", told.file.name)
        lines = told.file.content.decode().splitlines()
        assert told.text.splitlines()[-1] == f"All {len(lines)} lines are in the file."
        assert len(lines) == 602
        assert "<" not in told.file.content.decode()


FAR_AWAY = "http://telegram.example"


@asynccontextmanager
async def proxy_to(url: str) -> AsyncGenerator[str]:
    """A proxy that takes what is meant for far away to this address."""
    target = urlsplit(url)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(65536):
                writer.write(piece.replace(f" {FAR_AWAY}/".encode(), b" /"))
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(target.hostname, target.port)
        await asyncio.gather(carry(reader, back), carry(there, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def test_a_bot_that_can_be_reached_by_a_link_is(tmp_path: Path) -> None:
    """Where the Bot API is not on this machine, as all of a practice world is."""
    async with (
        new_world(tmp_path, people=(ADA, OLGA), STOCKBELL_TELEGRAM__OWNERS="[]") as world,
        proxy_to(world.chat_url) as proxy,
    ):
        world.settings |= {"STOCKBELL_TELEGRAM__API_URL": FAR_AWAY, "HTTP_PROXY": proxy}
        world.watch(TROVE.tcin)
        await world.start()
        start = "https://t.me/stockbell_practice_bot?start="
        await world.until_status(lambda _: start in world.log.read_text())
        code = re.findall(r"\?start=([A-Z0-9]{8}) and press Start", world.log.read_text())[-1]
        await world.ask(f"/start {code}", "You are the first owner", "You are owner here")
        invitation = await world.ask("/invite viewer", f"Open {start}")
        (code,) = re.findall(r"\?start=([A-Z0-9]{8}) and press Start", invitation.text)
        await world.ask(f"/start {code}", "Ada let you in", person=OLGA.id)


async def test_an_audit_that_a_kill_cut_short_is_made_after_the_next_start(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.watch(TROVE.tcin)
        await world.start()
        await world.ask("/version", "Stockbell")
        await world.stop()
        world.say("/audit")
        await world.start()
        await world.until_rows([("audit",)], "SELECT body ->> 'what' FROM command WHERE body ->> 'what' = 'audit'")
        await world.kill()
        await world.start()
        await world.answer(ADA.id, "My books add up", after=0)
        await world.until_rows([("done",)], "SELECT state FROM command WHERE body ->> 'what' = 'audit'")
        assert (await world.command("audit"))[0] == 0  # no command was done twice
