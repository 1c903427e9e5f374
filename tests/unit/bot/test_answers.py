"""What commands are answered with."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from bot.access.roles import Role
from bot.commands import answers, specs
from bot.commands.spec import Spec
from bot.commands.specs import SPECS, specs_for
from bot.text import purchases, status, steering, watchlist
from bot.text.buttons import PAGE, words_below
from bot.text.draft import Buttons
from config.products import BuyMode, Channel, Mode, Tcin
from purchasing.commands import (
    Added,
    Clocks,
    Mentioned,
    ModeChosen,
    Paused,
    PlaceChanged,
    RefusedWord,
    Removed,
    Result,
    Resumed,
    Revoked,
    Stopped,
    ToConfirm,
    Undone,
    WishesChanged,
)
from purchasing.events import CutAttempt
from purchasing.model import Line, Overview, PurchaseState, Step
from purchasing.rules.state_machine import BEFORE_BUTTON
from sandbox.telegram_html import parse_html
from tests.builders import (
    AT,
    A,
    B,
    C,
    attempt,
    in_stock,
    line,
    out_of_stock,
    overview,
    product,
    restock,
    seconds,
    tcins,
)

TROVE = line(A, stock=in_stock(title="Trove"))
DRAGON = line(B, stock=out_of_stock(title="Dragon"))
SOON = AT + seconds(65)


def shown(text: str) -> list[str]:
    return parse_html(text).text.split("\n")


def data(buttons: Buttons) -> list[str | None]:
    return [button.data for row in buttons for button in row]


# ---- /status and /slot


def status_of(told: Overview, *reasons: str, unsent: int = 0) -> list[str]:
    held = TROVE if told.slot else None
    return shown(status.render_status(told, reasons, unsent=unsent, held=held, at=SOON, zone=UTC))


def test_a_status_tells_mode_gate_slot_stock_and_checks() -> None:
    assert status_of(overview(TROVE, DRAGON)) == [
        "PRACTICE · cycle 1284",
        "buying: armed",
        "slot: free",
        "2 watched · 1 in stock",
        "last good check 1 m 5 s ago",
        "next check at 14:03:42",
    ]


def test_a_status_tells_what_is_in_the_slot() -> None:
    told = status_of(overview(TROVE, slot=attempt(Step.CARTED, A, id=7)))
    assert told[2:4] == [f"slot: attempt 7 on {A}, going to the review page", f"Trove · {A}"]


def test_a_status_tells_of_a_stop_and_how_to_lift_it() -> None:
    assert "buying: stopped (stopped by Ada); /rearm lifts it" in status_of(overview(stopped="stopped by Ada"))


def test_a_status_tells_of_what_is_wrong_and_of_messages_that_wait() -> None:
    told = status_of(overview(), "Telegram: silent", "blind: walled", unsent=3)
    assert told[-3:] == ["3 messages wait to be sent", "⚠️ Telegram: silent", "⚠️ blind: walled"]


def test_the_slot_is_told_with_its_product_its_time_and_who_waits() -> None:
    queued = line(B, stock=in_stock(title="Dragon"), state=PurchaseState.QUEUED)
    told = overview(TROVE, queued, slot=attempt(Step.SUBMITTING, A, id=7))
    assert shown(purchases.render_slot(told, held=TROVE, at=AT + seconds(12))) == [
        f"PRACTICE · slot: attempt 7 on {A}, placing the order",
        f"Trove · {A}",
        "since 12 s, until 1 m have passed",
        f"queued: Dragon · {B}",
    ]


def test_a_free_slot_that_nobody_waits_for_is_told_so() -> None:
    assert shown(purchases.render_slot(overview(TROVE), held=None, at=AT)) == [
        "PRACTICE · slot: free",
        "nothing is queued",
    ]


def test_a_product_that_is_watched_no_longer_is_told_by_its_title_while_it_holds_the_slot() -> None:
    told = overview(DRAGON, slot=attempt(Step.UNCONFIRMED, A, id=7))
    assert f"Trove · {A}" in shown(purchases.render_slot(told, held=TROVE, at=AT))
    assert f"Trove · {A}" in status_of(told)


# ---- /list and /show


@pytest.mark.parametrize(
    ("count", "page", "places", "turns"),
    [
        (3, 1, range(1, 4), []),
        (PAGE, 1, range(1, PAGE + 1), []),
        (PAGE + 1, 1, range(1, PAGE + 1), ["· 1 ·", "2 →"]),
        (PAGE + 1, 2, range(PAGE + 1, PAGE + 2), ["← 1", "· 2 ·"]),
        (2 * PAGE + 1, 2, range(PAGE + 1, 2 * PAGE + 1), ["← 1", "· 2 ·", "3 →"]),
        (9 * PAGE, 5, range(4 * PAGE + 1, 5 * PAGE + 1), ["« 1", "← 4", "· 5 ·", "6 →", "9 »"]),
        (PAGE + 1, 99, range(PAGE + 1, PAGE + 2), ["← 1", "· 2 ·"]),
        (PAGE + 1, 0, range(1, PAGE + 1), ["· 1 ·", "2 →"]),
    ],
)
def test_a_list_shows_one_page_a_button_for_each_product_and_the_way_to_the_others(
    count: int, page: int, places: range, turns: list[str]
) -> None:
    text, offered = watchlist.render_list(overview(*map(line, tcins(count))), page=page, at=AT)
    _, *rows = shown(text)
    assert [row.partition(".")[0] for row in rows] == [str(place) for place in places]
    *numbers, last = offered
    if turns:
        assert [one.text for one in numbers.pop()] == turns
    assert [one.text for row in numbers for one in row] == [f"🟢 {place}" for place in places]
    assert [one.data for one in last] == ["/list 1 in-stock", f"/list {min(max(page, 1), -(-count // PAGE))}"]


def test_a_list_of_what_is_in_stock_keeps_the_places_of_the_whole_list() -> None:
    told = overview(line(A, stock=out_of_stock()), line(B))
    text, offered = watchlist.render_list(told, page=1, in_stock=True, at=AT)
    assert shown(text)[0] == "PRACTICE · 1 of 2 in stock"
    assert [row.partition(" ")[0] for row in shown(text)[1:]] == ["2."]
    assert data(offered) == [f"/show {B}", "/list 1", "/list 1 in-stock"]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("", (1, False)),
        ("2", (2, False)),
        ("in stock", (1, True)),
        ("In-stock 3", (3, True)),
        ("²", (1, False)),
        ("two", (1, False)),
    ],
)
def test_a_list_is_asked_for_by_its_page_and_by_what_is_in_stock(said: str, wanted: tuple[int, bool]) -> None:
    assert answers.parse_list(said) == wanted


def test_an_empty_list_says_how_to_begin() -> None:
    assert watchlist.render_list(overview(), page=1, at=AT) == (
        "PRACTICE · nothing is watched yet: /add TCIN or link",
        (),
    )


def show(one: Line, **more: Any) -> list[str]:
    told: dict[str, Any] = {
        "restocks": [],
        "events": [],
        "seen_at": AT,
        "mode": Mode.SIMULATE,
        "at": SOON,
        "zone": UTC,
        **more,
    }
    return shown(watchlist.render_show(one, **told))


def test_a_product_is_shown_with_what_is_known_and_what_is_wanted() -> None:
    wanted = product(A, quantity=2, buy=BuyMode.ASK, channel=Channel.ANY, every=seconds(90), enabled=False)
    assert show(line(wanted, stock=in_stock(title="Trove", detail="LIMITED_STOCK", marketplace=True))) == [
        f"PRACTICE · Trove · {A}",
        "in stock (limited stock), 1 m 5 s ago · $49.99",
        "⚠️ no alert: sold by a marketplace seller",
        "buy: ask · at most $49.99 · quantity 2 · any · every 1 m 30 s · off",
    ]


def test_a_product_is_shown_with_its_restocks_and_events() -> None:
    bought = attempt(Step.CONFIRMED, total=Decimal(50), moved_at=AT + seconds(3))
    before = restock(bought, closed_at=AT + seconds(160))
    told = show(TROVE, restocks=[restock(), before], events=["14:03:22 something"])
    assert told[3:] == [
        "",
        "restocks",
        "22 Nov 14:03:22 open now",
        "22 Nov 14:03:22 for 2 m 40 s; attempts: 1, last bought 1 for $50.00 in 3 s",
        "",
        "last events",
        "14:03:22 something",
    ]


def test_a_product_that_was_never_seen_is_told_so() -> None:
    assert show(line(product(A, max_price=None), stock=in_stock(price=None)), seen_at=None)[1:3] == [
        "never seen · price unknown",
        "buy: auto · no cap · quantity 1 · shipping",
    ]


def test_the_reasons_are_told_one_by_one_with_the_last_decisions() -> None:
    text = watchlist.render_why(TROVE, ["price 5 > 4", "no slot"], ["14:03:22 something"], mode=Mode.LIVE)
    assert shown(text) == [
        f"LIVE · Trove · {A}",
        "• price 5 > 4",
        "• no slot",
        "",
        "last decisions",
        "14:03:22 something",
    ]


# ---- greeting and help


@pytest.mark.parametrize(("role", "may_stop"), [(Role.VIEWER, False), (Role.OPERATOR, True), (Role.OWNER, True)])
def test_only_who_may_stop_is_offered_the_button(role: Role, *, may_stop: bool) -> None:
    told = overview(TROVE, DRAGON)
    offered = words_below(may_stop=specs.STOP in specs_for(role, private=True))
    assert shown(answers.render_start(role, told))[1] == f"You are {role.word} here. 2 watched, 1 in stock."
    assert ([one.text for one in offered[-1]] == ["🛑 Stop buying"]) is may_stop


def test_help_tells_each_command_once_with_its_usage() -> None:
    told = shown(answers.render_help(SPECS, mode=Mode.SIMULATE))[1:]
    assert [one.partition(":")[0] for one in told] == [f"/{spec.name} {spec.usage}".rstrip() for spec in SPECS]


def test_help_on_one_command_tells_usage_role_and_aliases() -> None:
    spec = Spec(name="jump", role=Role.OPERATOR, help="leap <high>", usage="[n]", aliases=("hop", "leap"))
    assert shown(answers.render_help_on(spec, mode=Mode.SIMULATE)) == [
        "PRACTICE · /jump [n]",
        "leap <high>",
        "for: operator and above",
        "also /hop, /leap",
    ]


def test_a_command_that_there_is_not_is_told_with_the_nearest_or_with_help() -> None:
    assert answers.render_unknown("lst", "list", mode=Mode.SIMULATE).endswith("for you here. Did you mean /list?")
    assert answers.render_unknown("qq", None, mode=Mode.SIMULATE).endswith("/help shows what there is.")


# ---- people


def test_people_are_told_by_role_with_their_names_and_the_groups() -> None:
    roles = {3: Role.VIEWER, 1: Role.OWNER, 2: Role.OPERATOR}
    assert shown(answers.render_users(roles, {1: "Ada", 2: "Bob"}, [-100], mode=Mode.SIMULATE)) == [
        "PRACTICE · who may do what",
        "owner 1 Ada",
        "operator 2 Bob",
        "viewer 3 has not pressed Start yet",
        "group -100",
    ]


# ---- changes


def change(spec: Spec, result: Result, *known: Line, mode: Mode = Mode.SIMULATE) -> list[str]:
    return shown(answers.render_change(spec, result, known, mode=mode, zone=UTC))


def test_what_was_added_is_told_with_what_is_wanted_and_what_could_not_be_with_why() -> None:
    wanted = line(product(A, quantity=2, buy=BuyMode.ASK), stock=in_stock(title="Trove"))
    result = Added(added=(A,), there=(B,), refused=(RefusedWord(word="12x", why="no TCIN"),))
    assert change(specs.ADD, result, wanted, DRAGON) == [
        "PRACTICE · added 1",
        f"✅ Trove · {A} · at most $49.99 · quantity 2 · buy: ask · shipping",
        f"already watched: Dragon · {B}",
        "✖️ 12x: no TCIN",
    ]


def test_an_add_of_nothing_is_told_how_it_is_used() -> None:
    told = change(specs.ADD, Added(added=()))
    assert (told[0], told[1].startswith("usage: /add")) == ("PRACTICE · nothing was added", True)


def test_what_was_removed_is_told_by_its_title() -> None:
    assert change(specs.REMOVE, Removed(removed=(A,)), TROVE) == ["PRACTICE · 1 no longer watched", f"🗑 Trove · {A}"]


def test_of_many_products_the_first_are_named_and_the_others_counted() -> None:
    many = tuple(tcins(200))
    for told in (
        change(specs.ADD, Added(added=many)),
        change(specs.ADD, Added(added=(), there=many)),
        change(specs.REMOVE, Removed(removed=many)),
        change(specs.UNDO, Undone(absent=many, present=())),
        change(specs.UNDO, Undone(absent=(), present=many)),
    ):
        assert told[-1] == "and 180 more"
        assert sum(tcin in "\n".join(told) for tcin in many) == watchlist.MOST_NAMED


def test_who_lost_a_role_is_told_by_name() -> None:
    assert change(specs.REVOKE, Revoked(user=1002, name="Bob")) == ["PRACTICE · Bob 1002 has no role any more"]
    assert change(specs.REVOKE, Revoked(user=1002)) == ["PRACTICE · 1002 has no role any more"]


def test_a_product_that_nothing_is_known_of_is_told_by_its_number() -> None:
    assert change(specs.UNDO, Undone(absent=(C,), present=())) == ["PRACTICE · undone", f"🗑 {C}"]


def test_a_change_is_told_as_it_stands_now() -> None:
    assert change(specs.SET, WishesChanged(tcin=A, keys=("max_price", "quantity")), TROVE) == [
        "PRACTICE · changed max, qty",
        f"Trove · {A} · at most $49.99 · buy: auto · shipping",
    ]


def test_a_move_is_told_with_its_new_place() -> None:
    assert change(specs.MOVE, PlaceChanged(tcin=A, place=1, of=7), TROVE) == [f"PRACTICE · Trove · {A} is now 1 of 7"]


@pytest.mark.parametrize(
    ("tcin", "until", "words"),
    [
        (None, None, "nothing is asked of the shop until /resume. A running attempt goes on, none starts."),
        (A, None, f"Trove · {A} is not asked for until /resume"),
        (A, AT + seconds(86_400), f"Trove · {A} is not asked for until 23 Nov 14:03:22"),
    ],
)
def test_a_pause_is_told_with_what_it_is_for_and_how_long(
    tcin: Tcin | None, until: datetime | None, words: str
) -> None:
    assert change(specs.PAUSE, Paused(tcin=tcin, until=until), TROVE) == [f"PRACTICE · {words}"]


def test_a_resume_is_told_not_to_lift_a_stop() -> None:
    assert change(specs.RESUME, Resumed(tcin=None, stopped=None)) == ["PRACTICE · the shop is asked again"]
    assert change(specs.RESUME, Resumed(tcin=None, stopped="by Ada"))[0].endswith("/rearm lifts that")


def test_a_product_is_not_said_to_be_asked_again_while_all_is_paused() -> None:
    assert change(specs.RESUME, Resumed(tcin=A, stopped=None, paused=True), TROVE) == [
        f"PRACTICE · the pause of Trove · {A} is lifted, but all watching is still paused: /resume"
    ]


@pytest.mark.parametrize("step", [Step.OPENED, Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.UNCONFIRMED])
def test_a_stop_tells_what_became_of_the_attempt(step: Step) -> None:
    cut = CutAttempt(attempt=7, tcin=A, title="Trove", step=step)
    told = change(specs.STOP, Stopped(already=None, cut=cut))
    assert told[0] == "PRACTICE · stopped: nothing is bought until /rearm. Watching and alerts go on."
    assert f"Trove · {A}" in told[1]
    assert told[1].endswith("is called off." if step in BEFORE_BUTTON else "followed to its outcome.")


def test_a_second_stop_is_told_who_was_first() -> None:
    told = change(specs.STOP, Stopped(already="stopped by Bob", cut=None))
    assert told == ["PRACTICE · buying was stopped already: stopped by Bob. /rearm lifts it."]


def test_a_new_mode_is_told_by_its_word() -> None:
    assert change(specs.MODE, ModeChosen(mode=Mode.LIVE), mode=Mode.LIVE) == [
        "LIVE · new attempts are made in this mode"
    ]


def test_what_has_to_be_said_twice_is_told_with_its_code() -> None:
    told = steering.render_to_confirm(ToConfirm(what="mode live", code="1234"), mode=Mode.SIMULATE, zone=UTC)
    assert shown(told) == ["PRACTICE · to confirm, send /mode live 1234 within 60 s."]


def test_where_arming_would_accept_the_clock_both_times_are_named() -> None:
    clocks = Clocks(journal=AT.replace(year=2036), present=AT)
    told = steering.render_to_confirm(ToConfirm(what="rearm", code="1234", clocks=clocks), mode=Mode.SIMULATE, zone=UTC)
    (named,) = shown(told)[1:]
    assert named.startswith(
        "Nothing is bought now, as this computer's clock says 22 Nov 2026 14:03:22, but the journal has"
    )
    assert named.endswith(
        "gone on to 22 Nov 2036 14:03:22. Confirm only if the clock is right: it counts from then on."
    )


@pytest.mark.parametrize(("name", "begins"), [("rearm", "/rearm was"), (None, "that was")])
def test_a_refusal_names_the_command_and_why(name: str | None, begins: str) -> None:
    told = answers.render_refusal(name, "it is too late", mode=Mode.SIMULATE)
    assert told == f"PRACTICE · {begins} not done: it is too late"


def test_a_refusal_tells_the_products_that_it_speaks_of_by_their_titles() -> None:
    told = answers.render_refusal("skip", "Ada said skip already", [TROVE], mode=Mode.SIMULATE)
    assert shown(told) == ["PRACTICE · /skip was not done: Ada said skip already", f"Trove · {A}"]


def test_a_product_that_may_have_been_meant_is_told_by_its_title() -> None:
    refused = RefusedWord(word="1000000", why=f"1000000 is not watched; did you mean {A}?")
    assert change(specs.REMOVE, Removed(removed=(), refused=(refused,)), TROVE)[1:] == [
        f"✖️ 1000000: 1000000 is not watched; did you mean {A}?",
        f"Trove · {A}",
    ]


def test_words_that_are_no_command_are_hinted_at_what_would_be() -> None:
    assert change(specs.TEXT, Mentioned())[0].endswith("/help tells which.")
    assert change(specs.TEXT, Mentioned(tcins=(A, B))) == [f"PRACTICE · watch {A}, {B}?"]
    assert change(specs.TEXT, Mentioned(tcins=tuple(tcins(200)))) == [f"PRACTICE · watch {A}, {B}, {C} and 197 more?"]
