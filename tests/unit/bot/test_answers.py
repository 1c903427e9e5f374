"""What questions are answered with."""

from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest

from bot.access.roles import Role
from bot.commands import answers, specs
from bot.commands.spec import Example, Group, Spec
from bot.commands.specs import SPECS, specs_for
from bot.health import SLOW
from bot.text import picks, purchases, status, watchlist
from bot.text.buttons import PAGE, words_below
from config.products import BuyMode, Channel, Mode
from purchasing.model import Line, Overview, PurchaseState, Step
from tests.builders import AT, A, B, attempt, in_stock, line, out_of_stock, overview, product, restock, seconds, tcins
from tests.unit.bot.watched import DRAGON, TROVE, data, shown

SOON = AT + seconds(65)


# ---- /status and /slot


def status_of(told: Overview, *reasons: str, unsent: int = 0) -> list[str]:
    held = TROVE if told.slot else None
    return shown(status.render_status(told, reasons, unsent=unsent, held=held, at=SOON, zone=UTC))


def test_a_status_tells_mode_gate_slot_stock_and_checks() -> None:
    assert status_of(overview(TROVE, DRAGON)) == [
        "PRACTICE · 1 of 2 in stock",
        "Buying: on (practice, nothing is ordered)",
        "Nothing is being bought",
        "Last good check 1 m 5 s ago",
        "Next check at 14:03:42",
        "check 1284",
    ]


def test_a_status_tells_what_is_in_the_slot() -> None:
    told = status_of(overview(TROVE, slot=attempt(Step.CARTED, A, id=7)))
    assert told[2:4] == ["Buying now (attempt 7): going to the checkout", f"Trove · {A}"]


def test_a_status_tells_of_a_stop_and_how_to_lift_it() -> None:
    assert "Buying is off (turned off by Ada); /rearm turns it on" in status_of(overview(stopped="stopped by Ada"))


def test_a_status_tells_of_what_is_wrong_and_of_messages_that_wait() -> None:
    told = status_of(overview(), "Telegram: silent", "watchlist.toml: line 1", unsent=3)
    assert told[-4:] == ["3 messages wait to be sent", "⚠️ Telegram: silent", "⚠️ watchlist.toml: line 1", "check 1284"]


def test_a_status_tells_a_pause_a_stop_and_blindness_once() -> None:
    told = overview(paused=True, stopped="stopped by Ada")
    twice = status_of(told, "paused", "buying is stopped: stopped by Ada", "blind: walled")
    assert twice == status_of(told)


def test_checks_that_take_too_long_are_told_in_the_status_and_the_health_while_they_do() -> None:
    words = "⚠️ Checks take longer than they should: over 3 seconds each. Alerts may come that much later"
    assert words in status_of(overview(slow_since=AT), SLOW)
    assert words in shown(status.render_health("degraded", [SLOW], mode=Mode.SIMULATE))


def test_the_slot_is_told_with_its_product_its_time_and_who_waits() -> None:
    queued = line(B, stock=in_stock(title="Dragon"), state=PurchaseState.QUEUED)
    told = overview(TROVE, queued, slot=attempt(Step.SUBMITTING, A, id=7))
    assert shown(purchases.render_slot(told, held=TROVE, at=AT + seconds(12))) == [
        "PRACTICE · Buying now (attempt 7): placing the order",
        f"Trove · {A}",
        "Begun 12 s ago. I give up when it takes longer than 1 m.",
        f"Next: Dragon · {B}",
    ]


def test_a_rehearsal_in_the_slot_is_not_told_as_a_purchase() -> None:
    told = overview(TROVE, slot=attempt(Step.CARTED, A, id=7, mode=Mode.REHEARSE), mode=Mode.REHEARSE)
    shown_slot = shown(purchases.render_slot(told, held=TROVE, at=AT))
    assert shown_slot[0] == "REHEARSAL · Rehearsing now (attempt 7): going to the checkout"


def test_a_slot_in_doubt_says_how_it_is_settled() -> None:
    told = overview(TROVE, slot=attempt(Step.UNCONFIRMED, A, id=7, mode=Mode.LIVE), mode=Mode.LIVE)
    words = shown(purchases.render_slot(told, held=TROVE, at=AT))[2]
    assert words.endswith("If you know it before I do, send /settle 7 bought or /settle 7 not.")


def test_a_free_slot_that_nobody_waits_for_is_told_so() -> None:
    assert shown(purchases.render_slot(overview(TROVE), held=None, at=AT)) == [
        "PRACTICE · Nothing is being bought",
        "Nothing else waits to be bought.",
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
        f"PRACTICE · {picks.NOTHING_WATCHED}",
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
        "In stock (few left), seen 1 m 5 s ago · $49.99",
        "⚠️ No alert: sold by another seller, not by Target",
        "I ask before I buy, at most $49.99 · 2 of them · shipping or pickup · checked every 1 m 30 s · switched off.",
    ]


def test_a_product_is_shown_with_its_restocks_and_events() -> None:
    bought = attempt(Step.CONFIRMED, total=Decimal(50), moved_at=AT + seconds(3))
    before = restock(bought, closed_at=AT + seconds(160))
    told = show(TROVE, restocks=[restock(), before], events=["14:03:22 something"])
    assert told[3:] == [
        "",
        "Restocks",
        "22 Nov 14:03 until now",
        "22 Nov 14:03 for 2 m 40 s · Bought 1 for $50.00 in 3 s",
        "",
        "What happened last",
        "14:03:22 something",
    ]


def test_a_product_that_was_never_seen_is_told_so() -> None:
    assert show(line(product(A, max_price=None), stock=in_stock(price=None)), seen_at=None)[1:3] == [
        "Not seen yet · price unknown",
        "I buy by myself, no limit.",
    ]


def test_the_reasons_are_told_one_by_one_with_the_last_decisions() -> None:
    text = watchlist.render_why(TROVE, ["price 5 > 4", "no slot"], ["14:03:22 something"], mode=Mode.LIVE)
    assert shown(text) == [
        f"LIVE · Trove · {A}",
        "• Price 5 > 4.",
        "• No slot.",
        "",
        "What happened last",
        "14:03:22 something",
    ]


# ---- greeting, help and people


@pytest.mark.parametrize(("role", "may_stop"), [(Role.VIEWER, False), (Role.OPERATOR, True), (Role.OWNER, True)])
def test_only_who_may_stop_is_offered_the_button(role: Role, *, may_stop: bool) -> None:
    told = overview(TROVE, DRAGON)
    offered = words_below(may_stop=specs.STOP in specs_for(role, private=True))
    assert shown(answers.render_start(role, told))[1] == f"You are {role.word} here. 1 of 2 in stock."
    assert ([one.text for one in offered[-1]] == ["🛑 Stop buying"]) is may_stop


def test_help_tells_each_command_once_in_groups() -> None:
    told = [one.partition(" · ")[0] for one in shown(answers.render_help(SPECS, mode=Mode.SIMULATE))[1:]]
    commands = [one for one in told if one.startswith("/")]
    assert sorted(commands) == sorted(f"/{spec.name} {spec.short}".rstrip() for spec in SPECS)
    assert [one for one in told if one in set(Group)] == list(Group)


def test_help_on_one_command_tells_usage_role_and_aliases() -> None:
    example = Example(args="3", means="leaps 3 m high")
    spec = Spec(
        name="jump",
        role=Role.OPERATOR,
        help="leap <high>",
        usage="[n]",
        aliases=("hop", "leap"),
        private=True,
        example=example,
    )
    assert shown(answers.render_help_on(spec, mode=Mode.SIMULATE)) == [
        "PRACTICE · /jump · leap <high>",
        "Write: /jump [n]",
        "Like: /jump 3 leaps 3 m high.",
        "For: operators and owners, in the private chat with me",
        "Also: /hop, /leap",
    ]


def test_a_command_that_there_is_not_is_told_with_the_nearest_or_with_help() -> None:
    assert answers.render_unknown("lst", "list", mode=Mode.SIMULATE).endswith("for you here. Did you mean /list?")
    assert answers.render_unknown("qq", None, mode=Mode.SIMULATE).endswith("/help shows what there is.")


def test_people_are_told_by_role_with_their_names_and_the_groups() -> None:
    roles = {3: Role.VIEWER, 1: Role.OWNER, 2: Role.OPERATOR}
    assert shown(answers.render_users(roles, {1: "Ada", 2: "Bob"}, [-100], mode=Mode.SIMULATE)) == [
        "PRACTICE · Who may do what",
        "owner 1 Ada",
        "operator 2 Bob",
        "viewer 3 has not pressed Start yet",
        "group -100",
    ]
