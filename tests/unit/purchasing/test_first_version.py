"""What the first version stored of commands and offers is understood as it was meant."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.access.origin import Origin, decode_origin
from bot.access.roles import Role
from config.products import BuyMode, Channel, Mode, Product
from purchasing.commands import (
    Added,
    Answered,
    AskedBack,
    Cancelled,
    Command,
    Done,
    Invited,
    Mentioned,
    ModeChosen,
    NotDone,
    Offer,
    OfferButton,
    Paused,
    Person,
    PlaceChanged,
    PlacedProduct,
    RefusedWord,
    Removed,
    Result,
    Resumed,
    Revoked,
    Settled,
    Stopped,
    ToConfirm,
    Undone,
    WatchlistEdits,
    WishesChanged,
)
from purchasing.events import CutAttempt, stamp
from purchasing.model import ApprovalAnswer, Step
from tests.builders import AT, A, B, command, seconds
from tests.unit.purchasing.books import Books

BODY = {
    "what": "press",
    "args": "abcd",
    "chat": -1001000000001,
    "private": False,
    "thread": 7,
    "user": 1002,
    "name": "Bob",
    "role": 2,
    "late": True,
}


async def stored(books: Books, body: dict[str, Any], result: dict[str, Any] | None = None) -> Command:
    """A command as the first version left it on disk."""
    books.damage(
        "INSERT INTO command (key, place, at, by, body, state, result) VALUES ('tg:1:7', 1, ?, '1002', ?, ?, ?)",
        *(stamp(AT), json.dumps(body), "pending" if result is None else "done"),
        None if result is None else json.dumps({"accepted": True, "why": None, "offers": [], **result}),
    )
    read = await books.do(lambda unit: unit.commands.get("tg:1:7"))
    assert read is not None
    return read


async def test_a_pending_command_is_known_with_who_gave_it_and_where(books: Books) -> None:
    pending = await stored(books, BODY)
    assert await books.do(lambda unit: unit.commands.pending()) == [pending]
    assert (pending.what, pending.args, pending.person) == ("press", "abcd", Person(id="1002", name="Bob"))
    assert decode_origin(pending.origin or "") == Origin(
        chat=-1001000000001, private=False, thread=7, role=Role.OPERATOR, late=True
    )


async def test_one_whose_speaker_was_not_let_in_any_more_is_still_answered_nowhere(books: Books) -> None:
    nowhere = {name: value for name, value in BODY.items() if name != "chat"}
    done = await stored(books, nowhere, {"accepted": False, "why": "its speaker is not let in any more"})
    assert (done.origin, done.result) == (None, NotDone(why="its speaker is not let in any more"))


REFUSED = {"word": "12x", "why": "no TCIN"}
RESULTS: list[tuple[str, dict[str, Any], Result]] = [
    ("status", {}, Done()),
    ("refresh", {}, Done()),
    ("drill", {}, Done()),
    ("rearm", {"rearmed": True}, Done()),
    (
        "add",
        {"added": [A], "there": [B], "refused": [REFUSED]},
        Added(added=(A,), there=(B,), refused=(RefusedWord(word="12x", why="no TCIN"),)),
    ),
    (
        "add",
        {"accepted": False, "why": "nothing of it could be added", "added": [], "there": [B], "refused": []},
        Added(added=(), there=(B,)),
    ),
    ("add", {"accepted": False, "why": "watchlist.toml is wrong"}, NotDone(why="watchlist.toml is wrong")),
    ("remove", {"removed": [A, B], "refused": []}, Removed(removed=(A, B))),
    (
        "remove",
        {"accepted": False, "why": "all?", "offers": [{"label": "Yes", "token": "t"}]},
        AskedBack(question="all?"),
    ),
    ("set", {"tcin": A, "set": ["max_price"]}, WishesChanged(tcin=A, keys=("max_price",))),
    ("move", {"tcin": A, "place": 1, "of": 7}, PlaceChanged(tcin=A, place=1, of=7)),
    ("undo", {"absent": [A], "present": [B]}, Undone(absent=(A,), present=(B,))),
    ("text", {}, Mentioned()),
    ("text", {"tcins": [A]}, Mentioned(tcins=(A,))),
    ("pause", {"tcin": None, "until": None}, Paused(tcin=None, until=None)),
    ("pause", {"tcin": A, "until": stamp(AT)}, Paused(tcin=A, until=AT)),
    ("resume", {"tcin": None, "stopped": "by Ada", "paused": False}, Resumed(tcin=None, stopped="by Ada")),
    ("stop", {"already": "stopped by Ada", "cut": None}, Stopped(already="stopped by Ada", cut=None)),
    (
        "stop",
        {"already": None, "cut": {"attempt": 7, "tcin": A, "title": "Trove", "step": "carted"}},
        Stopped(already=None, cut=CutAttempt(attempt=7, tcin=A, title="Trove", step=Step.CARTED)),
    ),
    ("mode", {"mode": "live"}, ModeChosen(mode=Mode.LIVE)),
    ("mode", {"accepted": False, "why": "to be confirmed", "code": "1234"}, ToConfirm(what="mode live", code="1234")),
    ("skip", {"tcin": A, "answer": "skip"}, Answered(tcin=A, answer=ApprovalAnswer.SKIP)),
    (
        "buy",
        {"accepted": False, "why": "that restock is over", "tcin": A, "answer": "buy"},
        NotDone(why="that restock is over", about=(A,)),
    ),
    ("settle", {"attempt": 7, "tcin": A, "bought": True}, Settled(attempt=7, tcin=A, bought=True)),
    ("cancel", {"attempt": 7, "tcin": A, "step": "carted"}, Cancelled(attempt=7, tcin=A)),
    ("invite", {"code": "ABCD2345", "role": "viewer"}, Invited(code="ABCD2345", role="viewer")),
    ("revoke", {"user": 1003, "stays": "viewer"}, Revoked(user=1003, stays="viewer")),
]


@pytest.mark.parametrize(("what", "result", "meant"), RESULTS)
async def test_what_became_of_a_command_is_known_for_its_reply(
    books: Books, what: str, result: dict[str, Any], meant: Result
) -> None:
    done = await stored(books, {**BODY, "what": what, "args": "live"}, result)
    assert done.result == meant
    assert done.result.refusal == result.get("why")
    assert done.buttons == tuple(OfferButton(**one) for one in result.get("offers", ()))


def offered(books: Books, what: str, args: str, facts: dict[str, Any]) -> None:
    books.damage(
        "INSERT INTO offer (token, label, what, args, facts, expires_at) VALUES ('t', 'Undo', ?, ?, ?, ?)",
        *(what, args, json.dumps(facts), stamp(AT + seconds(600))),
    )


async def take(books: Books) -> object:
    return await books.do(
        lambda unit: unit.offers.take("t", command("tg:1:8", "press"), may=lambda _: True, at=books.at)
    )


async def test_an_offer_to_undo_still_brings_back_what_was_there(books: Books) -> None:
    row = {
        "tcin": A,
        "position": 3,
        "name": "Trove",
        "max_price": "49.99",
        "quantity": 2,
        "buy": "auto",
        "channel": "any",
        "every_s": 90.0,
        "enabled": 0,
    }
    offered(books, "undo", "", {"absent": [B], "present": [row]})
    wanted = Product(
        tcin=A,
        name="Trove",
        max_price=Decimal("49.99"),
        quantity=2,
        buy=BuyMode.AUTO,
        channel=Channel.ANY,
        every=timedelta(seconds=90),
        enabled=False,
    )
    edits = WatchlistEdits(absent=(B,), present=(PlacedProduct(place=3, product=wanted),))
    assert await take(books) == Offer(
        token="t",
        label="Undo",
        what="undo",
        edits=edits,
        expires_at=AT + seconds(600),
    )


async def test_an_offer_of_a_command_still_stands_for_it(books: Books) -> None:
    offered(books, "set", "10000001 max=60", {})
    expires_at = AT + seconds(600)
    assert await take(books) == Offer(
        token="t",
        label="Undo",
        what="set",
        args="10000001 max=60",
        expires_at=expires_at,
    )
