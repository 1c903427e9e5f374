"""How a browser signs in to the live page, and how that ends; over real sockets."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bot.access.browsers import BROWSER_HOLDS, LINK_HOLDS, MOST_BROWSERS, BrowserTable
from purchasing.commands import Done, Person
from purchasing.events import ServiceStopped
from tests import facts
from tests.builders import command
from tests.integration.visit import TOKEN, Visit, visiting

SECRET = SecretStr(TOKEN)
ADA, BEN, STRANGER = 1001, 1002, 9999
LITTLE = timedelta(seconds=1)


async def link(visit: Visit, user: int = ADA) -> str:
    """The path of a link that this person was given."""
    asked = command(f"tg:1:{visit.clock.monotonic()}", what="web", person=Person(id=str(user), name="Ada"))
    visit.clock.go_on(timedelta(milliseconds=1))
    await visit.storage.write(lambda unit: unit.commands.put([asked]))
    tokens: list[str] = []

    def result(token: str, _until: object) -> Done:
        tokens.append(token)
        return Done()

    await visit.browsers.offer(asked, result)
    return f"/sign-in/{tokens[0]}"


async def sign_in(visit: Visit, user: int = ADA) -> str:
    """What the browser of this person sends from now on."""
    answer = await visit.ask("POST", await link(visit, user))
    assert answer.status_code == 200
    return answer.headers["set-cookie"].partition(";")[0]


async def status_of(visit: Visit, cookie: str) -> int:
    return (await visit.get(cookie=cookie)).status_code


@pytest.mark.guards("bot", "a link to the page is spent by its button alone, once")
async def test_a_link_signs_one_browser_in_however_often_it_was_looked_at(tmp_path: Path) -> None:
    async with visiting(tmp_path, token=SECRET) as visit:
        path = await link(visit)
        for _ in range(3):
            shown = await visit.get(path)
            assert (shown.status_code, 'method="post"' in shown.text, shown.headers.get("set-cookie")) == (
                200,
                True,
                None,
            )
        first, second = await asyncio.gather(visit.ask("POST", path), visit.ask("POST", path))
        assert sorted((first.status_code, second.status_code)) == [200, 410]
        assert (await visit.get(path)).status_code == 410
        signed_in = next(one for one in (first, second) if one.status_code == 200)
        assert await status_of(visit, signed_in.headers["set-cookie"].partition(";")[0]) == 200


async def test_the_answer_leads_on_by_a_page_of_its_own(tmp_path: Path) -> None:
    """No redirect: a strict cookie is not sent along where another site led here."""
    async with visiting(tmp_path, token=SECRET) as visit:
        answer = await visit.ask("POST", await link(visit))
        assert (answer.status_code, 'content="0; url=../"' in answer.text) == (200, True)


@pytest.mark.parametrize("public_url", [None, "https://bell.example"])
async def test_no_script_and_no_other_site_gets_the_cookie(tmp_path: Path, public_url: str | None) -> None:
    async with visiting(tmp_path, token=SECRET, public_url=public_url) as visit:
        words = (await visit.ask("POST", await link(visit))).headers["set-cookie"].lower().split("; ")
        assert {"httponly", "samesite=strict", "path=/", "max-age=2592000"} <= set(words)
        assert ("secure" in words, words[0].startswith("__host-")) == (public_url is not None,) * 2


@pytest.mark.guards("bot", "the page and its data are for who is signed in")
async def test_who_is_not_signed_in_sees_how_to_and_nothing_else(tmp_path: Path) -> None:
    async with visiting(tmp_path, token=SECRET) as visit:
        page = await visit.get("/")
        assert (page.status_code, "Send /web to the bot" in page.text) == (401, True)
        paths = ("/health", "/api/status", "/api/full-sync", "/api/stream", "/api/validate-sync", "/api/openapi.json")
        for cookie in ("", "stockbell=", "stockbell=x", "stockbell=" + "A" * 32, "other=x"):
            codes = [(await visit.get(path, cookie=cookie)).status_code for path in paths]
            assert codes == [401] * len(paths)


async def test_a_machine_has_the_token_and_needs_no_cookie(tmp_path: Path) -> None:
    async with visiting(tmp_path, token=SECRET) as visit:
        listener = await visit.listen("0", Authorization=f"Bearer {TOKEN}")
        await visit.write(facts.fact(ServiceStopped))
        assert [one.id for one in await listener.until(1)] == ["1"]


@pytest.mark.guards("bot", "a link to the page holds for five minutes")
async def test_a_link_runs_out(tmp_path: Path) -> None:
    async with visiting(tmp_path, token=SECRET) as visit:
        path = await link(visit)
        visit.clock.go_on(LINK_HOLDS - LITTLE)
        assert (await visit.get(path)).status_code == 200
        visit.clock.go_on(LITTLE)
        assert ((await visit.get(path)).status_code, (await visit.ask("POST", path)).status_code) == (410, 410)


@pytest.mark.guards("bot", "a browser does not stay signed in for ever")
async def test_a_browser_is_signed_out_in_the_end(tmp_path: Path) -> None:
    async with visiting(tmp_path, token=SECRET, beat=timedelta(seconds=0.05)) as visit:
        cookie = await sign_in(visit)
        listener = await visit.listen(cookie=cookie)
        visit.clock.go_on(BROWSER_HOLDS)
        assert await status_of(visit, cookie) == 401
        await listener.until_ended()


async def test_who_is_not_let_in_gets_nothing_for_a_link(tmp_path: Path) -> None:
    async with visiting(tmp_path, token=SECRET) as visit:
        path = await link(visit, STRANGER)
        assert [(await visit.ask(method, path)).status_code for method in ("GET", "POST")] == [410, 410]


@pytest.mark.guards("bot", "a button on a page of somebody else signs nobody in")
async def test_a_button_elsewhere_spends_nothing(tmp_path: Path) -> None:
    async with visiting(tmp_path, token=SECRET) as visit:
        path = await link(visit)
        for origin in ("https://evil.example", "null", "http://localhost.evil.example"):
            assert (await visit.ask("POST", path, origin=origin)).status_code == 403
        assert (await visit.ask("POST", path, origin="http://localhost:8787")).status_code == 200


@pytest.mark.guards("bot", "a revoke signs all browsers of a person out at once, and ends what they read")
async def test_whoever_is_revoked_reads_no_more(tmp_path: Path) -> None:
    async with visiting(tmp_path, token=SECRET) as visit:
        cookie, other = await sign_in(visit), await sign_in(visit, BEN)
        unused = await link(visit)
        listeners = [await visit.listen(cookie=cookie), await visit.listen(cookie=other)]
        await visit.until_read_by(2)
        gone = await visit.storage.write(lambda unit: BrowserTable(unit.connection).sign_out(ADA))
        visit.browsers.forget(ADA)
        await listeners[0].until_ended()
        await visit.write(facts.fact(ServiceStopped))
        await listeners[1].until(1)
        assert gone == 1
        assert [await status_of(visit, one) for one in (cookie, other)] == [401, 200]
        assert (await visit.ask("POST", unused)).status_code == 410


async def test_what_is_stored_signs_nobody_in(tmp_path: Path) -> None:
    async with visiting(tmp_path, token=SECRET) as visit:
        path = await link(visit)
        cookie = await sign_in(visit, BEN)
        links, browsers = await visit.storage.read(lambda unit: BrowserTable(unit.connection).all())
        stored = {one.hash for one in (*links, *browsers)}
        assert len(stored) == 2
        assert not stored & {path.rpartition("/")[2], cookie.rpartition("=")[2]}
        for secret in stored:
            assert (await visit.ask("POST", f"/sign-in/{secret}")).status_code == 410
            assert await status_of(visit, f"stockbell={secret}") == 401


async def test_a_browser_stays_signed_in_over_a_restart(tmp_path: Path) -> None:
    async with visiting(tmp_path, token=SECRET) as visit:
        cookie, path = await sign_in(visit), await link(visit)
    async with visiting(tmp_path, token=SECRET) as visit:
        await visit.browsers.reload()
        assert await status_of(visit, cookie) == 200
        assert (await visit.ask("POST", path)).status_code == 200


async def test_of_one_persons_browsers_the_oldest_are_signed_out(tmp_path: Path) -> None:
    async with visiting(tmp_path, token=SECRET) as visit:
        other = await sign_in(visit, BEN)
        cookies = [await sign_in(visit) for _ in range(MOST_BROWSERS + 1)]
        codes = [await status_of(visit, cookie) for cookie in (cookies[0], cookies[1], cookies[-1], other)]
        assert codes == [401, 200, 200, 200]


@pytest.mark.guards("bot", "browsers are told to run nothing from elsewhere, to frame nothing and to keep nothing")
async def test_every_answer_is_kept_from_others(tmp_path: Path) -> None:
    async with visiting(tmp_path, token=SECRET) as visit:
        cookie, path = await sign_in(visit), await link(visit)
        answers = [
            await visit.get("/"),
            await visit.get(path),
            await visit.get("/api/status"),
            await visit.get("/api/status", cookie=cookie),
            await visit.get("/api/full-sync", cookie=cookie),
            await visit.get("/nothing", cookie=cookie),
            await visit.get("/", host="evil.example"),
        ]
        assert [one.status_code for one in answers] == [401, 200, 401, 200, 200, 404, 421]
        for answer in answers:
            check_safety(answer)


def check_safety(answer: httpx.Response) -> None:
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"


async def test_the_pages_of_the_way_in_hold_no_script_and_no_style_of_their_own(tmp_path: Path) -> None:
    async with visiting(tmp_path, token=SECRET) as visit:
        path = await link(visit)
        texts = [(await visit.get(one)).text for one in ("/", path, "/sign-in/x")]
        texts.append((await visit.ask("POST", path)).text)
        assert [text for text in texts if re.search(r"<script|<style|\sstyle=|\son[a-z]+=", text, re.IGNORECASE)] == []
        assert (await visit.get("/sign-in/style.css")).headers["content-type"].startswith("text/css")
