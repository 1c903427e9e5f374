"""Laws of the dialogue, whatever is seen and in whatever order."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config.products import Channel
from purchasing.checkout.dialogue import next_act
from purchasing.checkout.model import (
    Act,
    Answer,
    Call,
    Choose,
    Click,
    Dialog,
    End,
    Found,
    Go,
    Need,
    Observation,
    PressRefused,
    Reached,
    Row,
    Stage,
    Wanted,
)
from purchasing.checkout.pages import MARKERS, MarkerName, Phrase
from tests.builders import A, B
from tests.unit.purchasing.checkout.sights import (
    CART,
    CHECKOUT,
    CONFIRMATION,
    ORDER,
    PRODUCT,
    a_cart_page,
    a_product_page,
    a_review_page,
    a_row,
    a_sight,
    wanting,
)

TOUCHES = (Go, Click, Choose)

_flags = st.sampled_from([True, True, True, False])
_founds = st.builds(
    Found,
    selector=st.sampled_from([0, 0, 1]),
    count=st.sampled_from([1, 1, 1, 2]),
    visible=_flags,
    enabled=_flags,
    covered=_flags.map(lambda flag: not flag),
    text=st.sampled_from(["", "Hi, Ada", "Sign in", "$10.70", f"#{ORDER}", "Free"]),
    label=st.sampled_from(["", "shipping - selected - 1 of 2", "pickup - not selected", "cart 1 item"]),
    value=st.sampled_from(["", "1", "2", "true", "false"]),
)
_rows = st.builds(
    Row,
    tcin=st.sampled_from([A, A, B, None]),
    quantity=st.sampled_from([1, 2, 3, None]),
    seller=st.sampled_from([None, None, "Target", "Bargain Barn"]),
)
_names = st.sampled_from([name.value for name in MarkerName])
_dialogs = st.builds(Dialog, text=st.sampled_from(["", "Newsletter?"]), markers=st.lists(_names, max_size=2).map(tuple))
_seldom: Callable[[Any], Any] = lambda one: st.lists(one, max_size=1).map(tuple)  # noqa: E731  a short name for many
_calls = st.builds(
    Answer,
    call=st.sampled_from(list(Call)),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    status=st.sampled_from([None, 200, 201, 400, 424, 503]),
    broke=st.booleans(),
    code=st.sampled_from([None, "INVENTORY_UNAVAILABLE", "RESERVATION_FAILURE"]),
    orders=st.sampled_from([(), (), (ORDER,)]),
    items=st.sampled_from([None, {A: 1}, {A: 2}, {A: 1, B: 1}, {B: 1}, {}]),
    total=st.sampled_from([None, Decimal("10.70")]),
)
_addresses = st.sampled_from([PRODUCT, f"/p/-/A-{B}", CART, CHECKOUT, CONFIRMATION, "/login", "/orders", "/"])
_pages = st.builds(
    lambda address, calls, texts, dialogs, rows, found: a_sight(
        address, *calls, texts=texts, dialogs=dialogs, rows=rows, **found
    ),
    _addresses,
    st.lists(_calls, max_size=4),
    _seldom(st.sampled_from([phrase.value for phrase in Phrase])),
    _seldom(_dialogs),
    st.lists(_rows, max_size=3),
    st.dictionaries(_names, _founds, max_size=8),
)


def _changed(
    page: Observation, calls: tuple[Answer, ...], found: dict[str, Found], rows: tuple[Row, ...]
) -> Observation:
    """A page on the way, with some of it as it should not be."""
    seen = page.seen
    parts = {name: getattr(seen, name) for name in seen.__struct_fields__}
    parts |= {"found": {**seen.found, **found}, "rows": rows or seen.rows}
    return replace(page, seen=type(seen)(**parts), calls=page.calls + calls)


_on_the_way = st.builds(
    _changed,
    st.sampled_from([a_product_page(), a_cart_page(), a_review_page()]),
    st.lists(_calls, max_size=3).map(tuple),
    st.dictionaries(_names, _founds, max_size=2),
    st.lists(_rows, max_size=2).map(tuple),
)
observations = _on_the_way | _pages
wishes = st.builds(
    Wanted,
    tcin=st.just(A),
    quantity=st.sampled_from([1, 2]),
    channel=st.sampled_from(list(Channel)),
    done=st.lists(_names, max_size=4).map(tuple),
)
stages = st.sampled_from(list(Stage))


def acts_in_turn(stage: Stage, seen: list[Observation], wanted: Wanted) -> list[Act]:
    """What a hand does that carries out each act and notes it."""
    acts = []
    for observation in seen:
        act = next_act(stage, observation, wanted)
        acts.append(act)
        if isinstance(act, TOUCHES):
            done = f"go {act.address}" if isinstance(act, Go) else act.marker
            wanted = replace(wanted, done=(*wanted.done, done))
    return acts


@given(stage=stages, observation=observations, wanted=wishes)
@example(stage=Stage.CLEAN, observation=a_cart_page(rows=(a_row(B),)), wanted=wanting())
@pytest.mark.guards("purchasing", "no button of another product is clicked, and none that was not seen ready")
def test_a_click_goes_to_what_was_seen_and_to_no_other_product(
    stage: Stage, observation: Observation, wanted: Wanted
) -> None:
    act = next_act(stage, observation, wanted)
    if isinstance(act, Click | Choose):
        found = observation.seen.found[act.marker]
        assert found.visible
        assert found.enabled
        assert not found.covered
        assert act.tcin == (A if MARKERS[MarkerName(act.marker)].is_of_product else None)


@given(seen=st.lists(observations, max_size=12), wanted=wishes)
@example(seen=[a_product_page()] * 3, wanted=wanting())
@pytest.mark.guards("purchasing", "what adds to the cart is clicked at most once in an attempt")
def test_what_adds_is_clicked_at_most_once(seen: list[Observation], wanted: Wanted) -> None:
    acts = acts_in_turn(Stage.ADD, seen, replace(wanted, done=()))
    assert sum(isinstance(act, Click) and act.marker == "add" for act in acts) <= 1


@given(stage=stages, seen=st.lists(observations, max_size=12), wanted=wishes)
@example(stage=Stage.ADD, seen=[a_sight("/s")] * 5, wanted=wanting())
@example(stage=Stage.REVIEW, seen=[a_sight("/s")] * 5, wanted=wanting())
@example(stage=Stage.CLEAN, seen=[a_sight("/s")] * 5, wanted=wanting())
@pytest.mark.guards("purchasing", "a shop that leads elsewhere is not asked for the same page without end")
def test_no_address_is_opened_without_end(stage: Stage, seen: list[Observation], wanted: Wanted) -> None:
    opened = Counter(act.address for act in acts_in_turn(stage, seen, wanted) if isinstance(act, Go))
    assert all(count <= 3 for count in opened.values())


@given(stage=stages, observation=observations, wanted=wishes)
@example(stage=Stage.REVIEW, observation=a_review_page(), wanted=wanting())
@pytest.mark.guards("purchasing", "the dialogue never clicks the button that orders")
def test_what_orders_is_never_clicked_here(stage: Stage, observation: Observation, wanted: Wanted) -> None:
    act = next_act(stage, observation, wanted)
    assert not (isinstance(act, Click | Choose) and act.marker == "place_order")


@given(observation=observations, wanted=wishes)
@example(observation=a_product_page(), wanted=wanting())
@pytest.mark.guards("purchasing", "after the press nothing is clicked, chosen or opened")
def test_after_the_press_nothing_is_touched(observation: Observation, wanted: Wanted) -> None:
    assert not isinstance(next_act(Stage.PRESSED, observation, wanted), (*TOUCHES, Reached))


@given(stage=stages.filter(lambda stage: stage is not Stage.PRESSED), observation=observations, wanted=wishes)
def test_before_the_press_nothing_is_ordered_or_refused(stage: Stage, observation: Observation, wanted: Wanted) -> None:
    assert not isinstance(next_act(stage, observation, wanted), PressRefused)
    assert type(next_act(stage, observation, wanted)).__name__ != "Ordered"


@given(stage=stages, observation=observations, wanted=wishes)
@pytest.mark.guards("purchasing", "under a dialog that is not known nothing is clicked")
def test_under_an_unknown_dialog_nothing_is_clicked(stage: Stage, observation: Observation, wanted: Wanted) -> None:
    unknown = Dialog(text="Something new")
    seen = type(observation.seen)(
        **{name: getattr(observation.seen, name) for name in observation.seen.__struct_fields__}
        | {"dialogs": (unknown,)}
    )
    act = next_act(stage, replace(observation, seen=seen), wanted)
    assert not isinstance(act, Click | Choose)
    if isinstance(act, End) and act.need is Need.DIALOG:
        assert "Something new" in act.why


@given(observation=observations, wanted=wishes)
@example(observation=a_cart_page(rows=(a_row(), a_row(B))), wanted=wanting("add"))
@pytest.mark.guards("purchasing", "a cart counts as ready with exactly the wanted product and quantity alone")
def test_only_exactly_what_is_wanted_is_in_a_cart_that_is_ready(observation: Observation, wanted: Wanted) -> None:
    for stage in (Stage.ADD, Stage.REVIEW):
        act = next_act(stage, observation, wanted)
        if isinstance(act, Reached):
            assert dict(act.items) == {A: wanted.quantity}
            assert stage is Stage.REVIEW or {row.tcin for row in observation.seen.rows} == {A}


@given(observation=observations, wanted=wishes)
@example(observation=a_cart_page(rows=(a_row(B), a_row(None))), wanted=wanting())
@pytest.mark.guards("purchasing", "a cart counts as clean only where no row of it can be ours")
def test_a_clean_cart_holds_nothing_that_can_be_ours(observation: Observation, wanted: Wanted) -> None:
    act = next_act(Stage.CLEAN, observation, wanted)
    if isinstance(act, Reached):
        assert A not in act.items
        assert all(row.tcin == B for row in observation.seen.rows)
    if isinstance(act, Click):
        assert act.marker == "remove"
