"""What an observation means: the page and its calls, asked in the words of the checkout."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Final

from config.products import Channel, Tcin
from purchasing.checkout.model import Answer, Call, Dialog, Found, Observation, Row, Wanted
from purchasing.checkout.pages import (
    ASKS_TO_SIGN_IN,
    GREETING,
    SELECTED,
    THINGS_IN_CART,
    MarkerName,
    PageKind,
    Phrase,
    kind_of,
    product_of,
)
from purchasing.checkout.witness import is_good, is_refused, is_under_way
from purchasing.model import TARGET

_AMOUNT = re.compile(r"\$\s?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]{2})?(?![0-9])")
_CELLS: Final = {Channel.SHIPPING: MarkerName.CELL_SHIPPING, Channel.PICKUP: MarkerName.CELL_PICKUP}


def read_amount(text: str) -> Decimal | None:
    """The amount in a text, if there is one alone; a word such as "Free" is none."""
    amounts = {Decimal(whole.replace(",", "") + cents) for whole, cents in _AMOUNT.findall(text)}
    return amounts.pop() if len(amounts) == 1 else None


def read_account(text: str) -> bool | None:
    """Whether somebody is signed in, by the words at the account in the page's head; None where they do not tell."""
    if ASKS_TO_SIGN_IN.search(text):
        return False
    return True if GREETING.match(text) else None


@dataclass(frozen=True, slots=True)
class View:
    """One observation, for one product."""

    observation: Observation
    wanted: Wanted

    # ---- the page

    @property
    def kind(self) -> PageKind:
        return kind_of(self.observation.seen.address)

    @property
    def is_of_product(self) -> bool:
        return product_of(self.observation.seen.address) == self.wanted.tcin

    def found(self, mark: MarkerName) -> Found | None:
        return self.observation.seen.found.get(mark)

    def shows(self, *marks: MarkerName) -> bool:
        """Any of them can be seen."""
        return any(one is not None and one.visible for one in map(self.found, marks))

    def is_ready(self, mark: MarkerName) -> bool:
        """A click would reach it."""
        one = self.found(mark)
        return one is not None and one.visible and one.enabled and not one.covered

    def says(self, *phrases: Phrase) -> bool:
        return any(phrase in self.observation.seen.texts for phrase in phrases)

    def done(self, mark: MarkerName) -> int:
        """How often it was clicked or chosen in this stage."""
        return self.wanted.done.count(mark)

    def goes(self, address: str) -> int:
        """How often that address was opened in this stage."""
        return self.wanted.done.count(f"go {address}")

    @property
    def dialogs(self) -> tuple[Dialog, ...]:
        return self.observation.seen.dialogs

    @property
    def is_unknown_to_shop(self) -> bool:
        """The shop's last answer of the cart was for somebody who is signed in."""
        answered = [one.status for one in self.calls(Call.CART) if one.status is not None]
        return bool(answered) and answered[-1] == HTTPStatus.UNAUTHORIZED

    # ---- who is there, and how it is to come

    @property
    def account(self) -> bool | None:
        """Whether somebody is signed in, by the page's head; None where that does not tell."""
        account = self.found(MarkerName.ACCOUNT)
        return None if account is None else read_account(f"{account.text} {account.label}")

    def chosen_channel(self) -> Channel | None:
        """The way that is chosen on the product's page; None where it does not tell."""
        chosen = [channel for channel, mark in _CELLS.items() if _is_selected(self.found(mark))]
        if len(chosen) == 1:
            return chosen[0]
        is_alone = not any(self.found(mark) for mark in _CELLS.values())
        return Channel.SHIPPING if is_alone and self.says(Phrase.SHIP_TO) else None

    def seller(self) -> str | None:
        """Who sells; None where that is not clear. Others are named wherever they sell; else the shop does."""
        named = {row.seller for row in self.ours if row.seller is not None}
        if named:
            return named.pop() if len(named) == 1 else None
        return None if self.is_sold_by_others else TARGET

    @property
    def is_sold_by_others(self) -> bool:
        if any(row.seller is not None and row.seller.lower() != TARGET.lower() for row in self.ours):
            return True
        return self.says(Phrase.SOLD_BY) and not self.says(Phrase.SOLD_BY_SHOP)

    # ---- the cart

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.observation.seen.rows

    @property
    def ours(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.tcin == self.wanted.tcin)

    @property
    def others(self) -> int:
        return sum(row.tcin not in {None, self.wanted.tcin} for row in self.rows)

    @property
    def has_unnamed_rows(self) -> bool:
        return any(row.tcin is None for row in self.rows)

    @property
    def is_surely_empty(self) -> bool:
        """The cart says so, to somebody who is signed in; a page that is still loading does not count."""
        says = self.says(Phrase.EMPTY_CART) or self.shows(MarkerName.EMPTY_CART)
        return self.kind is PageKind.CART and not self.rows and says and self.account is True

    def is_whole(self) -> bool | None:
        """All that the cart holds is on the page, by the page's head; None where that does not tell."""
        return None if self.count is None else self.count == sum(row.quantity or 0 for row in self.rows)

    @property
    def count(self) -> int | None:
        """How many things are in the cart, by the page's head."""
        link = self.found(MarkerName.CART_LINK)
        count = None if link is None else THINGS_IN_CART.search(link.label)
        return None if count is None else int(count[1])

    def items_of_rows(self) -> dict[Tcin, int] | None:
        """What the page's rows hold; None where one of them does not tell, or where there are none."""
        items: dict[Tcin, int] = {}
        for row in self.rows:
            if row.tcin is None or row.quantity is None:
                return None
            items[row.tcin] = items.get(row.tcin, 0) + row.quantity
        return items or None

    # ---- amounts

    def amount(self, mark: MarkerName) -> Decimal | None:
        one = self.found(mark)
        return None if one is None or not one.visible else read_amount(one.text)

    # ---- the calls

    def calls(self, call: Call, *methods: str) -> tuple[Answer, ...]:
        return tuple(
            one for one in self.observation.calls if one.call is call and (not methods or one.method in methods)
        )

    def is_under_way(self, call: Call) -> bool:
        return any(map(is_under_way, self.calls(call)))

    def refusal(self, call: Call, *methods: str) -> Answer | None:
        """The shop's last no to calls of this kind, if it said yes to none and none is under way."""
        calls = self.calls(call, *methods)
        if any(is_good(one) or is_under_way(one) for one in calls):
            return None
        return next(filter(is_refused, reversed(calls)), None)

    def last_items(self) -> Mapping[Tcin, int] | None:
        """What the cart holds by the last call that told; None where it was changed since, without being told of."""
        for one in reversed(self.observation.calls):
            if one.items is not None:
                return one.items
            if one.call is Call.CART_ITEMS:
                return None
        return None

    def last_total(self) -> Decimal | None:
        """By a call since the checkout was asked for: before it, neither tax nor shipping is certain."""
        calls = self.observation.calls
        asked = max((number for number, one in enumerate(calls) if one.call is Call.PRE_CHECKOUT), default=len(calls))
        return _last(one.total for one in calls[asked:])

    def last_subtotal(self) -> Decimal | None:
        return _last(one.subtotal for one in self.observation.calls)

    def last_channel(self) -> Channel | None:
        """By the last call that told of the cart; where that one names no way, what was before it counts no more."""
        return next((one.channel for one in reversed(self.observation.calls) if one.items is not None), None)


def _last(amounts: Iterable[Decimal | None]) -> Decimal | None:
    return next((amount for amount in reversed(list(amounts)) if amount is not None), None)


def _is_selected(cell: Found | None) -> bool:
    if cell is None or not cell.visible:
        return False
    if cell.value == "true":
        return True
    return SELECTED.search(cell.label) is not None
