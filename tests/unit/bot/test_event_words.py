"""Events of the journal in plain words."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from bot.text.events import LINE, concerns, describe_event
from bot.text.markup import shown_length
from purchasing.model import Event
from tests import strategies as any_of
from tests.builders import A, B, C, cycle_body, event


def said(one: Event, only: str | None = None) -> str | None:
    return describe_event(one, UTC, only=only)


def cycle(*, failed: str | None = None, queued: tuple[str, ...] = ()) -> Event:
    """A cycle in which A came in stock and was attempted."""
    body = cycle_body(
        changes=[{"tcin": A, "before": "out_of_stock", "after": "in_stock"}],
        failed=failed,
        purchases={"started": [{"tcin": A, "attempt": 77}], "queued": list(queued)},
    )
    return event("cycle_completed", **body)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (
            event("attempt_moved", attempt=7, tcin=A, to="refused", why="sold out"),
            f"attempt 7 on {A} refused: sold out",
        ),
        (event("attempt_moved", attempt=7, tcin=A, to="carted", why=None), f"attempt 7 on {A} carted"),
        (event("control_changed", what="stop", value=True, by="Ada"), "stop: True, by Ada"),
        (event("control_changed", what="pause", tcin=A, value=False, by="Ada"), f"pause of {A}: False, by Ada"),
        (
            event("watchlist_changed", added=[A], removed=[B], changed=[], by="Ada"),
            f"watch list, by Ada: added {A}; removed {B}",
        ),
        (event("watchlist_changed", added=[], removed=[], changed=[], by="Ada"), "watch list, by Ada: new order"),
        (event("command_done", what="pause", by="Ada", accepted=True, why=None), "/pause by Ada"),
        (
            event("command_done", what="rearm", by="Ada", accepted=False, why="too old"),
            "/rearm by Ada refused: too old",
        ),
        (event("product_learned", tcin=A, title="Trove"), f"{A} is Trove"),
        (event("product_learned", tcin=A, title=None), f"{A} is not told"),
        (event("access_changed", user=1002, role="viewer", by="Ada"), "role of 1002: viewer, by Ada"),
        (event("access_changed", user=1002, role=None, by="Ada"), "role of 1002: none, by Ada"),
        (event("limit_reached", tcin=A, why="10 of 10"), f"a limit holds {A} back: 10 of 10"),
        (event("ask_answered", tcin=A, answer="skip", by="Ada"), f"skip said to {A}, by Ada"),
        (
            event("watchlist_refused", problems=["line 1: no", "line 2: no"]),
            "watchlist.toml is wrong: line 1: no; line",
        ),
        (event("ask_withdrawn", tcin=A), f"the yes to {A} no longer holds"),
        (event("disagreement", attempt=7, tcin=A, why="no price"), f"attempt 7 on {A}: no price"),
        (event("storage_failed", lasted_s=9, why="disk full"), "nothing could be stored for 9 s: disk full"),
        (event("blind", why="walled"), "blind: walled"),
        (event("sighted", lasted_s=60), "sighted"),
        (event("service_stopped"), "service stopped"),
        (event("something_new", what="of a later version"), "something new"),
    ],
    ids=lambda value: value.kind if isinstance(value, Event) else "",
)
def test_an_event_is_told_in_plain_words_with_its_time(one: Event, words: str) -> None:
    assert (said(one) or "").startswith(f"14:03:22 {words}")


def test_times_are_the_owners() -> None:
    assert describe_event(event("sighted"), ZoneInfo("America/Chicago")) == "08:03:22 sighted"


def test_a_cycle_tells_what_changed_what_was_attempted_and_what_waits() -> None:
    assert said(cycle(queued=(B,))) == (
        f"14:03:22 cycle 1284: {A} out_of_stock → in_stock; attempt 77 on {A} opened; {B} waits for the slot"
    )


def test_a_cycle_tells_why_it_failed() -> None:
    assert said(event("cycle_completed", **cycle_body(failed="walled"))) == "14:03:22 cycle 1284: failed: walled"


def test_a_quiet_cycle_is_not_worth_a_line() -> None:
    assert said(event("cycle_completed", **cycle_body())) is None


def test_of_one_product_a_cycle_tells_only_what_became_of_it() -> None:
    assert said(cycle(queued=(B,)), only=B) == f"14:03:22 cycle 1284: {B} waits for the slot"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (event("attempt_moved", attempt=7, tcin=A, to="carted", why=None), f"attempt 7 on {A} Trove carted"),
        (event("control_changed", what="pause", tcin=A, value=False, by="Ada"), f"pause of {A} Trove: False, by Ada"),
        (
            event("watchlist_changed", added=[A], removed=[], changed=[], by="Ada"),
            f"watch list, by Ada: added {A} Trove",
        ),
        (cycle(), f"cycle 1284: {A} Trove out_of_stock → in_stock; attempt 77 on {A} opened"),
        (event("product_learned", tcin=A, title="Trove"), f"{A} is Trove"),
        (event("sighted", lasted_s=60), "sighted"),
    ],
)
def test_the_one_product_of_an_event_is_told_by_its_title(one: Event, words: str) -> None:
    assert describe_event(one, UTC, title="Trove") == f"14:03:22 {words}"


def test_of_many_products_none_is_told_by_a_title() -> None:
    assert describe_event(cycle(queued=(B,)), UTC, title="Trove") == said(cycle(queued=(B,)))


def test_a_long_title_is_cut_within_a_line() -> None:
    told = describe_event(event("limit_reached", tcin=A, why="10 of 10"), UTC, title="x" * 1000) or ""
    assert told.endswith("x… back: 10 of 10")


@pytest.mark.parametrize(
    ("one", "about"),
    [
        (cycle(), {A}),
        (cycle(queued=(B,)), {A, B}),
        (event("attempt_moved", attempt=7, tcin=B, to="opened", why=None), {B}),
        (event("watchlist_changed", added=[A], removed=[B], changed=[C], by="Ada"), {A, B, C}),
        (event("control_changed", what="stop", value=True, by="Ada"), set()),
        (event("cycle_completed", **cycle_body()), set()),
    ],
)
def test_an_event_concerns_the_products_that_something_became_of(one: Event, about: set[str]) -> None:
    assert {tcin for tcin in (A, B, C) if concerns(one, tcin)} == about


@given(any_of.hostile)
def test_whatever_was_said_is_one_line_that_is_not_too_long(why: str) -> None:
    told = said(event("blind", why=why)) or ""
    assert "\n" not in told
    assert shown_length(told) <= LINE + len("14:03:22 ") + 2
