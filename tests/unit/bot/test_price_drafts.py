"""Price news, and a drop to the cap while an alert stands, drafted from facts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest

from bot.access.roles import Access
from bot.feeds.alert_drafts import AlertFacts
from bot.feeds.price_drafts import PriceDrafts, PriceFacts, ToldPrice
from bot.text.draft import Draft, Rank
from bot.text.markup import plain
from bot.text.taps.prices import holds
from config.products import Mode, Tcin
from monitor.model import Stock
from purchasing.events import CycleCompleted, Event
from purchasing.model import Approval, ApprovalAnswer, Line
from tests.builders import AT, A, in_stock, line, out_of_stock, product, restock
from tests.facts import fact

ADA, VERA, GROUP = 1001, 1003, -1001
CAP = Decimal("12.00")
DRAFTS = PriceDrafts(product_link=lambda tcin: f"https://shop.example/{tcin}", zone=UTC)
WINDOW = 7


def trove(stock: Stock) -> Line:
    return line(product(A, max_price=CAP, name="Trove"), stock=stock)


def at(price: str, **more: Any) -> Stock:
    return in_stock(price=Decimal(price), **more)


def drafted(
    stock: Stock, *, last_news: Sequence[ToldPrice] = (), before: str | None = None, **more: Any
) -> list[Draft]:
    """What is written of a cycle that finds it like this; `before` is what an open alert says that is above the cap."""
    of = trove(stock)
    prices = PriceFacts(
        turns={5: [A]},
        lines={A: of},
        last_news={A: last_news},
        above_cap={} if before is None else {WINDOW: before},
    )
    alerts = AlertFacts(
        mode=Mode.LIVE,
        access=Access(owners=[ADA], viewers=[VERA], groups=[GROUP]),
        listeners={ADA: None, VERA: None},
        restocks={WINDOW: restock(wanted=of.product, stock=stock, id=WINDOW)},
        **more,
    )
    event = Event(seq=5, at=AT, fact=fact(CycleCompleted, cycle_id=40))
    return DRAFTS.draft(event, prices, alerts)


def as_told(drafts: Sequence[Draft]) -> list[ToldPrice]:
    """The same as it is read back."""
    parts = [(one, one.key.split(":")) for one in drafts]
    return [
        ToldPrice(key=one.key, chat=one.chat, text=one.text, spell=int(spell), price=Decimal(price))
        for one, (_, _, spell, price, _) in parts
    ]


def keys(drafts: Sequence[Draft]) -> list[str]:
    return [one.key for one in drafts if one.chat == ADA]


NEWS = as_told(drafted(at("14.99")))
OPEN: dict[str, Any] = {"windows": {A: WINDOW}}


def test_what_is_in_stock_above_its_cap_is_told_without_a_sound_and_who_may_is_offered_to_pay_it() -> None:
    ada, vera, group = drafted(at("14.99"))
    assert (ada.key, ada.silent, ada.once, ada.rank) == (f"price:{A}:40:14.99:{ADA}", True, True, Rank.UPDATE)
    assert plain(ada.text).split("\n") == ["LIVE · In stock at $14.99, above your $12.00 limit.", f"Trove · {A}"]
    acting = [[("Pay up to $15", f"/set {A} max=15"), ("Not at this price", f"n:{A}")]]
    for one, more in ((ada, acting), (vera, []), (group, acting)):
        way, *others = one.buttons
        assert [button.url for button in way] == [f"https://shop.example/{A}"]
        assert [[(button.text, button.data) for button in row] for row in others] == more


@pytest.mark.guards("bot", "a price above the cap is told once, and then only when it is lower")
@pytest.mark.parametrize("price", ["14.99", "15.50"])
def test_the_same_price_and_a_higher_one_are_no_news_within_a_spell(price: str) -> None:
    assert drafted(at(price), last_news=NEWS) == []


def test_a_lower_price_is_news_with_the_one_before_and_the_limit() -> None:
    lower = drafted(at("13.50"), last_news=NEWS)
    assert keys(lower) == [f"price:{A}:40:13.50:{ADA}"]
    assert plain(lower[0].text).split("\n")[-1] == "$14.99 → $13.50, your limit $12.00."
    assert drafted(at("14.20"), last_news=[*NEWS, *as_told(lower)]) == []


@pytest.mark.parametrize(
    ("stock", "last"),
    [
        (out_of_stock(), "Sold out since."),
        (at("11.00"), "$14.99 → $11.00, your limit $12.00."),
        (at("14.99", marketplace=True), "Another seller offers it now."),
    ],
    ids=["sold out", "cheaper", "another seller"],
)
def test_news_that_hold_no_more_say_so_without_a_sound_and_lose_their_buttons(stock: Stock, last: str) -> None:
    ended = drafted(stock, last_news=NEWS)
    assert [one.key for one in ended] == [one.key for one in NEWS]
    assert {(one.silent, one.buttons, one.matters, one.once) for one in ended} == {(True, (), False, False)}
    first, *_, end = plain(ended[0].text).split("\n")
    assert (first, end) == ("LIVE · Was in stock at $14.99, above your $12.00 limit.", last)
    assert not holds(ended[0].text)


@pytest.mark.guards("bot", "who is shut out hears no more of prices, of those told before either")
def test_who_was_shut_out_is_not_told_that_news_hold_no_more() -> None:
    gone = ToldPrice(key=f"price:{A}:40:14.99:1004", chat=1004, text=NEWS[0].text, spell=40, price=Decimal("14.99"))
    assert [one.chat for one in drafted(out_of_stock(), last_news=[*NEWS, gone])] == [ADA, VERA, GROUP]


def test_once_a_spell_is_over_the_same_price_is_news_again() -> None:
    over = [replace(one, text=two.text) for one, two in zip(NEWS, drafted(out_of_stock(), last_news=NEWS), strict=True)]
    assert drafted(out_of_stock(), last_news=over) == []
    assert keys(drafted(at("14.99"), last_news=over)) == [f"price:{A}:40:14.99:{ADA}"]


@pytest.mark.parametrize("more", [OPEN, {"lingering": {A: 3}}], ids=["open", "lingering"])
def test_what_an_alert_says_already_is_no_news(more: Any) -> None:
    assert drafted(at("14.99"), **more) == []


# ---- a drop while an alert stands


@pytest.mark.guards("bot", "a drop to the cap rings, once")
def test_a_drop_to_the_cap_while_its_alert_stands_rings_with_all_three_amounts() -> None:
    ada, vera, _ = drafted(at("12.00"), before="$14.99", **OPEN)
    assert (ada.key, ada.silent, ada.once, ada.rank) == (f"drop:{WINDOW}:12.00:{ADA}", False, True, Rank.ALERT)
    assert plain(ada.text).split("\n") == ["LIVE · $14.99 → $12.00, your limit $12.00.", f"Trove · {A}"]
    assert ["Pause 1 h", "Not interested"] in [[one.text for one in row] for row in ada.buttons]
    assert [[one.text for one in row] for row in vera.buttons] == [["Open at Target"]]


def test_an_alert_that_never_was_above_its_cap_rings_once_alone() -> None:
    assert drafted(at("11.00"), **OPEN) == []


def test_nobody_is_rung_for_a_restock_that_was_skipped_or_is_sold_out() -> None:
    assert drafted(out_of_stock(), before="$14.99", **OPEN) == []
    skip = Approval(id=1, tcin=A, window=WINDOW, price=None, expires_at=AT, answer=ApprovalAnswer.SKIP)
    skipped = restock(wanted=trove(at("11.00")).product, stock=at("11.00"), id=WINDOW, approval=skip)
    facts = PriceFacts(turns={5: [A]}, lines={A: trove(at("11.00"))}, above_cap={WINDOW: "$14.99"})
    alerts = AlertFacts(
        mode=Mode.LIVE, access=Access(owners=[ADA]), listeners={ADA: None}, restocks={WINDOW: skipped}, **OPEN
    )
    assert DRAFTS.draft(Event(seq=5, at=AT, fact=fact(CycleCompleted)), facts, alerts) == []


def test_an_event_tells_of_its_own_products_alone() -> None:
    other = PriceFacts(turns={6: [Tcin("10000009")]})
    alerts = AlertFacts(mode=Mode.LIVE, access=Access(), listeners={})
    assert DRAFTS.draft(Event(seq=5, at=AT, fact=fact(CycleCompleted)), other, alerts) == []
