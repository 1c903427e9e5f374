"""The events of watching itself: when nothing is seen, when it takes too long, and when both are over."""

from datetime import datetime
from typing import ClassVar

from purchasing.events.kinds import EventKind, Fact
from purchasing.events.parts import NamedProduct


class Blind(Fact, frozen=True, kw_only=True):
    """When checks stopped because the shop does not answer them, or have told nothing certain for too long."""

    kind: ClassVar = EventKind.BLIND
    why: str | None
    #: When the shop is asked again; null where checks go on.
    until: datetime | None


class Sighted(Fact, frozen=True, kw_only=True):
    """When a check succeeded again after that."""

    kind: ClassVar = EventKind.SIGHTED
    lasted_s: int


class ChecksSlow(Fact, frozen=True, kw_only=True):
    """When ten cycles in a row had each taken more than 3 s, once until they are quick again."""

    kind: ClassVar = EventKind.CHECKS_SLOW
    #: When the first of them began.
    since: datetime
    #: How long the last of them took.
    took_ms: int


class ChecksQuick(Fact, frozen=True, kw_only=True):
    """When three cycles in a row were quick again after that."""

    kind: ClassVar = EventKind.CHECKS_QUICK
    lasted_s: int


class ProductsDelisted(Fact, frozen=True, kw_only=True):
    """When the shop has not known these products for a day, so that they are asked for seldom from now on."""

    kind: ClassVar = EventKind.PRODUCTS_DELISTED
    products: tuple[NamedProduct, ...]


class ProductsListed(Fact, frozen=True, kw_only=True):
    """When the shop knew these again after that, and they are asked for as before."""

    kind: ClassVar = EventKind.PRODUCTS_LISTED
    products: tuple[NamedProduct, ...]
