"""What is to be watched from now on: the products of an `/add`, or those that a text without a command offers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bot.commands.arguments import NEEDS_MAX, WISH, BadArgument, parse_price, parse_wish
from bot.commands.lists import MARKS, NUMBERS_ALONE, holds_link, split_list
from config.products import BuyMode, NotATcin, Product, Tcin, parse_tcin
from purchasing.commands import RefusedWord

_AMOUNT = r"\d{1,5}(?:[.,]\d{1,3}){0,3}(?!\d)"
#: Amounts of money, as people write them who leave out the key.
_MONEY = re.compile(
    rf"[$€£]\s?{_AMOUNT}|\b{_AMOUNT}\s?(?:[$€£]|(?:usd|eur|dollars?|bucks|euros?)\b)"
    r"|\b(?:under|below|max|maximum|price|cap|at\s+most|up\s+to|(?:less|cheaper|no\s+more)\s+than)"
    rf"[\s:]{{1,3}}{_AMOUNT}(?!\w)",
    re.IGNORECASE | re.ASCII,
)
_WITH_CENTS = re.compile(r"(?<![\w.,])\d{1,5}[.,]\d\d(?![\w.,]?\d)", re.ASCII)
#: Numbers that are somebody's telephone: the shop's own of ten digits begin with a one.
_TELEPHONE = re.compile(r"0[0-9]+|[2-9][0-9]{9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRequest:
    products: tuple[Product, ...] = ()
    refused: tuple[RefusedWord, ...] = ()
    #: The `key=value` words, which hold for all products.
    wishes: tuple[str, ...] = ()
    #: Amounts of money that may be meant as a cap, and have no key.
    amounts: tuple[str, ...] = ()

    def as_args(self, *more: str) -> str:
        """The same in other words: the products by their numbers, and what is wanted of them."""
        return " ".join([*(product.tcin for product in self.products), *self.wishes, *more])


def parse_add(args: str) -> AddRequest:
    """The products of an `/add`; its `key=value` words hold for all, and with a wrong one nothing is added.

    Beside a link other words and numbers are the text with which it was shared, and mean nothing.
    """
    words = args.split()
    wished = [word for word in words if WISH.fullmatch(word)]
    wishes, wrong = _parse_wishes(wished)
    if wrong:
        return AddRequest(refused=tuple(wrong))
    rest = [word for word in words if not WISH.fullmatch(word)]
    linked = [word for word in rest if holds_link(word)]
    tcins, refused = _read_products(linked or rest)
    if tcins and not linked:
        refused = [refusal for refusal in refused if any(sign.isdigit() for sign in refusal.word)]
    unlinked = " ".join(word for word in rest if not holds_link(word))
    return AddRequest(
        products=tuple(replace(Product(tcin=tcin), **wishes) for tcin in tcins),
        refused=tuple(refused),
        wishes=tuple(wished),
        amounts=() if "max_price" in wishes else _amounts(unlinked, with_cents=not linked),
    )


def parse_mention(text: str) -> AddRequest:
    """What a text without any command offers: products by links, or by nothing but their numbers."""
    request = parse_add(text)
    if any(holds_link(word) for word in text.split()):
        return request
    numbers = " ".join(word for word in text.split() if not WISH.fullmatch(word))
    is_list = NUMBERS_ALONE.fullmatch(numbers) is not None
    if not is_list or any(_TELEPHONE.fullmatch(product.tcin) for product in request.products):
        return AddRequest()
    return request


def parse_amount(words: str) -> Decimal | None:
    """The price in an amount of money as somebody wrote it; None where it can't be a cap."""
    match = re.search(_AMOUNT, words)
    try:
        return None if match is None else parse_price(match[0])
    except BadArgument:
        return None


def _amounts(text: str, *, with_cents: bool) -> tuple[str, ...]:
    amounts = list(_MONEY.finditer(text)) or (list(_WITH_CENTS.finditer(text)) if with_cents else [])
    return tuple(dict.fromkeys(match[0].strip() for match in amounts))


def _read_products(words: Iterable[str]) -> tuple[list[Tcin], list[RefusedWord]]:
    tcins: dict[Tcin, None] = {}
    refused: list[RefusedWord] = []
    for item in (item for word in words for item in split_list(word)):
        try:
            tcins[parse_tcin(item.strip(MARKS))] = None
        except NotATcin as error:
            refused.append(RefusedWord(word=item, why=str(error)))
    return list(tcins), refused


def _parse_wishes(words: Iterable[str]) -> tuple[dict[str, Any], list[RefusedWord]]:
    wishes: dict[str, Any] = {}
    refused: list[RefusedWord] = []
    for word in words:
        try:
            wish = parse_wish(word)
        except BadArgument as error:
            refused.append(RefusedWord(word=word, why=str(error)))
            continue
        if any(field in wishes and wishes[field] != value for field, value in wish.items()):
            refused.append(RefusedWord(word=word, why="it is there twice"))
        wishes |= wish
    if wishes.get("buy") is BuyMode.AUTO and wishes.get("max_price") is None:
        refused.append(RefusedWord(word="buy=auto", why=NEEDS_MAX))
    return wishes, refused
