"""Outlets beside the chat, with the real process and real receivers: a webhook, and mail."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from config.products import BuyMode
from sandbox.store import Item
from tests.receivers import MailServer, Webhook
from tests.world import TROVE, World, new_world

#: In the addresses, and nowhere else.
SECRET = "sesame-open-the-door"
MARK = "(sent again: I don't know whether the first one arrived)"


def hook(port: int) -> str:
    return f"json://ada:{SECRET}@127.0.0.1:{port}/{SECRET}"


def mail(port: int) -> str:
    return f"mailto://ada:{SECRET}@127.0.0.1:{port}?from=stockbell@example.com&to=bea@example.com"


async def begun(world: World, *outlets: Any) -> None:
    """The service runs and has looked twice at a product that is not there."""
    world.settings["STOCKBELL_OUTLETS"] = json.dumps(outlets)
    world.watch(TROVE.tcin, buy=BuyMode.ALERT)
    world.say("/start")
    await world.execute()
    await world.until_status(lambda status: status["cycle_id"] >= 2)
    await world.until_chat(world.messages)


def restock(world: World) -> None:
    world.store.set(TROVE.tcin, shipping="IN_STOCK")


async def no_secret_anywhere(world: World) -> None:
    """Neither in an answer, nor in a file, nor in the list of processes."""
    assert SECRET not in (await world.get("/health")).text
    assert SECRET not in (await world.command("doctor"))[1]
    assert world.process is not None
    files = [world.log, Path(f"/proc/{world.process.pid}/cmdline"), *world.data.rglob("*")]
    assert [path for path in files if _holds_secret(path)] == []


def _holds_secret(path: Path) -> bool:
    return path.is_file() and SECRET.encode() in path.read_bytes()


@pytest.mark.guards("bot", "the address of an outlet stands in no log, answer, file and list of processes")
async def test_a_restock_reaches_a_webhook_and_a_mailbox_as_plain_text(tmp_path: Path) -> None:
    post, box = Webhook(), MailServer(login=f"ada:{SECRET}")
    async with new_world(tmp_path) as world, post.serve() as one, box.serve() as other:
        await begun(world, hook(one), {"url": mail(other), "takes": ["alert", "blind"]})
        restock(world)
        await post.until(lambda: post.arrived)
        await box.until(lambda: box.mails)
        world.say("/drill")
        await post.until(lambda: len(post.arrived) == 2)
        await box.until(lambda: len(box.mails) == 2)
        await world.ask("/stop", "Buying is off")
        await box.until(lambda: len(box.mails) == 3)
        told = post.arrived[0]
        assert told["title"].startswith("PRACTICE · ")
        assert TROVE.tcin in told["message"]
        assert "<" not in told["message"]
        alert, drill, stop = box.mails
        assert alert.get_content_type() == "text/plain"
        assert (str(alert["Subject"])[:11], alert["To"]) == ("PRACTICE · ", "bea@example.com")
        assert f"{world.store_url}/p/-/A-{TROVE.tcin}" in alert.get_content()
        assert "Buying is off" in str(stop["Subject"])
        assert len(post.arrived) == 2
        assert "rill" in f"{drill['Subject']}{drill.get_content()}"
        await no_secret_anywhere(world)
        _, printed, _ = await world.streams("doctor")
        assert "outlet 1 (json): well: takes alert; took its last message" in printed
        assert "outlet 2 (mailto): well: takes alert, blind; took its last message" in printed
        # Nor where somebody wrote it down in another place.
        (world.data / "watchlist.toml").write_text(f"{SECRET} = 1\n")
        await world.until_health(SECRET)
        log = world.log.read_text()
        assert "watchlist.wrong" in log
        assert SECRET not in log


@pytest.mark.parametrize("kind", ["webhook", "mail"])
async def test_a_kill_between_intent_and_answer_tells_again_and_says_so(tmp_path: Path, kind: str) -> None:
    receiver = Webhook() if kind == "webhook" else MailServer(login=f"ada:{SECRET}")

    def words() -> list[str]:
        if isinstance(receiver, Webhook):
            return [f"{one['title']}\n{one['message']}" for one in receiver.arrived]
        return [f"{one['Subject']}\n{one.get_content()}" for one in receiver.arrived]

    async with new_world(tmp_path) as world, receiver.serve() as port:
        url = hook(port) if kind == "webhook" else mail(port)
        await begun(world, {"url": url, "takes": ["alert", "blind"]})
        receiver.answers.clear()
        restock(world)
        await receiver.until(lambda: receiver.arrived)
        await world.kill()
        receiver.answers.set()
        await world.start()
        await receiver.until(lambda: len(receiver.arrived) == 2)
        await world.ask("/stop", "Buying is off")
        await receiver.until(lambda: len(receiver.arrived) == 3)
        assert ["Buying is off" in text for text in words()] == [False, False, True]
        assert [MARK in text for text in words()] == [False, True, False]


@pytest.mark.guards("bot", "a slow outlet holds nothing else up")
async def test_an_alert_goes_to_the_chat_at_once_while_an_outlet_is_slow(tmp_path: Path) -> None:
    slow, quick = Webhook(), Webhook()
    other = Item(tcin="90000001", title="Reading lamp", price="9.99")
    async with new_world(tmp_path, items=[TROVE, other]) as world, slow.serve() as one, quick.serve() as two:
        await begun(world, f"{hook(one)}?rto=20", hook(two))  # it waits so long for an answer
        world.watch(TROVE.tcin, other.tcin, buy=BuyMode.ALERT)
        await world.until_status(lambda status: len(status["products"]) == 2)
        slow.answers.clear()
        restock(world)
        await slow.until(lambda: slow.arrived)
        world.store.set(other.tcin, shipping="IN_STOCK")
        async with asyncio.timeout(10):
            await world.until_chat(lambda: [one for one in world.alerts() if other.tcin in one.text])
            await quick.until(lambda: len(quick.arrived) == 2)
            cycle = (await world.status())["cycle_id"]
            await world.until_status(lambda status: status["cycle_id"] > cycle + 2)
        assert len(slow.arrived) == 1
        # Nor does it hold up the end of the service.
        async with asyncio.timeout(10):
            assert await world.stop() == 0


async def test_one_that_refuses_and_comes_back_is_told_once_and_gets_what_it_missed(tmp_path: Path) -> None:
    post = Webhook(refusal="403 Forbidden")
    async with new_world(tmp_path) as world, post.serve() as port:
        await begun(world, hook(port))
        restock(world)
        await world.until_health("outlet 1 (json) has not taken my messages since")
        await world.until_chat(lambda: _about_outlets(world))
        (told,) = _about_outlets(world)
        assert "Outlet 1 (json) has not taken my messages" in told
        assert "it refused the message (403)" in told
        post.refusal = None
        _, printed, _ = await world.streams("doctor")
        assert "outlet 1 (json): WRONG: took no messages for" in printed
        await world.until_chat(lambda: len(_about_outlets(world)) == 2)
        assert "Outlet 1 (json) takes my messages again" in _about_outlets(world)[1]
        assert {TROVE.tcin in one["message"] for one in post.arrived} == {True}
        assert {MARK in one["message"] for one in post.arrived} == {False}
        assert "outlet" not in (await world.get("/health")).text


def _about_outlets(world: World) -> list[str]:
    return [one.text for one in world.messages() if "utlet 1" in one.text]


@pytest.mark.parametrize("command", ["run", "doctor", "check"])
async def test_an_address_that_apprise_does_not_know_is_named_by_place_and_kind(tmp_path: Path, command: str) -> None:
    async with new_world(tmp_path) as world:
        unknown = [f"nosuchthing://{SECRET}", "json://127.0.0.1", f"discord://{SECRET}"]
        world.settings["STOCKBELL_OUTLETS"] = json.dumps(unknown)
        code, printed = await world.command(command)
        assert code == 2
        assert printed.splitlines() == [
            "STOCKBELL_OUTLETS: entry 1 (nosuchthing) is no address that Apprise knows",
            "STOCKBELL_OUTLETS: entry 3 (discord) is no address that Apprise knows",
        ]
