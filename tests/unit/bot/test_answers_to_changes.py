"""What commands that change something are answered with, and those that were refused or not understood."""

from datetime import UTC, datetime

import pytest

from bot.commands import answers, specs
from bot.commands.spec import Spec
from bot.text import steering, watchlist
from config.products import BuyMode, Mode, Tcin
from monitor.restock_hours import Likely, Pace
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
from purchasing.model import Line, Step
from purchasing.rules.state_machine import BEFORE_BUTTON
from tests.builders import AT, A, B, C, in_stock, line, product, seconds, tcins
from tests.unit.bot.watched import DRAGON, TROVE, shown

# ---- the watch list


def change(spec: Spec, result: Result, *known: Line, mode: Mode = Mode.SIMULATE) -> list[str]:
    return shown(answers.render_change(spec, result, known, mode=mode, zone=UTC))


def test_what_was_added_is_told_with_what_is_wanted_and_what_could_not_be_with_why() -> None:
    wanted = line(product(A, quantity=2, buy=BuyMode.ASK), stock=in_stock(title="Trove"))
    result = Added(added=(A,), there=(B,), refused=(RefusedWord(word="12x", why="no TCIN"),))
    assert change(specs.ADD, result, wanted, DRAGON) == [
        "PRACTICE · Watching it.",
        f"✅ Trove · {A} · I ask before I buy, at most $49.99 · 2 of them",
        f"Watched already: Dragon · {B}",
        "✖️ 12x: no TCIN",
    ]


def test_an_add_of_nothing_is_told_how_it_is_used() -> None:
    told = change(specs.ADD, Added(added=()))
    assert (told[0], told[1].startswith("Send /add with")) == ("PRACTICE · Nothing was added.", True)


def test_what_was_removed_is_told_by_its_title() -> None:
    assert change(specs.REMOVE, Removed(removed=(A,)), TROVE) == ["PRACTICE · No longer watched", f"🗑 Trove · {A}"]


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


def test_a_product_that_nothing_is_known_of_is_told_by_its_number() -> None:
    assert change(specs.UNDO, Undone(absent=(C,), present=())) == ["PRACTICE · Undone.", f"🗑 {C}"]


def test_a_change_is_told_as_it_stands_now() -> None:
    assert change(specs.SET, WishesChanged(tcin=A, keys=("max_price", "quantity")), TROVE) == [
        "PRACTICE · Changed: max, qty",
        f"Trove · {A} · I buy by myself, at most $49.99",
    ]


def test_a_move_is_told_with_its_new_place() -> None:
    assert change(specs.MOVE, PlaceChanged(tcin=A, place=1, of=7), TROVE) == [
        "PRACTICE · Now number 1 of 7. I buy from the top.",
        f"Trove · {A}",
    ]


@pytest.mark.parametrize(
    ("likely", "words"),
    [
        (None, "asked about every 1 m 47 s now, as your budget of requests allows"),
        (Likely(hour=3, weekday=4), "asked about every 1 m 47 s now: it often restocks on Fridays around 3 am"),
        (Likely(hour=0, weekday=None), "asked about every 1 m 47 s now: it often restocks around 12 am"),
        (Likely(hour=12, weekday=6), "asked about every 1 m 47 s now: it often restocks on Sundays around 12 pm"),
    ],
)
def test_how_often_a_product_is_asked_for_is_told_with_why(likely: Likely | None, words: str) -> None:
    assert watchlist.pace_words(Pace(every=seconds(107), likely=likely)) == words


# ---- watching, buying and people


@pytest.mark.parametrize(
    ("tcin", "until", "words"),
    [
        (None, None, "Everything is paused."),
        (A, None, f"Paused: Trove · {A}"),
        (A, AT + seconds(86_400), f"Paused until 23 Nov 14:03: Trove · {A}"),
    ],
)
def test_a_pause_is_told_with_what_it_is_for_and_how_long(
    tcin: Tcin | None, until: datetime | None, words: str
) -> None:
    first, then = change(specs.PAUSE, Paused(tcin=tcin, until=until), TROVE)
    assert (first, then.endswith("/resume ends that.")) == (f"PRACTICE · {words}", True)


def test_a_resume_is_told_not_to_lift_a_stop() -> None:
    assert change(specs.RESUME, Resumed(tcin=None, stopped=None)) == ["PRACTICE · I am checking again."]
    told = change(specs.RESUME, Resumed(tcin=None, stopped="by Ada"))
    assert told[1] == "Buying stays off; an owner turns it on with /rearm."


def test_a_product_is_not_said_to_be_asked_again_while_all_is_paused() -> None:
    assert change(specs.RESUME, Resumed(tcin=A, stopped=None, paused=True), TROVE) == [
        f"PRACTICE · Its own pause is over: Trove · {A}",
        "But everything is still paused; /resume ends that too.",
    ]


@pytest.mark.parametrize("step", [Step.OPENED, Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.UNCONFIRMED])
def test_a_stop_tells_what_became_of_the_attempt(step: Step) -> None:
    cut = CutAttempt(attempt=7, tcin=A, title="Trove", step=step)
    told = change(specs.STOP, Stopped(already=None, cut=cut))
    assert told[0] == "PRACTICE · Buying is off. I keep watching and alerting."
    assert f"Trove · {A}" in told[1]
    assert told[1].startswith("Called off in time" if step in BEFORE_BUTTON else "Ordered already")


def test_a_second_stop_is_told_who_was_first() -> None:
    told = change(specs.STOP, Stopped(already="stopped by Bob", cut=None))
    assert told == ["PRACTICE · Buying was off already (turned off by Bob)."]


def test_a_new_mode_is_told_by_what_it_means() -> None:
    assert change(specs.MODE, ModeChosen(mode=Mode.LIVE), mode=Mode.LIVE) == [
        "LIVE · From now on purchases are real. /stop turns buying off at once."
    ]


def test_what_has_to_be_said_twice_is_told_with_its_code() -> None:
    told = steering.render_to_confirm(ToConfirm(what="mode live", code="1234"), mode=Mode.SIMULATE, zone=UTC)
    assert shown(told) == ["PRACTICE · To confirm, send /mode live 1234 within 60 s."]


def test_where_arming_would_accept_the_clock_both_times_are_named() -> None:
    clocks = Clocks(journal=AT.replace(year=2036), present=AT)
    told = steering.render_to_confirm(ToConfirm(what="rearm", code="1234", clocks=clocks), mode=Mode.SIMULATE, zone=UTC)
    (named,) = shown(told)[1:]
    assert named.startswith(
        "I buy nothing now, as this computer's clock says 22 Nov 2026 14:03:22, but it said 22 Nov 2036 14:03:22"
    )
    assert named.endswith("Confirm only if the clock is right now: I go by it from then on.")


def test_who_lost_a_role_is_told_by_name() -> None:
    assert change(specs.REVOKE, Revoked(user=1002, name="Bob")) == ["PRACTICE · Bob 1002 is shut out."]
    assert change(specs.REVOKE, Revoked(user=1002)) == ["PRACTICE · 1002 is shut out."]
    signed_out = change(specs.REVOKE, Revoked(user=1002, name="Bob", browsers=2))
    assert signed_out == ["PRACTICE · Bob 1002 is shut out.", "Signed out of the page: 2 browsers."]
    stays = change(specs.REVOKE, Revoked(user=1002, stays="owner", browsers=1))
    assert stays == ["PRACTICE · Signed out of the page: 1 browser.", "By the settings 1002 stays owner."]


# ---- what was refused or not understood


@pytest.mark.parametrize(("name", "begins"), [("rearm", "/rearm was"), (None, "That was")])
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
    assert change(specs.TEXT, Mentioned())[0].endswith("/help shows them.")
    assert change(specs.TEXT, Mentioned(tcins=(A,))) == [f"PRACTICE · Shall I watch product {A}?"]
    assert change(specs.TEXT, Mentioned(tcins=(A, B))) == ["PRACTICE · Shall I watch these 2 products?", A, B]
    assert change(specs.TEXT, Mentioned(tcins=tuple(tcins(200))))[-1] == "and 190 more"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (Mentioned(tcins=(A,), may_add=False), f"PRACTICE · Trove · {A} is not watched; an operator can add it."),
        (Mentioned(there=(A,)), f"PRACTICE · Trove · {A} is watched already."),
        (Mentioned(tcins=(A,), there=(B,)), f"PRACTICE · Shall I watch Trove · {A}?"),
    ],
)
def test_a_link_is_answered_by_what_can_be_done_about_it(result: Mentioned, words: str) -> None:
    assert change(specs.LINKS, result, TROVE) == [words]
