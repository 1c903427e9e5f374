"""What a cycle and an attempt mean for people, drafted from facts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest

from bot.access.roles import Access
from bot.feeds.alert_drafts import MOST_ALONE, AlertDrafts, AlertFacts, alert_key
from bot.telegram.model import Delivery
from bot.text.alerts import render_outcome, render_unconfirmed
from bot.text.draft import Draft, Rank
from bot.text.markup import plain
from bot.text.notices import MOST_NAMED
from config.products import DRILL, Mode, Tcin
from purchasing.checkout.model import Need
from purchasing.events import (
    AttemptMoved,
    CartCleaned,
    CartNotCleaned,
    CartTaken,
    CycleCompleted,
    Event,
    Fact,
    MovedWindows,
    OrderFound,
    ProductLearned,
    ProductWindow,
    Purchases,
    SessionExpired,
    Started,
    Variation,
    WatchlistChanged,
)
from purchasing.model import Attempt, Step
from tests.builders import AT, A, B, C, attempt, restock, seconds, tcins
from tests.facts import fact

ADA, GROUP = 1001, -1001
WINDOW = 1


def drafted(
    about: Fact, *, attempts: Sequence[Attempt] = (), products: Sequence[Tcin] = (A,), left: Sequence[int] = ()
) -> list[Draft]:
    """What Ada and a group are told of it; the first product is the one that was attempted."""
    restocks = {
        window: restock(*(attempts if window == WINDOW else ()), id=window, wanted=tcin)
        for window, tcin in enumerate(products, start=WINDOW)
    }
    facts = AlertFacts(
        mode=Mode.SIMULATE,
        access=Access(owners=[ADA], groups=[GROUP]),
        listeners={ADA: None},
        restocks=restocks,
        attempts={one.id: one for one in attempts},
        left=left,
        planned={alert_key(WINDOW, chat): Delivery.DONE for chat in (ADA, GROUP)},
    )
    drafts = AlertDrafts(zone=UTC, product_link=lambda tcin: f"https://shop.example/{tcin}")
    return drafts.draft(Event(seq=7, at=AT, fact=about), facts)


# ---- many restocks in one cycle


def told_of(products: Sequence[Tcin]) -> list[Draft]:
    """What Ada is told of a cycle in which these opened."""
    opened = tuple(ProductWindow(tcin=tcin, window=window) for window, tcin in enumerate(products, start=WINDOW))
    cycle = fact(CycleCompleted, windows=MovedWindows(opened=opened))
    return [one for one in drafted(cycle, products=products) if one.chat == ADA]


def test_few_restocks_of_a_cycle_are_told_each_with_a_sound() -> None:
    drafts = told_of(tcins(MOST_ALONE))
    assert [(one.key, one.silent) for one in drafts] == [(f"alert:{n}:{ADA}", False) for n in range(1, MOST_ALONE + 1)]


def test_many_restocks_of_a_cycle_are_named_first_and_their_alerts_follow_silently() -> None:
    named, *alerts = told_of(tcins(MOST_ALONE + 1))
    assert (named.key, named.silent, named.once) == (f"restocks:1284:{ADA}", False, True)
    assert all(tcin in named.text for tcin in tcins(MOST_ALONE + 1))
    assert [one.silent for one in alerts] == [True] * (MOST_ALONE + 1)
    assert {one.rank for one in (named, *alerts)} == {Rank.ALERT}


def test_a_drill_is_not_one_of_the_many_and_keeps_its_sound() -> None:
    assert not any(one.silent for one in told_of([*tcins(MOST_ALONE), DRILL]))
    named, *alerts = told_of([*tcins(MOST_ALONE + 1), DRILL])
    assert f">{DRILL}<" not in named.text
    assert [one.silent for one in alerts] == [True] * (MOST_ALONE + 1) + [False]


# ---- rounds of practice


def moved(*attempts: Attempt) -> list[Draft]:
    """What is drafted when the last of them has taken its step."""
    last = attempts[-1]
    drafts = drafted(fact(AttemptMoved, attempt=last.id, mode=last.mode, to=last.step), attempts=attempts)
    return [one for one in drafts if one.chat == ADA]


def tried(number: int, step: Step, mode: Mode = Mode.SIMULATE) -> Attempt:
    return attempt(step, id=number, mode=mode, window=WINDOW)


def alert_ranks(drafts: Sequence[Draft]) -> list[Rank]:
    return [one.rank for one in drafts if one.key == alert_key(WINDOW, ADA)]


@pytest.mark.parametrize("step", [Step.CONFIRMED, Step.REFUSED])
def test_a_windows_first_outcome_is_told_at_once_and_further_rounds_now_and_then(step: Step) -> None:
    first = tried(1, Step.CONFIRMED)
    assert alert_ranks(moved(tried(1, step))) == [Rank.ALERT]
    assert alert_ranks(moved(first, tried(2, step))) == [Rank.ROUND]


def test_a_further_round_that_is_under_way_is_not_told() -> None:
    first = tried(1, Step.CONFIRMED)
    assert moved(first, tried(2, Step.CARTED)) == []
    started = Purchases(started=(Started(tcin=A, attempt=2, completes_by=AT),))
    assert drafted(fact(CycleCompleted, purchases=started), attempts=[first, tried(2, Step.OPENED)]) == []


def test_a_first_attempt_that_is_under_way_is_told() -> None:
    assert alert_ranks(moved(tried(1, Step.OPENED))) == [Rank.ALERT]
    started = Purchases(started=(Started(tcin=A, attempt=1, completes_by=AT),))
    assert len(drafted(fact(CycleCompleted, purchases=started), attempts=[tried(1, Step.OPENED)])) == 2


def test_what_was_called_off_is_no_round_and_is_told_at_once() -> None:
    called_off, first = tried(1, Step.ABANDONED), tried(1, Step.CONFIRMED)
    assert alert_ranks(moved(first, tried(2, Step.ABANDONED))) == [Rank.ALERT]
    assert alert_ranks(moved(called_off, tried(2, Step.OPENED))) == [Rank.ALERT]


@pytest.mark.parametrize("mode", [Mode.REHEARSE, Mode.LIVE])
def test_what_is_real_is_no_round_of_practice(mode: Mode) -> None:
    first = tried(1, Step.CONFIRMED)
    assert alert_ranks(moved(first, tried(2, Step.OPENED, mode))) == [Rank.ALERT]
    assert alert_ranks(moved(first, tried(2, Step.REFUSED, mode))) == [Rank.ALERT]


def test_an_outcome_of_practice_leaves_in_no_hurry_and_without_a_sound_and_a_real_one_first_and_with_one() -> None:
    (practised,) = [one for one in moved(tried(1, Step.CONFIRMED)) if one.key.startswith("outcome:")]
    (bought,) = [one for one in moved(tried(1, Step.CONFIRMED, Mode.LIVE)) if one.key.startswith("outcome:")]
    assert (practised.rank, practised.silent) == (Rank.UPDATE, True)
    assert (bought.rank, bought.silent) == (Rank.URGENT, False)


# ---- the picture of a page, and what only the owner can do


PICTURE = "attempt-1-page.png"


def ended(
    step: Step, mode: Mode = Mode.LIVE, *, picture: str | None = PICTURE, left: Sequence[int] = (), **more: Any
) -> Draft:
    """What Ada is told beside the alert when an attempt ends so."""
    it = tried(1, step, mode)
    event = fact(AttemptMoved, attempt=1, mode=mode, to=step, picture=picture, **more)
    drafts = [one for one in drafted(event, attempts=[it], left=left) if one.chat == ADA]
    (draft,) = [one for one in drafts if not one.key.startswith("alert:")]
    return draft


@pytest.mark.parametrize("need", Need)
@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.REHEARSE])
def test_what_only_the_owner_can_do_is_told_with_the_picture_and_a_sound(need: Need, mode: Mode) -> None:
    draft = ended(Step.ABANDONED, mode, need=need)
    assert (draft.photo, draft.silent, draft.rank, draft.once) == (PICTURE, False, Rank.URGENT, True)
    assert plain(draft.text).split("\n")[-1].endswith("; then I can go on.")


def test_what_the_shop_asks_for_is_said_once() -> None:
    it = replace(tried(1, Step.ABANDONED, Mode.LIVE), why="the shop asks for the card's security code")
    told = plain(render_outcome(restock(it), it, need=Need.CVV))
    assert told.count("Target asks for") == 1
    assert told.count("security code") == 2  # what it asks for, and that I never type it


def test_each_need_has_words_of_its_own() -> None:
    assert len({ended(Step.ABANDONED, need=need).text for need in (*Need, "another")}) == len(Need) + 1


@pytest.mark.guards("bot", "where the button may have been pressed nobody is sent to buy by hand")
@pytest.mark.parametrize("need", [*Need, "another"])
def test_what_is_asked_after_the_button_sends_nobody_to_buy_it_by_hand(need: str) -> None:
    told = plain(ended(Step.UNCONFIRMED, need=need).text).split("\n")[-1]
    assert "look at your orders on target.com before anybody buys it by hand" in told
    assert "send /settle 1 bought or /settle 1 not." in told
    assert "place one order" not in told
    assert "go on" not in told


@pytest.mark.parametrize("need", [Need.SIGN_IN, Need.PASSWORD])
def test_who_is_signed_out_after_the_button_is_told_what_shows_me_the_order_list(need: Need) -> None:
    told = plain(ended(Step.UNCONFIRMED, need=need).text)
    assert told.endswith("Or run stockbell login on the computer that I run on: then I look myself.")


def test_what_is_in_doubt_says_what_it_would_cost_and_how_to_settle_it() -> None:
    it = replace(tried(7, Step.UNCONFIRMED, Mode.LIVE), total=Decimal("53.49"))
    *_, doubt, meanwhile, settle = plain(render_unconfirmed(restock(it), it)).split("\n")
    assert doubt == "I saw no confirmation. It would cost $53.49."
    assert meanwhile == "I never try twice. I am looking into your order list, and buy nothing else until I know."
    assert settle == "If you know it before I do, send /settle 7 bought or /settle 7 not."


_CLEAN, _LEFT = (
    "nothing of it is left in your cart.",
    "Something of it may still be in your cart: I keep trying to take it out",
)


@pytest.mark.guards("bot", "what bought nothing says what became of the cart, and of the order only what is certain")
@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.REHEARSE])
@pytest.mark.parametrize("step", [Step.ABANDONED, Step.REHEARSED, Step.REFUSED])
def test_what_bought_nothing_tells_of_the_cart(step: Step, mode: Mode) -> None:
    clean, left = plain(ended(step, mode).text), plain(ended(step, mode, left=[1]).text)
    assert (_CLEAN in clean.lower(), _LEFT in clean) == (True, False)
    assert (_CLEAN in left.lower(), _LEFT in left) == (False, True)
    is_certain = step is not Step.REFUSED  # the list of orders may show it later
    assert ("Nothing was ordered" in clean, "Nothing was ordered" in left) == (is_certain, is_certain)


def test_what_is_left_in_the_cart_is_told_in_one_line() -> None:
    why = "the shop asks to sign in; the cart could not be cleaned: the shop asks to sign in"
    it = replace(tried(1, Step.ABANDONED, Mode.LIVE), why=why)
    lines = plain(render_outcome(restock(it), it, is_left=True)).split("\n")
    assert lines[0] == "LIVE · Not bought, given up after 0 s: Target asks to sign in"
    assert lines[2].startswith("Nothing was ordered. Something of it may still be in your cart")


@pytest.mark.parametrize(("step", "mode"), [(Step.REFUSED, Mode.SIMULATE), (Step.CONFIRMED, Mode.LIVE)])
def test_what_met_no_shop_or_was_bought_tells_of_no_cart(step: Step, mode: Mode) -> None:
    assert "cart" not in ended(step, mode).text


@pytest.mark.parametrize(
    ("step", "mode", "picture", "silent"),
    [
        (Step.CONFIRMED, Mode.LIVE, None, False),
        (Step.ABANDONED, Mode.LIVE, None, False),
        (Step.UNCONFIRMED, Mode.LIVE, PICTURE, False),
        (Step.REHEARSED, Mode.REHEARSE, PICTURE, True),
        (Step.ABANDONED, Mode.REHEARSE, None, True),
        (Step.ABANDONED, Mode.REHEARSE, PICTURE, False),
        (Step.CONFIRMED, Mode.SIMULATE, None, True),
    ],
)
def test_an_outcome_has_a_sound_where_it_is_live_or_somebody_has_to_see_to_it(
    step: Step, mode: Mode, picture: str | None, *, silent: bool
) -> None:
    draft = ended(step, mode, picture=picture)
    assert (draft.silent, draft.photo) == (silent, picture)


def test_a_rehearsal_tells_what_it_would_have_cost_and_how_long_it_took() -> None:
    it = replace(tried(1, Step.REHEARSED, Mode.REHEARSE), total=Decimal("53.49"), moved_at=AT + seconds(12))
    lines = plain(render_outcome(restock(it), it)).split("\n")
    assert lines[0] == "REHEARSAL · Rehearsed up to the order button in 12 s; it would have cost $53.49"
    assert "Nothing was ordered, and nothing of it is left in your cart." in lines


def test_a_rehearsal_after_which_the_cart_could_not_be_cleaned_says_so() -> None:
    it = replace(tried(1, Step.REHEARSED, Mode.REHEARSE), why="the cart could not be cleaned: it took too long")
    text = plain(render_outcome(restock(it), it, is_left=True))
    assert "Rehearsed up to the order button in 0 s: I could not take it out of the cart: it took too long" in text
    assert "nothing of it is left" not in text


# ---- the session and the cart


def test_that_the_owner_is_signed_out_is_told_with_a_sound_and_what_to_do_to_who_may_act() -> None:
    (draft,) = drafted(fact(SessionExpired, why="the shop asks to sign in", since=AT))
    assert (draft.chat, draft.silent, draft.rank) == (ADA, False, Rank.URGENT)
    head, remedy = plain(draft.text).split("\n")
    assert head == "PRACTICE · You are signed out at Target, so I can't buy. Target asks to sign in."
    assert remedy.startswith("To sign in again, run stockbell login on the computer that I run on;")
    assert remedy.endswith("I was last signed in at 22 Nov 14:03.")


def test_that_the_cart_holds_the_owners_own_is_told_with_a_sound_and_what_to_do() -> None:
    (draft,) = drafted(fact(CartTaken, count=2))
    assert (draft.chat, draft.silent) == (ADA, False)
    told = plain(draft.text)
    assert told.startswith("PRACTICE · Your cart at Target holds 2 things. ")
    assert told.endswith("I buy nothing until the cart is empty: buy it, save it for later or take it out.")


def test_what_is_left_in_the_cart_is_told_with_a_sound_and_its_end_without() -> None:
    (left,) = drafted(fact(CartNotCleaned, why="it did not open"))
    (gone,) = drafted(fact(CartCleaned))
    assert (left.silent, gone.silent) == (False, True)
    assert "Take it out on target.com" in left.text


def test_an_order_that_was_found_later_is_told_to_all_with_a_sound() -> None:
    drafts = drafted(fact(OrderFound, order_number="912-7"))
    assert [(one.chat, one.silent, one.rank) for one in drafts] == [
        (ADA, False, Rank.URGENT),
        (GROUP, False, Rank.URGENT),
    ]
    assert all("order <code>912-7</code>, $49.99" in one.text for one in drafts)


# ---- variations


def buttons_of(*children: Variation) -> list[tuple[str, str | None]]:
    """The buttons under what is told of a parent of these."""
    (draft,) = drafted(fact(ProductLearned, tcin=A, title="Socks", children=children))
    return [(button.text, button.data) for row in draft.buttons for button in row]


def test_each_variation_of_a_parent_is_watched_by_a_tap() -> None:
    assert buttons_of(Variation(tcin=B, title="Socks, red"), Variation(tcin=C, title=None)) == [
        ("Watch Socks, red", f"/add {B}"),
        (f"Watch {C}", f"/add {C}"),
    ]


def test_of_very_many_variations_the_first_have_buttons() -> None:
    assert len(buttons_of(*(Variation(tcin=one, title=None) for one in tcins(60)))) == MOST_NAMED


def test_what_is_learned_of_other_products_is_no_news() -> None:
    assert drafted(fact(ProductLearned, tcin=A, title="Trove", children=())) == []


# ---- the watch list


@pytest.mark.parametrize(("by", "told"), [("the file", [ADA, GROUP]), ("7", [ADA, GROUP]), (str(ADA), [GROUP])])
def test_a_list_that_became_empty_is_told_with_a_sound_but_where_it_was_answered(by: str, told: list[int]) -> None:
    drafts = drafted(fact(WatchlistChanged, removed=(A,), order=(), by=by))
    notices = [one for one in drafts if "Nothing is watched any more" in one.text]
    assert [(one.chat, one.silent) for one in notices] == [(chat, False) for chat in told if chat != GROUP]


def test_a_list_that_was_empty_or_still_holds_something_is_no_news() -> None:
    for change in (fact(WatchlistChanged, order=()), fact(WatchlistChanged, removed=(A,))):
        assert not [one for one in drafted(change) if "Nothing is watched" in one.text]
